"""Digests contain what their insight claims: chapters, headings, credits, footer, numbers and dates."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparky_assets.digests.models import Digest, Product, list_products
from sparky_assets.digests.titles import Language, format_page_name, format_period
from sparky_assets.digests.verify.verify import check_length, find_ungrounded
from sparky_assets.insights.claims.releases import is_chore
from sparky_assets.insights.models import WriterInfo
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.text.words import FRONT_MATTER_BLOCK
from tests.factories.products import made, written
from tests.strategies.git_history import AUTHORS, WEEK, Told, World, commit, worlds

# --- Any world


@settings(max_examples=60)
@given(worlds(), st.sampled_from(Product), st.booleans())
def test_product_of_any_world_is_grounded(world: World, product: Product, emoji: bool) -> None:
    if product not in list_products(world.period.kind):
        return
    url = "https://blog.example.org/2025/11/page"
    text, rendered, insight = written(world, product, with_emoji=emoji, page_url=url)
    assert list(find_ungrounded(text, rendered, insight)) == []
    assert list(check_length(text, rendered)) == []


@settings(max_examples=15)
@given(worlds())
def test_digest_of_a_small_world_covers_every_change_once(world: World) -> None:
    insight = world.insight()
    digest = made(insight)[0].digest
    covered = [claim_id for item in digest.items for claim_id in (item.claim, *item.also)]
    changes = [claim for claim in insight.claims if claim.section in {"change", "release"}]
    released = {claim.repository for claim in changes if claim.section == "release"}
    # "version 1.2.3" is left out if the digest covers a release of its repository.
    by_releases = {claim.id for claim in changes if claim.section == "change" and claim.repository in released
                   and is_chore(insight.get_cited_evidence(claim)[0])}  # fmt: skip
    ids = {claim.id for claim in changes}
    assert sorted(claim_id for claim_id in covered if claim_id in ids) == sorted(ids - by_releases)


@settings(max_examples=15)
@given(worlds())
def test_digest_mentions_no_account_and_has_one_title(world: World) -> None:
    markdown, _, _ = written(world)
    body = FRONT_MATTER_BLOCK.sub("", markdown, count=1)
    assert not re.search(r"@[A-Za-z]", re.sub(r"`[^`]*`", "", body))
    assert len(re.findall(r"^# ", body, re.MULTILINE)) == 1
    assert markdown.endswith("\n")
    assert "\n\n\n" not in markdown


@settings(max_examples=8)
@given(worlds(), st.sampled_from(Product))
def test_product_of_the_same_facts_has_the_same_bytes(world: World, product: Product) -> None:
    if product in list_products(world.period.kind):
        assert written(world, product)[0] == written(world, product)[0]


# --- Parts of a digest


def a_week(*more: Told) -> World:
    repository = Told("acme/tool", "https://github.com/acme/tool", "ok", (
        commit(1, "feat: add x (#5)"), commit(2, "docs: say how", author=AUTHORS[1]),
        commit(3, "Bump ink from 1.0 to 1.1", author=AUTHORS[4]),
    ), ())  # fmt: skip
    return World(WEEK, (repository, *more))


def busy(count: int) -> World:
    """A repository with a number of changes of three kinds."""
    titles = ("feat: add part {}", "fix: mend part {}", "docs: describe part {}")
    commits = tuple(commit(1 + number % 20, titles[number % 3].format(number)) for number in range(count))
    by_sha = {change.sha: change for change in commits}
    return World(WEEK, (Told("acme/tool", "https://github.com/acme/tool", "ok", tuple(by_sha.values()), ()),))


def digest_of(world: World) -> Digest:
    return made(world.insight(), urls=world.urls())[0].digest


def test_chapter_with_many_changes_has_headings_by_theme() -> None:
    (chapter,) = digest_of(busy(12)).chapters
    assert [group.heading for group in chapter.groups] == ["New", "Fixed", "Documentation"]


def test_chapter_with_few_changes_has_no_headings() -> None:
    (chapter,) = digest_of(a_week()).chapters
    (group,) = chapter.groups
    assert (group.heading, [item.text for item in group.brief]) == ("", ["Bump ink from 1.0 to 1.1."])


def test_chapter_links_its_repository_and_shows_its_figures() -> None:
    markdown, _, _ = written(a_week())
    assert (
        "### [acme/tool](https://github.com/acme/tool)\n\n3 commits (1 by bots) from 2 people; 1 merged pull request.\n"
        in markdown
    )


def test_chapter_of_a_repository_without_a_page_has_no_link() -> None:
    assert "### acme/tool\n" in made(a_week().insight(), urls={"acme/tool": None})[0].text


def test_repositories_with_a_single_change_share_a_chapter() -> None:
    more = Told("acme/web-2.0", None, "ok", (commit(5, "fix: stop it"),), ())
    markdown, _, _ = written(a_week(more))
    assert "### Other repositories\n\n- **web-2.0**: Stop it, by Ada Lovelace (" in markdown


def test_people_with_covered_work_are_named_with_links() -> None:
    markdown, _, _ = written(a_week())
    assert re.search(
        r"## With thanks to\n\nAda Lovelace \(\[#5\]\(\S+\)\), Bob \\\*Stone\\\* \(\[\w{7}\]\(\S+\)\)\.", markdown
    )


def test_quiet_week_says_so_with_counts() -> None:
    markdown, rendered, _ = written(a_week())
    assert rendered.is_quiet
    assert "\nThe week had 3 changes, all covered here.\n" in markdown


def test_footer_names_window_sources_gaps_and_authorship() -> None:
    digest = digest_of(a_week(Told("acme/gone", None, "unreadable", (), ())))
    assert digest.footer == (
        "Week 2025-W46: 2025-11-10 00:00 to 2025-11-17 00:00 (UTC). Written after the week had ended.",
        "Read from the git history of 1 repository. "
        "Pull requests come from the subjects of commits, releases from version tags.",
        "Missing here, because it could not be read: acme/gone.",
        "acme/web-2.0 is a shallow clone.",
        "Every sentence was written by rules from these records; no model took part.",
    )


def test_footer_counts_covered_changes_and_worded_sentences() -> None:
    insight = a_week().insight()
    facts = tuple(
        fact.model_copy(update={"value": 1234}) if fact.metric == "changes" else fact for fact in insight.facts
    )
    by_model = {"origin": "model", "chosen_by": "model"}
    first = next(number for number, claim in enumerate(insight.claims) if claim.section == "change")
    claims = list(insight.claims)
    claims[first] = claims[first].model_copy(update=by_model)
    writer = WriterInfo(model="tiny:1b", digest="0123456789abcdef", prompt_version="1", gate_version="1")
    written_by = {"facts": facts, "claims": tuple(claims), "writer": writer, "degraded": ("the model was away",)}
    footer = made(insight.model_copy(update=written_by))[0].digest.footer
    assert "3 of 1,234 changes and releases are covered here. The numbers count all of them." in footer
    model = r"the model tiny:1b \(0123456789ab\)"
    pattern = (
        rf"1 of \d+ sentences was worded by {model} and checked word for word: the sentence on #5\. "
        r"Rules wrote the others\."
    )
    assert re.fullmatch(pattern, footer[-3])
    assert footer[-2:] == (
        "The model read 3 records. Numbers, names and links never come from a model.",
        "The model was away.",
    )


def test_numbers_table_hides_most_zeros() -> None:
    digest = digest_of(World(WEEK, (Told("acme/tool", None, "ok", (), ()),)))
    rows = {row.label: row.value for row in digest.numbers}
    assert rows["Commits"] == "0"
    assert "Commits by bots" not in rows
    assert "Commits not measured" not in rows


def test_front_matter_has_title_and_last_day() -> None:
    markdown, _, _ = written(a_week())
    head = FRONT_MATTER_BLOCK.match(markdown)
    assert head is not None
    assert 'title: "Acme 42: 10–16 November 2025 (2025-W46)"\n' in head[0]
    assert "\ndate: 2025-11-16\n" in head[0]
    assert '\n  - "weekly"\n' in head[0]


@pytest.mark.parametrize(
    ("kind", "start", "language", "expected"),
    [
        (PeriodKind.DAILY, date(2025, 11, 12), "en", "Wednesday, 12 November 2025"),
        (PeriodKind.WEEKLY, date(2025, 11, 10), "en", "10–16 November 2025 (2025-W46)"),
        (PeriodKind.WEEKLY, date(2025, 9, 29), "en", "29 September – 5 October 2025 (2025-W40)"),
        (PeriodKind.WEEKLY, date(2024, 12, 30), "en", "30 December 2024 – 5 January 2025 (2025-W01)"),
        (PeriodKind.MONTHLY, date(2025, 2, 1), "en", "February 2025"),
        (PeriodKind.DAILY, date(2025, 3, 12), "de", "Mittwoch, 12. März 2025"),
        (PeriodKind.WEEKLY, date(2025, 11, 10), "de", "10.–16. November 2025 (2025-W46)"),
        (PeriodKind.WEEKLY, date(2024, 12, 30), "de", "30. Dezember 2024 – 5. Januar 2025 (2025-W01)"),
    ],
)
def test_period_is_formatted_in_each_language(kind: PeriodKind, start: date, language: Language, expected: str) -> None:
    assert format_period(Period(kind, start), language) == expected


def test_digest_with_german_dates_is_grounded() -> None:
    markdown, rendered, insight = written(a_week(), language="de")
    assert "# Acme 42: 10.–16. November 2025 (2025-W46)\n" in markdown
    assert list(find_ungrounded(markdown, rendered, insight)) == []
    assert format_page_name(insight.period) == "week-2025-46"


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (("git",), "Read from the git history of 1 repository. Pull requests come from the subjects of commits, "),
        (("github",), "Read from GitHub: 1 repository with commits, pull requests, reviews, issues and releases."),
        (("git", "github"), "Read from GitHub and from local clones: 1 repository."),
    ],
)
def test_footer_names_each_combination_of_sources(sources: tuple[str, ...], expected: str) -> None:
    insight = a_week().insight().model_copy(update={"sources": sources})
    assert any(line.startswith(expected) for line in made(insight)[0].digest.footer)
