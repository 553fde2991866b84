"""A complete environment over real sockets: a GitHub, a model server and a folder to publish to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from resources.storage import Storage
from sparky_assets.cli import cli
from tests.factories.evidence import read_well
from tests.factories.git_repositories import git
from tests.fakes.github import TOKEN, FakeGitHub, serving
from tests.fakes.github import Settings as Behaviour
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import day
from tests.fakes.language_model import FakeModelServer

NOW = day("2026-11-20") + timedelta(hours=1)
DAY, WEEK, MONTH = "2026-11-18", "2026-W46", "2026-10"
KEYS = {"day": DAY, "week": "2026-11-09", "month": "2026-10-01"}


@dataclass
class Office:
    """A home, and `sparky` called in-process with the settings of this environment."""

    folder: Path
    github: FakeGitHub
    model: FakeModelServer
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.variables |= {
            "SPARKY_HOME": str(self.home),
            "SPARKY_PERIODS__START": "2026-09-28",
            "SPARKY_PEOPLE__SALT": "pepper",
            "SPARKY_SOURCES__SOURCE": "github",
            "SPARKY_SOURCES__GITHUB__API": self.github.address,
            "SPARKY_SOURCES__GITHUB__ORGANISATIONS": '["acme"]',
            "SPARKY_SOURCES__GITHUB__TOKEN": TOKEN,
            "SPARKY_LANGUAGE_MODEL__BACKEND": "ollama",
            "SPARKY_LANGUAGE_MODEL__URL": self.model.url,
            "SPARKY_LANGUAGE_MODEL__MODEL": self.model.model,
        }

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def store(self) -> Storage:
        return Storage(root=str(self.home / "store"))

    def sparky(self, *arguments: str, **variables: str) -> Result:
        """Call `sparky`; an expected error is printed as `main` prints it."""
        return CliRunner().invoke(cli, list(arguments), env=self.variables | variables)

    def written(self, *arguments: str, **variables: str) -> str:
        """Call `sparky`, assert success, and return the output."""
        result = self.sparky(*arguments, **variables)
        assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
        return result.output

    def refused(self, *arguments: str, **variables: str) -> str:
        """Call `sparky`, assert that it fails with one actionable sentence, and return the sentence."""
        from resources.errors import ResourceError
        from sparky_assets.errors import DataError

        result = self.sparky(*arguments, **variables)
        assert isinstance(result.exception, ResourceError | DataError), f"{result.output}\n{result.exception!r}"
        said = str(result.exception)
        assert "Traceback" not in said
        return said

    @property
    def commits(self) -> list[str]:
        """Return the subjects of the published commits, newest first."""
        published = self.home / "publications"
        return git(published, "log", "--format=%s").splitlines() if published.exists() else []

    @property
    def published(self) -> dict[str, bytes]:
        """Return the published pages of periods, without the indexes that are built from them."""
        below = self.home / "publications"
        pages = (file for file in below.rglob("*.md") if file.name != "index.md")
        return {str(file.relative_to(below)): file.read_bytes() for file in pages}


@contextmanager
def open_office(
    folder: Path,
    behaviour: Behaviour | None = None,
    brain: Callable[[Mapping[str, Any]], str] | None = None,
    repositories: int = 12,
    days: int = 12,
) -> Iterator[Office]:
    """Return an environment with an organisation that was active for so many days, and a model that answers."""
    world = make_world(repositories, NOW, days=days)
    with serving(world, behaviour) as github, FakeModelServer(brain or read_well) as model:
        yield Office(folder, github, model)
