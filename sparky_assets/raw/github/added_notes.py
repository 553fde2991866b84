"""Read the lines that merged pull requests added to changelogs and as news fragments, without a clone.

Only a pull request whose known files hold such a file is asked about: one request looks up forty files at the merge
commit and at its first parent, one reads fifty texts, or a megabyte. The added lines are the difference of both. What
cannot be read costs the note of that change alone.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from resources.errors import GitHubError
from resources.git.notes import MAX_ADDITIONS, AddedLines, is_note_path
from resources.git.patches import list_added_runs
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import QueryRunner, errors_by_path
from sparky_assets.raw.github.items import LoadedItem
from sparky_assets.raw.github.queries import build_changed_files_query, build_files_query
from sparky_assets.raw.github.release_files import LINK_MODE, MAX_BLOB_BYTES, FileHome
from sparky_assets.raw.github.responses import (
    GitHubPullRequest,
    GitHubRepository,
    GraphQLModel,
    ModelT,
    UtcInstant,
    parse_record,
)

CHANGED_FILES_PER_REQUEST = 40

TEXTS_PER_REQUEST = 50

MAX_BYTES_PER_REQUEST = 1_000_000
"""Bytes of the texts of one request. Only two files of which each is nearly as large take one that is larger."""

MAX_FILES_PER_CHANGE = 10

MAX_FILES_PER_REPOSITORY = 100
"""Changed files of a window that are looked up, those of the newest changes first."""

MAX_EARLIER_COMMITS = 5
"""Commits before the last one of a pull request that are looked at: those of a rebased one land each for itself."""


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
    """The lines that one commit added to one changelog or fragment."""

    repository: GitHubRepository
    additions: tuple[AddedLines, ...]


@dataclass(frozen=True)
class _FileLookup:
    """A file to look up at a commit of a repository."""

    repository: GitHubRepository
    sha: str
    path: str
    merged_at: float
    earlier_commits: int = MAX_EARLIER_COMMITS

    @property
    def id(self) -> str:
        """What a query that fails is about."""
        return f"{self.repository.id} {self.sha} {self.path}"


@dataclass(frozen=True)
class _FoundChange:
    """A file that a commit changed, and as it was before; that is None where it is new."""

    lookup: _FileLookup
    commit: ChangingCommit
    after: ChangedFile
    before: ChangedFile | None

    @property
    def blobs(self) -> dict[str, int]:
        """The bytes of its texts by sha."""
        return {file.oid: file.size for file in (self.after, self.before) if file}


@dataclass(frozen=True)
class _TextLookup:
    """A text to read."""

    repository: GitHubRepository
    blob: str

    @property
    def id(self) -> str:
        """What a query that fails is about."""
        return f"{self.repository.id} {self.blob}"


@dataclass
class AddedNotesFinder:
    """Collects the merged pull requests of a sweep that change notes, and reads what they added."""

    runner: QueryRunner
    _lookups: dict[str, list[_FileLookup]] = field(default_factory=dict)

    def add_item(self, loaded_item: LoadedItem) -> None:
        """Remember the notes of a pull request that was merged into the default branch in the window."""
        item, repository = loaded_item.item, loaded_item.repository
        if not isinstance(item, GitHubPullRequest) or item.merge_commit is None or item.merged_at is None:
            return
        branch = repository.default_branch_ref
        if item.merged_at not in self.runner.window or branch is None or item.base_ref_name != branch.name:
            return
        paths = [file.path for file in (item.files.nodes or ()) if file] if item.files else []
        for path in [path for path in paths if is_note_path(path)][:MAX_FILES_PER_CHANGE]:
            lookup = _FileLookup(repository, item.merge_commit.oid, path, item.merged_at.timestamp())
            self._lookups.setdefault(repository.id, []).append(lookup)

    def find(self) -> Iterator[AddedNotes]:
        """Yield what the pull requests added, a file of a commit at a time."""
        lookups: list[_FileLookup] = []
        for listed in self._lookups.values():
            newest = sorted(listed, key=lambda lookup: (-lookup.merged_at, lookup.sha, lookup.path))
            lookups += newest[:MAX_FILES_PER_REPOSITORY]
        self._lookups.clear()
        changes = self._look_up(deque(lookups[:MAX_ADDITIONS]))
        # Changes of a file follow each other: the text before one is that after another, and is read once.
        for chunk in _split_by_size(changes):
            texts = self._read_texts(chunk)
            for change in chunk:
                if additions := tuple(_list_additions(change, texts)):
                    yield AddedNotes(change.lookup.repository, additions)

    def _look_up(self, pending: deque[_FileLookup]) -> Iterator[_FoundChange]:
        seen: set[str] = set()

        def send(batch: Sequence[_FileLookup], _: int) -> GraphQLResponse:
            variables: dict[str, str] = {}
            for number, lookup in enumerate(batch):
                variables |= {f"i{number}": lookup.repository.id, f"o{number}": lookup.sha, f"p{number}": lookup.path}
            return self.runner.client.query("ChangedFiles", build_changed_files_query(len(batch)), variables)

        def skip(lookup: _FileLookup, error: GitHubError) -> None:
            subject = f"{lookup.path} at {lookup.sha[:10]}"
            self.runner.note_unread(lookup.repository.name_with_owner, subject, error)

        batches = self.runner.run_optional_batches(
            "ChangedFiles", pending, max_size=CHANGED_FILES_PER_REQUEST, send=send, on_failure=skip
        )
        for batch, response in batches:
            homes = self._parse_nodes([lookup.repository for lookup in batch], response, "ChangedFiles", ChangeHome)
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
                        pending.append(_FileLookup(*place, lookup.earlier_commits - 1))
                elif commit.file and commit.file.is_readable and (before is None or before.is_readable):
                    yield _FoundChange(lookup, commit, commit.file, before)

    def _read_texts(self, changes: Sequence[_FoundChange]) -> dict[tuple[str, str], str]:
        """Return the texts of files by repository and sha; what is gone, binary or not whole is missing."""
        texts: dict[tuple[str, str], str] = {}
        wanted = {
            _TextLookup(change.lookup.repository, blob).id: _TextLookup(change.lookup.repository, blob)
            for change in changes
            for blob in change.blobs
        }

        def send(batch: Sequence[_TextLookup], _: int) -> GraphQLResponse:
            variables: dict[str, str] = {}
            for number, lookup in enumerate(batch):
                variables |= {f"i{number}": lookup.repository.id, f"o{number}": lookup.blob}
            return self.runner.client.query("NoteFiles", build_files_query("NoteFiles", len(batch)), variables)

        def skip(lookup: _TextLookup, error: GitHubError) -> None:
            self.runner.note_unread(lookup.repository.name_with_owner, f"the file {lookup.blob[:10]}", error)

        batches = self.runner.run_optional_batches(
            "NoteFiles", deque(wanted.values()), max_size=TEXTS_PER_REQUEST, send=send, on_failure=skip
        )
        for batch, response in batches:
            homes = self._parse_nodes([lookup.repository for lookup in batch], response, "NoteFiles", FileHome)
            for lookup, home in zip(batch, homes, strict=True):
                blob = home.object if home else None
                if blob and blob.text is not None and not blob.is_truncated:
                    texts[lookup.repository.id, lookup.blob] = blob.text
        return texts

    def _parse_nodes(
        self, repositories: Sequence[GitHubRepository], response: GraphQLResponse, query: str, model: type[ModelT]
    ) -> Iterator[ModelT | None]:
        """Yield the parsed node of each alias; None if it is gone or does not fit, which is noted."""
        paths = [(f"r{number}",) for number in range(len(repositories))]
        errors_by_alias = errors_by_path(response, paths, query)
        for repository, (alias,), errors in zip(repositories, paths, errors_by_alias, strict=True):
            for error in errors:
                if error.type != "NOT_FOUND":
                    self._note(repository, f"a note of a change cannot be read: {error.message or error.type}")
            node = response.data.get(alias)
            try:
                damaged = self.runner.note_damage(repository.name_with_owner)
                # What the query leaves out of an object that is no commit or file is no damage.
                is_whole = isinstance(node, dict) and len(node.get("object") or {}) != 1
                yield parse_record(model, node, query, alias, on_damage=damaged) if is_whole else None
            except GitHubError as error:
                self._note(repository, str(error))
                yield None

    def _note(self, repository: GitHubRepository, message: str) -> None:
        self.runner.note_damage(repository.name_with_owner)(message)


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
        )
