"""What releases hold: the commits between a tag and the one before it, and the tags that hold a commit.

Which tags are releases, and which came before, the caller says.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from resources.git.command import run_git
from resources.git.log import GitTag
from resources.git.repository import GitRepository
from resources.git.streams import parse_integer

MAX_PICKED_COMMITS = 50
"""Copies of a commit on other branches that are looked at; a number that more commits name is no number of a change."""

_PULL_REQUEST_NUMBER = re.compile(r"\((?:#|!|pull request #)(\d{1,9})\)\s*$")

_REVERT_SUBJECT = re.compile(r"(?i)reverts?\b")


@dataclass(frozen=True)
class TagContents:
    """The commits of a release that the previous release of its line does not hold.

    Attributes:
        previous_tag: the previous release.
        commit_count: the commits between, as `git rev-list --count previous..tag` and GitHub's compare page count them.
        authors: names and addresses of those who wrote the commits that are no merges.
        commit_times: when these were committed, in seconds since 1970, in order.
    """

    previous_tag: str
    commit_count: int
    authors: frozenset[tuple[str, str]]
    commit_times: tuple[int, ...] = ()


def read_release_contents(repository: GitRepository, tag: GitTag, earlier_tags: Sequence[GitTag]) -> TagContents | None:
    """Return what a release holds; None in a shallow clone, and where nothing was released before.

    The previous release is the highest earlier version that the tag holds. A project that tags on branches holds none,
    or one of many years ago: then it is the highest version that was tagged before, if fewer commits lie between.

    Args:
        repository: the clone or mirror.
        tag: the release.
        earlier_tags: the releases of the same line with a lower version, the highest first.

    Raises:
        GitError: the history cannot be read.
    """
    candidates = [earlier for earlier in earlier_tags if earlier.tagged_at <= tag.tagged_at and earlier.sha != tag.sha]
    if repository.shallow_commits or not candidates:
        return None
    arguments = ("for-each-ref", f"--merged={tag.sha}", "--format=%(refname:strip=2)", "refs/tags")
    ancestors = set(run_git(repository.git_dir, *arguments).splitlines())
    held = next((candidate for candidate in candidates if candidate.name in ancestors), None)
    previous = held or candidates[0]
    if held and _count_commits(repository, candidates[0], tag) < _count_commits(repository, held, tag):
        previous = candidates[0]
    arguments = ("log", "--format=%P%x00%aN%x00%aE%x00%ct", f"{previous.sha}..{tag.sha}", "--")
    rows = [line.split("\0") for line in run_git(repository.git_dir, *arguments).split("\n") if line]
    own = [row for row in rows if len(row) == 4 and " " not in row[0]]
    authors = frozenset((row[1], row[2]) for row in own)
    times = tuple(sorted(parse_integer(row[3]) for row in own))
    return TagContents(previous.name, len(rows), authors, times)


def _count_commits(repository: GitRepository, previous: GitTag, tag: GitTag) -> int:
    return parse_integer(run_git(repository.git_dir, "rev-list", "--count", f"{previous.sha}..{tag.sha}", "--").strip())


def find_tags_with_commit(
    repository: GitRepository, sha: str, at: datetime, tags: Sequence[GitTag]
) -> tuple[GitTag, ...]:
    """Return the tags of an instant that hold a commit or a copy of it, the earliest first.

    A copy is a cherry-pick: a commit whose text names the sha (`git cherry-pick -x`), or whose subject ends with the
    same number of a pull request. A revert that names the number is no copy.

    Args:
        repository: the clone or mirror.
        sha: the commit, whole.
        at: tags after this instant are left out.
        tags: the tags to look at.

    Raises:
        GitError: the commit is unknown, or the history cannot be read.
    """
    names = set()
    for copy in (sha, *_find_picked_commits(repository, sha)):
        arguments = ("for-each-ref", f"--contains={copy}", "--format=%(refname:strip=2)", "refs/tags")
        names.update(run_git(repository.git_dir, *arguments).splitlines())
    until = int(at.timestamp())
    holding = [tag for tag in tags if tag.name in names and tag.tagged_at <= until]
    return tuple(sorted(holding, key=lambda tag: (tag.tagged_at, tag.name)))


def _find_picked_commits(repository: GitRepository, sha: str) -> list[str]:
    subject, _, since = run_git(repository.git_dir, "log", "-1", "--format=%s%x00%ct", sha).partition("\0")
    patterns = [f"--grep=cherry picked from commit {sha}"]
    number = _PULL_REQUEST_NUMBER.search(subject)
    if number and not _REVERT_SUBJECT.match(subject):
        patterns.append(f"--grep={number[0].strip()}")
    fields = "--format=%H%x00%s%x00%B%x01"
    # A copy is not older than what it copies, but for a clock that is a day wrong.
    window = f"--since-as-filter=@{max(0, parse_integer(since.strip()) - 86_400)} +0000"
    text = run_git(repository.git_dir, "log", "--all", "--fixed-strings", window, *patterns, fields, "--")
    copies = []
    for record in text.split("\x01"):
        copied_sha, _, rest = record.lstrip("\n").partition("\0")
        copied_subject, _, message = rest.partition("\0")
        same_number = _PULL_REQUEST_NUMBER.search(copied_subject)
        is_picked = f"cherry picked from commit {sha}" in message
        has_number = bool(number and same_number and number[1] == same_number[1])
        if (
            copied_sha
            and copied_sha != sha
            and (is_picked or (has_number and not _REVERT_SUBJECT.match(copied_subject)))
        ):
            copies.append(copied_sha)
    return copies if len(copies) <= MAX_PICKED_COMMITS else []
