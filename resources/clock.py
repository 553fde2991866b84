"""Clock of the running process; a test can fix the time."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg


class Clock(dg.ConfigurableResource[Any]):
    """Gives the time in UTC: the machine's, or the instant in `fixed_time` (ISO format)."""

    fixed_time: str | None = None

    def now(self) -> datetime:
        """Return the current instant."""
        return datetime.fromisoformat(self.fixed_time) if self.fixed_time else datetime.now(UTC)
