"""Changes of documents alone: the story says with which change their code came, and joins it in the same period."""

from datetime import UTC, datetime

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.stories.grouping.cluster import group_changes
from sparky_assets.stories.grouping.edges import find_edges
from sparky_assets.stories.models import DocumentedCode, PeriodStories, StoryGroup, StorySentence
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.verify import find_problems
from sparky_assets.stories.printing.write import StoryWriter
from sparky_assets.text.upgrades import names_documentation
from tests.stories.record_helpers import make_record

CODE = DocumentedCode(
    name="--dry-runs", path="docs/docks.md", sha=f"{1:040x}", title="feat: add dry runs",
    url="https://github.com/acme/tool/pull/1", landed_at=datetime(2025, 12, 30, 9, tzinfo=UTC),
)  # fmt: skip
PAGES = make_record(8, "Describe the docks", paths=("docs/docks.md",), documents=CODE)
SENTENCE = "It is documentation only: the code of `--dry-runs` came with Add dry runs on December 30, 2025."


def write_documented() -> StorySentence:
    change = PAGES.change
    group = StoryGroup(
        id="s", kind="feature", head=change.key, changes=(change.key,), repositories=(change.repository,), people=()
    )
    writer = StoryWriter({change.key: change}, QuotationChooser(DocumentLibrary({})), "UTC", True)
    return writer.write(group).sentences[0]


def test_documents_say_with_which_change_their_code_came() -> None:
    sentence = write_documented()
    assert sentence.text == SENTENCE
    assert [part.url for part in sentence.parts if part.url] == [CODE.url]
    assert find_problems([sentence], (), PeriodStories(changes=(PAGES.change,))) == {}


def test_other_name_title_link_or_day_of_the_code_is_a_problem() -> None:
    sentence = write_documented()
    stories = PeriodStories(changes=(PAGES.change,))
    for number, part in enumerate(sentence.parts):
        if part.evidence:
            for other in ({"text": "`--wet-runs`"}, {"url": "https://github.com/acme/tool/pull/2"}):
                parts = [*sentence.parts]
                parts[number] = part.model_copy(update=other)
                assert find_problems([sentence.model_copy(update={"parts": tuple(parts)})], (), stories)


def test_code_that_no_change_documents_is_a_problem() -> None:
    stories = PeriodStories(changes=(PAGES.change.model_copy(update={"documents": None}),))
    assert find_problems([write_documented()], (), stories)


def test_documents_and_their_code_of_one_period_are_one_story() -> None:
    code = make_record(1, "Add dry runs", author="bo", paths=("src/a.py",))
    edges = find_edges([code, PAGES])
    ((members, (edge,)),) = group_changes([code, PAGES], edges)
    assert [member.change.number for member in members] == [1, 8]
    assert edge.reason == "#8 documents `--dry-runs` of #1"


@pytest.mark.parametrize(
    ("title", "is_about"),
    [
        ("Document that the handler takes a map", True),
        ("Replace internal docs references of the pier", True),
        ("Improve the security guide for piers", True),
        ("Document store keeps its order", False),
        ("Add docs site with night maps", False),
        ("Update the map of the guided tour", False),
        ("sync: clarify what a lagging map is", True),
        ("task: explain why the pier waits", True),
        ("Clarify the error message of maps", False),
        ("Explain plans now show costs", False),
        ("Add the pier and the moon to docs", True),  # Odin
        ("Added Unlinking Section to Posix Socket Binding Documentation", True),
        ("Fix a broken link in the lamp README", True),
        ("Add lamps of every kind that the keeper knows to the docs viewer", False),
    ],
)
def test_title_about_documentation_is_known_whatever_files_it_changes(title: str, *, is_about: bool) -> None:
    assert names_documentation(title) is is_about
