"""A made month of any number of repositories with titles and messages as people write them; seeded."""

import random
from datetime import UTC, datetime

import polars as pl

from resources.git.log import GitCommit, GitFileChange
from sparky_assets.raw.git_rows import build_git_tables
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import ISSUES, OPEN_ITEMS, REPOSITORIES, REVIEWS
from sparky_assets.raw.window import RawWindow

VERBS = ("Add", "Fix", "feat: support", "fix: handle", "Improve", "Rename", "Remove", "refactor: extract", "Migrate")
NOUNS = (
    "gauge", "wheel", "cooldown", "retry loop", "`parse_units`", "TokenCache", "login page", "CSV export", "scheduler",
    "rate limiter", "websocket", "sidebar", "query planner", "tokenizer", "`--dry-run`", "health probe", "index merge",
)  # fmt: skip
TAILS = ("for new users", "on Windows", "when the list is empty", "in the daemon", "for slow disks", "by default", "")
SENTENCES = (
    "Previously the cache was ignored and the client crashed.", "Users can now set a deadline.", "See #{number}.",
    "This reduces memory by 20% on the test machine.", "# User-facing changes\n\nThe flag is new.", "Fixes #{number}.",
    "We no longer read the file twice because the answer is kept.", "None.",
)  # fmt: skip
START = datetime(2026, 7, 1, tzinfo=UTC)


def build_large_month(repositories: int, changes: int) -> RawWindow:
    """Return the raw tables of `repositories` repositories with `changes` squash commits each."""
    chance = random.Random(11)
    people = PersonFactory(b"benchmark", ["*[bot]"])
    tables = []
    for repository in range(repositories):
        commits = [
            build_commit(chance, repository, number, int(START.timestamp()) + 60 * chance.randint(0, 31 * 24 * 60 - 1))
            for number in range(1, changes + 1)
        ]
        tables.append(build_git_tables(f"acme/tool-{repository:04}", commits, (), people, "public"))
    rows = pl.DataFrame({"repository": [f"acme/tool-{number:04}" for number in range(repositories)]})
    return RawWindow(
        repositories=pl.concat([REPOSITORIES.make_empty(), rows], how="diagonal"),
        commits=pl.concat([table["commits"] for table in tables]),
        pull_requests=pl.concat([table["pull_requests"] for table in tables]),
        reviews=REVIEWS.make_empty(),
        issues=ISSUES.make_empty(),
        releases=pl.concat([table["releases"] for table in tables]),
        open_items=OPEN_ITEMS.make_empty(),
    )


def build_commit(chance: random.Random, repository: int, number: int, at: int) -> GitCommit:
    """Return the squash commit with a number, made at an instant (seconds since 1970)."""
    title = f"{chance.choice(VERBS)} {chance.choice(NOUNS)} {chance.choice(NOUNS)} {chance.choice(TAILS)}".strip()
    sentences = [chance.choice(SENTENCES).format(number=chance.randint(1, 30)) for _ in range(chance.randint(0, 12))]
    person = chance.randint(0, 1500)
    files = tuple(
        GitFileChange(f"src/{chance.choice('abcdefgh')}/{chance.choice(VERBS)[:3]}{chance.randint(0, 60)}.rs", 12, 3)
        for _ in range(chance.randint(1, 8))
    )
    return GitCommit(
        f"{repository * 1000 + number:040x}", (f"{repository * 1000 + number - 1:040x}",), f"P{person}",
        f"p{person}@example.com", at, f"P{person}", f"p{person}@example.com", at,
        f"{title} (#{number})\n\n" + "\n\n".join(sentences), files,
    )  # fmt: skip
