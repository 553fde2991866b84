"""Write `tests/contracts/github.graphql`: GitHub's public schema without its descriptions."""

import sys
from pathlib import Path
from typing import Any

from graphql import Node, Visitor, parse, print_ast, visit

SCHEMA_FILE = Path(__file__).parents[1] / "tests/contracts/github.graphql"


class DescriptionRemover(Visitor):
    """Remove the descriptions of all types, fields, arguments and values: two thirds of the bytes."""

    def enter(self, node: Node, *_: Any) -> None:
        """Remove the description of one node."""
        if getattr(node, "description", None):
            node.description = None


def remove_descriptions(schema: str) -> str:
    """Return a schema in the schema language without descriptions."""
    document = parse(schema, no_location=True)
    visit(document, DescriptionRemover())
    return print_ast(document) + "\n"


def main() -> None:
    """Write the schema from the file that the command line names."""
    SCHEMA_FILE.write_text(remove_descriptions(Path(sys.argv[1]).read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
