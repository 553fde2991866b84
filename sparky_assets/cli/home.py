"""Our own folder on this machine. Apart from what needs Dagster, which takes a second and a half to load."""

from pathlib import Path


def make_home(home: Path) -> None:
    """Our home, made when absent, for its owner's eyes only: it holds the titles of private repositories.

    It may lie in somebody's checkout: a .gitignore inside keeps it out of their `git status`.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / ".gitignore").exists():
        (home / ".gitignore").write_text("*\n")
