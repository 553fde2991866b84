"""What has a place in the body of a paper: sentences that users feel, steps with news, doubts that are open."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.consequences.name_lists import split_names
from sparky_assets.documents.examples import is_printable
from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import CodeExample, SentenceContext, SourceText
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import needs_sentence_before
from sparky_assets.documents.scores.points import judge_sentence
from sparky_assets.documents.states import tells_past_state
from sparky_assets.stories.grouping.shared_words import find_shared_words
from sparky_assets.stories.models import BoxRow, Story, StoryGroup
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.points import is_about_code
from sparky_assets.stories.printing.box.rows import build_box
from sparky_assets.stories.printing.phrasing import tell as tell_phrase
from sparky_assets.stories.printing.products.room import group_by_subject
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.quoting.examples import tell_example
from sparky_assets.stories.printing.sentences import simplify_quotation
from sparky_assets.stories.printing.write import StoryWriter
from sparky_assets.stories.titles.forms import shorten_title
from sparky_assets.stories.titles.parts import normalize_title
from sparky_assets.text.credits import credits_people, read_own_words
from sparky_assets.text.upgrades import tells_hole
from tests.stories.record_helpers import make_record

CONTEXT = SentenceContext("other", opens_block=True, is_list_item=False, title="Fix a crash of the night map")


def make_message(text: str, title: str, author: str = "") -> SourceText:
    return SourceText.model_validate(
        {"key": "message", "kind": "message", "repository": "acme/tool", "text": text, "title": title}
        | ({"author": author} if author else {})
    )


def tell(title: str, text: str) -> list[str]:
    change = make_record(9, title, sources=("message",)).change
    library = DocumentLibrary({"message": make_message(text, title)})
    return [sentence.text for sentence in QuotationChooser(library).tell(change, 2)]


def write_story(title: str, text: str, *others: str) -> Story:
    records = [make_record(1, title, sources=("message",), paths=("src/map.rs",))]
    records += [make_record(number, other, paths=("src/map.rs",)) for number, other in enumerate(others, 2)]
    changes = {record.change.key: record.change for record in records}
    group = StoryGroup(
        id="story:1", kind="feature", head=records[0].change.key, changes=tuple(changes),
        repositories=("acme/tool",), people=("ada",),
    )  # fmt: skip
    chooser = QuotationChooser(DocumentLibrary({"message": make_message(text, title)}))
    return StoryWriter(changes, chooser, "UTC", has_one_repository=True).write(group)


@pytest.mark.parametrize(
    ("sentence", "is_fault"),
    [
        ("Captures the piers of a map before it is drawn, so that none is lost.", False),
        ("Restores lazy names that were lost at night.", False),
        ("Render night piers as two lines when a map cannot be drawn.", False),
        ("An empty pier throws `PierError` and names the map, matching the old harbour.", False),
        ("The old map remains the strict one for those who need an error.", False),
        ("Pier captures fail at night.", True),
        ("Validates nothing that fails, and the map crashes.", False),
    ],
)
def test_sentence_about_what_a_change_does_is_no_fault_by_its_verb(sentence: str, is_fault: bool) -> None:
    assert ("fault" in judge_sentence(sentence, CONTEXT).roles) is is_fault


@pytest.mark.parametrize(
    ("sentence", "is_past"),
    [
        ("Visitors need an error on the map.", False),
        ("The lines produced by a pier end at night.", False),
        ("The map crashed on names.", True),
    ],
)
def test_word_that_only_ends_like_a_past_tense_tells_no_past(sentence: str, is_past: bool) -> None:
    assert tells_past_state(sentence) is is_past


def test_second_quotation_without_anything_for_users_is_left_out() -> None:
    effect = "You can now draw a map at night."
    aside = "Because a pier resolves options that the batch does not hold, the options are folded into one key."
    assert tell("Draw the map at night", f"{effect}\n\n{aside}\n") == [f"The message says: “{effect}”"]
    fault = "Previously a map without a lamp was silently lost."
    assert tell("Draw the map at night", f"{effect}\n\n{fault}\n")[1] == f"“{fault}”"
    weak = "Nesting of piers is capped, and a deep map cannot overflow the stack."
    assert len(tell("Draw the map at night", f"{effect}\n\n{weak}\n")) == 1


def test_second_quotation_of_a_fix_says_what_was_fixed() -> None:
    fault = "Drawing a map at night crashed on names."
    fixed = "Fixes `PierError: no lamp`, which a night map shows because a pier has no name."
    assert tell("Fix the night map", f"{fault}\n\n{fixed}\n") == [
        f"What went wrong: “{fault}”", f"It adds: “{fixed}”",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "Unblocks 14 failing harbour tests.",
        "Adds regression specs for piers that are drawn twice.",
        "Night tests that rely on the colour of a map force it.",
        "Assume A and B are maps of one pier.",
        "Adds assertPier coverage for the harbour.",
        "Some piers cannot be changed as they rely on a lamp.",
        "There are no existing tests for the lamp of a map.",
    ],
)
def test_sentence_about_tests_or_that_begins_an_explanation_is_refused(sentence: str) -> None:
    assert not judge_sentence(sentence, CONTEXT).is_quotable


def test_condition_without_a_noun_before_a_pronoun_leans() -> None:
    text = "The pier takes a lamp.\n\nWhen supplied, it throws an error of the map.\n"
    document = parse_document(make_message(text, "Draw the pier"))
    assert needs_sentence_before(document, document.sentences[-1])


@pytest.mark.parametrize(
    ("sentence", "is_doubt"),
    [
        ("The trade-off of the night map looks acceptable.", False),
        ("These are low-risk changes of the map.", False),
        ("The name of a map is optional, because old maps may not have one.", False),
        ("A long night blocked every other pier of the map.", False),
        ("The limitation of the map is documented.", False),
        ("I have not tested the map at night.", True),
        ("The map may not be drawn at night.", True),
    ],
)
def test_doubt_is_open_and_about_what_is_so_now(sentence: str, is_doubt: bool) -> None:
    change = make_record(9, "Draw the map at night", sources=("message",)).change
    library = DocumentLibrary({"message": make_message(f"{sentence}\n", change.title)})
    assert (QuotationChooser(library).tell_doubt(change) is not None) is is_doubt


def test_change_of_code_alone_has_no_section() -> None:
    inner = "It is more obvious that the root of a pier has the prefix of its harbour."
    assert not write_story("Convert the root of a pier to a relative path", f"{inner}\n").is_worth_a_section
    felt = "Users of a relative path no longer get an error of the pier."
    assert write_story("Convert the root of a pier to a relative path", f"{felt}\n").is_worth_a_section
    assert write_story("Add a relative path to the root of a pier", f"{inner}\n").is_worth_a_section


def test_steps_of_code_and_vague_titles_are_not_listed_beside_a_change() -> None:
    others = ("Update pier.rs", "Reword error", "Extract a helper from the map", "Draw piers in ports")
    story = write_story("Draw the map at night", "You can now draw the map at night.\n", *others)
    assert story.sentences[-1].text == "With it: Draw piers in ports."


def make_example(*lines: str) -> CodeExample:
    return CodeExample(language="sh", lines=lines, source="message", start=0, end=9)


def test_example_that_would_ping_someone_is_not_printed() -> None:
    assert not is_printable(make_example('"name": "@pier/map"'))
    assert is_printable(make_example('"name": "pier-map"'))


def test_single_line_without_words_of_the_title_is_no_example() -> None:
    title = "Unwrap the lamps of a map"
    text = "## Summary\n\nLamps are numbers.\n\n```\n{}\n```\n"
    change = make_record(9, title, sources=("message",)).change
    for line, is_shown in (("Harbour { value: 42 }", False), ("unwrap lamps --map", True)):
        document = parse_document(make_message(text.format(line), title))
        assert (tell_example(change, [document], []) is not None) is is_shown


@pytest.mark.parametrize(
    ("sentence", "is_fault"),
    [
        ("After the fix the map throws an error of its own.", False),
        ("When set, the error becomes one of the map.", False),
        ("After the fix the map still throws an error.", True),
    ],
)
def test_sentence_about_what_is_so_after_a_fix_is_no_fault(sentence: str, is_fault: bool) -> None:
    assert ("fault" in judge_sentence(sentence, CONTEXT).roles) is is_fault


def test_sentence_about_how_code_is_reused_names_internals() -> None:
    judged = judge_sentence("The list reuses the existing piers, so this is mostly wiring.", CONTEXT)
    assert "names internals -2" in judged.reasons


@pytest.mark.parametrize("title", ["Thank you ada!", "Few fixes after conflict", "SPDX licence information comments"])
def test_title_that_tells_nothing_is_housekeeping(title: str) -> None:
    assert classify_noise(title) is not None


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("- Ensure hashes are removed via the pier script", []),
        ("- Check that old lamps are removed from a map", []),
        ("- The old lamps are removed from the map", ["removed"]),
        ("- Fix the lamp. Make default `NIGHT` hide all piers.", ["changed_default"]),
        ("- Make default piers green", []),
    ],
)
def test_item_states_what_it_does_and_not_what_it_ensures(item: str, kinds: list[str]) -> None:
    notes = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=f"{item}\n", title="1.0")
    assert [found.kind for found in find_consequences(parse_document(notes))] == kinds


def test_names_below_a_statement_are_quoted_each_by_itself() -> None:
    text = "## Breaking\n\n- The following deprecated options have been removed:\n"
    text += "  - `lamp on --night`/`--day`\n  - `pier`\n"
    notes = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text, title="1.0")
    document = parse_document(notes)
    (found,) = find_consequences(document)
    assert found.statement is not None
    lead, names = split_names(document, found.statement)
    assert lead.text == "The following deprecated options have been removed"
    assert [name.text for name in names] == ["`lamp on --night`/`--day`", "`pier`"]
    assert split_names(document, lead) == (lead, ())


def test_known_label_heads_the_lines_right_below_it() -> None:
    text = "Motivation:\nA map was lost at night.\n\nResult:\nNo map is lost at night.\n"
    document = parse_document(make_message(text, "Keep the map"))
    assert [(document.sections[own.section].kind, own.text) for own in document.sentences] == [
        ("why", "A map was lost at night."), ("user_facing", "No map is lost at night."),
    ]  # fmt: skip
    plain = parse_document(make_message("Harbour:\nA map was lost at night.\n", "Keep the map"))
    assert plain.sentences[0].text.startswith("Harbour:")


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("[PIER-8421](https://tracker.example/PIER-8421) Support two maps at night", "Support two maps at night"),
        ("bug #57663 [MapBridge] use a lamp at night", "[MapBridge] use a lamp at night"),
        ("Keep the map at night (#11628, ada lovelace)", "Keep the map at night"),
        ("Keep the map at night (#11628, only piers)", "Keep the map at night (#11628, only piers)"),
        ("keep the map at night (#2233) by Ada Šedová", "keep the map at night"),  # ash
        ("keep the map at night (#2233) by ada-l", "keep the map at night"),
        (
            "fix: keep the map at night #12 ([#13](https://example.org/pull/13))\n  fix: sell lamps",
            "keep the map at night",
        ),
        ("keep the map at night (#2233) by default", "keep the map at night (#2233) by default"),
    ],
)
def test_tracker_ids_and_plain_names_are_no_words_of_an_item(item: str, words: str) -> None:
    assert read_own_words(item) == words


def test_logins_behind_nearly_all_items_are_people() -> None:
    assert credits_people(["keep the map (ada)", "draw the pier (bob)", "count the gulls (eve)"])
    assert not credits_people(["keep the map (night)", "draw the pier", "count the gulls (eve)"])
    link = "[@{0}](https://github.com/{0})"
    assert credits_people([f"keep the map by {link.format('ada')}", f"sell it by {link.format('eve')}", "go by Ada"])


def test_all_tracker_ids_in_front_of_a_title_come_off() -> None:
    assert normalize_title("PIER-9542 PIER-9531 Fixes of the night map").title == "Fixes of the night map"


def test_subject_of_a_squashed_commit_with_a_tracker_id_is_not_quoted() -> None:
    assert tell("Draw the map", "PIER-462 Add a lamp to the map of the harbour\n") == []


def test_merge_of_a_branch_is_no_row_about_security() -> None:
    message = SourceText(
        key="message", kind="message", repository="acme/tool", text="* Update the lamp (CVE-2026-1605)\n", title=""
    )
    chooser = QuotationChooser(DocumentLibrary({"message": message}))
    for title, marks in (("Merge release to main", []), ("Update the lamp of the pier", ["Security"])):
        change = make_record(9, title, sources=("message",)).change
        assert [row.mark for row in build_box([], [change], chooser)] == marks


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Only draw the maps of the harbour at the pier when the lamp burns all night", None),
        ('Revert "map: draw the piers of the harbour by their names and not twice"', None),
        ("Draw the maps of the harbour at the pier when the lamp burns all night long",
         "Draw the maps of the harbour at the pier"),
    ],
)  # fmt: skip
def test_title_keeps_the_end_that_it_needs(title: str, shown: str | None) -> None:
    assert shorten_title(title) == (shown or title)


@pytest.mark.parametrize(
    "title",
    [
        "Add KDoc for the lamp of a map", "Skip testsuite-pier by default", "Replace Map23 with Map24 for CI testing",
        "Fix the build that draws maps", "Fix multiple CS errors", "Sync harbour constraint translations",
        "Increase sleep time in test", "Sync .github/expected-maps.diff", "Fix and enhance harbour translation",
        "Add nightly workflow to verify the installation",
    ],
)  # fmt: skip
def test_work_on_tests_builds_and_comments_is_housekeeping(title: str) -> None:
    assert classify_noise(title) is not None


def test_items_with_the_kind_and_number_of_a_change_have_that_kind() -> None:
    text = " * feature #12 [Map] draw a lamp (ada)\n * bug #13 [Map] keep the lamp (eve)\n * bug #14 keep it (bob)\n"
    notes = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text, title="1.0")
    assert [item.kind for item in list_note_items(parse_document(notes))] == ["features", "fixes", "fixes"]


@pytest.mark.parametrize(
    ("title", "marks"),
    [("Remove PHP 8.1 deprecations of the map", []), ("Remove PHP 8.1 from the map", ["New minimum"])],
)
def test_removal_of_deprecations_raises_no_minimum(title: str, marks: list[str]) -> None:
    change = make_record(9, title).change
    assert [row.mark for row in build_box([], [change], QuotationChooser(DocumentLibrary({})))] == marks


def test_second_quotation_is_no_note_on_a_step() -> None:
    effect = "You can now draw a map at night."
    step = "- reduced the number of lamps that users see on the map of the harbour"
    assert tell("Draw the map at night", f"{effect}\n\n{step}\n") == [f"The message says: “{effect}”"]


def test_use_of_something_where_possible_is_about_code() -> None:
    assert is_about_code("Use promotion where possible")
    assert is_about_code("Reset the lamp after each test")
    assert not is_about_code("Use the lamp of a pier")


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("DOC/TST: finish the maps of a pier", ("docs", "Finish the maps of a pier")),
        ("MAINT, ENH: finish the maps", ("feat", "Finish the maps")),
        ("DEV/CI: add a lamp", ("chore", "Add a lamp")),
        ("MAP/PIER: add a lamp", ("", "MAP/PIER: add a lamp")),
    ],
)
def test_several_types_in_front_of_a_title_are_one(title: str, parts: tuple[str, str]) -> None:
    normalized = normalize_title(title)
    assert (normalized.type, normalized.title) == parts


def test_subject_of_a_commit_with_a_loud_type_is_not_quoted() -> None:
    assert tell("Draw the map", "BUG: map/pier: draw the lamp of the map twice\n") == []


def test_step_in_a_line_of_its_own_is_a_sentence() -> None:
    text = "Order the lamps of a map\nUpdate the pier to draw all lamps\n"
    document = parse_document(make_message(text, "Draw the lamps"))
    assert [own.text for own in document.sentences] == text.splitlines()
    wrapped = "Order the lamps of a map that visitors of the whole harbour can see from the\nUpdate button."
    assert len(parse_document(make_message(wrapped, "Draw the lamps")).sentences) == 1


def test_heading_of_shared_words_ends_with_no_dash() -> None:
    titles = ("harbour-test - Draw the pier", "harbour-test - Keep the lamp", "harbour-test - Count gulls")
    assert find_shared_words(titles) == "harbour-test"


def make_row(text: str) -> BoxRow:
    return BoxRow(mark="Removed", label="Removed", sentences=(tell_phrase("B-MARK", "stories.title", title=text),))


def test_rows_about_one_part_are_beside_each_other() -> None:
    texts = ["“`acme.map.draw` is gone.”", "pier: no lamps", "“The lamp is gone.”", "“`acme.map.keep` is gone.”",
             "[pier] no gulls", "pier - no boats"]  # fmt: skip
    ordered = [row.sentences[0].text for row in group_by_subject([make_row(text) for text in texts])]
    assert ordered == [f"{texts[number]}." if number in {1, 4, 5} else texts[number] for number in (0, 3, 1, 4, 5, 2)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[Map][Pier][Lamp] keep *it*", "[Map][Pier][Lamp] keep it"),
        ("See [the map][1] of the pier", "See the map of the pier"),
    ],
)
def test_parts_in_brackets_in_front_of_a_quotation_stay(text: str, shown: str) -> None:
    assert simplify_quotation(text) == shown


@pytest.mark.parametrize(
    ("text", "is_hole"),
    [
        ("An unprivileged user can read the map of the harbour.", True),
        ("It runs from a folder that the unprivileged user can't read.", False),
        ("An unprivileged user is not able to see the map.", False),
    ],
)
def test_sentence_about_what_users_cannot_do_tells_no_hole(text: str, *, is_hole: bool) -> None:
    assert tells_hole(text) is is_hole
