"""A theme: two words that many titles without messages share make one story of them."""

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.stories import build_stories
from tests.stories.record_helpers import make_record

PARTS = ("pier", "gull", "moon", "tide", "harbour", "anchor", "mast", "buoy", "keel")


def make_theme(message: str = "") -> list[ChangeRecord]:
    return [
        make_record(number, f"Draw the {part} with a lantern filter", message=message, author=f"person{number}")
        for number, part in enumerate(PARTS)
    ]


def find_theme(records: list[ChangeRecord]) -> tuple[str, int]:
    """Return the shared words of the largest story, and how many changes it has."""
    largest = max(build_stories(records, edges=()), key=lambda group: len(group.changes))
    return largest.shared_words, len(largest.changes)


def test_words_of_many_titles_without_messages_are_one_story() -> None:
    other = make_record(20, "Read the log of the ship")
    assert find_theme([*make_theme(), other]) == ("lantern filter", len(PARTS))


def test_changes_that_messages_explain_are_stories_of_their_own() -> None:
    message = "The lantern filter was drawn twice for every pier of the harbour, so that sailors lost their way. " * 3
    assert find_theme(make_theme(message)) == ("", 1)


def test_few_titles_or_common_words_are_no_theme() -> None:
    assert find_theme(make_theme()[:5]) == ("", 1)
    common = [make_record(number, f"Show the error message of {part}") for number, part in enumerate(PARTS)]
    assert find_theme(common) == ("", 1)


def test_breaking_change_stays_outside_of_a_theme() -> None:
    breaking = make_record(20, "Remove the lantern filter of ships", is_marked_breaking=True)
    assert find_theme([*make_theme(), breaking]) == ("lantern filter", len(PARTS))


WORKS = (
    "Draw the {0}", "Add a {0} element", "Make a page per {0}", "Link in a {0}", "Show the {0} by name",
    "Write a {0} to disk", "Read a {0} at night", "Count every {0}", "Sort each {0} first", "Close an open {0}",
)  # fmt: skip


def test_word_of_many_titles_of_one_person_is_a_theme() -> None:
    records = [make_record(number, title.format("barge")) for number, title in enumerate(WORKS)]
    others = [make_record(number, f"Read the log of the {part}") for number, part in enumerate(PARTS, 20)]
    assert find_theme([*records, *others]) == ("barge", len(WORKS))
    # In most titles the word is what the project is about.
    assert find_theme([*records, *others[:2]]) == ("", 1)


def test_word_of_many_titles_of_several_people_is_no_theme() -> None:
    records = [
        make_record(number, title.format("barge"), author=f"person{number}") for number, title in enumerate(WORKS)
    ]
    others = [make_record(number, f"Read the log of the {part}") for number, part in enumerate(PARTS, 20)]
    assert find_theme([*records, *others]) == ("", 1)


def make_campaign(count: int, message: str = "") -> list[ChangeRecord]:
    names = (f"{part}{number}" for number in range(3) for part in PARTS)
    titles = [f"Move {name} tests to the new harbour" for name, _ in zip(names, range(count), strict=False)]
    return [
        make_record(number, title, message=message, noise="tests" if number % 2 else None)
        for number, title in enumerate(titles)
    ]


def test_housekeeping_that_did_one_thing_many_times_is_one_story() -> None:
    # testcontainers-java, September 2025: of 54 changes 47 moved tests, and the paper said nothing of it.
    other = make_record(40, "Read the log of the ship")
    groups = build_stories([*make_campaign(20), other], edges=())
    assert [(group.kind, group.shared_words, len(group.changes)) for group in groups] == [
        ("feature", "", 1), ("campaign", "Move tests to the new harbour", 20),
    ]  # fmt: skip


def test_few_titles_of_one_form_are_no_campaign() -> None:
    others = [make_record(number, f"Read the log of {number} ships") for number in range(40, 90)]
    for records in (make_campaign(4), [*make_campaign(8), *others[:9]], [*make_campaign(14), *others]):
        assert "campaign" not in {group.kind for group in build_stories(records, edges=())}


def test_changes_of_one_form_that_messages_explain_are_no_campaign() -> None:
    message = (
        "The tests of the old harbour read the tide at night, so that two of them silently waited for the moon. " * 2
    )
    assert "campaign" not in {group.kind for group in build_stories(make_campaign(20, message), edges=())}


def test_things_that_are_added_to_one_place_are_no_campaign() -> None:
    records = [make_record(number, f"Add the {part} to the new harbour") for number, part in enumerate(PARTS)]
    assert "campaign" not in {group.kind for group in build_stories(records, edges=())}
