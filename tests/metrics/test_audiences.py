"""Public metrics equal those of a store without private data, and name no person who opted out."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.storage import Storage
from sparky_assets.insights.assets import write_insight
from sparky_assets.insights.evidence import gather_evidence
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.assets import compute_period
from sparky_assets.metrics.checks import check_totals, check_week_totals
from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.metrics.models import CONTRIBUTOR_TABLE, Metrics
from sparky_assets.metrics.trends import Lookback
from sparky_assets.orchestration.resources import build_resources
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.merge import split_by_day
from sparky_assets.raw.tables import TABLES
from sparky_assets.raw.window import RawWindow
from sparky_assets.settings.schema import PeopleSettings, Settings
from sparky_assets.store import Audience, insights_path
from tests.strategies.effort import limit_examples
from tests.strategies.git_history import AUTHORS, RepositoryLog, World, commit, worlds
from tests.strategies.git_history import WEEK as BY_HAND
from tests.strategies.organisation import WEEK, Organisation, made, organisation

WEEKS = 10


def same_rows(one: RawWindow, other: RawWindow) -> bool:
    return all(frame.equals(getattr(other, name)) for name, frame in vars(one).items())


@limit_examples(60)
@given(worlds())
def test_public_view_equals_one_without_private_repositories(world: World) -> None:
    public = World(world.period, tuple(one for one in world.repositories if one.visibility == "public"))
    seen = world.raw().for_audience(Audience.PUBLIC, ())
    if public.repositories:
        assert same_rows(seen, public.raw().for_audience(Audience.PUBLIC, ()))
    computed = compute_metrics(seen, world.period, world.window)
    told = computed.metrics.model_dump_json() + repr(gather_evidence(seen))
    told += "".join(getattr(computed, name).write_ndjson() for name in ("repositories", "contributors", "changes"))
    told = told.replace("See merge request acme/tool!", "")  # what a public repository itself says
    hidden = [one for one in world.repositories if one.visibility != "public"]
    assert not [one.name for one in hidden if one.name in told or (one.url or one.name) in told]
    assert list(check_totals(computed.metrics, computed.repositories, computed.contributors)) == []
    assert list(check_week_totals(computed.metrics, computed.days)) == []


def as_collected(given_one: Organisation, seed: int) -> Organisation:
    """Return weeks in which each repository is public or not, and so are the rows collected then."""
    chance = random.Random(seed)
    names = [row["repository"] for row in given_one.rows["repositories"]]
    visibility = {name: chance.choice(["public", "public", "private", "internal"]) for name in names}
    rows = {
        asset: [row | {"visibility": visibility[row["repository"]]} for row in given_rows]
        for asset, given_rows in given_one.rows.items()
    }
    at = given_one.window.end
    rows["open_items"] = [
        {"repository": name, "as_of": at - timedelta(microseconds=1), "visibility": visibility[name],
         "pull_requests": [], "issues": [{"number": 1, "opened_at": given_one.window.start, "updated_at": at}] * count}
        for count, name in enumerate(names) if chance.random() < 0.7
    ]  # fmt: skip
    return replace(given_one, rows=rows)


def without_private(given_one: Organisation) -> Organisation:
    rows: Mapping[str, list[dict[str, Any]]] = given_one.rows
    return replace(
        given_one, rows={asset: [row for row in some if row["visibility"] == "public"] for asset, some in rows.items()}
    )


def public_shelf(root: Path, organisations: list[Organisation], *, days: bool = False) -> dict[str, bytes]:
    """Store weeks, count each for the public, and return every file under the public prefix."""
    storage = Storage(root=str(root))
    for one in organisations:
        raw = one.raw()
        for table in TABLES:
            for key, frame in split_by_day(getattr(raw, table.asset), table, one.period.days, one.timezone).items():
                storage.write_table(table.path, key, frame, table)
        periods = (one.period, *(one.period.days if days else ()))
        for period in periods:
            assert compute_period(period, storage, one.timezone, None, Audience.PUBLIC).problems == []
    files = [file for file in sorted(root.glob("metrics/*_public*/*")) if file.is_file()]
    return {str(file.relative_to(root)): file.read_bytes() for file in files}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_public_files_equal_those_without_private_rows(tmp_path: Path, seed: int) -> None:
    period, weeks = WEEK, []
    for number in range(WEEKS):
        weeks.append(as_collected(organisation(100 * seed + number, 12, "Europe/Berlin", period), number))
        period = period.previous()
    weeks.reverse()
    found = public_shelf(tmp_path / "whole", weeks)
    assert found == public_shelf(tmp_path / "public", [without_private(one) for one in weeks])
    back = Storage(root=str(tmp_path / "whole")).read_document("metrics/weekly_public_trends", WEEK.key, Lookback)
    assert back.seen_since is not None
    assert any(trend.periods for trend in (*back.trends, *back.repository_trends))
    private = {row["repository"] for row in weeks[-1].rows["repositories"] if row["visibility"] != "public"}
    assert not [name for name in private for file, data in found.items() if WEEK.key in file and name.encode() in data]


@pytest.mark.parametrize("seed", [6])
def test_public_week_is_the_sum_of_its_public_days(tmp_path: Path, seed: int) -> None:
    public_shelf(tmp_path, [as_collected(organisation(seed, 30, "Europe/Berlin"), seed)], days=True)
    storage = Storage(root=str(tmp_path))
    week = storage.read_document("metrics/weekly_public", WEEK.key, Metrics)
    days = [storage.read_document("metrics/daily_public", day.key, Metrics) for day in WEEK.days]
    for metric in ("commits", "insertions", "reviews", "issues_opened", "pull_requests_closed", "releases"):
        assert week.get_value(metric) == sum(day.get_value(metric) for day in days)
    assert week.get_value("commits") > 0


@pytest.mark.slow
@limit_examples(60)
@given(made, st.sampled_from(["ADA", "Ada Lovelace", "@ada"]))
def test_person_who_opted_out_is_unnamed_and_the_work_stays(seed: tuple[int, int, str], name: str) -> None:
    given_one = organisation(*seed)
    raw = replace(given_one, rows=all_public(given_one)).raw()
    masked = raw.for_audience(Audience.PUBLIC, [name])
    named = "".join(frame.write_ndjson() for frame in events(raw))
    if name != "Ada Lovelace" or name in named:  # a name hides only a person who used it
        told = "".join(frame.write_ndjson() for frame in events(masked)) + repr(gather_evidence(masked))
        assert not [spelling for spelling in ("Lovelace", '"ada"', "'ada'") if spelling in told]
    before, after = (compute_metrics(one, given_one.period, given_one.window).metrics for one in (raw, masked))
    for metric in ("commits", "insertions", "pull_requests_merged", "reviews", "issues_closed", "releases"):
        assert after.find_value(metric) == before.find_value(metric)
    assert (
        before.get_value("active_people") - 1 <= after.get_value("active_people") <= before.get_value("active_people")
    )


def all_public(given_one: Organisation) -> dict[str, list[dict[str, Any]]]:
    return {asset: [row | {"visibility": "public"} for row in rows] for asset, rows in given_one.rows.items()}


def events(raw: RawWindow) -> list[Any]:
    return [frame for name, frame in vars(raw).items() if name != "repositories"]


def test_opt_out_applies_to_the_public_and_not_to_internal_metrics(tmp_path: Path) -> None:
    one = organisation(6, 20, "Europe/Berlin")
    public = replace(one, rows=all_public(one))
    public_shelf(tmp_path, [public])
    storage, people = Storage(root=str(tmp_path)), PeopleSettings(opt_out=("bob",), leaderboard=True)
    for audience in Audience:
        told = compute_period(WEEK, storage, "Europe/Berlin", None, audience, people=people)
        assert told.problems == []
        assert ("| Bob |" in told.metadata["leaderboard"].value) == (audience is Audience.INTERNAL)
    files = {place: _text(storage, place, WEEK) for place in ("weekly", "weekly_public")}
    assert ["Bob" in files[place] for place in files] == [True, False]


def _text(storage: Storage, place: str, period: Period) -> str:
    table = storage.read_table(f"metrics/{place}_contributors", period.key, CONTRIBUTOR_TABLE)
    back = storage.read_document(f"metrics/{place}_trends", period.key, Lookback)
    return table.write_ndjson() + back.model_dump_json()


def test_public_sentences_name_no_person_who_opted_out(tmp_path: Path) -> None:
    mona, storage = AUTHORS[3], Storage(root=str(tmp_path))
    commits = (commit(1, "feat: thank @octocat", author=mona), commit(2, "fix: a leak that Mona found"))
    raw = World(BY_HAND, (RepositoryLog("lonely", "https://github.com/lonely/lonely", "ok", commits, ()),)).raw()
    for table in TABLES:
        for key, frame in split_by_day(getattr(raw, table.asset), table, BY_HAND.days, "UTC").items():
            storage.write_table(table.path, key, frame, table)
    given_settings = Settings(home=tmp_path, people=PeopleSettings(opt_out=("octocat",)))
    models = build_resources(given_settings)["language_models"]
    told = {}
    for audience in Audience:
        compute_period(BY_HAND, storage, "UTC", None, audience, people=given_settings.people)
        assert write_insight(BY_HAND, storage, given_settings, models, audience).problems == []
        told[audience] = storage.read_document(insights_path(PeriodKind.WEEKLY, audience), BY_HAND.key, Insight)
    assert "Mona" in told[Audience.INTERNAL].model_dump_json()
    world = told[Audience.PUBLIC].model_dump_json()
    assert not [name for name in ("mona", "octocat") if name in world.lower()]
    assert "thank someone" in world
    assert told[Audience.PUBLIC].records == told[Audience.INTERNAL].records


def test_contributors_are_not_ranked_without_the_setting(tmp_path: Path) -> None:
    public_shelf(tmp_path, [as_collected(organisation(6, 20, "Europe/Berlin"), 1)])
    assert "leaderboard" not in compute_period(WEEK, Storage(root=str(tmp_path)), "Europe/Berlin").metadata
