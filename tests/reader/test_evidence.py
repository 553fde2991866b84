"""Every sentence of a digest links to its evidence: for random organisations, in a store, and on each kind of page."""

import re

import pytest
from hypothesis import given
from starlette.testclient import TestClient

from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.verify.allowed_content import is_label, normalize
from sparky_assets.insights.models import Insight
from sparky_assets.periods import Period
from sparky_assets.reader.annotate import build_blocks
from sparky_assets.reader.evidence import MAX_EVIDENCE, EvidenceIndex
from sparky_assets.reader.pages.digests import list_shown_keys
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path
from sparky_assets.stories.models import SentencePart, StorySentence
from tests.factories import reader_store
from tests.factories.github_week import insight_of, pull, raw_of
from tests.factories.products import made
from tests.factories.sample_repository import store_of
from tests.strategies.effort import limit_examples
from tests.strategies.git_history import WEEK, RepositoryLog, World, commit, worlds

URL = "https://github.com/acme/tool"


def bare(markdown: str, rendered: ProductManifest, insight: Insight) -> list[str]:
    """Return the stretches of a text that are words without evidence, and no names of what follows."""
    labels = {normalize(one) for one in rendered.labels}
    found = []
    for block in build_blocks(markdown, EvidenceIndex(insight, rendered).matcher):
        for one in (*block.sentences, *(row[0] for row in block.rows[1:])):
            words = normalize(re.sub(r"<[^>]*>", "", one.html)).strip(" .,;:*“”()")
            is_name = words in labels or (block.kind == "p" and is_label(words))
            if not block.is_heading and one.key is None and any(map(str.isalnum, words)) and not is_name:
                found.append(one.html)
    return found


@limit_examples(60)
@given(worlds())
def test_every_sentence_of_any_digest_has_its_evidence(world: World) -> None:
    insight = world.insight()
    composed, rendered = made(insight, urls=world.urls())
    assert bare(composed.text, rendered, insight) == []
    grounds = EvidenceIndex(insight, rendered)
    shown = list_shown_keys(build_blocks(composed.text, grounds.matcher))
    # A sentence may be printed twice, in a list and in its story; its words are then shown with one of the two keys.
    words_by_key = {f"story:{number}": sentence.text for number, sentence in enumerate(rendered.sentences)}
    printed = {sentence.text for story in composed.digest.edition.stories for sentence in story.sentences}
    assert {text for text in printed if any(map(str.isalnum, text))} <= {words_by_key.get(key) for key in shown}
    for ground in map(grounds.find_evidence, shown):
        assert ground.evidence or ground.facts


@pytest.mark.parametrize("period", [*reader_store.DAYS, reader_store.WEEK, reader_store.MONTH], ids=str)
@pytest.mark.parametrize("audience", Audience)
def test_every_sentence_of_a_stored_digest_has_its_evidence(
    printed: Settings, period: Period, audience: Audience
) -> None:
    store = store_of(printed)
    name = digest_path(period.kind, audience)
    insight = store.read_document(digest_path(period.kind, audience, "insight"), period.key, Insight)
    rendered = store.read_document(name, period.key, ProductManifest)
    assert bare(store.read_text(name, period.key), rendered, insight) == []


def test_unknown_sentence_has_no_mark(printed: Settings) -> None:
    store = store_of(printed)
    name = digest_path(reader_store.WEEK.kind, Audience.INTERNAL)
    insight = store.read_document(
        digest_path(reader_store.WEEK.kind, Audience.INTERNAL, "insight"), reader_store.WEEK.key, Insight
    )
    rendered = store.read_document(name, reader_store.WEEK.key, ProductManifest)
    foreign = "Morale has never been better than this week."
    assert bare(f"{store.read_text(name, reader_store.WEEK.key)}\n\n{foreign}\n", rendered, insight) == [foreign]


def test_people_titles_and_notes_about_the_digest_have_evidence(inside: TestClient) -> None:
    text = inside.get("/week/2025-W46").text

    def note_behind(words: str) -> str:
        target = re.search(rf'{words}.*?popovertarget="(s\d+)"', text, re.DOTALL)
        assert target, words
        return text.split(f'popover id="{target[1]}"', 1)[1].partition("</div>\n\n")[0]

    assert "records of" in note_behind("Everything between quotation marks")
    assert "https://github.com/acme/newsroom/pull/7" in note_behind("Add a morning edition")


def test_long_list_of_records_is_cut_with_a_count() -> None:
    change = World(WEEK, (RepositoryLog("acme/tool", URL, "ok", tuple(commit(n, f"Part {n}") for n in range(12)), ()),))
    insight = change.insight()
    parts = tuple(
        SentencePart(kind="title", text=f"{item.title} ", evidence=item.key, url=item.url)
        for item in insight.stories.changes
    )
    sentence = StorySentence(template="TEST", parts=parts)
    _, rendered = made(insight)
    grounds = EvidenceIndex(insight, rendered.model_copy(update={"sentences": (sentence,)}))
    ground = grounds.find_evidence("story:0")
    assert len(insight.stories.changes) == 12
    assert (len(ground.evidence), ground.more) == (MAX_EVIDENCE, 12 - MAX_EVIDENCE)


def test_words_of_an_issue_lead_to_the_change_that_closes_it() -> None:
    closed = {"repository": "acme/tool", "number": 7, "title": "No docks", "labels": [],
              "body": "The gauge crashes on lists without docks."}  # fmt: skip
    raw = raw_of(pull_requests=[pull(5, "Fix empty lists", commit="5" * 40, closing_issues=[closed])])
    insight = insight_of(raw)
    composed, rendered = made(insight)
    assert f"({URL}/issues/7) reports: “{closed['body']}”" in composed.text
    index = EvidenceIndex(insight, rendered)
    keys = list_shown_keys(build_blocks(composed.text, index.matcher))
    words = {f"story:{number}": sentence.text for number, sentence in enumerate(rendered.sentences)}
    (key,) = (key for key in keys if words.get(key, "").startswith("#7 reports"))
    assert [item.key for item in index.find_evidence(key).evidence] == ["pr:acme/tool#5"]
