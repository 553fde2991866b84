"""Quotations that readers understand without the text before them, and that say what a change does."""

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import DocumentSentence, SentenceContext, SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import needs_sentence_before, quote, quote_with_sentence_before, rank_sentences
from sparky_assets.documents.scores.leaning import leans_on_text
from sparky_assets.documents.scores.points import judge_sentence
from sparky_assets.documents.sections import classify_heading
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from tests.stories.record_helpers import make_record

TITLE = "Draw the piers of a map at night"


def make_message(text: str) -> SourceText:
    return SourceText(key="message", kind="message", repository="acme/pier", text=text, title=TITLE)


def find_best(text: str) -> DocumentSentence:
    return rank_sentences(parse_document(make_message(text)))[0]


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("This lookup is wrong for harbours that are not loaded yet.", True),
        ("The patch is a 3 x speedup on that workload.", True),
        ("For day trips this type parameter is not needed.", True),
        ("Most of these callers ignore the error.", True),
        ("The latter is what readers of the tide table expect.", True),
        ("The simplest fix here is another lamp.", True),
        ("It fails in the previous commit only.", True),
        ("Such a case is rare in harbours.", True),
        ("Until support is added, they are explicitly forbidden.", True),  # doctrine
        ("Until lamps are added, they are explicitly forbidden.", False),
        ("This change draws every harbour once.", False),
        ("After this patch a harbour is drawn once.", False),
        ("This is slow where a harbour has many lamps.", False),
        ("This caused lamps to be lost.", False),
        ("Those who draw lamps by hand see no difference.", False),
        ("The piers of a harbour are drawn twice, and these piers are lost.", False),
        ("At night this map shows no lamps.", False),
        ("Without this helper each harbour would be drawn twice.", False),
        ("Lamps that need oil are drawn last.", False),
    ],
)
def test_sentence_that_names_what_only_the_text_before_explains_leans(sentence: str, leans: bool) -> None:
    assert leans_on_text(sentence, TITLE) is leans


def test_fault_that_the_title_of_a_fix_names_is_explained() -> None:
    assert not leans_on_text("This race loses lamps at low tide.", "Fix the order of harbour locks")
    assert leans_on_text("This race loses lamps at low tide.", "Add an order of harbour locks")


@pytest.mark.parametrize(
    "beginning", ["So", "However,", "As a result,", "As a consequence,", "For most other harbours"]
)
def test_sentence_that_carries_on_needs_the_one_before(beginning: str) -> None:
    document = parse_document(make_message(f"Lamps are drawn by day. {beginning} the map is slower than it was.\n"))
    assert needs_sentence_before(document, document.sentences[1])


def test_opening_of_a_message_is_preferred_to_its_middle() -> None:
    text = (
        "Lamps of a harbour are drawn for each pier. The table of tides is read too, since lamps need it.\n\n"
        "Each table has a row for a ship.\n"
    )
    assert find_best(text).text == "Lamps of a harbour are drawn for each pier."


def test_sentence_that_says_what_a_change_does_has_the_role_of_an_effect() -> None:
    context = SentenceContext("other", True, False, TITLE)
    assert "effect" in judge_sentence("This patch improves drawing by an early check of lamps.", context).roles
    assert "effect" not in judge_sentence("This patch refactors the drawing of lamps.", context).roles


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("I verified that the lamps are lit by a trip to the harbour.", "how its author worked"),
        ("Reading through the charts, I noticed that the lamps are lost.", "how its author worked"),
        ("Drawing ships can happen in a future PR once lamps are lit.", "about later work"),
        ("Ideally we'd draw lamps on the ship itself.", "about later work"),
        ("This patch also reworks the tide table for ships.", "a further thing"),
        ("Note that ships are still drawn by day.", "note"),
    ],
)
def test_sentence_beside_the_point_has_fewer_points(sentence: str, reason: str) -> None:
    context = SentenceContext("other", False, False, TITLE)
    assert any(own.startswith(reason) for own in judge_sentence(sentence, context).reasons)


@pytest.mark.parametrize(
    ("sentence", "is_quotable"),
    [
        ("(I found the lamps hard to draw, since the chart was lost.", False),
        ("0xC2) decodes to the same lamp of the harbour.", False),
        ("Lamps (of ships) are drawn last in a harbour.", True),
        ("The fixes are A) another lamp for ships, and B) a chart of tides.", True),
        ("Drawing lamps is O(n) for harbours of n ships.", True),
        ("Previously discussed in #38.", False),
        ("See also: #19 (which would have lit the lamps).", False),
    ],
)
def test_half_a_bracket_and_a_bare_reference_are_refused(sentence: str, is_quotable: bool) -> None:
    assert judge_sentence(sentence, SentenceContext("other", False, False, TITLE)).is_quotable is is_quotable


def test_objective_is_a_reason_but_an_order_below_it_is_no_why() -> None:
    assert classify_heading("Objective") == "why"
    source = make_message(
        "# Objective\n\nSupport the piers of turned ships on a map.\n\n## Solution\n\nA lamp is a list of rays.\n"
    )
    change = make_record(9, TITLE, sources=("message",)).change
    (sentence, *_) = QuotationChooser(DocumentLibrary({"message": source})).tell(change, 2)
    assert sentence.text == "The message says: “Support the piers of turned ships on a map.”"


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Files moved and renamed", "other"),
        ("Removed files", "other"),
        ("Tests dropped or reworked", "other"),
        ("Docs removed", "other"),
        ("Removed", "removed"),
        ("Removed and renamed", "removed"),
        ("Removed commands", "removed"),
        ("File formats removed", "removed"),
    ],
)
def test_heading_about_a_projects_own_files_takes_nothing_from_users(heading: str, kind: str) -> None:
    """`ANALYSIS_SUMMARY.md -> docs/analysis-summary.md` was a row of the box of raibid-labs."""
    assert classify_heading(heading) == kind


PAIR = "Every ship of a harbour has a chart of its own. Unfortunately, these charts are wrong for piers that sank."


def test_sentence_that_leans_is_quoted_with_the_one_before_it() -> None:
    source = make_message(f"{PAIR}\n")
    change = make_record(9, "Fix the piers of a map at night", sources=("message",)).change
    told = QuotationChooser(DocumentLibrary({"message": source})).tell(change, 2)
    assert [sentence.text for sentence in told] == [f"What went wrong: “{PAIR}”"]


@pytest.mark.parametrize(
    "text",
    [
        f"{'Every ship of a harbour has a chart and a lamp ' * 5}of its own. Sadly, these charts are wrong for piers.",
        "So every ship has a chart. Unfortunately, these charts are wrong for piers.",
        "Every ship has a chart.\n\nUnfortunately, these charts are wrong for piers.",
    ],
)
def test_pair_is_short_adjacent_and_explained(text: str) -> None:
    document = parse_document(make_message(f"Lamps are lit.\n\n{text}\n"))
    assert quote_with_sentence_before(document, document.sentences[-1]) is None


@pytest.mark.parametrize(
    ("text", "is_advice"),
    [
        ("You can set `night = false` to draw the piers by day.", True),
        ("Use `--by-day` for the previous map of piers at night.", True),
        ("To draw piers by day, set `night` in the map.", True),
        ("Include each pier in the map instead of requiring `night` to be set, which it must.", False),
        ("Since piers have a map, it should be drawn at night.", False),
        ("## Migration\n\nSet `night = true` for piers in each chart of ships.", True),
    ],
)
def test_message_says_what_to_do_where_it_speaks_to_users(text: str, is_advice: bool) -> None:
    change = make_record(9, TITLE, sources=("message",)).change
    chooser = QuotationChooser(DocumentLibrary({"message": make_message(f"Lamps are lit.\n\n{text}\n")}))
    assert (chooser.tell_action(change) is not None) is is_advice


def test_paragraph_that_goes_on_behind_an_example_is_not_quoted() -> None:
    text = (
        "The map of piers is drawn by\n\n    draw map\n\nalready draws each pier, so the lamp is not needed at night.\n"
    )
    document = parse_document(make_message(text))
    assert not document.sentences[-1].is_quotable
    assert parse_document(make_message("when a map is drawn, the lamp is lit at night.\n")).sentences[0].is_quotable


def test_strong_beginning_of_a_sentence_is_quoted_with_both_its_marks() -> None:
    for mark in ("**", "**1. "):
        text = f"{mark}`draw_map` ignored `night`**, drawing each pier from the lamp to the quay.\n"
        document = parse_document(make_message(text))
        quoted = quote(document, document.sentences[-1])
        assert quoted is not None
        assert quoted.text == text.strip()


def test_answer_to_a_form_is_quoted_behind_its_yes() -> None:
    document = parse_document(make_message("Yes, `draw_map` now returns the piers of a map.\n"))
    quoted = quote(document, document.sentences[0])
    assert quoted is not None
    assert quoted.text == "`draw_map` now returns the piers of a map."


@pytest.mark.parametrize(
    "text",
    ["Yes, piers of a map are drawn at night now.", "dc9668c8a4 (Remove unused maps of piers, 2026-05-30)"],
)
def test_answer_to_a_form_and_line_of_a_log_are_not_chosen(text: str) -> None:
    change = make_record(9, TITLE, sources=("message",)).change
    other = "Lamps of each pier are lit when the map is drawn."
    told = QuotationChooser(DocumentLibrary({"message": make_message(f"{text}\n\n{other}\n")})).tell(change, 1)
    assert [sentence.text for sentence in told] == [f"The message says: “{other}”"]


def test_state_before_a_fix_that_names_no_fault_is_no_went_wrong() -> None:
    change = make_record(9, "Fix the piers of a map at night", sources=("message",)).change

    def tell(text: str) -> str:
        return QuotationChooser(DocumentLibrary({"message": make_message(f"{text}\n")})).tell(change, 1)[0].text

    assert tell("Currently, the piers of a map are drawn by day.").startswith("Before: “")
    assert tell("Currently, the piers of a map are lost at night.").startswith("What went wrong: “")
    assert tell("Note that piers of a map are currently drawn by day.").startswith("The message says: “")
    assert tell("A pier that was previously drawn by day is now drawn at night.").startswith("The message says: “")
    assert tell("Added a guard to skip piers that were previously lost on a map.").startswith("The message says: “")


def test_opinion_of_an_author_stands_behind_the_reason() -> None:
    """alphagov/publishing-api: a doubt about a query came in front of why there is a list of locks at all."""
    text = (
        f"{TITLE}\n\nThe motivation for this is that:\n- we often have a hundred piers hanging around\n\n"
        "From investigation into the piers that stick around at night, the reason for them sticking around tends to "
        "be the map failing. In any case, we would like to see the piers.\n\n"
        "The lamp powering these piers is a little expensive, but given that it is likely to be used only by ships, "
        "I think that is okay for now.\n"
    )
    change = make_record(9, TITLE, sources=("message",)).change
    sentences = QuotationChooser(DocumentLibrary({"message": make_message(text)})).tell(change, 2)
    assert [sentence.template for sentence in sentences] == ["Q-WHY", "Q-SAYS"]


def test_commands_that_an_author_ran_are_about_the_work() -> None:
    sentence = find_best("Ran the commands: bundle binstubs lamp (required for the image).\n")
    assert "how its author worked -3" in sentence.reasons
