"""Write docs/packages.md: every package with its first sentence, every module with its first clause.

`python -m tools.package_map` writes the page; a test compares it, so that the map equals the docstrings.
"""

import ast
import re
from pathlib import Path

from tools import house

PAGE = house.ROOT / "docs/packages.md"
HEAD = """# Map of the packages

Made from the first words of each module by `just docs`. `resources` imports nothing of Sparky, `sparky_assets` imports
`resources`, `schedules` imports `sparky_assets`, and `sparky_assets/definitions.py` puts everything together. Every
stage has `assets.py` (Dagster's side: read, call, write), `models.py` (types), `checks.py` (what must hold before the
next stage reads), and pure modules named after what they compute. Where to begin for a change:
[Where do I change X](architecture.md#where-do-i-change-x).

"""
STAGE_FILES = ("assets.py", "models.py", "checks.py")
"""The files that the introduction of the page describes."""
MIN_WORDS = 3
"""Minimum length of a first clause; below it the map shows the whole sentence."""


def get_first_sentence(docstring: str | None) -> str:
    """Return the first sentence of a docstring on one line, without its full stop."""
    paragraph = " ".join((docstring or "").strip().partition("\n\n")[0].split())
    return re.split(r"(?<=[a-z0-9)`])\. ", paragraph)[0].rstrip(".").replace("|", "\\|")


def get_first_clause(docstring: str | None) -> str:
    """Return a docstring's first sentence up to its first colon or semicolon."""
    sentence = get_first_sentence(docstring)
    clause = re.split(r"[:;] ", sentence)[0]
    return clause if len(clause.split()) >= MIN_WORDS else sentence


def build_page() -> str:
    """Return the page: a section for each package with its sentence, a line for each module."""
    modules = house.read_modules(house.ROOT)
    folders = sorted({str(Path(module.path).parent) for module in modules})
    lines = []
    for folder in folders:
        inside = {Path(module.path).name: module for module in modules if str(Path(module.path).parent) == folder}
        package = inside.pop("__init__.py", None)
        about = get_first_sentence(ast.get_docstring(package.tree)) if package else ""
        lines += [f"## `{folder}/`", "", f"{about}.", ""]
        for name, module in sorted(inside.items()):
            if name not in STAGE_FILES:
                lines.append(f"* `{name}`: {get_first_clause(ast.get_docstring(module.tree))}")
        lines.append("")
    return HEAD + re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(build_page())


if __name__ == "__main__":
    main()
