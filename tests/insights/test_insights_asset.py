"""The assets and checks of stage 3, with a model server behind a socket and without one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from resources.clock import Clock
from resources.storage import Storage
from sparky_assets.digests.footer import footer_lines
from sparky_assets.insights.assets import build_insights_asset
from sparky_assets.insights.models import Insight
from sparky_assets.orchestration.resources import build_resources
from sparky_assets.periods import PeriodKind, period_of_day
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.load import load_settings
from sparky_assets.settings.schema import Settings
from sparky_assets.settings.services import LanguageModelSettings
from tests.factories.evidence import read_well
from tests.factories.sample_repository import NOW
from tests.fakes.language_model import FakeModelServer
from tests.insights.test_model_choices import make_world
from tests.strategies.git_history import DAY, World

CHECKS: list[list[Any]] = []
"""The checks of each run, the latest last."""
PERIOD = period_of_day(PeriodKind.DAILY, DAY)


def materialize(
    root: Path, now: str = NOW, world: World | None = None, **language_model: Any
) -> tuple[dict[str, Any], Insight]:
    """Return metadata and document of a day whose raw tables and metrics are in the store."""
    world = replace(world or make_world(1, 6), period=PERIOD)
    settings = Settings.model_validate({"home": root, "storage": {"root": str(root)}, "language_model": language_model})
    resources = build_resources(settings)
    storage = resources["storage"]
    raw = world.raw()
    for table in TABLES:
        storage.write_table(table.path, PERIOD.key, getattr(raw, table.asset), table)
    storage.write_document("metrics/daily", PERIOD.key, world.metrics())
    asset = build_insights_asset(PeriodKind.DAILY, settings)
    needed = {name: resources[name] for name in ("storage", "language_models")} | {"clock": Clock(fixed_time=now)}
    result = dg.materialize([asset], resources=needed, partition_key=PERIOD.key)
    (event,) = result.get_asset_materialization_events()
    CHECKS.append(list(result.get_asset_check_evaluations()))
    blocking = {check.check_name: check.passed for check in result.get_asset_check_evaluations() if check.blocking}
    assert blocking == {"every_claim_is_grounded": True}
    metadata = {name: value.value for name, value in event.materialization.metadata.items()}
    return metadata, storage.read_document("insights/daily", PERIOD.key, Insight)


def test_rules_write_without_a_model_and_mention_none(tmp_path: Path) -> None:
    metadata, insight = materialize(tmp_path)
    assert metadata["mode"] == insight.mode == "rules"
    assert "model_calls" not in metadata
    assert insight.editor is None
    listed = metadata["stories"].splitlines()
    assert len(listed) == min(10, len(insight.stories.stories))
    assert "first " in listed[0]


def test_stories_carry_on_those_of_the_stored_day_before(tmp_path: Path) -> None:
    (log,) = make_world(1, 6).repositories
    tracked = log.commits[0]._replace(message=f"WS-07: {log.commits[0].message}")
    world = World(PERIOD, (replace(log, commits=(tracked, *log.commits[1:])),))
    _, insight = materialize(tmp_path, world=world)
    assert not [story for story in insight.stories.stories if story.group.continues]
    earlier = [
        story.model_copy(update={"group": story.group.model_copy(update={"id": f"earlier {story.group.id}"})})
        for story in insight.stories.stories
    ]
    before = insight.model_copy(
        update={"period": PERIOD.previous(), "stories": insight.stories.model_copy(update={"stories": tuple(earlier)})}
    )
    Storage(root=str(tmp_path)).write_document("insights/daily", PERIOD.previous().key, before)
    _, insight = materialize(tmp_path, world=world)
    continued = [story.group for story in insight.stories.stories if story.group.continues]
    assert [group.continues for group in continued] == [f"earlier {group.id}" for group in continued]
    assert len(continued) == 1


def test_model_that_chose_is_named_in_metadata_document_and_footer(tmp_path: Path) -> None:
    with FakeModelServer(read_well, parameters="8B") as server:
        metadata, insight = materialize(tmp_path, backend="ollama", url=server.url, model="tiny")
        again, same = materialize(tmp_path, backend="ollama", url=server.url, model="tiny")
    assert metadata["mode"] == "select"
    assert metadata["model_calls"] >= 1
    assert metadata["model_on_gpu"] == 1.0
    assert again["model_calls"] == 0
    assert same == insight
    assert insight.editor
    assert insight.editor.model == "tiny"
    lines = list(footer_lines(insight))
    assert "The model tiny chose among these sentences and stories, and wrote none of them." in lines


def test_footer_names_no_model_where_rules_chose(tmp_path: Path) -> None:
    _, insight = materialize(tmp_path)
    assert not [line for line in footer_lines(insight) if "model" in line and "No model" not in line]


def test_unreachable_model_still_gives_a_document(tmp_path: Path) -> None:
    metadata, insight = materialize(tmp_path, backend="ollama", url="http://127.0.0.1:9")
    assert insight.mode == "rules"
    assert metadata["model_warnings"]


def test_open_period_is_refused_with_its_earliest_time(tmp_path: Path) -> None:
    with pytest.raises(dg.Failure, match="not closed yet; it can be written from 2025-11-13 00:10"):
        materialize(tmp_path, now="2025-11-13T00:09:00+00:00")


def test_model_without_a_usable_answer_is_a_warning(tmp_path: Path) -> None:
    with FakeModelServer(lambda _: "{", parameters="8B") as server:
        materialize(tmp_path, backend="ollama", url=server.url, model="tiny")
    (remark,) = [check for check in CHECKS[-1] if check.check_name == "model_answers"]
    assert (remark.passed, remark.blocking, remark.severity) == (False, False, dg.AssetCheckSeverity.WARN)
    assert "questions without an answer that can be used" in str(remark.metadata["examples"].value)


def test_model_whose_answers_are_used_passes_its_checks(tmp_path: Path) -> None:
    with FakeModelServer(read_well, parameters="8B") as server:
        materialize(tmp_path, backend="ollama", url=server.url, model="tiny")
    remarks = {check.check_name: check for check in CHECKS[-1] if not check.blocking}
    assert all(remark.passed for remark in remarks.values()), remarks
    assert remarks["model_answers"].metadata["answers_used"].value >= 1
    assert remarks["model_cost"].metadata["calls"].value >= 1
    assert remarks["model_cost"].metadata["deadline_seconds"].value == 300


@pytest.mark.parametrize("url", ["gpu box", "ftp://gpu", "", "http://gpu:port"])
def test_invalid_address_is_refused_with_the_settings(url: str) -> None:
    with pytest.raises(ValueError, match="write it like http"):
        LanguageModelSettings(url=url)


def test_key_of_a_server_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("local-key\n")
    settings = load_settings(None, {"language_model": {"backend": "openai", "api_key_file": str(file)}})
    assert build_resources(settings)["language_models"].api_key.get_secret_value() == "local-key"
    assert "local-key" not in repr(settings) + repr(build_resources(settings))


def test_each_period_may_have_its_own_model() -> None:
    settings = LanguageModelSettings(model="small", monthly_model="large")
    assert [settings.get_model_name(kind.value) for kind in PeriodKind] == ["small", "small", "large"]


def test_only_one_run_at_a_time_uses_the_model() -> None:
    asked = Settings(language_model={"backend": "ollama"})
    assert build_insights_asset(PeriodKind.DAILY, asked).op.pool == "llm"
    assert build_insights_asset(PeriodKind.DAILY, Settings()).op.pool is None
