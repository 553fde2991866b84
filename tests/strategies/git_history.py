"""Random organisations for hypothesis: git output of some repositories in one period, as real raw tables."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from hypothesis import strategies as st

from resources.git.log import GitCommit, GitFileChange, GitTag
from sparky_assets.insights.claims.assemble import add_sections
from sparky_assets.insights.claims.overview import build_insight_by_rules
from sparky_assets.insights.evidence import gather_evidence
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.metrics.models import Metrics
from sparky_assets.periods import Period, PeriodKind, TimeWindow, period_of_day
from sparky_assets.raw.git_rows import build_git_tables
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import ISSUES, OPEN_ITEMS, REPOSITORIES, RESPONSES, REVIEWS
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.assemble import build_window_stories

PEOPLE = PersonFactory(b"pepper", ["*[bot]", "renovate*"])
DAY = date(2025, 11, 12)
AUTHORS = (
    ("Ada Lovelace", "ada@example.com"),
    ("Bob *Stone*", "bob@example.com"),
    ("R2-D2 [42]", "droid7@example.com"),
    ("Mona", "583231+octocat@users.noreply.github.com"),
    ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
    ("", "nameless@example.com"),
    ("<script>alert(1)</script>", "x@example.com"),
    ("Julian V.", "julian@example.com"),
)
NAMES = ("acme/tool", "acme/web-2.0", "lonely", "deep/er/group", "acme/_under_*star*")
SUBJECTS = (
    "feat(core)!: add a thing", "fix: stop it", "Bump ink from 1.0 to 1.1", "docs: say 3 things",
    "Fixes 50 issues at once",
    "# Heading", "- item", "1. first", "`code` and *stars* and _lines_",
    "[link](https://evil.example)", "@octocat look at #12",
    "<img src=x onerror=alert(1)>", "![image](https://evil.example/x.png)", "www.evil.example and https://evil.example/1",
    "a|b|c", "~~gone~~", "&amp; &copy; &#42;", "mail ada@example.com now", "version 1.2.3, 4,567 and 08:30",
    "ends in dots...", "(#7)", "Merge branch 'x'", "\\ back\\slash", "+ plus", "=====", "---", "***", "GH-1 gh-2",
    "`open tick", "``double``", "Ünïcödé 日本", "x" * 300, "Revert \"Add x (#12)\"",
)  # fmt: skip

texts = st.sampled_from(SUBJECTS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\n\r"), min_size=1, max_size=40
)
files = st.lists(
    st.builds(
        GitFileChange,
        st.sampled_from(["a.py", "b.md", "docs/c.md", "tests/test_d.py", ".github/ci.yml", "p.png"]),
        st.none() | st.integers(0, 3000),
        st.none() | st.integers(0, 3000),
    ),
    max_size=3,
    unique_by=lambda file: file.path,
).map(lambda changes: tuple(one if one.insertions is not None and one.deletions is not None
                            else GitFileChange(one.path, None, None) for one in changes))  # fmt: skip


@dataclass(frozen=True)
class RepositoryLog:
    """The git output of one repository in the window."""

    name: str
    url: str | None
    status: str
    commits: tuple[GitCommit, ...]
    tags: tuple[GitTag, ...]

    @property
    def visibility(self) -> str:
        """Both visibilities appear in one organisation: data of one audience must not mix with the other."""
        return "private" if len(self.name) % 2 else "public"


@dataclass(frozen=True)
class World:
    """Some repositories in one period."""

    period: Period
    repositories: tuple[RepositoryLog, ...]

    @property
    def window(self) -> TimeWindow:
        return self.period.window("UTC")

    def raw(self) -> RawWindow:
        """Return the raw tables as collecting would store them."""
        tables = [
            build_git_tables(one.name, one.commits, one.tags, PEOPLE, one.visibility) for one in self.repositories
        ]
        rows = [
            {"repository": one.name, "url": one.url, "source": "git", "visibility": one.visibility,
             "default_branch": "main", "status": one.status, "note": "is odd" if one.status != "ok" else ""}
            for one in self.repositories
        ]  # fmt: skip

        def joined(asset: str, at: str) -> pl.DataFrame:
            return pl.concat([table[asset] for table in tables]).sort(at, "repository")

        return RawWindow(
            repositories=pl.DataFrame(rows, schema=dict(REPOSITORIES.columns)).sort("repository"),
            commits=joined("commits", "landed_at"),
            pull_requests=joined("pull_requests", "at"),
            reviews=REVIEWS.make_empty(),
            responses=RESPONSES.make_empty(),
            issues=ISSUES.make_empty(),
            releases=joined("releases", "published_at"),
            open_items=OPEN_ITEMS.make_empty(),
        )

    def metrics(self) -> Metrics:
        return compute_metrics(self.raw(), self.period, self.window).metrics

    def insight(self) -> Insight:
        raw, metrics = self.raw(), self.metrics()
        gathered = gather_evidence(raw)
        insight = build_insight_by_rules(metrics, gathered, "Acme 42", ["acme/web-2.0 is a shallow clone"])
        insight = add_sections(insight, raw, gathered, metrics, None)
        cited_keys = {item.key for item in insight.evidence}
        evidence = (*insight.evidence, *(item for item in gathered.items if item.key not in cited_keys))
        return insight.model_copy(update={"stories": build_window_stories(raw, "UTC"), "evidence": evidence})

    def urls(self) -> dict[str, str | None]:
        return {one.name: one.url for one in self.repositories}


def sha(*parts: object) -> str:
    return hashlib.sha1(repr(parts).encode()).hexdigest()


@st.composite
def histories(draw: st.DrawFn, name: str, period: Period) -> RepositoryLog:
    window = period.window("UTC")
    start, length = int(window.start.timestamp()), int((window.end - window.start).total_seconds())
    status = draw(st.sampled_from(["ok", "ok", "ok", "without_statistics", "empty", "unreadable"]))
    count = 0 if status in {"empty", "unreadable"} else draw(st.integers(0, 7))
    commits: list[GitCommit] = []
    for number in range(count):
        before = [one.sha for one in commits]
        merge = len(before) > 1 and draw(st.booleans())
        parents = (before[-1], draw(st.sampled_from(before[:-1]))) if merge else tuple(before[-1:])
        author, committer = draw(st.sampled_from(AUTHORS)), draw(st.sampled_from(AUTHORS))
        commits.append(
            GitCommit(
                sha(name, number), parents, *author, start, *committer,
                start + draw(st.integers(0, length - 1)), draw(messages(merge)),
                None if status == "without_statistics" else () if merge else draw(files),
            )
        )  # fmt: skip
    tagged = draw(st.lists(st.sampled_from(["v1.0.0", "2.10.0-rc1", "web/v3.1", "nightly"]), max_size=2, unique=True))
    tags = [
        GitTag(
            tag, commits[-1].sha, *draw(st.sampled_from(AUTHORS)), start + draw(st.integers(0, length - 1)), draw(texts)
        )
        for tag in tagged
        if commits
    ]
    hosts = {"acme/tool": "https://github.com/acme/tool", "deep/er/group": "https://gitlab.com/deep/er/group"}
    return RepositoryLog(name, hosts.get(name), status, tuple(commits), tuple(tags))


@st.composite
def messages(draw: st.DrawFn, merge: bool) -> str:
    subject, number = draw(texts), draw(st.integers(1, 9))
    if merge:
        return draw(
            st.sampled_from([
                f"Merge pull request #{number} from octocat/x\n\n{subject}",
                f"Merge branch 'x' into 'main'\n\n{subject}\n\nSee merge request acme/tool!{number}",
                f"Merged in x (pull request #{number})\n\n{subject}", "Merge branch 'x'",
            ])
        )  # fmt: skip
    trailer = draw(
        st.sampled_from(["", "", "\n\nCo-authored-by: Bob <bob@example.com>", "\n\nSigned-off-by: A <a@b.de>"])
    )
    return draw(st.sampled_from([subject, f"{subject} (#{number})"])) + trailer


@st.composite
def worlds(draw: st.DrawFn, kinds: Sequence[PeriodKind] = tuple(PeriodKind)) -> World:
    """Draw up to three repositories with up to seven commits each, in a day, week or month of November 2025."""
    period = period_of_day(draw(st.sampled_from(kinds)), DAY + timedelta(days=0))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    return World(period, tuple(draw(histories(name, period)) for name in names))


# --- Small organisations by hand

WEEK = period_of_day(PeriodKind.WEEKLY, DAY)


def commit(
    number: int,
    message: str,
    *,
    author: tuple[str, str] = AUTHORS[0],
    parents: tuple[str, ...] = (),
    files: tuple[GitFileChange, ...] | None = (),
) -> GitCommit:
    """Return a commit of the 12th, at `number` o'clock."""
    when = int(WEEK.window("UTC").start.timestamp()) + 2 * 86_400 + number * 3600
    return GitCommit(sha("by hand", number), parents, *author, when, *author, when, message, files)
