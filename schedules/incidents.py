"""Open and resolved incidents: each is reported once when it begins and once when it is resolved. Pure.

An `IncidentLog` is the cursor of a sensor, so it survives restarts. Messages that could not be delivered wait in it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, Field

from resources.channels.alerts import Alert, format_one_line
from resources.errors import ResourceError

MAX_INCIDENT_AGE = timedelta(days=60)
MAX_LINES_PER_MESSAGE = 20
MAX_MEMBERS_PER_INCIDENT = 1000
MAX_PENDING_MESSAGES = 100
MAX_DELIVERY_PAUSE = timedelta(hours=1)


class Incident(BaseModel):
    """A failure that was reported. It is resolved when none of its `members` is left.

    Attributes:
        what: the subject in messages, for example `collect run of daily/2025-11-12 failed`.
        why: the cause.
        members: keys of what has to succeed: periods, or runs of a backfill.
        count: how many members there were in all.
        was_told: whether the beginning was reported; only then is the end reported. The name is stored in cursors.
    """

    what: str
    why: str
    link: str = ""
    since: datetime
    members: list[str] = Field(default_factory=list)
    count: int = 1
    was_told: bool = False

    @property
    def summary(self) -> str:
        """The incident as one line of a message."""
        times = f" ({self.count} so far)" if self.count > 1 else ""
        return f"{self.what}{times} since {self.since:%Y-%m-%d %H:%M} UTC: {format_one_line(self.why)}"


class PendingMessage(BaseModel):
    """A message that waits for delivery to one channel."""

    channel: str
    key: str
    subject: str
    lines: list[tuple[str, str]]
    tries: int = 0
    not_before: datetime


class IncidentLog(BaseModel):
    """The state of an alert sensor: runs that were seen, open incidents, and messages to deliver."""

    began: datetime
    seen_until: datetime
    seen: dict[str, datetime] = Field(default_factory=dict)
    open: dict[str, Incident] = Field(default_factory=dict)
    waiting: list[PendingMessage] = Field(default_factory=list)

    @classmethod
    def from_cursor(cls, cursor: str | None, now: datetime) -> "IncidentLog":
        """Return the log that a cursor holds; without a cursor, a new log that begins now."""
        return cls.model_validate_json(cursor) if cursor else cls(began=now, seen_until=now)

    def open_incident(self, key: str, member: str, incident: Incident) -> str | None:
        """Add a failure to the log. Return its key when it begins a new incident, else None."""
        existing = self.open.get(key)
        if existing is None:
            self.open[key] = incident.model_copy(update={"members": [member]})
            return key
        if member not in existing.members and len(existing.members) < MAX_MEMBERS_PER_INCIDENT:
            existing.members.append(member)
            existing.count += 1
        return None

    def resolve(self, is_resolved: Callable[[str], bool]) -> list[Incident]:
        """Remove resolved members. Return the incidents that have no members left."""
        resolved = []
        for key, incident in list(self.open.items()):
            remaining = [member for member in incident.members if not is_resolved(member)]
            if len(remaining) < len(incident.members):
                incident.members = remaining
                if not remaining:
                    resolved.append(self.open.pop(key))
        return resolved

    def queue_messages(
        self,
        opened_keys: list[str],
        resolved_incidents: list[Incident],
        channels: Mapping[str, Callable[[Alert], None]],
        now: datetime,
    ) -> None:
        """Queue one message about all changes of a tick for every channel; `deliver` sends it."""
        # An incident that began and ended between two ticks is not reported.
        opened = [self.open[key] for key in dict.fromkeys(opened_keys) if key in self.open]
        resolved = [incident for incident in resolved_incidents if incident.was_told]
        for incident in opened:
            incident.was_told = True
        if not opened and not resolved:
            return
        lines = list(_format_opened(opened)) + [
            (f"{incident.what}: resolved; it was open since {incident.since:%Y-%m-%d %H:%M} UTC", incident.link)
            for incident in resolved
        ]
        if len(lines) > MAX_LINES_PER_MESSAGE:
            lines = [*lines[:MAX_LINES_PER_MESSAGE], (f"and {len(lines) - MAX_LINES_PER_MESSAGE} more", "")]
        if opened:
            subject = opened[0].what if len(opened) == 1 else f"{len(opened)} failures"
        else:
            subject = f"{resolved[0].what}: resolved" if len(resolved) == 1 else f"{len(resolved)} failures resolved"
        subject = f"Sparky: {subject}"
        key = f"{now.isoformat()} {subject}"
        self.waiting += [
            PendingMessage(channel=name, key=key, subject=format_one_line(subject, 120), lines=lines, not_before=now)
            for name in channels
        ]
        self.waiting = self.waiting[-MAX_PENDING_MESSAGES:]

    def deliver(self, channels: Mapping[str, Callable[[Alert], None]], now: datetime) -> list[str]:
        """Send the waiting messages. Return the errors; a channel that failed is retried after 1, 2, 4 … 60 minutes."""
        errors, still_waiting = [], []
        for message in self.waiting:
            if message.channel not in channels:
                continue
            if message.not_before > now:
                still_waiting.append(message)
                continue
            try:
                channels[message.channel](Alert(message.key, message.subject, tuple(message.lines)))
            except ResourceError as error:
                errors.append(f"{message.channel}: {error}")
                message.tries += 1
                message.not_before = now + min(timedelta(minutes=2 ** min(message.tries - 1, 10)), MAX_DELIVERY_PAUSE)
                still_waiting.append(message)
        self.waiting = still_waiting
        return errors

    def prune(self, now: datetime) -> None:
        """Drop incidents older than `MAX_INCIDENT_AGE`, so that the cursor stays small."""
        oldest = now - MAX_INCIDENT_AGE
        self.open = {key: incident for key, incident in self.open.items() if incident.since > oldest}


MIN_GROUPED_INCIDENTS = 3
"""Fewer have a line each, with their own links."""

MAX_NAMES_PER_REASON = 10

MAX_REASON_SEGMENTS = 3


def group_by_reason(lines: Sequence[str], max_length: int = 300) -> str:
    """Return problems as one line; those that differ in one name only share their reason.

    `day: a: gone`, `day: b: gone` become `day: a, b: gone`. Which part of a line is the name is found by trying the
    first parts: the one whose removal leaves the fewest different lines.
    """
    split = [line.split(": ") for line in dict.fromkeys(" ".join(line.split()) for line in lines)]
    if not split:
        return ""
    position = min(
        range(MAX_REASON_SEGMENTS), key=lambda index: (len({_drop_segment(part, index) for part in split}), index)
    )
    groups: dict[tuple[str, ...], list[str]] = {}
    for segments in split:
        name = segments[position] if len(segments) > position + 1 else ""
        groups.setdefault(_drop_segment(segments, position) if name else tuple(segments), []).append(name)
    shown = []
    for rest, names in groups.items():
        more = f" and {len(names) - MAX_NAMES_PER_REASON} more" if len(names) > MAX_NAMES_PER_REASON else ""
        listed = ", ".join(names[:MAX_NAMES_PER_REASON]) + more
        shown.append(": ".join((*rest[:position], listed, *rest[position:]) if names[0] else rest))
    return format_one_line("; ".join(shown), max_length)


def _drop_segment(segments: Sequence[str], index: int) -> tuple[str, ...]:
    """Return a line without its part at `index`; whole where that is its last part, which is the reason."""
    return (*segments[:index], *segments[index + 1 :]) if len(segments) > index + 1 else tuple(segments)


def _format_opened(incidents: Sequence[Incident]) -> Iterator[tuple[str, str]]:
    """One line an incident; one for all that began in the same tick for the same reason."""
    by_reason: dict[str, list[Incident]] = {}
    for incident in incidents:
        by_reason.setdefault(_normalize_reason(incident.why), []).append(incident)
    for same in by_reason.values():
        if len(same) < MIN_GROUPED_INCIDENTS:
            yield from ((incident.summary, incident.link) for incident in same)
            continue
        names = [incident.what for incident in same[:MAX_NAMES_PER_REASON]]
        more = f" and {len(same) - MAX_NAMES_PER_REASON} more" if len(same) > MAX_NAMES_PER_REASON else ""
        since = min(incident.since for incident in same)
        why = format_one_line(same[0].why)
        yield f"{', '.join(names)}{more} since {since:%Y-%m-%d %H:%M} UTC, for one reason: {why}", same[0].link


def _normalize_reason(text: str) -> str:
    """Return a reason without the periods and times in it, which differ from run to run."""
    return PERIOD_PATTERN.sub("…", " ".join(text.split()))


PERIOD_PATTERN = re.compile(r"\b\d{4}-(?:\d{2}(?:-\d{2})?|W\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2})?)?\b")
