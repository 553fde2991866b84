"""The units that are installed: their folders, variables and state, and calls of systemctl."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.operations.service_account import run_program
from sparky_assets.errors import DataError

if TYPE_CHECKING:
    from sparky_assets.orchestration.service_units import InstalledUnit

SYSTEM_FOLDER = Path("/etc/systemd/system")
SYSTEM_ENVIRONMENT_FILE = Path("/etc/sparky/sparky.env")
SYSTEMD_MARK = Path("/run/systemd/system")
"""Exists where systemd is the init system."""


def has_systemd() -> bool:
    """Return whether systemd runs here."""
    return SYSTEMD_MARK.exists()


def get_unit_folder(*, for_user: bool) -> Path:
    """Return the folder of unit files."""
    if not for_user:
        return SYSTEM_FOLDER
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd/user"


def get_environment_file(*, for_user: bool) -> Path:
    """Return the file of secrets and variables."""
    if not for_user:
        return SYSTEM_ENVIRONMENT_FILE
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "sparky/sparky.env"


def require_rights(*, for_user: bool) -> None:
    """Check that the units may be written.

    Raises:
        DataError: units of the machine need root.
    """
    if not for_user and os.geteuid() != 0:
        raise DataError("units of the machine need root: sudo sparky service …, or take --user.")


def read_up_unit(*, for_user: bool) -> "InstalledUnit | None":
    """Return what the unit of `sparky up` says; None where it is not installed."""
    from sparky_assets.orchestration.service_units import UP_UNIT, parse_unit

    try:
        return parse_unit((get_unit_folder(for_user=for_user) / UP_UNIT).read_text())
    except OSError:
        return None


def use_unit_environment(config_file: str | None, *, for_user: bool) -> str | None:
    """Take settings and variables of the installed units where this shell has none, and return the settings file.

    A shell of a person has neither the home nor the database of the services.
    """
    from sparky_assets.orchestration.service_units import parse_environment_file

    unit = read_up_unit(for_user=for_user)
    if unit is None:
        return config_file
    variables = dict(unit.environment)
    try:
        variables |= parse_environment_file(get_environment_file(for_user=for_user).read_text())
    except OSError as error:
        click.echo(f"note: {get_environment_file(for_user=for_user)} cannot be read: {error.strerror}", err=True)
    for name, value in variables.items():
        os.environ.setdefault(name, value)
    return config_file or unit.settings_file or None


def read_unit_state(unit: str, folder: Path, *, for_user: bool) -> str:
    """`active`, or why not."""
    if not (folder / unit).exists():
        return "not installed; run sparky service install"
    if not has_systemd():
        return "systemd does not run here"
    command = ["systemctl", *(["--user"] if for_user else []), "is-active", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip() or "unknown"


def remove_units(names: Sequence[str], *, for_user: bool) -> list[str]:
    """Stop and disable the units that are installed, remove their files, and return their names."""
    folder = get_unit_folder(for_user=for_user)
    installed = [name for name in names if (folder / name).exists()]
    if installed and has_systemd():
        run_systemctl(("disable", "--now", *installed), for_user=for_user, is_required=False)
    for name in installed:
        (folder / name).unlink()
    return installed


@contextmanager
def stopped_units(*, for_user: bool) -> Iterator[None]:
    """Stop the units that run, and start them again afterwards, whatever happens."""
    from sparky_assets.orchestration.service_units import STARTED_UNITS

    folder = get_unit_folder(for_user=for_user)
    running = [
        unit
        for unit in STARTED_UNITS
        if read_unit_state(unit, folder, for_user=for_user) in {"active", "activating", "reloading"}
    ]
    if running:
        run_systemctl(("stop", *running), for_user=for_user)
    try:
        yield
    finally:
        if running:
            run_systemctl(("start", *running), for_user=for_user)


def run_systemctl(words: Sequence[str], *, for_user: bool, is_required: bool = True) -> None:
    """Run systemctl.

    Raises:
        DataError: it failed and `is_required`.
    """
    try:
        run_program(["systemctl", *(["--user"] if for_user else []), *words])
    except DataError:
        if is_required:
            raise
