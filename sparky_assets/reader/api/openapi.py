"""The OpenAPI document, made by FastAPI from the operations; and the page to try them."""

from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.reader.api import digests, numbers
from sparky_assets.reader.api.operations import router
from sparky_assets.reader.pages.common import render_page
from sparky_assets.reader.responses import conditional_json_response

OPERATION_MODULES = (digests, numbers)
"""Modules that add operations to the router when they are imported."""

VALIDATION_SCHEMAS = ("HTTPValidationError", "ValidationError")
"""FastAPI's own description of a wrong parameter; here it is a problem document with 400."""


@cache
def build_openapi_document() -> dict[str, Any]:
    """Return the whole OpenAPI 3.1 document."""
    document = get_openapi(
        title="Sparky reader",
        version=version("sparky"),
        description="Digests, the evidence of their sentences, numbers and the pipeline's state. Read-only.",
        routes=router.routes,
        servers=[{"url": "/"}],
    )
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            operation["responses"]["200"]["headers"] = {"ETag": {"schema": {"type": "string"}}}
            # A parameter that may be left out is never sent as null.
            for parameter in operation.setdefault("parameters", []):
                parameter["schema"] = _leave_out_null(parameter["schema"])
    for name in VALIDATION_SCHEMAS:
        document["components"]["schemas"].pop(name, None)
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}, {}]
    return document


def _leave_out_null(schema: dict[str, Any]) -> dict[str, Any]:
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "title", "description"}}
    return {**(options[0] if options else {}), **{key: value for key, value in rest.items() if value is not None}}


def serve_openapi_document(request: Request) -> Response:
    """Serve the document."""
    return conditional_json_response(request, build_openapi_document())


def show_api_page(request: Request) -> Response:
    """Show a page with a form for each operation; without a script a form leads to the answer itself."""
    paths = build_openapi_document()["paths"]
    return render_page(request, "api.html.j2", {"operations": [(path, item["get"]) for path, item in paths.items()]})
