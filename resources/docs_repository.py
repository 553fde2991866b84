"""Who publishes: the author of commits, and where Sparky keeps its own clones of remote repositories."""

from pathlib import Path
from typing import Any

import dagster as dg

from resources.git.local import publish_locally
from resources.git_change import CommitAuthor, CommitResult, CommitSpec


class Publisher(dg.ConfigurableResource[Any]):
    """Commits as one author. `clones` is the folder for Sparky's own clones of remote repositories."""

    author_name: str
    author_email: str
    signing: str = "none"
    signing_key: str = ""
    clones: str = ""
    dry_run: bool = False

    @property
    def author(self) -> CommitAuthor:
        """Who commits."""
        return CommitAuthor(self.author_name, self.author_email, self.signing, self.signing_key)

    def publish(self, repository: Path, branch: str, change: CommitSpec, *, dry_run: bool = False) -> CommitResult:
        """Commit to a repository of our own; see `git_local.publish_locally`."""
        return publish_locally(repository, branch, change, self.author, dry_run=self.dry_run or dry_run)
