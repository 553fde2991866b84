"""Weeks of an organisation without releases: what is blocked, what several repositories got, and what began."""

from datetime import UTC, datetime, timedelta

import pytest

from sparky_assets.documents.consequences.sentences import find_sign
from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.stories.models import SentencePart, Story, StoryGroup
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.products.story_lists import split_beginnings
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.shared_stories import find_shared_path
from sparky_assets.stories.printing.verify import find_problems
from sparky_assets.stories.printing.write import StoryWriter
from sparky_assets.stories.signals import read_signals
from tests.stories.record_helpers import make_record
from tests.stories.test_layout import build_stories_of, lay_out
from tests.stories.test_stories import list_groups
from tests.strategies.git_history import commit

PATH = ".claude/project.json"
TITLES = ("Add the lamp configuration", "Add the lamp configuration", "Add lamp settings", "Add a lamp file")


def make_week() -> list:
    """Return changes of four repositories that got one file under three titles, and two that changed it again."""
    records = [
        make_record(number, title, repository=f"acme/tool{number}", new_paths=[PATH])
        for number, title in enumerate(TITLES, 1)
    ]
    again = [
        make_record(number + 4, "Update the lamps to the common base", repository=f"acme/tool{number}", paths=[PATH])
        for number in (1, 2)
    ]
    return [record.change for record in (*records, *again)]


def write_story(changes: list) -> Story:
    keys = tuple(change.key for change in changes)
    group = StoryGroup(
        id="s", kind="cross_repository", head=keys[0], changes=keys, people=("ada",),
        repositories=tuple(dict.fromkeys(change.repository for change in changes)),
    )  # fmt: skip
    chooser = QuotationChooser(DocumentLibrary({}))
    return StoryWriter({change.key: change for change in changes}, chooser, "UTC", False, {}).write(group)


def test_file_that_repositories_got_under_several_titles_is_named_once() -> None:
    story = write_story(make_week())
    assert story.brief.text == "Four repositories got `.claude/project.json`."
    first, *others = [sentence.text for sentence in story.sentences]
    assert first == "Four repositories got `.claude/project.json`: tool1, tool2, tool3, and tool4."
    assert len(others) == 1
    assert "updated the lamps to the common base in two repositories" in others[0]


def test_file_of_two_repositories_or_of_one_title_is_not_named() -> None:
    changes = make_week()
    assert find_shared_path(changes[:2], 1) is None
    assert find_shared_path(changes[:4], 4) is None
    assert find_shared_path(changes[:4], 2) == (PATH, changes[:4])


def test_file_that_no_diff_added_is_a_problem() -> None:
    changes = make_week()
    story = write_story(changes)
    stories = build_stories_of(commit(1, "Add a map")).model_copy(update={"changes": tuple(changes)})
    assert find_problems([story.brief], (), stories) == {}
    (number, path) = [part for part in story.brief.parts if part.slot in {"number", "path"}]
    other = tell("C-GOT", "stories.everywhere_got_brief", number=number, path=path.model_copy(update={"text": "`a`"}))
    assert find_problems([other], (), stories) == {0: "code that no diff has: `a`"}


def test_name_of_a_project_joins_no_changes_of_another_one() -> None:
    """`OBI` is in six titles of two repositories, and one of these is named obi-mcp."""
    first = make_record(1, "Add the OBI server structure", repository="acme/obi-mcp")
    second = make_record(2, "Implement a cache with OBI tracing", repository="acme/mop")
    assert list_groups(first, second) == [[1], [2]]


def test_abbreviation_of_two_letters_joins_no_changes() -> None:
    first = make_record(1, "Add a music pipeline with AI", repository="acme/music")
    second = make_record(2, "Describe guidance for AI helpers", repository="acme/docs")
    assert list_groups(first, second) == [[1], [2]]
    first = make_record(1, "Add a music pipeline with GB10", repository="acme/music")
    second = make_record(2, "Describe guidance for GB10 helpers", repository="acme/docs")
    assert list_groups(first, second) == [[1, 2]]


def test_report_of_what_is_blocked_leads_as_a_later_change_of_its_story() -> None:
    """dgx-music: two changes before the report are about the same hardware."""
    report = (
        "Document the attempts to build GB10_lamp\n\nStatus:\n- Lamp release blocked until GB10_lamp is supported\n"
    )
    stories = build_stories_of(
        commit(1, "Check the hardware of GB10_lamp\n\nThe lamp GB10_lamp can now be detected by its colour."),
        commit(2, report),
        commit(3, "Add a map of the harbour\n\nThe map can now be drawn at night."),
    )
    first = stories.stories[0]
    assert first.group.kind == "failure"
    assert first.brief.text == "“Lamp release blocked until GB10_lamp is supported”."
    assert first.is_worth_a_section


def make_beginning(name: str) -> Story:
    change = make_record(1, "Begin", repository=f"acme/{name}").change
    day = (datetime(2026, 3, 9, tzinfo=UTC) + timedelta(hours=1)).strftime("%A")
    date = SentencePart(kind="date", text=day, url=f"https://example.org/{name}", evidence=change.key)
    repository = SentencePart(kind="datum", text=name, evidence=change.key)
    group = StoryGroup(
        id=name, kind="repository", head=change.key, changes=(change.key,), people=("ada",),
        repositories=(change.repository,),
    )  # fmt: skip
    brief = tell("G-BEGAN", "stories.began", repository=repository, date=date)
    return Story(group=group, heading=brief, brief=brief, sentences=())


def test_new_repositories_without_a_section_are_one_item() -> None:
    stories = [make_beginning("pier"), make_beginning("lamp")]
    other = write_story(make_week())
    items, rest = split_beginnings([stories[0], other, stories[1]], are_more=True)
    assert rest == [other]
    assert [item.sentences[0].text for item in items] == ["Two more repositories began: pier and lamp."]
    assert [part.url for part in items[0].sentences[0].parts if part.url] == [
        "https://example.org/pier",
        "https://example.org/lamp",
    ]
    (alone,), _ = split_beginnings(stories, are_more=False)
    assert alone.sentences[0].text == "Two repositories began: pier and lamp."


def test_only_new_repository_without_a_section_is_the_first_other_story() -> None:
    other, began = write_story(make_week()), make_beginning("pier")
    assert split_beginnings([other, began], are_more=False) == ([], [began, other])


def test_reverts_that_undo_each_other_are_no_news() -> None:
    """alphagov/frontend moved to Ruby 4, went back, and moved again: “Revert …” stood beside the move."""
    edition = lay_out(
        commit(1, "Draw the lamp of the pier"),
        commit(2, 'Revert "Draw the lamp of the pier"'),
        commit(3, 'Revert "Revert "Draw the lamp of the pier""'),
        commit(4, "Add a map of the harbour"),
        commit(5, "Turn the ship around"),
    )
    texts = [item.sentences[0].text for item in edition.also]
    assert any("drew the lamp" in text.lower() or "draw the lamp" in text.lower() for text in texts)
    assert not any("revert" in text.lower() for text in (*texts, edition.more.text if edition.more else ""))


def test_author_of_a_commit_of_another_persons_pull_request_is_known() -> None:
    """alphagov/publishing-api: Richard Towers wrote what a merge by Ynda Jas brought, and his words were left out."""
    person = SentencePart(kind="name", text="Grace Hopper", evidence="message:acme/tool@1")
    sentence = tell("P-THANKS", "quotes.person", person=person, quotation="it")
    stories = build_stories_of(commit(1, "Add a map"))
    assert find_problems([sentence], (), stories) == {0: "a name that no change has: Grace Hopper"}
    source = SourceText(
        key="message:acme/tool@1", kind="message", repository="acme/tool", text="Draw it.", author="Grace Hopper"
    )
    assert find_problems([sentence], (), stories.model_copy(update={"sources": (source,)})) == {}


@pytest.mark.parametrize(
    ("text", "is_obstacle"),
    [
        ("GPU generation blocked until PyTorch GB10 support", True),
        ("The release is blocked by a lamp", True),
        ("Deployment is still blocked pending a review", True),
        ("Blocked by #12", True),
        ("This is blocked on acme/lamp#7", True),
        ("It adds a message for when a merchant is blocked by HCB globally", False),
        ("The main thread is blocked until the lock is free", False),
        ("Stubbing a private method (blocked by the settings of Mocha)", False),
        ("Requests are blocked by the firewall", False),
    ],
)
def test_line_about_work_that_waits_is_an_obstacle(text: str, is_obstacle: bool) -> None:
    """hackclub, May 2026: a message for merchants who are blocked was the only row of the box, and led the month."""
    assert (find_sign(text) == "blocked") is is_obstacle
    assert read_signals("Change the map", f"The map.\n\n- {text}\n").is_blocked is is_obstacle
