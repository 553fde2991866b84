"""`sparky templates`: which templates there are, what is in them, and whether those of yours hold."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import echo
from sparky_assets.cli.making import load_command_settings

if TYPE_CHECKING:
    from sparky_assets.settings.schema import Settings


@click.group()
def templates() -> None:
    """List, show and check the templates that texts are made with. How to override one: docs/templates.md."""


@templates.command("list")
@click.pass_obj
def list_templates(config_file: str | None) -> None:
    """Every template and partial, and the folder that it is taken from."""
    from sparky_assets.digests.render.templates import build_environment, list_template_names

    folders = _find_template_folders(load_command_settings(config_file))
    for name in list_template_names(build_environment(folders)):
        echo(f"{name:<34} {_find_folder(name, folders)}")


@templates.command("show")
@click.argument("name")
@click.pass_obj
def show_template(config_file: str | None, name: str) -> None:
    """Print a template, to begin one of your own with: sparky templates show weekly.md.j2 > mine/weekly.md.j2"""
    from sparky_assets.errors import DataError

    folders = _find_template_folders(load_command_settings(config_file))
    folder = _find_folder(name, folders)
    if folder is None:
        raise DataError(f"{name}: no such template. See `sparky templates list`.")
    click.echo((folder / name).read_text(encoding="utf-8"), nl=False)


@templates.command("check")
@click.pass_obj
def check_templates(config_file: str | None) -> None:
    """Render every template with a sample; exit code 1 when one fails, with its file, line and word."""
    from sparky_assets.digests.render.samples import check_templates as problems_of

    folders = _find_template_folders(load_command_settings(config_file))
    problems = list(problems_of(folders))
    for problem in problems:
        echo(problem, style="red")
    if problems:
        raise SystemExit(1)
    echo("every template renders the sample, and says nothing that the sample does not hold")


def _find_template_folders(settings: "Settings") -> list[Path]:
    from sparky_assets.digests.writing import list_template_folders
    from sparky_assets.errors import DataError

    folders = list_template_folders(settings)
    for folder in folders:
        if not folder.is_dir():
            raise DataError(f"digests.templates: {folder}: no such folder.")
    return folders


def _find_folder(name: str, folders: list[Path]) -> Path | None:
    return next((folder for folder in folders if (folder / name).is_file()), None)
