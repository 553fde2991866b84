"""How an answer of GitHub is read: parts, pages, and the error that says where one does not fit.

An answer that does not fit (a new enum value, a missing field) is an error that names the query and the path: guessing
would turn a change on their side into wrong numbers on ours.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from resources.errors import GitHubError


def _to_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


UtcInstant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment in UTC. GitHub's GitTimestamp may carry the committer's own offset, and a table knows one zone only."""

NodeT = TypeVar("NodeT")


class GraphQLModel(BaseModel):
    """A part of an answer; fields by their GraphQL names."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", populate_by_name=True)


ModelT = TypeVar("ModelT", bound=GraphQLModel)


class PageInfo(GraphQLModel):
    """Where a connection goes on."""

    has_next_page: bool
    end_cursor: str | None


class ConnectionPage(GraphQLModel, Generic[NodeT]):
    """One page of a connection. A null node is one that GitHub could not or would not show."""

    total_count: int | None = None
    page_info: PageInfo
    nodes: tuple[NodeT | None, ...]

    @property
    def visible_nodes(self) -> tuple[NodeT, ...]:
        """The nodes that are there."""
        return tuple(node for node in self.nodes if node is not None)


def parse_response(model: type[ModelT], value: Any, query: str, *path: str | int) -> ModelT:
    """The part of an answer that lies at `path`.

    Raises:
        GitHubError: when it does not fit, with the query and the full path of the first fault.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(step) for step in (*path, *fault["loc"]))
        value = repr(fault["input"])[:60] if not isinstance(fault["input"], Mapping) else "missing"
        raise GitHubError(
            f"GitHub's answer to {query} does not fit at {where}: {fault['msg']} (found {value}). "
            "GitHub may have changed; a newer Sparky may know it."
        ) from error
