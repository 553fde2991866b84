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


def _in_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment in UTC. GitHub's GitTimestamp may carry the committer's own offset, and a table knows one zone only."""

Node = TypeVar("Node")


class Part(BaseModel):
    """A part of an answer; fields by their GraphQL names."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", populate_by_name=True)


Model = TypeVar("Model", bound=Part)


class PageInfo(Part):
    """Where a connection goes on."""

    has_next_page: bool
    end_cursor: str | None


class Connection(Part, Generic[Node]):
    """One page of a connection. A null node is one that GitHub could not or would not show."""

    total_count: int | None = None
    page_info: PageInfo
    nodes: tuple[Node | None, ...]

    @property
    def shown(self) -> tuple[Node, ...]:
        """The nodes that are there."""
        return tuple(node for node in self.nodes if node is not None)


def read(model: type[Model], value: Any, query: str, *path: str | int) -> Model:
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
