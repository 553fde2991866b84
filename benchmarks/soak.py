"""Two months in a few minutes: the real service under a clock that jumps, with a fault every third day.

`sparky up` runs as a service would, with a preloaded clock (clock.c, needs cc). The clock jumps from tick to tick.
Between jumps everything is real: scheduler, queue, run workers, store, commits, messages to a fake Slack. Only a run's
process is forked from one that has loaded the code (forked_runs.py).

Faults: a repository is missing for hours, or until days are overdue; the token of one of two repositories is lost; its
git server answers 502; a run's process, the daemon or the code server is killed; the database is down for seconds or
minutes (if Postgres is installed); the clock jumps back two days; Slack answers 502; the machine is off for days; a
person stops a run, whose day then stays missing, because nothing restarts a run that a person stopped.

    python -m benchmarks.soak --days 60

Prints how many periods were published without intervention, and whether each missing period and each fault that needs a
person sent exactly one message. Exit code 1 when fewer than 99 % of the periods that no person stopped were published,
or a message is missing or repeated.
"""

import argparse
import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from benchmarks.simulated_service import World, world
from benchmarks.soak_result import Result, Story, missing, result_of
from sparky_assets.orchestration.database_watch import ALERT_AFTER_SECONDS
from sparky_assets.orchestration.run_tags import PERIOD_TAG, PROCESS_TAG
from sparky_assets.periods import PeriodKind, periods_between
from sparky_assets.settings.services import AlertsSettings

TIMEZONE = "Europe/Berlin"
FIRST = periods_between(PeriodKind.WEEKLY, date(date.today().year + 1, 3, 1), date(date.today().year + 1, 3, 31))[
    0
].start
"""The first Monday of next March: summer time begins within the month. It is later than now for libraries that pass
kernel deadlines by the clock: deadlines in the past would expire at once.
"""
HOURS = (0, 1, 3, 8, 20)
"""The ticks of a day that are evaluated while something is missing; those between would only skip."""
KILLED = {"run killed": "", "daemon killed": "supervised daemon", "code server killed": "supervised code"}
"""Programs that are killed in the first hour of a day, by a word of the command line; run workers have their run id."""
STOPPED, OFF, AWAY, LONG_AWAY = "run stopped by a person", "machine off", "repository away", "repository away for days"
DATABASE, CLOCK_BACK = "database away", "clock back"
LOST, BAD_GATEWAY, REFUSED = "token of one repository lost", "git server answers 502", "Slack answers 502"
FAULTS = (*KILLED, STOPPED, OFF, AWAY, LONG_AWAY, DATABASE, CLOCK_BACK, LOST, BAD_GATEWAY, REFUSED)
CLOCK_BACK_SECONDS = 10.0
"""Real seconds during which the clock is two days back: some ticks of each sensor."""
DATABASE_SECONDS = (20.0, 150.0)
"""Real seconds during which the database is down, in turns: a restart, and long enough for its alert."""
OVERDUE = AlertsSettings().overdue_after


def main() -> None:
    """Run the soak, and print its result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fault-every", type=int, default=3, help="days")
    parser.add_argument("--minutes", type=float, help="end after so many, and tell of the days lived through by then")
    parser.add_argument("--keep", action="store_true", help="leave the folder for a look")
    chosen = parser.parse_args()
    result = soak(chosen.days, chosen.seed, chosen.fault_every, minutes=chosen.minutes, keep=chosen.keep)
    print("\n".join(result.lines))
    raise SystemExit(0 if result.is_good else 1)


def soak(
    days: int,
    seed: int = 7,
    fault_every: int = 3,
    *,
    faults: Sequence[str] = FAULTS,
    minutes: float | None = None,
    keep: bool = False,
) -> Result:
    """Simulate `days` days from FIRST on, with a fault every `fault_every` of them."""
    began, draw, story = time.monotonic(), _drawn(faults, random.Random(seed)), Story()
    with world(TIMEZONE, FIRST, keep=keep) as here:
        here.boot(_at(FIRST, 23))
        day, last = FIRST + timedelta(days=1), FIRST + timedelta(days=days)
        while day <= last:
            if minutes and time.monotonic() - began > minutes * 60:
                last = day - timedelta(days=1)
                break
            fault = next(draw) if (day - FIRST).days % fault_every == fault_every - 1 else ""
            print(f"{time.monotonic() - began:5.0f} s: {day} {fault}", flush=True)
            if fault:
                story.faults.append(f"{day} {fault}")
            if fault == OFF:
                here.stop()
                day = min(day + timedelta(days=2), last)
                here.boot(_at(day, 0) - timedelta(minutes=5))
            _live_through(here, story, day, fault)
            day += timedelta(days=1)
        if missing(here, FIRST, last):  # two days later it is overdue
            here.jump(_at(day + timedelta(days=1), 20))
            here.settle(_at(day + timedelta(days=1), 20))
        here.stop()
        return result_of(here, story, FIRST, last, time.monotonic() - began)


def _drawn(faults: Sequence[str], dice: random.Random) -> Iterator[str]:
    """Yield each once in random order, and repeat."""
    while True:
        yield from dice.sample(faults, len(faults))


def _live_through(here: World, story: Story, day: date, fault: str) -> None:
    here.commit(_at(day - timedelta(days=1), 12))
    if fault == REFUSED:  # a message must be sent meanwhile
        here.refuse_messages(8)
    if fault in {REFUSED, LOST}:
        here.lose_token(_at(day, 20 if fault == LOST else 3))
    if fault == BAD_GATEWAY:
        here.break_forge(_at(day, 3))
    if fault in {REFUSED, LOST, BAD_GATEWAY}:
        story.expect(f"{day} {fault}", r"second", here)
    if fault == AWAY:
        here.take_away(_at(day, 3))
    if fault == LONG_AWAY:
        here.take_away(_at(day + timedelta(days=1), 8))
    for hour in HOURS:
        now = _at(day, hour)
        here.bring_back(now)
        here.jump(now)
        if hour == 0 and (fault in KILLED or fault == STOPPED):
            _break(here, story, fault)
        if hour == 0 and fault == DATABASE:
            time.sleep(3)  # a run has started by then
            seconds = DATABASE_SECONDS[story.outages % len(DATABASE_SECONDS)]
            if seconds > ALERT_AFTER_SECONDS and here.postgres:
                story.expect(f"{day} {fault}", r"the database is away", here)
            here.end_database(seconds)
            story.outages += 1
        if hour == 1 and fault == CLOCK_BACK:
            here.jump(now - timedelta(days=2))
            time.sleep(CLOCK_BACK_SECONDS)
            here.jump(now)
        here.settle(now)
        lacking = missing(here, FIRST, day)
        story.late |= {one for one in lacking if now > one.window(TIMEZONE).end + OVERDUE}
        if not lacking:
            break


def _break(here: World, story: Story, fault: str) -> None:
    """Kill or stop a part of the service, as soon as it runs."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if word := KILLED.get(fault):
            if process := here.program(word):
                _end(process, signal.SIGKILL)
                return
        else:
            runs = here.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]), limit=1)
            if runs and (told := runs[0].tags.get(PROCESS_TAG)):
                if fault == STOPPED:  # as the interface does
                    here.instance.report_run_canceling(runs[0])
                    story.stopped.add(runs[0].tags[PERIOD_TAG])
                _end(int(told.split("/")[1]), signal.SIGINT if fault == STOPPED else signal.SIGKILL)
                return
        time.sleep(0.2)
    print("  nothing was there to break", flush=True)


def _end(pid: int, by: signal.Signals) -> None:
    try:
        os.kill(pid, by)
    except ProcessLookupError:
        print("  it had ended already", flush=True)


def _at(day: date, hour: int) -> datetime:
    """Return the seconds after the tick of an hour, in local time."""
    return datetime(day.year, day.month, day.day, hour, 10, 3, tzinfo=ZoneInfo(TIMEZONE)).astimezone(UTC)


if __name__ == "__main__":
    main()
