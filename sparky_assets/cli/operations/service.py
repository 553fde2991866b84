"""`sparky service`: Sparky as services of systemd on one box, with a nightly backup and a restore by one command."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import echo
from sparky_assets.cli.operations.service_account import (
    check_account,
    list_written_folders,
    prepare_account,
    run_program,
)
from sparky_assets.errors import DataError

if TYPE_CHECKING:
    from sparky_assets.orchestration.backup import BackupScope
    from sparky_assets.orchestration.service_units import ServicePlan
    from sparky_assets.settings.schema import Settings

SYSTEM_FOLDER = Path("/etc/systemd/system")
SYSTEM_ENVIRONMENT_FILE = Path("/etc/sparky/sparky.env")
SYSTEM_HOME = Path("/var/lib/sparky")
LOG_CONFIGURATION_FILE = Path("/etc/systemd/journald@sparky.conf")
SYSTEMD_MARK = Path("/run/systemd/system")
"""Exists where systemd is the init system."""
ACCOUNT_NAME = "sparky"
KEEP_BACKUPS = 14
MAX_BACKUP_AGE_HOURS = 30

user_option = click.option(
    "--user/--system",
    "for_user",
    default=False,
    help="Units of you alone, or of the machine (root).  [default: --system]",
)


@click.group(short_help="Run Sparky as services of systemd; back up and restore.")
def service() -> None:
    """Run Sparky on one box without Docker: units of systemd, a backup each night, restore by one command.

    \b
    Examples:
      sudo sparky --config /etc/sparky/sparky.toml service install
      sparky service install --user
      sparky service status
      sparky service restore
    """


@service.command(short_help="Write, enable and start the units.")
@user_option
@click.option(
    "--home", type=click.Path(path_type=Path), help="Sparky's home.  [default: /var/lib/sparky; --user: home]"
)
@click.option("--backups", type=click.Path(path_type=Path), help="Folder of backups.  [default: beside the home]")
@click.option(
    "--account", default=ACCOUNT_NAME, show_default=True, help="User of the system's services; made if missing."
)
@click.option("--host", default="", help="Address to listen on.  [default: reader.host]")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on.  [default: reader.port]")
@click.option(
    "--unit-folder", type=click.Path(path_type=Path), hidden=True, help="Write the units there, and start none."
)
@click.pass_obj
def install(  # noqa: PLR0917 - the options of one command
    config_file: str | None,
    for_user: bool,
    home: Path | None,
    backups: Path | None,
    account: str,
    host: str,
    port: int | None,
    unit_folder: Path | None,
) -> None:
    """Write the units of the newspaper and the nightly backup; enable and start them.

    The settings file is the one that Sparky would use now. Secrets belong into the environment file, which is made with
    random values where it is missing and never changed. Running it again brings the units up to date. Nothing is
    written when the account cannot run Sparky, read the settings, or write a folder that they name.
    """
    from sparky_assets.orchestration.service_units import (
        OBSOLETE_UNIT,
        STARTED_UNITS,
        ServicePlan,
        build_log_configuration,
        build_units,
    )
    from sparky_assets.settings.load import find_settings_file, load_settings

    settings = load_settings(config_file)
    chosen_home = (home or (settings.home if for_user else SYSTEM_HOME)).resolve()
    chosen_backups = (backups or chosen_home.with_name(f"{chosen_home.name.lstrip('.')}-backups")).resolve()
    plan = ServicePlan(
        program=find_program(),
        settings_file=find_settings_file(config_file).resolve(),
        home=chosen_home,
        backups=chosen_backups,
        environment_file=get_environment_file(for_user=for_user),
        account="" if for_user else account,
        host=host,
        port=port,
        written_folders=() if for_user else list_written_folders(settings, chosen_home, chosen_backups),
    )
    units = build_units(plan)
    if unit_folder is not None:
        write_files({unit_folder / name: text for name, text in units.items()})
        return
    folder = get_unit_folder(for_user=for_user)
    require_rights(for_user=for_user)
    if plan.is_for_system:
        check_account(plan)
    prepare_account(plan)
    remove_units((OBSOLETE_UNIT,), for_user=for_user)
    write_files({folder / name: text for name, text in units.items()})
    if plan.is_for_system:
        write_files({LOG_CONFIGURATION_FILE: build_log_configuration()})
    make_environment_file(plan)
    start = [("daemon-reload",), ("enable", "--now", *STARTED_UNITS)]
    if not SYSTEMD_MARK.exists():
        echo(f"systemd does not run here; the units are in {folder}. Where it runs, start them:")
        for words in start:
            echo(f"  systemctl {'--user ' if for_user else ''}{' '.join(words)}")
        return
    for words in start:
        run_systemctl(words, for_user=for_user)
    if for_user:
        echo(f"They end when you log out, unless they may stay: loginctl enable-linger {os.environ.get('USER', '')}")
    namespace = "" if for_user else "--namespace=sparky "
    echo(f"log: journalctl {'--user ' if for_user else ''}{namespace}--unit=sparky --follow")
    address = f"http://{host or settings.reader.host}:{port or settings.reader.port}"
    echo(f"newspaper: {address}/; Dagster: {address}/dagster; secrets: {plan.environment_file}")


@service.command(short_help="Stop the units and remove them; keep data and secrets.")
@user_option
def uninstall(for_user: bool) -> None:
    """Stop the units, disable them and remove their files. The store, the history, backups and secrets stay."""
    from sparky_assets.orchestration.service_units import BACKUP_TIMER, BACKUP_UNIT, OBSOLETE_UNIT, UP_UNIT

    require_rights(for_user=for_user)
    folder = get_unit_folder(for_user=for_user)
    removed = remove_units((UP_UNIT, OBSOLETE_UNIT, BACKUP_TIMER, BACKUP_UNIT), for_user=for_user)
    if not for_user:
        LOG_CONFIGURATION_FILE.unlink(missing_ok=True)
    if SYSTEMD_MARK.exists():
        run_systemctl(("daemon-reload",), for_user=for_user)
    echo(f"removed from {folder}: {', '.join(removed) or 'nothing was there'}")


def remove_units(names: Sequence[str], *, for_user: bool) -> list[str]:
    """Stop and disable the units that are installed, remove their files, and return their names."""
    folder = get_unit_folder(for_user=for_user)
    installed = [name for name in names if (folder / name).exists()]
    if installed and SYSTEMD_MARK.exists():
        run_systemctl(("disable", "--now", *installed), for_user=for_user, is_required=False)
    for name in installed:
        (folder / name).unlink()
    return installed


@service.command("status", short_help="Show whether the units run, and the age of the last backup.")
@user_option
@click.option("--backups", type=click.Path(path_type=Path), help="Folder of backups.  [default: as the unit says]")
def show_status(for_user: bool, backups: Path | None) -> None:
    """Show whether the units run and how old the last backup is. Exit code 4 when something is not as it should be."""
    from sparky_assets.orchestration.backup import list_backups
    from sparky_assets.orchestration.service_units import BACKUP_UNIT, STARTED_UNITS

    folder = get_unit_folder(for_user=for_user)
    is_well = True
    for unit in STARTED_UNITS:
        state = read_unit_state(unit, folder, for_user=for_user)
        is_well &= state == "active"
        echo(f"{'ok   ' if state == 'active' else 'WRONG'} {unit}: {state}", style=None if state == "active" else "red")
    target = backups or read_backup_folder(folder / BACKUP_UNIT)
    newest = list_backups(target)[-1:] if target else []
    if newest:
        hours = (datetime.now(UTC) - parse_backup_time(newest[0])).total_seconds() / 3600
        is_recent = hours <= MAX_BACKUP_AGE_HOURS
        echo(f"{'ok   ' if is_recent else 'WRONG'} backup: {newest[0]}, {hours:.0f} hours old")
    else:
        is_recent = False
        echo(
            f"WRONG backup: there is none{f' in {target}' if target else ''}; make one: sparky service backup",
            style="red",
        )
    raise SystemExit(0 if is_well and is_recent else 4)


@service.command(short_help="Back up the store, the home and the history now.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Folder of backups.  [default: beside the home]")
@click.option("--keep", default=KEEP_BACKUPS, show_default=True, type=click.IntRange(1), help="Backups that are kept.")
@click.pass_obj
def backup(config_file: str | None, target: Path | None, keep: int) -> None:
    """Write one folder with the home, the history and their checksums. The timer does it each night; Sparky may run."""
    from sparky_assets.orchestration.backup import make_backup

    scope = build_scope(config_file)
    folder = target or scope.home.with_name(f"{scope.home.name.lstrip('.')}-backups")
    echo(str(make_backup(scope, folder, datetime.now(UTC), keep)))


@service.command(short_help="Bring back a backup: the newest, or the one named.")
@click.argument("name", default="")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="Folder of backups.  [default: beside the home]"
)
@user_option
@click.pass_obj
def restore(config_file: str | None, name: str, source: Path | None, for_user: bool) -> None:
    """Stop the units, bring back a backup, and start the units again, whatever came of it.

    The present files are moved into a folder `.before-…` of the home. A restore that fails leaves everything as it was.

    \b
    Examples:
      sudo sparky service restore
      sparky service restore 20251112T031700Z --user
    """
    from sparky_assets.orchestration.backup import find_backup, hold_service_lock, restore_backup

    config_file = use_unit_environment(config_file, for_user=for_user)
    scope = build_scope(config_file)
    folder = find_backup(source or scope.home.with_name(f"{scope.home.name.lstrip('.')}-backups"), name)
    with stopped_units(for_user=for_user), hold_service_lock(scope.home):
        aside = restore_backup(folder, scope, datetime.now(UTC))
        give_to_owner(scope.home, aside)
    echo(f"restored {folder}; what was there before is in {aside}")


def use_unit_environment(config_file: str | None, *, for_user: bool) -> str | None:
    """Take settings and variables of the installed units where this shell has none, and return the settings file.

    A shell of a person has neither the home nor the database of the services.
    """
    from sparky_assets.orchestration.service_units import UP_UNIT, parse_environment_file, parse_unit

    try:
        unit = parse_unit((get_unit_folder(for_user=for_user) / UP_UNIT).read_text())
    except OSError:
        return config_file
    variables = dict(unit.environment)
    try:
        variables |= parse_environment_file(get_environment_file(for_user=for_user).read_text())
    except OSError as error:
        click.echo(f"note: {get_environment_file(for_user=for_user)} cannot be read: {error.strerror}", err=True)
    for name, value in variables.items():
        os.environ.setdefault(name, value)
    return config_file or unit.settings_file or None


def build_scope(config_file: str | None) -> "BackupScope":
    """What belongs to a backup by the settings.

    Raises:
        HistoryConfigurationError: when variables of the database are missing.
    """
    from resources.history_database import read_history_database, set_default_port
    from sparky_assets.orchestration.backup import BackupScope
    from sparky_assets.settings.load import load_settings

    settings = load_settings(config_file)
    set_default_port(os.environ)
    home = settings.home.resolve()
    history_home = Path(os.environ.get("DAGSTER_HOME") or home / "dagster")
    return BackupScope(
        home=home, store=find_outside_store(settings, home), database=read_history_database(history_home)
    )


def find_outside_store(settings: "Settings", home: Path) -> Path | None:
    """Return the store where it is a folder outside of the home; a remote store is its owner's to back up."""
    root = settings.store_root
    if "://" in root and not root.startswith("file://"):
        click.echo(f"note: the store {root} is not in this backup; let its owner replicate it", err=True)
        return None
    path = Path(root.removeprefix("file://")).resolve()
    return None if path.is_relative_to(home) else path


def find_program() -> Path:
    """The program `sparky` beside this interpreter.

    Raises:
        DataError: Sparky is not installed there.
    """
    program = Path(sys.executable).with_name("sparky")
    if not program.exists():
        program_path = shutil.which("sparky")
        if program_path is None:
            raise DataError("no program `sparky` beside this Python: install it, for example with uv tool install.")
        program = Path(program_path)
    return program.absolute()


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


def make_environment_file(plan: "ServicePlan") -> None:
    """Write the file of secrets with random values where it is missing; readable by root and the account only."""
    from sparky_assets.orchestration.service_units import ENVIRONMENT_TEMPLATE

    path = plan.environment_file
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    salt_file = plan.home / "salt"
    text = ENVIRONMENT_TEMPLATE.format(path=path, salt=secrets.token_urlsafe(24), token=secrets.token_urlsafe(24))
    if salt_file.exists():  # people of earlier days are known by it
        text = text.replace("SPARKY_PEOPLE__SALT=", "#SPARKY_PEOPLE__SALT=", 1)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640 if plan.is_for_system else 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    if plan.is_for_system:
        shutil.chown(path, "root", plan.account)


def give_to_owner(home: Path, aside: Path) -> None:
    """Where root restored, give the files to the owner of the home."""
    if os.geteuid() != 0:
        return
    owner = home.stat()
    for path in (aside, *(entry for entry in home.rglob("*") if not entry.is_relative_to(aside))):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def write_files(files: dict[Path, str]) -> None:
    """Write unit files."""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
        echo(f"wrote {path}")


def read_backup_folder(unit: Path) -> Path | None:
    """The folder that the backup's unit names; None without a unit."""
    from sparky_assets.orchestration.service_units import parse_unit

    try:
        target = parse_unit(unit.read_text()).backups
    except OSError:
        return None
    return Path(target) if target else None


def parse_backup_time(folder: Path) -> datetime:
    """The time in the name of a backup."""
    from sparky_assets.orchestration.backup import NAME_FORMAT

    return datetime.strptime(folder.name, NAME_FORMAT).replace(tzinfo=UTC)


def read_unit_state(unit: str, folder: Path, *, for_user: bool) -> str:
    """`active`, or why not."""
    if not (folder / unit).exists():
        return "not installed; run sparky service install"
    if not SYSTEMD_MARK.exists():
        return "systemd does not run here"
    command = ["systemctl", *(["--user"] if for_user else []), "is-active", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip() or "unknown"


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
