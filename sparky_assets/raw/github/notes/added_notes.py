"""Read the lines that changes added to changelogs and as news fragments, without a clone.

A pull request whose known files hold such a file is asked about: one request looks up sixty files at the merge commit
and at its first parent, one reads eighty texts, or a megabyte. The added lines are the difference of both. Commits that
were pushed, and pull requests of which not all files are known, have no list of files: `pushed_notes.py` finds theirs.
What cannot be read costs the notes of that change alone.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from resources.errors import GitHubError
from resources.git.diffs.hunks import list_added_runs
from resources.git.notes.places import is_note_path
from resources.git.notes.read import MAX_ADDITIONS, AddedLines
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import QueryRunner
from sparky_assets.raw.github.commits import CommitBatch
from sparky_assets.raw.github.items import LoadedItem
from sparky_assets.raw.github.notes.lookups import (
    BlobChange,
    NoteFileLookup,
    ObjectLookup,
    ObjectQuery,
    parse_nodes,
    read_objects,
)
from sparky_assets.raw.github.notes.pushed_notes import ChangedPlace, PushedNotesFinder
from sparky_assets.raw.github.notes.release_trees import LINK_MODE, MAX_BLOB_BYTES, FileHome
from sparky_assets.raw.github.parsing import GraphQLModel
from sparky_assets.raw.github.queries import build_changed_files_query, build_files_query
from sparky_assets.raw.github.responses import GitHubPullRequest, GitHubRepository, UtcInstant
from sparky_assets.raw.merge_messages import parse_merged_message

CHANGED_FILES_PER_REQUEST = 60

TEXTS_PER_REQUEST = 80

MAX_BYTES_PER_REQUEST = 1_000_000
"""Bytes of the texts of one request. Only two files of which each is nearly as large take one that is larger."""

MAX_FILES_PER_CHANGE = 10

MAX_FILES_PER_REPOSITORY = 100
"""Changed files of a window that are looked up, those of the newest changes first."""


class ChangedFile(GraphQLModel):
    """A file as a commit has it."""

    type: str
    mode: int
    oid: str
    size: int

    @property
    def is_readable(self) -> bool:
        """Whether it is a file and no link, and not too large."""
        return self.type == "blob" and self.mode != LINK_MODE and self.size <= MAX_BLOB_BYTES


class ParentFile(GraphQLModel):
    """The first parent of a commit, with the file there; null if it is not there."""

    oid: str
    file: ChangedFile | None = None


class ParentFiles(GraphQLModel):
    """The first parent, if there is one."""

    nodes: tuple[ParentFile | None, ...] = ()


class ChangingCommit(GraphQLModel):
    """A commit with one of its files, and the same file before."""

    oid: str
    committed_date: UtcInstant
    file: ChangedFile | None = None
    parents: ParentFiles


class ChangeHome(GraphQLModel):
    """A repository with one of its commits; null if it is not there any more."""

    id: str
    object: ChangingCommit | None = None


@dataclass(frozen=True)
class AddedNotes:
    """The lines that one commit added to one changelog or fragment.

    `is_landing_unknown` is set for a commit that may be one of a merged branch: then the note of its merge is read.
    """

    repository: GitHubRepository
    additions: tuple[AddedLines, ...]
    is_landing_unknown: bool = False


@dataclass(frozen=True)
class _FoundChange:
    """A file that a commit changed, and as it was before; that is None where it is new."""

    lookup: NoteFileLookup
    commit: ChangingCommit
    after: ChangedFile
    before: ChangedFile | None

    @property
    def blobs_of_path(self) -> BlobChange:
        """Which text became which."""
        before = self.before.oid if self.before else None
        return BlobChange(self.lookup.repository.id, self.lookup.path, before, self.after.oid)

    @property
    def blobs(self) -> dict[str, int]:
        """The bytes of its texts by sha."""
        return {file.oid: file.size for file in (self.after, self.before) if file}


@dataclass
class AddedNotesFinder:
    """Collects the merged pull requests and pushed commits of a sweep, and reads the notes that they added."""

    runner: QueryRunner
    _lookups: dict[str, list[NoteFileLookup]] = field(default_factory=dict)
    _places: list[ChangedPlace] = field(default_factory=list)
    _partly_known_ids: set[str] = field(default_factory=set)

    def add_commits(self, batch: CommitBatch) -> None:
        """Remember what changed at the root of a branch, and whether a message names no pull request."""
        self._places += batch.changed_places
        if batch.repository.id in self._partly_known_ids:
            return
        for commit in batch.commits:
            is_merge = commit.parents.total_count > 1
            in_window = commit.committed_date in self.runner.window
            if in_window and not parse_merged_message(commit.message, is_merge=is_merge):
                self._partly_known_ids.add(batch.repository.id)
                return

    def add_item(self, loaded_item: LoadedItem) -> None:
        """Remember the notes of a pull request that was merged into the default branch in the window."""
        item, repository = loaded_item.item, loaded_item.repository
        if not isinstance(item, GitHubPullRequest) or item.merge_commit is None or item.merged_at is None:
            return
        branch = repository.default_branch_ref
        if item.merged_at not in self.runner.window or branch is None or item.base_ref_name != branch.name:
            return
        paths = [file.path for file in (item.files.nodes or ()) if file] if item.files else []
        if (item.changed_files or 0) > len(paths):
            self._partly_known_ids.add(repository.id)
        for path in [path for path in paths if is_note_path(path)][:MAX_FILES_PER_CHANGE]:
            lookup = NoteFileLookup(repository, item.merge_commit.oid, path, item.merged_at.timestamp())
            self._lookups.setdefault(repository.id, []).append(lookup)

    def find(self) -> Iterator[AddedNotes]:
        """Yield what the changes added, a file of a commit at a time."""
        known = {lookup.id for listed in self._lookups.values() for lookup in listed}
        changes = self._look_up_newest(list(self._lookups.values()), MAX_ADDITIONS)
        self._lookups.clear()
        places = [place for place in self._places if place.repository.id in self._partly_known_ids]
        self._places.clear()
        pushed: dict[str, list[NoteFileLookup]] = {}
        for lookup in PushedNotesFinder(self.runner).find(places, [change.blobs_of_path for change in changes]):
            if lookup.id not in known:
                pushed.setdefault(lookup.repository.id, []).append(lookup)
        changes += self._look_up_newest(list(pushed.values()), MAX_ADDITIONS - len(changes))
        # Changes of a file follow each other: the text before one is that after another, and is read once.
        for chunk in _split_by_size(changes):
            texts = self._read_texts(chunk)
            for change in chunk:
                if additions := tuple(_list_additions(change, texts)):
                    yield AddedNotes(change.lookup.repository, additions, change.lookup.is_landing_unknown)

    def _look_up_newest(self, lookups: Sequence[Sequence[NoteFileLookup]], max_count: int) -> list[_FoundChange]:
        """Return the changed files of each repository, of the newest changes first."""
        newest: list[NoteFileLookup] = []
        for listed in lookups:
            by_time = sorted(listed, key=lambda lookup: (-lookup.merged_at, lookup.sha, lookup.path))
            newest += by_time[:MAX_FILES_PER_REPOSITORY]
        return list(self._look_up(deque(newest[:max_count])))

    def _look_up(self, pending: deque[NoteFileLookup]) -> Iterator[_FoundChange]:
        seen: set[str] = set()

        def send(batch: Sequence[NoteFileLookup], _: int) -> GraphQLResponse:
            variables: dict[str, str] = {}
            for number, lookup in enumerate(batch):
                variables |= {f"i{number}": lookup.repository.id, f"o{number}": lookup.sha, f"p{number}": lookup.path}
            return self.runner.client.query("ChangedFiles", build_changed_files_query(len(batch)), variables)

        def skip(lookup: NoteFileLookup, error: GitHubError) -> None:
            subject = f"{lookup.path} at {lookup.sha[:10]}"
            self.runner.note_unread(lookup.repository.name_with_owner, subject, error)

        batches = self.runner.run_optional_batches(
            "ChangedFiles", pending, max_size=CHANGED_FILES_PER_REQUEST, send=send, on_failure=skip
        )
        for batch, response in batches:
            homes = parse_nodes(
                self.runner, [lookup.repository for lookup in batch], response, "ChangedFiles", ChangeHome
            )
            for lookup, home in zip(batch, homes, strict=True):
                if home is None or home.object is None or lookup.id in seen:
                    continue
                seen.add(lookup.id)
                commit = home.object
                parent = next(iter(commit.parents.nodes), None)
                before = parent.file if parent else None
                if commit.file == before:
                    if parent and lookup.earlier_commits:
                        place = (lookup.repository, parent.oid, lookup.path, lookup.merged_at)
                        pending.append(NoteFileLookup(*place, lookup.earlier_commits - 1))
                elif commit.file and commit.file.is_readable and (before is None or before.is_readable):
                    yield _FoundChange(lookup, commit, commit.file, before)

    def _read_texts(self, changes: Sequence[_FoundChange]) -> dict[tuple[str, str], str]:
        """Return the texts of files by repository and sha; what is gone, binary or not whole is missing."""
        query = ObjectQuery("NoteFiles", build_files_query, "file", TEXTS_PER_REQUEST)
        wanted = (ObjectLookup(change.lookup.repository, blob) for change in changes for blob in change.blobs)
        return {
            (lookup.repository.id, lookup.oid): blob.text
            for lookup, home in read_objects(self.runner, query, wanted, FileHome)
            if (blob := home.object) and blob.text is not None and not blob.is_truncated
        }


def _split_by_size(changes: Iterable[_FoundChange]) -> Iterator[list[_FoundChange]]:
    """Yield changes whose texts are read together, and forgotten before the next ones are read."""
    chunk: list[_FoundChange] = []
    sizes: dict[tuple[str, str], int] = {}
    for change in changes:
        more = {(change.lookup.repository.id, blob): size for blob, size in change.blobs.items()}
        together = sizes | more
        if chunk and (len(together) > TEXTS_PER_REQUEST or sum(together.values()) > MAX_BYTES_PER_REQUEST):
            yield chunk
            chunk, together = [], more
        chunk.append(change)
        sizes = together
    if chunk:
        yield chunk


def _list_additions(change: _FoundChange, texts: Mapping[tuple[str, str], str]) -> Iterator[AddedLines]:
    """Yield the runs of lines that a commit added to a file, as git has them."""
    repository_id = change.lookup.repository.id
    after = texts.get((repository_id, change.after.oid))
    before = texts.get((repository_id, change.before.oid)) if change.before else ""
    if after is None or before is None:
        return
    for run in list_added_runs(before, after):
        yield AddedLines(
            change.commit.oid,
            int(change.commit.committed_date.timestamp()),
            change.lookup.path,
            change.after.oid,
            run.first_line,
            run.lines,
            run.removed_count,
            after,
            run.is_reworded,
        )
