"""Clock of the running process; a test can fix the time."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Clock:
    """Gives the time in UTC: the machine's, or the instant in `fixed_time` (ISO format)."""

    fixed_time: str | None = None

    def now(self) -> datetime:
        """Return the current instant."""
        return datetime.fromisoformat(self.fixed_time) if self.fixed_time else datetime.now(UTC)
