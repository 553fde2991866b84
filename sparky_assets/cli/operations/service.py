"""`sparky service`: Sparky as services of systemd on one box, with a nightly backup and a restore by one command."""

import os
import pwd
import secrets
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import add_json_option, echo, echo_json, echo_result, output
from sparky_assets.cli.exit_codes import ExitCode
from sparky_assets.cli.operations.installed_units import (
    get_environment_file,
    get_unit_folder,
    has_systemd,
    read_unit_state,
    read_up_unit,
    remove_units,
    require_rights,
    run_systemctl,
    stopped_units,
    use_unit_environment,
)
from sparky_assets.cli.operations.service_account import (
    check_account,
    list_written_folders,
    prepare_account,
)
from sparky_assets.errors import DataError

if TYPE_CHECKING:
    from sparky_assets.orchestration.backup import BackupScope
    from sparky_assets.orchestration.service_units import ServicePlan
    from sparky_assets.settings.schema import Settings

SYSTEM_HOME = Path("/var/lib/sparky")
LOG_CONFIGURATION_FILE = Path("/etc/systemd/journald@sparky.conf")
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
      sudo sparky service exec status
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
    if not has_systemd():
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
    if has_systemd():
        run_systemctl(("daemon-reload",), for_user=for_user)
    echo(f"removed from {folder}: {', '.join(removed) or 'nothing was there'}")


@service.command("status", short_help="Show whether the units run, and the age of the last backup.")
@user_option
@click.option("--backups", type=click.Path(path_type=Path), help="Folder of backups.  [default: as the unit says]")
@add_json_option
def show_status(for_user: bool, backups: Path | None) -> None:
    """Show whether the units run and how old the last backup is. Exit code 4 when something is not as it should be."""
    from sparky_assets.orchestration.backup import list_backups
    from sparky_assets.orchestration.service_units import BACKUP_UNIT, STARTED_UNITS

    folder = get_unit_folder(for_user=for_user)
    states = {unit: read_unit_state(unit, folder, for_user=for_user) for unit in STARTED_UNITS}
    for unit, state in states.items():
        is_active = state == "active"
        echo_result(f"{'ok   ' if is_active else 'WRONG'} {unit}: {state}", style=None if is_active else "red")
    target = backups or read_backup_folder(folder / BACKUP_UNIT)
    newest = list_backups(target)[-1:] if target else []
    if newest:
        hours = (datetime.now(UTC) - parse_backup_time(newest[0])).total_seconds() / 3600
        is_recent = hours <= MAX_BACKUP_AGE_HOURS
        echo_result(f"{'ok   ' if is_recent else 'WRONG'} backup: {newest[0]}, {hours:.0f} hours old")
    else:
        is_recent = False
        echo_result(
            f"WRONG backup: there is none{f' in {target}' if target else ''}; make one: sparky service backup",
            style="red",
        )
    if output.is_json:
        echo_json({"units": states, "backup": newest[0] if newest else None, "is_backup_recent": is_recent})
    is_well = set(states.values()) == {"active"} and is_recent
    raise SystemExit(ExitCode.DONE if is_well else ExitCode.UNHEALTHY)


@service.command(
    "exec",
    short_help="Run a command of Sparky as the services do.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@user_option
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def execute(config_file: str | None, for_user: bool, arguments: Sequence[str]) -> None:
    """Run `sparky ARGUMENTS` with the settings, the variables and the account of the installed units.

    A shell of a person has none of them, and would look into another home.

    \b
    Examples:
      sudo sparky service exec status
      sparky service exec --user run day 2025-11-12
    """
    unit = read_up_unit(for_user=for_user)
    if unit is None:
        raise DataError(
            "no unit of Sparky is installed here: sparky service install, or call the command without exec."
        )
    require_rights(for_user=for_user)
    chosen = use_unit_environment(config_file, for_user=for_user)
    if unit.account:
        entry = pwd.getpwnam(unit.account)
        os.initgroups(unit.account, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        os.environ["HOME"] = entry.pw_dir
    os.chdir(os.environ["SPARKY_HOME"])
    options = ["--config", chosen] if chosen else []
    os.execv(unit.program, [unit.program, *options, *arguments])  # noqa: S606 - the program of the unit


@service.command(short_help="Back up the store, the home and the history now.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Folder of backups.  [default: beside the home]")
@click.option("--keep", default=KEEP_BACKUPS, show_default=True, type=click.IntRange(1), help="Backups that are kept.")
@user_option
@add_json_option
@click.pass_obj
def backup(config_file: str | None, target: Path | None, keep: int, for_user: bool) -> None:
    """Write one folder with the home, the history and their checksums. The timer does it each night; Sparky may run."""
    from sparky_assets.orchestration.backup import make_backup

    scope = build_scope(use_unit_environment(config_file, for_user=for_user))
    folder = target or scope.home.with_name(f"{scope.home.name.lstrip('.')}-backups")
    made = make_backup(scope, folder, datetime.now(UTC), keep)
    # A folder of root among them would stop the nightly backup, which may not look into it.
    give_to_owner(folder, made, *made.iterdir())
    echo_result(str(made))
    if output.is_json:
        echo_json({"backup": str(made)})


@service.command(short_help="Bring back a backup: the newest, or the one named.")
@click.argument("name", default="")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="Folder of backups.  [default: beside the home]"
)
@user_option
@add_json_option
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
        give_to_owner(scope.home, aside, *(path for path in scope.home.rglob("*") if not path.is_relative_to(aside)))
    echo(f"restored {folder}; what was there before is in {aside}")
    if output.is_json:
        echo_json({"restored": str(folder), "before": str(aside)})


def build_scope(config_file: str | None) -> "BackupScope":
    """Return what belongs to a backup by the settings.

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
    """Return the program `sparky` beside this interpreter.

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


def give_to_owner(folder: Path, *paths: Path) -> None:
    """Where root made files, give them to the owner of a folder, whose services go on with them."""
    if os.geteuid() != 0:
        return
    owner = folder.stat()
    for path in paths:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def write_files(files: dict[Path, str]) -> None:
    """Write unit files."""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
        echo(f"wrote {path}")


def read_backup_folder(unit: Path) -> Path | None:
    """Return the folder that the backup's unit names; None without a unit."""
    from sparky_assets.orchestration.service_units import parse_unit

    try:
        target = parse_unit(unit.read_text()).backups
    except OSError:
        return None
    return Path(target) if target else None


def parse_backup_time(folder: Path) -> datetime:
    """Return the time in the name of a backup."""
    from sparky_assets.orchestration.backup import NAME_FORMAT

    return datetime.strptime(folder.name, NAME_FORMAT).replace(tzinfo=UTC)
