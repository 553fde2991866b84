"""The headline of a period: news, what is blocked, and what repositories did alike."""

from datetime import UTC, datetime

import pytest

from resources.git.log import GitTag
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.assemble import build_window_stories
from sparky_assets.stories.models import PeriodStories, ReleaseNote
from sparky_assets.stories.printing.headline import EditionFacts, build_headline_sentence, choose_lead_release
from tests.stories.test_layout import build_stories_of, make_facts
from tests.stories.test_write import write_sweep
from tests.strategies.git_history import AUTHORS, WEEK, RepositoryLog, World, commit


@pytest.mark.parametrize(
    ("titles", "headline"),
    [
        (("Add a gauge to the dial",), "Added to the dial in tool: a gauge"),
        (("Remove the gauge of the dial",), "Removed from tool: the gauge of the dial"),
        (("Gauges are no longer drawn",), "tool: Gauges are no longer drawn"),
    ],
)
def test_headline_of_one_story_is_news_about_its_project(titles: tuple[str, ...], headline: str) -> None:
    stories = build_stories_of(*(commit(number, title) for number, title in enumerate(titles)))
    assert build_headline_sentence(stories, make_facts()).text == headline


def test_second_part_of_a_headline_begins_small() -> None:
    stories = build_stories_of(
        commit(1, "Add a gauge to the dial\n\nThe gauge shows what users could not see before."),
        commit(
            2, "Remove the harbour of old ships\n\nThe harbour silently ignored ships since spring.", author=AUTHORS[3]
        ),
    )
    assert build_headline_sentence(stories, make_facts()).text in {
        "Added to the dial in tool: a gauge; removed: the harbour of old ships",
        "Removed from tool: the harbour of old ships; added to the dial: a gauge",
    }


def test_dots_of_a_title_stay_in_the_headline() -> None:
    stories = build_stories_of(commit(1, "fix: Disallow names of piers that resolve to .."))
    assert build_headline_sentence(stories, make_facts()).text == "tool: Disallow names of piers that resolve to .."


def test_headline_of_a_month_names_the_month() -> None:
    stories = build_stories_of(commit(1, "Add a gauge to the dial"))
    facts = EditionFacts(
        Period(PeriodKind.MONTHLY, datetime(2025, 11, 1, tzinfo=UTC).date()), "acme", "UTC", 1, 1, 0, 1
    )
    assert build_headline_sentence(stories, facts).text == "Added to the dial in tool in November: a gauge"


def test_headline_of_something_blocked_quotes_its_author() -> None:
    text = "Document the build attempts\n\nThe port is too new.\n\n- Release blocked until the port is dredged\n"
    stories = build_stories_of(commit(1, text))
    assert build_headline_sentence(stories, make_facts()).text == "tool: “Release blocked until the port is dredged”"


def test_blocked_story_is_headed_by_the_repository_of_its_words() -> None:
    title = "Document the build attempts of the port"
    blocked = commit(1, f"{title}\n\n- Release blocked until the port is dredged\n")
    other = commit(2, f"{title}\n\nIt went well.")
    logs = (("acme/ahead", other), ("acme/tool", blocked))
    raw = World(WEEK, tuple(RepositoryLog(name, None, "ok", (own,), ()) for name, own in logs)).raw()
    stories = build_window_stories(raw, "UTC")
    assert build_headline_sentence(stories, make_facts()).text == "tool: “Release blocked until the port is dredged”"


def test_newest_line_leads_among_the_releases_of_a_day() -> None:
    releases = [
        ReleaseNote(
            key=f"release:acme/tool@{version}", repository="acme/tool", tag=version, version=version, title=version,
            url=None, published_at=datetime(2025, 11, 12, 8, minute, tzinfo=UTC), is_prerelease=False,
        )
        for minute, version in enumerate(("7.4.10", "7.4.9", "6.2.16"))
    ]  # fmt: skip
    headlines = {release.key: f"tool {release.version} is out: two fixes" for release in releases}
    stories = PeriodStories(releases=tuple(releases), release_headlines=headlines)
    assert build_headline_sentence(stories, make_facts()).text == "tool 7.4.10 is out: two fixes"


@pytest.mark.parametrize(
    ("tags", "lead"),
    [
        (("tool-v0.8.5", "tool-extra-v0.10.2"), "tool-v0.8.5"),
        # The library has the larger version; `cargo-tool` is the program.
        (("cargo-tool-0.9.143", "tool-runner-0.122.0"), "cargo-tool-0.9.143"),
    ],
)
def test_package_of_the_repository_leads_before_a_later_one(tags: tuple[str, str], lead: str) -> None:
    releases = [
        ReleaseNote(
            key=f"release:acme/tool@{tag}", repository="acme/tool", tag=tag,
            version=tag.rpartition("-")[2].removeprefix("v"), title=tag, url=None,
            published_at=datetime(2025, 11, day, tzinfo=UTC), is_prerelease=False,
        )
        for day, tag in enumerate(tags, 11)
    ]  # fmt: skip
    headlines = {release.key: f"{release.tag} is out: two fixes" for release in releases}
    stories = PeriodStories(releases=tuple(releases), release_headlines=headlines)
    assert build_headline_sentence(stories, make_facts()).text == f"{lead} is out: two fixes"


@pytest.mark.parametrize(
    ("weights", "lead"),
    [
        # The release of the last day leads only if nothing else says which weighs more.
        ({}, "gauge"),
        ({"pier": (0, 0, 1, 0, 0, 7, 0, 2, 0), "gauge": (0, 0, 1, 0, 0, 1, 0, 0, 0)}, "pier"),
        ({"pier": (0, 0, 1, 0, 0, 7, 0, 2, 0), "gauge": (0, 1, 0, 0, 1, 1, 0, 0, 0)}, "gauge"),
        ({"pier": (0, 1, 0, 0, 3, 7, 0, 2, 0), "gauge": (0, 1, 0, 0, 1, 1, 0, 0, 0)}, "pier"),
        ({"pier": (0, 1, 0, 0, 3, 7, 0, 2, 0), "buoy": (1, 0, 0, 1, 0, 0, 0, 0, 0)}, "buoy"),
    ],
)
def test_release_that_weighs_most_leads_among_repositories(weights: dict[str, tuple[int, ...]], lead: str) -> None:
    releases = [
        ReleaseNote(
            key=name, repository=f"acme/{name}", tag="v1.2.0", version="1.2.0", title="1.2.0",
            url=None, published_at=datetime(2025, 11, day, tzinfo=UTC), is_prerelease=False,
        )
        for day, name in ((10, "buoy"), (11, "pier"), (12, "gauge"))
    ]  # fmt: skip
    headlines = {release.key: f"{release.key} is out: two fixes" for release in releases}
    stories = PeriodStories(releases=tuple(releases), release_headlines=headlines, release_weights=weights)
    assert build_headline_sentence(stories, make_facts()).text == f"{lead} is out: two fixes"


def test_version_of_the_only_repository_leads_before_its_first_story() -> None:
    stories = build_stories_of(
        commit(1, "Bump the version to 1.2.0"),
        commit(2, "Add a gauge to the dial\n\nThe gauge shows what users could not see before."),
        tags=(make_tag("v1.2.0", 1),),
    )
    assert build_headline_sentence(stories, make_facts()).text == "tool 1.2.0 is out; added to the dial: a gauge"


def test_break_that_says_what_it_means_leads_before_one_of_a_title_alone() -> None:
    """nushell in June 2026: of two breaking changes one has a section, and the other says nothing beyond its title."""
    stories = build_stories_of(
        commit(1, "feat!: make `lamp sort` and `--order` consistent\n\nBREAKING CHANGE: yes\n\nCloses #1, #2."),
        commit(
            2,
            "feat!: add a gauge to the dial\n\nThe gauge shows what users could not see before.\n\n"
            "Users can now read the depth of the harbour at night, because the dial has a lamp.",
        ),
    )
    headline = build_headline_sentence(stories, make_facts()).text
    assert headline.index("gauge") < headline.index("lamp sort")


def test_removal_leads_before_what_is_new() -> None:
    # testcontainers-java, September 2025: the paper was headed by a port, and the removal came second.
    stories = build_stories_of(
        commit(1, "Add a gauge to the dial\n\nThe gauge shows what users could not see before."),
        commit(2, "Remove support for old lamps"),
    )
    assert build_headline_sentence(stories, make_facts()).text == (
        "Removed from tool: support for old lamps; added to the dial: a gauge"
    )


def test_removal_of_what_was_deprecated_or_of_code_leads_before_nothing() -> None:
    stories = build_stories_of(
        commit(1, "Add a gauge to the dial\n\nThe gauge shows what users could not see before."),
        commit(2, "Remove deprecated lamp preprocessor"),
    )
    assert build_headline_sentence(stories, make_facts()).text == "Added to the dial in tool: a gauge"


def test_several_changes_of_one_thing_lead_without_messages() -> None:
    # Odin, November 2024: three changes of a linker option stood below the one change that had a message.
    stories = build_stories_of(
        commit(1, "Add `-lamp` for lanterns"),
        commit(2, "Disallow `-gull` and `-lamp` for lanterns"),
        commit(3, "Use `-lamp` and `-keel` for lanterns"),
        commit(4, "Polish the needle\n\nThe needle silently ignored the north, so that users lost their way."),
    )
    assert build_headline_sentence(stories, make_facts()).text.startswith("New in tool: `-lamp` for lanterns")


def test_breaking_refactoring_without_a_word_leads_before_nothing() -> None:
    # tree-sitter, November 2025: `refactor(loader)!: transition from anyhow to thiserror` was the headline.
    stories = build_stories_of(
        commit(1, "Add a gauge to the dial\n\nThe gauge shows what users could not see before."),
        commit(2, "refactor(loader)!: transition from lamps to lanterns"),
    )
    assert build_headline_sentence(stories, make_facts()).text == "Added to the dial in tool: a gauge"


LONG_TITLE = (
    "Draw the lamps of the harbour and do not ask the keeper of the light for all the names of ships that came by night"
)
"""No part of a title with a negation is a title."""


def test_second_part_of_a_headline_is_the_first_that_it_has_room_for() -> None:
    # fastify, July 2024: the title of the second story was too long, and the third was left out with it.
    text = "\n\nUsers could not see {} before, so that they silently lost their way."
    stories = build_stories_of(
        commit(1, "feat!: Remove the gauge of the dial" + text.format("gauges")),
        commit(2, LONG_TITLE + text.format("lamps"), author=AUTHORS[2]),
        commit(3, "Sort harbours by name" + text.format("harbours"), author=AUTHORS[3]),
    )
    headline = build_headline_sentence(stories, make_facts()).text
    assert headline.endswith("sort harbours by name")


def make_tag(name: str, number: int) -> GitTag:
    made = commit(number, "")
    return GitTag(name, made.sha, made.author_name, made.author_email, made.committed_at, "")


def test_major_versions_of_two_projects_are_named_together() -> None:
    releases = [
        ReleaseNote(
            key=name, repository=f"acme/{name}", tag="v2.0.0", version="2.0.0", title="2.0.0", url=None,
            published_at=datetime(2025, 11, day, tzinfo=UTC), is_prerelease=False,
        )
        for day, name in ((10, "buoy"), (11, "pier"))
    ]  # fmt: skip
    headlines = {release.key: f"{release.key} 2.0.0 is out" for release in releases}
    stories = PeriodStories(releases=tuple(releases), release_headlines=headlines)
    assert build_headline_sentence(stories, make_facts()).text == "pier 2.0.0 and buoy 2.0.0 are out"
    headlines = {key: f"{text}: Mend the rope" for key, text in headlines.items()}
    stories = PeriodStories(releases=tuple(releases), release_headlines=headlines)
    assert build_headline_sentence(stories, make_facts()).text == "pier 2.0.0 is out: Mend the rope"


@pytest.mark.parametrize(
    ("version", "minutes", "leads"), [("1.2.0", (0, 4, 9), False), ("2.0.0", (0, 4, 9), True), ("1.2.0", (0, 4), True)]
)
def test_version_without_notes_leads_before_what_few_repositories_share(
    version: str, minutes: tuple[float, ...], *, leads: bool
) -> None:
    release = ReleaseNote(
        key="pier", repository="acme/pier", tag=f"v{version}", version=version, title=version, url=None,
        published_at=datetime(2025, 11, 10, tzinfo=UTC), is_prerelease=False,
    )  # fmt: skip
    stories = PeriodStories(
        releases=(release,),
        release_headlines={"pier": f"pier {version} is out: Mend the rope"},
        stories=(write_sweep(*minutes),),
    )
    assert (choose_lead_release(stories) == release) is leads


def test_package_whose_notes_say_most_leads_before_one_of_a_larger_number() -> None:
    releases = tuple(
        ReleaseNote(
            key=tag, repository="acme/harbour", tag=tag, version=tag.rpartition("v")[2], title=tag, url=None,
            published_at=datetime(2025, 11, 11, tzinfo=UTC), is_prerelease=False,
        )
        for tag in ("lamp-v0.12.0", "pier-v0.11.0")
    )  # fmt: skip
    headlines = {release.key: f"{release.tag} is out: two fixes" for release in releases}
    weights = {"lamp-v0.12.0": (0, 0, 0, 0, 0, 0, 0, 1, 0), "pier-v0.11.0": (0, 0, 1, 0, 0, 7, 0, 2, 0)}
    stories = PeriodStories(releases=releases, release_headlines=headlines, release_weights=weights)
    assert build_headline_sentence(stories, make_facts()).text == "pier-v0.11.0 is out: two fixes"
