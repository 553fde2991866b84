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

_BLOB = re.compile(rb"(?P<sha>[0-9a-f]{40,64}) blob (?P<size>\d{1,12})")


@dataclass(frozen=True)
class AreaFile:
    """A file that may name a part of a repository."""

    path: str
    text: str


def _list_area_paths(folders: Sequence[str]) -> list[str]:
    """Return the paths of CODEOWNERS, and of the manifests and READMEs that folders may have."""
    paths = [*CODEOWNERS_PATHS]
    ordered = sorted({folder for folder in folders if folder}, key=lambda folder: (folder.count("/"), folder))
    paths += [f"{folder}/{name}" for folder in ordered[:MAX_AREA_FOLDERS] for name in AREA_FILE_NAMES]
    # git reads one path a line.
    return [path for path in paths if "\n" not in path]


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
        """Return the files of several commits, each with its folders, by two commands for all of them."""
        if self.repository.is_partial or not requests:
            return [() for _ in requests]
        paths = [(commit, path) for commit, folders in requests for path in _list_area_paths(folders)]
        try:
            blobs = dict(self._find_blobs(paths))
            self._load([sha for sha in dict.fromkeys(blobs.values()) if sha not in self._texts])
        except GitError:
            # Where one commit or file cannot be read, the others still can.
            return [()] if len(requests) == 1 else [self.read(*request) for request in requests]
        return [
            tuple(
                AreaFile(path, self._texts[sha])
                for path in _list_area_paths(folders)
                if (sha := blobs.get((commit, path))) in self._texts
            )
            for commit, folders in requests
        ]

    def _find_blobs(self, paths: Sequence[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield commit and path, and the blob, of the files that are there and not too large."""
        arguments = ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"]
        printed = self._run(arguments, [f"{commit}:{path}" for commit, path in paths])
        for place, line in zip(paths, printed.split(b"\n"), strict=False):
            match = _BLOB.fullmatch(line)
            if match and int(match["size"]) <= MAX_AREA_FILE_BYTES:
                yield place, match["sha"].decode()

    def _load(self, blobs: Sequence[str]) -> None:
        printed = self._run(["cat-file", "--batch"], blobs) if blobs else b""
        position = 0
        for sha in blobs:
            end = printed.find(b"\n", position)
            match = _BLOB.fullmatch(printed[position:end]) if end >= 0 else None
            if match is None:
                return
            start = end + 1
            position = start + int(match["size"]) + 1
            self._texts[sha] = decode_text(printed[start : position - 1])

    def _run(self, arguments: list[str], lines: Sequence[str]) -> bytes:
        return b"".join(stream_git(self.repository.git_dir, self.repository.name, arguments, lines))
