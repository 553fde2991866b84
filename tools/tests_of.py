"""Print the test files of a module: its own, then those that import it, or else those that reach it through others.

`just tests-of sparky_assets/stories/rank.py` prints one path a line, the closest first. `just test $(just tests-of …)`
runs them.
"""

import ast
import re
import sys
from pathlib import Path

from tools.house import ROOT, Module, find_imported_names, get_dotted_name, read_modules


def list_tests(path: str, imports: dict[str, set[str]]) -> list[str]:
    """Return the test files of a product module, the closest first.

    Args:
        path: the module, below the root of the repository.
        imports: for each product module and test file the dotted names that it imports.

    Returns:
        The file of the module's own name and files that import it. Where there is neither, the files that import a
        module that imports it, or one step further, until a test is found. Sorted by path.
    """
    own_names = {f"test_{Path(path).stem}", f"test_{Path(path).parent.name}_{Path(path).stem}"}
    own = [
        name
        for name in imports
        if Path(name).stem in own_names and is_test(name) and Path(name).parent.name in ("tests", *Path(path).parts)
    ]
    reached, level = {path}, {path}
    while level:
        names = {get_dotted_name(module) for module in level}
        importers = {name for name, imported in imports.items() if imported & names} - reached
        tests = sorted(name for name in importers if is_test(name) and name not in own)
        if tests or own:
            return [*own, *tests]
        level = {name for name in importers if not name.startswith("tests/")}
        reached |= level
    return []


def is_test(path: str) -> bool:
    """Return whether a path is a test file; helpers of tests are none."""
    return path.startswith("tests/") and Path(path).name.startswith("test_")


def find_imports(module: Module) -> set[str]:
    """Return the dotted names that a file imports, of modules and of what is in them.

    Commands of the command line are imported by name when they are called: dotted names in strings count too, and in
    tests/cli each word of a string that may be a command.
    """
    of_commands = module.path.startswith("tests/cli/")
    names = find_imported_names(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = re.findall(r"[a-z]{4,}", node.value) if of_commands else ()
            names |= {node.value, *(f"sparky_assets.cli.{word}" for word in words)}
            names |= {f"sparky_assets.cli.operations.{word}" for word in words}
    return names


def read_imports(root: Path) -> dict[str, set[str]]:
    """Return the imports of every product module and test file, by path."""
    return {module.path: find_imports(module) for module in [*read_modules(root), *read_modules(root, ("tests",))]}


def main() -> None:
    """Print the test files of the module that the command line names."""
    imports = read_imports(ROOT)
    if len(sys.argv) != 2 or sys.argv[1] not in imports:
        raise SystemExit("name one module, for example sparky_assets/stories/rank.py")
    print(*list_tests(sys.argv[1], imports), sep="\n")


if __name__ == "__main__":
    main()
