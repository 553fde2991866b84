"""A digest says what its insight claims and nothing else; what was planted in it is found."""

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
from tests.digests.made import made, written
from tests.worlds import AUTHORS, WEEK, Told, World, commit, worlds

# --- Any world


@settings(max_examples=60)
@given(worlds(), st.sampled_from(Product), st.booleans())
def test_every_product_of_any_world_is_accounted_for(world: World, product: Product, emoji: bool) -> None:
    if product not in list_products(world.period.kind):
        return
    url = "https://blog.example.org/2025/11/page"
    text, rendered, insight = written(world, product, emoji=emoji, url=url)
    assert list(find_ungrounded(text, rendered, insight)) == []
    assert list(check_length(text, rendered)) == []


@settings(max_examples=15)
@given(worlds())
def test_a_small_world_is_told_whole_and_every_change_once(world: World) -> None:
    insight = world.insight()
    digest = made(insight)[0].digest
    told = [claim for item in digest.items for claim in (item.claim, *item.also)]
    changes = [claim for claim in insight.claims if claim.section in {"change", "release"}]
    released = {claim.repository for claim in changes if claim.section == "release"}
    # "version 1.2.3" in a repository of which a release is told: the release says it.
    by_releases = {claim.id for claim in changes if claim.section == "change" and claim.repository in released
                   and is_chore(insight.get_cited_evidence(claim)[0])}  # fmt: skip
    ids = {claim.id for claim in changes}
    assert sorted(one for one in told if one in ids) == sorted(ids - by_releases)


@settings(max_examples=15)
@given(worlds())
def test_a_digest_pings_nobody_and_has_one_heading_at_the_top(world: World) -> None:
    markdown, _, _ = written(world)
    body = FRONT_MATTER_BLOCK.sub("", markdown, count=1)
    assert not re.search(r"@[A-Za-z]", re.sub(r"`[^`]*`", "", body))
    assert len(re.findall(r"^# ", body, re.MULTILINE)) == 1
    assert markdown.endswith("\n")
    assert "\n\n\n" not in markdown


@settings(max_examples=8)
@given(worlds(), st.sampled_from(Product))
def test_the_same_facts_give_the_same_bytes(world: World, product: Product) -> None:
    if product in list_products(world.period.kind):
        assert written(world, product)[0] == written(world, product)[0]


# --- What a digest owes its reader


def a_week(*more: Told) -> World:
    told = Told("acme/tool", "https://github.com/acme/tool", "ok", (
        commit(1, "feat: add x (#5)"), commit(2, "docs: say how", author=AUTHORS[1]),
        commit(3, "Bump ink from 1.0 to 1.1", author=AUTHORS[4]),
    ), ())  # fmt: skip
    return World(WEEK, (told, *more))


def busy(count: int) -> World:
    """A repository with so many changes of three kinds."""
    titles = ("feat: add part {}", "fix: mend part {}", "docs: describe part {}")
    commits = tuple(commit(1 + number % 20, titles[number % 3].format(number)) for number in range(count))
    distinct = {one.sha: one for one in commits}
    return World(WEEK, (Told("acme/tool", "https://github.com/acme/tool", "ok", tuple(distinct.values()), ()),))


def digest_of(world: World) -> Digest:
    return made(world.insight(), urls=world.urls())[0].digest


def test_loud_themes_have_headings_in_their_order_and_the_rest_shares_one() -> None:
    (chapter,) = digest_of(busy(12)).chapters
    assert [group.heading for group in chapter.groups] == ["New", "Fixed", "Documentation"]


def test_of_few_changes_no_heading_is_made_and_dependencies_stand_in_one_line() -> None:
    (chapter,) = digest_of(a_week()).chapters
    (group,) = chapter.groups
    assert (group.heading, [item.text for item in group.brief]) == ("", ["Bump ink from 1.0 to 1.1."])


def test_a_repository_has_its_page_and_its_figures() -> None:
    markdown, _, _ = written(a_week())
    assert (
        "### [acme/tool](https://github.com/acme/tool)\n\n3 commits (1 by bots) from 2 people; 1 merged pull request.\n"
        in markdown
    )


def test_a_repository_without_a_page_is_named_plainly() -> None:
    assert "### acme/tool\n" in made(a_week().insight(), urls={"acme/tool": None})[0].text


def test_repositories_with_one_thing_to_tell_share_a_chapter_that_names_them() -> None:
    more = Told("acme/web-2.0", None, "ok", (commit(5, "fix: stop it"),), ())
    markdown, _, _ = written(a_week(more))
    assert "### Other repositories\n\n- **web-2.0**: Stop it, by Ada Lovelace (" in markdown


def test_people_whose_work_is_told_above_are_named_with_links_to_it() -> None:
    markdown, _, _ = written(a_week())
    assert re.search(
        r"## With thanks to\n\nAda Lovelace \(\[#5\]\(\S+\)\), Bob \\\*Stone\\\* \(\[\w{7}\]\(\S+\)\)\.", markdown
    )


def test_a_week_with_little_in_it_says_so_with_the_counts_that_prove_it() -> None:
    markdown, rendered, _ = written(a_week())
    assert rendered.is_quiet
    assert "\nIt was a quiet week with 3 changes, all covered here.\n" in markdown


def test_the_footer_says_window_sources_what_is_left_out_and_who_worded_it() -> None:
    digest = digest_of(a_week(Told("acme/gone", None, "unreadable", (), ())))
    assert digest.footer == (
        "Week 2025-W46: 2025-11-10 00:00 to 2025-11-17 00:00 (UTC). Written after the week had ended.",
        "Read from the git history of 1 repository. "
        "Pull requests come from the subjects of commits, releases from version tags.",
        "Missing here, because it could not be read: acme/gone.",
        "acme/web-2.0 is a shallow clone.",
        "Every sentence was written by rules from these records; no model took part.",
    )


def test_the_footer_says_how_much_is_told_and_how_much_a_model_worded() -> None:
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
    assert re.fullmatch(
        r"1 of \d+ sentences was worded by the model tiny:1b \(0123456789ab\) and checked word for word: the sentence on #5\. "
        r"Rules wrote the others\.",
        footer[-3],
    )
    assert footer[-2:] == (
        "The model read 3 records. Numbers, names and links never come from a model.",
        "The model was away.",
    )


def test_numbers_that_are_zero_are_shown_only_where_zero_says_something() -> None:
    digest = digest_of(World(WEEK, (Told("acme/tool", None, "ok", (), ()),)))
    rows = {row.label: row.value for row in digest.numbers}
    assert rows["Commits"] == "0"
    assert "Commits by bots" not in rows
    assert "Commits not measured" not in rows


def test_the_front_matter_says_title_and_last_day() -> None:
    markdown, _, _ = written(a_week())
    head = FRONT_MATTER_BLOCK.match(markdown)
    assert head is not None
    assert 'title: "Acme 42: 10–16 November 2025 (2025-W46)"\n' in head[0]
    assert "\ndate: 2025-11-16\n" in head[0]
    assert '\n  - "weekly"\n' in head[0]


@pytest.mark.parametrize(
    ("kind", "start", "language", "said"),
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
def test_a_period_is_called_as_people_call_it(kind: PeriodKind, start: date, language: Language, said: str) -> None:
    assert format_period(Period(kind, start), language) == said


def test_dates_follow_the_language_and_the_text_is_accounted_for_all_the_same() -> None:
    markdown, rendered, insight = written(a_week(), language="de")
    assert "# Acme 42: 10.–16. November 2025 (2025-W46)\n" in markdown
    assert list(find_ungrounded(markdown, rendered, insight)) == []
    assert format_page_name(insight.period) == "week-2025-46"


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (("git",), "Read from the git history of 1 repository. Pull requests come from the subjects of commits, "),
        (("github",), "Read from GitHub: 1 repository with commits, pull requests, reviews, issues and releases."),
        (("git", "github"), "Read from GitHub and from local clones: 1 repository."),
    ],
)
def test_the_footer_says_from_where_it_was_read(sources: tuple[str, ...], said: str) -> None:
    insight = a_week().insight().model_copy(update={"sources": sources})
    assert any(line.startswith(said) for line in made(insight)[0].digest.footer)
