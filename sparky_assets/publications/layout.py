"""Where a digest lies in a destination. The preset is the one of raibid-labs' blog, which Quartz renders."""

from datetime import timedelta

from sparky_assets.digests.dates import MONTHS
from sparky_assets.periods import Period, PeriodKind


def path_of(period: Period, folder: str) -> str:
    """`content/blog/2025/11/2025-11-14.md`, `…/week-2025-46.md` or `…/november-2025.md`.

    A week lies in the month of its Thursday, as its ISO year is the year of its Thursday.
    """
    match period.kind:
        case PeriodKind.DAILY:
            shelf, name = period.start, period.key
        case PeriodKind.WEEKLY:
            shelf = period.start + timedelta(days=3)
            name = f"week-{period.label.replace('W', '')}"
        case PeriodKind.MONTHLY:
            shelf, name = period.start, f"{MONTHS[period.start.month - 1].lower()}-{period.start.year}"
    return f"{folder.strip('/')}/{shelf:%Y/%m}/{name}.md".lstrip("/")
