"""Numbers, durations and addresses as the reader's pages say them. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from sparky_assets.metrics.models import Number, Unit
from sparky_assets.periods import Period

WEEKDAYS = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def spelled(value: Number, unit: Unit) -> str:
    """`1,234`, `18 min`, `5.5 h`, `3.2 days`, `12.5 %`."""
    match unit:
        case "hours":
            return duration(Decimal(value))
        case "percent":
            return f"{value} %"
        case "per week":
            return f"{value} a week"
        case "hour of day":
            return f"{int(value):02d}:00"
        case "weekday":
            return WEEKDAYS[int(value)] if 1 <= int(value) <= 7 else str(value)
        case _:
            return f"{value:,}" if isinstance(value, int) else f"{value:,}".rstrip("0").rstrip(".")


def duration(hours: Decimal) -> str:
    """`18 min`, `5.5 h`, `3.2 days`."""
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def ago(at: datetime, now: datetime) -> str:
    """`3 min ago`, `5 h ago`, `12 days ago`; `just now` within a minute, and for clocks that differ a little."""
    passed = now - at
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{int(passed / timedelta(minutes=1))} min ago"
    if passed < timedelta(hours=48):
        return f"{int(passed / timedelta(hours=1))} h ago"
    return f"{passed.days} days ago"


def named(metric: str) -> str:
    """`Pull requests merged` of `pull_requests_merged`."""
    words = metric.replace("_", " ").replace(" p90", ", 90th percentile").replace(" median", ", median")
    return words[:1].upper() + words[1:]


def page_of(period: Period) -> str:
    """The address of a digest: `/week/2025-W46`."""
    return f"/{period.kind.noun}/{period.label}"


def page_of_repository(name: str) -> str:
    """The address of a repository's page."""
    return f"/repository/{quote(name, safe='/')}"


def page_of_person(key: str) -> str:
    """The address of a person's page."""
    return f"/person/{quote(key, safe='')}"
