"""Tags, and the latest activity of a repository."""

from pathlib import Path

from resources.git.log import find_latest_activity, read_commits, read_tags
from resources.git.repository import open_repository
from tests.factories.git_repositories import (
    BOB,
    History,
    at,
    empty,
    git,
    head,
    seconds,
)
from tests.resources.git_log_helpers import ALL_TIME

# --- The newest activity


def test_latest_activity_is_the_newest_commit_before_an_instant(tmp_path: Path) -> None:
    story = History()
    story.commit("Old", at("2025-11-10T08:00"))
    story.commit("New", at("2025-11-12T08:00"))
    repository = open_repository(story.at_path(tmp_path / "repository", bare=True))
    assert find_latest_activity(repository, at("2026-01-01")) == at("2025-11-12T08:00")
    assert find_latest_activity(repository, at("2025-11-12T08:00")) == at("2025-11-10T08:00")
    assert find_latest_activity(repository, at("2025-11-10T08:00")) is None


def test_empty_repository_has_no_activity_no_commits_and_no_tags(tmp_path: Path) -> None:
    repository = open_repository(empty(tmp_path / "repository"))
    assert find_latest_activity(repository, at("2026-01-01")) is None
    assert list(read_commits(repository, *ALL_TIME)) == []
    assert list(read_tags(repository)) == []


# --- Tags


def test_tags_of_both_kinds_lead_to_their_commit(tmp_path: Path) -> None:
    story = History()
    first = story.commit("First", at("2025-11-10T08:00"), author=BOB)
    story.commit("Second", at("2025-11-11T08:00"))
    story.tag("light", first)
    story.tag("v1.0.0", first, at("2025-11-12T09:00"), "One oh\n\nNotes.\n")
    path = story.at_path(tmp_path / "repository", bare=True)
    tags = {tag.name: tag for tag in read_tags(open_repository(path))}
    assert tags["v1.0.0"] == (
        "v1.0.0", head(path, "HEAD~1"), "Ada Lovelace", "ada@example.com", seconds(at("2025-11-12T09:00")),
        "One oh", True,
    )  # fmt: skip
    assert tags["light"] == (
        "light", head(path, "HEAD~1"), "Bob Stone", "bob@example.com", seconds(at("2025-11-10T08:00")), "First", False,
    )  # fmt: skip


def test_tags_on_trees_and_files_are_left_out(tmp_path: Path) -> None:
    story = History()
    story.commit("First", at("2025-11-10T08:00"), {"a.txt": "1\n"})
    path = story.at_path(tmp_path / "repository")
    git(path, "tag", "a-tree", "HEAD^{tree}")
    git(path, "-c", "user.name=A", "-c", "user.email=a@example.com", "tag", "-a", "-m", "file", "a-file", "HEAD:a.txt")
    git(path, "tag", "a-commit")
    assert [tag.name for tag in read_tags(open_repository(path))] == ["a-commit"]


def test_tag_on_a_tag_leads_to_the_commit(tmp_path: Path) -> None:
    story = History()
    story.commit("First", at("2025-11-10T08:00"))
    story.tag("inner", when=at("2025-11-10T09:00"), message="inner")
    path = story.at_path(tmp_path / "repository")
    git(path, "-c", "user.name=A", "-c", "user.email=a@example.com", "tag", "-a", "-m", "outer", "v2.0", "inner")
    found = {tag.name: tag.sha for tag in read_tags(open_repository(path))}
    assert found == {"inner": head(path), "v2.0": head(path)}


def test_subject_over_several_lines_does_not_shift_the_next_tag(tmp_path: Path) -> None:
    story = History()
    story.commit("First", at("2025-11-10T08:00"))
    story.tag("v1.0", when=at("2025-11-10T09:00"), message="A subject\nover two lines\n\nand a body")
    story.tag("v1.1", when=at("2025-11-10T10:00"), message="")
    tags = list(read_tags(open_repository(story.at_path(tmp_path / "repository"))))
    assert [(tag.name, tag.subject) for tag in tags] == [("v1.0", "A subject over two lines"), ("v1.1", "")]


def test_tagger_without_an_address_is_left_out_however_long_the_line(tmp_path: Path) -> None:
    story = History()
    story.commit("First", at("2025-11-10T08:00"))
    path = story.at_path(tmp_path / "repository", bare=True)
    # A pattern that tried every blank as the end of the name took 40 seconds for this line.
    raw = f"object {head(path)}\ntype commit\ntag odd\ntagger {' ' * 100_000}x\n\nOdd\n".encode()
    tag = git(path, "hash-object", "-t", "tag", "-w", "--literally", "--stdin", data=raw).strip()
    git(path, "update-ref", "refs/tags/odd", tag)
    assert list(read_tags(open_repository(path))) == []
