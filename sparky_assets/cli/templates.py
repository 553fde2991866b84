"""`sparky templates`: which templates there are, what is in them, and whether those of yours hold."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import say
from sparky_assets.cli.making import settings_of

if TYPE_CHECKING:
    from sparky_assets.settings import Settings


@click.group()
def templates() -> None:
    """List, show and check the templates that texts are made with. How to override one: docs/templates.md."""


@templates.command("list")
@click.pass_obj
def list_templates(config_file: str | None) -> None:
    """Every template and partial, and the folder that it is taken from."""
    from sparky_assets.digests.markdown import environment, names_in

    folders = _folders(settings_of(config_file))
    for name in names_in(environment(folders)):
        say(f"{name:<34} {_folder_of(name, folders)}")


@templates.command("show")
@click.argument("name")
@click.pass_obj
def show_template(config_file: str | None, name: str) -> None:
    """Print a template, to begin one of your own with: sparky templates show weekly.md.j2 > mine/weekly.md.j2"""
    from sparky_assets.errors import DataError

    folders = _folders(settings_of(config_file))
    folder = _folder_of(name, folders)
    if folder is None:
        raise DataError(f"{name}: no such template. See `sparky templates list`.")
    click.echo((folder / name).read_text(encoding="utf-8"), nl=False)


@templates.command("check")
@click.pass_obj
def check_templates(config_file: str | None) -> None:
    """Render every template with a sample; exit code 1 when one fails, with its file, line and word."""
    from sparky_assets.digests.samples import check_templates as problems_of

    folders = _folders(settings_of(config_file))
    problems = list(problems_of(folders))
    for problem in problems:
        say(problem, style="red")
    if problems:
        raise SystemExit(1)
    say("every template renders the sample, and says nothing that the sample does not hold")


def _folders(settings: "Settings") -> list[Path]:
    from sparky_assets.digests.writing import template_folders
    from sparky_assets.errors import DataError

    folders = template_folders(settings)
    for folder in folders:
        if not folder.is_dir():
            raise DataError(f"digests.templates: {folder}: no such folder.")
    return folders


def _folder_of(name: str, folders: list[Path]) -> Path | None:
    return next((folder for folder in folders if (folder / name).is_file()), None)
