"""What is broken and was told, so that each thing is told once when it breaks and once when it is mended. Pure.

A ledger is the cursor of a sensor: it survives restarts, and what could not be delivered waits in it.
"""

from collections.abc import Callable, Mapping
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
    """Something broken. Its `members` are what has to be made good; it is mended when none is left."""

    what: str
    why: str
    link: str = ""
    since: datetime
    members: list[str] = Field(default_factory=list)
    count: int = 1
    was_told: bool = False

    @property
    def summary(self) -> str:
        """The incident in one line of a message."""
        times = f" ({self.count} so far)" if self.count > 1 else ""
        return f"{self.what}{times} since {self.since:%Y-%m-%d %H:%M} UTC: {format_one_line(self.why)}"


class PendingMessage(BaseModel):
    """A message on its way to one channel."""

    channel: str
    key: str
    subject: str
    lines: list[tuple[str, str]]
    tries: int = 0
    not_before: datetime


class IncidentLog(BaseModel):
    """Everything that a sensor has to remember."""

    began: datetime
    seen_until: datetime
    seen: dict[str, datetime] = Field(default_factory=dict)
    open: dict[str, Incident] = Field(default_factory=dict)
    waiting: list[PendingMessage] = Field(default_factory=list)

    @classmethod
    def from_cursor(cls, cursor: str | None, now: datetime) -> "IncidentLog":
        """The ledger of a cursor; a new one watches from now on."""
        return cls.model_validate_json(cursor) if cursor else cls(began=now, seen_until=now)

    def open_incident(self, key: str, member: str, incident: Incident) -> str | None:
        """Note that something is broken; its key when that is news."""
        known = self.open.get(key)
        if known is None:
            self.open[key] = incident.model_copy(update={"members": [member]})
            return key
        if member not in known.members and len(known.members) < MAX_MEMBERS_PER_INCIDENT:
            known.members.append(member)
            known.count += 1
        return None

    def resolve(self, is_resolved: Callable[[str], bool]) -> list[Incident]:
        """Note that members are made good; gives the incidents that are over by it."""
        over = []
        for key, incident in list(self.open.items()):
            left = [member for member in incident.members if not is_resolved(member)]
            if len(left) < len(incident.members):
                incident.members = left
                if not left:
                    over.append(self.open.pop(key))
        return over

    def queue_messages(
        self,
        opened_keys: list[str],
        resolved_incidents: list[Incident],
        channels: Mapping[str, Callable[[Alert], None]],
        now: datetime,
    ) -> None:
        """One message for all that is new, to every channel; it waits until `deliver`."""
        # What broke and was mended between two looks is nobody's trouble any more.
        news = [self.open[key] for key in dict.fromkeys(opened_keys) if key in self.open]
        over = [incident for incident in resolved_incidents if incident.was_told]
        for one in news:
            one.was_told = True
        if not news and not over:
            return
        lines = [(one.summary, one.link) for one in news] + [
            (f"{one.what}: made good; it was broken since {one.since:%Y-%m-%d %H:%M} UTC", one.link) for one in over
        ]
        if len(lines) > MAX_LINES_PER_MESSAGE:
            lines = [*lines[:MAX_LINES_PER_MESSAGE], (f"and {len(lines) - MAX_LINES_PER_MESSAGE} more", "")]
        subject = f"Sparky: {news[0].what if len(news) == 1 else f'{len(news)} things are broken'}"
        if not news:
            subject = f"Sparky: {over[0].what}: made good" if len(over) == 1 else f"Sparky: {len(over)} made good"
        key = f"{now.isoformat()} {subject}"
        self.waiting += [
            PendingMessage(channel=name, key=key, subject=format_one_line(subject, 120), lines=lines, not_before=now)
            for name in channels
        ]
        self.waiting = self.waiting[-MAX_PENDING_MESSAGES:]

    def deliver(self, channels: Mapping[str, Callable[[Alert], None]], now: datetime) -> list[str]:
        """Send what waits; gives what went wrong. A channel that fails is tried again after 1, 2, 4 … 60 minutes."""
        wrong, left = [], []
        for one in self.waiting:
            if one.channel not in channels:
                continue
            if one.not_before > now:
                left.append(one)
                continue
            try:
                channels[one.channel](Alert(one.key, one.subject, tuple(one.lines)))
            except ResourceError as error:
                wrong.append(f"{one.channel}: {error}")
                one.tries += 1
                one.not_before = now + min(timedelta(minutes=2 ** min(one.tries - 1, 10)), MAX_DELIVERY_PAUSE)
                left.append(one)
        self.waiting = left
        return wrong

    def prune(self, now: datetime) -> None:
        """Let go of what is too old to matter, so that the cursor stays small."""
        self.open = {key: one for key, one in self.open.items() if one.since > now - MAX_INCIDENT_AGE}
