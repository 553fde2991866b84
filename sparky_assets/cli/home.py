"""Our own folder on this machine, and the settings that a demo left in it. Apart from Dagster, which loads slowly."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparky_assets.settings.schema import Settings


HOME_SETTINGS_FILE = "sparky.toml"
"""The settings that a demo leaves in its home."""


def make_home(home: Path) -> None:
    """Our home, made when absent, for its owner's eyes only: it holds the titles of private repositories.

    It may lie in somebody's checkout: a .gitignore inside keeps it out of their `git status`.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / ".gitignore").exists():
        (home / ".gitignore").write_text("*\n")


def load_home_settings(home: Path | None, config_file: str | None) -> "tuple[Settings, str | None]":
    """The settings for a home that was asked for, and their file: the home's own, where a demo left some there."""
    from sparky_assets.settings.load import load_settings

    if home and (home / HOME_SETTINGS_FILE).exists():
        config_file = str(home / HOME_SETTINGS_FILE)
    return load_settings(config_file, {"home": home} if home else None), config_file
