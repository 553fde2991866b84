"""systemd units of one box without Docker: the newspaper with its interface, and a backup with a timer. Pure."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sparky_assets.errors import DataError

UP_UNIT = "sparky.service"
BACKUP_UNIT, BACKUP_TIMER = "sparky-backup.service", "sparky-backup.timer"
OBSOLETE_UNIT = "sparky-reader.service"
"""Earlier versions served the reader by a unit of its own."""
STARTED_UNITS = (UP_UNIT, BACKUP_TIMER)
"""Units that are enabled and started; the backup is started by its timer."""

LOG_NAMESPACE = "sparky"
MAX_LOG_MEBIBYTES = 500
RESTART_SECONDS = 30
STOP_SECONDS = 180
"""The supervisor gives each of its three programs 30 seconds, and a run a minute."""
BACKUP_CALENDAR = "*-*-* 03:17:00"

ENVIRONMENT_TEMPLATE = """\
# Secrets and variables of Sparky's services, read by systemd. `sparky service` never changes it. In a shell:
#   set -a; . {path}; set +a
# Keep the salt for ever: with another, people of earlier days are others.
SPARKY_PEOPLE__SALT={salt}
# The reader asks for it where it listens on more than 127.0.0.1.
SPARKY_READER__TOKEN={token}
#GITHUB_TOKEN=
#SPARKY_ALERTS__SLACK_WEBHOOK=
# History in Postgres instead of SQLite:
#DAGSTER_PG_HOST=127.0.0.1
#DAGSTER_PG_PORT=5432
#DAGSTER_PG_USER=sparky
#DAGSTER_PG_PASSWORD=
#DAGSTER_PG_DB=dagster
"""

HARDENING = """\
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
LockPersonality=yes
UMask=0077
"""


@dataclass(frozen=True)
class ServicePlan:
    """What the units say.

    Attributes:
        program: the absolute path of `sparky`.
        settings_file: the absolute path of the settings.
        home: Sparky's home.
        backups: the folder of backups.
        environment_file: the file of secrets and variables.
        account: the user that the services run as; empty for units of the user who installs them.
        host: the address that newspaper and interface listen on; empty takes that of the settings.
        port: their port; None takes that of the settings.
        written_folders: folders outside of home and backups that the services write: a store, destinations.
    """

    program: Path
    settings_file: Path
    home: Path
    backups: Path
    environment_file: Path
    account: str = ""
    host: str = ""
    port: int | None = None
    written_folders: Sequence[Path] = ()

    @property
    def is_for_system(self) -> bool:
        """Whether these are units of the machine, not of one user."""
        return bool(self.account)


def build_units(plan: ServicePlan) -> dict[str, str]:
    """Return the text of each unit file by its name.

    Raises:
        DataError: when a path cannot be written into a unit.
    """
    up = (
        "up",
        *(("--host", plan.host) if plan.host else ()),
        *(("--port", str(plan.port)) if plan.port is not None else ()),
    )
    owner = () if plan.is_for_system else ("--user",)
    backup = ("service", "backup", *owner, "--to", str(plan.backups))
    return {
        UP_UNIT: _build_service(
            plan,
            "Sparky, an engineering newspaper: reader, schedules, runs and Dagster's interface",
            up,
            # A leading minus: what doctor finds is in the log, and a GitHub that is away keeps nothing from starting.
            before=f"ExecStartPre=-{_build_command(plan, ('doctor',))}\nTimeoutStartSec=600\n",
        ),
        BACKUP_UNIT: _build_service(plan, "Backup of Sparky's store and history", backup, is_one_shot=True),
        BACKUP_TIMER: (
            "[Unit]\nDescription=Backup of Sparky each night\n\n"
            f"[Timer]\nOnCalendar={BACKUP_CALENDAR}\nRandomizedDelaySec=300\nPersistent=true\n\n"
            "[Install]\nWantedBy=timers.target\n"
        ),
    }


@dataclass(frozen=True)
class InstalledUnit:
    """What an installed unit says: variables, program, settings file, folder of backups, account; empty where not."""

    environment: Mapping[str, str]
    program: str = ""
    settings_file: str = ""
    backups: str = ""
    account: str = ""


def parse_unit(text: str) -> InstalledUnit:
    """Read back what `build_units` wrote."""
    environment: dict[str, str] = {}
    words: list[str] = []
    account = ""
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name == "Environment":
            variable, _, content = " ".join(_split_words(value)).partition("=")
            environment[variable] = content
        elif name == "User":
            account = value
        elif name == "ExecStart":
            words = [word.replace("$$", "$") for word in _split_words(value)]
    options = dict(pairwise(words))
    program = words[0] if words else ""
    return InstalledUnit(environment, program, options.get("--config", ""), options.get("--to", ""), account)


def parse_environment_file(text: str) -> dict[str, str]:
    """Return the variables of an environment file as systemd reads it: `NAME=value`, quoted or not, comments apart."""
    variables = {}
    for line in text.splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and name.isidentifier():
            is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            variables[name] = value[1:-1] if is_quoted else value
    return variables


def _split_words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:  # a person wrote it
        words = text.split()
    return [word.replace("%%", "%") for word in words]


def build_log_configuration() -> str:
    """Return the file `journald@sparky.conf`, which bounds the log of the system's units."""
    return (
        "# Log of Sparky's services: journalctl --namespace=sparky --unit=sparky\n"
        f"[Journal]\nStorage=persistent\nSystemMaxUse={MAX_LOG_MEBIBYTES}M\nMaxRetentionSec=90day\n"
    )


def quote_word(word: str, *, is_command: bool = True) -> str:
    """Quote a word for systemd: specifiers, quotes and, in a command line, variables lose their meaning.

    Raises:
        DataError: the word has a control character.
    """
    if any(ord(character) < 32 or ord(character) == 127 for character in word):
        raise DataError(f"{word!r} has a control character, which no systemd unit can hold. Choose another path.")
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    if is_command:
        escaped = escaped.replace("$", "$$")
    is_plain = all(character.isalnum() or character in "/._-:=,@+%$" for character in escaped)
    return escaped if is_plain and escaped else f'"{escaped}"'


def _build_service(
    plan: ServicePlan, description: str, arguments: Sequence[str], *, before: str = "", is_one_shot: bool = False
) -> str:
    kind = "oneshot" if is_one_shot else "exec"
    restart = "" if is_one_shot else f"Restart=on-failure\nRestartSec={RESTART_SECONDS}\n"
    sections = {
        "Unit": (
            f"Description={description}\nDocumentation=man:systemd.service(5)\n"
            "Wants=network-online.target\nAfter=network-online.target postgresql.service\n"
            # Tried for ever: a database that is away for a night is back in the morning.
            "StartLimitIntervalSec=0\n"
        ),
        "Service": (
            f"Type={kind}\n{_build_identity(plan)}{_build_environment(plan)}{before}"
            f"ExecStart={_build_command(plan, arguments)}\n{restart}"
            f"KillMode=mixed\nTimeoutStopSec={STOP_SECONDS}\n"
            # A program that repeats itself must not fill the disk; runs write some hundred lines a minute at most.
            "LogRateLimitIntervalSec=60\nLogRateLimitBurst=2000\n"
        ),
    }
    if not is_one_shot:
        sections["Install"] = f"WantedBy={'multi-user.target' if plan.is_for_system else 'default.target'}\n"
    return "\n".join(f"[{name}]\n{text}" for name, text in sections.items())


def _build_identity(plan: ServicePlan) -> str:
    if not plan.is_for_system:
        return "UMask=0077\n"
    # The minus: a disk that is not mounted must not keep the service from starting.
    more = [_quote_path(Path(f"-{folder}")) for folder in plan.written_folders]
    writable = " ".join([_quote_path(plan.home), _quote_path(plan.backups), *more])
    return (
        f"User={plan.account}\nGroup={plan.account}\n{HARDENING}"
        f"ReadWritePaths={writable}\nLogNamespace={LOG_NAMESPACE}\n"
    )


def _build_environment(plan: ServicePlan) -> str:
    values: Mapping[str, str] = {"SPARKY_HOME": str(plan.home), "PYTHONUNBUFFERED": "1"}
    lines = [f"Environment={quote_word(f'{name}={value}', is_command=False)}" for name, value in values.items()]
    # The minus: a box without secrets needs no file.
    return "\n".join([*lines, f"EnvironmentFile=-{_quote_path(plan.environment_file)}", ""])


def _build_command(plan: ServicePlan, arguments: Sequence[str]) -> str:
    words = (str(plan.program), "--config", str(plan.settings_file), *arguments)
    return " ".join(map(quote_word, words))


def _quote_path(path: Path) -> str:
    return quote_word(str(path), is_command=False)
