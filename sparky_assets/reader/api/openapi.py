"""The OpenAPI document, made from the operations; and the page to try them."""

from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.reader.api.models import ProblemDetails
from sparky_assets.reader.api.operations import API_PREFIX, PROBLEM_MEDIA_TYPE, ApiOperation
from sparky_assets.reader.api.routes import OPERATIONS
from sparky_assets.reader.pages.common import render_page
from sparky_assets.reader.responses import conditional_json_response

SCHEMA_REF_TEMPLATE = "#/components/schemas/{model}"


PROBLEM_DESCRIPTIONS = {"400": "A parameter is wrong.", "401": "Sign in first.", "404": "It is not there."}


@cache
def build_openapi_document() -> dict[str, Any]:
    """The whole OpenAPI 3.1 document."""
    models = {operation.response_type for operation in OPERATIONS if isinstance(operation.response_type, type)} | {
        ProblemDetails
    }
    # By name, so that the document is the same bytes in every process.
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "serialization") for model in ordered], ref_template=SCHEMA_REF_TEMPLATE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sparky reader",
            "version": version("sparky"),
            "description": "Digests, the evidence of their sentences, numbers and the pipeline's state. Read-only.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "paths": {API_PREFIX + operation.path: {"get": _describe_operation(operation)} for operation in OPERATIONS},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _describe_operation(operation: ApiOperation) -> dict[str, Any]:
    if isinstance(operation.response_type, str):
        content: dict[str, Any] = {operation.response_type.partition(";")[0]: {"schema": {"type": "string"}}}
    else:
        content = {"application/json": {"schema": _make_schema_ref(operation.response_type)}}
    problems = {PROBLEM_MEDIA_TYPE: {"schema": _make_schema_ref(ProblemDetails)}}
    return {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "description": (operation.handler.__doc__ or "").strip(),
        "parameters": [*_describe_path_params(operation), *_describe_query_params(operation)],
        "responses": {
            "200": {"description": operation.summary, "content": content, "headers": _describe_headers()},
            "304": {"description": "You hold it already."},
            **{code: {"description": why, "content": problems} for code, why in PROBLEM_DESCRIPTIONS.items()},
        },
    }


def _describe_path_params(operation: ApiOperation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "description": about,
         "schema": {"type": "string", **({"enum": ["day", "week", "month"]} if name == "kind" else {"minLength": 1})}}
        for name, about in operation.path_param_descriptions.items()
    ]  # fmt: skip


def _describe_query_params(operation: ApiOperation) -> list[dict[str, Any]]:
    schema = operation.query_model.model_json_schema()
    parameters = []
    for name, about in schema.get("properties", {}).items():
        kind = {key: value for key, value in about.items() if key not in {"title", "description"}}
        # A parameter that may be left out is never sent as null.
        if options := [option for option in kind.pop("anyOf", ()) if option.get("type") != "null"]:
            kind = {**options[0], **{key: value for key, value in kind.items() if value is not None}}
        parameters.append(
            {"name": name, "in": "query", "required": name in schema.get("required", ()),
             "description": about.get("description", ""), "schema": kind}
        )  # fmt: skip
    return parameters


def _describe_headers() -> dict[str, Any]:
    return {"ETag": {"schema": {"type": "string"}}}


def _make_schema_ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": SCHEMA_REF_TEMPLATE.format(model=model.__name__)}


def serve_openapi_document(request: Request) -> Response:
    """The document."""
    return conditional_json_response(request, build_openapi_document())


def show_api_page(request: Request) -> Response:
    """A page with a form for each operation; without a script a form leads to the answer itself."""
    return render_page(
        request,
        "api.html.j2",
        {"operations": [(API_PREFIX + operation.path, _describe_operation(operation)) for operation in OPERATIONS]},
    )
