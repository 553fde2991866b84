"""Find the commits of a window that changed changelogs and news fragments, on branches of which not all is known.

Commits that were pushed, and pull requests of which not all files are known, have no list of files. So the entries at
the root of the branch, which come with its commits, are compared with those before the window, then the folders of
notes that differ. Where known changes do not explain the difference of a changelog or fragment, its history names the
commits. Fragments of a folder that is not at the root (that of a package), and those that the window both added and
deleted, are not found.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from resources.errors import GitHubError
from resources.git.notes.places import is_note_path, may_hold_notes
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import QueryRunner
from sparky_assets.raw.github.notes.lookups import (
    BlobChange,
    NoteFileLookup,
    ObjectLookup,
    ObjectQuery,
    parse_nodes,
    read_objects,
)
from sparky_assets.raw.github.parsing import GraphQLModel, parse_record
from sparky_assets.raw.github.queries import build_folders_query, build_path_histories_query
from sparky_assets.raw.github.responses import GitHubRepository, UtcInstant

HISTORIES_PER_REQUEST = 40

FOLDERS_PER_REQUEST = 40

MAX_PATHS_PER_BRANCH = 20
"""Changelogs and fragments of a branch whose history is read, by path."""

MAX_FOLDERS_PER_BRANCH = 20
"""Folders of a level of a branch that are compared with those before the window."""

MAX_FOLDER_DEPTH = 4


class BranchTreeEntry(GraphQLModel):
    """An entry of a tree."""

    name: str
    type: str
    oid: str


class BranchTree(GraphQLModel):
    """A folder of a branch; without entries it is something else."""

    entries: tuple[BranchTreeEntry | None, ...] | None = None

    @property
    def visible_entries(self) -> tuple[BranchTreeEntry, ...]:
        """The entries that could be read."""
        return tuple(entry for entry in self.entries or () if entry)


class EarlierCommit(GraphQLModel):
    """The newest commit before an instant."""

    tree: BranchTree | None = None


class EarlierCommits(GraphQLModel):
    """That commit; none of a branch that is newer."""

    nodes: tuple[EarlierCommit | None, ...] = ()

    @property
    def tree(self) -> BranchTree | None:
        """Its folder; empty where there is no commit, None where it could not be read."""
        if not self.nodes:
            return BranchTree(entries=())
        return self.nodes[0].tree if self.nodes[0] else None


class BranchRoots(GraphQLModel):
    """The folder at the root of a branch: now, at the end of a past window, and before the window."""

    tree: BranchTree | None = None
    before: EarlierCommits | None = None
    end: EarlierCommits | None = None


class BranchFolderHome(GraphQLModel):
    """A repository with one of its folders."""

    id: str
    object: BranchTree | None = None


class PathCommit(GraphQLModel):
    """A commit that changed a file."""

    oid: str
    committed_date: UtcInstant


class PathCommits(GraphQLModel):
    """The newest commits that changed a file."""

    nodes: tuple[PathCommit | None, ...] = ()


class PathHistory(GraphQLModel):
    """The head of a branch with the history of one file."""

    history: PathCommits | None = None


class PathHome(GraphQLModel):
    """A repository with the history of one of its files."""

    id: str
    object: PathHistory | None = None


@dataclass(frozen=True)
class ChangedNoteFolder:
    """A folder of a branch that is not as it was before the window. `before` is None where it is new."""

    repository: GitHubRepository
    head: str
    path: str
    after: str
    before: str | None


@dataclass(frozen=True)
class ChangedNotePath:
    """A changelog or fragment of a branch that is not as it was before the window. `before` is None where it is new."""

    repository: GitHubRepository
    head: str
    path: str
    after: str
    before: str | None

    @property
    def id(self) -> str:
        """What a query that fails is about."""
        return f"{self.repository.id} {self.path}"


ChangedPlace = ChangedNotePath | ChangedNoteFolder

PlaceT = TypeVar("PlaceT", ChangedNotePath, ChangedNoteFolder)


def compare_roots(
    repository: GitHubRepository, head: str, roots: Mapping[str, Any], on_damage: Callable[[str], None]
) -> tuple[ChangedPlace, ...]:
    """Return the changelogs, and folders of notes, at the root of a branch that are not as they were before the window.

    Args:
        repository: the repository.
        head: the commit that its default branch points to.
        roots: the folders at its root, as they came (`BranchRoots`).
        on_damage: called with what does not fit, which costs the notes of the branch alone.
    """
    try:
        parsed = parse_record(BranchRoots, roots, "Commits", repository.name_with_owner, on_damage=on_damage)
    except GitHubError as error:
        on_damage(str(error))
        return ()
    after = parsed.end.tree if parsed.end else parsed.tree
    before = parsed.before.tree if parsed.before else None
    if after is None or before is None:
        return ()
    return tuple(_compare_trees(ChangedNoteFolder(repository, head, "", "", None), after, before))


@dataclass
class PushedNotesFinder:
    """Finds the commits of the window that changed notes of branches, from their folders and histories."""

    runner: QueryRunner

    def find(self, places: Sequence[ChangedPlace], known_changes: Iterable[BlobChange]) -> Iterator[NoteFileLookup]:
        """Yield the changelogs and fragments that commits of the window changed.

        Args:
            places: what differs at the roots of branches.
            known_changes: changes of files by pull requests. A file of which they are all is not asked about.
        """
        paths = [place for place in places if isinstance(place, ChangedNotePath)]
        folders = [place for place in places if isinstance(place, ChangedNoteFolder)]
        for _ in range(MAX_FOLDER_DEPTH):
            asked = _limit_per_repository(folders, MAX_FOLDERS_PER_BRANCH)
            folders = []
            trees = self._read_trees(asked)
            for folder in asked:
                after, before = (trees.get((folder.repository.id, oid or "")) for oid in (folder.after, folder.before))
                if after is None or (before is None and folder.before):
                    continue
                deeper = list(_compare_trees(folder, after, before or BranchTree(entries=())))
                paths += [place for place in deeper if isinstance(place, ChangedNotePath)]
                folders += [place for place in deeper if isinstance(place, ChangedNoteFolder)]
        changes = defaultdict[tuple[str, str], dict[str | None, str]](dict)
        for change in known_changes:
            changes[change.repository_id, change.path][change.before] = change.after
        unknown = [path for path in paths if not _is_explained(path, changes[path.repository.id, path.path])]
        yield from self._read_histories(_limit_per_repository(unknown, MAX_PATHS_PER_BRANCH))

    def _read_trees(self, folders: Sequence[ChangedNoteFolder]) -> dict[tuple[str, str], BranchTree]:
        """Return folders as they are and as they were, by repository and sha."""
        query = ObjectQuery("NoteFolders", build_folders_query, "folder", FOLDERS_PER_REQUEST)
        wanted = (
            ObjectLookup(folder.repository, oid) for folder in folders for oid in (folder.after, folder.before) if oid
        )
        return {
            (lookup.repository.id, lookup.oid): home.object
            for lookup, home in read_objects(self.runner, query, wanted, BranchFolderHome)
            if home.object
        }

    def _read_histories(self, paths: Sequence[ChangedNotePath]) -> Iterator[NoteFileLookup]:
        def send(batch: Sequence[ChangedNotePath], _: int) -> GraphQLResponse:
            variables: dict[str, str] = dict(self.runner.window_variables)
            for number, path in enumerate(batch):
                variables |= {f"i{number}": path.repository.id, f"h{number}": path.head, f"p{number}": path.path}
            return self.runner.client.query("NoteHistories", build_path_histories_query(len(batch)), variables)

        def skip(path: ChangedNotePath, error: GitHubError) -> None:
            self.runner.note_unread(path.repository.name_with_owner, f"the history of {path.path}", error)

        batches = self.runner.run_optional_batches(
            "NoteHistories", deque(paths), max_size=HISTORIES_PER_REQUEST, send=send, on_failure=skip
        )
        for batch, response in batches:
            repositories = [path.repository for path in batch]
            homes = parse_nodes(self.runner, repositories, response, "NoteHistories", PathHome)
            for path, home in zip(batch, homes, strict=True):
                history = home.object.history if home and home.object else None
                for commit in history.nodes if history else ():
                    if commit and commit.committed_date in self.runner.window:
                        committed_at = commit.committed_date.timestamp()
                        yield NoteFileLookup(path.repository, commit.oid, path.path, committed_at, 0, True)


def _compare_trees(folder: ChangedNoteFolder, after: BranchTree, before: BranchTree) -> Iterator[ChangedPlace]:
    """Yield the changelogs and fragments of a folder that are not as they were, and the folders that may hold such."""
    earlier_oids = {(entry.name, entry.type): entry.oid for entry in before.visible_entries}
    for entry in after.visible_entries:
        path = f"{folder.path}/{entry.name}" if folder.path else entry.name
        earlier = earlier_oids.get((entry.name, entry.type))
        if earlier == entry.oid:
            continue
        place = (folder.repository, folder.head, path, entry.oid, earlier)
        if entry.type == "blob" and is_note_path(path):
            yield ChangedNotePath(*place)
        if entry.type == "tree" and may_hold_notes(path):
            yield ChangedNoteFolder(*place)


def _is_explained(path: ChangedNotePath, changes: Mapping[str | None, str]) -> bool:
    """Return whether known changes lead from the file before the window to the file now."""
    oid, seen = path.before, set[str | None]()
    while oid != path.after and oid in changes and oid not in seen:
        seen.add(oid)
        oid = changes[oid]
    return oid == path.after


def _limit_per_repository(places: Sequence[PlaceT], limit: int) -> list[PlaceT]:
    """Return the first ones of each repository."""
    counts: Counter[str] = Counter()
    kept = []
    for place in places:
        counts[place.repository.id] += 1
        if counts[place.repository.id] <= limit:
            kept.append(place)
    return kept
