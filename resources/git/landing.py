"""Landing: when each commit reached the default branch, and whose first contribution it is.

A commit lands with the commit of the default branch's own line that brought it: a direct or squash commit with itself,
the commits of a merged branch with their merge. Landing is a property of the history before the landing commit, so it
does not change when history grows. The committer date of the landing commit is taken as it is written: a clock that
ran backwards puts a commit into the day that its clock said, in every run.

The line follows first parents, except at a merge whose subject says that the default branch itself was merged (what
`git pull` leaves behind): the branch was its second parent before.

One pass over a clone is cached; afterwards only new commits are read.
"""

import contextlib
import hashlib
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import polars as pl

from resources.errors import GitError
from resources.files import write_atomic
from resources.git.command import run_git
from resources.git.repository import GitRepository, parse_repository_name, peel_to_commit
from resources.git.streams import parse_integer, split_tokens, stream_git

SCAN_FIELDS = ("%H", "%P", "%at", "%ct", "%s", "%an", "%ae", "%aN", "%aE", "%(trailers:key=Co-authored-by,valueonly)")
"""Fields of the pass over a whole history. Names as written and as .mailmap corrects them: either may be known."""

CACHE_VERSION = 2

MAX_RUNS = 20
"""Runs of neighbours on the line that are read one by one; a line whose clocks jump more often is read as one run."""

_PULLED_BRANCH = re.compile(
    r"Merge (?:branch '(?P<branch>[^']{1,200})' of (?P<url>\S{1,500})"
    r"|remote-tracking branch '(?:refs/remotes/)?origin/(?P<tracked>[^']{1,200})')"
    r"(?: into '?(?P<target>[^' ]{1,200})'?)?"
)
"""The subject that `git pull` gives to a merge of a branch with its own remote branch."""

_TRAILER_PERSON = re.compile(r"^([^<\n]*)<([^>\n]*)>")


class Landing(NamedTuple):
    """When (seconds since 1970) and with which commit of the default branch a commit landed."""

    landed_at: int
    landed_by: str


class ScannedCommit(NamedTuple):
    """A commit of the pass: what its landing and its author's first contribution need."""

    sha: str
    parents: tuple[str, ...]
    authored_at: int
    committed_at: int
    subject: str
    people: tuple[tuple[str, str], ...]
    """Names and addresses of the author, then of the co-authors."""


@dataclass
class BranchLine:
    """The commits of a branch's own line, the oldest first, with their committer dates (seconds since 1970).

    `excluded` names a commit whose ancestors belong to another line; None for the line of the default branch.
    """

    shas: list[str] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    excluded: str | None = None


@dataclass(frozen=True)
class LandingIndex:
    """The lines of a repository, and the commit in which each name and address appeared first.

    A clone has two lines where its branch and the remote's have diverged, none where all branches are read.
    """

    lines: tuple[BranchLine, ...]
    first_commits: Mapping[int, str] | None
    """By hash of a name or address; None where older history is missing."""

    def is_first_contribution(self, sha: str, name: str, address: str) -> bool | None:
        """Return whether no author or co-author of this name or address landed before a commit.

        None where it is unknown: in a shallow clone, and for a commit that is not on the default branch.
        """
        tokens = hash_person(name, address)
        if self.first_commits is None or not tokens:
            return None
        first_shas = [self.first_commits.get(token) for token in tokens]
        return None if all(first is None for first in first_shas) else all(first in {sha, None} for first in first_shas)


def load_landing_index(repository: GitRepository, cache_folder: Path | None = None) -> LandingIndex:
    """Return the landing index of a repository, read from its history and from the cache of an earlier pass.

    Args:
        repository: the clone or mirror.
        cache_folder: the folder of caches; None reads the whole history and stores nothing.

    Raises:
        GitError: the history cannot be read to its end.
    """
    tips = _find_tips(repository)
    if not tips:
        return LandingIndex((), {})
    tip, *other_tips = tips
    cache_path = None
    if cache_folder is not None and not repository.shallow_commits:
        name = hashlib.sha256(str(repository.git_dir).encode(errors="surrogateescape")).hexdigest()[:16]
        cache_path = cache_folder / f"{name}.parquet"
    # Empty without a HEAD, and in a clone that lacks the tree of it.
    mailmap = ""
    with contextlib.suppress(GitError):
        mailmap = run_git(repository.git_dir, "ls-tree", "HEAD", ".mailmap")
    key = hashlib.sha256(
        f"{CACHE_VERSION} {repository.default_branch} {repository.url} {mailmap}".encode(errors="replace")
    ).hexdigest()
    cached = _read_cache(cache_path, key) if cache_path else None
    line, first_commits = _extend_index(repository, tip, cached) if cached else (BranchLine(), {})
    if not line.shas:
        line, first_commits = _scan_history(repository, tip)
    if cache_path and (cached is None or cached[0].shas != line.shas):
        _write_cache(cache_path, key, line, first_commits)
    other_lines = [_scan_history(repository, other, excluded=tip)[0] for other in other_tips]
    return LandingIndex((line, *other_lines), None if repository.shallow_commits else first_commits)


def find_landings(
    repository: GitRepository, index: LandingIndex, since: datetime, until: datetime
) -> dict[str, Landing]:
    """Return the commits that landed in `[since, until)` by sha, the newest first."""
    start, end = int(since.timestamp()), int(until.timestamp())
    landings: dict[str, Landing] = {}
    for line in index.lines:
        positions = [position for position, time in enumerate(line.times) if start <= time < end]
        runs = list(_split_runs(positions))
        if len(runs) > MAX_RUNS:
            runs = [(runs[0][0], runs[-1][1])]
        for first, last in runs:
            tip = line.shas[last]
            excluded = [line.shas[first - 1]] if first else []
            excluded += [line.excluded] if line.excluded else []
            by_sha = dict(zip(line.shas[first : last + 1], line.times[first : last + 1], strict=True))
            for sha, landed_by in _attribute_commits(repository, tip, excluded, by_sha):
                if start <= by_sha[landed_by] < end:
                    landings.setdefault(sha, Landing(by_sha[landed_by], landed_by))
    return dict(sorted(landings.items(), key=lambda item: -item[1].landed_at))


def find_landings_of(
    repository: GitRepository, index: LandingIndex, shas: Collection[str]
) -> Iterator[tuple[str, Landing]]:
    """Yield the landings of the given commits that are on the default branch of a repository, whenever it was."""
    for line in index.lines:
        if line.shas and shas:
            by_sha = dict(zip(line.shas, line.times, strict=True))
            excluded = [line.excluded] if line.excluded else []
            for sha, landed_by in _attribute_commits(repository, line.shas[-1], excluded, by_sha):
                if sha in shas:
                    yield sha, Landing(by_sha[landed_by], landed_by)


# The login of an enterprise-managed user has an underscore: octocat_acme.
NOREPLY_PATTERN = re.compile(
    r"(?:\d+\+)?([A-Za-z0-9][A-Za-z0-9_-]*(?:\[bot\])?)@users\.noreply\.github\.com", re.IGNORECASE
)
"""GitHub's address for those who hide theirs, with the login."""


@lru_cache(maxsize=10_000)
def hash_person(name: str, address: str) -> tuple[int, ...]:
    """Return hashes of a name, an address, and the login in an address of GitHub; nothing for an empty one.

    A name counts without its case, spaces and signs: Johan Mabille of Jupyter merges as `JohanMabille`.
    """
    address = address.strip().strip("<>").lower()
    login = NOREPLY_PATTERN.fullmatch(address)
    names = (_fold_name(name), _fold_name(login[1] if login else ""))
    texts = dict.fromkeys((*(("name", text) for text in names), ("address", address)))
    hashes = []
    for kind, text in texts:
        if any(char.isalnum() for char in text):
            digest = hashlib.blake2b(f"{kind}:{text}".encode(errors="replace"), digest_size=8).digest()
            hashes.append(int.from_bytes(digest, "big"))
    return tuple(hashes)


def _fold_name(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def is_pull_of_own_branch(subject: str, repository: GitRepository) -> bool:
    """Return whether the subject of a merge says that the default branch of this repository was merged into itself."""
    match = _PULLED_BRANCH.fullmatch(subject)
    branch = repository.default_branch
    if not match or (match["branch"] or match["tracked"]) != branch or (match["target"] or branch) != branch:
        return False
    # `git pull upstream main` in a fork merges another repository.
    own_name, pulled_name = parse_repository_name(repository.url), parse_repository_name(match["url"])
    return not (own_name and pulled_name) or own_name.lower() == pulled_name.lower()


def _find_tips(repository: GitRepository) -> list[str]:
    """Return the newest commit of the default branch; a second one where a clone and its remote have diverged."""
    if repository.reads_all_branches:
        tips = [peel_to_commit(repository.git_dir, ref) for ref in repository.default_refs]
    else:
        tips = [peel_to_commit(repository.git_dir, ref) for ref in repository.refs]
    unique_tips = list(dict.fromkeys(sha for sha in reversed(tips) if sha))  # the remote's branch comes first
    if len(unique_tips) < 2:
        return unique_tips
    remote, local = unique_tips
    if is_ancestor(repository, local, remote):
        return [remote]
    return [local] if is_ancestor(repository, remote, local) else [remote, local]


def is_ancestor(repository: GitRepository, ancestor: str, descendant: str) -> bool:
    """Return whether a commit is another one or before it.

    Raises:
        GitError: git does not have them.
    """
    arguments = ("rev-list", "--count", "--max-count=1", ancestor, f"^{descendant}")
    return run_git(repository.git_dir, *arguments).strip() == "0"


def _scan_history(
    repository: GitRepository, tip: str, excluded: str | None = None
) -> tuple[BranchLine, dict[int, str]]:
    """Read the history of a tip, without the ancestors of `excluded`: its line, and the first commit of each person."""
    line: list[tuple[str, int]] = []
    earliest: dict[int, tuple[tuple[int, int, str], str]] = {}
    for commit, position in assign_positions(_stream_commits(repository, tip, excluded), tip, line, repository):
        # The oldest landing first; in one landing the earlier author date, which no run can see differently.
        rank = (-position, commit.authored_at, commit.sha)
        for token in chain.from_iterable(hash_person(*person) for person in commit.people):
            if token not in earliest or rank < earliest[token][0]:
                earliest[token] = (rank, commit.sha)
    line.reverse()
    shas, times = [sha for sha, _ in line], [time for _, time in line]
    return BranchLine(shas, times, excluded), {token: sha for token, (_, sha) in earliest.items()}


def _extend_index(
    repository: GitRepository, tip: str, cached: tuple[BranchLine, dict[int, str]]
) -> tuple[BranchLine, dict[int, str]]:
    """Return a cached index with the commits since; an empty line if the branch does not continue the cached line."""
    line, first_commits = cached
    if line.shas[-1] == tip:
        return cached
    if not peel_to_commit(repository.git_dir, line.shas[-1]) or not is_ancestor(repository, line.shas[-1], tip):
        return BranchLine(), {}
    new_line, new_first_commits = _scan_history(repository, tip, excluded=line.shas[-1])
    if not new_line.shas or _find_line_parent(repository, new_line.shas[0]) != line.shas[-1]:
        return BranchLine(), {}
    return (
        BranchLine(line.shas + new_line.shas, line.times + new_line.times),
        new_first_commits | first_commits,
    )


def _find_line_parent(repository: GitRepository, sha: str) -> str | None:
    fields = run_git(repository.git_dir, "log", "-1", "--format=%P%x00%s", sha).strip("\n").split("\0")
    return _choose_line_parent(tuple(fields[0].split()), fields[1], repository)


def _choose_line_parent(parents: Sequence[str], subject: str, repository: GitRepository) -> str | None:
    if len(parents) == 2 and is_pull_of_own_branch(subject, repository):
        return parents[1]
    return parents[0] if parents else None


def assign_positions(
    commits: Iterable[ScannedCommit], tip: str, line: list[tuple[str, int]], repository: GitRepository
) -> Iterator[tuple[ScannedCommit, int]]:
    """Yield each commit with the position on the line (0 is the newest) of the commit that it landed with.

    Args:
        commits: the history, each commit before its parents. Only the commits whose children were read and that were
            not read themselves are held in memory.
        tip: the newest commit of the line.
        line: receives sha and committer date of the commits of the line, the newest first.
        repository: its branch and address decide how the line goes on behind a merge.
    """
    next_on_line: str | None = tip
    landing_positions: dict[str, int] = {}
    for commit in commits:
        position = landing_positions.pop(commit.sha, 0)
        if commit.sha == next_on_line:
            position = len(line)
            line.append((commit.sha, commit.committed_at))
            next_on_line = _choose_line_parent(commit.parents, commit.subject, repository)
        for parent in commit.parents:
            # A commit that several merges reach landed with the oldest of them.
            landing_positions[parent] = max(position, landing_positions.get(parent, 0))
        yield commit, position


def _stream_commits(repository: GitRepository, tip: str, excluded: str | None) -> Iterator[ScannedCommit]:
    arguments = ["log", "--topo-order", "--no-color", "--format=tformat:" + "%x00".join(SCAN_FIELDS) + "%x00", tip]
    arguments += [f"^{excluded}"] if excluded else []
    tokens = chain.from_iterable(split_tokens(stream_git(repository.git_dir, repository.name, [*arguments, "--"])))
    further, missing = len(SCAN_FIELDS) - 1, ("",) * (len(SCAN_FIELDS) - 1)
    for token in tokens:
        sha = token.lstrip("\n")
        if not sha:
            break
        fields = (*islice(tokens, further), *missing)[:further]
        parents, authored_at, committed_at, subject, name, address, mapped_name, mapped_address, trailers = fields
        co_authors = [match.groups() for line in trailers.splitlines() if (match := _TRAILER_PERSON.match(line))]
        people = dict.fromkeys([(name, address), (mapped_name, mapped_address), *((a, b) for a, b in co_authors)])
        yield ScannedCommit(
            sha, tuple(parents.split()), parse_integer(authored_at), parse_integer(committed_at), subject, tuple(people)
        )


def _attribute_commits(
    repository: GitRepository, tip: str, excluded: Sequence[str], line_shas: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield (sha, the commit of the line that it landed with), each commit before its parents."""
    arguments = ["rev-list", "--topo-order", "--parents", tip, *(f"^{sha}" for sha in excluded)]
    order = {sha: position for position, sha in enumerate(line_shas)}
    landed_by: dict[str, str] = {}
    for text in run_git(repository.git_dir, *arguments).splitlines():
        sha, *parents = text.split()
        landing = sha if sha in order else landed_by.pop(sha, None)
        if landing is None:
            continue
        for parent in parents:
            other = landed_by.get(parent)
            if other is None or order[landing] < order[other]:
                landed_by[parent] = landing
        yield sha, landing


def _split_runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each run of consecutive numbers."""
    start = 0
    for index in range(1, len(positions) + 1):
        if index == len(positions) or positions[index] != positions[index - 1] + 1:
            yield positions[start], positions[index - 1]
            start = index


def _read_cache(path: Path, key: str) -> tuple[BranchLine, dict[int, str]] | None:
    """Return the cached index; None if there is none, it is damaged, or it was made with other settings."""
    try:
        frame = pl.read_parquet(path)
        if frame["key"][0] != key:
            return None
        line = frame.filter(pl.col("token").is_null())
        people = frame.filter(pl.col("token").is_not_null())
        return (
            (
                BranchLine(line["sha"].to_list(), line["time"].to_list()),
                dict(people.select("token", "sha").iter_rows()),
            )
            if line.height
            else None
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, IndexError):
        return None


def _write_cache(path: Path, key: str, line: BranchLine, first_commits: Mapping[int, str]) -> None:
    schema = {"key": pl.String, "sha": pl.String, "time": pl.Int64, "token": pl.UInt64}
    frame = pl.concat(
        [
            pl.DataFrame({"key": key, "sha": line.shas, "time": line.times, "token": None}, schema=schema),
            pl.DataFrame(
                {"key": key, "sha": list(first_commits.values()), "time": None, "token": list(first_commits)},
                schema=schema,
            ),
        ]
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    with contextlib.suppress(OSError):  # a folder that cannot be written costs time and loses nothing
        write_atomic(path, buffer.getvalue())
