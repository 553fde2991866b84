"""Lengths: limits of networks, word budgets and titles. No text is cut in the middle."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.channels import THREAD_SEPARATOR
from sparky_assets.digests import compose
from sparky_assets.digests.compose import get_limits
from sparky_assets.digests.models import Product
from sparky_assets.digests.render.templates import check_post_length
from sparky_assets.digests.verify.verify import check_length, find_ungrounded
from sparky_assets.periods import PeriodKind, period_of_day
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS, EditionLimits
from sparky_assets.stories.printing.releases.headline import MAX_HEADLINE_WORDS
from sparky_assets.text.words import count_prose_words
from sparky_assets.text.x_rules import count_x_characters
from tests.factories.products import made
from tests.strategies.git_history import DAY, RepositoryLog, World, commit


def busy(kind: PeriodKind, count: int) -> World:
    """Return a period with so many changes of some length."""
    verbs = ("feat: add", "fix: mend", "docs: describe")
    commits = tuple(
        commit(number % 20, f"{verbs[number % 3]} part number-{number} of the room for an engine")._replace(
            sha=f"{number:040x}"
        )
        for number in range(count)
    )
    return World(
        period_of_day(kind, DAY), (RepositoryLog("acme/tool", "https://github.com/acme/tool", "ok", commits, ()),)
    )


@pytest.mark.parametrize(
    ("product", "kind"), [(Product.DIGEST, kind) for kind in PeriodKind] + [(Product.BLOG_POST, PeriodKind.WEEKLY)]
)
def test_busy_period_keeps_its_word_limit(product: Product, kind: PeriodKind) -> None:
    insight = busy(kind, 400).insight()
    composed, rendered = made(insight, product)
    assert 0 < composed.word_count <= get_limits(product, kind).words
    assert not composed.is_quiet
    assert list(check_length(composed.text, rendered)) == []
    assert list(find_ungrounded(composed.text, rendered, insight)) == []


def test_long_text_is_laid_out_again_with_less(monkeypatch: pytest.MonkeyPatch) -> None:
    insight = busy(PeriodKind.MONTHLY, 60).insight()
    whole, _ = made(insight)
    limits = replace(DIGEST_LIMITS[PeriodKind.MONTHLY], words=whole.word_count - 40)
    monkeypatch.setattr(compose, "get_limits", lambda product, kind: limits)
    shorter, rendered = made(insight)
    assert shorter.word_count <= limits.words < whole.word_count
    assert list(find_ungrounded(shorter.text, rendered, insight)) == []


@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_shorter_limits_never_print_more(stories: int, rows: int, also: int, more: int) -> None:
    limits = EditionLimits(box_rows=rows + 3, stories=stories, also=also, more=more, coming=1, words=100)
    shorter = limits.shorten()
    assert shorter.stories <= limits.stories and shorter.more <= limits.more and shorter.box_rows <= limits.box_rows
    assert shorter.also <= max(2, limits.also) and shorter.stories >= 1


def test_text_outside_its_limit_is_refused() -> None:
    composed, rendered = made(busy(PeriodKind.DAILY, 100).insight())
    long = rendered.model_copy(update={"words": 301})
    assert list(check_length(composed.text, long)) == ["301 words, but a digest of a day has at most 300"]
    assert list(check_length(composed.text, rendered.model_copy(update={"words": 12}))) == []


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


def test_post_above_the_limit_of_x_is_named() -> None:
    assert list(check_post_length(THREAD_SEPARATOR.join(["a" * 280, "e" * 281]), Product.X)) == [
        "post 2 has 281 characters, but X allows 280"
    ]


@pytest.mark.parametrize("kind", PeriodKind)
@pytest.mark.parametrize("count", [0, 3, 400])
def test_headline_is_the_title_everywhere(kind: PeriodKind, count: int) -> None:
    digest = made(busy(kind, count).insight())[0].digest
    assert digest.title == digest.edition.headline
    assert digest.description == f"{digest.title}."
    assert len(digest.title.split()) <= MAX_HEADLINE_WORDS


def test_prose_count_skips_tables_pictures_references_and_footer() -> None:
    text = (
        "---\ntitle: not me\n---\n\n# One two\n\nThree ([#4](https://x.y), `abc`). [five](https://x.y)\n\n"
        "![not me either](x.svg)\n\n| nor | us |\n|---|---|\n| 1 | 2 |\n\n- six don't\n\n---\n\nNor this.\n"
    )
    assert count_prose_words(text) == 7  # `abc` has no page and reads as a word
    assert count_prose_words("<head><title>x</title></head><p>One <b>two</b></p><hr><p>not me</p>", "html") == 2
    assert count_prose_words("One two https://x.y\n\nIN NUMBERS\n\nCommits: 3\n", "txt") == 2
