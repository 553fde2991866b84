"""The whole pipeline: a day, a week and a month from GitHub's answers and a model's answers to commits."""

from pathlib import Path

import pytest

from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.models import Insight
from tests.factories.environment import DAY, KEYS, MONTH, WEEK, open_office
from tests.fakes.github import Settings as Behaviour

pytestmark = pytest.mark.slow


ADVERB = {"day": "daily", "week": "weekly", "month": "monthly"}


def test_day_week_and_month_are_published_and_stay_unchanged(tmp_path: Path) -> None:
    with open_office(tmp_path, repositories=16, days=55) as office:
        for noun, label in (("day", DAY), ("week", WEEK), ("month", MONTH)):
            office.written("run", noun, label)
        asked, subjects, published = len(office.model.chats), office.commits, office.published
        assert subjects == [
            f"Publish the monthly digest of {MONTH}",
            f"Publish the weekly digest of {WEEK}",
            f"Publish the daily digest of {DAY}",
        ]
        assert asked > 0
        for noun, key in KEYS.items():
            name = ADVERB[noun]
            insight = office.store.read_document(f"insights/{name}", key, Insight)
            record = office.store.read_document(f"digests/{name}", key, ProductManifest)
            markdown = office.store.read_text(f"digests/{name}", key)
            assert markdown.encode() in published.values()
            assert list(find_ungrounded(markdown, record, insight)) == []
            assert insight.sources == ("github",)
            assert insight.editor is not None and insight.editor.model == "tiny"
            assert "The model tiny chose among these sentences" in markdown

        for noun, label in (("day", DAY), ("week", WEEK), ("month", MONTH)):
            office.written("run", noun, label)
        assert len(office.model.chats) == asked, "the same again asks the model nothing"
        assert (office.commits, office.published) == (subjects, published)


def test_github_with_faults_gives_the_same_bytes_as_one_without(tmp_path: Path) -> None:
    stutters = Behaviour(fault_every=4, faults=("torn", "cut"))
    with open_office(tmp_path / "well") as well, open_office(tmp_path / "ill", stutters) as ill:
        well.written("run", "day", DAY)
        ill.written("run", "day", DAY)
        assert ill.github.requests > well.github.requests
        assert ill.published == well.published != {}
