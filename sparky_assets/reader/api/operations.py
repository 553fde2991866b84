"""What all operations of the API share: the router, the request, parameters, conditional responses, and problems."""

import json
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.periods import Period, PeriodError, PeriodKind, parse_period
from sparky_assets.reader.api.models import PeriodNoun, ProblemDetails
from sparky_assets.reader.responses import ReaderContext, conditional_response, get_audience, get_reader
from sparky_assets.store import Audience

API_PREFIX = "/api/v1"

PROBLEM_MEDIA_TYPE = "application/problem+json"

PROBLEM_DESCRIPTIONS = {400: "A parameter is wrong.", 401: "Sign in first.", 404: "It is not there."}

MAX_DETAIL_LENGTH = 400
"""Characters of a detail, which may hold what a caller sent."""


class QueryParams(BaseModel):
    """Parameters behind the question mark. An unknown one is refused, so that a typing error is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LatestQuery(QueryParams):
    """The kind of period."""

    kind: PeriodNoun = Field("day", description="Of days, weeks or months.")


class ApiError(Exception):
    """A request that gets no answer, with the status and the reason."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass
class ApiRequest:
    """What an operation needs of a request beside its parameters."""

    reader: ReaderContext
    audience: Audience
    modified: datetime | None = None
    """Set by the operation: when the content of the response was last written."""


def read_request(request: Request) -> ApiRequest:
    """Return the request as operations see it.

    Raises:
        ApiError: a parameter behind the question mark is unknown.
    """
    known = list_query_names(request.scope["route"])
    for name in request.query_params:
        if name not in known:
            parameters = ", ".join(known) or "none"
            raise ApiError(400, f"The parameter {name[:60]} is wrong: unknown; known here: {parameters}.")
    api_request = ApiRequest(get_reader(request), get_audience(request))
    request.state.api_request = api_request
    return api_request


def list_query_names(route: APIRoute) -> list[str]:
    """Return the names of the parameters behind the question mark that a route takes, in the order of its model."""
    models = [field.field_info.annotation for field in route.dependant.query_params]
    return [name for model in models if model is not None for name in model.model_fields]


def require_period(kind: PeriodKind, label: str) -> Period:
    """Return the period that a label names.

    Raises:
        ApiError: it names none.
    """
    try:
        return parse_period(kind, label[:40])
    except PeriodError as error:
        raise ApiError(404, str(error)) from None


def read_period(
    # A plain text: an unknown kind is an address that does not exist, and no parameter that is wrong.
    kind: Annotated[
        str,
        Path(description="`day`, `week` or `month`.", json_schema_extra={"enum": [kind.noun for kind in PeriodKind]}),
    ],
    label: Annotated[str, Path(min_length=1, description="Label like 2025-11-12, 2025-W46 or 2025-11.")],
) -> Period:
    """Return the period that a kind and a label name.

    Raises:
        ApiError: they name none.
    """
    try:
        return require_period(PeriodKind.from_noun(kind), label)
    except PeriodError as error:
        raise ApiError(404, str(error)) from None


CurrentRequest = Annotated[ApiRequest, Depends(read_request)]
PeriodInPath = Annotated[Period, Depends(read_period)]


class ConditionalRoute(APIRoute):
    """A route whose responses carry an ETag, and which answers 304 to a caller that has the same bytes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of FastAPI, with the response made conditional."""
        handle = super().get_route_handler()

        async def handle_conditionally(request: Request) -> Response:
            response = await handle(request)
            media_type = response.headers["content-type"]
            modified = request.state.api_request.modified
            return conditional_response(request, bytes(response.body), media_type, modified=modified)

        return handle_conditionally


router = APIRouter(
    prefix=API_PREFIX,
    generate_unique_id_function=lambda route: route.name,
    route_class=ConditionalRoute,
    responses={
        304: {"description": "You hold it already."},
        **{
            status: {"description": text, "content": {PROBLEM_MEDIA_TYPE: {}}, "model": ProblemDetails}
            for status, text in PROBLEM_DESCRIPTIONS.items()
        },
    },
)
"""All operations. Their modules add themselves; `openapi.py` imports every one."""


def describe_invalid_parameter(error: RequestValidationError) -> ApiError:
    """Return the refusal of a parameter that is not of its type: 404 for a part of the address, else 400."""
    first = error.errors()[0]
    place, *names = (str(part) for part in first["loc"])
    if place == "path":
        return ApiError(404, f"There is no such address: {first['msg']}.")
    return ApiError(400, f"The parameter {'.'.join(names)[:60]} is wrong: {first['msg']}.")


def build_problem_response(request: Request, status: int, detail: str) -> Response:
    """Return a refusal as problem+json."""
    titles = {400: "Bad request", 401: "Sign in first", 404: "Not found", 405: "Method not allowed"}
    body = ProblemDetails(title=titles.get(status, "Refused"), status=status, detail=replace_unsafe_characters(detail))
    headers = {"www-authenticate": "Bearer"} if status == 401 else {"allow": "GET, HEAD"} if status == 405 else {}
    return conditional_response(
        request, json.dumps(body.model_dump()), PROBLEM_MEDIA_TYPE, status=status, headers=headers
    )


def replace_unsafe_characters(text: str) -> str:
    """Return a text that may hold what a caller sent as printable text that is JSON in any encoding."""
    return re.sub(r"[\x00-\x1f\ud800-\udfff]", "\ufffd", text)[:MAX_DETAIL_LENGTH]
