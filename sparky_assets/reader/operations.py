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

from sparky_assets.audience import Audience
from sparky_assets.periods import Period, PeriodError, PeriodKind, parse
from sparky_assets.reader.answering import Reader, answer, answer_json, audience_of, reader_of
from sparky_assets.reader.api_models import Kind, Problem

PREFIX = "/api/v1"
PROBLEM_JSON = "application/problem+json"


class Query(BaseModel):
    """Parameters behind the question mark. An unknown one is refused: a typing error is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LatestQuery(Query):
    """The newest of which kind."""

    kind: Kind = Field("day", description="Of days, weeks or months.")


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    """A request that is not answered, with its status and why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass
class Ask:
    """One request as an operation sees it."""

    reader: Reader
    audience: Audience
    path: Mapping[str, str]
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
            return PeriodKind.from_noun(self.path["kind"])
        except PeriodError as error:
            raise Refused(404, str(error)) from None

    @property
    def period(self) -> Period:
        """The period in the address.

        Raises:
            Refused: when it is none.
        """
        return period_in(self.kind, self.path["label"])


@dataclass(frozen=True)
class Operation:
    """One address of the API."""

    path: str
    summary: str
    act: Callable[[Ask], BaseModel | str]
    answers: type[BaseModel] | str
    """A model for JSON, or a media type for text."""
    query: type[Query] = Query
    about: Mapping[str, str] = field(default_factory=dict)
    """What its path parameters are."""

    @property
    def name(self) -> str:
        """Its id in OpenAPI."""
        return self.act.__name__

    def route(self) -> Route:
        """The route that serves it."""
        return Route(PREFIX + self.path, self._endpoint(), methods=["GET"])

    def _endpoint(self) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            try:
                ask = Ask(reader_of(request), audience_of(request), request.path_params, self._read(request))
                given = self.act(ask)
            except Refused as refusal:
                return problem(request, refusal.status, refusal.detail)
            if isinstance(given, str):
                return answer(request, given, str(self.answers), modified=ask.modified)
            return answer_json(request, given.model_dump(mode="json"), modified=ask.modified)

        return endpoint

    def _read(self, request: Request) -> Query:
        try:
            return self.query.model_validate(dict(request.query_params))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            known = ", ".join(self.query.model_fields) or "none"
            said = f"unknown; known here: {known}" if first["type"] == "extra_forbidden" else first["msg"]
            raise Refused(400, f"The parameter {name[:60]} is wrong: {said}.") from None


def period_in(kind: PeriodKind, label: str) -> Period:
    """The period that a text names.

    Raises:
        Refused: when it names none.
    """
    try:
        return parse(kind, label[:40])
    except PeriodError as error:
        raise Refused(404, str(error)) from None


def problem(request: Request, status: int, detail: str) -> Response:
    """A refusal as problem+json."""
    titles = {400: "Bad request", 401: "Sign in first", 404: "Not found", 405: "Method not allowed"}
    body = Problem(title=titles.get(status, "Refused"), status=status, detail=clean(detail))
    headers = {"www-authenticate": "Bearer"} if status == 401 else {"allow": "GET, HEAD"} if status == 405 else {}
    return answer(request, json.dumps(body.model_dump()), PROBLEM_JSON, status=status, headers=headers)


def clean(text: str) -> str:
    """Text that may hold what a caller sent: printable, and JSON in any encoding."""
    return re.sub(r"[\x00-\x1f\ud800-\udfff]", "\ufffd", text)[:400]
