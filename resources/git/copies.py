"""Find the commits of the default branch that a release branch holds as copies: cherry-picks and backports.

git compares them by their patch ids, in which line numbers and white space do not count. Only commits that may be
copies are compared, those with one author and time or with one subject, so that the cost is that of a few diffs.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from resources.errors import GitError
from resources.git.command import run_git
from resources.git.repository import GitRepository
from resources.git.streams import stream_git

MAX_BRANCH_COMMITS = 300
"""Commits of a release that the default branch does not hold, the newest first."""

MAX_DEFAULT_COMMITS = 20_000

MAX_AGE_SECONDS = 365 * 24 * 3600
"""Commits of the default branch that are this much older than the release are not compared."""

MAX_COMPARED_COMMITS = 400

MAX_DIFF_BYTES = 20_000_000

_SHA = re.compile(r"[0-9a-f]{40,64}")

_PORT_MARK = re.compile(r"(?i)^\[?(?:back|forward)[- ]?port[^\]:]{0,40}[\]:]\s*|\s*\((?:#\d+|cherry.picked[^)]*)\)\s*$")
"""What a copy has around its subject: `[Backport 7.2] `, ` (#12)`."""

MIN_SUBJECT_WORDS = 3
"""Words of a subject that two commits have by more than chance."""


def find_copies(repository: GitRepository, previous: str, tag: str, tagged_at: int) -> frozenset[str]:
    """Return the shas of the commits of the default branch of which a release holds copies, and not themselves.

    Empty where the history cannot be read, and in a partial clone, whose files are not there.

    Args:
        repository: the clone or mirror.
        previous: sha of the release before.
        tag: sha of the release.
        tagged_at: when it was tagged, in seconds since 1970.
    """
    if repository.is_partial or not repository.default_refs:
        return frozenset()
    try:
        return _find_copies(repository, previous, tag, tagged_at)
    except GitError:
        return frozenset()


def _find_copies(repository: GitRepository, previous: str, tag: str, tagged_at: int) -> frozenset[str]:
    own_range = (f"{previous}..{tag}", "--not", *repository.default_refs)
    own = _read_marks(repository, f"--max-count={MAX_BRANCH_COMMITS}", *own_range)
    if not own:
        return frozenset()
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
        taken_back |= {match[1] for match in re.finditer(r"This reverts commit ([0-9a-f]{40})", body[:5_000])}
        plain = _PORT_MARK.sub("", _PORT_MARK.sub("", subject)).casefold()
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
    for line in (*lines, "0" * 40):
        if _SHA.fullmatch(line):
            if not any(other.startswith("Binary files ") for other in record):
                yield from record
            record = []
        record.append(line)
