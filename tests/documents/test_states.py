"""What a sentence tells: the state before a change, the one after it, or how the change works."""

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SentenceContext, SourceText
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import needs_sentence_before, quote
from sparky_assets.documents.scores.points import judge_sentence
from sparky_assets.documents.states import tells_change
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from tests.stories.record_helpers import make_record

CONTEXT = SentenceContext("other", opens_block=True, is_list_item=False, title="Fix a crash of the night map")


@pytest.mark.parametrize(
    ("sentence", "is_fault"),
    [
        ("Piers without a name cannot be drawn, so the map now skips them.", False),
        ("The map now keeps the name, so that nothing is lost.", False),
        ("Now the map ignores piers that have no name.", False),
        ("When a pier is invalid, we will print a warning and go on.", False),
        ("Maps and bare piers are still handled.", False),
        ("Do not draw piers that have no name.", False),
        ("Rejects an empty map with an error.", False),
        ("Maps with `break` and `throws` get a colour of their own.", False),
        ("A pier without a name is left alone, and its error is ignored as before.", False),
        ("The reader ends instead of panicking at the last pier.", False),
        ("A pier without a name made the map call `draw` on nil, raising `NoMethodError`.", True),
        ("If it is set very large, we will have a stack overflow of the map.", True),
        ("The names of the piers were still renamed, even though they now point to others.", True),
        ("Reading a map is wrong (it may be better now) and blocks for a while.", True),
        ("The empty name is still drawn wrong.", True),
        ("This PR is a bug fix for maps that fail at night.", False),
        ("Validate the list of piers, and reject names that were silently lost.", False),
        ("Use `draw` for maps, so that no pier is missing.", False),
        ("Drop all lines before the map is drawn, so that none is lost.", False),
        ("Use of maps fails at night.", True),
        ("Process complete lines as they arrive so that no comment is lost.", False),
        ("The log should help to find out why a map failed.", False),
        ("The log should hold the map, but it is lost.", True),
        ("Add a regression test of the maps that were lost, drawing them at once.", False),
        ("Added regression tests in `tests/maps` for the map that panicked.", False),
        ("In order to not break old maps, the colour is simply removed.", False),
        ("Insertion, deadlock detection and removal each need one key.", False),
        ("Insertion and deadlock detection used two keys, and a map was lost.", True),
        ("Callers who relied on the colour will see it ignored with a warning.", False),
        ("Older harbours do not send a name, so the map will stop working with them.", False),
        ("tiny fix which should have been part of #16, the map failed there.", False),
        ("None of the changes fix a critical problem as far as I can tell.", False),
        ("map: raise a clear error when the pier is not a number, instead of a bare ValueError", False),
        ("map: piers without a name crash the reader", True),
        ("The pier tests now assert the names and fail on the old code.", False),
    ],
)
def test_sentence_about_the_state_after_a_change_is_no_fault(sentence: str, is_fault: bool) -> None:
    assert ("fault" in judge_sentence(sentence, CONTEXT).roles) is is_fault


@pytest.mark.parametrize(
    ("sentence", "names_internals"),
    [
        ("Guard the empty pier with a check so the map is still drawn.", True),
        ("The value is now wrapped in a list so an empty pier is a map.", True),
        ("Now we snapshot the fields we need and then release the lock.", True),
        ("Converting a map to the short style dropped its name.", False),
        ("Rename PierByID to PierByUserAndID so that the map asks for the harbour.", True),
        ("Rename the piers of a map in its menu.", False),
        ("Added accessors of the map for call sites that sort its piers.", True),
        ("The map of a pier without a name crashed at night.", False),
    ],
)
def test_sentence_about_how_a_change_works_has_fewer_points(sentence: str, names_internals: bool) -> None:
    judged = judge_sentence(sentence, CONTEXT)
    assert ("names internals -2" in judged.reasons) is names_internals


def test_sentence_of_thanks_or_tests_is_refused() -> None:
    for sentence in (
        "Contributed by @ada @ Harbour.",
        "Covered by unit tests of the map.",
        "Tests: new cases of maps.",
        "Additionally, also add tests for maps.",
        "Extend the CI coverage of maps.",
        "The map tests used a copy of the list of piers.",
    ):
        assert not judge_sentence(sentence, CONTEXT).is_quotable


def test_item_ends_in_no_link() -> None:
    text = (
        "- Updated support for the proposal [MSC4388: a very long name of a channel](https://x.y/4388) of maps at night"
    )
    document = parse_document(make_message(text))
    quoted = quote(document, document.sentences[0], 12)
    assert quoted is None or quoted.text.count("[") == quoted.text.count("]")


def test_sentence_about_an_issue_has_fewer_points() -> None:
    for sentence in ("Fixes the bug of the night map in #12.", "#9350 scoped the night map by its harbour."):
        assert "names an issue -2" in judge_sentence(sentence, CONTEXT).reasons
    assert "names an issue -2" not in judge_sentence("The night map of #12 crashed at sea.", CONTEXT).reasons


def make_message(text: str) -> SourceText:
    return SourceText(key="message", kind="message", repository="acme/tool", text=text, title=CONTEXT.title)


@pytest.mark.parametrize(
    ("sentence", "is_dependent"),
    [
        ("Such piers cannot be drawn.", True),
        ("Such as it is, the map is drawn.", False),
        ("Both now draw all piers.", True),
        ("Both maps and piers are drawn.", False),
        ("Instead, draw all piers of the map at once.", True),
        ("Instead of piers the map draws buoys.", False),
        ("It's drawn once for each of the piers.", True),
    ],
)
def test_sentence_that_points_back_needs_the_one_before(sentence: str, is_dependent: bool) -> None:
    document = parse_document(make_message(f"The map draws piers.\n\n{sentence}\n"))
    assert needs_sentence_before(document, document.sentences[-1]) is is_dependent


def test_fix_is_quoted_by_its_fault_and_not_by_its_internals() -> None:
    text = (
        "Setting `piers` to nothing made `draw` call `each` on nil,\nraising `NoMethodError` in the night map.\n"
        "The value is now wrapped with `Array(...)` so an empty night map is drawn.\n"
    )
    change = make_record(9, CONTEXT.title, sources=("message",)).change
    chooser = QuotationChooser(DocumentLibrary({"message": make_message(text)}))
    told = [sentence.text for sentence in chooser.tell(change, 2)]
    assert told[0].startswith("What went wrong: “Setting `piers` to nothing made")


def test_long_sentence_does_not_end_in_a_clause_without_a_verb() -> None:
    start = "The path of the map advanced its counter without a check, so a pier reaching the top"
    rest = f" (the last one of {'many ' * 30}piers) panicked at night."
    document = parse_document(make_message(f"{start}{rest}\n"))
    assert quote(document, document.sentences[0]) is None
    ended = parse_document(make_message(f"{start} failed{rest}\n"))
    quoted = quote(ended, ended.sentences[0])
    assert quoted is not None
    assert quoted.text == f"{start} failed"


@pytest.mark.parametrize(
    ("sentence", "is_advice"),
    [
        ("Maps can't use `draw` to find a pier at night.", False),
        ("Maps do not use `draw` for a pier at night.", False),
        ("Warnings have been displayed on how to migrate.", False),
        ("In maps of piers use `draw` for each of them.", True),
    ],
)
def test_sentence_about_what_is_not_used_is_no_advice(sentence: str, is_advice: bool) -> None:
    assert ("action" in judge_sentence(sentence, CONTEXT).roles) is is_advice


@pytest.mark.parametrize(
    ("sentence", "asks"),
    [
        ("Don't know if there is a benefit to drawing it further.", True),
        ("Should the map be drawn at night (as the pier is)?", True),
        ("I'm not sure that the map needs the pier.", True),
        ("The map is not sure to be drawn at night.", False),
    ],
)
def test_sentence_that_asks_has_fewer_points(sentence: str, asks: bool) -> None:
    assert ("asks -3" in judge_sentence(sentence, CONTEXT).reasons) is asks


@pytest.mark.parametrize(
    ("sentence", "does_something"),
    [
        ("Marks the names as fixed, so that they are not lost.", True),
        ("Improves error messages when a template fails (shows which one failed).", True),  # goreleaser
        ("Rejects `draw` without a pier.", True),
        ("Sometimes the map is lost at night.", False),
        ("Maps of the pier are lost at night.", False),
    ],
)
def test_sentence_without_a_subject_says_what_the_change_does(sentence: str, does_something: bool) -> None:
    assert tells_change(sentence) is does_something


def test_addresses_behind_a_sentence_are_not_quoted() -> None:
    text = "The map is lost at night, so let's draw it again. https://example.org/12 https://example.org/13\n"
    document = parse_document(make_message(text))
    quoted = quote(document, document.sentences[0])
    assert quoted is not None
    assert quoted.text == "The map is lost at night, so let's draw it again."


def test_dependencies_of_one_repository_are_no_items_of_notes() -> None:
    text = (
        "### Patch Changes\n\n- fix: draw the night ([#1](https://x.y/1))\n"
        "- Updated dependencies [[`0a1b2c3`](https://x.y/c)]:\n  - @acme/map@2.0.1\n  - pier@3.0.0-next.14\n"
    )
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    assert [item.text for item in list_note_items(parse_document(source))] == [
        "fix: draw the night ([#1](https://x.y/1))"
    ]


@pytest.mark.parametrize("code", ["```elixir\nhide: true\n```\n", "    hide: true\n", "~~~\nhide: true\n~~~\n"])
def test_sentence_that_goes_on_in_code_is_not_quoted(code: str) -> None:
    document = parse_document(make_message(f"You can hide the night of the map by setting\n\n{code}"))
    assert quote(document, document.sentences[0]) is None
    whole = parse_document(make_message(f"You can hide the night of the map.\n\n{code}"))
    assert quote(whole, whole.sentences[0]) is not None


@pytest.mark.parametrize(
    ("sentence", "is_flaw"),
    [
        ("Disable the csrf token and use cookies of one site.", False),
        ("Use of a csrf token of another site lets attackers in.", True),
        ("A map with a csrf token lets attackers in.", True),
    ],
)
def test_sentence_about_what_was_done_is_no_flaw(sentence: str, is_flaw: bool) -> None:
    assert ("security" in judge_sentence(sentence, CONTEXT).roles) is is_flaw


@pytest.mark.parametrize(
    "sentence",
    [
        "[6/73] Building the pier.o of the map",
        "In the map pier.c:157:7: warning: a night is lost in the map",
    ],
)
def test_output_of_a_tool_is_not_quoted(sentence: str) -> None:
    assert not judge_sentence(sentence, CONTEXT).is_quotable


def test_sentence_that_leads_on_is_quoted_for_no_change() -> None:
    text = "The night map panics rather than returning:\n\n    error: no map\n\nThe night map of a pier was lost.\n"
    change = make_record(9, CONTEXT.title, sources=("message",)).change
    chooser = QuotationChooser(DocumentLibrary({"message": make_message(text)}))
    assert [sentence.text for sentence in chooser.tell(change, 2)] == [
        "What went wrong: “The night map of a pier was lost.”"
    ]


@pytest.mark.parametrize(
    "sentence",
    ["This intentionally creates a failing test.", "Say so on the map and pin it, so that it is not lost again."],
)
def test_sentence_about_what_a_change_makes_is_no_fault(sentence: str) -> None:
    assert "fault" not in judge_sentence(sentence, CONTEXT).roles
