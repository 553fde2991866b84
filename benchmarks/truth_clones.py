"""Plain `git` answers about clones, for `benchmarks.truth`. Shares no code with the product.

Every answer comes from one git command whose output is read here. Nothing is cached on disk.
"""

import html
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from benchmarks.truth_render import HTML_TAGS, list_diff_renderings, list_renderings, show_numbered_roles

NOTE_FILES = re.compile(
    r"(?i)(^|/)(change(log|s)|news|history|release(s|notes|_notes|-notes)?|00-releasenotes|upgrading|migration|readme)[^/]*$"
)
DOCUMENT_FILES = re.compile(r"(?i)\.(md|rst|txt|adoc|toml|ya?ml)$")
MERGE_SUBJECTS = (
    re.compile(r"^Merge pull request #(\d+) "),
    re.compile(r"^Merge pull request '.*' \(#(\d+)\) from"),
    re.compile(r"^Pull request #(\d+): "),
    re.compile(r"^Merged in \S+ \(pull request #(\d+)\)"),
    re.compile(r"^Merged PR (\d+): "),
)
SQUASH_SUBJECT = re.compile(r"\((?:#|!|pull request #)(\d+)\)\s*$")
CO_AUTHOR = re.compile(r"^\s*co-authored-by:\s*(.*?)\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)


def fold(text: str) -> str:
    """Return a text without marks that printing adds or drops: escapes, emphasis, code ticks, joiners, line ends."""
    text = re.sub(r"[\u200b\u2060\ufeff]", "", text)
    text = html.unescape(HTML_TAGS.sub("", text))
    text = re.sub(r"\\([^A-Za-z0-9\s])", r"\1", text)
    text = re.sub(r"(?m)^\s*(?:///|//!|//|#|;|\*)\s?", " ", text)
    text = re.sub(r"\[([^\]]*)\](?:\([^)\s]*\)|\[[^\[\]]*\])", r"\1", text)
    text = show_numbered_roles(text)
    text = re.sub(r"(?<!`)`([^`<\n]+?)\s<[^>`\s]+>`_{1,2}", r"\1", text)  # a link of reStructuredText
    role = r"(?::[a-z][\w:+-]+:|(?<![`$%\w])\{[a-z][\w:+-]+\})"  # of reStructuredText and MyST
    text = re.sub(rf"(?:{role})?`~(?:[\w]+\.)*(\w+(?:\(\))?)`", r"\1", text)  # as Sphinx shows a shortened path
    text = re.sub(rf"{role}`!?([^`<]+?)(?:\s*<[^`>]*>)?`", r"\1", text)
    text = re.sub(r"(?<![\w|])\|([A-Za-z][\w.]+)\|(?![\w|])", r"\1", text)  # a substitution
    text = re.sub(r"[`*_]", "", text)
    return re.sub(r"\s+", " ", text).strip().lower()


@dataclass(frozen=True)
class SourceText:
    """A message, a document, or one side of a diff of a file; `name` is the path of the file."""

    raw: str
    folded: str
    name: str = ""
    is_diff: bool = False

    @classmethod
    def read(cls, raw: str, name: str = "", *, is_diff: bool = False) -> Self:
        """Return a source with its folded text, by which sources are looked up."""
        return cls(raw, fold(raw), name, is_diff)

    @cached_property
    def renderings(self) -> list[str]:
        """The plain texts that a reader may see of the source."""
        return list_diff_renderings(self.raw, self.name) if self.is_diff else list_renderings(self.raw, self.name)


def split_diff(diff: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each file of a diff with its lines, which keep the sign of their side."""
    for part in re.split(r"(?m)^diff --git ", diff)[1:]:
        head, _, body = part.partition("\n@@")
        names = re.findall(r"(?m)^\+\+\+ (?:b/)?(.+)$", head) or [""]
        yield names[0].strip(), [line for line in body.splitlines()[1:] if line[:1] in {"+", "-", " "}]


def read_sides(name: str, lines: list[str]) -> list[SourceText]:
    """Return the lines of a file before a change, and those after it."""
    sides = ("- ", "+ ")
    texts = ["\n".join(line[1:] for line in lines if line[0] in side) for side in sides]
    return [SourceText.read(text, name, is_diff=True) for text in texts]


@dataclass(frozen=True)
class PlainCommit:
    """A commit as `git log` prints it."""

    sha: str
    parents: tuple[str, ...]
    author: str
    author_email: str
    committed_at: int
    message: str

    @property
    def subject(self) -> str:
        """First line of the message."""
        return self.message.partition("\n")[0]

    @property
    def people(self) -> set[str]:
        """Names of the author and of all co-authors."""
        return {self.author} | {match[1] for match in CO_AUTHOR.finditer(self.message)}


class Clone:
    """One clone and what git says about it."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self._people_before: dict[float, frozenset[str]] = {}

    def git(self, *arguments: str, check: bool = True) -> str:
        """Return the output of a git command; an empty text if it fails and `check` is off."""
        completed = subprocess.run(
            ["git", "-C", str(self.path), *arguments], capture_output=True, check=False, errors="replace", text=True
        )
        if check and completed.returncode:
            raise RuntimeError(f"{self.path}: git {' '.join(arguments)}: {completed.stderr.strip()}")
        return completed.stdout if completed.returncode == 0 else ""

    @cached_property
    def branch(self) -> str:
        """Full name of the default branch."""
        head = self.git("symbolic-ref", "--quiet", "HEAD", check=False).strip()
        candidates = [head, "refs/heads/main", "refs/heads/master", "refs/heads/unstable"]
        for name in candidates:
            if name and self.git("rev-parse", "--verify", "--quiet", name, check=False):
                return name
        return "HEAD"

    @cached_property
    def commits(self) -> dict[str, PlainCommit]:
        """All commits of all refs by sha."""
        output = self.git("log", "--all", "--format=%x01%H%x00%P%x00%aN%x00%aE%x00%ct%x00%B%x02")
        commits = {}
        # A message may hold the separator: only one before a sha begins a record.
        for record in re.split(r"\x01(?=[0-9a-f]{40,64}\0)", output)[1:]:
            sha, parents, author, email, at, message = record.rpartition("\x02")[0].split("\0", 5)
            # `Ada Lovelace (@ada)` is called Ada Lovelace.
            plain = re.sub(r"\s*[(\[][^()\[\]]*@[^()\[\]]*[)\]]", "", author) or author
            commits[sha] = PlainCommit(sha, tuple(parents.split()), plain, email, int(at or 0), message.strip())
        return commits

    @cached_property
    def first_parents(self) -> list[PlainCommit]:
        """The first-parent line of the default branch, newest first."""
        return [self.commits[sha] for sha in self.git("rev-list", "--first-parent", self.branch).split()]

    @cached_property
    def commit_by_number(self) -> dict[int, list[PlainCommit]]:
        """Commits of all refs by the pull request that their subject names."""
        numbers: dict[int, list[PlainCommit]] = {}
        for commit in self.commits.values():
            number = read_pull_request(commit)
            if number is not None:
                numbers.setdefault(number, []).append(commit)
        return numbers

    @cached_property
    def tags(self) -> dict[str, str]:
        """The commit of each tag."""
        fields = "%(refname:strip=2)%00%(objectname)%00%(*objectname)"
        rows = [line.split("\0") for line in self.git("for-each-ref", "refs/tags", f"--format={fields}").splitlines()]
        return {name: peeled or sha for name, sha, peeled in rows}

    @cached_property
    def tag_times(self) -> dict[str, int]:
        """The time of each tag: of its tagger, else of its commit."""
        rows = self.git("for-each-ref", "refs/tags", "--format=%(refname:strip=2)%00%(creatordate:unix)").splitlines()
        return {name: int(at) for name, at in (row.split("\0") for row in rows) if at}

    @cached_property
    def first_commit_of(self) -> dict[str, int]:
        """Time of the first commit of each author and co-author by name, in all refs."""
        times: dict[str, int] = {}
        for commit in self.commits.values():
            for person in commit.people:
                times[person] = min(times.get(person, commit.committed_at), commit.committed_at)
        return times

    def list_people_before(self, instant: float) -> frozenset[str]:
        """Return the authors and co-authors of what had landed on the default branch before an instant."""
        if instant not in self._people_before:
            head = next((commit.sha for commit in self.first_parents if commit.committed_at < instant), None)
            shas = self.git("rev-list", head, check=False).split() if head else []
            self._people_before[instant] = frozenset(
                person for sha in shas if sha in self.commits for person in self.commits[sha].people
            )
        return self._people_before[instant]

    def list_names(self, name: str) -> set[str]:
        """Return all names that commits have from the addresses of a name: they are one person."""
        addresses = {commit.author_email.lower() for commit in self.commits.values() if commit.author == name}
        return {name} | {commit.author for commit in self.commits.values() if commit.author_email.lower() in addresses}

    @cached_property
    def _messages(self) -> list[SourceText]:
        """All messages of commits and tags."""
        tag_messages = self.git("for-each-ref", "refs/tags", "--format=%(contents)%01").split("\x01")
        texts = [*(commit.message for commit in self.commits.values()), *tag_messages]
        return [SourceText.read(text) for text in dict.fromkeys(texts)]

    @cached_property
    def folded_messages(self) -> str:
        """All messages of commits and tags, folded."""
        return "\n".join(source.folded for source in self._messages)

    def list_messages_with(self, text: str) -> list[SourceText]:
        """Return the messages that hold a folded text."""
        return [source for source in self._messages if text in source.folded] if text in self.folded_messages else []

    def names_number(self, number: int, revisions: list[str]) -> bool:
        """Return True if a message, or a document of a revision, names a number: its page exists, merged or not."""
        named = re.compile(rf"(?:#|/(?:pull|issues)/|:(?:issue|pr|gh|pull):`?){number}\b")
        return bool(
            re.search(rf"#{number}\b", self.folded_messages)
            or any(named.search(source.raw) for revision in revisions for source in self._documents(revision))
        )

    def find_in_files(self, text: str, revisions: list[str]) -> bool:
        """Return True if a note or document of one of the revisions holds a folded text."""
        return bool(self.list_documents_with(text, revisions))

    def list_documents_with(self, text: str, revisions: list[str]) -> list[SourceText]:
        """Return the notes and documents of some revisions that hold a folded text."""
        return [source for revision in revisions for source in self._documents(revision) if text in source.folded]

    def _documents(self, revision: str) -> list[SourceText]:
        cached: dict[str, list[SourceText]] = self.__dict__.setdefault("_documents_of", {})
        blobs: dict[str, SourceText] = self.__dict__.setdefault("_blobs", {})
        if revision not in cached:
            rows = self.git("ls-tree", "-r", revision, check=False).splitlines()
            entries = [(name, fields.split()[2]) for fields, _, name in (row.partition("\t") for row in rows)]
            notes = [entry for entry in entries if NOTE_FILES.search(entry[0])]
            others = [entry for entry in entries if DOCUMENT_FILES.search(entry[0]) and entry not in notes]
            cached[revision] = []
            for name, sha in (notes + others)[:400]:
                if sha not in blobs:
                    blobs[sha] = SourceText.read(self.git("cat-file", "blob", sha, check=False), name)
                cached[revision].append(blobs[sha])
        return cached[revision]

    def list_diffs_with(self, text: str, sha: str) -> list[SourceText]:
        """Return the files that a commit changes whose lines before, or after, hold a folded text."""
        cached: dict[str, list[SourceText]] = self.__dict__.setdefault("_diffs", {})
        if sha not in cached:
            diff = self.git("show", "--format=", "--first-parent", "-m", sha, check=False)
            cached[sha] = [part for name, lines in split_diff(diff) for part in read_sides(name, lines)]
        return [source for source in cached[sha] if text in source.folded]

    def list_window_diffs_with(self, text: str, window: tuple[datetime, datetime] | None) -> list[SourceText]:
        """Return the files that a change of a window adds a folded text to, for texts that link no change."""
        if window is None:
            return []
        cached: dict[tuple[datetime, datetime], list[SourceText]] = self.__dict__.setdefault("_window_diffs", {})
        if window not in cached:
            shas = [commit.sha for commit in self.commits_landed(*window)][:400]
            diffs = (self.git("show", "--format=", "--first-parent", "-m", "-U0", sha, check=False) for sha in shas)
            files = [file for diff in diffs for file in split_diff(diff)]
            cached[window] = [read_sides(name, lines)[-1] for name, lines in files]
        return [source for source in cached[window] if text in source.folded]

    def is_contained(self, sha: str, tag: str) -> bool:
        """Return True if a tag holds a commit, or another one of its pull request or with its subject and author."""
        if tag not in self.tags:
            return False
        cached: dict[str, set[str]] = self.__dict__.setdefault("_contents", {})
        if tag not in cached:
            cached[tag] = set(self.git("rev-list", self.tags[tag]).split())
        shas = cached[tag]
        if sha in shas:
            return True
        if sha not in self.commits:
            return False
        number = read_pull_request(self.commits[sha])
        if number is not None and any(other.sha in shas for other in self.commit_by_number[number]):
            return True
        # A copy on the branch of a release has another sha: nats-server picks sixty commits for one.
        copies = self.git(
            "log", "--format=%H", "--fixed-strings", f"--grep={self.commits[sha].subject}", self.tags[tag]
        )
        own = self.commits[sha]
        found = [self.git("log", "-1", "--format=%s%x00%an", copy).strip() for copy in copies.split()[:20]]
        # A bot that picks it keeps its number in front of its own: `Fix x (#12) (#15)`.
        is_picked = number is not None and any(copy.startswith(f"{own.subject} (#") for copy in found)
        return is_picked or f"{own.subject}\0{own.author}" in found

    def list_brought(self, merge: PlainCommit) -> list[PlainCommit]:
        """Return the commits that a merge brought; none for other commits."""
        if len(merge.parents) < 2:
            return []
        shas = self.git("rev-list", f"{merge.parents[0]}..{merge.parents[1]}", check=False).split()
        return [self.commits[sha] for sha in shas if sha in self.commits]

    def commits_landed(self, start: datetime, end: datetime) -> list[PlainCommit]:
        """Return the first-parent commits whose committer date is in [start, end)."""
        return [commit for commit in self.first_parents if start.timestamp() <= commit.committed_at < end.timestamp()]


def read_pull_request(commit: PlainCommit) -> int | None:
    """Return the number of the pull request that a subject names as merged, or None."""
    for pattern in MERGE_SUBJECTS:
        # With one parent, `Merge pull request #7 from …` copies a merge, and only its host knows whose it is.
        is_copy = pattern in MERGE_SUBJECTS[:2] and len(commit.parents) < 2
        if (match := pattern.match(commit.subject)) and not is_copy:
            return int(match[1])
    if match := re.search(r"^See merge request \S*!(\d+)\s*$", commit.message, re.MULTILINE):
        return int(match[1])
    match = SQUASH_SUBJECT.search(commit.subject)
    if not match or re.search(
        r"(?:\b(?:closes|resolves)|[,;.(–—-] ?(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?|see))\s*:?\s*$",
        commit.subject[: match.start()],
        re.IGNORECASE,
    ):
        return None
    return int(match[1])
