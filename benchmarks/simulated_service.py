"""The real service with its own clock, two repositories, and a Slack that records messages.

One repository is a clone on this machine and grows daily; the other is read from a git server with a login. `soak.py`
decides what happens to them.
"""

import base64
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg

from benchmarks.forked_runs import write_startup_file
from sparky_assets.cli.dagster_runner import open_runner
from sparky_assets.orchestration.run_tags import UNFINISHED_STATUSES
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.load import load_settings
from tests.factories import sample_repository
from tests.fakes.alert_receivers import HttpReceiver, http_receiver
from tests.fakes.git_servers import PASSWORD, USER, HttpGit, bare, http_git
from tests.fakes.postgres import PostgresServer, absence, postgres_server

COMPILER = shutil.which("cc")
PATIENCE_SECONDS, SKIP_AFTER_SECONDS, POLL_SECONDS = 300.0, 15.0, 0.75
DEQUEUE_SECONDS = 5.0
"""Seconds between checks of Dagster's queue."""
QUIET_POLLS = 2
"""An hour is over when so many checks in a row found its ticks evaluated and no run in progress."""
LOOKING = ("daily", "gap_filler", "sweep", "quality_alerts")
"""Sensors and schedules that are evaluated after each hour."""
SETTINGS = """home = "{home}"
[organisation]
timezone = "{timezone}"
[periods]
start = {first}
[sources.git]
repositories = ["{repository}", "{second}"]
[schedules]
enabled = true
"""


@dataclass
class World:
    """The service, its clock, its repository and its Slack."""

    folder: Path
    slack: HttpReceiver
    forge: HttpGit
    """Serves the second repository."""
    instance: dg.DagsterInstance
    postgres: PostgresServer | None = None
    """Holds the history if it is installed; else SQLite does."""
    process: subprocess.Popen[bytes] | None = None
    back_at: datetime | None = None
    """When the missing repositories come back."""

    @property
    def repository(self) -> Path:
        return self.folder / "newsroom"

    @property
    def log(self) -> str:
        return (self.folder / "up.log").read_text(errors="replace")

    def published(self, kind: PeriodKind) -> set[str]:
        return {path.stem for path in (self.folder / "home/store/publications" / kind.value).glob("*.json")}

    def boot(self, now: datetime) -> None:
        """Start the service, and wait until its scheduler has run."""
        self.jump(now)
        environment = {
            **os.environ,
            "LD_PRELOAD": str(self.folder / "clock.so"),
            "SOAK_CLOCK": str(self.folder / "clock"),
            "SPARKY_ALERTS__SLACK_WEBHOOK": self.slack.url,
            "SPARKY_PEOPLE__SALT": "pepper",
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "PYTHONPATH": write_startup_file(self.folder / "site"),
            **(self.postgres.variables if self.postgres else {}),
        }
        environment.pop("DAGSTER_HOME", None)
        command = [str(Path(sys.executable).with_name("sparky")), "--config", str(self.folder / "sparky.toml")]
        with (self.folder / "up.log").open("ab") as log:
            self.process = subprocess.Popen([*command, "up", "--no-ui"], env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            beat = self.instance.get_daemon_heartbeats().get("SCHEDULER")
            # Later than this start: the previous process left a heartbeat too.
            if beat and beat.timestamp >= now.timestamp():
                time.sleep(2)
                return
            time.sleep(0.5)
        raise SystemExit(f"the service did not start:\n{self.log[-3000:]}")

    def stop(self) -> None:
        """Stop the service as a service manager would."""
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(120)
            self.process = None

    def jump(self, to: datetime) -> None:
        """Set the service's clock; it continues from there."""
        with (self.folder / "clock").open("r+b") as file:  # mapped by every process: never replaced
            file.write(struct.pack("q", round(to.timestamp() - time.time())))

    def skip(self, seconds: float) -> None:
        """Advance the clock at once."""
        (offset,) = struct.unpack("q", (self.folder / "clock").read_bytes())
        self.jump(datetime.fromtimestamp(time.time() + offset + seconds, UTC))

    def settle(self, now: datetime) -> None:
        """Wait until the ticks of this hour were evaluated, and their runs have ended."""
        deadline, quiet = time.monotonic() + PATIENCE_SECONDS, 0
        skip_at = time.monotonic() + SKIP_AFTER_SECONDS
        while quiet < QUIET_POLLS:
            if time.monotonic() > deadline:
                print(f"  {now:%Y-%m-%d %H:%M}: not settled after {PATIENCE_SECONDS:.0f} s", flush=True)
                return
            time.sleep(POLL_SECONDS)
            runs = self.instance.get_runs(dg.RunsFilter(statuses=list(UNFINISHED_STATUSES)))
            if any(run.status is dg.DagsterRunStatus.QUEUED for run in runs):
                self.skip(DEQUEUE_SECONDS)
            quiet = quiet + 1 if not runs and self._has_looked(now.timestamp() - 10) else 0
            # The scheduler runs every minute, and the run monitor, which detects dead workers, every two. A run that is
            # about to start gets its time: it may take five minutes.
            if time.monotonic() > skip_at and {run.status.value for run in runs} <= {"STARTED", "CANCELING"}:
                self.skip(120)
                skip_at = time.monotonic() + SKIP_AFTER_SECONDS

    def _has_looked(self, since: float) -> bool:
        states = {state.instigator_name: state for state in self.instance.all_instigator_state()}
        if not states.keys() >= set(LOOKING):
            return False
        for name in LOOKING:
            state = states[name]
            ticks = self.instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
            if not ticks or ticks[0].timestamp < since or ticks[0].status.value == "STARTED":
                return False
        return True

    def commit(self, at: datetime) -> None:
        """Add a commit to the repository at its current path."""
        path = self.repository if self.repository.exists() else self.folder / "away"
        who = {f"GIT_{role}_{what}": word for role in ("AUTHOR", "COMMITTER")
               for what, word in (("NAME", "Ada"), ("EMAIL", "ada@example.com"), ("DATE", at.isoformat()))}  # fmt: skip
        message = f"Set the page of {at:%A} {at:%Y-%m-%d}"
        command = ["git", "-C", str(path), "commit", "--quiet", "--allow-empty", "--message", message]
        subprocess.run(command, env={**os.environ, **who}, check=True)

    def take_away(self, until: datetime) -> None:
        """Move the repository to another path."""
        self.repository.rename(self.folder / "away")
        self.back_at = until

    def bring_back(self, now: datetime) -> None:
        """Move the repositories back when their time has come."""
        if self.back_at and now >= self.back_at:
            if (self.folder / "away").exists():
                (self.folder / "away").rename(self.repository)
            self.forge.login = f"{USER}:{PASSWORD}"
            self.forge.faults.clear()
            self.back_at = None

    def lose_token(self, until: datetime) -> None:
        """Let the git server refuse the login, so that one of the two repositories cannot be read."""
        self.forge.login = f"{USER}:another"
        self.back_at = until

    def break_forge(self, until: datetime) -> None:
        """Let the proxy before the git server answer 502."""
        self.forge.faults.extend([502] * 1000)
        self.back_at = until

    def refuse_messages(self, count: int) -> None:
        """Let the proxy before Slack answer 502 for so many messages."""
        self.slack.answers.extend([(502, b"bad gateway")] * count)

    def end_database(self, seconds: float) -> None:
        """Stop Postgres for so many real seconds."""
        if self.postgres:
            self.postgres.stop()
            time.sleep(seconds)
            self.postgres.start()

    def program(self, word: str) -> int | None:
        """Return the process of a program of the service, by a word of its command line."""
        listed = subprocess.run(["pgrep", "-f", word], capture_output=True, text=True, check=False).stdout.split()
        ours = [int(pid) for pid in listed if _clock_of(int(pid)) == str(self.folder / "clock")]
        return ours[0] if ours else None


@contextmanager
def changed_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process for the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def world(timezone: str, first: date, *, keep: bool = False) -> Iterator[World]:
    """Create everything before the first start; its folder is kept for inspection on request."""
    if not COMPILER:
        raise SystemExit("no C compiler on this machine for clock.c; apt-get install gcc libc6-dev")
    folder = Path(tempfile.mkdtemp(prefix="sparky-soak-"))
    repository = sample_repository.build(folder / "newsroom")
    file = folder / "sparky.toml"
    remotes = folder / "remotes"
    remotes.mkdir()
    bare(remotes / "second.git")
    (folder / "clock").write_bytes(bytes(8))
    clock = [COMPILER, "-shared", "-fPIC", "-O2", "-o", f"{folder}/clock.so", str(Path(__file__).with_name("clock.c"))]
    subprocess.run([*clock, "-ldl"], check=True)
    # SQLite is created once, before two processes open it at a time.
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server()) if not absence() else None
        stack.enter_context(changed_environment(postgres.variables if postgres else {}))
        slack = stack.enter_context(http_receiver())
        forge = stack.enter_context(http_git(remotes))
        secret = base64.b64encode(forge.login.encode()).decode()
        (folder / "gitconfig").write_text(f'[http "http://127.0.0.1:{forge.port}/"]\n'
                                          f'extraHeader = "Authorization: Basic {secret}"\n')  # fmt: skip
        places = {"home": folder / "home", "repository": repository, "second": forge.url(remotes / "second.git")}
        file.write_text(SETTINGS.format(timezone=timezone, first=first, **places))
        runs = stack.enter_context(open_runner(load_settings(file)))
        made = World(folder, slack, forge, runs.instance, postgres)
        try:
            yield made
        finally:
            made.stop()
            if keep:
                print(f"kept: {folder}")
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)


def _clock_of(pid: int) -> str:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    found = [one.partition(b"=")[2] for one in environment if one.startswith(b"SOAK_CLOCK=")]
    return found[0].decode() if found else ""
