"""Releases that contain a change, their text in box and headlines, and releases that the next one fixed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.git.log import GitCommit, GitTag
from sparky_assets.raw.commit_graph import list_ancestors
from sparky_assets.raw.tables import NOTES
from sparky_assets.stories.assemble import build_window_stories
from sparky_assets.stories.containment import find_containment
from sparky_assets.stories.models import BoxRow, Change, PeriodStories, ReleaseNote, SentencePart, StorySentence
from sparky_assets.stories.printing.box.containing_releases import build_fixed_row, tell_containment
from sparky_assets.stories.printing.box.note_rows import name_version
from sparky_assets.stories.printing.closing import tell_dependencies
from tests.strategies.git_history import WEEK, RepositoryLog, World, commit

NAME, URL = "acme/tool", "https://github.com/acme/tool"
START = datetime(2026, 3, 9, tzinfo=UTC)


def make_tag(name: str, sha: str, hours: int = 30) -> GitTag:
    at = int(WEEK.window("UTC").start.timestamp()) + hours * 3600
    return GitTag(name, sha, "Ada", "ada@example.com", at, name)


def make_change(number: int, title: str, *, repository: str = NAME, **values: Any) -> Change:
    return Change(
        key=f"pr:{repository}#{number}", repository=repository, number=number, sha=f"{number:040x}",
        url=f"https://github.com/{repository}/pull/{number}", raw_title=title, title=title, author="Ada",
        author_key="ada", landed_at=START + timedelta(hours=number), **values,
    )  # fmt: skip


def make_release(tag: str, hours: int = 1, *, repository: str = NAME, title: str = "", **values: object) -> ReleaseNote:
    return ReleaseNote(
        key=f"release:{repository}@{tag}", repository=repository, tag=tag, version=tag.removeprefix("v"),
        title=title or tag, url=f"{URL}/releases/tag/{tag}", published_at=START + timedelta(hours=hours),
        is_prerelease=False, **values,
    )  # fmt: skip


def make_advisory_row(*keys: str) -> BoxRow:
    title = SentencePart(kind="title", text="Bump")
    sentence = StorySentence(template="B-MARK", parts=(title,))
    return BoxRow(mark="Security", label="CVE-2026-1", sentences=(sentence,), changes=keys)


def list_tags(tags: Sequence[tuple[str, str]]) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return the releases of three changes in a row by title, and the repositories where they are known."""
    first = commit(1, "Add the gauge")
    second = commit(2, "Add the needle", parents=(first.sha,))
    third = commit(3, "Add the scale", parents=(second.sha,))
    shas = {"first": first.sha, "second": second.sha, "third": third.sha}
    git_tags = tuple(make_tag(name, shas.get(sha, sha), 30 + number) for number, (name, sha) in enumerate(tags))
    stories = build_window_stories(
        World(WEEK, (RepositoryLog(NAME, URL, "ok", (third, second, first), git_tags),)).raw(), "UTC"
    )
    return {change.title: change.releases for change in stories.changes}, stories.known_containment


def test_change_before_a_tag_is_in_its_release_and_a_later_one_is_not() -> None:
    releases, known = list_tags([("v1.2.0", "second")])
    assert releases == {"Add the gauge": ("v1.2.0",), "Add the needle": ("v1.2.0",), "Add the scale": ()}
    assert known == (NAME,)


def build_stories_of_tags(*tags: tuple[str, int]) -> PeriodStories:
    """Return the stories of three changes; each tag is on the commit of a number, from 0."""
    titles = ("Add the gauge to the dial", "Add the needle to the dial", "Fix the scale of the dial")
    commits: list[GitCommit] = []
    for number, title in enumerate(titles):
        commits.append(commit(number, title, parents=tuple(previous.sha for previous in commits[-1:])))
    git_tags = tuple(make_tag(name, commits[position].sha, 30 + position) for name, position in tags)
    repository = RepositoryLog(NAME, URL, "ok", tuple(reversed(commits)), git_tags)
    return build_window_stories(World(WEEK, (repository,)).raw(), "UTC")


def test_release_without_notes_names_what_is_new_in_it() -> None:
    stories = build_stories_of_tags(("v1.2.0", 1))
    texts = [sentence.text for sentence in stories.release_sentences[f"release:{NAME}@v1.2.0"]]
    assert texts[-1] == "In it: Add the gauge to the dial and Add the needle to the dial."
    headline = stories.release_headlines[f"release:{NAME}@v1.2.0"]
    assert headline.text == "tool 1.2.0 is out: Add the gauge to the dial"


def test_patch_without_notes_and_without_the_first_story_does_not_lead() -> None:
    stories = build_stories_of_tags(("v1.2.0", 0), ("v1.2.1", 2))
    assert stories.stories[0].brief.text == "Added to the dial: the gauge."
    assert list(stories.release_headlines) == [f"release:{NAME}@v1.2.0"]
    newest = stories.release_sentences[f"release:{NAME}@v1.2.1"][-1].text
    assert newest == "In it: Add the needle to the dial and Fix the scale of the dial."


def test_final_release_comes_before_an_earlier_prerelease() -> None:
    releases, _ = list_tags([("v1.2.0-rc.1", "first"), ("v1.2.0", "second")])
    assert releases["Add the gauge"] == ("v1.2.0", "v1.2.0-rc.1")


def test_release_of_a_commit_outside_the_window_leaves_all_unknown() -> None:
    releases, known = list_tags([("v1.2.0", "second"), ("v1.1.9", "f" * 40)])
    assert set(releases.values()) == {()}
    assert known == ()


def test_repository_with_releases_of_several_packages_is_unknown() -> None:
    _, known = list_tags([("cli-v1.2.0", "second"), ("core-v1.0.0", "third")])
    assert known == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=12), st.integers(0, 14))
def test_ancestors_of_any_graph_are_closed_and_hold_the_start(edges: list[list[int]], start: int) -> None:
    parents = {str(number): [str(parent) for parent in row] for number, row in enumerate(edges)}
    ancestors = list_ancestors(str(start), parents)
    assert (str(start) in ancestors) == (str(start) in parents)
    assert all(parent in ancestors for sha in ancestors for parent in parents[sha] if parent in parents)


def test_window_without_releases_knows_nothing() -> None:
    window = World(WEEK, (RepositoryLog(NAME, URL, "ok", (commit(1, "Add the gauge"),), ()),)).raw()
    containment = find_containment(window, (), ())
    assert (dict(containment.tags), containment.known_repositories) == ({}, frozenset())


# --- Rows of advisories


def test_advisory_in_no_release_says_so_only_where_it_is_known() -> None:
    change = make_change(1, "Bump")
    (known,) = tell_containment([make_advisory_row(change.key)], [change], [make_release("v1.0.0")], {NAME})
    (unknown,) = tell_containment([make_advisory_row(change.key)], [change], [make_release("v1.0.0")], set())
    assert known.sentences[-1].text == "It is in no release yet."
    assert len(unknown.sentences) == 1


def test_advisory_in_a_release_names_it() -> None:
    change = make_change(1, "Bump", releases=("v1.0.0",))
    (row,) = tell_containment([make_advisory_row(change.key)], [change], [make_release("v1.0.0")], {NAME})
    assert row.sentences[-1].text == "It is in tool 1.0.0."


def test_removal_after_the_release_of_the_period_says_that_it_is_not_in_it() -> None:
    sentence = StorySentence(template="B-MARK", parts=(SentencePart(kind="title", text="Drop Python 3.9"),))
    row = BoxRow(mark="Removed", label="Removed", sentences=(sentence,), changes=("pr:acme/tool#1",))
    later, earlier = make_change(1, "Drop Python 3.9"), make_change(1, "Drop Python 3.9", releases=("v1.0.0",))
    (told,) = tell_containment([row], [later], [make_release("v1.0.0")], {NAME})
    assert told.sentences[-1].text == "It is not in tool 1.0.0."
    assert tell_containment([row], [earlier], [make_release("v1.0.0")], {NAME}) == (row,)
    assert tell_containment([row], [later], [make_release("v1.0.0")], set()) == (row,)


def test_advisory_of_which_only_some_changes_are_released_says_nothing() -> None:
    changes = [make_change(1, "Bump", releases=("v1.0.0",)), make_change(2, "Bump")]
    keys = [change.key for change in changes]
    (row,) = tell_containment([make_advisory_row(*keys)], changes, [make_release("v1.0.0")], {NAME})
    assert len(row.sentences) == 1


# --- Releases that the next one fixed


def test_patch_whose_title_says_fix_fixes_the_release_before() -> None:
    row = build_fixed_row([make_release("v2.1.0"), make_release("v2.1.1", 9, title="Fix the entrypoint")], [], {})
    assert row is not None
    assert row.sentences[0].text == "tool 2.1.0 by 2.1.1."


def test_patch_that_holds_only_fixes_fixes_the_release_before() -> None:
    releases = [make_release("v2.1.0"), make_release("v2.1.1", 9)]
    fix = make_change(5, "Repair it", type="fix", releases=("v2.1.1",))
    feature = make_change(6, "Add more", type="feat", releases=("v2.1.1",))
    assert build_fixed_row(releases, [fix], {}) is not None
    assert build_fixed_row(releases, [fix, feature], {}) is None


def test_minor_release_and_skipped_patch_fix_nothing() -> None:
    assert build_fixed_row([make_release("v2.1.0"), make_release("v2.2.0", 9, title="Fix it")], [], {}) is None
    skipped = make_release("v2.1.2", 9, title="Fix it", previous_tag="v2.1.1")
    assert build_fixed_row([make_release("v2.1.0"), skipped], [], {}) is None


def test_patch_without_a_word_of_a_fix_fixes_nothing() -> None:
    assert build_fixed_row([make_release("v2.1.0"), make_release("v2.1.1", 9)], [], {}) is None


# --- Dependencies


def test_updates_of_dependencies_name_new_major_versions_only() -> None:
    titles = ("Bump isort from 7.0.0 to 8.0.1", "Bump ruff from 0.1.0 to 0.2.0", "Bump actions/checkout from 6 to 7")
    paths = (("pyproject.toml",), ("pyproject.toml",), (".github/workflows/test.yml",))
    updates = [
        make_change(number, title, noise="dependency", is_bot=True).model_copy(
            update={"author": "dependabot[bot]", "paths": own}
        )
        for number, (title, own) in enumerate(zip(titles, paths, strict=True), 1)
    ]
    sentence = tell_dependencies(updates)
    assert sentence is not None
    assert sentence.text == (
        "Dependabot made three updates of dependencies; to a new major version: Bump isort from 7.0.0 to 8.0.1."
    )


def test_update_to_a_major_version_that_was_reverted_is_not_named() -> None:
    # svelte, February 2025: vite 6 was taken and reverted two days later, and the paper named it.
    title = "Bump isort from 7.0.0 to 8.0.1"
    update = make_change(1, title, noise="dependency", is_bot=True)
    update = update.model_copy(update={"author": "dependabot[bot]", "sha": "a" * 40})
    revert = make_change(2, f'Revert "{title}"', reverts="a" * 40)
    sentence = tell_dependencies([update, revert])
    assert sentence is not None
    assert sentence.text == "Dependabot made one update of dependencies."


@pytest.mark.parametrize(("bots", "start"), [(3, "bot 0, bot 1, and bot 2 made three"), (5, "Bots made five")])
def test_updates_of_dependencies_name_all_bots_or_none(bots: int, start: str) -> None:
    updates = [
        make_change(number, f"Bump ruff from 0.{number}.0 to 0.9.0", noise="dependency", is_bot=True).model_copy(
            update={"author": f"bot {number}"}
        )
        for number in range(bots)
    ]
    sentence = tell_dependencies(updates)
    assert sentence is not None
    assert sentence.text == f"{start} updates of dependencies."


def make_contents(tag: str, *names: str) -> pl.DataFrame:
    row = {"repository": NAME, "kind": "contents", "tag": tag, "text": "", "references": list(names)}
    return pl.DataFrame([row], schema=dict(NOTES.columns))


def test_release_of_a_branch_holds_a_change_whose_number_its_commits_name() -> None:
    first, second = commit(1, "Add the gauge (#5)"), commit(2, "Add the needle (#6)")
    log = RepositoryLog(NAME, URL, "ok", (second, first), (make_tag("v0.9.1", "f" * 40),))
    window = replace(World(WEEK, (log,)).raw(), notes=make_contents("v0.9.1", "#5", "CVE-2026-1"))
    stories = build_window_stories(window, "UTC")
    assert {change.number: change.releases for change in stories.changes} == {5: ("v0.9.1",), 6: ()}
    assert stories.known_containment == ()


def test_release_branch_that_was_merged_holds_copies_too() -> None:
    first = commit(1, "Add the gauge (#5)")
    branch = commit(2, "[PR #5/1a2b backport][1.0] Add the gauge (#6)")
    merge = commit(3, "Merge branch '1.0'", parents=(first.sha, branch.sha))
    log = RepositoryLog(NAME, URL, "ok", (merge, branch, first), (make_tag("v1.0.1", branch.sha),))
    window = replace(World(WEEK, (log,)).raw(), notes=make_contents("v1.0.1", "#5", "#6"))
    changes = {change.number: change for change in build_window_stories(window, "UTC").changes}
    assert changes[5].releases == changes[5].copied_to == ("v1.0.1",)


def test_advisory_is_in_the_releases_whose_commits_name_it() -> None:
    releases = [make_release("v2.0.1", 1), make_release("v1.9.1", 2), make_release("v1.8.1", 3)]
    fixed_in = {(NAME, "CVE-2026-1"): ("v2.0.1", "v1.9.1")}
    (row,) = tell_containment([make_advisory_row()], [], releases, (), fixed_in)
    assert row.sentences[-1].text == "The fix is in tool 2.0.1 and tool 1.9.1."


def test_release_of_a_branch_holds_a_merge_if_it_has_a_copy_of_each_commit() -> None:
    first = commit(1, "Start")
    side = [commit(2, "Add the gauge", parents=(first.sha,))]
    side.append(commit(3, "Read the gauge", parents=(side[0].sha,)))
    merge = commit(4, "Merge pull request #5 from acme/gauge\n\nAdd the gauge", parents=(first.sha, side[1].sha))
    log = RepositoryLog(NAME, URL, "ok", (merge, *reversed(side), first), (make_tag("v0.9.1", "f" * 40),))
    raw = World(WEEK, (log,)).raw()
    landed = pl.when(pl.col("sha").is_in([own.sha for own in side])).then(pl.lit(merge.sha)).otherwise(pl.col("sha"))
    commits = raw.commits.with_columns(landed_by=landed)
    for names, releases in ((side[:1], ()), (side, ("v0.9.1",))):
        contents = make_contents("v0.9.1", *(own.sha for own in names))
        stories = build_window_stories(replace(raw, commits=commits, notes=contents), "UTC")
        (change,) = (change for change in stories.changes if change.number == 5)
        assert change.releases == change.copied_to == releases


@pytest.mark.parametrize(("minutes", "releases"), [(0, ("v0.9.1",)), (1, ())])
def test_release_of_a_branch_that_was_merged_later_holds_copies(minutes: int, releases: tuple[str, ...]) -> None:
    """Regression: restic's 0.15.2 had fixes that were picked, and its paper said that they are in no release yet."""
    first = commit(1, "Start")
    side = commit(2, "Add the gauge", parents=(first.sha,))
    merge = commit(3, "Merge pull request #5 from acme/gauge\n\nAdd the gauge", parents=(first.sha, side.sha))
    copy = commit(4, "Add the gauge", parents=(first.sha,))
    copy = copy._replace(authored_at=side.authored_at + 60 * minutes)
    branch = commit(6, "Merge branch 'patch'", parents=(merge.sha, copy.sha))
    log = RepositoryLog(NAME, URL, "ok", (branch, copy, merge, side, first), (make_tag("v0.9.1", copy.sha),))
    raw = World(WEEK, (log,)).raw()
    landings = {side.sha: merge.sha, copy.sha: branch.sha}
    commits = raw.commits.with_columns(landed_by=pl.col("sha").replace(landings))
    stories = build_window_stories(replace(raw, commits=commits), "UTC")
    (change,) = (change for change in stories.changes if change.number == 5)
    assert change.releases == releases


def test_change_names_its_first_release_and_each_release_with_a_copy() -> None:
    first = commit(1, "Add the gauge (#5)\n\nThe gauge now shows the water level of each dock.")
    second = commit(2, "Add the needle", parents=(first.sha,))
    tags = (make_tag("v1.2.0", first.sha), make_tag("v1.2.1", second.sha, 31), make_tag("v0.9.1", "f" * 40, 32))
    raw = World(WEEK, (RepositoryLog(NAME, URL, "ok", (second, first), tags),)).raw()
    stories = build_window_stories(replace(raw, notes=make_contents("v0.9.1", "#5")), "UTC")
    (change,) = (change for change in stories.changes if change.number == 5)
    assert change.releases == ("v1.2.0", "v1.2.1", "v0.9.1")
    (story,) = (story for story in stories.stories if change.key in story.group.changes)
    assert story.sentences[-1].text == "The change, from Ada Lovelace, is in tool 1.2.0 and tool 0.9.1."


def make_breaking_row(*keys: str) -> BoxRow:
    title = SentencePart(kind="title", text="Remove the old dial")
    sentence = StorySentence(template="B-MARK", parts=(title,))
    return BoxRow(mark="Breaking", label="Breaking", sentences=(sentence,), changes=keys)


@pytest.mark.parametrize("known", [(), (NAME,)])
def test_breaking_change_of_another_release_than_the_latest_says_which(known: tuple[str, ...]) -> None:
    change = make_change(1, "Remove the old dial", releases=("v6.0.0-alpha.0",))
    alpha = make_release("v6.0.0-alpha.0", 2).model_copy(update={"is_prerelease": True})
    (row,) = tell_containment([make_breaking_row(change.key)], [change], [alpha, make_release("v5.12.0", 3)], known)
    assert row.sentences[-1].text == "It is in tool 6.0.0-alpha.0."


def test_row_whose_label_names_its_version_is_not_placed_again() -> None:
    change = make_change(1, "Remove the old dial", releases=("v5.11.0",))
    earlier = make_release("v5.11.0", 2)
    row = name_version(make_breaking_row(change.key), earlier)
    assert tell_containment([row], [change], [earlier, make_release("v5.12.0", 3)], (NAME,)) == (row,)


def test_breaking_change_of_the_latest_release_needs_no_word_about_it() -> None:
    change = make_change(1, "Remove the old dial", releases=("v5.12.0",))
    (row,) = tell_containment([make_breaking_row(change.key)], [change], [make_release("v5.12.0", 3)], (NAME,))
    assert len(row.sentences) == 1
