"""Figures of the code base that tests and `just house` hold: sizes, names, plain English.

The limits and words are those of CONTRIBUTING.md. Pure functions over source text; nothing of the product is imported.
"""

import ast
import io
import re
import statistics
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.sequence_diagrams import PULL_REQUEST_TYPES

ROOT = Path(__file__).parents[1]
PACKAGES = ("resources", "sparky_assets", "schedules")
MAX_LINES = 600
MIN_LINES = 60
MAX_FILES_PER_FOLDER = 16
DOMAIN_WORDS = frozenset({"Period", "Claim", "Evidence", "Fact", "Digest", "Insight", "Edition", "Person"})
"""Class names of one word that are the domain's own."""
NOUNS = """
all allowed author blog claims comparable commits commit conditional consecutive contributor credits dagster days
default defs demo digest dora empty errors facts failure first footer found from history html idle in index insight
insights kinds known language last latest lost metric metrics model next non numbers of one out page pages path people
period periods person picture pipeline previous primary provenance publications raw recent recently releases
repositories repository same secret section shortness site stage statistics status storage summary table template
templates told tokens unhealthy version week weekly words
"""
NOT_VERBS = frozenset(NOUNS.split())
"""First words of function names that are nouns or adjectives. Everything else begins with a verb."""
BANNED_WORDS = re.compile(
    r"\b(told|tells of|whoever|nobody|anew|stands? (?:on|in|at|for)|lies? (?:in|at|there)|of ours|the world|the door"
    r"|shel(?:f|ves)|desks?|ladder|rungs?|parcels?)\b",
    re.IGNORECASE,
)
NEW_PAGES = ("glossary.md", "packages.md", "store.md")
"""Pages for newcomers, outside of the target of words, which is older."""
TEXT_TOKENS = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
"""Until Python 3.12 an f-string is one STRING token."""
BANNED_NAME_PARTS = frozenset({"told", "untold", "whoever", "nobody", "anew"})
"""Words between the underscores of a name: `is_told`. A name says what it holds."""
KEPT_NAMES = frozenset({"was_told", "is_told", "changes_told"})
"""Names with such a word that are stored (cursors of sensors, claims) or are part of the API."""
KEPT_TEXTS = ("the ids that the sentence stands on",)
"""Text with a banned word that stays: a prompt is part of the key of cached answers, and must not change."""
TEST_PACKAGES = ("tests", "benchmarks", "tools")
"""Packages whose string literals are input data or quote the product; their prose and names follow the rules."""
MAX_TEST_NAME_LENGTH = 70
BANNED_TEST_NAME = re.compile(r"the_(?:door|wall|world)|stands_on|tells_of|lies_in|of_ours")
"""Metaphors in names of tests and of their helpers."""
NO_SUBJECT = re.compile(r"test_(?:a|an|the|it|they|there|what|who|which|where)_")
"""Names begin with their subject: test_<subject>_<condition>_<result>."""
BAD_CONSTANT = re.compile(r"\b_?(?:MOST|LEAST|LONGEST|LARGEST|SHORTEST)_[A-Z]|\b[A-Z]+_A_[A-Z]+\b")


@dataclass(frozen=True)
class Module:
    """One source file: its path below the root, its text, and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self.text.splitlines())


def read_modules(root: Path, packages: tuple[str, ...] = PACKAGES) -> list[Module]:
    """Return every module below the packages, sorted by path."""
    paths = sorted(path for package in packages for path in (root / package).rglob("*.py"))
    return [Module(str(path.relative_to(root)), path.read_text(), ast.parse(path.read_text())) for path in paths]


def list_classes(modules: list[Module]) -> dict[str, list[str]]:
    """Return each class name, private ones too, with the modules that define it."""
    classes = defaultdict(list)
    for module in modules:
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef):
                classes[node.name].append(module.path)
    return classes


def is_one_word(class_name: str) -> bool:
    """Return whether a class name is a single word that is not the domain's own."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", class_name)
    return len(words) < 2 and class_name not in DOMAIN_WORDS


def list_functions(modules: list[Module]) -> list[tuple[str, str]]:
    """Return (module path, name) of every module-level function."""
    return [
        (module.path, node.name)
        for module in modules
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def begins_with_verb(function_name: str) -> bool:
    """Return whether the first word of a function name is a verb in its base form, or `is` or `has`."""
    first = function_name.strip("_").partition("_")[0]
    return (first not in NOT_VERBS and not first.endswith("ed")) or first in {"need", "feed", "embed", "seed"}


def find_text_faults(module: Module) -> Iterator[str]:
    """Yield `path:line: words` for each comment, docstring and other string that uses a banned word."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type in TEXT_TOKENS:
            for match in BANNED_WORDS.finditer(token.string):
                if any(text in token.string[: match.end()].rpartition("\n")[2] for text in KEPT_TEXTS):
                    continue
                line = token.start[0] + token.string[: match.start()].count("\n")
                yield f"{module.path}:{line}: {match[0]}"


def find_name_faults(module: Module) -> Iterator[str]:
    """Yield loops over `one`, banned words in names, and constants that hide their kind (`MOST_`, `_A_` for per)."""
    for number, line in enumerate(module.text.splitlines(), 1):
        if re.search(r"\bfor one in\b|\bfor one,|, one in\b", line):
            yield f"{module.path}:{number}: for one in"
        if match := BAD_CONSTANT.search(line):
            yield f"{module.path}:{number}: {match[0]}"
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        has_banned_part = not BANNED_NAME_PARTS.isdisjoint(token.string.lower().split("_"))
        if token.type == tokenize.NAME and has_banned_part and token.string not in KEPT_NAMES:
            yield f"{module.path}:{token.start[0]}: {token.string}"


def find_test_faults(module: Module) -> Iterator[str]:
    """Yield banned words in prose, and names that are banned, too long or without a subject, of tests and helpers."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT:
            yield from (f"{module.path}:{token.start[0]}: {match[0]}" for match in BANNED_WORDS.finditer(token.string))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            words = BANNED_WORDS.finditer(node.value.value)
            yield from (f"{module.path}:{node.lineno}: {match[0]}" for match in words)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = node.name.lower()
            is_bad_test = name.startswith("test_") and (len(name) > MAX_TEST_NAME_LENGTH or NO_SUBJECT.match(name))
            has_banned_word = not BANNED_NAME_PARTS.isdisjoint(name.split("_")) or BANNED_TEST_NAME.search(name)
            if is_bad_test or has_banned_word:
                yield f"{module.path}:{node.lineno}: {node.name}"


def count_importers(modules: list[Module]) -> dict[str, set[str]]:
    """Return, for each module path, the paths of the product modules that import it."""
    paths = {get_dotted_name(module.path): module.path for module in modules}
    importers: dict[str, set[str]] = {module.path: set() for module in modules}
    for module in modules:
        for name in find_imported_names(module):
            if name in paths and paths[name] != module.path:
                importers[paths[name]].add(module.path)
    return importers


def get_dotted_name(path: str) -> str:
    """Return the name by which the module of a path is imported."""
    return re.sub(r"(/__init__)?\.py$", "", path).replace("/", ".")


def find_imported_names(module: Module) -> set[str]:
    """Return the dotted names that a file imports, of modules and of what is in them."""
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def count_imports(modules: list[Module]) -> int:
    """Return the number of import statements."""
    return sum(isinstance(node, ast.Import | ast.ImportFrom) for module in modules for node in ast.walk(module.tree))


def count_doc_words(text: str) -> int:
    """Return the number of words; the strokes of a table and other markup alone are none."""
    return sum(any(char.isalnum() for char in word) for word in text.split())


def build_figures(root: Path) -> list[tuple[str, str, str]]:
    """Return rows of (figure, today, target) for `just house`."""
    modules = read_modules(root)
    files = [module for module in modules if not module.path.endswith("__init__.py")]
    classes = list_classes(modules)
    functions = list_functions(modules)
    folders = Counter(str(Path(module.path).parent) for module in files)
    fullest, most = folders.most_common(1)[0]
    assets = [module.lines for module in files if module.path.startswith("sparky_assets")]
    verbs = sum(begins_with_verb(name) for _, name in functions)
    words = sum(is_one_word(name) for name in classes)
    pages = [*root.glob("docs/**/*.md"), root / "README.md", root / "CONTRIBUTING.md"]
    docs = sum(count_doc_words(path.read_text()) for path in pages)
    new_docs = sum(count_doc_words((root / "docs" / name).read_text()) for name in NEW_PAGES)
    name_faults = sum(1 for module in modules for _ in find_name_faults(module))
    text_faults = sum(1 for module in modules for _ in find_text_faults(module))
    test_faults = sum(1 for module in read_modules(root, TEST_PACKAGES) for _ in find_test_faults(module))
    total = sum(module.lines for module in modules)
    return [
        ("product modules", f"{len(files)}", "about 175"),
        ("median lines of a module in sparky_assets", f"{statistics.median(assets):.0f}", "about 180"),
        ("longest module", f"{max(module.lines for module in files)}", f"at most {MAX_LINES}"),
        ("files in the fullest folder", f"{most} ({fullest})", f"{MAX_FILES_PER_FOLDER}"),
        ("class names used twice", f"{sum(len(paths) > 1 for paths in classes.values())}", "0"),
        ("class names of one word", f"{words / len(classes):.0%}", "at most 25 %"),
        ("module functions that begin with a verb", f"{verbs / len(functions):.0%}", "at least 65 %"),
        ("loops over `one`, banned names, constants MOST_ …", f"{name_faults}", "0"),
        ("banned words in docstrings, comments, strings", f"{text_faults}", "0"),
        ("banned words and names in tests, benchmarks, tools", f"{test_faults}", "0"),
        ("import statements a line of code", f"{count_imports(modules) / total:.1%}", "5 to 6 %"),
        ("types that a pull request passes on its way to print", f"{len(PULL_REQUEST_TYPES)}", "about 14"),
        ("words of documentation (in `NEW_PAGES`)", f"{docs:,} ({new_docs:,})", "about 27,000, and the new pages"),
    ]


def find_faults(root: Path) -> list[str]:
    """Return every name and word that breaks a rule, with its file and line."""
    faults = [
        fault
        for module in read_modules(root)
        for find in (find_text_faults, find_name_faults)
        for fault in find(module)
    ]
    return faults + [fault for module in read_modules(root, TEST_PACKAGES) for fault in find_test_faults(module)]


def main() -> None:
    """Print the figures as a table, then each fault with its file and line."""
    for figure, today, target in build_figures(ROOT):
        print(f"{figure:<55} {today:>28}   {target}")
    for fault in find_faults(ROOT):
        print(fault)


if __name__ == "__main__":
    main()
