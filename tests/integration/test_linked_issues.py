"""A pull request that closes an issue on GitHub, from the sweep to the published week, in the real graph and store."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from resources.storage import Storage
from sparky_assets.insights.models import Insight
from tests.fakes.github import serving
from tests.fakes.github_world import DAY, Commit, Item, Repo, User, World, day
from tests.raw.test_github_assets import NOW, run, settings_of

ADA, BO = User(1, "ada", "Ada", ("ada@example.com",)), User(2, "bo", "Bo", ("bo@example.com",))
AT = int(day("2026-11-12").timestamp()) + 9 * 3600
FAULT = "The gauge crashes on lists without docks."
SECRET_FAULT = "The hidden winch jams on rusty ropes."


@dataclass(frozen=True)
class PublishedWeek:
    """The insights of a week and its text."""

    insight: Insight
    text: str


def close(repo: str, issue: Item, visibility: str) -> dict[str, Any]:
    return {
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "repository": {"nameWithOwner": f"acme/{repo}", "visibility": visibility},
        "labels": {"nodes": [{"name": "kind/bug"}]},
    }


def build_world() -> World:
    """A fix of a public repository closes one of its own issues, and one of a private repository."""
    tool = Repo("R_1", 1, "acme", "tool", AT - 900 * DAY)
    hidden = Repo("R_2", 2, "acme", "hidden", AT - 900 * DAY, visibility="PRIVATE")
    tool.commits = [
        Commit("a" * 40, AT - 90 * DAY, AT - 90 * DAY, AT - 90 * DAY, ADA, "ada@example.com", "Begin", 1, 1, 1, ()),
        Commit("b" * 40, AT, AT, AT, ADA, "ada@example.com", "Read empty lists (#8)", 3, 1, 1, ("a" * 40,)),
    ]
    issues = []
    for number, fault in ((7, FAULT), (9, SECRET_FAULT)):
        issue = Item(f"I_{number}", False, number, "No docks", AT - 20 * DAY, BO)
        issue.body, issue.events = f"{fault}\n\nSteps follow.", [("closed", AT, ADA)]
        issues.append(issue)
    pull = Item("PR_8", True, 8, "Read empty lists", AT - DAY, ADA)
    pull.events = [("merged", AT, ADA), ("closed", AT, ADA)]
    pull.merge_commit, pull.body = "b" * 40, "Closes #7."
    pull.closes = [close("tool", issues[0], "PUBLIC"), close("hidden", issues[1], "PRIVATE")]
    tool.pull_requests, tool.issues, hidden.issues = [pull], issues[:1], issues[1:]
    return World("acme", "Organization", int(NOW.timestamp()), [tool, hidden], [], [ADA, BO])


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> PublishedWeek:
    home: Path = tmp_path_factory.mktemp("home")
    with serving(build_world()) as fake:
        settings = settings_of(fake, home)
        assert run(settings, "collect", "2026-11-09", "2026-11-15").success
        assert run(settings, "history", "2026-11-09", "2026-11-15").success
        assert run(settings, "weekly", "2026-11-09").success
    insight = Storage(root=settings.store_root).read_document("insights/weekly", "2026-11-09", Insight)
    (published,) = home.glob("publications/**/week-*.md")
    return PublishedWeek(insight, published.read_text(encoding="utf-8"))


def test_closed_issue_is_in_the_evidence_of_its_change(week: PublishedWeek) -> None:
    (change,) = week.insight.stories.changes
    assert (change.key, change.closes, change.issues) == ("pr:acme/tool#8", (7,), ("issue:acme/tool#7",))
    assert change.closes_bug, "by the label of the issue"
    assert change.reactions == 4, "two of the pull request, two of the issue"
    sources = {source.key: source for source in week.insight.stories.sources}
    issue = sources["issue:acme/tool#7"]
    assert (issue.title, issue.text.partition("\n\n")[0], issue.author) == ("No docks", FAULT, "Bo")
    assert issue.url == "https://github.com/acme/tool/issues/7"


def test_closed_issue_is_quoted_with_its_link_in_the_published_week(week: PublishedWeek) -> None:
    assert f"7](https://github.com/acme/tool/issues/7) reports: “{FAULT}”" in week.text
    assert "Steps follow" not in week.text


def test_issue_of_a_private_repository_is_neither_evidence_nor_printed(week: PublishedWeek) -> None:
    assert SECRET_FAULT not in week.text
    assert not any(SECRET_FAULT in source.text for source in week.insight.stories.sources if source.is_public)
    assert "issue:acme/hidden#9" not in week.insight.stories.changes[0].issues
