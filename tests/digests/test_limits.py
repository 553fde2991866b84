"""Lengths: the limits of networks, word budgets, and titles; nothing is cut in the middle."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sparky_assets.digests.selection import WORD_BUDGETS, select_claims

from resources.channels import THREAD_SEPARATOR
from sparky_assets.digests.models import Product
from sparky_assets.digests.render.templates import build_thread, check_post_length, count_x_characters
from sparky_assets.digests.titles import MAX_DESCRIPTION_LENGTH, MAX_TITLE_LENGTH
from sparky_assets.digests.verify.verify import check_length, find_ungrounded
from sparky_assets.periods import PeriodKind, period_of_day
from sparky_assets.text.words import count_prose_words, count_words
from tests.factories.products import made
from tests.strategies.git_history import DAY, Told, World, commit


def busy(kind: PeriodKind, count: int) -> World:
    """A period with so many changes of some length."""
    verbs = ("feat: add", "fix: mend", "docs: describe")
    commits = tuple(
        commit(number % 20, f"{verbs[number % 3]} part number-{number} of the long awaited engine room")._replace(
            sha=f"{number:040x}"
        )
        for number in range(count)
    )
    return World(period_of_day(kind, DAY), (Told("acme/tool", "https://github.com/acme/tool", "ok", commits, ()),))


@pytest.mark.parametrize(
    ("product", "kind"), [(Product.DIGEST, kind) for kind in PeriodKind] + [(Product.BLOG_POST, PeriodKind.WEEKLY)]
)
def test_busy_period_fills_its_budget_and_counts_what_it_covers(product: Product, kind: PeriodKind) -> None:
    composed, rendered = made(busy(kind, 400).insight(), product)
    budget = WORD_BUDGETS[product, kind]
    assert budget.min_words <= composed.word_count <= budget.max_words
    assert not composed.is_quiet
    assert any(" of 400 changes and releases are covered here" in line for line in composed.digest.footer)
    assert list(check_length(composed.text, rendered)) == []


def test_text_outside_its_budget_is_refused() -> None:
    composed, rendered = made(busy(PeriodKind.DAILY, 100).insight())
    short, long = (rendered.model_copy(update={"words": words}) for words in (199, 301))
    assert list(check_length(composed.text, short)) == [
        "199 words, but a digest of a day that was not quiet has at least 200"
    ]
    assert list(check_length(composed.text, long)) == ["301 words, but a digest of a day has at most 300"]
    assert list(check_length(composed.text, short.model_copy(update={"is_quiet": True}))) == []


@settings(max_examples=30)
@given(st.integers(30, 400))
def test_selection_with_more_words_never_covers_less(words: int) -> None:
    insight = busy(PeriodKind.DAILY, 40).insight()
    less, more = select_claims(insight, PeriodKind.DAILY, words), select_claims(insight, PeriodKind.DAILY, words + 50)
    assert less.word_count <= max(words, count_words(insight.claims[0].text))
    assert len(less.get_claims("change")) <= len(more.get_claims("change"))


@pytest.mark.parametrize("count", [0, 1, 5, 60])
@pytest.mark.parametrize("product", [Product.X, Product.LINKEDIN])
def test_posts_keep_the_limits_of_their_network(product: Product, count: int) -> None:
    insight = busy(PeriodKind.WEEKLY, count).insight()
    composed, rendered = made(insight, product, page_url="https://blog.example.org/2025/11/week-2025-46")
    assert list(check_post_length(composed.text, product)) == []
    assert list(find_ungrounded(composed.text, rendered, insight)) == []


@pytest.mark.parametrize(
    ("text", "length"),
    [("abc", 3), ("日本", 4), ("a https://example.org/a/very/long/address b", 27), ("🚀", 2), ("–“”", 3), ("…", 2)],
)
def test_characters_are_counted_as_x_does(text: str, length: int) -> None:
    assert count_x_characters(text) == length


def test_thread_leaves_out_stories_that_fit_no_post() -> None:
    posts = build_thread(["Title", "Lead."], ["a" * 200, "b" * 300, "c" * 200, "d" * 50], "https://x.y")
    assert posts == ["Title\n\nLead.\n\nhttps://x.y", "a" * 200, f"{'c' * 200}\n\n{'d' * 50}"]
    assert list(check_post_length(THREAD_SEPARATOR.join([*posts, "e" * 281]), Product.X)) == [
        "post 4 has 281 characters, but X allows 280"
    ]


@pytest.mark.parametrize("kind", PeriodKind)
@pytest.mark.parametrize("count", [0, 3, 400])
def test_titles_and_descriptions_fit_search_engines(kind: PeriodKind, count: int) -> None:
    digest = made(busy(kind, count).insight())[0].digest
    assert len(digest.short_title) <= MAX_TITLE_LENGTH
    assert len(digest.description) <= MAX_DESCRIPTION_LENGTH


def test_prose_count_skips_tables_pictures_references_and_footer() -> None:
    text = (
        "---\ntitle: not me\n---\n\n# One two\n\nThree ([#4](https://x.y), `abc`). [five](https://x.y)\n\n"
        "![not me either](x.svg)\n\n| nor | us |\n|---|---|\n| 1 | 2 |\n\n- six don't\n\n---\n\nNor this.\n"
    )
    assert count_prose_words(text) == 7  # `abc` has no page and reads as a word
    assert count_prose_words("<head><title>x</title></head><p>One <b>two</b></p><hr><p>not me</p>", "html") == 2
    assert count_prose_words("One two https://x.y\n\nIN NUMBERS\n\nCommits: 3\n", "txt") == 2
