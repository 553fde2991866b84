"""Verification of mails: problems of HTML and of plain text, with the lines where they are."""

import pytest

from sparky_assets.digests.models import Product
from sparky_assets.digests.verify.allowed_content import AllowedContent
from sparky_assets.digests.verify.mail import locate_html_problems, locate_text_problems
from tests.digests.test_digest import a_week
from tests.factories.products import written


@pytest.fixture(scope="module")
def html() -> tuple[str, AllowedContent]:
    text, rendered, insight = written(a_week(), Product.EMAIL_HTML)
    return text, AllowedContent(rendered, insight)


@pytest.fixture(scope="module")
def plain() -> tuple[str, AllowedContent]:
    text, rendered, insight = written(a_week(), Product.EMAIL_TEXT)
    return text, AllowedContent(rendered, insight)


def test_rendered_mail_has_no_problem(html: tuple[str, AllowedContent], plain: tuple[str, AllowedContent]) -> None:
    assert list(locate_html_problems(*html)) == []
    assert list(locate_text_problems(*plain)) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("The team had a great week.", "no record says: The team had a great week."),
        ("See https://evil.example/x.", "a link that no evidence has: https://evil.example/x"),
        ("* Ada Lovelace added y.", "no record says: Ada Lovelace added y."),
        ("Commits: 300", "the number 300 is not in the store"),
    ],
)
def test_problem_of_plain_text_has_the_line_where_it_is(
    plain: tuple[str, AllowedContent], line: str, problem: str
) -> None:
    text, allowed = plain
    lines = text.split("\n")
    place = next(number for number, shown in enumerate(lines) if shown.startswith("Acme 42, "))
    found = list(locate_text_problems("\n".join([*lines[:place], line, *lines[place:]]), allowed))
    assert any(problem in located.message for located in found)
    assert {(located.start, located.end) for located in found} == {(place, place + 1)}


def test_heading_in_capitals_passes_unless_it_has_a_number(plain: tuple[str, AllowedContent]) -> None:
    _, allowed = plain
    assert list(locate_text_problems("ALSO", allowed)) == []
    problems = [located.message for located in locate_text_problems("HEROES OF 2026", allowed)]
    assert problems == ["no record says: HEROES OF 2026"]


def test_problem_of_html_has_the_lines_of_its_element(html: tuple[str, AllowedContent]) -> None:
    text, allowed = html
    before, separator, after = text.partition("<ul")
    place = before.count("\n")
    (found,) = locate_html_problems(f"{before}<p>The team\nhad a great week.</p>\n{separator}{after}", allowed)
    assert (found.message, found.start, found.end) == ("no record says: The team had a great week.", place, place + 2)


@pytest.mark.parametrize(
    ("element", "problem"),
    [
        ('<img src="https://evil.example/x.png">', "HTML: <img src>"),
        ('<p onclick="x()">Also</p>', "HTML: <p onclick>"),
        ('<p style="background:URL(x)">Also</p>', "HTML: <p> loads something"),
        ("<!-- hidden -->", "HTML: a comment:  hidden "),
        ('<a href="https://evil.example">#5</a>', "a link that no evidence has: https://evil.example"),
    ],
)
def test_active_or_unknown_html_is_a_problem(html: tuple[str, AllowedContent], element: str, problem: str) -> None:
    text, allowed = html
    planted = text.replace("<ul", f"{element}\n<ul", 1)
    assert problem in [found.message for found in locate_html_problems(planted, allowed)]
