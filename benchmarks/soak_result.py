"""The result of a soak: which periods were published, which were not, and whether each of these sent a message."""

import re
import resource
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from benchmarks.simulated_service import World
from sparky_assets.orchestration.run_tags import format_periods
from sparky_assets.periods import Period, PeriodKind, periods_between

LEAST = 0.99
"""The share of periods that must be published."""


@dataclass(frozen=True)
class ExpectedAlert:
    """A fault that must send a message, and a word of the message, which is none of the first `after`."""

    fault: str
    pattern: str
    after: int

    def is_in(self, texts: Sequence[str]) -> bool:
        """Return whether one of the messages matches."""
        return any(re.search(self.pattern, text) for text in texts[self.after :])


@dataclass
class Story:
    """Injected faults, and observed states."""

    faults: list[str] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    """Periods whose run a person stopped, as their runs name them."""
    late: set[Period] = field(default_factory=set)
    """Periods that were overdue at any time."""
    outages: int = 0
    """Number of outages of the database."""
    expected: list[ExpectedAlert] = field(default_factory=list)

    def expect(self, fault: str, pattern: str, here: World) -> None:
        """Expect a message from now on."""
        self.expected.append(ExpectedAlert(fault, pattern, len(here.slack.accepted)))


@dataclass(frozen=True)
class Result:
    """Counts and failures of a soak."""

    days: int
    due: int
    stopped: tuple[str, ...]
    """Missing because a person stopped their run."""
    missing: tuple[str, ...]
    """Missing although no person stopped them."""
    late: tuple[str, ...]
    """Overdue, and published later."""
    untold: tuple[str, ...]
    faults: tuple[str, ...]
    messages: int
    seconds: float
    locked: int
    log_lines: int
    tracebacks: int
    told_twice: tuple[str, ...]
    unreported: tuple[str, ...]
    """Faults whose message is missing."""
    cpu_seconds: float

    @property
    def share(self) -> float:
        """Return the share of published periods among those that no person stopped."""
        left = self.due - len(self.stopped)
        return 1 - len(self.missing) / left if left else 0.0

    @property
    def is_good(self) -> bool:
        return self.share >= LEAST and not self.untold and not self.unreported and not self.told_twice

    @property
    def lines(self) -> list[str]:
        by_itself = self.due - len(self.stopped) - len(self.missing)
        return [
            f"days lived through    {self.days}",
            f"periods due           {self.due}",
            f"stopped by a person   {', '.join(self.stopped) or 'none'}",
            f"published by itself   {by_itself} of the others ({self.share:.1%})",
            f"missing               {', '.join(self.missing) or 'none'}",
            f"overdue, made later   {', '.join(self.late) or 'none'}",
            f"of these not told     {', '.join(self.untold) or 'none'}",
            f"faults                {len(self.faults)}: {'; '.join(self.faults) or 'none'}",
            f"messages to Slack     {self.messages}",
            f"told more than once   {'; '.join(self.told_twice) or 'none'}",
            f"database is locked    {self.locked} times in the log",
            f"lines of the log      {self.log_lines}, with {self.tracebacks} tracebacks",
            f"faults not told       {'; '.join(self.unreported) or 'none'}",
            f"took                  {self.seconds:.0f} s, {self.cpu_seconds:.0f} s of processor time",
        ]


def missing(here: World, first: date, day: date) -> list[Period]:
    """Return the periods that are due on a morning and not published."""
    due = [period for kind in PeriodKind for period in periods_between(kind, first, day - timedelta(days=1))]
    published = {kind: here.published(kind) for kind in PeriodKind}
    return [period for period in due if period.key not in published[period.kind]]


def result_of(here: World, story: Story, first: date, last: date, seconds: float) -> Result:
    """Return the result of the days from `first` to `last`."""
    lacking = missing(here, first, last)
    stopped = [period for period in lacking if format_periods([period]) in story.stopped]
    late = sorted(story.late - set(lacking))
    texts = here.slack.accepted_texts
    told = "\n".join(texts)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Result(
        days=(last - first).days,
        due=sum(len(periods_between(kind, first, last - timedelta(days=1))) for kind in PeriodKind),
        stopped=_named(stopped),
        missing=_named(period for period in lacking if period not in stopped),
        late=_named(late),
        untold=_named(period for period in (*lacking, *late) if f"{period} is not published" not in told),
        faults=tuple(story.faults),
        messages=len(texts),
        seconds=seconds,
        locked=here.log.count("database is locked"),
        log_lines=here.log.count("\n"),
        tracebacks=here.log.count("Traceback (most recent call last)"),
        told_twice=find_repeated(texts),
        unreported=tuple(alert.fault for alert in story.expected if not alert.is_in(texts)),
        cpu_seconds=sum(usage.ru_utime + usage.ru_stime for usage in used),
    )


def find_repeated(texts: Iterable[str]) -> tuple[str, ...]:
    """Return opening messages of one failure that were sent more than once; its link differs with each run."""
    lines = [line.partition(" <")[0] for text in texts for line in text.splitlines() if " since " in line]
    return tuple(sorted({line[:100] for line in lines if lines.count(line) > 1}))


def _named(periods: Iterable[Period]) -> tuple[str, ...]:
    return tuple(map(str, periods))
