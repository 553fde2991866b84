"""A made-up ferry company with a fixed history, shown in the excerpt and the pictures of README and docs.

Four repositories, ten weeks, nine people. The last week, 2025-W46, is written out. The weeks before are drawn from a
list of plain subjects in a fixed order, so that comparisons and trends have data to compare with.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sparky_assets.settings.schema import Settings
from tests.factories.git_repositories import DEPENDABOT, GITHUB, History, Who, at
from tests.factories.sample_repository import run_job, settings_for, store_of

OWNER = "tidewater"
NOW = "2025-11-18T09:00:00+00:00"
FIRST_DAY, LAST_DAY = "2025-09-08", "2025-11-16"
DAY, WEEK, MONTH = "2025-11-13", "2025-11-10", "2025-10-01"


def _who(name: str) -> Who:
    return Who(name, f"{name.split(maxsplit=1)[0].lower()}@example.com")


ANNA, JONAS, MEI, PAVEL, RUTH, SAMIR, TOVE, IDA = (
    _who(name) for name in ("Anna Lind", "Jonas Weber", "Mei Tanaka", "Pavel Novak", "Ruth Okafor", "Samir Haddad",
                            "Tove Berg", "Ida Moreau")
)  # fmt: skip

TOLD: tuple[tuple[str, str, Who, str, str, dict[str, tuple[int, int]]], ...] = (
    ("10T08:40", "booking", ANNA, "feat: hold a seat for ten minutes while a payment is pending",
     "Two people could pay for the last place on a deck when their banks answered slowly.",
     {"booking/seats.py": (148, 31), "booking/payments.py": (42, 12), "tests/test_seats.py": (96, 4)}),
    ("10T10:15", "timetable", JONAS, "fix: keep the night ferry on its own day when clocks go back",
     "", {"src/calendar.rs": (38, 22), "tests/clock_change.rs": (61, 0)}),
    ("10T13:05", "app", MEI, "feat: show the gate on the boarding pass", "",
     {"src/pass/BoardingPass.tsx": (57, 9), "src/pass/gate.ts": (33, 0)}),
    ("10T15:20", "booking", PAVEL, "refactor: move fare rules out of the order form", "",
     {"booking/fares.py": (210, 12), "booking/orders.py": (18, 187)}),
    ("11T09:10", "app", RUTH, "fix: let screen readers announce a cancelled crossing",
     "The notice was drawn, but nothing told a screen reader that it had changed.",
     {"src/notices/Cancelled.tsx": (24, 7), "src/notices/live.ts": (19, 0)}),
    ("11T11:30", "timetable", SAMIR, "feat!: read crossings from the harbour's feed instead of the nightly file", "",
     {"src/feed.rs": (264, 0), "src/nightly.rs": (0, 173), "Cargo.toml": (3, 1)}),
    ("11T16:45", "handbook", TOVE, "docs: say how refunds work after a storm", "", {"refunds.md": (74, 11)}),
    ("12T08:20", "booking", ANNA, "fix: refund the bicycle along with the ticket", "",
     {"booking/refunds.py": (27, 6), "tests/test_refunds.py": (41, 0)}),
    ("12T10:50", "booking", DEPENDABOT, "Bump httpx from 0.28.0 to 0.28.1", "", {"requirements.txt": (1, 1)}),
    ("12T11:40", "app", IDA, "perf: load the route map only when it is opened", "",
     {"src/map/RouteMap.tsx": (22, 41), "src/map/lazy.ts": (28, 0)}),
    ("12T14:10", "timetable", JONAS, "test: replay last winter's cancellations", "",
     {"tests/winter.rs": (132, 0), "tests/data/winter.json": (820, 0)}),
    ("13T09:00", "booking", PAVEL, "feat: sell return tickets with an open date",
     "Every third call to the service desk asks for a return without a fixed day.",
     {"booking/returns.py": (186, 0), "booking/fares.py": (34, 8), "tests/test_returns.py": (120, 0)}),
    ("13T10:25", "app", MEI, "fix: keep the chosen language after signing in", "", {"src/session.ts": (14, 9)}),
    ("13T13:30", "app", RUTH, "feat: add an offline copy of the ticket", "",
     {"src/pass/offline.ts": (143, 0), "src/pass/BoardingPass.tsx": (21, 6), "src/worker.ts": (38, 12)}),
    ("13T15:00", "timetable", SAMIR, "fix: retry the harbour's feed when it answers with half a document", "",
     {"src/feed.rs": (47, 13)}),
    ("14T08:35", "booking", ANNA, "fix: count a pushchair as luggage, not as a vehicle", "",
     {"booking/luggage.py": (31, 18), "tests/test_luggage.py": (22, 2)}),
    ("14T10:05", "handbook", TOVE, "docs: explain deck numbers with a drawing", "", {"decks.md": (52, 3)}),
    ("14T11:50", "app", DEPENDABOT, "Bump vite from 6.3.5 to 6.4.1", "", {"package.json": (1, 1)}),
    ("14T14:20", "booking", JONAS, "ci: run the booking tests against Postgres 17", "",
     {".github/workflows/tests.yml": (9, 4)}),
    ("15T10:40", "booking", PAVEL, "fix: round fares in the customer's favour", "",
     {"booking/fares.py": (12, 9), "tests/test_fares.py": (38, 0)}),
)  # fmt: skip
"""Day and time in November 2025, repository, author, subject, reason, and lines added and removed per file."""

RELEASED = (("13T17:00", "booking", "v4.2.0"), ("14T16:00", "timetable", "v2.0.0"), ("14T16:30", "app", "v7.1.0"))

BEFORE: tuple[tuple[str, Who, str, str], ...] = (
    ("booking", ANNA, "fix: ask for a passport only where a border is crossed", "booking/passengers.py"),
    ("booking", PAVEL, "feat: offer the child fare up to fifteen", "booking/fares.py"),
    ("app", MEI, "feat: remember the last three crossings", "src/history.ts"),
    ("timetable", JONAS, "fix: read crossings that leave after midnight", "src/calendar.rs"),
    ("app", RUTH, "fix: make the pay button large enough for a thumb", "src/pay/Button.tsx"),
    ("timetable", SAMIR, "refactor: split the parser from the network", "src/nightly.rs"),
    ("handbook", TOVE, "docs: describe the boarding of coaches", "boarding.md"),
    ("booking", ANNA, "feat: write receipts in the traveller's language", "booking/receipts.py"),
    ("app", IDA, "perf: send smaller pictures of the decks", "src/decks.ts"),
    ("booking", JONAS, "test: pay with an expired card", "tests/test_payments.py"),
    ("app", MEI, "fix: show prices before the date is chosen", "src/search/Prices.tsx"),
    ("timetable", SAMIR, "feat: tell which crossings take animals", "src/crossings.rs"),
    ("booking", PAVEL, "fix: close an order once, also when two tabs are open", "booking/orders.py"),
)


@dataclass
class _Desk:
    """One repository under construction: the lines of each file, and the number of the last pull request."""

    story: History = field(default_factory=History)
    files: dict[str, list[str]] = field(default_factory=dict)
    number: int = 100

    def change(self, when: datetime, who: Who, subject: str, body: str, lines: dict[str, tuple[int, int]]) -> None:
        """Add a squashed pull request that adds and removes so many lines per file."""
        self.number = number = self.number + 1
        content: dict[str | bytes, str | bytes | None] = {}
        for path, (added, removed) in lines.items():
            kept = self.files.get(path, [f"{path} {line}" for line in range(removed)])[removed:]
            self.files[path] = kept + [f"{number} {line}" for line in range(added)]
            content[path] = "".join(f"{line}\n" for line in self.files[path])
        message = f"{subject} (#{number})" + (f"\n\n{body}" if body else "")
        self.story.commit(message, when, content, author=who, committer=GITHUB)


def build(folder: Path) -> list[Path]:
    """Create the four repositories below a folder."""
    desks = {name: _Desk() for name in ("app", "booking", "handbook", "timetable")}
    for name, desk in desks.items():
        # Files that the last week shortens must exist before it.
        whole = {path: [f"{path} {line}" for line in range(removed)] for _, where, _, _, _, lines in TOLD
                 if where == name for path, (_, removed) in lines.items()}  # fmt: skip
        desk.files |= whole
        first: dict[str | bytes, str | bytes | None] = {
            path: "".join(f"{line}\n" for line in lines) for path, lines in whole.items() if lines
        }
        begun = {"README.md": f"# {name}\n", **first}
        desk.story.commit(f"Start {name}", at("2025-09-01T08:00"), begun, author=ANNA)
    _before(desks)
    for moment, name, who, subject, body, lines in TOLD:
        desks[name].change(at(f"2025-11-{moment}"), who, subject, body, lines)
    for moment, name, tag in RELEASED:
        desks[name].story.tag(tag, when=at(f"2025-11-{moment}"), message=f"{name} {tag}\n")
    return [desk.story.at_path(folder / name, origin=f"https://github.com/{OWNER}/{name}.git")
            for name, desk in desks.items()]  # fmt: skip


def _before(desks: dict[str, _Desk]) -> None:
    """Add nine ordinary weeks: two or three changes on each workday, none on a Sunday."""
    turn = 0
    for day in range((at("2025-11-10") - at(FIRST_DAY)).days):
        morning = at(FIRST_DAY) + timedelta(days=day, hours=8)
        for hour in range(0 if morning.isoweekday() == 7 else 1 if morning.isoweekday() == 6 else 2 + day % 2):
            name, who, subject, path = BEFORE[turn % len(BEFORE)]
            added, removed = 9 + turn * 7 % 61, turn * 5 % 23
            again = f", step {turn // len(BEFORE) + 1}" if turn >= len(BEFORE) else ""
            desks[name].change(morning + timedelta(hours=2 * hour, minutes=turn % 50), who, subject + again, "",
                               {path: (added, removed)})  # fmt: skip
            turn += 1


def settings_of(home: Path, repositories: list[Path], **changes: Any) -> Settings:
    """Return the settings of the company."""
    given = {"organisation": {"name": "Tidewater Ferries"}, "periods": {"start": at(FIRST_DAY).date()}}
    return settings_for(home, repositories, **(given | changes))


def weekly_digest(folder: Path) -> str:
    """Return the Markdown of the last week, built by the whole graph in an empty folder."""
    settings = settings_of(folder / "home", build(folder))
    collected = run_job(settings, "collect", "2025-10-13", LAST_DAY, now=NOW)
    stages = [f"weekly/{stage}" for stage in ("metrics", "insights", "digest")]
    made = run_job(settings, "weekly", WEEK, now=NOW, selection=stages)
    assert collected.success and made.success
    return store_of(settings).read_text("digests/weekly", WEEK)
