"""The time. Assets ask it instead of the machine, so that a test or a rehearsal can say what day it is."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg


class Clock(dg.ConfigurableResource[Any]):
    """Tells the time in UTC: the machine's, or the fixed instant in `now_is` (ISO format)."""

    now_is: str | None = None

    def now(self) -> datetime:
        """The current instant."""
        return datetime.fromisoformat(self.now_is) if self.now_is else datetime.now(UTC)
