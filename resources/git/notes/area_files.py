"""Read the files in which a repository names its parts: CODEOWNERS, and manifests and READMEs of folders.

Which name a part has is decided in `sparky_assets/raw/notes/areas.py`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from resources.errors import GitError
from resources.git.command import decode_text
from resources.git.repository import GitRepository
from resources.git.streams import stream_git

CODEOWNERS_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where GitHub and GitLab look for it."""

AREA_FILE_NAMES = ("Cargo.toml", "pyproject.toml", "package.json", "go.mod", "README.md", "README.rst", "Readme.md")

MAX_AREA_FILE_BYTES = 200_000

MAX_AREA_FOLDERS = 300
"""Folders that are looked at in one commit, the outermost first."""

_OBJECT = re.compile(rb"(?P<sha>[0-9a-f]{40,64}) (?P<kind>blob|tree) (?P<size>\d{1,12})")


@dataclass(frozen=True)
class AreaFile:
    """A file that may name a part of a repository."""

    path: str
    text: str


def _select_folders(folders: Sequence[str]) -> list[str]:
    """Return the folders whose files are read; none with a line break, because git reads one path a line."""
    ordered = sorted({folder for folder in folders if folder}, key=lambda folder: (folder.count("/"), folder))
    return [folder for folder in ordered[:MAX_AREA_FOLDERS] if "\n" not in folder]


@dataclass
class AreaFileReader:
    """Reads the files of one repository; what two commits have in common is read once."""

    repository: GitRepository
    _texts: dict[str, str] = field(default_factory=dict)

    def read(self, commit: str, folders: Sequence[str]) -> tuple[AreaFile, ...]:
        """Return CODEOWNERS, and the manifests and READMEs of folders, as far as a commit has them.

        A partial clone has none, because its files are not there; neither has a commit that git cannot read.

        Args:
            commit: the commit.
            folders: the folders, without a slash at their ends.
        """
        return self.read_all([(commit, folders)])[0]

    def read_all(self, requests: Sequence[tuple[str, Sequence[str]]]) -> list[tuple[AreaFile, ...]]:
        """Return the files of several commits, each with its folders, by three commands for all of them.

        Most folders are the same in many commits, so each version of a folder is looked into once.
        """
        if self.repository.is_partial or not requests:
            return [() for _ in requests]
        selected = [(commit, _select_folders(folders)) for commit, folders in requests]
        try:
            trees = self._resolve("tree", [f"{commit}:{folder}" for commit, folders in selected for folder in folders])
            names = [f"{commit}:{path}" for commit, _ in selected for path in CODEOWNERS_PATHS]
            names += [f"{tree}:{name}" for tree in dict.fromkeys(trees.values()) for name in AREA_FILE_NAMES]
            blobs = self._resolve("blob", names)
            self._load([sha for sha in dict.fromkeys(blobs.values()) if sha not in self._texts])
        except GitError:
            # Where one commit or file cannot be read, the others still can.
            return [()] if len(requests) == 1 else [self.read(*request) for request in requests]

        def iterate_files(commit: str, folders: Sequence[str]) -> Iterator[tuple[str, str]]:
            yield from ((path, f"{commit}:{path}") for path in CODEOWNERS_PATHS)
            for folder in folders:
                if tree := trees.get(f"{commit}:{folder}"):
                    yield from ((f"{folder}/{name}", f"{tree}:{name}") for name in AREA_FILE_NAMES)

        return [
            tuple(
                AreaFile(path, self._texts[sha])
                for path, name in iterate_files(commit, folders)
                if (sha := blobs.get(name)) in self._texts
            )
            for commit, folders in selected
        ]

    def _resolve(self, kind: str, names: Sequence[str]) -> dict[str, str]:
        """Return the shas of the folders (`tree`), or of the files (`blob`) that are not too large, by their names."""
        arguments = ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"]
        unique = list(dict.fromkeys(names))
        lines = self._run(arguments, unique).split(b"\n") if unique else []
        matches = zip(unique, map(_OBJECT.fullmatch, lines), strict=False)
        return {
            name: match["sha"].decode()
            for name, match in matches
            if match
            and match["kind"] == kind.encode()
            and (kind == "tree" or int(match["size"]) <= MAX_AREA_FILE_BYTES)
        }

    def _load(self, blobs: Sequence[str]) -> None:
        printed = self._run(["cat-file", "--batch"], blobs) if blobs else b""
        position = 0
        for sha in blobs:
            end = printed.find(b"\n", position)
            match = _OBJECT.fullmatch(printed[position:end]) if end >= 0 else None
            if match is None:
                return
            start = end + 1
            position = start + int(match["size"]) + 1
            self._texts[sha] = decode_text(printed[start : position - 1])

    def _run(self, arguments: list[str], lines: Sequence[str]) -> bytes:
        return b"".join(stream_git(self.repository.git_dir, self.repository.name, arguments, lines))
