"""The sentence with which an issue states its problem."""

import pytest

from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import find_report


def report(text: str, *, is_fix: bool = True, title: str = "Handle empty lists") -> str | None:
    source = SourceText(key="issue:acme/tool#7", kind="issue", repository="acme/tool", text=text, title="Empty list")
    found = find_report(parse_document(source), title, is_fix=is_fix)
    return f"{found[0]}: {found[1].text}" if found else None


def test_answer_below_a_bold_question_of_a_form_is_quoted_without_it() -> None:
    text = "**Describe the bug**\nThe gauge crashes on lists without docks.\n\n**To Reproduce**\nRun it, it crashes.\n"
    assert report(text) == "reports: The gauge crashes on lists without docks."


@pytest.mark.parametrize("heading", ["Expected behavior", "Steps to reproduce", "Environment", "Possible solution"])
def test_other_questions_of_a_form_state_no_problem(heading: str) -> None:
    assert report(f"### {heading}\n\nThe gauge crashes on lists without docks.\n") is None


def test_greeting_question_and_expectation_are_no_problem() -> None:
    assert report("Hi all, thanks for this great tool!\n\nIs this crash known?\n\nThe gauge should not crash.") is None


def test_request_is_the_problem_of_a_feature_and_not_of_a_fix() -> None:
    text = "It would be nice to print all docks of a list in one go."
    assert report(text, is_fix=False) == f"asks: {text}"
    assert report(text) is None


def test_sentence_that_repeats_the_title_of_the_change_is_not_quoted() -> None:
    text = "The gauge crashes on lists without docks."
    assert report(text, title="The gauge crashes on lists without docks") is None


def test_sections_behind_the_first_one_are_not_read() -> None:
    assert report("The gauge is blue.\n\n## Guess\n\nThe list crashes because nothing locks it.") is None
