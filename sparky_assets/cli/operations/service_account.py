"""The account of the services: what it must run, read and write, checked before anything is installed."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from sparky_assets.errors import DataError

if TYPE_CHECKING:
    from sparky_assets.orchestration.service_units import ServicePlan
    from sparky_assets.settings.schema import Settings

STRANGER_ID = 65_534
"""User and group of an account that is not made yet: no file belongs to it."""

INSTALL_COMMAND = (
    "sudo env UV_TOOL_DIR=/opt/uv/tools UV_TOOL_BIN_DIR=/usr/local/bin UV_PYTHON_INSTALL_DIR=/opt/uv/python "
    '"$(command -v uv)" tool install .'
)
"""Installs Sparky and its Python outside of every home."""


class _Identity(TypedDict):
    """Arguments of subprocess that run a program as an account."""

    user: int
    group: int
    extra_groups: Sequence[int]


def list_written_folders(settings: "Settings", home: Path, backups: Path) -> list[Path]:
    """Return the folders that the services write beside home and backups: a store, destinations, the heartbeat.

    A local repository needs the folder around it: its lock is beside it.
    """
    from sparky_assets.destinations.networks import LinkedInDestination, XDestination
    from sparky_assets.destinations.pages import FolderDestination, GitDestination

    settings = settings.model_copy(update={"home": home})
    root = settings.store_root
    folders = [Path(root.removeprefix("file://"))] if "://" not in root or root.startswith("file://") else []
    for destination in settings.publish.destinations:
        if destination.mode == "off":
            continue
        if isinstance(destination, GitDestination) and destination.is_local:
            folders.append(settings.resolve_destination_path(destination).parent)
        elif isinstance(destination, FolderDestination):
            folders.append(destination.path)
        elif isinstance(destination, (XDestination, LinkedInDestination)) and destination.folder:
            folders.append(destination.folder)
    if settings.alerts.heartbeat_file:
        folders.append(settings.alerts.heartbeat_file.parent)
    absolute = dict.fromkeys(folder.resolve() for folder in folders)
    return [folder for folder in absolute if not any(folder.is_relative_to(inside) for inside in (home, backups))]


def check_account(plan: "ServicePlan") -> None:
    """Check, before anything is written, that the account can run the program, read the settings and write its folders.

    The program is run as the account, which is what systemd will do; an account that is not made yet counts as one that
    owns nothing. Needs root.

    Raises:
        DataError: with the first path that is closed to it, and what to do.
    """
    who = _find_identity(plan.account)
    if reason := _find_start_failure(who, plan.program):
        you = os.environ.get("SUDO_USER", "")
        other = f"--account {you}, or " if you and you != "root" else ""
        raise DataError(
            f"{plan.program}: the account {plan.account} cannot run it: {reason}. Nothing was installed. "
            f"Install Sparky where every account may read it, and run that one: {INSTALL_COMMAND} "
            f"(docs/runbooks/deploy.md). Or take {other}--user, as yourself."
        )
    if not _can(who, "-r", plan.settings_file):
        raise DataError(
            f"{plan.settings_file}: the account {plan.account} cannot read it. Nothing was installed. Put the settings "
            "where it may: sudo install -D -m 0644 FILE /etc/sparky/sparky.toml."
        )
    for folder in (plan.home, plan.backups, *plan.written_folders):
        if folder.exists() and not _can(who, "-w", folder):
            raise DataError(
                f"{folder}: the account {plan.account} may not write there. Nothing was installed. Give it the folder: "
                f"sudo chown {plan.account}: {folder}"
                + ("." if _is_known(plan.account) else f", after sudo useradd --system {plan.account}.")
            )


def prepare_account(plan: "ServicePlan") -> None:
    """Make the account, the home, the folder of backups and other written folders where they are missing.

    Raises:
        DataError: the account or a folder cannot be made.
    """
    if plan.is_for_system and not _is_known(plan.account):
        home = ["--home-dir", str(plan.home), "--shell", "/usr/sbin/nologin"]
        run_program(["useradd", "--system", "--user-group", *home, plan.account])
    for folder in (plan.home, plan.backups, *plan.written_folders):
        is_new = not folder.exists()
        try:
            folder.mkdir(mode=0o755 if folder in plan.written_folders else 0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{folder}: cannot be made: {error.strerror or error}.") from error
        if plan.is_for_system and is_new:
            shutil.chown(folder, plan.account, plan.account)


def run_program(command: Sequence[str]) -> None:
    """Run a program.

    Raises:
        DataError: with its last line.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise DataError(f"{command[0]}: {error.strerror or error}.") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise DataError(f"{' '.join(command[:3])}: {lines[-1]}")


def _is_known(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except KeyError:
        return False
    return True


def _find_identity(account: str) -> _Identity:
    if not _is_known(account):
        return {"user": STRANGER_ID, "group": STRANGER_ID, "extra_groups": []}
    entry = pwd.getpwnam(account)
    return {
        "user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": os.getgrouplist(account, entry.pw_gid)
    }  # fmt: skip


def _can(who: _Identity, right: str, path: Path) -> bool:
    """Return whether an account has a right (-r, -w or -x) on a path; the kernel says so, with its access lists."""
    return subprocess.run(["/usr/bin/test", right, str(path)], cwd="/", check=False, **who).returncode == 0


def _find_start_failure(who: _Identity, program: Path) -> str:
    """Why an account cannot run the program; empty where it can."""
    try:
        done = subprocess.run(
            [str(program), "--version"], cwd="/", env={"PATH": os.defpath, "HOME": "/"},
            capture_output=True, text=True, check=False, **who,
        )  # fmt: skip
    except OSError as error:
        output = [error.strerror or str(error)]
    else:
        output = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        if done.returncode == 0:
            return ""
    closed = next((path for path in _list_needed_paths(program) if not _can(who, "-x", path)), None)
    return f"{closed} is closed to it" if closed else output[-1]


def _list_needed_paths(program: Path) -> Iterator[Path]:
    """The folders and files through which a program is started, outermost first, with its interpreter's."""
    interpreter = _read_interpreter(program)
    for path in filter(None, (program, program.resolve(), interpreter, interpreter and interpreter.resolve())):
        yield from reversed(path.parents)
        yield path


def _read_interpreter(program: Path) -> Path | None:
    """Return the interpreter that the first line of a script names."""
    try:
        with program.open("rb") as file:
            line = file.readline(4096)
    except OSError:
        return None
    words = line.removeprefix(b"#!").split()
    return Path(os.fsdecode(words[0])) if line.startswith(b"#!/") and words else None
