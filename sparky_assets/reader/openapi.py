"""The OpenAPI document, made from the operations; and the page to try them."""

from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.reader.answering import answer_json
from sparky_assets.reader.api import OPERATIONS
from sparky_assets.reader.api_models import Problem
from sparky_assets.reader.operations import PREFIX, PROBLEM_JSON, Operation
from sparky_assets.reader.pages import page

SCHEMAS = "#/components/schemas/{model}"
REFUSALS = {"400": "A parameter is wrong.", "401": "Sign in first.", "404": "It is not there."}


@cache
def document() -> dict[str, Any]:
    """The whole OpenAPI 3.1 document."""
    models = {one.answers for one in OPERATIONS if isinstance(one.answers, type)} | {Problem}
    # By name, so that the document is the same bytes in every process.
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "serialization") for model in ordered], ref_template=SCHEMAS)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sparky reader",
            "version": version("sparky"),
            "description": "Digests, the evidence of their sentences, numbers and the pipeline's state. Read-only.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "paths": {PREFIX + one.path: {"get": _operation(one)} for one in OPERATIONS},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation) -> dict[str, Any]:
    if isinstance(one.answers, str):
        content: dict[str, Any] = {one.answers.partition(";")[0]: {"schema": {"type": "string"}}}
    else:
        content = {"application/json": {"schema": _ref(one.answers)}}
    problems = {PROBLEM_JSON: {"schema": _ref(Problem)}}
    return {
        "operationId": one.name,
        "summary": one.summary,
        "description": (one.act.__doc__ or "").strip(),
        "parameters": [*_in_path(one), *_in_query(one)],
        "responses": {
            "200": {"description": one.summary, "content": content, "headers": _headers()},
            "304": {"description": "You hold it already."},
            **{code: {"description": why, "content": problems} for code, why in REFUSALS.items()},
        },
    }


def _in_path(one: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "description": about,
         "schema": {"type": "string", **({"enum": ["day", "week", "month"]} if name == "kind" else {"minLength": 1})}}
        for name, about in one.about.items()
    ]  # fmt: skip


def _in_query(one: Operation) -> list[dict[str, Any]]:
    schema = one.query.model_json_schema()
    found = []
    for name, about in schema.get("properties", {}).items():
        kind = {key: value for key, value in about.items() if key not in {"title", "description"}}
        # A parameter that may be left out is never sent as null.
        if options := [option for option in kind.pop("anyOf", ()) if option.get("type") != "null"]:
            kind = {**options[0], **{key: value for key, value in kind.items() if value is not None}}
        found.append(
            {"name": name, "in": "query", "required": name in schema.get("required", ()),
             "description": about.get("description", ""), "schema": kind}
        )  # fmt: skip
    return found


def _headers() -> dict[str, Any]:
    return {"ETag": {"schema": {"type": "string"}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": SCHEMAS.format(model=model.__name__)}


def openapi(request: Request) -> Response:
    """The document."""
    return answer_json(request, document())


def try_it(request: Request) -> Response:
    """A page with a form for each operation; without a script a form leads to the answer itself."""
    return page(request, "api.html.j2", {"operations": [(PREFIX + one.path, _operation(one)) for one in OPERATIONS]})
