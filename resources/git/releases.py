"""What releases hold: the commits between a tag and the one before it.

Which tags are releases, and which came before, the caller says.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from resources.git.command import run_git
from resources.git.copies import find_copies
from resources.git.log import GitTag
from resources.git.repository import GitRepository
from resources.git.streams import parse_integer

MAX_MESSAGE_LENGTH = 5_000

MAX_NAMED = 3_000
"""Names that are kept of a release."""

_TRAILING_NUMBERS = re.compile(r"(?:\s{0,3}\(#\d{1,7}\)){1,4}\s*$")

_NUMBER = re.compile(r"\(#(\d{1,7})\)")

_ADVISORY = re.compile(r"\bCVE-\d{4}-\d{4,7}\b|\bGHSA(?:-[23456789cfghjmpqrvwx]{4}){3}\b", re.IGNORECASE)

_NO_FIX = re.compile(r"(?:docs?|tests?|chore|ci|changelog|changes|news)\b", re.IGNORECASE)
"""Beginnings of subjects that speak of an advisory and fix nothing."""

_PICKED = re.compile(r"\(cherry picked from commit ([0-9a-f]{40})\)")

_REVERT = re.compile(r"revert\b", re.IGNORECASE)

_REVERTED = re.compile(r"This reverts commit ([0-9a-f]{40})")


@dataclass(frozen=True)
class TagContents:
    """The commits of a release that the previous release of its line does not hold.

    Attributes:
        previous_tag: the previous release.
        commit_count: the commits between, as `git rev-list --count previous..tag` and GitHub's compare page count them.
        authors: names and addresses of those who wrote the commits that are no merges.
        commit_times: when these were committed, in seconds since 1970, in order.
        named: what their messages name: pull requests at the end of a subject (`#12`), advisories in it, and the whole
            shas that they were picked from; of reverts nothing, and nothing that another of the commits takes back.
            Also the whole shas of the default branch's commits of which they are copies by their patch id.
    """

    previous_tag: str
    commit_count: int
    authors: frozenset[tuple[str, str]]
    commit_times: tuple[int, ...] = ()
    named: frozenset[str] = frozenset()


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
    arguments = ("log", "--format=%x01%P%x00%aN%x00%aE%x00%ct%x00%B", f"{previous.sha}..{tag.sha}", "--")
    records = (record.split("\0") for record in run_git(repository.git_dir, *arguments).split("\1"))
    # A message may hold the mark itself; what follows it has no fields.
    rows = [record for record in records if len(record) == 5]
    own = [row for row in rows if " " not in row[0]]
    authors = frozenset((row[1], row[2]) for row in own)
    times = tuple(sorted(parse_integer(row[3]) for row in own))
    copies = find_copies(repository, previous.sha, tag.sha, tag.tagged_at)
    return TagContents(previous.name, len(rows), authors, times, find_named(row[4] for row in own) | copies)


def find_named(messages: Iterable[str]) -> frozenset[str]:
    """Return what the messages of commits name, as `TagContents.named` has it."""
    named: set[str] = set()
    taken_back: set[str] = set()
    for message in messages:
        subject, _, body = message[:MAX_MESSAGE_LENGTH].partition("\n")
        if _REVERT.match(subject):
            taken_back |= {f"#{number}" for number in _NUMBER.findall(subject)}
            taken_back |= {match[1] for match in _REVERTED.finditer(body)}
            continue
        if trailing := _TRAILING_NUMBERS.search(subject):
            named |= {f"#{number}" for number in _NUMBER.findall(trailing[0])}
        ids = () if _NO_FIX.match(subject) else (match[0] for match in _ADVISORY.finditer(subject))
        named |= {name.upper() if name[:3].upper() == "CVE" else name for name in ids}
        named |= {match[1] for match in _PICKED.finditer(body)}
    return frozenset(sorted(named - taken_back)[:MAX_NAMED])


def _count_commits(repository: GitRepository, previous: GitTag, tag: GitTag) -> int:
    return parse_integer(run_git(repository.git_dir, "rev-list", "--count", f"{previous.sha}..{tag.sha}", "--").strip())
