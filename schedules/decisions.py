"""Whether a period is asked for now, and if not, why. Pure: the calendar, what is known of a period, and nothing else.

Every decision can be taken again at any tick: what is done is seen in the store, what was tried in the history of runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sparky_assets.periods import Period

LONGEST_PAUSE = timedelta(hours=24)
SLACK = timedelta(minutes=30)
"""Ticks come hourly and a run fails minutes after one: without it each pause would last an hour longer than it says."""


@dataclass(frozen=True)
class Tries:
    """What became of the runs for one period so far."""

    is_running: bool = False
    has_succeeded: bool = False
    was_stopped: bool = False
    failed: int = 0
    last_failed_at: datetime | None = None


@dataclass(frozen=True)
class Known:
    """What is known of a period that is closed."""

    is_published: bool
    tries: Tries = Tries()
    sweep: Tries = Tries()
    missing: tuple[date, ...] = ()


@dataclass(frozen=True)
class Patience:
    """How long a week or month waits for its days, and what happens then."""

    hours: timedelta
    with_gaps: bool


@dataclass(frozen=True)
class Ask:
    """Ask for a run. `run_key` is the same however often the same try is asked for."""

    period: Period
    run_key: str
    with_gaps: tuple[date, ...] = ()


@dataclass(frozen=True)
class Wait:
    """Ask for nothing, for a reason."""

    reason: str


def day_step(day: Period, known: Known, now: datetime) -> Ask | Wait:
    """A day is asked for until it is published."""
    return _done(day, known) or _try(day, "daily", known.tries, now)


def sweep_step(period: Period, known: Known, now: datetime) -> Ask | Wait:
    """The days of a week or month are read once more before it is written: commits land days after their date."""
    if done := _done(period, known):
        return done
    if known.sweep.has_succeeded:
        return Wait(f"the days of {period} were read once more")
    return _try(period, f"sweep|{period.kind.value}", known.sweep, now)


def window_step(period: Period, known: Known, now: datetime, timezone: str, patience: Patience) -> Ask | Wait:
    """A week or month is asked for once its days are there and were read once more, or when patience ends."""
    if done := _done(period, known):
        return done
    is_over = now >= period.window(timezone).end + patience.hours
    if waits := _waits_for(period, known, is_over=is_over, with_gaps=patience.with_gaps):
        return Wait(f"{period} waits for {waits}")
    step = _try(period, period.kind.value, known.tries, now)
    return Ask(step.period, step.run_key, known.missing) if isinstance(step, Ask) else step


def _waits_for(period: Period, known: Known, *, is_over: bool, with_gaps: bool) -> str:
    named = ", ".join(str(day) for day in known.missing)
    if len(known.missing) == len(period.days):
        return "all of its days: none was collected"
    if known.missing and not (is_over and with_gaps):
        return named
    if not known.sweep.has_succeeded and not is_over:
        return "its days to be read once more"
    return ""


def _done(period: Period, known: Known) -> Wait | None:
    return Wait(f"{period} is published") if known.is_published else None


def _try(period: Period, name: str, tries: Tries, now: datetime) -> Ask | Wait:
    """Ask again after 1, 2, 4, 8, 16 hours and then daily: an outage of any length ends by itself."""
    if tries.is_running:
        return Wait(f"{period} is being made")
    if tries.was_stopped:
        return Wait(f"{period} was stopped by a person; start it again in the UI")
    if tries.last_failed_at is not None:
        pause = min(timedelta(hours=2 ** min(tries.failed - 1, 10)), LONGEST_PAUSE)
        if now < tries.last_failed_at + pause - SLACK:
            return Wait(
                f"{period} failed {tries.failed} time{'s' if tries.failed > 1 else ''}; "
                f"the next try is after {tries.last_failed_at + pause - SLACK:%Y-%m-%d %H:%M} UTC"
            )
    return Ask(period, f"{name}|{period.key}|{tries.failed + 1}")


def in_words(waits: Sequence[Wait]) -> str:
    """The reasons of a tick that asks for nothing."""
    return "; ".join(dict.fromkeys(wait.reason for wait in waits)) or "nothing has closed yet"
