"""Format numbers, durations and URLs for the reader's pages, and find where a line may break. Pure."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from sparky_assets.metrics.models import MetricUnit, MetricValue
from sparky_assets.periods import WEEKDAY_NAMES, Period
from sparky_assets.text.words import format_duration

MAX_LAST_WORD_LENGTH = 24
"""Characters that are kept on one line with the mark behind them; more would not fit on a phone."""


def format_value(value: MetricValue, unit: MetricUnit) -> str:
    """Format a metric: `1,234`, `18 min`, `5.5 h`, `3.2 days`, `12.5 %`."""
    match unit:
        case "hours":
            return format_duration(Decimal(value))
        case "percent":
            return f"{value} %"
        case "per week":
            return f"{value} a week"
        case "hour of day":
            return f"{int(value):02d}:00"
        case "weekday":
            return WEEKDAY_NAMES[int(value) - 1] if 1 <= int(value) <= 7 else str(value)
        case _:
            return f"{value:,}" if isinstance(value, int) else f"{value:,}".rstrip("0").rstrip(".")


def format_age(at: datetime, now: datetime) -> str:
    """Format an age: `3 min ago`, `5 h ago`, `12 days ago`; `just now` within a minute, or when clocks differ."""
    age = now - at
    if age < timedelta(minutes=1):
        return "just now"
    if age < timedelta(hours=1):
        return f"{int(age / timedelta(minutes=1))} min ago"
    if age < timedelta(hours=48):
        return f"{int(age / timedelta(hours=1))} h ago"
    return f"{age.days} days ago"


def metric_label(metric: str) -> str:
    """Return the label of a metric: `Pull requests merged` for `pull_requests_merged`."""
    words = metric.replace("_", " ").replace(" p90", ", 90th percentile").replace(" median", ", median")
    return words[:1].upper() + words[1:]


def digest_url(period: Period) -> str:
    """Return the URL path of a digest: `/week/2025-W46`."""
    return f"/{period.kind.noun}/{period.label}"


def repository_url(name: str) -> str:
    """Return the URL path of a repository's page."""
    return f"/repository/{quote(name, safe='/')}"


def person_url(key: str) -> str:
    """Return the URL path of a person's page."""
    return f"/person/{quote(key, safe='')}"


def story_url(period: Period, name: str) -> str:
    """Return the URL path of the page of a story, by a period in which it is and its id there."""
    return f"/story/{period.kind.noun}/{period.label}/{quote(name, safe='/:@')}"


def evidence_url(period: Period) -> str:
    """Return the URL path of the page of what people wrote in a period: `/evidence/week/2025-W46`."""
    return f"/evidence/{period.kind.noun}/{period.label}"


def split_last_word(html: str) -> tuple[str, str, str]:
    """Split HTML before its last word, and before a comma at its end. Markup is never split.

    The page keeps the last word and the evidence mark behind it on one line.
    """
    bare = html.rstrip()
    text = bare.rstrip(",;")
    behind = bare[len(text) :] if not text.endswith(("&amp", "&lt", "&gt", "&quot")) else ""
    text = bare[: len(bare) - len(behind)]
    if bold := re.fullmatch(r"<strong>([^<>]* )([^<> ]+)</strong>", text):
        return f"<strong>{bold[1]}</strong>", f"<strong>{bold[2]}</strong>", behind
    for match in reversed(list(re.finditer(r" (?![^<>]*>)", text))):
        tail = text[match.end() :]
        visible = re.sub(r"<[^>]*>", "", tail)
        if len(visible) > MAX_LAST_WORD_LENGTH:
            break
        if visible and len(re.findall(r"<[a-z]", tail)) == tail.count("</"):
            return text[: match.end()], tail, behind
    return text, "", behind
