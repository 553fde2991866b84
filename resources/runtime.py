"""The time. Assets ask it instead of the machine, so that a test or a rehearsal can say what day it is."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg


class Clock(dg.ConfigurableResource[Any]):
    """Tells the time in UTC: the machine's, or the fixed instant in `now_is` (ISO format)."""

    fixed_time: str | None = None

    def now(self) -> datetime:
        """The current instant."""
        return datetime.fromisoformat(self.fixed_time) if self.fixed_time else datetime.now(UTC)
