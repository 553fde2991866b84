"""Write the reader's HTTP API into docs/api.md, from the OpenAPI document that the reader serves.

`python -m tools.api_reference` writes the marked block; a test compares it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sparky_assets.reader.api.openapi import build_openapi_document

PAGE = Path("docs/api.md")
BLOCK = re.compile(r"(?<=<!-- made: operations -->\n).*?(?=<!-- end -->)", re.DOTALL)


def main() -> None:
    """Write the block."""
    PAGE.write_text(page(PAGE.read_text()))


def page(text: str) -> str:
    """Return the page with the block as the reader describes itself now."""
    made = "\n".join(operations(build_openapi_document()))
    return BLOCK.sub(lambda _: f"\n{made}\n\n", text)


def operations(described: Mapping[str, Any]) -> Iterator[str]:
    """Return a table of the operations, then one of the answers' fields for each kind of answer."""
    yield "| `GET` | answers | parameters |\n|---|---|---|"
    for path, methods in described["paths"].items():
        for operation in methods.values():
            in_query = (parameter for parameter in operation.get("parameters", ()) if parameter["in"] == "query")
            parameters = "; ".join(map(_parameter, in_query))
            yield f"| `{path}` | {_cell(operation['summary'])}{_answer(operation)} | {_cell(parameters)} |"
    yield from describe_models(described["components"]["schemas"])


def describe_models(schemas: Mapping[str, Any]) -> Iterator[str]:
    """Return the fields of each object of a JSON schema, by type."""
    for name, schema in sorted(schemas.items()):
        if "properties" in schema:
            yield f"\n#### {name}\n\n{_cell(schema.get('description', ''))}\n"
            by_type: dict[str, list[str]] = {}
            for field, about in schema["properties"].items():
                by_type.setdefault(_type(about), []).append(_field(field, about))
            yield from (f"* {kind}: {', '.join(names)}" for kind, names in by_type.items())
        elif "enum" in schema:
            yield f"\n#### {name}\n\n{_type(schema)}."


def _field(name: str, about: Mapping[str, Any]) -> str:
    """Return a field and, in brackets, its description if the name does not say everything."""
    text = _cell(about.get("description", "")).rstrip(".")
    return f"`{name}` ({text})" if text else f"`{name}`"


def _answer(operation: Mapping[str, Any]) -> str:
    """Return the kind of the answer as a link to its fields, if it is an object of the API."""
    schemas = (content.get("schema", {}) for content in operation["responses"]["200"]["content"].values())
    names = [schema["$ref"].rpartition("/")[2] for schema in schemas if "$ref" in schema]
    return "".join(f" [{name}](#{name.lower()})" for name in names)


def _parameter(parameter: Mapping[str, Any]) -> str:
    schema = parameter["schema"]
    allowed = f" ({', '.join(map(str, schema['enum']))})" if "enum" in schema else ""
    default = f" [{schema['default']}]" if schema.get("default") is not None else ""
    # The allowed values are enough: day, week, month.
    text = "" if allowed else f": {parameter.get('description', '').rstrip('.')}"
    return f"`{parameter['name']}`{allowed}{default}{text}"


def _type(about: Mapping[str, Any]) -> str:
    """Return a type in words; a kind of answer is a link."""
    if "$ref" in about:
        name = about["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if options := about.get("anyOf") or about.get("allOf") or about.get("oneOf"):
        return " or ".join(dict.fromkeys(_type(option) for option in options))
    if about.get("type") == "array":
        items = about.get("prefixItems", [about.get("items", {})])
        return f"list of {' and '.join(dict.fromkeys(map(_type, items)))}"
    if "enum" in about or "const" in about:
        return ", ".join(f"`{value}`" for value in about.get("enum", [about.get("const")]))
    return str(about.get("format") or about.get("type") or "any")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
