"""Commits of a release, compared with `git rev-list` and `git tag --contains`."""

from pathlib import Path

import pytest

from resources.git import releases
from resources.git.command import run_git
from resources.git.log import GitTag, read_tags
from resources.git.release_commits import find_named
from resources.git.releases import ReleaseContentsReader
from resources.git.repository import open_repository
from sparky_assets.periods import TimeWindow
from tests.factories.git_repositories import BOB, DEPENDABOT, History, Who, at, git, shallow_clone
from tests.raw.test_collection import read


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """Return two lines: v1.0.0, v1.1.0 and v2.0.0 on main, v1.0.1 with a cherry-pick on a branch of v1.0.0."""
    story = History()
    first = story.commit("First", at("2025-10-01T08:00"))
    story.tag("v1.0.0", when=at("2025-10-01T09:00"), message="One oh")
    story.commit("Feature (#4)", at("2025-10-02T08:00"), author=BOB)
    story.tag("v1.1.0", when=at("2025-10-02T09:00"), message="One one")
    story.commit("Repair the gangway (#5)", at("2025-11-12T08:00"), author=Who("Bob Stone", "bob@home.example"))
    story.commit("Bump a library", at("2025-11-12T09:00"), author=DEPENDABOT)
    main = story.commit("Write about it", at("2025-11-12T10:00"))
    side = story.commit("Merged", at("2025-11-12T10:30"), branch="side", parents=[main])
    story.commit("Merge side", at("2025-11-12T10:45"), parents=[main, side])
    story.tag("v2.0.0", when=at("2025-11-12T11:00"), message="Two oh")
    story.commit("Repair the gangway (#5)", at("2025-11-13T08:00"), branch="stable", parents=[first])
    story.tag("v1.0.1", when=at("2025-11-13T09:00"), message="One oh one")
    story.commit('Revert "Repair the gangway (#5)" (#6)', at("2025-11-14T08:00"), branch="undo", parents=[first])
    story.tag("v1.0.2", when=at("2025-11-14T09:00"), message="Undone")
    return story.at_path(tmp_path / "app")


def tags_of(path: Path) -> dict[str, GitTag]:
    return {tag.name: tag for tag in read_tags(open_repository(path))}


def count_by_git(path: Path, previous: str, tag: str) -> int:
    return int(git(path, "rev-list", "--count", f"{previous}..{tag}"))


def test_release_has_the_commits_that_the_previous_of_its_line_lacks(released: Path) -> None:
    for start, end, day in (("2025-11-01", "2025-12-01", 12), ("2025-11-12", "2025-11-13", 12)):
        rows = read(released, window=TimeWindow(at(f"{start}T00:00"), at(f"{end}T00:00"), "UTC")).tables["releases"]
        row = rows.filter(tag="v2.0.0").row(0, named=True)
        assert row["published_at"].day == day
        assert (row["previous_tag"], row["commit_count"]) == ("v1.1.0", count_by_git(released, "v1.1.0", "v2.0.0"))
        assert row["person_count"] == 2  # Ada, and Bob with another address; no bot
    assert count_by_git(released, "v1.1.0", "v2.0.0") == 5


def test_previous_release_of_an_old_line_is_of_that_line(released: Path) -> None:
    tags = tags_of(released)
    contents = ReleaseContentsReader(open_repository(released)).read(tags["v1.0.1"], [tags["v1.0.0"]])
    assert contents is not None
    assert (contents.previous_tag, contents.commit_count) == ("v1.0.0", 1)
    # v1.0.2 was tagged on a branch without v1.0.1: the highest version that it holds.
    contents = ReleaseContentsReader(open_repository(released)).read(tags["v1.0.2"], [tags["v1.0.1"], tags["v1.0.0"]])
    assert contents is not None
    assert contents.previous_tag == "v1.0.0"


def test_previous_release_of_a_project_with_tags_on_branches_is_the_last(tmp_path: Path) -> None:
    story = History()
    story.commit("Long ago", at("2015-10-01T08:00"))
    story.tag("v1.0.0", when=at("2015-10-01T09:00"), message="One oh")
    fork = story.commit("Branched", at("2025-10-01T08:00"))
    story.commit("Release 2.0.0", at("2025-10-02T08:00"), branch="2.0", parents=[fork])
    story.tag("v2.0.0", when=at("2025-10-02T09:00"), message="Two oh")
    story.commit("New", at("2025-11-12T08:00"), branch="2.1", parents=[fork])
    story.tag("v2.1.0", when=at("2025-11-12T09:00"), message="Two one")
    path = story.at_path(tmp_path / "app")
    tags = tags_of(path)
    contents = ReleaseContentsReader(open_repository(path)).read(tags["v2.1.0"], [tags["v2.0.0"], tags["v1.0.0"]])
    assert contents is not None
    assert (contents.previous_tag, contents.commit_count) == ("v2.0.0", 1)


def test_previous_release_is_spelled_as_the_release_where_that_is_nearer(tmp_path: Path) -> None:
    """alphagov/publishing-api: `release_1562` of 2020 is the highest number below `v1563` of 2026."""
    story = History()
    story.commit("First", at("2020-01-01T08:00"))
    story.tag("release_1562", when=at("2020-01-01T09:00"), message="Old")
    for number in (1, 2, 3):
        story.commit(f"Change {number}", at(f"2026-05-0{number}T08:00"))
        story.tag(f"v{1558 + number}", when=at(f"2026-05-0{number}T09:00"), message="New")
    story.commit("Update a library", at("2026-05-04T08:00"))
    story.tag("v1563", when=at("2026-05-04T09:00"), message="New")
    story.commit("Change the name of tags", at("2026-05-05T08:00"))
    story.tag("1564", when=at("2026-05-05T09:00"), message="Bare")
    path = story.at_path(tmp_path / "app")
    tags = tags_of(path)
    reader = ReleaseContentsReader(open_repository(path))
    found = reader.read(tags["v1563"], [tags["release_1562"], tags["v1561"], tags["v1560"], tags["v1559"]])
    assert found is not None
    assert (found.previous_tag, found.commit_count) == ("v1561", count_by_git(path, "v1561", "v1563")) == ("v1561", 1)
    bare = reader.read(tags["1564"], [tags["v1563"], tags["release_1562"], tags["v1561"]])
    assert bare is not None
    assert bare.previous_tag == "v1563"


def test_contents_of_a_first_release_or_shallow_clone_are_unknown(released: Path, tmp_path: Path) -> None:
    tags = tags_of(released)
    assert ReleaseContentsReader(open_repository(released)).read(tags["v1.0.0"], []) is None
    shallow = shallow_clone(released, tmp_path / "shallow", 2)
    assert ReleaseContentsReader(open_repository(shallow)).read(tags["v2.0.0"], [tags["v1.1.0"]]) is None


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        (["Read tabs (#12) (#15)"], {"#12", "#15"}),
        (["Fix what (#12) broke"], set()),
        (["Read tabs (#12)", 'Revert "Read tabs (#12)" (#20)'], set()),
        (["Limit the depth (CVE-2025-1234)"], {"CVE-2025-1234"}),
        (["docs: mention CVE-2025-1234"], set()),
        (["Read tabs\n\nLike CVE-2025-1234.\n\n(cherry picked from commit " + "a" * 40 + ")"], {"a" * 40}),
        (["[PR #12/1a2b3c4d backport][3.14] Read tabs (#15)"], {"#12", "#15"}),
        (["Backport #12: read tabs"], {"#12"}),
        (["Fix #12"], set()),
        (["x" * 100_000], set()),
    ],
)
def test_commits_of_a_release_name_what_they_hold(messages: list[str], named: set[str]) -> None:
    assert find_named(messages) == named


def test_release_of_a_package_has_what_changes_its_folder(tmp_path: Path) -> None:
    story = History()
    packages: dict[str | bytes, str | bytes | None] = {"packages/yaml/a.js": "1", "packages/html/b.js": "1"}
    story.commit("First", at("2025-10-01T08:00"), packages)
    story.tag("yaml-v4.0.0", when=at("2025-10-01T09:00"), message="Four")
    story.commit("feat(html)!: print assets (#4)", at("2025-10-02T08:00"), {"packages/html/b.js": "2"})
    base = story.commit("feat(yaml)!: use filters (#5)", at("2025-10-02T09:00"), {"packages/yaml/a.js": "2"})
    side = story.commit("Sort keys", at("2025-10-02T10:00"), {"packages/yaml/a.js": "3"}, branch="side", parents=[base])
    title = "Merge pull request #6 from acme/side\n\nSort the keys"
    story.commit(title, at("2025-10-02T11:00"), {"packages/yaml/a.js": "3"}, parents=[base, side])
    story.tag("yaml-v5.0.0", when=at("2025-10-02T12:00"), message="Five")
    path = story.at_path(tmp_path / "plugins")
    tags = tags_of(path)
    contents = ReleaseContentsReader(open_repository(path)).read(tags["yaml-v5.0.0"], [tags["yaml-v4.0.0"]])
    assert contents is not None
    assert [commit.subject for commit in contents.breaking] == ["feat(yaml)!: use filters (#5)"]
    assert [commit.subject for commit in contents.landings] == ["Sort the keys (#6)", "feat(yaml)!: use filters (#5)"]


def test_tags_on_one_commit_read_their_history_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = History()
    packages: dict[str | bytes, str | bytes | None] = {f"packages/{name}/a.js": "1" for name in ("yaml", "html")}
    story.commit("First", at("2025-10-01T08:00"), packages)
    for name in ("yaml", "html"):
        story.tag(f"{name}-v4.0.0", when=at("2025-10-01T09:00"), message="Four")
    story.commit("feat(yaml)!: use filters (#5)", at("2025-10-02T09:00"), {"packages/yaml/a.js": "2"})
    for name in ("yaml", "html"):
        story.tag(f"{name}-v5.0.0", when=at("2025-10-02T12:00"), message="Five")
    path = story.at_path(tmp_path / "plugins")
    tags = tags_of(path)
    commands: list[str] = []

    def run_and_record(git_dir: Path, *arguments: str) -> str:
        commands.append(" ".join(arguments))
        return run_git(git_dir, *arguments)

    monkeypatch.setattr(releases, "run_git", run_and_record)
    reader = ReleaseContentsReader(open_repository(path))
    contents = {name: reader.read(tags[f"{name}-v5.0.0"], [tags[f"{name}-v4.0.0"]]) for name in ("yaml", "html")}
    assert {name: len(own.breaking) for name, own in contents.items() if own} == {"yaml": 1, "html": 0}
    assert sum("%x01%P" in command for command in commands) == 1
