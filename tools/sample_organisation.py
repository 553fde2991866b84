"""Create the git bundles of the sample organisation that `sparky demo` reads without arguments.

`python -m tools.sample_organisation` reads tools/sample/history.toml and writes one bundle per repository to
sparky_assets/cli/sample/. The same input gives the same commits; a test compares them with the bundles.
"""

import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
HISTORY_FILE = ROOT / "tools/sample/history.toml"
BUNDLE_FOLDER = ROOT / "sparky_assets/cli/sample"
ISOLATED_ENVIRONMENT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_TERMINAL_PROMPT": "0"}

COMMENT_SIGNS = {".py": "#", ".ts": "//", ".yml": "#", ".toml": "#", ".txt": "#"}


class SampleFiles:
    """The work tree of a repository while its history is replayed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._edit_count = 0

    def apply(self, path: str, instruction: str) -> None:
        """Change a file by an instruction of the history file.

        `lines:N` writes N lines, `edit:N` rewrites N lines, `append:TEXT` adds text at the end, `replace:A=>B` replaces
        A, `after:A=>B` inserts B behind A, `delete` removes the file. Anything else is the whole content.
        """
        file = self._root / path
        command, separator, argument = instruction.partition(":")
        if instruction == "delete":
            file.unlink()
            return
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if command == "lines" and separator:
            text = "".join(_make_line(path, number, 0) for number in range(int(argument)))
        elif command == "edit" and separator:
            text = self._edit(path, text, int(argument))
        elif command == "append" and separator:
            text += argument
        elif command in {"replace", "after"} and separator:
            old, _, new = argument.partition("=>")
            if old not in text:
                raise ValueError(f"{path}: {old!r} is not in the file")
            text = text.replace(old, new if command == "replace" else old + new, 1)
        else:
            text = instruction
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def _edit(self, path: str, text: str, count: int) -> str:
        self._edit_count += 1
        lines = text.splitlines(keepends=True)
        start = (self._edit_count * 7) % max(1, len(lines) - count)
        lines[start : start + count] = [_make_line(path, start + number, self._edit_count) for number in range(count)]
        return "".join(lines)


def _make_line(path: str, number: int, version: int) -> str:
    suffix = Path(path).suffix
    if suffix == ".json":
        return f'"{Path(path).stem}.{number}": "text {number}.{version}",\n'
    return f"{COMMENT_SIGNS.get(suffix, '')} {Path(path).stem} {number}.{version}\n".lstrip()


def load_history(path: Path = HISTORY_FILE) -> dict[str, Any]:
    """Return the people and the commits of the history file, in order of time."""
    history = tomllib.loads(path.read_text())
    history["commits"].sort(key=lambda commit: commit["at"])
    return history


def make_repositories(history: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Replay the history below `folder`; return the work tree of each repository by name.

    A message names the commit of an earlier pull request by `{sha:tickets#19}`.
    """
    sample_files: dict[str, SampleFiles] = {}
    shas: dict[str, str] = {}
    for commit in history["commits"]:
        name = commit["repository"]
        if name not in sample_files:
            run_git(folder, "init", "--quiet", "--initial-branch=main", name)
            sample_files[name] = SampleFiles(folder / name)
        for path, instruction in commit["files"].items():
            sample_files[name].apply(path, instruction)
        sha = _commit(commit, history["people"], folder / name, shas)
        if "pr" in commit:
            shas[f"{name}#{commit['pr']}"] = sha
    return {name: folder / name for name in sample_files}


def _commit(commit: Mapping[str, Any], people: Mapping[str, list[str]], path: Path, shas: Mapping[str, str]) -> str:
    number = f" (#{commit['pr']})" if "pr" in commit else ""
    message = f"{commit['title']}{number}\n\n{commit.get('body', '').strip()}".strip()
    message = re.sub(r"\{sha:([^}]+)\}", lambda match: shas[match[1]], message)
    author_name, author_email = people[commit["by"]]
    committer_name, committer_email = people[commit.get("committer", commit["by"])]
    environment = {
        "GIT_AUTHOR_NAME": author_name, "GIT_AUTHOR_EMAIL": author_email, "GIT_AUTHOR_DATE": commit["at"],
        "GIT_COMMITTER_NAME": committer_name, "GIT_COMMITTER_EMAIL": committer_email,
        "GIT_COMMITTER_DATE": commit["at"],
    }  # fmt: skip
    run_git(path, "add", "--all")
    run_git(path, "commit", "--quiet", "--no-verify", "--cleanup=verbatim", "-m", message, environment=environment)
    if "tag" in commit:
        annotation = ("-a", "-m", commit["tag_message"]) if "tag_message" in commit else ()
        run_git(path, "tag", *annotation, commit["tag"], environment=environment)
    return run_git(path, "rev-parse", "HEAD").strip()


def run_git(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """Run git without any configuration of the machine and return its output."""
    completed = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **ISOLATED_ENVIRONMENT, **(environment or {})},
    )
    return completed.stdout


def main() -> None:
    """Write the bundles."""
    BUNDLE_FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, path in make_repositories(load_history(), Path(folder)).items():
            bundle = BUNDLE_FOLDER / f"{name}.bundle"
            run_git(path, "gc", "--quiet", "--aggressive")
            run_git(path, "bundle", "create", "--quiet", str(bundle), "HEAD", "--branches", "--tags")
            print(f"{bundle.relative_to(ROOT)}: {bundle.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
