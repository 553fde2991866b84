"""What releases hold: the commits between a tag and the one before it, and what these are copies of.

Which tags are releases, and which came before, the caller says.

git compares commits by their patch ids, in which line numbers and white space do not count. Only commits that may be
copies are compared, those with one author and time or with one subject, so that the cost is that of a few diffs.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, partial

from resources.errors import GitError
from resources.git.command import run_git
from resources.git.landing import is_ancestor
from resources.git.log import GitTag, names_other_package
from resources.git.notes.places import is_package_folder
from resources.git.objects import NULL_SHA
from resources.git.release_commits import (
    MAX_MESSAGE_LENGTH,
    PORT_MARK,
    REVERTED,
    ReleaseCommit,
    find_breaking,
    find_landings,
    find_named,
    strip_numbers,
)
from resources.git.repository import GitRepository, list_folders
from resources.git.streams import parse_integer, stream_git

_BOT = re.compile(r"\[bot\]|\bbot$|^(?:dependabot|renovate)\b", re.IGNORECASE)
"""Authors whose messages quote the notes of other projects."""

MAX_BRANCH_COMMITS = 300
"""Commits of a release that the default branch does not hold, the newest first."""

MAX_DEFAULT_COMMITS = 20_000

MAX_AGE_SECONDS = 365 * 24 * 3600
"""Commits of the default branch that are this much older than the release are not compared."""

MAX_COMPARED_COMMITS = 400

MAX_DIFF_BYTES = 20_000_000

_SHA = re.compile(r"[0-9a-f]{40,64}")


MIN_SUBJECT_WORDS = 3
"""Words of a subject that two commits have by more than chance."""


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
        breaking: those that their authors marked as breaking, as `find_breaking` returns them.
        landings: those on the branch of the release that people wrote, at most `MAX_LANDINGS`, the newest first; a
            merge of a pull request has the title of that.

    Of a package with a folder of its own, `breaking` and `landings` are those that change the folder.
    """

    previous_tag: str
    commit_count: int
    authors: frozenset[tuple[str, str]]
    commit_times: tuple[int, ...] = ()
    named: frozenset[str] = frozenset()
    breaking: tuple[ReleaseCommit, ...] = ()
    landings: tuple[ReleaseCommit, ...] = ()


class ReleaseContentsReader:
    """Reads what the releases of a repository hold.

    A monorepo has sixty tags on one commit, with one release before all of them: their history is read once.
    """

    def __init__(self, repository: GitRepository) -> None:
        self.repository = repository
        self._read_range = lru_cache(maxsize=2)(partial(_read_range, repository))
        self._read_branch_marks = lru_cache(maxsize=2)(partial(_read_branch_marks, repository))

    def read(self, tag: GitTag, earlier_tags: Sequence[GitTag]) -> TagContents | None:
        """Return what a release holds; None in a shallow clone, and where nothing was released before.

        The previous release is the highest earlier version that the tag holds. A project that tags on branches holds
        none, or one of many years ago: then it is the highest version that was tagged before, if fewer commits lie
        between.

        Args:
            tag: the release.
            earlier_tags: the releases of the same line with a lower version, the highest first.

        Raises:
            GitError: the history cannot be read.
        """
        repository = self.repository
        candidates = [
            earlier for earlier in earlier_tags if earlier.tagged_at <= tag.tagged_at and earlier.sha != tag.sha
        ]
        if repository.shallow_commits or not candidates:
            return None
        held = self._find_nearest_held(tag, candidates)
        nearest = candidates[0]
        previous = held or nearest
        if previous is not nearest and _count_commits(repository, nearest, tag) < _count_commits(
            repository, previous, tag
        ):
            previous = nearest
        rows = self._read_range(previous.sha, tag.sha)
        own = [row for row in rows if " " not in row[0]]
        authors = frozenset((row[1], row[2]) for row in own)
        times = tuple(sorted(parse_integer(row[3]) for row in own))
        copies = self.find_copies(previous.sha, tag.sha, tag.tagged_at)
        named = find_named(row[4] for row in own) | copies
        breaking = find_breaking((row[5].strip(), row[4]) for row in own if not _BOT.search(row[1]))
        by_sha = {row[5].strip(): (row[0].split(), "" if _BOT.search(row[1]) else row[4]) for row in rows}
        landings = find_landings(tag.sha, by_sha)
        try:
            of_package = _list_package_commits(repository, previous, tag) if breaking or landings else None
        except GitError:
            of_package = set()  # which files they change is not known in a clone that lacks folders
        if of_package is not None:
            breaking = tuple(commit for commit in breaking if commit.sha in of_package)
            landings = tuple(commit for commit in landings if commit.sha in of_package)
        if previous is not held and (breaking or landings):  # a release that it holds has no branch of its own
            released = _list_released_subjects(repository, previous.sha, tag.sha)
            breaking, landings = _drop_released(breaking, released), _drop_released(landings, released)
        return TagContents(previous.name, len(rows), authors, times, named, breaking, landings)

    def _find_nearest_held(self, tag: GitTag, candidates: Sequence[GitTag]) -> GitTag | None:
        """Return the highest of the candidates that a tag holds, or of those spelled as it, whichever is nearer.

        alphagov/publishing-api has `release_1562` of 2020, and `v1561` two days before `v1563` of 2026.
        """
        held = _find_held_release(self.repository, tag, candidates)
        spelling = _get_spelling(tag.name)
        alike = [other for other in candidates if _get_spelling(other.name) == spelling]
        if held is None or held in alike or not alike:
            return held
        other = _find_held_release(self.repository, tag, alike)
        is_nearer = other and _count_commits(self.repository, other, tag) < _count_commits(self.repository, held, tag)
        return other if is_nearer else held

    def find_copies(self, previous: str, tag: str, tagged_at: int) -> frozenset[str]:
        """Return the shas of the commits of the default branch of which a release holds copies, and not themselves.

        Empty where the history cannot be read, and in a partial clone, whose files are not there.

        Args:
            previous: sha of the release before.
            tag: sha of the release.
            tagged_at: when it was tagged, in seconds since 1970.
        """
        if self.repository.is_partial or not self.repository.default_refs:
            return frozenset()
        try:
            own = self._read_branch_marks(previous, tag)
            return _find_copies(self.repository, own, tag, tagged_at) if own else frozenset()
        except GitError:
            return frozenset()


def _read_range(repository: GitRepository, previous: str, tag: str) -> tuple[list[str], ...]:
    """Return parents, author, address, time, message and sha of each commit between two releases."""
    arguments = ("log", "--format=%x01%P%x00%aN%x00%aE%x00%ct%x00%B%x00%H", f"{previous}..{tag}", "--")
    records = (record.split("\0") for record in run_git(repository.git_dir, *arguments).split("\1"))
    # A message may hold the mark itself; what follows it has no fields.
    return tuple(record for record in records if len(record) == 6)


def _list_package_commits(repository: GitRepository, previous: GitTag, tag: GitTag) -> set[str] | None:
    """Return the shas of the commits of a release that change the folder of its package; None for other tags.

    What changed beside it is in other packages: 208 commits of rollup/plugins are between two tags of `yaml`.
    """
    if not names_other_package(tag.name, repository.name):
        return None
    listed = list_folders(repository.git_dir, tag.sha)
    folders = [folder for folder in listed if is_package_folder(folder, tag.name)]
    exact = [folder for folder in folders if is_package_folder(folder, tag.name, is_exact=True)]
    if not folders:
        return None
    folder = min(exact or folders, key=lambda path: (path.count("/"), path))
    # Along the first parents a merge has the changes of its whole branch; else only its own commits are compared.
    listings = [
        run_git(
            repository.git_dir,
            "log",
            "--format=%H",
            *options,
            f"{previous.sha}..{tag.sha}",
            "--",
            f":(literal){folder}",
        )
        for options in ((), ("--first-parent", "-m"))
    ]
    return {sha for listed in listings for sha in listed.split()}


def _find_held_release(repository: GitRepository, tag: GitTag, candidates: Sequence[GitTag]) -> GitTag | None:
    """Return the first of the candidates that a tag holds. Most hold the first; else all tags are looked at."""
    if is_ancestor(repository, candidates[0].sha, tag.sha):
        return candidates[0]
    arguments = ("for-each-ref", f"--merged={tag.sha}", "--format=%(refname:strip=2)", "refs/tags")
    ancestors = set(run_git(repository.git_dir, *arguments).splitlines())
    return next((candidate for candidate in candidates if candidate.name in ancestors), None)


def _get_spelling(tag: str) -> str:
    """Return what a tag has in front of its number: `v`, `release_`."""
    return re.split(r"\d", tag, maxsplit=1)[0]


def _list_released_subjects(repository: GitRepository, previous: str, tag: str) -> set[str]:
    """Return the subjects of the commits that the previous release holds on its own branch."""
    subjects = run_git(repository.git_dir, "log", "--no-merges", "--format=%s", f"{tag}..{previous}", "--")
    return {strip_numbers(subject) for subject in subjects.splitlines()}


def _drop_released(commits: Sequence[ReleaseCommit], released: Set[str]) -> tuple[ReleaseCommit, ...]:
    """Return the commits without those of which the previous release holds a copy."""
    return tuple(commit for commit in commits if strip_numbers(commit.subject) not in released)


def _count_commits(repository: GitRepository, previous: GitTag, tag: GitTag) -> int:
    return parse_integer(run_git(repository.git_dir, "rev-list", "--count", f"{previous.sha}..{tag.sha}", "--").strip())


def _read_branch_marks(repository: GitRepository, previous: str, tag: str) -> dict[str, tuple[str, ...]]:
    """Return the marks of the commits of a release that the default branch does not hold."""
    own_range = (f"{previous}..{tag}", "--not", *repository.default_refs)
    return _read_marks(repository, f"--max-count={MAX_BRANCH_COMMITS}", *own_range)


def _find_copies(
    repository: GitRepository, own: Mapping[str, tuple[str, ...]], tag: str, tagged_at: int
) -> frozenset[str]:
    since = f"--since=@{max(0, tagged_at - MAX_AGE_SECONDS)} +0000"
    others = _read_marks(
        repository, f"--max-count={MAX_DEFAULT_COMMITS}", since, *repository.default_refs, "--not", tag
    )
    by_mark: dict[str, set[str]] = defaultdict(set)
    for sha, marks in others.items():
        for mark in marks:
            by_mark[mark].add(sha)
    pairs = {sha: set[str]().union(*(by_mark[mark] for mark in marks if mark in by_mark)) for sha, marks in own.items()}
    compared = list(
        dict.fromkeys(sha for own_sha, found in pairs.items() if found for sha in (own_sha, *sorted(found)))
    )
    ids = _read_patch_ids(repository, compared[:MAX_COMPARED_COMMITS])
    return frozenset(
        other for own_sha, found in pairs.items() if own_sha in ids for other in found if ids.get(other) == ids[own_sha]
    )


def _read_marks(repository: GitRepository, *arguments: str) -> dict[str, tuple[str, ...]]:
    """Return what a copy of each commit has in common with it: author and time, and the subject."""
    printed = run_git(
        repository.git_dir, "log", "--no-merges", "--format=%x01%H%x00%at %aE%x00%s%x00%b", *arguments, "--"
    )
    marks: dict[str, tuple[str, ...]] = {}
    taken_back: set[str] = set()
    for record in printed.split("\1"):
        sha, _, rest = record.partition("\0")
        author, _, rest = rest.partition("\0")
        subject, _, body = rest.partition("\0")
        if not _SHA.fullmatch(sha):
            continue
        taken_back |= {match[1] for match in REVERTED.finditer(body[:MAX_MESSAGE_LENGTH])}
        plain = PORT_MARK.sub("", PORT_MARK.sub("", subject)).casefold()
        marks[sha] = (author, plain) if len(plain.split()) >= MIN_SUBJECT_WORDS else (author,)
    return {sha: own for sha, own in marks.items() if sha not in taken_back}


def _read_patch_ids(repository: GitRepository, shas: Iterable[str]) -> Mapping[str, str]:
    """Return the patch id of each commit; a commit that changes binary files or nothing has none."""
    arguments = [
        "diff-tree", "--stdin", "-p", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--full-index",
        "--src-prefix=a/", "--dst-prefix=b/", "--root",
    ]  # fmt: skip
    parts: list[bytes] = []
    total = 0
    for chunk in stream_git(repository.git_dir, repository.name, arguments, shas):
        parts.append(chunk)
        total += len(chunk)
        if total > MAX_DIFF_BYTES:
            break
    # Every byte is a character of Latin-1: two diffs in an unknown encoding stay different.
    diffs = b"".join(parts).decode("latin-1").split("\n")
    if total > MAX_DIFF_BYTES:  # the last diff is cut
        diffs = diffs[: max((number for number, line in enumerate(diffs) if _SHA.fullmatch(line)), default=0)]
    printed = b"".join(stream_git(repository.git_dir, repository.name, ["patch-id", "--stable"], _drop_binary(diffs)))
    pairs = (line.split() for line in printed.decode("ascii", "replace").splitlines())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def _drop_binary(lines: Iterable[str]) -> Iterable[str]:
    """Yield the diffs of commits that change text alone."""
    record: list[str] = []
    for line in (*lines, NULL_SHA):  # a last sha ends the last diff
        if _SHA.fullmatch(line):
            if not any(other.startswith("Binary files ") for other in record):
                yield from record
            record = []
        record.append(line)
