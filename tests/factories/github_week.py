"""A hand-written week of an organisation on GitHub: rows with defaults, and the insight that rules build from them."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from sparky_assets.insights.claims.assemble import add_sections
from sparky_assets.insights.claims.overview import build_insight_by_rules
from sparky_assets.insights.evidence import gather_evidence
from sparky_assets.insights.models import Claim, Insight
from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.metrics.trends import Lookback
from sparky_assets.periods import Period
from sparky_assets.raw.tables import TABLES
from sparky_assets.raw.window import RawWindow
from sparky_assets.store import Audience
from sparky_assets.stories.assemble import build_window_stories
from tests.strategies.organisation import WEEK, Organisation

ADA, BOB, CYD = (
    {"key": name.lower(), "name": name, "login": name.lower(), "is_bot": False} for name in ("Ada", "Bob", "Cyd")
)
BOT = {"key": "renovate[bot]", "name": "renovate[bot]", "login": "renovate[bot]", "is_bot": True}
START = WEEK.window("UTC").start


def at(hours: float) -> datetime:
    """Return the instant so many hours after the week began."""
    return START + timedelta(hours=hours)


def sha(number: int) -> str:
    return f"{number:040x}"


def commit(number: int, subject: str, repository: str = "acme/tool", **values: Any) -> dict[str, Any]:
    given = {
        "repository": repository, "sha": sha(number), "landed_at": at(number), "landed_by": sha(number),
        "committed_at": at(number), "authored_at": at(number),
        "author": ADA, "committer": ADA, "co_authors": [], "subject": subject, "body": "", "parents": [],
        "is_merge": False, "insertions": 3, "deletions": 1, "changed_files": None, "files": None,
        "visibility": "public",
    }  # fmt: skip
    return given | values


def pull(number: int, title: str, repository: str = "acme/tool", **values: Any) -> dict[str, Any]:
    """Return one event of a pull request; merged by default."""
    given = {
        "repository": repository, "number": number, "event": "merged", "at": at(number), "title": title, "body": "",
        "author": ADA, "actor": ADA, "insertions": 30, "deletions": 2, "changed_files": 4, "labels": [],
        "is_draft": False, "visibility": "public", "is_derived": False,
    }  # fmt: skip
    return given | values


def issue(number: int, title: str, repository: str = "acme/tool", **values: Any) -> dict[str, Any]:
    given = {
        "repository": repository, "number": number, "event": "opened", "at": at(1), "title": title, "body": "",
        "author": CYD, "actor": CYD, "labels": [], "visibility": "public",
    }  # fmt: skip
    return given | values


def review(number: int, person: dict[str, Any], repository: str = "acme/tool", **values: Any) -> dict[str, Any]:
    given = {
        "repository": repository, "id": f"{repository}{number}{person['key']}", "number": number,
        "submitted_at": at(1), "state": "approved", "author": person, "visibility": "public",
    }  # fmt: skip
    return given | values


def release(tag: str, repository: str = "acme/tool", **values: Any) -> dict[str, Any]:
    given = {
        "repository": repository, "tag": tag, "title": tag, "published_at": at(100), "author": BOB, "commit": None,
        "is_prerelease": False, "is_derived": False, "visibility": "public",
    }  # fmt: skip
    return given | values


def raw_of(period: Period = WEEK, **rows: list[dict[str, Any]]) -> RawWindow:
    """Return the raw tables of some rows; repositories are those that the rows name."""
    names = {row["repository"]: row["visibility"] for table in rows.values() for row in table}
    repositories = [
        {"repository": name, "url": f"https://github.com/{name}", "source": "github", "status": "ok",
         "visibility": visibility} for name, visibility in names.items()
    ]  # fmt: skip
    tables = {table.asset: rows.get(table.asset, []) for table in TABLES} | {"repositories": repositories}
    return Organisation(period, "UTC", tables).raw()


def insight_of(raw: RawWindow, back: Lookback | None = None, audience: Audience = Audience.INTERNAL,
               period: Period = WEEK) -> Insight:  # fmt: skip
    """Return the insight that rules build from raw tables for an audience."""
    seen = raw.for_audience(audience, ())
    metrics = compute_metrics(seen, period, period.window("UTC")).metrics
    gathered = gather_evidence(seen)
    insight = add_sections(build_insight_by_rules(metrics, gathered, "Acme"), seen, gathered, metrics, back)
    return insight.model_copy(update={"stories": build_window_stories(seen, "UTC")})


def section_texts(insight: Insight, section: str) -> list[str]:
    return [claim.text for claim in insight.claims if claim.section == section]


def details(insight: Insight, start: str) -> list[str]:
    """Return the details of the claim that begins so."""
    begun = [claim.id for claim in insight.claims if claim.text.startswith(start)]
    return [claim.text for about in begun for claim in insight.claims if claim.about == about]


def with_visibility(raw: RawWindow, private: set[str]) -> RawWindow:
    """Return the same rows, with these repositories private and all others public."""
    kind = pl.when(pl.col("repository").is_in(list(private))).then(pl.lit("private")).otherwise(pl.lit("public"))
    return RawWindow(**{name: frame.with_columns(visibility=kind) for name, frame in vars(raw).items()})


__all__ = ["ADA", "BOB", "BOT", "CYD", "WEEK", "Claim"]
