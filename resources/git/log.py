"""Read git history: the commits of a window with their files, tags, and what these are called. One process a window."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

from resources.git.command import run_git
from resources.git.landing import Landing, LandingIndex, find_landings, load_landing_index
from resources.git.repository import GitRepository, peel_to_commit
from resources.git.streams import parse_integer, read_past_gaps, split_tokens, stream_git

LOG_FIELDS = ("%H", "%P", "%aN", "%aE", "%at", "%cN", "%cE", "%ct", "%B")
"""Names and addresses follow .mailmap. NUL ends each field, because no field can contain it."""

LOG_FORMAT = "--format=tformat:%x01" + "%x00".join(LOG_FIELDS) + "%x00"

MAX_MESSAGE_LENGTH = 20_000
"""Characters kept of a commit message. A message of 10 MB is an accident, and its start is enough."""


class GitFileChange(NamedTuple):
    """One file of a commit; the counts are None for a binary file."""

    path: str
    insertions: int | None
    deletions: int | None


class GitCommit(NamedTuple):
    """One commit. Times are seconds since 1970; `files` is None where statistics are not available."""

    sha: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    authored_at: int
    committer_name: str
    committer_email: str
    committed_at: int
    message: str
    files: tuple[GitFileChange, ...] | None
    landing: Landing | None = None
    """When and with which commit it reached the default branch; None for "with itself"."""
    is_on_line: bool = True
    """Whether it is a commit of the branch's own line, not one that a merge brought."""
    is_first_contribution: bool | None = None
    """Whether its author is new to the whole history; None where that is unknown."""

    @property
    def landed_at(self) -> int:
        """Seconds since 1970 at which it reached the default branch."""
        return self.landing.landed_at if self.landing else self.committed_at

    @property
    def landed_by(self) -> str:
        """The commit of the default branch's own line that brought it: itself, or a merge."""
        return self.landing.landed_by if self.landing else self.sha


class GitTag(NamedTuple):
    """One tag with its commit and the time it was created (for a lightweight tag: the time of the commit)."""

    name: str
    sha: str
    tagger_name: str
    tagger_email: str
    tagged_at: int
    subject: str
    is_annotated: bool = True
    """Whether the tag has a text of its own; the subject of a lightweight tag is that of its commit."""


def read_commits(
    repository: GitRepository, since: datetime, until: datetime, index: LandingIndex | None = None
) -> Iterator[GitCommit]:
    """Yield the commits that landed in `[since, until)`, the newest landing first.

    Where all branches are read, a commit counts with its own committer date: a branch may be merged later or never,
    and the commit must not move then.

    A partial clone is read without statistics: `--numstat` fails at the first missing blob. So are the commits that
    lack objects in a damaged clone: who changed something when is known without them.

    Args:
        repository: the clone or mirror.
        since: the start of the window.
        until: the end of the window, which does not belong to it.
        index: the landing index; by default it is read from the whole history.

    Raises:
        GitError: git stopped before the end, so the commits are incomplete. The message is that of git. A commit that
            is missing itself is such an error: an error must not look like a quiet day.
    """
    if not repository.refs:
        return
    index = index or load_landing_index(repository)
    if repository.reads_all_branches:
        landings, line = _select_by_committer_date(repository, since, until)
    else:
        landings = find_landings(repository, index, since, until)
        line = {landing.landed_by for landing in landings.values()}
    if not landings:
        return

    def read(shas: Sequence[str], *, with_files: bool) -> Iterator[tuple[str, GitCommit]]:
        statistics = ("--numstat", "-M", "--no-ext-diff", "--no-textconv") if with_files else ()
        arguments = ["log", "-z", "--no-color", *statistics, LOG_FORMAT, "--no-walk=unsorted", "--stdin"]
        output = stream_git(repository.git_dir, repository.name, arguments, lines=shas)
        return ((commit.sha, commit) for commit in parse_log(output, with_files=with_files))

    read_bare = partial(read, with_files=False)
    read_all = read_bare if repository.is_partial else partial(read, with_files=True)
    for commit in read_past_gaps(list(landings), read_all, read_bare):
        yield commit._replace(
            # The oldest commits of a shallow clone seem to add every file of the repository.
            files=None if commit.sha in repository.shallow_commits else commit.files,
            landing=landings.get(commit.sha),
            is_on_line=commit.sha in line,
            is_first_contribution=index.is_first_contribution(commit.sha, commit.author_name, commit.author_email),
        )


def _select_by_committer_date(
    repository: GitRepository, since: datetime, until: datetime
) -> tuple[dict[str, Landing], set[str]]:
    """Return the commits of all branches in a window by their own date, and those on the own line of any branch.

    The dates are compared here: git reads a malformed date as 1970 when it filters, and as it is when it prints it.
    """
    start, end = int(since.timestamp()), int(until.timestamp())
    landings = {}
    text = run_git(repository.git_dir, "log", "--no-color", "--format=%H %ct", *repository.refs, "--")
    for row in text.splitlines():
        sha, _, committed_at = row.partition(" ")
        if start <= parse_integer(committed_at) < end:
            landings[sha] = Landing(parse_integer(committed_at), sha)
    line = set(run_git(repository.git_dir, "rev-list", "--first-parent", *repository.refs, "--").split())
    return landings, line


def list_line_commits(repository: GitRepository, since: datetime, until: datetime) -> list[str]:
    """Return the shas of the commits along first parents whose committer date is in `[since, until)`, the newest first.

    Without paths git compares no trees. Where paths are given with dates, it compares those of every commit of the
    history before it looks at the dates: 1.2 s for a month of 20 commits of redis.

    Raises:
        GitError: git cannot read the history.
    """
    if not repository.refs:
        return []
    end = max(0, int(until.timestamp()) - 1)
    dates = (f"--since-as-filter=@{max(0, int(since.timestamp()))} +0000", f"--until=@{end} +0000")
    return run_git(repository.git_dir, "rev-list", "--first-parent", *dates, *repository.refs, "--").split()


def find_latest_activity(repository: GitRepository, before: datetime) -> datetime | None:
    """Return the committer date of the newest commit before an instant; None if there is none."""
    if not repository.refs:
        return None
    arguments = ("log", "-1", "--format=%ct", f"--until={_format_date(before, -1)}", *repository.refs, "--")
    timestamp = run_git(repository.git_dir, *arguments).strip()
    return datetime.fromtimestamp(int(timestamp), UTC) if timestamp else None


def list_landing_times(repository: GitRepository, since: datetime, until: datetime) -> list[datetime]:
    """Return when changes landed in `[since, until)`, in no order: a merge with all its commits is one change."""
    if not repository.refs:
        return []
    dates = (f"--since={_format_date(since, 0)}", f"--until={_format_date(until, -1)}")
    arguments = ("log", "--first-parent", "--format=%ct", *dates, *repository.refs, "--")
    return [datetime.fromtimestamp(int(line), UTC) for line in run_git(repository.git_dir, *arguments).split()]


def read_tags(repository: GitRepository) -> Iterator[GitTag]:
    """Yield every tag that points to a commit."""
    names = ("refname:strip=2", "objecttype", "objectname", "*objecttype", "*objectname", "creator", "creatordate:unix")
    fields = "".join(f"%({name})%00" for name in (*names, "contents:subject"))
    tokens = run_git(repository.git_dir, "for-each-ref", f"--format={fields}", "refs/tags").split("\0")
    for start in range(0, len(tokens) - 8, 8):
        name, kind, sha, peeled_kind, peeled, creator, at, subject = tokens[start : start + 8]
        target = sha if kind == "commit" else peeled if peeled_kind == "commit" else None
        if peeled_kind == "tag":  # a tag on a tag: git before 2.45 peels one layer only
            target = peel_to_commit(repository.git_dir, sha)
        tagger_name, opening, rest = creator.partition("<")
        tagger_email, closing, _ = rest.partition(">")
        if target and opening and closing:
            yield GitTag(
                name.lstrip("\n"), target, tagger_name.rstrip(), tagger_email, parse_integer(at), subject, kind == "tag"
            )


def parse_log(chunks: Iterable[bytes], *, with_files: bool = True) -> Iterator[GitCommit]:
    """Parse the output of `git log -z` with LOG_FORMAT, with or without `--numstat`.

    The parser counts fields instead of looking for markers, so that no name, message or path can be read as structure.
    """
    tokens = chain.from_iterable(split_tokens(chunks))
    token = next(tokens, None)
    while token is not None:
        sha = token.lstrip("\n").removeprefix("\x01")
        fields = list(islice(tokens, 8))
        fields += [""] * (8 - len(fields))  # truncated output; the error of git follows
        parents, author, author_email, authored, committer, committer_email, committed, message = fields
        files: list[GitFileChange] = []
        token = next(tokens, None)  # the empty token that ends the record of a format
        if token == "":
            token = next(tokens, None)
        while token is not None and not token.startswith("\x01"):
            files.append(_parse_file_change(token, tokens))
            token = next(tokens, None)
        yield GitCommit(
            sha, tuple(parents.split()), author, author_email, parse_integer(authored),
            committer, committer_email, parse_integer(committed), message[:MAX_MESSAGE_LENGTH],
            tuple(files) if with_files else None,
        )  # fmt: skip


def _parse_file_change(token: str, tokens: Iterator[str]) -> GitFileChange:
    insertions, deletions, path = token.lstrip("\n").split("\t", 2)
    if not path:  # a rename: the old and the new path follow as tokens of their own
        next(tokens, "")
        path = next(tokens, "")
    is_binary = insertions == "-"
    return GitFileChange(path, None if is_binary else int(insertions), None if is_binary else int(deletions))


def _format_date(instant: datetime, offset_seconds: int = 0) -> str:
    # git needs the zone: it reads a bare `@86400`, or a number in the future, as the current time.
    return f"@{max(0, int(instant.timestamp()) + offset_seconds)} +0000"


def spell_version(tag: str) -> str:
    """Return a tag with periods in its version: `curl-8.16.0` for `curl-8_16_0`, `REL_17.3` for `REL_17_3`."""
    return tag if re.search(r"\d\.\d", tag) else re.sub(r"(?<=\d)_(?=\d)", ".", tag)


_TAG_PACKAGE = re.compile(
    r"(?!(?i:v|ver|version|r|rel|release)[-_./]?\d)(?P<package>[@A-Za-z](?:[\w.@/-]*[^-@/_])?)[-@/_]v?\d"
)


def names_package(tag: str) -> bool:
    """Return whether a tag has a name before its version: `axum-extra-v0.12.3`, `@acme/pier@1.2.0`."""
    return bool(_TAG_PACKAGE.match(spell_version(tag)))


MAVEN_ROOT_MODULES = ("build", "base", "parent")
"""Names of the module at the root of a repository of Maven; in tags it follows the project's own name."""


def names_other_package(tag: str, repository_name: str) -> bool:
    """Return whether the package that a tag names is not that of the repository itself: `pier-1.2.0` of acme/pier.

    `cargo-nextest` is the program of nextest: Cargo finds its commands by this beginning.
    `parent` is the root of a repository of Maven: moshi's tags are `parent-1.15.0`, AssertJ's `assertj-build-3.27.7`.
    """
    owner, _, name = repository_name.rpartition("/")
    package, *own_names = [
        re.sub(r"[\W_]", "", text).casefold() for text in (read_package(tag), name, f"{owner}{name}", f"cargo{name}")
    ]
    modules = {f"{own_name}{word}" for own_name in own_names for word in MAVEN_ROOT_MODULES}
    return bool(package) and package not in {"parent", *own_names, *modules}


def read_package(tag: str) -> str:
    """Return what a tag names before its version: `@acme/pier` of `@acme/pier@1.2.0`; empty if it names nothing."""
    match = _TAG_PACKAGE.match(spell_version(tag))
    return match["package"] if match else ""
