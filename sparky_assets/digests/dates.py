"""How a period is called in prose. English; month and day names do not follow the machine's locale."""

from datetime import timedelta

from sparky_assets.periods import Period, PeriodKind

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def spoken(period: Period) -> str:
    """`Wednesday, 12 November 2025`, `10–16 November 2025 (2025-W46)` or `November 2025`."""
    first, last = period.start, period.end - timedelta(days=1)
    match period.kind:
        case PeriodKind.DAILY:
            return f"{DAYS[first.weekday()]}, {first.day} {MONTHS[first.month - 1]} {first.year}"
        case PeriodKind.WEEKLY:
            start = f"{first.day}"
            if first.month != last.month:
                start += f" {MONTHS[first.month - 1]}"
            if first.year != last.year:
                start += f" {first.year}"
            dash = "–" if first.month == last.month else " – "
            return f"{start}{dash}{last.day} {MONTHS[last.month - 1]} {last.year} ({period.label})"
        case PeriodKind.MONTHLY:
            return f"{MONTHS[first.month - 1]} {first.year}"
