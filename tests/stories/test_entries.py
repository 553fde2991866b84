"""What is quoted about a change: its changelog entry, and labels that its words bear out."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceKind, SourceText
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.edges import find_edges
from sparky_assets.stories.grouping.shared_words import find_shared_words
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from tests.stories.record_helpers import make_record

KEYS: dict[SourceKind, str] = {"change_note": "note:acme/tool@1:CHANGES.rst", "message": "message:acme/tool@1"}


def tell(title: str, limit: int = 2, **texts: str) -> list[str]:
    """Return what is printed about a change with a message and the lines that it added to a changelog."""
    kinds: dict[str, SourceKind] = {"entry": "change_note", "message": "message"}
    sources = {
        KEYS[kinds[name]]: SourceText(
            key=KEYS[kinds[name]], kind=kinds[name], repository="acme/tool", text=text, title=title
        )
        for name, text in texts.items()
    }
    change = make_record(1, title, sources=tuple(sources), paths=("tool/maps.py",)).change
    return [sentence.text for sentence in QuotationChooser(DocumentLibrary(sources)).tell(change, limit)]


def test_changelog_entry_of_a_change_says_what_it_does() -> None:
    entry = "-   ``Map`` takes a ``night`` parameter to draw in the dark.\n"
    entry += "    If ``night`` is set, it is ignored at noon. :issue:`5`\n"
    assert tell("improve maps at night", entry=entry)[0] == (
        "Its changelog entry says: “`Map` takes a `night` parameter to draw in the dark.”"
    )


def test_changelog_entry_is_no_state_before_the_change() -> None:
    entry = "-   Maps are drawn in the dark. If a map cannot be drawn, an error is raised by the printer. :pr:`5`\n"
    assert not [text for text in tell("improve maps", entry=entry) if text.startswith(("Before:", "What went wrong:"))]


def test_entry_that_repeats_the_title_is_not_quoted() -> None:
    assert (
        tell("Add missing shell completions for maps", entry="- Add missing shell completions, see #12 (@ada)\n") == []
    )


def test_message_that_says_the_effect_well_is_quoted_before_the_entry() -> None:
    message = "## User-facing changes\n\nYou can now draw maps in the dark and print 40 % faster than before.\n"
    told = tell("improve maps", limit=1, entry="- Maps of the harbour have a lamp.\n", message=message)
    assert told[0].startswith("The message says: “You can now draw maps")


def test_notes_of_a_release_that_a_change_added_are_no_entry() -> None:
    entries = "".join(f"- The map number {number} is drawn in the dark.\n" for number in range(12))
    assert not [text for text in tell("Prepare the maps", entry=entries) if "map number 0" in text]


@pytest.mark.parametrize(
    ("sentence", "is_before"),
    [
        ("This skips potentially expensive drawing of maps that are not relevant for the night.", False),
        ("If no map is given, the drawing is ignored by the printer of the harbour.", False),
        ("Maps were silently ignored by the printer of the harbour when it was dark.", True),
        ("We currently ignore maps that the printer of the harbour could draw.", True),
    ],
)
def test_label_before_needs_words_about_the_past(sentence: str, is_before: bool) -> None:
    told = tell("Improve maps", message=sentence)
    assert any(text.startswith("Before:") for text in told) is is_before


@pytest.mark.parametrize(
    "sentence",
    [
        "So that map of the harbour is not going away.",
        "Leading to the map being drawn twice because it failed.",
    ],
)
def test_fragment_of_a_sentence_is_not_quoted(sentence: str) -> None:
    assert not [text for text in tell("Draw maps", message=sentence) if sentence[:12] in text]


def _land(number: int, title: str, second: int = 0, author: str = "ada") -> ChangeRecord:
    record = make_record(number, title, author=author)
    landed_at = datetime(2026, 3, 9, 12, 0, second, tzinfo=UTC)
    change = record.change.model_copy(
        update={"number": None, "landed_at": landed_at, "key": f"commit:acme/tool@{number}"}
    )
    return replace(record, change=change)


def test_commits_of_a_rebased_branch_with_a_common_word_are_joined() -> None:
    selectors = (_land(1, "Draw the harbour in ink"), _land(2, "Cache the harbour at night"))
    assert [edge.reason for edge in find_edges(selectors) if "same second" in edge.reason]


def test_commits_of_one_second_without_a_common_word_stay_apart() -> None:
    assert not find_edges((_land(1, "Draw the harbour"), _land(2, "Lock the printer")))
    assert not find_edges((_land(1, "Draw the harbour in ink"), _land(2, "Cache the harbour at night", author="bob")))
    assert not find_edges((_land(1, "Draw the harbour in ink"), _land(2, "Cache the harbour at night", second=9)))


def test_shared_words_of_titles_end_with_no_preposition() -> None:
    assert find_shared_words(["Update Harbour.Map to return it", "Change Harbour.Map to be null"]) == ""
    assert find_shared_words(["Make sure harbours are lit", "Make sure to skip piers"]) == ""  # gleam
    assert find_shared_words(["Draw the injected script", "Close the injected script to it"]) == "injected script"


@pytest.mark.parametrize("other", [" (#9)", ""])
def test_entry_of_another_change_in_the_same_lines_is_not_quoted(other: str) -> None:
    entry = f"- Maps take a token of the harbour (#1)\n- Maps are printed before the tide comes{other}\n"
    assert tell("Add maps with a token", entry=entry) == [
        "Its changelog entry says: “Maps take a token of the harbour”."
    ]


def tell_entries(title: str, *entries: str) -> list[str]:
    """Return what is printed about a change that added several entries, each in a file of its own."""
    sources = {
        f"note:acme/tool@1:.changeset/{number}.md": SourceText(
            key=f"note:acme/tool@1:.changeset/{number}.md", kind="change_note", repository="acme/tool", text=entry,
            title=title,
        )
        for number, entry in enumerate(entries)
    }  # fmt: skip
    change = make_record(1, title, sources=tuple(sources), paths=("tool/tide_rules.py", "tool/gulls.py")).change
    return [sentence.text for sentence in QuotationChooser(DocumentLibrary(sources)).tell(change, 1)]


NEW_RULE = "Added the nursery rule `noTideMaps`. The tool now reports maps of the tide that no one reads.\n"
FIXED_RULE = "Fixed `sortedGulls` to find gulls that the rules of the tide miss, such as those in nested nets.\n"


def test_entry_that_names_the_subject_of_a_title_is_quoted_of_several() -> None:
    quoted = "Its changelog entry says: “The tool now reports maps of the tide that no one reads.”"
    assert tell_entries("Add nursery rule noTideMaps", NEW_RULE, FIXED_RULE) == [quoted]
    assert tell_entries("Add nursery rule noTideMaps", FIXED_RULE, NEW_RULE) == [quoted]


def test_entry_with_most_words_of_a_title_is_quoted_of_several() -> None:
    entries = (
        "Fixed rules that read the tide of overloads twice.",
        "Fixed types of the chain in a tide that ends early.",
    )
    told = tell_entries("Regression in types of the chain in a tide", *entries)
    assert told == ["Its changelog entry says: “Fixed types of the chain in a tide that ends early.”"]
