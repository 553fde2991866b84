"""Holes that messages of fixes tell, without an advisory: their rows, their place and the headline of their release."""

from pathlib import Path

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import Quotation, SourceText
from sparky_assets.stories.models import BoxRow, SentencePart, StorySentence
from sparky_assets.stories.printing.box.repeated_rows import join_repeated_row
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.quoting.labels import join_neighbours
from sparky_assets.stories.printing.sentences import quote_sentence
from sparky_assets.stories.rank import StoryPlace, rank_record
from sparky_assets.text.upgrades import names_security, tells_hole
from tests.stories.record_helpers import make_record
from tests.stories.test_released import build_stories, lay_out, list_rows, make_history

HOLE = "Reading the log of a pier allows visitors to bypass their deny permissions."


@pytest.mark.parametrize(
    ("message", "is_hole"),
    [
        (HOLE, True),
        ("An attacker could read the keys of all piers.", True),
        ("The log may leak the passwords of visitors.", True),
        ("A remote client can stop the lamp.", True),
        ("Readers can bypass the cache of the map.", False),
        ("The parser leaked tokens of a map.", False),
        ("A client can stop the lamp.", False),
    ],
)
def test_message_names_a_hole_if_it_says_how_people_use_it(message: str, is_hole: bool) -> None:
    assert tells_hole(message) is is_hole


@pytest.mark.parametrize(("title", "is_security"), [("fix: read the log", True), ("feat: read the log", False)])
def test_only_a_fix_closes_the_hole_that_its_message_names(title: str, is_security: bool) -> None:
    change_type, _, subject = title.partition(": ")
    place, _ = rank_record(make_record(1, subject, message=HOLE, type=change_type))
    assert (place == StoryPlace.SECURITY) is is_security


def test_fix_whose_message_names_a_hole_is_a_row_about_security(tmp_path: Path) -> None:
    fix, new = f"fix: block readers of the log\n\n{HOLE}", "Make the limit configurable, default raised to 9"
    stories = build_stories(make_history(fix, new, "Add the log of a pier"), tmp_path)
    assert list_rows(stories)[0] == ("Security in 2.0.0", f"Block readers of the log. The message says: “{HOLE}”")
    assert lay_out(stories).headline == f"tool 2.0.0 is out: one security fix; {new}"


def make_quotations(message: str, *sentences: str) -> tuple[list[StorySentence], dict[str, SourceText]]:
    source = SourceText(key="message", kind="message", repository="acme/tool", text=message, title="Fix the lock")
    spans = [
        Quotation(source="message", start=start, end=start + len(sentence), text=sentence)
        for sentence in sentences
        for start in [message.index(sentence)]
    ]
    first = quote_sentence("Q-WENT", "quotes.went_wrong", spans[0])
    return [first, *(quote_sentence("Q-ADDS", "quotes.adds", span) for span in spans[1:])], {"message": source}


def test_neighbouring_quotations_are_one_in_the_order_of_the_message() -> None:
    earlier, later = "A key may hold spaces alone.", "Reading such a key failed."
    told = join_neighbours(*make_quotations(f"{earlier} {later}\n", later, earlier))
    assert [sentence.text for sentence in told] == [f"What went wrong: “{earlier} {later}”"]


def test_quotations_of_two_paragraphs_stay_two() -> None:
    earlier, later = "A key may hold spaces alone.", "Reading such a key failed."
    sentences, sources = make_quotations(f"{earlier}\n\n{later}\n", later, earlier)
    assert join_neighbours(sentences, sources) == sentences


@pytest.mark.parametrize(
    "text",
    [
        "Require keys of letters and handle errors of the lock to prevent a crash of the harbour.",
        "Copy the list of keys before it is handed on, so the shared list never fails for another reader.",
        # dune
        "Wait for the lock of the harbour with a loop, so missed calls cannot make all keys return too early or hang.",
        "A harbour that does not name its keys no longer has all of them added by the lock, which fails without them.",
        "And then rethrow the error of the lock if no key of the harbour can recover, or fail at once.",  # hugo
        # pip
        "The checks of all harbours falsely claim that there are unused keys with this change of the lock.",
    ],
)
def test_order_to_prevent_a_fault_is_not_what_went_wrong(text: str) -> None:
    source = SourceText(key="message", kind="message", repository="acme/tool", text=text, title="Fix the lock")
    change = make_record(9, "Fix keys of spaces", type="fix", sources=("message",)).change
    told = QuotationChooser(DocumentLibrary({"message": source})).tell(change, 2)
    assert [sentence.text for sentence in told] == [f"The message says: “{text}”"]


def test_noun_that_is_a_verb_elsewhere_may_say_what_went_wrong() -> None:
    text = "Cache keys were lost in error, and all readers of the harbour failed."
    source = SourceText(key="message", kind="message", repository="acme/tool", text=text, title="Fix the lock")
    change = make_record(9, "Fix keys of spaces", type="fix", sources=("message",)).change
    told = QuotationChooser(DocumentLibrary({"message": source})).tell(change, 2)
    assert [sentence.text for sentence in told] == [f"What went wrong: “{text}”"]


@pytest.mark.parametrize(
    "text",
    [
        "The keys of the harbour no longer work for all readers, which fail at the lock.",
        "Since the lock was changed the harbour no longer has its keys added, and all of its readers fail.",
    ],
)
def test_state_before_a_fix_is_what_went_wrong(text: str) -> None:
    source = SourceText(key="message", kind="message", repository="acme/tool", text=text, title="Fix the lock")
    change = make_record(9, "Fix keys of spaces", type="fix", sources=("message",)).change
    told = QuotationChooser(DocumentLibrary({"message": source})).tell(change, 2)
    assert [sentence.text for sentence in told] == [f"What went wrong: “{text}”"]


def make_row(label: str, text: str) -> BoxRow:
    part = SentencePart(kind="quotation", text=f"“{text}”", evidence="notes")
    return BoxRow(mark="Security", label=label, sentences=(tell("B-MARK", "box.title", place="", title=part),))


def test_changelog_line_without_a_number_joins_the_row_of_its_advisory() -> None:
    rows = [make_row("CVE-2026-1234", "Lamps are lit by anybody")]
    assert join_repeated_row(rows, make_row("Security", "Security fix: Lamps are lit by anybody"))
    assert not join_repeated_row(rows, make_row("Security", "Security fix: Piers are sold by anybody"))
    assert [row.label for row in rows] == ["CVE-2026-1234"]


@pytest.mark.parametrize(
    ("title", "is_hole"),
    [
        ("Fix CSRF failures on join buttons", False),
        ("Fix CSRF token errors behind a proxy", False),
        ("Fix missing CSRF tokens in the form", False),
        ("Fix CSRF in the form of visitors", True),
        ("Prevent CSRF on the page of settings", True),
        ("Fix XSS in titles", True),
    ],
)
def test_failing_check_against_forged_requests_is_no_hole(title: str, is_hole: bool) -> None:
    """exercism/website: forms of logged-out visitors failed the check, and the box called it a security fix."""
    assert names_security(title) is is_hole
