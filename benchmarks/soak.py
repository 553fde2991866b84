"""Two months in an hour: the real service under a clock that jumps, with a fault every few runs.

`sparky up` runs as a service would, with a preloaded clock (clock.c, needs cc). The clock jumps from tick to tick;
between jumps all is real: scheduler, queue, run workers, store, commits, messages to a fake Slack. Faults: a repository
is away for hours, a run's process is killed, the daemon or the code server is killed, the machine is off for days.

    python -m benchmarks.soak --days 60

Prints how many periods were published without a hand, and whether each that is missing was told. Exit code 1 when fewer
than 99 % were, or a missing one was not told.
"""

import argparse
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from sparky_assets.cli.running import opened
from sparky_assets.periods import Period, PeriodKind, within
from sparky_assets.runs import UNFINISHED
from sparky_assets.settings_load import load_settings
from tests import newsroom
from tests.fakes.alert_receivers import HttpReceiver, http_receiver

TIMEZONE = "Europe/Berlin"
FIRST = within(PeriodKind.WEEKLY, date(date.today().year + 1, 3, 1), date(date.today().year + 1, 3, 31))[0].start
"""The first Monday of next March: summer time begins within the month. Later than now, for libraries that give the
kernel deadlines by the time of day past our clock: those in the past would be over at once."""
HOURS = (0, 1, 3, 8, 20)
"""The ticks looked at in a day, as long as something is missing; those between would only skip."""
COMPILER = shutil.which("cc")
FAULTS = ("repository away", "run killed", "daemon killed", "code server killed", "machine off")
LEAST = 0.99
PATIENCE_SECONDS = 300.0


@dataclass
class World:
    """The service, its clock, its repository and its Slack."""

    folder: Path
    slack: HttpReceiver
    process: subprocess.Popen[bytes] | None = None
    faults: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def repository(self) -> Path:
        return self.folder / "newsroom"

    def write_settings(self) -> None:
        (self.folder / "sparky.toml").write_text(
            f'home = "{self.home}"\n[organisation]\ntimezone = "{TIMEZONE}"\n[periods]\nstart = {FIRST}\n'
            f'[sources.git]\nrepositories = ["{self.repository}"]\n[schedules]\nenabled = true\n'
        )

    def jump(self, to: datetime) -> None:
        """Set the service's clock; it goes on from there."""
        with (self.folder / "clock").open("r+b") as file:  # mapped by every process: never replaced
            file.write(struct.pack("q", round(to.timestamp() - time.time())))

    def build_clock(self) -> None:
        assert COMPILER
        (self.folder / "clock").write_bytes(bytes(8))
        source = Path(__file__).with_name("clock.c")
        subprocess.run(
            [COMPILER, "-shared", "-fPIC", "-O2", "-o", str(self.folder / "clock.so"), str(source), "-ldl"], check=True
        )

    def start(self) -> None:
        environment = {
            **os.environ,
            "LD_PRELOAD": str(self.folder / "clock.so"),
            "SOAK_CLOCK": str(self.folder / "clock"),
            "SPARKY_ALERTS__SLACK_WEBHOOK": self.slack.url,
            "SPARKY_PEOPLE__SALT": "pepper",
        }
        environment.pop("DAGSTER_HOME", None)
        command = [str(Path(sys.executable).with_name("sparky")), "--config", str(self.folder / "sparky.toml")]
        with (self.folder / "up.log").open("ab") as log:
            self.process = subprocess.Popen([*command, "up", "--no-ui"], env=environment, stdout=log, stderr=log)

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(120)
            self.process = None

    def child(self, word: str) -> int | None:
        """The process of a program of the service, by a word of its command line."""
        listed = subprocess.run(["pgrep", "-f", word], capture_output=True, text=True, check=False).stdout.split()
        ours = [int(pid) for pid in listed if _clock_of(int(pid)) == str(self.folder / "clock")]
        return ours[0] if ours else None

    def published(self, kind: PeriodKind) -> set[str]:
        return {path.stem for path in (self.home / "store/publications" / kind.value).glob("*.json")}


def main() -> None:
    """Run the soak, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fault-every", type=int, default=3, help="days")
    parser.add_argument("--keep", action="store_true", help="leave the folder for a look")
    chosen = parser.parse_args()
    result = soak(chosen.days, chosen.seed, chosen.fault_every, keep=chosen.keep)
    print("\n".join(result.lines))
    raise SystemExit(0 if result.is_good else 1)


@dataclass(frozen=True)
class Result:
    """What came of it."""

    due: int
    missing: tuple[str, ...]
    untold: tuple[str, ...]
    faults: tuple[str, ...]
    messages: int
    seconds: float
    locked: int

    @property
    def is_good(self) -> bool:
        return self.due > 0 and 1 - len(self.missing) / self.due >= LEAST and not self.untold

    @property
    def lines(self) -> list[str]:
        share = 1 - len(self.missing) / max(self.due, 1)
        return [
            f"periods due           {self.due}",
            f"published by itself   {self.due - len(self.missing)} ({share:.1%})",
            f"missing               {', '.join(self.missing) or 'none'}",
            f"missing and not told  {', '.join(self.untold) or 'none'}",
            f"faults                {len(self.faults)}: {'; '.join(self.faults) or 'none'}",
            f"messages to Slack     {self.messages}",
            f"database is locked    {self.locked} times in the log",
            f"took                  {self.seconds:.0f} s",
        ]


def soak(
    days: int, seed: int = 7, fault_every: int = 3, *, faults: Sequence[str] = FAULTS, keep: bool = False
) -> Result:
    """Live through `days` days from FIRST on."""
    if not COMPILER:
        raise SystemExit("no C compiler on this machine for clock.c; apt-get install gcc libc6-dev")
    began, dice = time.monotonic(), random.Random(seed)
    with _world(keep=keep) as world:
        _boot(world, _at(FIRST, 23))
        day, off_until = FIRST + timedelta(days=1), FIRST
        while day <= FIRST + timedelta(days=days):
            fault = dice.choice(faults) if (day - FIRST).days % fault_every == fault_every - 1 else None
            if fault:
                world.faults.append(f"{day} {fault}")
                print(f"{day} {fault}", flush=True)
            if fault == "machine off" and day > off_until:
                world.stop()
                day = off_until = min(day + timedelta(days=2), FIRST + timedelta(days=days))
                _boot(world, _at(day, 0) - timedelta(minutes=5))
            _live_through(world, day, fault)
            day += timedelta(days=1)
        _until_alerts_looked(world, _at(day, 20))
        world.stop()
        return _result(world, day - timedelta(days=1), time.monotonic() - began)


def _boot(world: World, now: datetime) -> None:
    """Start the service, and wait until its scheduler has looked around."""
    world.jump(now)
    world.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with _instance(world) as instance:
            beat = instance.get_daemon_heartbeats().get("SCHEDULER")
            # Later than this start: the last life of the service left a heartbeat too.
            if beat and beat.timestamp >= now.timestamp():
                time.sleep(2)
                return
        time.sleep(1)
    raise SystemExit(f"the service did not start; see {world.folder / 'up.log'}")


def _live_through(world: World, day: date, fault: str | None) -> None:
    if fault == "repository away":
        world.repository.rename(world.folder / "away")
    for hour in HOURS:
        if hour == HOURS[2] and (world.folder / "away").exists():
            (world.folder / "away").rename(world.repository)
        now = _at(day, hour)
        world.jump(now)
        if hour == 0 and fault in {"run killed", "daemon killed", "code server killed"}:
            _kill(world, fault)
        _settle(world, now)
        if not _missing(world, day):
            break
    if (world.folder / "away").exists():
        (world.folder / "away").rename(world.repository)


def _kill(world: World, fault: str) -> None:
    word = {"run killed": "execute_run", "daemon killed": "dagster._daemon", "code server killed": "api grpc"}[fault]
    deadline = time.monotonic() + 60
    if fault == "run killed":  # run workers are forked by the code server: known by the tag of the run
        while time.monotonic() < deadline:
            with _instance(world) as instance:
                runs = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]), limit=1)
            process = runs[0].tags.get("sparky/process", "") if runs else ""
            if process:
                _end(int(process.split("/")[1]))
                return
            time.sleep(0.2)
        return
    while (pid := world.child(word)) is None and time.monotonic() < deadline:
        time.sleep(0.5)
    if pid:
        _end(pid)


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        print("  it had ended already", flush=True)


def _settle(world: World, now: datetime) -> None:
    """Until the ticks of this hour were evaluated, and what they asked for has ended."""
    tick_at, deadline, quiet = now.timestamp() - 10, time.monotonic() + PATIENCE_SECONDS, 0
    while quiet < 3:
        if time.monotonic() > deadline:
            print(f"  {now:%Y-%m-%d %H:%M}: not settled after {PATIENCE_SECONDS:.0f} s", flush=True)
            return
        time.sleep(1.5)
        with _instance(world) as instance:
            busy = bool(instance.get_runs(dg.RunsFilter(statuses=list(UNFINISHED)), limit=1))
            quiet = quiet + 1 if not busy and _evaluated(instance, tick_at) else 0


def _evaluated(instance: dg.DagsterInstance, since: float) -> bool:
    for name in ("daily", "gap_filler", "sweep"):
        states = [one for one in instance.all_instigator_state() if one.instigator_name == name]
        ticks = instance.get_ticks(states[0].instigator_origin_id, states[0].selector_id, limit=1) if states else []
        if not ticks or ticks[0].timestamp < since or ticks[0].status.value == "STARTED":
            return False
    return True


def _until_alerts_looked(world: World, now: datetime) -> None:
    """Two days later whatever is missing is overdue; the sensor looks every five minutes of the service's clock."""
    for days in (0, 2):
        world.jump(now + timedelta(days=days))
        time.sleep(45)


def _missing(world: World, day: date) -> list[Period]:
    """The periods that are due on a morning and not published."""
    due = [period for kind in PeriodKind for period in within(kind, FIRST, day - timedelta(days=1))]
    return [period for period in due if period.key not in world.published(period.kind)]


def _result(world: World, last: date, seconds: float) -> Result:
    due = [period for kind in PeriodKind for period in within(kind, FIRST, last - timedelta(days=1))]
    missing = [period for period in due if period.key not in world.published(period.kind)]
    told = "\n".join(world.slack.texts)
    untold = [period for period in missing if f"{period} is not published" not in told]
    log = (world.folder / "up.log").read_text(errors="replace")
    return Result(
        len(due), tuple(map(str, missing)), tuple(map(str, untold)), tuple(world.faults), len(world.slack.texts),
        seconds, log.count("database is locked"),
    )  # fmt: skip


@contextmanager
def _world(*, keep: bool) -> Iterator[World]:
    folder = Path(tempfile.mkdtemp(prefix="sparky-soak-"))
    with http_receiver() as slack:
        world = World(folder, slack)
        newsroom.build(world.repository)
        world.write_settings()
        world.build_clock()
        # SQLite is made once, before two processes open it at a time.
        with opened(load_settings(folder / "sparky.toml")):
            pass
        try:
            yield world
        finally:
            if world.process:
                world.stop()
            if keep:
                print(f"kept: {folder}")
            else:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _instance(world: World) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(world.home / "dagster")) as instance:
        yield instance


def _clock_of(pid: int) -> str:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    found = [one.partition(b"=")[2] for one in environment if one.startswith(b"SOAK_CLOCK=")]
    return found[0].decode() if found else ""


def _at(day: date, hour: int) -> datetime:
    """Seconds after the tick of an hour, where people live."""
    return datetime(day.year, day.month, day.day, hour, 10, 3, tzinfo=ZoneInfo(TIMEZONE)).astimezone(UTC)


if __name__ == "__main__":
    main()
