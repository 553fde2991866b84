"""What comes back from GitHub: data, the faults in parts of it, and what it cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GraphQLError:
    """One entry of a GraphQL answer's `errors`, beside data that may still be of use."""

    type: str
    message: str
    path: tuple[str | int, ...]

    @property
    def is_access_denied(self) -> bool:
        """Whether a person must give the token a permission first."""
        return self.type in {"FORBIDDEN", "INSUFFICIENT_SCOPES"}


@dataclass(frozen=True)
class GraphQLResponse:
    """The data of a GraphQL answer and the faults in parts of it."""

    data: Mapping[str, Any]
    errors: tuple[GraphQLError, ...] = ()


@dataclass
class ApiUsage:
    """What the client has spent so far."""

    requests: int = 0
    points: int = 0
    remaining: int | None = None
    halved: int = 0
    waited_seconds: float = 0.0
    clock_skew_seconds: float = 0.0


def parse_graphql_error(error: Mapping[str, Any]) -> GraphQLError:
    """One entry of `errors`; GitHub puts the type beside the message, others below `extensions`."""
    path, extensions = error.get("path"), error.get("extensions")
    kind = error.get("type") or (extensions.get("code") if isinstance(extensions, dict) else "") or ""
    return GraphQLError(str(kind), str(error.get("message", "")), tuple(path) if isinstance(path, list) else ())
