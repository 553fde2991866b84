"""Random organisations as raw tables: repositories from git or GitHub, people, bots, ghosts, every kind of event.

An organisation is built from a seed, because hypothesis then shrinks two numbers and not ten thousand.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.github.items import DraftHistory
from sparky_assets.raw.tables import TABLES
from sparky_assets.raw.window import RawWindow
from tests.strategies.calendar import AWKWARD_TIMEZONES

WEEK = Period(PeriodKind.WEEKLY, date(2025, 10, 20))
PEOPLE = (
    {"key": "ada", "name": "Ada Lovelace", "login": "ada", "is_bot": False},
    {"key": "ada", "name": "A. Lovelace", "login": None, "is_bot": False},
    {"key": "bob", "name": "Bob", "login": "bob", "is_bot": False},
    {"key": "cyd", "name": "Cyd", "login": None, "is_bot": False},
    {"key": "dee", "name": "Dee", "login": "dee", "is_bot": False},
    {"key": "ghost", "name": "ghost", "login": "ghost", "is_bot": False},
    {"key": "renovate", "name": "renovate[bot]", "login": "renovate[bot]", "is_bot": True},
    {"key": "droid", "name": "Droid", "login": "droid", "is_bot": False},  # one bot under two spellings
    {"key": "droid", "name": "droid[bot]", "login": "droid[bot]", "is_bot": True},
)
SUBJECTS = (
    "feat: add a wheel", "fix(core): stop the leak", "docs: say how", "Bump ink from 1.0 to 1.1", "chore(deps): ink",
    "Update things", "hotfix: brake", 'Revert "feat: add a wheel"', "revert: that", "fixup! feat: add a wheel",
    "Speed up the oauth login", "rename the oauth module", "oauth everywhere", "tests: cover it", "unclear", "",
    "ci: cache", "src/gc: fix a crash", "rollback of the oauth login", "perf!: faster", "Merge branch 'x'",
    "Merge pull request from GHSA-2g68-c3qc-8985", "Fix mypy findings", 'Reapply "feat: add a wheel"',
    'Revert "Revert "feat: add a wheel""', "Rollback support for migrations", "Revert button: keep its colour",
)  # fmt: skip
PATHS = (
    "src/a.py", "src/b.py", "src/deep/c.rs", "docs/d.md", "README.md", "tests/test_e.py", ".github/workflows/ci.yml",
    "Dockerfile", "noextension", "web/App.TSX", "trailing.", ".hidden", "uv.lock", "vendor/x/y.py",
)  # fmt: skip
STATES = dict(zip("0123456789", ("failure", "error", "pending", *["success"] * 7), strict=True))
"""States of checks by the first digit of a sha; others have none."""
LABELS = ("bug", "kind/feature", "type: docs", "good first issue", "dependencies", "Performance")


@dataclass(frozen=True)
class Organisation:
    """One week of an organisation: its period, its timezone and its raw rows by table."""

    period: Period
    timezone: str
    rows: Mapping[str, list[dict[str, Any]]]

    @property
    def window(self) -> TimeWindow:
        return self.period.window(self.timezone)

    def raw(self, seed: int | None = None) -> RawWindow:
        """Return the raw tables; with a seed their rows are shuffled."""
        frames = {}
        for table in TABLES:
            rows = list(self.rows.get(table.asset, ()))
            if seed is not None:
                random.Random(seed).shuffle(rows)
            missing = dict.fromkeys(table.columns)
            frames[table.asset] = pl.DataFrame([missing | row for row in rows], schema=dict(table.columns))
        return RawWindow(**frames)


class Maker:
    """Build the rows of one organisation from a source of randomness."""

    def __init__(self, chance: random.Random, window: TimeWindow) -> None:
        self.chance = chance
        self.window = window
        self.span = int((window.end - window.start).total_seconds())

    def instant(self) -> datetime:
        edge = self.chance.random()
        if edge < 0.05:
            return self.window.start
        if edge < 0.1:
            return self.window.end - timedelta(microseconds=1)
        return self.window.start + timedelta(seconds=self.chance.randrange(self.span))

    def person(self) -> dict[str, Any]:
        return self.chance.choice(PEOPLE)

    def maybe_person(self) -> dict[str, Any] | None:
        return None if self.chance.random() < 0.1 else self.person()

    def commit(self, repository: str, number: int, earlier: list[str], *, names_files: bool) -> dict[str, Any]:
        chance = self.chance
        is_merge = chance.random() < 0.15
        files = None
        if names_files and chance.random() < 0.9:
            files = [
                {"path": path, "insertions": chance.randrange(50), "deletions": chance.choice([None, 0, 7])}
                for path in chance.sample(PATHS, chance.randrange(4))
            ]
        measured = (files is not None or not names_files) and chance.random() < 0.95
        sha = f"{chance.getrandbits(160):040x}"
        target = chance.choice([*earlier, "0" * 40]) if earlier else "0" * 40
        body = chance.choice(["", "", "words", f"This reverts commit {target}.", f'Fixes: {target[:12]} ("x")'])
        at = self.instant()
        return {
            "repository": repository,
            "sha": sha,
            "landed_at": at,
            "landed_by": sha,
            "committed_at": at,
            "authored_at": self.instant(),
            "author": self.person(),
            "committer": self.person(),
            "co_authors": chance.choice([[], [], None, [self.person()], [PEOPLE[2], PEOPLE[6]]]),
            "subject": chance.choice(SUBJECTS),
            "body": body,
            "parents": chance.sample(earlier, min(len(earlier), 2 if is_merge else 1)),
            "is_merge": is_merge,
            "insertions": 0 if is_merge else chance.randrange(900) if measured else None,
            "deletions": 0 if is_merge else chance.randrange(300) if measured else None,
            "files": [] if is_merge and names_files else files,
            "ci_state": STATES.get(sha[0]) if not names_files else None,
        }

    def pull_request(self, repository: str, number: int) -> list[dict[str, Any]]:
        """Return the events of one pull request in the window, in a possible order."""
        chance = self.chance
        times = sorted({self.instant() for _ in range(6)})
        before = self.window.start - timedelta(hours=chance.randrange(1, 500))
        here = chance.random() < 0.6
        opened_at = times.pop(0) if here else before
        ending = chance.choice([[], ["merged"], ["merged"], ["closed"], ["closed", "reopened"], ["closed", "reopened"]])
        common: dict[str, Any] = {
            "repository": repository,
            "number": number,
            "title": chance.choice(SUBJECTS),
            "author": self.maybe_person(),
            "labels": chance.sample(LABELS, chance.randrange(3)),
            "insertions": chance.choice([None, 0, 9, 10, 29, 30, 99, 100, 499, 500, 999, 1000, 5000]),
            "deletions": chance.choice([0, 0, 1]),
            "opened_at": None if chance.random() < 0.05 else opened_at,
        }
        rows = [common | {"event": "opened", "at": opened_at}] if here else []
        turns = self.turns(times)
        drafts = DraftHistory(opened_at, bool(turns) and not turns[0][1], turns)
        if not turns and not ending and chance.random() < 0.3:
            drafts = DraftHistory(opened_at, opened_as_draft=True, state_changes=())
        if not here and turns and chance.random() < 0.5:  # it became ready before the window
            drafts = DraftHistory(
                opened_at, opened_as_draft=True, state_changes=((opened_at + timedelta(minutes=7), False),)
            )
            turns = ()
        names = {True: "converted_to_draft", False: "ready_for_review"}
        rows += [common | {"event": names[turn], "at": at, "actor": self.maybe_person()} for at, turn in turns]
        rows += [
            common | {"event": kind, "at": at, "actor": self.maybe_person()}
            for kind, at in zip(ending, times, strict=False)
        ]
        knows = chance.random() < 0.9
        first_review = self.instant() if chance.random() < 0.3 else None
        return [
            row | {
                "is_draft": drafts.is_draft(row["at"]),
                "ready_at": drafts.find_ready_at(row["at"]) if knows else None,
                "draft_seconds": drafts.compute_draft_seconds(row["at"]) if knows else None,
                "first_review_at": first_review if first_review and first_review <= row["at"] else None,
            }
            for row in rows
        ]  # fmt: skip

    def turns(self, times: list[datetime]) -> tuple[tuple[datetime, bool], ...]:
        """Return when a pull request became a draft or ready; most never do. The times are used up."""
        kind = self.chance.choice([(), (), (), (False,), (True, False), (False, True, False)])
        if len(times) <= len(kind):
            return ()
        return tuple((times.pop(0), turn) for turn in kind)

    def issue(self, repository: str, number: int) -> list[dict[str, Any]]:
        rows = self.pull_request(repository, number)
        for row in rows:
            for name in ("is_draft", "ready_at", "draft_seconds", "first_review_at", "insertions", "deletions"):
                row.pop(name)
        return [row for row in rows if row["event"] in {"opened", "closed", "reopened"}]


def _add_github_states(rows: dict[str, list[dict[str, Any]]], window: TimeWindow, chance: random.Random) -> None:
    """Give the newest repository a head and deployments, with draws of their own: other rows of a seed stay."""
    repository = rows["repositories"][-1]
    repository["head_at"] = window.start + timedelta(hours=chance.randrange(-50, 50))
    repository["head_ci_state"] = chance.choice([None, "pending", "success", "failure", "error"])
    maker = Maker(chance, window)
    for number in range(chance.choice([0, 0, 3, 9])):
        rows["deployments"].append({
            "repository": repository["repository"], "id": f"DE_{number}", "at": maker.instant(),
            "created_at": window.start, "environment": chance.choice(["production", "eu-prod", None]),
            "is_production": chance.random() < 0.8, "state": chance.choice(["success", "success", "failure", "error"]),
            "commit": chance.choice("abc") * 40, "author": maker.person(),
        })  # fmt: skip


def _add_conversations(rows: dict[str, list[dict[str, Any]]], maker: Maker, sources: Mapping[str, str]) -> None:
    """Give items counts of comments, and some a first response of the window, with draws of the maker's own."""
    chance = maker.chance
    numbers: dict[tuple[str, int, bool], dict[str, Any] | None] = {}
    for asset in ("pull_requests", "issues"):
        for row in rows[asset]:
            if sources[row["repository"]] != "git":
                row["comments"] = chance.choice([None, 0, 1, 3, 40])
                numbers[row["repository"], row["number"], asset == "pull_requests"] = row["author"]
    for (repository, number, is_pull_request), author in numbers.items():
        if chance.random() < 0.5:
            at = maker.instant()
            rows["responses"].append({
                "repository": repository, "number": number, "is_pull_request": is_pull_request, "at": at,
                "kind": chance.choice(["comment", "review"]), "author": maker.person(), "item_author": author,
                "opened_at": at, "ready_at": at - timedelta(seconds=chance.randrange(10**6)),
            })  # fmt: skip


def organisation(seed: int, size: int, timezone: str = "UTC", period: Period = WEEK) -> Organisation:
    """Return an organisation with up to `size` events of each kind in each repository."""
    chance = random.Random(seed)
    maker = Maker(chance, period.window(timezone))
    rows: dict[str, list[dict[str, Any]]] = {table.asset: [] for table in TABLES}
    for name in ("acme/anvil", "acme/bolt", "acme/cog", "acme/dial", "acme/empty")[: chance.randrange(1, 6)]:
        source = chance.choice(["git", "github", "github", "both"])
        status = "unreadable" if name == "acme/empty" else "ok"
        rows["repositories"].append({"repository": name, "source": source, "status": status, "visibility": "private"})
        if name == "acme/empty":
            continue
        if source != "git":
            _add_github_states(rows, maker.window, random.Random(f"{seed} {name}"))
        shas: list[str] = []
        for number in range(chance.randrange(size + 1)):
            row = maker.commit(name, number, shas[-3:], names_files=source != "github")
            shas.append(row["sha"])
            rows["commits"].append(row)
        for _ in range(chance.randrange(4)):
            tip = chance.choice([*shas, None]) if shas else None
            number = len(rows["releases"])
            tag = chance.choice([f"v{number}", f"v1.0.{number}", f"v1.{9 - number % 9}.0", f"pkg-a@1.0.{number}"])
            rows["releases"].append({
                "repository": name, "tag": tag, "published_at": maker.instant(),
                "title": "News", "author": maker.maybe_person(), "commit": tip, "is_prerelease": chance.random() < 0.2,
            })  # fmt: skip
        count = chance.randrange(size + 1)
        if source == "git":
            merged = [row for number in range(count) for row in maker.pull_request(name, number % 5)]
            names = ("opened_at", "ready_at", "draft_seconds", "first_review_at")
            unknown = dict.fromkeys(names) | {"is_draft": False}
            rows["pull_requests"] += [
                row | unknown | {"is_derived": True}
                for row in {(one["number"], one["at"]): one for one in merged if one["event"] == "merged"}.values()
            ]
            continue
        for number in range(count):
            rows["pull_requests"] += maker.pull_request(name, number)
            rows["issues"] += maker.issue(name, 1000 + number)
        rows["reviews"] += [
            {"repository": name, "id": f"{name}-{number}", "number": chance.randrange(count), "state": "approved",
             "submitted_at": maker.instant(), "author": maker.maybe_person(),
             "is_first": chance.choice([None, None, False, True]), "ready_at": chance.choice([None, maker.instant()])}
            for number in range(chance.randrange(2 * size + 1) if count else 0)
        ]  # fmt: skip
    sources = {row["repository"]: row["source"] for row in rows["repositories"]}
    _add_conversations(rows, Maker(random.Random(f"{seed} said"), maker.window), sources)
    return Organisation(period, timezone, rows)


made = st.tuples(st.integers(0, 2**32), st.sampled_from([0, 1, 3, 12, 40]), st.sampled_from(AWKWARD_TIMEZONES))
"""The seed and size of `organisation`. A test takes these and not the organisation, which would be printed whole."""
