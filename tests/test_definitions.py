"""The code location as a whole: it loads, its graph has the right edges, and shipped files agree with the code."""

import itertools
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from sparky_assets.definitions import build_defs, defs
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.schema import Settings

STAGES = ("metrics", "insights", "digest", "publication")
"""The assets of a period, in the order of the pipeline."""
ROOT = Path(__file__).parents[1]


def graph() -> Any:
    return build_defs(Settings()).resolve_asset_graph()


def test_definitions_load_as_dagster_loads_them() -> None:
    dg.Definitions.validate_loadable(defs())
    # Names of ops, graphs and jobs must differ; only the whole repository shows a clash.
    jobs = {job.name for job in defs().get_repository_def().get_all_jobs()}
    assert jobs >= {"collect", *(kind.value for kind in PeriodKind)}


def test_every_stage_of_every_period_is_an_asset_in_its_group() -> None:
    keys = {tuple(key.path) for key in graph().get_all_asset_keys()}
    expected = {("raw", table.asset) for table in TABLES}
    expected |= {(kind.value, stage) for kind in PeriodKind for stage in (*STAGES, "social_posts")}
    expected |= {("weekly", "blog_post"), ("monthly", "blog_post")}
    assert keys == expected
    groups = {"metrics": "metrics", "insights": "insights", "publication": "publications"}
    for key in graph().get_all_asset_keys():
        group = graph().get(key).group_name
        # The interface shows the last part of a key alone: the group tells which of three `metrics` one is.
        assert group == ("raw" if key.path[0] == "raw" else f"{key.path[0]}_{groups.get(key.path[1], 'digests')}")


def test_graph_shows_the_period_of_each_asset_and_names_its_partitions() -> None:
    for key in graph().get_all_asset_keys():
        node = graph().get(key)
        periods = node.kinds & {kind.noun for kind in PeriodKind}
        assert periods == (set() if key.path[0] == "raw" else {PeriodKind(key.path[0]).noun})
        assert ("2025-W46" in (node.description or "")) == (key.path[0] == "weekly")


@pytest.mark.parametrize("kind", PeriodKind)
def test_page_of_a_publication_says_what_a_backfill_publishes(kind: PeriodKind) -> None:
    """Regression: a backfill of "All" in the interface asked nothing about publishing, and the tag was not shown."""
    sentence = "A backfill publishes on this machine only, unless it has the tag sparky/publish=all."
    assert sentence in (graph().get(dg.AssetKey([kind.value, "publication"])).description or "")
    assert sentence in (defs().get_repository_def().get_job(kind.value).description or "")


def test_every_check_has_a_description() -> None:
    checks = [check for asset in defs().assets or () for check in getattr(asset, "check_specs", ())]
    assert len(checks) > 20
    assert all(check.description for check in checks)


def test_every_asset_has_the_owners_of_the_settings() -> None:
    settings = Settings(organisation={"owners": ["team:data", "team:platform"]})
    whole = build_defs(settings).resolve_asset_graph()
    assert {tuple(whole.get(key).owners) for key in whole.get_all_asset_keys()} == {("team:data", "team:platform")}
    assert {tuple(graph().get(key).owners) for key in graph().get_all_asset_keys()} == {()}


def test_each_stage_depends_on_the_one_before_it() -> None:
    whole = graph()
    raw = {dg.AssetKey(["raw", table.asset]) for table in TABLES}
    for kind in PeriodKind:
        assert whole.get(dg.AssetKey([kind.value, "metrics"])).parent_keys == raw
        for before, after in (*itertools.pairwise(STAGES[:-1]), ("digest", "social_posts")):
            parents = whole.get(dg.AssetKey([kind.value, after])).parent_keys
            assert parents == {dg.AssetKey([kind.value, before])}
        # Publishing waits for every product.
        texts = {"digest", "social_posts"} | (set() if kind is PeriodKind.DAILY else {"blog_post"})
        published = whole.get(dg.AssetKey([kind.value, "publication"])).parent_keys
        assert published == {dg.AssetKey([kind.value, text]) for text in texts}


def test_week_depends_on_its_seven_days_and_a_month_on_all_of_its() -> None:
    whole = graph()
    for key, partition, days in (
        ("weekly", "2025-11-10", 7),
        ("monthly", "2025-02-01", 28),
        ("monthly", "2025-12-01", 31),
    ):
        asset, commits = dg.AssetKey([key, "metrics"]), dg.AssetKey(["raw", "commits"])
        mapping = whole.get_partition_mapping(asset, commits)
        child, parent = whole.get(asset).partitions_def, whole.get(commits).partitions_def
        assert child is not None
        assert parent is not None
        subset = child.subset_with_partition_keys([partition])
        found = mapping.get_upstream_mapped_partitions_result_for_partitions(subset, child, parent)
        assert len(list(found.partitions_subset.get_partition_keys())) == days


def test_blocking_check_separates_every_two_stages() -> None:
    checks = graph().asset_check_keys
    guarded = {tuple(check.asset_key.path) for check in checks}
    for kind in PeriodKind:
        assert {(kind.value, stage) for stage in STAGES[:-1]} <= guarded
    assert ("raw", "commits") in guarded
    remarks = {check.name for check in checks if not graph().get_check_spec(check).blocking}
    assert remarks == {"nothing_is_missing", "model_answers", "model_cost"}


@pytest.mark.parametrize(("source", "days"), [("git", 366), ("github", 31), ("both", 31)])
def test_only_raw_days_and_their_numbers_run_over_a_range(source: str, days: int) -> None:
    whole = build_defs(Settings.model_validate({"sources": {"source": source}})).resolve_asset_graph()
    for key in whole.get_all_asset_keys():
        policy = whole.get(key).backfill_policy
        in_ranges = key.path[0] == "raw" or key.path[1] == "metrics"
        assert (policy is not None and policy.max_partitions_per_run == days) == in_ranges


def test_settings_reference_is_the_printed_one() -> None:
    from sparky_assets.cli.config import build_reference

    assert (ROOT / "docs/configuration.md").read_text() == build_reference()


def test_every_version_is_pinned_and_the_images_are_hashed() -> None:
    pins = re.findall(r'^    "([A-Za-z0-9._-]+)==', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    locked = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert len(pins) > 90
    assert set(locked) <= set(pins)
    assert "--hash=sha256:" in (ROOT / "requirements.lock").read_text()


def test_instance_files_differ_only_in_paths() -> None:
    import yaml

    bare, ours = (yaml.safe_load((ROOT / name).read_text()) for name in ("dagster.yaml", "config/dagster.yaml"))
    for place in ("storage", "local_artifact_storage", "compute_logs"):
        bare.pop(place)
    assert bare == ours
    postgres = yaml.safe_load((ROOT / "config/dagster-postgres.yaml").read_text())
    assert postgres.pop("storage").keys() == {"postgres"}
    assert postgres == ours
    assert ours["telemetry"] == {"enabled": False}
