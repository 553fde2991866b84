"""What releases hold: the commits between a tag and the one before it.

Which tags are releases, and which came before, the caller says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from resources.git.command import run_git
from resources.git.log import GitTag
from resources.git.repository import GitRepository
from resources.git.streams import parse_integer


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
