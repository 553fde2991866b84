"""Write docs/packages.md: every package and module with the first sentence of its docstring.

`python -m tools.package_map` writes the page; a test compares it, so that the map is the code's own words.
"""

import ast
import re
from pathlib import Path

from tools import house

PAGE = house.ROOT / "docs/packages.md"
HEAD = """# Map of the packages

Made from the first sentence of each module by `just docs`. Imports point one way: `resources` imports nothing of
Sparky, `sparky_assets` imports `resources`, `schedules` imports `sparky_assets`, and `sparky_assets/definitions.py`
puts everything together. A stage has the same files everywhere: `assets.py` (Dagster's side: read, call, write),
`models.py` (types), `checks.py` (what must hold before the next stage reads), and pure modules named after what they
compute.

"""


def get_first_sentence(docstring: str | None) -> str:
    """Return the first sentence of a docstring on one line, without its full stop."""
    paragraph = " ".join((docstring or "").strip().partition("\n\n")[0].split())
    return re.split(r"(?<=[a-z0-9)`])\. ", paragraph)[0].rstrip(".").replace("|", "\\|")


def build_page() -> str:
    """Return the page: a section a package, a row a module."""
    modules = house.read_modules(house.ROOT)
    folders = sorted({str(Path(module.path).parent) for module in modules})
    lines = []
    for folder in folders:
        inside = [module for module in modules if str(Path(module.path).parent) == folder]
        heads = {Path(module.path).name: get_first_sentence(ast.get_docstring(module.tree)) for module in inside}
        lines += [f"## `{folder}/`", "", f"{heads.pop('__init__.py', '')}.", ""]
        if heads:
            lines += ["| module | holds |", "|---|---|"]
            lines += [f"| `{name}` | {sentence} |" for name, sentence in sorted(heads.items())]
            lines.append("")
    return HEAD + "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(build_page())


if __name__ == "__main__":
    main()
