"""Read what the changes of a window say in their diffs: changed lines of code that may be defaults, manifests,
documentation and help texts.

One `git log` without context lines, with caps: a record, a run of lines and a window have a largest size, and only runs
that may say something are kept. What they say is decided in `sparky_assets/raw`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from resources.errors import GitError
from resources.git.diffs.hunks import Hunk, parse_hunks
from resources.git.log import list_line_commits
from resources.git.notes.places import is_changelog
from resources.git.repository import GitRepository
from resources.git.streams import read_past_gaps, stream_git

MAX_RECORD_BYTES = 1_000_000
"""Bytes of the diff of a commit that are read. What follows in a larger one moves or generates files."""

MAX_WINDOW_BYTES = 200_000_000

MAX_RUNS = 5_000
"""Runs of changed lines of a window."""

MAX_RUN_LINES = 60
"""Added lines of a run of documentation; more of them are a new page."""

MAX_MANIFEST_LINES = 20

MAX_TEST_RUNS, MAX_TEST_LINES = 4, 120
"""Runs of added tests of a commit, and lines of a run that are kept."""

MAX_LINE_LENGTH = 2_000
"""Characters of a line; longer ones are generated."""

_EXCLUDED = (
    "**/node_modules/**", "**/vendor/**", "**/third_party/**", "**/testdata/**", "**/fixtures/**", "**/snapshots/**",
    "**/dist/**", "**/*.lock", "**/*.snap", "**/*.min.js", "**/*.svg", "**/*.po", "**/*.json.gz",
)  # fmt: skip

_RECORD_START = b"\0\1"

_MANIFEST = re.compile(
    r"(?i)(?:^|/)(?:pyproject\.toml|setup\.(?:py|cfg)|cargo\.toml|package\.json|go\.mod|[^/]*\.gemspec|composer\.json"
    r"|mix\.exs|package\.swift|pubspec\.yaml|pom\.xml|cmakelists\.txt|(?:[\w.-]+\.)?dockerfile)$"
)

_MINIMUM_WORD = re.compile(
    r"(?i)\brequires-python\b|\bpython_requires\b|\bpython\s*=|\brust-version\b|\"(?:node|npm|pnpm|yarn|vscode|engines|php)\""
    r"|^\s*elixir:|swift-tools-version|^\s+(?:sdk|flutter):|<(?:maven\.compiler\.release|java\.version)>"
    r"|^go \d|required_ruby_version|cmake_minimum_required|^FROM\s"
)

_DOCUMENT = re.compile(
    r"(?i)(?:^|/)readme[^/]*\.(?:md|rst|txt)$|^(?:docs?|website|site|book|manual)/.*\.(?:md|mdx|rst)$"
)

_NO_DOCUMENT = re.compile(
    r"(?i)(?:^|/)(?:contributing|development|code_of_conduct|security|license|authors|governance|roadmap|todo|agents|claude"
    r"|copilot-instructions|release\w*|changelog\w*)[^/]*$|(?:^|/)(?:plans?|adrs?|rfcs?|decisions|specs?|internal\w*"
    r"|archive\w*|reports?|blog)/"
)

_DEFAULT_WORD = re.compile(r"(?i)default|opt[-_]?(?:in|out)\b")

_HELP_LINE = re.compile(
    r"(?:\b(?:short_help|help|about|usage|describe)\s*[=:]\s*|\.(?:help|about)\(\s*|\bShort:\s*)[\"'](?P<text>[^\"'\\{}%]{15,300})[\"']"
    r"\s*[,)\]]*;?\s*$"
)

_HELP_FUNCTION = re.compile(r"\bfn (?:usage|description)\(&self\) -> &(?:'static )?str \{\s*$")

_TEST_LINE = re.compile(
    r"^[^\S\n]*(?:(?:async )?def test_\w+\(|#\[(?:\w+::)?(?:test|rstest)\b|(?:it|test)\([^\S\n]*['\"`]"
    r"|func Test\w+\()",
    re.MULTILINE,
)
"""The first line of a test in Python, Rust, JavaScript or Go."""

_CASE_FILE = re.compile(r"(?:^|/)tests?/[\w.-]+\.test$")
"""Tests of jq, which are lines of data."""

_STRING_LINE = re.compile(r"\s*\"(?P<text>[^\"\\{}]{15,300})\"\s*$")


@dataclass(frozen=True)
class ChangedRun:
    """Adjacent lines that a commit of the branch's own line removes and adds.

    Attributes:
        kind: `code` (one line for one line), `manifest`, `documentation`, `help_text` (the text between its quotes), or
            `test` (lines that are only added, of which some expect something).
        first_line: number of the first added line in the new file, from 1.
    """

    kind: str
    sha: str
    committed_at: int
    path: str
    blob: str
    first_line: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def read_diffs(
    repository: GitRepository,
    since: datetime,
    until: datetime,
    line_shas: Sequence[str] | None = None,
    unread: list[str] | None = None,
) -> tuple[ChangedRun, ...]:
    """Return the telling runs of changed lines of the commits of `[since, until)`, the newest first.

    A partial clone has none, because its files are not there. Of a repository that git cannot read to the end those
    that can be read count.

    Args:
        repository: the clone or mirror.
        since: the start of the window.
        until: the end of the window, which does not belong to it.
        line_shas: what `list_line_commits` returns for the window, where it is known.
        unread: receives the shas of the commits that lack objects.
    """
    if repository.is_partial or not repository.refs:
        return ()
    arguments = [
        "log", "--no-walk=unsorted", "--stdin", "--first-parent", "-m", "-p", "-U0", "-M", "--no-color",
        "--no-ext-diff", "--no-textconv", "--full-index", "--diff-filter=AM", "--src-prefix=a/", "--dst-prefix=b/",
        "--format=%x00%x01%H %ct%x00", "--", ".", *(f":(exclude,icase,glob){pattern}" for pattern in _EXCLUDED),
    ]  # fmt: skip

    def read(shas: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        for record in split_records(stream_git(repository.git_dir, repository.name, arguments, shas)):
            header, separator, diff = record.partition("\0")
            if separator and header.strip():
                yield header.split()[0], (header.strip(), diff)

    def leave_out(shas: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        if unread is not None:
            unread.extend(shas)
        return iter(())

    runs: list[ChangedRun] = []
    try:
        shas = list_line_commits(repository, since, until) if line_shas is None else line_shas
        if not shas:  # without one git would read its HEAD
            return ()
        for header, diff in read_past_gaps(shas, read, leave_out):
            sha, _, committed_at = header.partition(" ")
            if committed_at.strip().isdigit() and sha not in repository.shallow_commits:
                runs += parse_runs(sha, int(committed_at), diff)
            if len(runs) >= MAX_RUNS:
                break
    except GitError:
        return tuple(runs[:MAX_RUNS])
    return tuple(runs[:MAX_RUNS])


def read_commit_diffs(
    repository: GitRepository, commits: Iterable[tuple[str, str]], *options: str, paths: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield the sha and the diff of each commit to a parent, without context lines, by one command for all of them.

    Args:
        repository: the clone or mirror.
        commits: sha and parent of each.
        options: further options of `git diff-tree`.
        paths: path specifications; all paths without them.

    Raises:
        GitError: git cannot read one of them; those before it were yielded.
    """
    arguments = [
        "diff-tree", "--stdin", "-r", "-p", "-U0", "-M", "--no-color", "--no-ext-diff", "--no-textconv", *options,
        "--src-prefix=a/", "--dst-prefix=b/", "--format=%x00%x01%H%x00", "--", *paths,
    ]  # fmt: skip
    # A commit and a parent in a line: git compares these two, also where the commit is a merge.
    lines = [f"{sha} {parent}" for sha, parent in commits]
    for record in split_records(stream_git(repository.git_dir, repository.name, arguments, lines)) if lines else ():
        sha, separator, diff = record.partition("\0")
        if separator:
            yield sha, diff


def split_records(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield the records of a log, each cut after `MAX_RECORD_BYTES`, until `MAX_WINDOW_BYTES` were read."""
    rest, total = b"", 0
    for chunk in chunks:
        total += len(chunk)
        *complete, rest = (rest + chunk).split(_RECORD_START)
        yield from map(_decode_record, complete)
        if len(rest) > MAX_RECORD_BYTES:
            # The last byte may be the first half of the mark between two records.
            rest = rest[:MAX_RECORD_BYTES] + rest[-1:]
        if total > MAX_WINDOW_BYTES:
            return
    yield _decode_record(rest)


def _decode_record(record: bytes) -> str:
    """Return a record as text. A file in another encoding must not change how the others are read."""
    if len(record) > MAX_RECORD_BYTES:
        record = record[:MAX_RECORD_BYTES].rpartition(b"\n")[0]
    return record.decode("utf-8", "replace")


def parse_runs(sha: str, committed_at: int, diff: str) -> Iterator[ChangedRun]:
    """Yield the telling runs of the diff of a commit, as `git log -p -U0` prints it."""
    tests = 0
    for hunk in parse_hunks(diff):
        if not hunk.path or not (hunk.added or hunk.removed) or not _is_readable(hunk):
            continue
        place = (sha, committed_at, hunk.path, hunk.blob, hunk.first_line)
        yield from _select_runs(place, hunk)
        if tests < MAX_TEST_RUNS and _adds_test(hunk):
            tests += 1
            yield ChangedRun("test", *place, (), hunk.added[:MAX_TEST_LINES])


def _adds_test(hunk: Hunk) -> bool:
    if hunk.removed:
        return False
    return bool(_CASE_FILE.search(hunk.path) or _TEST_LINE.search("\n".join(hunk.added[:MAX_TEST_LINES])))


def _is_readable(hunk: Hunk) -> bool:
    """Return whether all lines are short, and text in UTF-8."""
    lines = (*hunk.added, *hunk.removed)
    return max(map(len, lines), default=0) <= MAX_LINE_LENGTH and "\ufffd" not in "".join(lines)


def is_documentation(path: str) -> bool:
    """Return True for a README or a page for users: no note of a release, and no plan."""
    return bool(_DOCUMENT.search(path)) and not (is_changelog(path) or _NO_DOCUMENT.search(path))


def _select_runs(place: tuple[str, int, str, str, int], hunk: Hunk) -> Iterator[ChangedRun]:
    path, removed, added = hunk.path, hunk.removed, hunk.added
    if _MANIFEST.search(path):
        is_short = max(len(removed), len(added)) <= MAX_MANIFEST_LINES
        if removed and is_short and any(map(_MINIMUM_WORD.search, added)):
            yield ChangedRun("manifest", *place, removed, added)
        return
    if _DOCUMENT.search(path):
        if added and not removed and not hunk.is_new and len(added) <= MAX_RUN_LINES and is_documentation(path):
            yield ChangedRun("documentation", *place, removed, added)
        return
    if len(removed) == len(added) == 1 and _DEFAULT_WORD.search(removed[0]) and _DEFAULT_WORD.search(added[0]):
        yield ChangedRun("code", *place, removed, added)
    if not removed:
        yield from _select_help(place, added)


def _select_help(place: tuple[str, int, str, str, int], added: tuple[str, ...]) -> Iterator[ChangedRun]:
    sha, committed_at, path, blob, first_line = place
    for number, line in enumerate(added):
        if '"' not in line and "'" not in line:
            continue  # neither pattern of a text can match, and a window may add 100,000 lines
        match = _HELP_LINE.search(line)
        if match is None and number and _HELP_FUNCTION.search(added[number - 1]):
            match = _STRING_LINE.match(line)
        following = added[number + 1].lstrip() if number + 1 < len(added) else ""
        # A literal that the next one continues is half a sentence: "… or to run " "them synchronously".
        is_half = line.rstrip().endswith(("'", '"')) and following.startswith(("'", '"', "f'", 'f"'))
        if match and len(match["text"].split()) >= 4 and not is_half:
            yield ChangedRun("help_text", sha, committed_at, path, blob, first_line + number, (), (match["text"],))
