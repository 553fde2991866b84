"""What an API operation is: one description from which its route, its checks and its part of OpenAPI are made."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sparky_assets.periods import Period, PeriodError, PeriodKind, parse_period
from sparky_assets.reader.api.models import PeriodNoun, ProblemDetails
from sparky_assets.reader.responses import (
    ReaderContext,
    conditional_json_response,
    conditional_response,
    get_audience,
    get_reader,
)
from sparky_assets.store import Audience

API_PREFIX = "/api/v1"


PROBLEM_MEDIA_TYPE = "application/problem+json"


class QueryParams(BaseModel):
    """Parameters behind the question mark. An unknown one is refused: a typing error is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LatestQuery(QueryParams):
    """The newest of which kind."""

    kind: PeriodNoun = Field("day", description="Of days, weeks or months.")


class ApiError(Exception):
    """A request that is not answered, with its status and why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass
class ApiRequest:
    """One request as an operation sees it."""

    reader: ReaderContext
    audience: Audience
    path_params: Mapping[str, str]
    query: Any
    modified: datetime | None = None
    """Set by the operation: when what it answers was last written."""

    @property
    def kind(self) -> PeriodKind:
        """The kind of period in the address.

        Raises:
            Refused: when it is none.
        """
        try:
            return PeriodKind.from_noun(self.path_params["kind"])
        except PeriodError as error:
            raise ApiError(404, str(error)) from None

    @property
    def period(self) -> Period:
        """The period in the address.

        Raises:
            Refused: when it is none.
        """
        return require_period(self.kind, self.path_params["label"])


@dataclass(frozen=True)
class ApiOperation:
    """One address of the API."""

    path: str
    summary: str
    handler: Callable[[ApiRequest], BaseModel | str]
    response_type: type[BaseModel] | str
    """A model for JSON, or a media type for text."""
    query_model: type[QueryParams] = QueryParams
    path_param_descriptions: Mapping[str, str] = field(default_factory=dict)
    """What its path parameters are."""

    @property
    def operation_id(self) -> str:
        """Its id in OpenAPI."""
        return self.handler.__name__

    def build_route(self) -> Route:
        """The route that serves it."""
        return Route(API_PREFIX + self.path, self._build_endpoint(), methods=["GET"])

    def _build_endpoint(self) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            try:
                ask = ApiRequest(
                    get_reader(request), get_audience(request), request.path_params, self._parse_query(request)
                )
                result = self.handler(ask)
            except ApiError as refusal:
                return build_problem_response(request, refusal.status, refusal.detail)
            if isinstance(result, str):
                return conditional_response(request, result, str(self.response_type), modified=ask.modified)
            return conditional_json_response(request, result.model_dump(mode="json"), modified=ask.modified)

        return endpoint

    def _parse_query(self, request: Request) -> QueryParams:
        try:
            return self.query_model.model_validate(dict(request.query_params))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            parameters = ", ".join(self.query_model.model_fields) or "none"
            reason = f"unknown; known here: {parameters}" if first["type"] == "extra_forbidden" else first["msg"]
            raise ApiError(400, f"The parameter {name[:60]} is wrong: {reason}.") from None


def require_period(kind: PeriodKind, label: str) -> Period:
    """The period that a text names.

    Raises:
        Refused: when it names none.
    """
    try:
        return parse_period(kind, label[:40])
    except PeriodError as error:
        raise ApiError(404, str(error)) from None


def build_problem_response(request: Request, status: int, detail: str) -> Response:
    """A refusal as problem+json."""
    titles = {400: "Bad request", 401: "Sign in first", 404: "Not found", 405: "Method not allowed"}
    body = ProblemDetails(title=titles.get(status, "Refused"), status=status, detail=replace_unsafe_characters(detail))
    headers = {"www-authenticate": "Bearer"} if status == 401 else {"allow": "GET, HEAD"} if status == 405 else {}
    return conditional_response(
        request, json.dumps(body.model_dump()), PROBLEM_MEDIA_TYPE, status=status, headers=headers
    )


def replace_unsafe_characters(text: str) -> str:
    """Text that may hold what a caller sent: printable, and JSON in any encoding."""
    return re.sub(r"[\x00-\x1f\ud800-\udfff]", "\ufffd", text)[:400]
