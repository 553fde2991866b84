"""Parse parts of GitHub's responses into models; the models are in `responses.py`.

A part that does not fit is an error that names the query and the path, or costs its field (`parse_record`). Guessing
would turn a change at GitHub into wrong numbers here.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from resources.errors import GitHubError

NodeT = TypeVar("NodeT")

MAX_REPAIRS = 20
"""Fields of one record that are left out at most."""


class GraphQLModel(BaseModel):
    """Base of all parts of a response; fields have their GraphQL names."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", populate_by_name=True)


ModelT = TypeVar("ModelT", bound=GraphQLModel)


class PageInfo(GraphQLModel):
    """Position of the next page of a connection."""

    has_next_page: bool
    end_cursor: str | None


class ConnectionPage(GraphQLModel, Generic[NodeT]):
    """One page of a connection. A null node is one that GitHub could not compute or may not show."""

    total_count: int | None = None
    page_info: PageInfo
    nodes: tuple[NodeT | None, ...]

    @property
    def visible_nodes(self) -> tuple[NodeT, ...]:
        """The nodes that are not null."""
        return tuple(node for node in self.nodes if node is not None)


def parse_response(model: type[ModelT], value: Any, query: str, *path: str | int) -> ModelT:
    """Parse a part of a response.

    Args:
        model: the model of the part.
        value: the part as it came.
        query: name of the query, for the message.
        path: path of the part in the response, for the message.

    Raises:
        GitHubError: when it does not fit. The message has the query and the full path of the first error.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors()[0]
        position = ".".join(str(step) for step in (*path, *details["loc"]))
        shown_value = "missing" if isinstance(details["input"], Mapping) else repr(details["input"])[:60]
        raise GitHubError(
            f"GitHub's answer to {query} does not fit at {position}: {details['msg']} (found {shown_value}). "
            "GitHub may have changed. Update Sparky."
        ) from error


def parse_record(
    model: type[ModelT], value: Any, query: str, *path: str | int, on_damage: Callable[[str], None]
) -> ModelT:
    """Parse a record; a field that does not fit becomes null, so that one bad field does not cost the record.

    A field that may not be null costs what holds it: a review without an id costs that review, never the pull request.

    Args:
        model: the model of the record.
        value: the record as it came; it is not changed.
        query: name of the query, for messages.
        path: path of the record in the response, for messages.
        on_damage: called with a sentence about each field that was left out.

    Raises:
        GitHubError: when what is left does not fit either.
    """
    try:
        return model.model_validate(value)
    except ValidationError as first_error:
        errors = first_error.errors()
    repaired = copy.deepcopy(value)
    for _ in range(MAX_REPAIRS):
        location = errors[0]["loc"]
        position = ".".join(str(step) for step in (*path, *location))
        if not _set_null(repaired, location):
            break
        on_damage(f"GitHub's answer to {query} does not fit at {position}: {errors[0]['msg']}")
        try:
            return model.model_validate(repaired)
        except ValidationError as error:
            errors = error.errors()
    return parse_response(model, repaired, query, *path)


def _set_null(value: Any, location: tuple[int | str, ...]) -> bool:
    """Set a field to null, or what holds it if it is null or missing already. Return False if nothing is left."""
    if not location:
        return False
    parents = [value]
    for step in location[:-1]:
        container = parents[-1]
        try:
            parents.append(container[step])
        except (KeyError, IndexError, TypeError):
            break
    steps = list(location[: len(parents)])
    while parents:
        container, step = parents.pop(), steps.pop()
        is_present = isinstance(container, dict) and container.get(step) is not None
        if isinstance(container, list) and isinstance(step, int) and step < len(container):
            is_present = container[step] is not None
        if is_present:
            container[step] = None
            return True
    return False
