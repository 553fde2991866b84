"""Helpers that publish to a repository on this machine."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from resources.errors import GitError
from resources.git.local import Publisher
from resources.git.objects import CommitResult, CommitSpec
from tests.factories.git_repositories import git

PAGE = "content/blog/2025/11/2025-11-12.md"


def publish(repository: Path, text: str | Mapping[str, str] = "# A day\n", *, dry_run: bool = False,
            **changes: Any) -> CommitResult:  # fmt: skip
    files = text if isinstance(text, Mapping) else {PAGE: text}
    given: dict[str, Any] = {
        "files": {path: one.encode() for path, one in files.items()},
        "subject": "Publish the daily digest of 2025-11-12",
        "body": "Written by Sparky.",
        "trailers": {"Sparky-Period": "daily/2025-11-12", "Sparky-Data": "sha256:abc"},
    }
    publisher = Publisher(author_name="Sparky", author_email="sparky@localhost", dry_run=dry_run)
    branch = changes.pop("branch", "main")
    return publisher.publish(repository, branch, CommitSpec(**(given | changes)))


def refusal(repository: Path, text: str | Mapping[str, str] = "# A day\n", **changes: Any) -> str:
    with pytest.raises(GitError) as caught:
        publish(repository, text, **changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def log(repository: Path, form: str = "%s") -> list[str]:
    return git(repository, "log", f"--format={form}").strip().split("\n")


def committed(repository: Path, path: str = PAGE) -> bytes:
    return subprocess.run(["git", "show", f"HEAD:{path}"], cwd=repository, capture_output=True, check=True).stdout
