"""Configured repositories are read in parallel; one that fails is named and hides no other."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.git.sources import GitSources, ReadFailure, RepositoryHistory
from resources.progress import use_progress
from tests.factories import git_repositories
from tests.factories.git_repositories import at, break_object, empty, git, head

SINCE, UNTIL = at("2025-11-01"), at("2025-12-01")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    story = git_repositories.History()
    story.commit("First", at("2025-11-10T08:00"), {"a.txt": "1\n"})
    story.commit("Second", at("2025-11-11T08:00"), {"a.txt": "2\n"})
    story.tag("v1.0.0", when=at("2025-11-11T09:00"))
    return story.at_path(tmp_path / "origin")


def sources(tmp_path: Path, *addresses: object, fetch: bool = True) -> GitSources:
    return GitSources(repositories=[str(one) for one in addresses], mirrors=str(tmp_path / "mirrors"), fetch=fetch)


def read(reader: GitSources, since: datetime = SINCE, until: datetime = UNTIL) -> list[RepositoryHistory | ReadFailure]:
    opened, failed = reader.open_all()
    assert failed == ()
    return list(reader.read_all(opened, since, until))


def subjects(result: RepositoryHistory | ReadFailure) -> list[str]:
    assert isinstance(result, RepositoryHistory)
    return [commit.message for commit in result.commits]


def test_path_and_a_url_give_the_same_history(tmp_path: Path, origin: Path) -> None:
    local, mirrored = read(sources(tmp_path, origin, f"file://{origin}"))
    assert isinstance(local, RepositoryHistory)
    assert isinstance(mirrored, RepositoryHistory)
    assert local.commits == mirrored.commits
    assert [tag.name for tag in local.tags] == [tag.name for tag in mirrored.tags] == ["v1.0.0"]


def test_url_is_fetched_again_before_it_is_read(tmp_path: Path, origin: Path) -> None:
    reader = sources(tmp_path, f"file://{origin}")
    assert subjects(read(reader)[0]) == ["Second", "First"]
    git(origin, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--allow-empty", "-qm", "Third")
    later = datetime.now(UTC) + timedelta(days=365)
    assert subjects(read(sources(tmp_path, f"file://{origin}", fetch=False), SINCE, later)[0]) == ["Second", "First"]
    assert [one.strip() for one in subjects(read(reader, SINCE, later)[0])] == ["Third", "Second", "First"]


def test_local_clone_is_never_fetched_or_changed(tmp_path: Path, origin: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(origin), "clone")
    git(origin, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--allow-empty", "-qm", "Third")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "clone").rglob("*")}
    assert subjects(read(sources(tmp_path, tmp_path / "clone"))[0]) == ["Second", "First"]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "clone").rglob("*")} == before


def test_one_repository_that_fails_hides_no_other(tmp_path: Path, origin: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("text")
    folder = tmp_path / "folder"
    folder.mkdir()
    opened, failed = sources(tmp_path, tmp_path / "gone", origin, file, folder, f"file://{tmp_path}/no.git").open_all()
    assert [one.name for one in opened] == ["origin"]
    # Their path on this machine is no part of their name, because digests print it.
    assert [one.name for one in failed] == ["gone", "file.txt", "folder", "no"]
    reasons = [one.reason for one in failed]
    assert reasons[0].endswith("gone: no such path. Give a clone, a bare mirror or a URL.")
    assert reasons[1].endswith("file.txt: a file, not a git repository. Give a clone, a bare mirror or a URL.")
    assert reasons[2].endswith("folder: not a git repository. Give a clone, a bare mirror or a URL.")
    assert "Check the address, your access and the network." in reasons[3]


def test_unreachable_url_is_named_by_its_repository(tmp_path: Path) -> None:
    _, (failed,) = sources(tmp_path, "http://127.0.0.1:9/acme/tool.git").open_all()
    assert failed.name == "acme/tool"


def test_broken_repository_is_named_and_the_others_are_read(tmp_path: Path, origin: Path) -> None:
    story = git_repositories.History()
    for number in range(3):
        story.commit(f"Commit {number}", at(f"2025-11-1{number}T08:00"))
    broken = story.at_path(tmp_path / "broken")
    break_object(broken, "HEAD~1")
    bad, good = read(sources(tmp_path, broken, origin))
    assert isinstance(bad, ReadFailure)
    assert bad.name == "broken"
    assert bad.reason.startswith("broken: broken: ")
    assert bad.reason.endswith("Try `git fsck` in it, or clone it again.")
    assert subjects(good) == ["Second", "First"]


def test_repository_given_twice_is_read_once(tmp_path: Path, origin: Path) -> None:
    opened, _ = sources(tmp_path, origin, f"{origin}/", origin / ".git").open_all()
    assert [one.name for one in opened] == ["origin"]


def test_existing_path_with_a_colon_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty(tmp_path / "odd:name")
    monkeypatch.chdir(tmp_path)
    opened, failed = sources(tmp_path, "odd:name").open_all()
    assert ([one.name for one in opened], failed) == (["odd:name"], ())


def test_many_repositories_are_read_in_the_order_given(tmp_path: Path) -> None:
    folders = []
    for number in range(9):
        story = git_repositories.History()
        for commit in range(1 + 40 * (number == 0)):
            story.commit(f"{number}", at("2025-11-10").replace(minute=commit))
        folders.append(story.at_path(tmp_path / f"repository-{number}", bare=True))
    seen: list[tuple[str, float, float | None]] = []
    with use_progress(lambda *report: seen.append(report)):
        results = read(sources(tmp_path, *folders))
    assert [subjects(one)[0] for one in results] == [str(number) for number in range(9)]
    assert [done for what, done, _ in seen if what == "history"] == list(range(1, 10))
    assert seen[9] == ("repositories", 9, 9)


def test_mirror_is_named_by_its_address(tmp_path: Path, origin: Path) -> None:
    (mirrored,) = read(sources(tmp_path, f"file://{origin}"))
    assert isinstance(mirrored, RepositoryHistory)
    assert mirrored.repository.name == "origin"
    assert head(mirrored.repository.git_dir) == head(origin)


def test_two_clones_of_one_repository_are_not_counted_twice(tmp_path: Path) -> None:
    story = git_repositories.History()
    story.commit("Start", at("2025-11-10"), {"a.txt": "1\n"})
    first = story.at_path(tmp_path / "first", origin="https://github.com/acme/press.git")
    second = git_repositories.History()
    second.commit("Start", at("2025-11-10"), {"a.txt": "1\n"})
    other = second.at_path(tmp_path / "second", origin="git@github.com:acme/press.git")
    opened, failed = GitSources(repositories=[str(first), str(other)], mirrors=str(tmp_path / "mirrors")).open_all()
    assert [one.name for one in opened] == ["acme/press"]
    assert [one.reason for one in failed] == [
        f"{other}: another clone of acme/press, which is named already. Leave one out."
    ]
