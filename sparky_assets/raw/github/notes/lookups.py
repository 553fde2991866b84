"""What is looked up for notes: files at commits and objects of repositories, and the parsing of the answers."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from resources.errors import GitHubError
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import QueryRunner, errors_by_path
from sparky_assets.raw.github.parsing import ModelT, parse_record
from sparky_assets.raw.github.responses import GitHubRepository

MAX_EARLIER_COMMITS = 5
"""Commits before the last one of a pull request that are looked at: those of a rebased one land each for itself."""


@dataclass(frozen=True)
class NoteFileLookup:
    """A file to look up at a commit of a repository."""

    repository: GitHubRepository
    sha: str
    path: str
    merged_at: float
    earlier_commits: int = MAX_EARLIER_COMMITS
    is_landing_unknown: bool = False

    @property
    def id(self) -> str:
        """What a query that fails is about."""
        return f"{self.repository.id} {self.sha} {self.path}"


class BlobChange(NamedTuple):
    """The shas of a file before and after a change of it; `before` is None where it is new."""

    repository_id: str
    path: str
    before: str | None
    after: str


@dataclass(frozen=True)
class ObjectLookup:
    """A file or folder to read."""

    repository: GitHubRepository
    oid: str

    @property
    def id(self) -> str:
        """What a query that fails is about."""
        return f"{self.repository.id} {self.oid}"


@dataclass(frozen=True)
class ObjectQuery:
    """A query for objects of repositories.

    Attributes:
        name: its name.
        build_text: builds its text for a number of objects.
        kind: what an object is called where it cannot be read: `the file 1a2b3c4d5e`.
        max_size: objects of one request.
    """

    name: str
    build_text: Callable[[str, int], str]
    kind: str
    max_size: int


def read_objects(
    runner: QueryRunner, query: ObjectQuery, lookups: Iterable[ObjectLookup], model: type[ModelT]
) -> Iterator[tuple[ObjectLookup, ModelT]]:
    """Yield objects with what was looked up, each once; one that is gone or cannot be read is noted and missing."""

    def send(batch: Sequence[ObjectLookup], _: int) -> GraphQLResponse:
        variables: dict[str, str] = {}
        for number, lookup in enumerate(batch):
            variables |= {f"i{number}": lookup.repository.id, f"o{number}": lookup.oid}
        return runner.client.query(query.name, query.build_text(query.name, len(batch)), variables)

    def skip(lookup: ObjectLookup, error: GitHubError) -> None:
        runner.note_unread(lookup.repository.name_with_owner, f"the {query.kind} {lookup.oid[:10]}", error)

    pending = deque({lookup.id: lookup for lookup in lookups}.values())
    for batch, response in runner.run_optional_batches(
        query.name, pending, max_size=query.max_size, send=send, on_failure=skip
    ):
        homes = parse_nodes(runner, [lookup.repository for lookup in batch], response, query.name, model)
        yield from ((lookup, home) for lookup, home in zip(batch, homes, strict=True) if home)


def parse_nodes(
    runner: QueryRunner,
    repositories: Sequence[GitHubRepository],
    response: GraphQLResponse,
    query: str,
    model: type[ModelT],
) -> Iterator[ModelT | None]:
    """Yield the parsed node of each repository; None if it is gone or does not fit, which is noted.

    The nodes are those of `nodes(ids: …)`, or of the aliases r0, r1 and so on.
    """
    listed = response.data.get("nodes")
    nodes: list[Any] = [response.data.get(f"r{number}") for number in range(len(repositories))]
    paths: list[tuple[str | int, ...]] = [(f"r{number}",) for number in range(len(repositories))]
    if isinstance(listed, list):
        nodes, paths = listed, [("nodes", number) for number in range(len(repositories))]
    errors_by_node = errors_by_path(response, paths, query)
    for repository, node, path, errors in zip(repositories, nodes, paths, errors_by_node, strict=True):
        damaged = runner.note_damage(repository.name_with_owner)
        for error in errors:
            if error.type != "NOT_FOUND":
                damaged(f"a note of a change cannot be read: {error.message or error.type}")
        try:
            # What the query leaves out of an object that is no commit or file is no damage.
            is_whole = isinstance(node, dict) and len(node.get("object") or {}) != 1
            yield parse_record(model, node, query, *path, on_damage=damaged) if is_whole else None
        except GitHubError as error:
            damaged(str(error))
            yield None
