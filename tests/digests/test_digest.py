"""Digests contain what their insight claims: chapters, headings, credits, footer, numbers and dates."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.digests.footer import HOW_LINE, format_fact
from sparky_assets.digests.models import Digest, Product, list_products
from sparky_assets.digests.render.samples import build_sample, check_templates
from sparky_assets.digests.titles import Language, format_page_name, format_period
from sparky_assets.digests.verify.verify import check_length, find_ungrounded
from sparky_assets.metrics.models import Fact
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.text.words import FRONT_MATTER_BLOCK
from tests.factories.products import made, written
from tests.strategies.effort import limit_examples
from tests.strategies.git_history import AUTHORS, WEEK, RepositoryLog, World, commit, worlds

# --- Generated organisations


@limit_examples(60)
@given(worlds(), st.sampled_from(Product), st.booleans())
def test_product_of_any_organisation_is_grounded(world: World, product: Product, emoji: bool) -> None:
    if product not in list_products(world.period.kind):
        return
    url = "https://blog.example.org/2025/11/page"
    text, rendered, insight = written(world, product, with_emoji=emoji, page_url=url)
    assert list(find_ungrounded(text, rendered, insight)) == []
    assert list(check_length(text, rendered)) == []


@limit_examples(15)
@given(worlds())
def test_digest_mentions_no_account_and_has_one_title(world: World) -> None:
    markdown, _, _ = written(world)
    body = FRONT_MATTER_BLOCK.sub("", markdown, count=1)
    assert not re.search(r"@[A-Za-z]", re.sub(r"`[^`]*`", "", body))
    assert len(re.findall(r"^# ", body, re.MULTILINE)) == 1
    assert markdown.endswith("\n")
    assert "\n\n\n" not in markdown


@limit_examples(8)
@given(worlds(), st.sampled_from(Product))
def test_product_of_the_same_facts_has_the_same_bytes(world: World, product: Product) -> None:
    if product in list_products(world.period.kind):
        assert written(world, product)[0] == written(world, product)[0]


# --- Parts of a digest


def a_week(*more: RepositoryLog) -> World:
    repository = RepositoryLog("acme/tool", "https://github.com/acme/tool", "ok", (
        commit(1, "feat: add x (#5)"), commit(2, "docs: say how", author=AUTHORS[1]),
        commit(3, "Bump ink from 1.0 to 1.1", author=AUTHORS[4]),
    ), ())  # fmt: skip
    return World(WEEK, (repository, *more))


def a_month() -> World:
    return World(period_of_day(PeriodKind.MONTHLY, WEEK.start), a_week().repositories)


def digest_of(world: World) -> Digest:
    return made(world.insight(), urls=world.urls())[0].digest


def test_changes_have_their_person_and_link() -> None:
    markdown, _, _ = written(a_week())
    assert "\n- Ada Lovelace [added x](https://github.com/acme/tool/pull/5).\n" in markdown
    assert "\n- From Bob \\*Stone\\*: [Docs: Say how](https://github.com/acme/tool/commit/" in markdown
    assert "\n- Dependabot made one update of dependencies.\n" in markdown


def test_change_of_a_repository_without_a_page_has_no_link() -> None:
    text, _, _ = written(World(WEEK, (RepositoryLog("lonely", None, "ok", a_week().repositories[0].commits, ()),)))
    assert "- Ada Lovelace added x.\n" in text
    assert "](" not in text


def test_changes_of_several_repositories_name_theirs() -> None:
    more = RepositoryLog("acme/web-2.0", None, "ok", (commit(5, "fix: stop it"),), ())
    markdown, _, _ = written(a_week(more))
    assert "\n- web-2.0: Ada Lovelace stopped it.\n" in markdown
    assert "\n- tool: Ada Lovelace [added x](" in markdown


def test_period_without_changes_says_so_in_one_sentence() -> None:
    text, rendered, _ = written(World(WEEK, (RepositoryLog("acme/tool", None, "ok", (), ()),)))
    assert rendered.is_quiet
    assert rendered.title == "Acme 42: nothing landed"
    assert "\nNo commits, releases or merged pull requests.\n" in text
    assert "##" not in text


def test_counts_are_one_line_of_the_footer() -> None:
    markdown, _, _ = written(a_week())
    assert (
        "\n---\n\nOne pull request merged and two other changes, from two people.\n"
        in markdown.partition("# tool: Add x")[2]
    )


def test_footer_names_gaps_and_how_it_was_made() -> None:
    digest = digest_of(a_week(RepositoryLog("acme/gone", None, "unreadable", (), ())))
    assert digest.footer == (
        "Missing here, because it could not be read: acme/gone.",
        "acme/web-2.0 is a shallow clone.",
        HOW_LINE,
    )


def test_front_matter_has_headline_and_last_day() -> None:
    markdown, _, _ = written(a_week())
    head = FRONT_MATTER_BLOCK.match(markdown)
    assert head is not None
    assert 'title: "tool: Add x; Docs: Say how"\n' in head[0]
    assert "\ndate: 2025-11-16\n" in head[0]
    assert '\n  - "weekly"\n' in head[0]


def test_sample_of_every_template_is_grounded() -> None:
    assert build_sample(PeriodKind.WEEKLY).stories.box_rows
    assert list(check_templates([find_shipped_folder("templates")])) == []


@pytest.mark.parametrize(
    ("kind", "start", "language", "expected"),
    [
        (PeriodKind.DAILY, date(2025, 11, 12), "en", "Wednesday, November 12, 2025"),
        (PeriodKind.WEEKLY, date(2025, 11, 10), "en", "November 10–16, 2025 (2025-W46)"),
        (PeriodKind.WEEKLY, date(2025, 9, 29), "en", "September 29 – October 5, 2025 (2025-W40)"),
        (PeriodKind.WEEKLY, date(2024, 12, 30), "en", "December 30, 2024 – January 5, 2025 (2025-W01)"),
        (PeriodKind.MONTHLY, date(2025, 2, 1), "en", "February 2025"),
        (PeriodKind.DAILY, date(2025, 3, 12), "de", "Mittwoch, 12. März 2025"),
        (PeriodKind.WEEKLY, date(2025, 11, 10), "de", "10.–16. November 2025 (2025-W46)"),
        (PeriodKind.WEEKLY, date(2024, 12, 30), "de", "30. Dezember 2024 – 5. Januar 2025 (2025-W01)"),
    ],
)
def test_period_is_formatted_in_each_language(kind: PeriodKind, start: date, language: Language, expected: str) -> None:
    assert format_period(Period(kind, start), language) == expected


def test_page_name_of_a_week_has_its_number() -> None:
    assert format_page_name(WEEK) == "week-2025-46"


@pytest.mark.parametrize(("value", "shown"), [("3.00", "3"), ("2.50", "2.5"), ("10.00", "10"), ("0.00", "0")])
def test_median_number_of_comments_is_shown_without_zeros(value: str, shown: str) -> None:
    fact = Fact(metric="m", scope="all", value=Decimal(value), unit="comments", sources=())
    assert format_fact(fact) == shown
