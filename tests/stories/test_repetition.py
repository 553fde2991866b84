"""What several parts of a product would say again is said once: releases, first commits, whose words, links."""

from dataclasses import replace
from datetime import date
from typing import Any

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.assemble import build_period_stories
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.models import PeriodStories, StoryEdge
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS
from sparky_assets.stories.printing.repetition import shorten_rest
from sparky_assets.stories.printing.sentences import limit_parts, title_link
from sparky_assets.stories.printing.verify import find_problems
from tests.stories.record_helpers import make_record
from tests.stories.test_plain_body import make_message, make_release, write_stories

NAMES = ("moon", "pier", "harbour", "gulls")
TITLES = ("Add the command moon", "Draw a pier", "Show the harbour names", "Count gulls")


def lay_out(stories: PeriodStories, sections: int = 6, people: int = 2) -> EditionContent:
    facts = EditionFacts(Period(PeriodKind.WEEKLY, date(2026, 3, 9)), "acme/tool", "UTC", 1, 0, 3, people)
    edition = build_edition(stories, facts, replace(DIGEST_LIMITS[PeriodKind.WEEKLY], stories=sections))
    assert find_problems(edition.sentences, [], stories) == {}
    return edition


def make_quoted_records(**values: Any) -> tuple[list[ChangeRecord], list[SourceText]]:
    """Return four changes, each with a message of several people that says what it does."""
    messages = [
        make_message(f"The command `{name}` now prints the {name} for all users.", None).model_copy(
            update={"key": f"message{number}"}
        )
        for number, name in enumerate(NAMES)
    ]
    records = [
        make_record(number, title, sources=(f"message{number}",), **values) for number, title in enumerate(TITLES)
    ]
    return records, messages


def list_texts(edition: EditionContent) -> list[str]:
    return [" ".join(sentence.text for sentence in story.sentences) for story in edition.stories]


def test_first_story_says_for_all_that_a_release_does_not_hold_them() -> None:
    records, messages = make_quoted_records()
    texts = list_texts(lay_out(write_stories(records, *messages, releases=(make_release("v1.0.0"),))))
    assert texts[0].endswith(
        "The change, from ada, is not in tool 1.0.0, and neither are those of the next three stories."
    )
    assert [text.rpartition("” ")[2] for text in texts[1:]] == ["The change is from ada."] * 3


def test_two_stories_that_a_release_does_not_hold_say_it_each() -> None:
    records, messages = make_quoted_records()
    records = [
        replace(record, change=record.change.model_copy(update={"releases": ("v1.0.0",)})) if number % 2 else record
        for number, record in enumerate(records)
    ]
    texts = list_texts(lay_out(write_stories(records, *messages, releases=(make_release("v1.0.0"),))))
    assert sum(text.endswith("The change, from ada, is not in tool 1.0.0.") for text in texts) == 2


def test_first_commit_that_the_people_name_is_not_said_in_a_story() -> None:
    records, messages = make_quoted_records(is_first_contribution=True)
    stories = write_stories(records[:1], *messages)
    assert stories.newcomers
    assert list_texts(lay_out(stories)) == [
        "The message says: “The command `moon` now prints the moon for all users.” The change is from ada."
    ]


def test_entries_of_a_changelog_are_introduced_once() -> None:
    entries = [
        SourceText(
            key=f"note:acme/tool@{number}:CHANGES.md", kind="change_note", repository="acme/tool", title="",
            text=f"- The command `{name}` prints the {name} for all users at night.\n",
        )
        for number, name in enumerate(NAMES)
    ]  # fmt: skip
    records = [
        make_record(number, title, sources=(entries[number].key,), paths=("tool/maps.py",))
        for number, title in enumerate(TITLES)
    ]
    edition = lay_out(write_stories(records, *entries), sections=2)
    labels = [text.partition("“")[0] for text in list_texts(edition)]
    assert labels == ["ada’s changelog entry says: ", "ada’s entry: "]
    in_lists = [item.sentences[1].text for item in edition.also]
    assert len(in_lists) == 2
    assert all(text.startswith("“The command ") for text in in_lists)


def test_documents_are_listed_only_where_there_is_little_other_news() -> None:
    guide = make_record(1, "Update the footer of the guide", paths=("README.md",))
    titles = ("Draw the moon above the pier", "Read the tides of a harbour", "Keep gulls off the lamp")
    code = [make_record(number, title, paths=("tool/maps.py",)) for number, title in enumerate(titles, start=2)]
    listed = [key for item in lay_out(write_stories([guide, *code])).also for key in item.changes]
    assert len(listed) == 3
    assert guide.change.key not in listed
    few = lay_out(write_stories([guide, *code[:2]])).also
    assert guide.change.key in [key for item in few for key in item.changes]


def test_documents_are_no_headline_beside_code() -> None:
    guide = make_record(1, "Add a tour of the pier to the manual", type="docs", message="It names each of them. " * 30)
    code = [make_record(2, "Draw the moon above the pier"), make_record(3, "Read the tides of a harbour")]
    assert "manual" not in lay_out(write_stories([guide, *code])).headline


def test_person_who_made_all_changes_is_named_in_the_line_of_counts_alone() -> None:
    records, messages = make_quoted_records()
    titles = ("Draw the tides", "Keep all moons", "maps: Remove the old piers of gulls")
    plain = [make_record(number, title) for number, title in enumerate(titles, start=8)]
    edition = lay_out(write_stories([*records, *plain], *messages), people=1)
    assert [text for text in list_texts(edition) if "ada" in text] == []
    assert sorted(item.sentences[0].text for item in edition.also) == [
        "Draw the tides.", "Keep all moons.", "maps: Remove the old piers of gulls.",
    ]  # fmt: skip
    assert edition.counts
    assert edition.counts.text == "Three changes, from ada."


def test_quotation_of_a_message_names_its_author_in_front() -> None:
    message = make_message("The map lost its piers because the tide was read as the height of a pier.", "ada")
    fix = make_record(1, "Fix the piers of the map", sources=(message.key,), type="fix")
    (text,) = list_texts(lay_out(write_stories([fix], message)))
    assert text == (
        "What went wrong, in ada’s words: “The map lost its piers because the tide was read as the height of a pier.”"
    )


def test_changes_of_one_person_are_one_item_of_the_last_list() -> None:
    titles = ("Draw the tides", "Keep all moons", "Count the gulls of all piers")
    records = [
        make_record(number, title, author="grace" if number == 1 else "ada") for number, title in enumerate(titles)
    ]
    edition = lay_out(write_stories(records), sections=0)
    assert [item.sentences[0].text for item in edition.also] == [
        "From ada: Draw the tides and Count the gulls of all piers.",
        "From grace: Keep all moons.",
    ]


def test_line_of_counts_names_bots_beside_the_only_person() -> None:
    records = [make_record(1, "Draw the tides"), make_record(2, "Keep all moons")]
    bot = make_record(3, "Sort the piers", author="gull[bot]", is_bot=True)
    edition = lay_out(write_stories([*records, bot]), people=1)
    assert edition.counts
    assert edition.counts.text == "Three changes, from ada and bots."


def test_state_before_a_fix_that_names_no_failure_has_a_label() -> None:
    message = make_message("The idle screen showed the logo of the harbour to all users at night.", None)
    fix = make_record(1, "Fix the idle screen at night", sources=(message.key,), type="fix")
    texts = list_texts(lay_out(write_stories([fix], message)))
    assert texts[0].startswith("Before: “The idle screen showed the logo of the harbour to all users at night.”")


def test_work_that_a_message_names_is_no_state_before_a_fix() -> None:
    message = make_message("Moved the logo of the idle screen to the pier for all users at night.", None)
    fix = make_record(1, "Fix the idle screen at night", sources=(message.key,), type="fix")
    (text,) = list_texts(lay_out(write_stories([fix], message)))
    assert text.startswith("The message says: “Moved the logo")


def test_story_whose_first_change_says_nothing_is_headed_by_one_that_does() -> None:
    message = make_message("The command `moon` now prints the moon for all users.", "ada")
    edges = [StoryEdge(first="pr:acme/tool#1", second="pr:acme/tool#2", reason="both name `moon`", weight=1.0)]
    records = [
        make_record(1, "Draw the `moon`"),
        make_record(2, "Add a command for the `moon`", sources=(message.key,)),
    ]
    groups = build_stories(records, edges=edges)
    library = DocumentLibrary({message.key: message})
    stories = build_period_stories(records, groups, (), library, "UTC", known_containment={"acme/tool"})
    (story,) = lay_out(stories).stories
    assert story.heading.text == "New: a command for the `moon`"
    assert [sentence.text for sentence in story.sentences][1:] == ["With it: Draw the `moon`."]


def test_doubt_of_an_author_is_no_fault() -> None:
    message = make_message(
        "I have not seen the crash of the map at night, it is something I noticed by reading.", "ada"
    )
    fix = make_record(1, "Fix a crash of the map at night", sources=(message.key,), type="fix")
    (text,) = list_texts(lay_out(write_stories([fix], message)))
    assert text.startswith("ada writes: “I have not seen")


def test_documents_have_no_section_beside_three_of_code() -> None:
    records, messages = make_quoted_records(paths=("tool/maps.py",))
    guide = records[0].change.model_copy(update={"paths": ("docs/moon.md", "changelog.d/1.doc")})
    records[0] = replace(records[0], change=guide)
    assert [story.group.head for story in lay_out(write_stories(records, *messages)).stories] == [
        record.change.key for record in records[1:]
    ]


def test_first_story_says_for_all_which_release_holds_them() -> None:
    releases = (make_release("v1.0.0"), make_release("v1.0.1"))
    records, messages = make_quoted_records(releases=("v1.0.1",))
    plain = [
        make_record(number, title, releases=("v1.0.0",))
        for number, title in enumerate(("Sell maps", "Ring bells", "Mend nets", "Paint boats", "Tie ropes"), start=20)
    ]
    texts = list_texts(lay_out(write_stories([*records, *plain], *messages, releases=releases)))
    assert texts[0].endswith("The change, from ada, is in tool 1.0.1, and so are those of the next three stories.")
    assert not any("is in tool" in text for text in texts[1:])


def test_two_stories_of_one_heading_are_one_section() -> None:
    records, messages = make_quoted_records()
    again = records[1].change.model_copy(update={"raw_title": TITLES[0], "title": TITLES[0]})
    headings = [
        story.heading.text
        for story in lay_out(write_stories([records[0], replace(records[1], change=again)], *messages)).stories
    ]
    assert headings == ["New: the command moon"]


def test_work_on_the_build_has_no_section_beside_three_others() -> None:
    records, messages = make_quoted_records(paths=("tool/maps.py",))
    records[0] = replace(records[0], change=records[0].change.model_copy(update={"type": "build"}))
    heads = [story.group.head for story in lay_out(write_stories(records, *messages)).stories]
    assert heads == [record.change.key for record in records[1:]]


def test_others_of_a_story_in_a_list_are_with_its_first_change() -> None:
    changes = [make_record(number, f"Draw {name}").change for number, name in enumerate(NAMES[:2])]
    links = [title_link(change.model_copy(update={"url": f"https://x.y/{change.number}"})) for change in changes]
    sentence = tell("S-REST", "stories.others", titles=limit_parts(links, 2))
    assert shorten_rest(sentence).text == "With it: Draw moon and Draw pier."


def test_changes_of_code_that_users_do_not_meet_have_no_section() -> None:
    messages = [
        make_message(f"The function `{name}_map` now waits for the {name} of all users.", "ada").model_copy(
            update={"key": f"message{number}"}
        )
        for number, name in enumerate(NAMES)
    ]
    titles = ("Make moon_map() hold its lantern", "Keep pier_map() off the lantern",
              "Read harbour_map() by lantern", "Sort gulls_map() with one lantern")  # fmt: skip
    records = [make_record(number, title, sources=(f"message{number}",)) for number, title in enumerate(titles)]
    (first, *others) = [record.change.key for record in records]
    edges = [StoryEdge(first=first, second=other, reason="both name `lantern`", weight=1.0) for other in others]
    library = DocumentLibrary({message.key: message for message in messages})
    groups = build_stories(records, edges=edges)
    stories = build_period_stories(records, groups, (), library, "UTC", known_containment={"acme/tool"})
    assert [(group.subject, group.shared_words) for group in groups] == [("lantern", "")]
    assert [story.is_worth_a_section for story in stories.stories] == [False]


def test_change_that_the_box_quotes_is_in_no_list_with_its_chores() -> None:
    notes = SourceText(
        key="notes:acme/tool@v1.0.0", kind="release_notes", repository="acme/tool", title="",
        text="## Breaking changes\n\n- The lanterns of moon, tides and gulls were removed from all maps of the sea\n",
    )  # fmt: skip
    change = make_record(1, "Remove lanterns of moon, tides and gulls", paths=("tool/maps.py",), releases=("v1.0.0",))
    changelog = make_record(2, "Update changelog", noise="changelog", releases=("v1.0.0",))
    edges = [StoryEdge(first=change.change.key, second=changelog.change.key, reason="same day", weight=1.0)]
    page = "https://github.com/acme/tool/releases/tag/v1.0.0"
    releases = (make_release("v1.0.0").model_copy(update={"source": notes.key, "url": page}),)
    groups = build_stories([change, changelog], releases, edges=edges)
    library = DocumentLibrary({notes.key: notes})
    records = [change, changelog]
    stories = build_period_stories(records, groups, releases, library, "UTC", known_containment={"acme/tool"})
    edition = lay_out(stories)
    assert any("were removed from all maps" in row.sentences[0].text for row in edition.all_rows)
    assert edition.also == ()
