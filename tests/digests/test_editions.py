"""Editions: a published text is corrected with a note or stays unchanged, and keeps its first edition."""

from pathlib import Path
from typing import Literal

import pytest

from sparky_assets.digests.editions import facts_changed, list_corrections
from sparky_assets.digests.models import (
    FIRST_EDITION_PART,
    FIRST_INSIGHT_PART,
    INSIGHT_PART,
    ProductManifest,
)
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.models import Insight
from sparky_assets.periods import Period, PeriodKind, parse_period
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path
from tests.digests.test_digest import a_week
from tests.factories import sample_repository
from tests.factories.git_repositories import at
from tests.factories.sample_repository import WEEK, run_job, settings_for, store_of
from tests.strategies.git_history import RepositoryLog, commit

LATER = "2025-12-05T06:00:00+00:00"
PERIOD = parse_period(PeriodKind.WEEKLY, WEEK)


def published_then_late(folder: Path, policy: Literal["weeks_and_months", "never"]) -> Settings:
    """Publish a week, then publish it again after one of its commits arrived late."""
    story = sample_repository.history()
    path = story.at_path(folder / "newsroom")
    settings = settings_for(folder / "home", [path], digests={"corrections": policy})
    assert run_job(settings, "collect", "2025-11-10", "2025-11-16").success
    assert run_job(settings, "weekly", WEEK).success
    story.commit("feat: pushed days later", at("2025-11-13T15:00"))
    story.into(path)
    assert run_job(settings, "collect", "2025-11-10", "2025-11-16", now=LATER).success
    assert run_job(settings, "weekly", WEEK, now=LATER).success
    return settings


def text_of(settings: Settings, part: str = "digest") -> str:
    return store_of(settings).read_text(digest_path(PERIOD.kind, Audience.INTERNAL, part), WEEK)


def rendered_of(settings: Settings, part: str = "digest") -> ProductManifest:
    return store_of(settings).read_document(digest_path(PERIOD.kind, Audience.INTERNAL, part), WEEK, ProductManifest)


def insight_of(settings: Settings, part: str = INSIGHT_PART) -> Insight:
    return store_of(settings).read_document(digest_path(PERIOD.kind, Audience.INTERNAL, part), WEEK, Insight)


@pytest.mark.slow
def test_corrected_week_lists_changes_and_links_first_edition(tmp_path: Path) -> None:
    settings = published_then_late(tmp_path, "weeks_and_months")
    text, manifest = text_of(settings), rendered_of(settings)
    assert manifest.edition == 2
    assert "> - Commits: 8 (7 in the first edition).\n" in text
    assert "> - Added since the first edition: " in text
    assert "> [The first edition](week-2025-46-first-edition.md)\n" in text
    assert "Pushed days later" in text
    first, first_manifest = text_of(settings, FIRST_EDITION_PART), rendered_of(settings, FIRST_EDITION_PART)
    assert "Pushed days later" not in first
    assert list(find_ungrounded(first, first_manifest, insight_of(settings, FIRST_INSIGHT_PART))) == []
    assert rendered_of(settings, "blog_post").corrections == manifest.corrections
    # Once more without news: the same edition, the same bytes.
    assert run_job(settings, "weekly", WEEK, now=LATER).success
    assert (text_of(settings), rendered_of(settings)) == (text, manifest)


def test_text_that_may_not_be_corrected_stays_unchanged(tmp_path: Path) -> None:
    settings = published_then_late(tmp_path, "never")
    manifest = rendered_of(settings)
    assert (manifest.edition, manifest.corrections) == (1, ())
    assert "Pushed days later" not in text_of(settings)
    assert list(find_ungrounded(text_of(settings), manifest, insight_of(settings))) == []
    newest = store_of(settings).read_document("insights/weekly", WEEK, Insight)
    assert "Pushed days later" in {change.title for change in newest.stories.changes}


def test_corrections_name_changed_numbers_and_added_references() -> None:
    more = RepositoryLog("acme/web-2.0", None, "ok", (commit(5, "fix: stop it"),), ())
    first, now = a_week().insight(), a_week(more).insight()
    corrections = list(list_corrections(first, now))
    assert "Commits: 4 (3 in the first edition)." in corrections
    assert corrections[-1].startswith("Added since the first edition: ")
    assert not facts_changed(now, now)


def test_corrections_for_the_public_name_no_removed_references() -> None:
    more = RepositoryLog("acme/web-2.0", None, "ok", (commit(5, "fix: stop it"),), ())
    first, now = a_week(more).insight(), a_week().insight()
    assert any(line.startswith("Removed since the first edition: ") for line in list_corrections(first, now))
    assert not any(
        line.startswith("Removed since the first edition: ")
        for line in list_corrections(first, now, with_lost_references=False)
    )


@pytest.mark.parametrize(
    ("policy", "kinds"),
    [("always", {"daily", "weekly", "monthly"}), ("weeks_and_months", {"weekly", "monthly"}), ("never", set())],
)
def test_correction_policy_decides_by_kind(
    policy: Literal["always", "weeks_and_months", "never"], kinds: set[str]
) -> None:
    from sparky_assets.digests.editions import may_correct

    assert {kind.value for kind in PeriodKind if may_correct(policy, kind)} == kinds
    assert isinstance(PERIOD, Period)
