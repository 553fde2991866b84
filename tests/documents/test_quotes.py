"""Scores of sentences, the choice among them, and the span that is printed."""

import pytest

from sparky_assets.documents.models import ParsedDocument, SentenceContext, SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import choose_sentence, is_valid_quotation, quote, rank_sentences
from sparky_assets.documents.scores.points import judge_sentence
from sparky_assets.documents.states import tells_past_state


def parse(text: str, title: str = "") -> ParsedDocument:
    source = SourceText(key="message:o/r@1", kind="message", repository="o/r", text=text, title=title)
    return parse_document(source)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Benchmarks show that parsing is 60% faster than before.", "figure +5"),
        ("The goal is to remove the old parser from the tree.", "aim +3"),
        ("The server crashes when a client sends an empty list.", "failure +3"),
        ("We do this because the old value was never read again.", "cause +2"),
        ("Previously the list was sorted by name and date.", "before or after +2"),
        ("You can set the limit for each of the queues.", "action +2"),
        ("A comprehensive and robust suite makes the parser complete.", "hype -4"),
        ("The numbers are TBD and come in a later comment.", "unfinished -3"),
        ("Thanks for the review of the first draft of this.", "greeting -6"),
        ("This PR moves the parser to a package of its own.", "this change -1"),
    ],
)
def test_sign_of_a_sentence_counts_as_the_handbook_says(text: str, reason: str) -> None:
    judgement = judge_sentence(text, SentenceContext("other", opens_block=False, is_list_item=False, title=""))
    assert reason in judgement.reasons


def test_figure_that_its_author_does_not_trust_is_none() -> None:
    context = SentenceContext("other", opens_block=True, is_list_item=False, title="")
    text = "I saw about 0.3% improvement of the map, but don't really trust it because of the tide."
    assert "figure" not in judge_sentence(text, context).roles
    assert "figure" in judge_sentence("I saw about 3% improvement of the map in the tide.", context).roles


def test_answer_to_a_form_is_not_quoted() -> None:
    context = SentenceContext("other", opens_block=True, is_list_item=False, title="")
    assert not judge_sentence("Update documentation to reflect the new maps and piers.", context).is_quotable
    assert not judge_sentence("It requires a map, so this should be merged after the pier.", context).is_quotable
    assert not judge_sentence("Not needed because the map is not released yet.", context).is_quotable
    assert judge_sentence("The lamp is not needed because the map has one.", context).is_quotable


def test_sentence_labelled_as_testing_is_not_quoted() -> None:
    context = SentenceContext("other", opens_block=True, is_list_item=False, title="")
    assert not judge_sentence("Testing: The crash could not be reproduced, since it is rare.", context).is_quotable


@pytest.mark.parametrize("text", ["See Conventional Commits for commit guidelines.", "Please refer to the handbook."])
def test_sentence_that_only_says_where_to_read_on_is_not_quoted(text: str) -> None:
    judgement = judge_sentence(text, SentenceContext("other", opens_block=True, is_list_item=False, title=""))
    assert not judgement.is_quotable


@pytest.mark.parametrize(
    ("text", "is_fault"),
    [
        ("Fixed a panic when the search string was empty.", False),
        ("Approach: return an error, so that the server does not crash.", False),
        ("The server crashes when the search string is empty.", True),
    ],
)
def test_sentence_that_says_what_was_done_is_no_fault(text: str, is_fault: bool) -> None:
    judgement = judge_sentence(text, SentenceContext("other", opens_block=True, is_list_item=False, title=""))
    assert ("fault" in judgement.roles) == is_fault


def test_negated_failure_counts_nothing() -> None:
    context = SentenceContext("other", opens_block=False, is_list_item=False, title="")
    judgement = judge_sentence("Type information is not lost when it passes through `let`.", context)
    assert not any(reason.startswith("failure") for reason in judgement.reasons)


def test_section_for_users_outranks_the_rest() -> None:
    document = parse("It was refactored into smaller parts.\n\n## Release notes\n\nThe parser now reads tabs.\n")
    assert rank_sentences(document)[0].text == "The parser now reads tabs."


def test_sentence_that_repeats_the_title_is_not_chosen() -> None:
    document = parse("Adds a cache for queries.\n\nEach query is now stored, so that users wait less for the cache.\n")
    chosen = choose_sentence(document, None, "Add cache for queries")
    assert chosen is not None
    assert chosen.text.startswith("Each query")


def test_sentence_about_something_else_is_not_chosen() -> None:
    document = parse("The telescope crashed because its mirror was broken by users.\n")
    assert choose_sentence(document, None, "Add cache for queries") is None
    assert choose_sentence(document, None, "Add cache", paths=["src/telescope/mirror.py"]) is not None


def test_used_sentence_is_not_chosen_again() -> None:
    document = parse("The cache crashed because it was never cleared.\n\nThe cache is now cleared by users.\n")
    first = choose_sentence(document, "fault", "Clear cache on exit")
    assert first is not None
    quotation = quote(document, first)
    assert quotation is not None
    second = choose_sentence(document, None, "Clear cache on exit", {quotation})
    assert second is not None
    assert second.number != first.number


def test_long_sentence_ends_early_where_the_rest_limits_nothing() -> None:
    head = "The parser now reads tabs in every list item"
    rest = "which we measured on many files " * 8
    document = parse(f"{head}; {rest.strip()}.")
    quotation = quote(document, document.sentences[0])
    assert quotation is not None
    assert quotation.text == head


def test_long_sentence_with_a_limit_in_its_rest_is_not_quoted() -> None:
    rest = "which we did not measure on many files " * 8
    document = parse(f"The parser now reads tabs in every list item; {rest.strip()}.")
    assert quote(document, document.sentences[0]) is None


def test_quotation_is_valid_only_as_an_exact_span() -> None:
    document = parse("The parser now reads\ntabs in lists.")
    quotation = quote(document, document.sentences[0])
    assert quotation is not None
    assert is_valid_quotation(quotation, document.source.text)
    assert not is_valid_quotation(quotation.model_copy(update={"text": "The parser reads tabs."}), document.source.text)
    assert not is_valid_quotation(quotation.model_copy(update={"end": 10_000}), document.source.text)


def test_sentence_that_its_author_left_unfinished_is_not_quoted() -> None:
    document = parse_document(SourceText(key="k", kind="message", repository="o/r", text="The parser was wrong here,"))
    assert [quote(document, sentence) for sentence in document.sentences] == [None]


def choose(text: str, title: str) -> str | None:
    source = SourceText(key="message:a/b@1", kind="message", repository="a/b", text=text, title=title)
    sentence = choose_sentence(parse_document(source), None, title, min_score=2)
    return sentence.text if sentence else None


def test_first_sentence_of_a_message_may_begin_with_this() -> None:
    text = "This is the newest model that is available through the API of models."
    assert choose(text, "Add the model o3") == text
    assert choose(f"* Add the model o3\n\n{text}", "Add the model o3") == text
    assert choose(f"Closes the gap.\n\n{text}", "Add the model o3") != text


def test_sentence_of_a_short_message_may_name_its_change_by_this() -> None:
    text = "Without this the table of contents was wrong because it was not rebuilt."
    assert choose(text, "Clear the old folder") == text
    other = "\n\n".join(f"The harbor {number} was rebuilt in the year {number}." for number in range(4))
    assert choose(f"{text}\n\n{other}", "Clear the old folder") is None


@pytest.mark.parametrize(("text", "is_reason"), [
    ("Modified the reader to return the name instead of a number.", False),
    ("This PR add the ability to look behind a hit by using a range.", False),
    ("Modified the reader because the name was lost on restart.", True),
    ("Names are kept instead of numbers.", True),
])  # fmt: skip
def test_sentence_of_what_was_done_gives_no_reason_by_itself(text: str, is_reason: bool) -> None:
    judgement = judge_sentence(text, SentenceContext("other", opens_block=True, is_list_item=False, title=""))
    assert ("why" in judgement.roles) is is_reason


@pytest.mark.parametrize(("example", "chosen"), [
    ("`into tide`", "Nushell now reads the height of the water."), ("`into wheel`", None),
])  # fmt: skip
def test_first_sentence_for_users_may_name_the_change_in_other_words(example: str, chosen: str | None) -> None:
    text = f"## User-facing changes\n\nNushell now reads the height of the water.\n\n    > 3 | {example}\n"
    sentence = choose_sentence(parse(text), None, "Add `tide` as a value type")
    assert (sentence.text if sentence else None) == chosen


def test_sentence_about_the_tests_of_a_change_is_not_quoted() -> None:
    document = parse("Added tests to verify that the gauge is read.\n\nThe gauge is read twice a day now.\n")
    chosen = choose_sentence(document, None, "Read the gauge twice")
    assert chosen is not None
    assert chosen.text.startswith("The gauge is read")


def test_sentence_of_what_its_author_did_is_no_fault() -> None:
    context = SentenceContext("other", opens_block=True, is_list_item=False, title="")
    judgement = judge_sentence("I've moved the error handling to the runtime, rather than to the reader.", context)
    assert "fault" not in judgement.roles


@pytest.mark.parametrize(("text", "is_past"), [
    ("We (and I'm sure many others) are currently doing a lot of work in the harbour.", False),
    ("We currently lose the name.", True),
    ("Currently the name is lost.", True),
])  # fmt: skip
def test_current_work_of_people_is_no_state_before_a_change(text: str, is_past: bool) -> None:
    assert tells_past_state(text) is is_past


def test_link_to_a_pull_request_is_no_advice() -> None:
    context = SentenceContext("migration", opens_block=False, is_list_item=False, title="")
    text = "[#2787](https://github.com/acme/tool/pull/2787) [#2801](https://github.com/acme/tool/pull/2801)"
    assert not judge_sentence(text, context).is_quotable
    assert "action" not in judge_sentence("This was never used.", context).roles
    assert "action" in judge_sentence("Replace every lamp by a lantern.", context).roles


def test_sentence_about_what_was_added_is_no_advice() -> None:
    context = SentenceContext("other", opens_block=True, is_list_item=True, title="Draw maps")
    assert "action" not in judge_sentence("Add an injectable `isNight` gate so that tests can see it.", context).roles
    assert "action" in judge_sentence("Add a `night` key to your settings.", context).roles
    assert "action" in judge_sentence("Add `night = true` to the settings.", context).roles


@pytest.mark.parametrize(("text", "printed"), [
    ("Add a lamp to the pier (issue 5 from ada at harbour dot org).", "Add a lamp to the pier"),
    ("Ask ada [at] harbour.org about the lamp of the pier.", None),
    ("The lamp looks at the dot of the pier.", "The lamp looks at the dot of the pier."),
])  # fmt: skip
def test_address_in_words_is_not_quoted(text: str, printed: str | None) -> None:
    document = parse(f"{text}\n")
    quotation = quote(document, document.sentences[0])
    assert (quotation.text if quotation else None) == printed


def test_sentence_that_names_who_asked_is_not_quoted() -> None:
    context = SentenceContext("other", opens_block=True, is_list_item=False, title="")
    assert not judge_sentence("GitHub issue 5275, based on a change from Dane Jensen.", context).is_quotable
    assert judge_sentence("Issue 5275 says that the gauge crashed: it was cold.", context).is_quotable


def test_sentence_that_its_author_struck_out_is_not_quoted() -> None:
    context = SentenceContext("other", opens_block=True, is_list_item=False, title="")
    assert not judge_sentence("~~To enable the lamp by default, I want to detect the night.~~", context).is_quotable
    assert judge_sentence("The lamp is read from `~~/lamps` where the night is long.", context).is_quotable


@pytest.mark.parametrize(
    "text",
    [
        "Fixes the composable helpers (`tide/fetch`) throwing an error when used on a request that was rewritten",
        "Fixes the server matching against stale routes after piers were added, removed, or renamed at night",
        "Using a harbour as the target — or a pier that contains it, or that it contains — caused the server to stop",
        "Users of the old map can either set the `--day` flag (which was\nthe default)\nor pin the hour of each map",
    ],
)
def test_early_end_cuts_no_clause_around_brackets_and_no_list(text: str) -> None:
    document = parse(text)
    quotation = quote(document, document.sentences[0], 12)
    assert quotation is None or quotation.text == text


def test_early_end_is_not_within_brackets() -> None:
    text = "Drop support for Moon 3.13t (3.14t and above are still there; the moon has new nights from 3.14 on)"
    document = parse(f"- {text}")
    quoted = quote(document, document.sentences[0], max_words=12)
    assert quoted is not None
    assert quoted.text == "Drop support for Moon 3.13t"


@pytest.mark.parametrize(
    "text",
    [
        "Please add tests to validate your changes, and lint your code using `ink run`.",
        "Please read the guide of contributors before you open a pull request.",
    ],
)
def test_line_of_a_form_is_not_quoted(text: str) -> None:
    judgement = judge_sentence(text, SentenceContext("other", opens_block=True, is_list_item=True, title=""))
    assert "refused: asks the author of a change" in judgement.reasons
    assert not judgement.is_quotable


def test_advice_to_readers_is_no_line_of_a_form() -> None:
    text = "Please run the tests of your maps again, because the default scale has changed."
    judgement = judge_sentence(text, SentenceContext("other", opens_block=True, is_list_item=False, title=""))
    assert judgement.is_quotable


def test_reminders_of_a_form_are_skipped() -> None:
    document = parse("Draws maps at night.\n\n#### Reminders\n\n- The title of it should use the convention.\n")
    assert [section.kind for section in document.sections][-1] == "skipped"
