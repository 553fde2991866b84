"""Helpers that read a git log, and a history that breaks parsers."""

from datetime import datetime
from pathlib import Path

from resources.git.log import GitCommit, read_commits
from resources.git.repository import open_repository
from tests.factories.git_repositories import (
    History,
    at,
)

ALL_TIME = (at("1969-01-01"), at("2200-01-01"))
HOSTILE_PATHS = (
    "with a space.txt", "tab\there.txt", "new\nline.txt", "\x01starts.txt", "1\t2\tlooks like numbers", '"quoted".txt',
    "back\\slash", "-dash", "{a => b}.txt", "umlaut-ü-日本.txt", "\nfirst", "deep/er/\x01and\n\ttwo",
)  # fmt: skip


def read(
    path: Path, since: datetime = ALL_TIME[0], until: datetime = ALL_TIME[1], *, all_branches: bool = False
) -> list[GitCommit]:
    return list(read_commits(open_repository(path, all_branches=all_branches), since, until))


def subjects(commits: list[GitCommit]) -> list[str]:
    return [commit.message.partition("\n")[0] for commit in commits]


def only(commits: list[GitCommit]) -> GitCommit:
    (commit,) = commits
    return commit


def awkward() -> History:
    """Return a history that breaks parsers: odd paths, binaries, renames, empty commits, merges, marks in messages."""
    story = History()
    first = story.commit("Start\n\n\x01 looks like a mark\n1\t2\tlike numbers\n", at("2025-11-10T08:00"),
                         {path: f"{path}\n" * 3 for path in HOSTILE_PATHS})  # fmt: skip
    story.commit("Nothing in it", at("2025-11-10T09:00"))
    story.commit("", at("2025-11-10T09:30"), {"wordless.txt": "1\n"})
    story.commit("Pictures", at("2025-11-10T10:00"), {"a.png": b"\0\1\2", "b.bin": b"\0" * 900, "c.txt": "c\n"})
    side = story.commit("Side", at("2025-11-10T10:30"), {"side.txt": "s\n"}, branch="side", parents=[first])
    main = story.commit("Move", at("2025-11-10T11:00"),
                        renames={"tab\there.txt": "moved\nthere.txt", "a.png": "pictures/a.png"})  # fmt: skip
    story.commit("Merge side", at("2025-11-10T12:00"), {"side.txt": "s\n"}, parents=[main, side])
    story.commit("Take away", at("2025-11-10T13:00"), {"c.txt": None, "b.bin": b"\0text now\n"})
    return story
