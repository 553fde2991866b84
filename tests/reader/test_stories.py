"""The page of a story that runs over several periods, and the links to it."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from resources.storage import Storage
from sparky_assets.digests.models import INSIGHT_PART
from sparky_assets.insights.models import Insight
from sparky_assets.periods import Period
from sparky_assets.reader.formatting import story_url
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path
from sparky_assets.stories.models import Story
from tests.factories import reader_store
from tests.factories.sample_repository import store_of
from tests.reader.conftest import reading

EARLIER, LATER = reader_store.DAYS[:2]


def load_insight(store: Storage, period: Period) -> Insight:
    return store.read_document(digest_path(period.kind, Audience.INTERNAL, INSIGHT_PART), period.key, Insight)


def carry_on(settings: Settings) -> tuple[Story, Story]:
    """Mark the first story of the later day as carrying on the first one of the earlier day; return both."""
    store = store_of(settings)
    earlier = load_insight(store, EARLIER).stories.stories[0]
    insight = load_insight(store, LATER)
    story = insight.stories.stories[0]
    story = story.model_copy(
        update={
            "group": story.group.model_copy(
                update={"continues": earlier.group.id, "continues_because": "both name #12"}
            )
        }
    )
    stories = insight.stories.model_copy(update={"stories": (story, *insight.stories.stories[1:])})
    path = digest_path(LATER.kind, Audience.INTERNAL, INSIGHT_PART)
    store.write_document(path, LATER.key, insight.model_copy(update={"stories": stories}))
    return earlier, story


def test_running_story_has_a_page_that_its_digest_links_to(printed: Settings, tmp_path: Path) -> None:
    settings = reader_store.copied(printed, tmp_path)
    earlier, later = carry_on(settings)
    with reading(settings) as client:
        address = story_url(LATER, later.group.id)
        assert f'href="{address}"' in client.get(f"/day/{LATER.label}").text
        text = client.get(address).text
        assert "A story over 2 days" in text
        assert f"<h1>{earlier.brief.text.rstrip('.')}</h1>" in text
        assert "carries on the story: both name #12" in text
        assert text.index(f'href="/day/{EARLIER.label}"') < text.index(f'href="/day/{LATER.label}"')
        assert client.get(story_url(EARLIER, earlier.group.id)).text == text


@pytest.mark.parametrize(
    ("table", "headline"),
    [('[stories]\ntitle = "News: {title}."\n', "News: {}"), ('[stories]\ntitle = "no placeholder"\n', "{}")],
)
def test_story_page_is_written_in_the_phrases_of_the_owner(
    printed: Settings, tmp_path: Path, table: str, headline: str
) -> None:
    settings = reader_store.copied(printed, tmp_path)
    earlier, later = carry_on(settings)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "phrases.toml").write_text(table)
    digests = settings.digests.model_copy(update={"templates": tmp_path / "templates"})
    with reading(settings.model_copy(update={"digests": digests})) as client:
        assert later.brief.phrase == earlier.brief.phrase == "stories.title"
        link = f'href="{story_url(LATER, later.group.id)}">{headline.format(later.brief.text.rstrip("."))}</a>'
        assert link in client.get(f"/day/{LATER.label}").text
        title = headline.format(earlier.brief.text.rstrip("."))
        assert f"<h1>{title}</h1>" in client.get(story_url(LATER, later.group.id)).text


def test_unknown_story_is_a_404_of_its_period(inside: TestClient) -> None:
    given = inside.get("/story/day/2025-11-15/story:pr:acme/none%231")
    assert given.status_code == 404
    assert "has no such story" in given.text


def test_page_of_a_private_story_is_none_for_the_public(printed: Settings, outside: TestClient) -> None:
    insight = load_insight(store_of(printed), reader_store.WEEK)
    private = [story for story in insight.stories.stories if reader_store.SECRET in story.group.repositories]
    assert private
    for story in private:
        assert outside.get(story_url(reader_store.WEEK, story.group.id)).status_code == 404
