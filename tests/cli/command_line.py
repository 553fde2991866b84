"""Call `sparky` up to its exit code and read what it prints."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sparky_assets.cli import main


@dataclass(frozen=True)
class Said:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


class Shell:
    """A folder in which `sparky` is called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._monkeypatch, self._capsys, self.folder = monkeypatch, capsys, folder
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        monkeypatch.delenv("DAGSTER_HOME", raising=False)

    def __call__(self, *arguments: object) -> Said:
        self._monkeypatch.setattr(sys, "argv", ["sparky", *map(str, arguments)])
        self._capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        printed = self._capsys.readouterr()
        return Said(code, printed.out, printed.err)


def settings_file(folder: Path, repositories: Sequence[Path | str], more: str = "", start: str = "2025-10-27") -> Path:
    """Write a settings file over some repositories; all data is kept in `home` beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sparky.toml"
    listed = ", ".join(f'"{one}"' for one in repositories)
    file.write_text(
        f'home = "{folder}/home"\n[periods]\nstart = {start}\n[sources.git]\nrepositories = [{listed}]\n{more}'
    )
    return file
