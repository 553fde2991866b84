"""The whole pipeline to a real git server with a login: concurrent pushes and outages.

The server must end with the same pages as a repository on this machine after the same runs.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.environment import DAY, MONTH, WEEK, Office, open_office
from tests.factories.git_repositories import git
from tests.fakes.git_servers import PASSWORD, USER, HttpGit, bare, http_git
from tests.reliability.git_world import somebody_pushes

pytestmark = pytest.mark.slow


PERIODS = (("day", DAY), ("week", WEEK), ("month", MONTH))


class Docs:
    """The repository on the server, and the settings by which an environment finds it."""

    def __init__(self, server: HttpGit) -> None:
        self.server, self.path = server, bare(server.root / "docs.git")

    def is_published_to_by(self, office: Office) -> None:
        (office.folder / "token").write_text(PASSWORD)
        remote = {"name": "docs", "mode": "on", "url": self.server.url(self.path), "username": USER,
                  "token_file": str(office.folder / "token")}  # fmt: skip
        office.variables["SPARKY_PUBLISH__DESTINATIONS"] = json.dumps([{"name": "own"}, remote])

    @property
    def subjects(self) -> list[str]:
        return git(self.path, "log", "--format=%s", "main").splitlines()

    def pages(self, office: Office) -> dict[str, bytes]:
        """Return its files where the repository on this machine has pages of periods."""
        return {path: git(self.path, "show", f"main:{path}").encode() for path in office.published}


@pytest.fixture
def docs(tmp_path: Path) -> Iterator[Docs]:
    with http_git(tmp_path / "served") as server:
        yield Docs(server)


def test_pages_arrive_despite_concurrent_pushes_and_outages(tmp_path: Path, docs: Docs) -> None:
    with open_office(tmp_path, repositories=16, days=55) as office:
        docs.is_published_to_by(office)
        docs.server.on_push = lambda: somebody_pushes(docs.path, tmp_path)
        office.written("run", "day", DAY)
        assert docs.subjects == [f"Publish the daily digest of {DAY}", "By hand", "Start the docs"]

        docs.server.push_fault = "cut"
        said = office.refused("run", "week", WEEK)
        assert docs.server.url(docs.path) in said
        assert "Served: own" in said
        assert PASSWORD not in said
        assert len(docs.subjects) == 3, "nothing of the week is there"
        docs.server.push_fault = ""
        office.written("run", "week", WEEK)

        docs.server.push_fault = "lose"  # git takes the push, and the answer is lost
        office.sparky("run", "month", MONTH)
        docs.server.push_fault = ""
        for noun, label in PERIODS:
            office.written("run", noun, label)
        assert docs.subjects == [
            f"Publish the monthly digest of {MONTH}",
            f"Publish the weekly digest of {WEEK}",
            f"Publish the daily digest of {DAY}",
            "By hand",
            "Start the docs",
        ]
        assert len(office.published) >= 3
        assert docs.pages(office) == office.published
        assert git(docs.path, "show", "main:README.md") == "# By hand\n"


def test_edited_page_is_replaced_and_the_edit_stays_in_the_history(tmp_path: Path, docs: Docs) -> None:
    with open_office(tmp_path) as office:
        docs.is_published_to_by(office)
        office.written("run", "day", DAY)
        (page,) = office.published
        somebody_pushes(docs.path, tmp_path, page, "# In my own words\n")
        office.written("run", "day", DAY)
        assert docs.pages(office) == office.published
        assert docs.subjects[1] == "By hand"
        assert git(docs.path, "show", f"main~1:{page}") == "# In my own words\n"
