"""Rules that hold for every file: sizes, names, plain English, direction of imports, nothing private in git.

Each rule is one test whose message lists every violation. `just house` prints the same figures with their targets.
"""

import ast
import subprocess
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

from tools import house

ROOT = house.ROOT
LISTING = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
SMALL_MODULES: dict[str, str] = {
    "sparky_assets/errors.py": "errors",
    "sparky_assets/digests/context.py": "three modules of the package share it",
    "sparky_assets/insights/claims/drafts.py": "every module of the package builds on it",
}
"""Modules below the minimum of lines, with the reason why each stays one."""
REGISTERED_FOLDER = "sparky_assets/destinations/"
"""One module a kind, imported by the registry alone."""


@cache
def read_product() -> list[house.Module]:
    """Return the product's modules, parsed. Not at import: every process of `-n` collects this file, one runs it."""
    return house.read_modules(ROOT)


@cache
def list_tracked_files() -> list[str]:
    """Return the files that git tracks or would track, relative to the root."""
    listing = subprocess.run(LISTING, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def list_imported_packages(module: house.Module) -> set[str]:
    """The top-level packages that a module imports."""
    return {name.partition(".")[0] for name in house.find_imported_names(module)}


def test_every_module_has_a_docstring() -> None:
    assert [module.path for module in read_product() if not (ast.get_docstring(module.tree) or "").strip()] == []


def test_no_module_is_longer_than_its_limit() -> None:
    assert [(module.path, module.lines) for module in read_product() if module.lines > house.MAX_LINES] == []


def test_small_module_has_a_reason() -> None:
    importers = house.count_importers(read_product())
    small = {
        module.path
        for module in read_product()
        if module.lines < house.MIN_LINES
        and not module.path.endswith("__init__.py")
        and not module.path.startswith(REGISTERED_FOLDER)
    }
    with_one_importer = {path for path in small if len(importers[path]) == 1}
    assert with_one_importer - SMALL_MODULES.keys() == set()
    assert SMALL_MODULES.keys() - small == set(), "a reason for a module that is not small any more"


def test_no_folder_holds_more_files_than_its_limit() -> None:
    folders = Counter(
        str(Path(module.path).parent) for module in read_product() if not module.path.endswith("__init__.py")
    )
    assert {folder: count for folder, count in folders.items() if count > house.MAX_FILES_PER_FOLDER} == {}


def test_class_names_are_used_once() -> None:
    assert {name: paths for name, paths in house.list_classes(read_product()).items() if len(paths) > 1} == {}


def test_class_names_have_two_words() -> None:
    classes = house.list_classes(read_product())
    assert sum(house.is_one_word(name) for name in classes) <= len(classes) // 4


def test_functions_begin_with_a_verb() -> None:
    functions = house.list_functions(read_product())
    assert sum(house.begins_with_verb(name) for _, name in functions) >= 0.65 * len(functions)


def test_no_name_hides_what_it_holds() -> None:
    assert [fault for module in read_product() for fault in house.find_name_faults(module)] == []


def test_text_of_the_code_is_plain_english() -> None:
    assert [fault for module in read_product() for fault in house.find_text_faults(module)] == []


def test_prose_and_names_of_tests_are_plain_english() -> None:
    modules = house.read_modules(ROOT, house.TEST_PACKAGES)
    assert [fault for module in modules for fault in house.find_test_faults(module)] == []


def test_rule_for_tests_finds_prose_and_names_and_spares_data() -> None:
    text = (
        '"""Whoever reads."""\n'
        "def test_the_door_is_shut(): pass  # nobody\n"
        "def test_reader_opens_the_world(): pass\n"
        f"def test_{'x' * 70}(): pass\n"
        "def test_a_digest_is_printed(): pass\n"
        "class Told: title = 'nobody is told'\n"
        "def test_digest_of_a_week_is_printed(): pass\n"
    )
    faults = list(house.find_test_faults(house.Module("made_up.py", text, ast.parse(text))))
    assert sorted(int(fault.split(":")[1]) for fault in faults) == [1, 2, 2, 3, 4, 5, 6]


def test_rules_find_what_they_forbid() -> None:
    text = (
        "# Whoever reads, nobody is told.\nMOST_ROWS = 3\nfor one in range(MOST_ROWS):\n    pass  # lies in git\n"
        "is_untold = was_told = 1\n"
    )
    module = house.Module("made_up.py", text, ast.parse(text))
    assert len(list(house.find_text_faults(module))) == 4
    assert len(list(house.find_name_faults(module))) == 4
    one_word = [house.is_one_word(name) for name in ("Found", "_Lines", "Period", "CommitBatch")]
    assert one_word == [True, True, False, False]
    names = ("load_day", "_is_open", "statistics_of", "told", "rows_of")
    assert [house.begins_with_verb(name) for name in names] == [True, True, False, False, True]


def test_imports_point_one_way() -> None:
    """`resources` imports no other package, `settings` and `text` no stage, and only `definitions` the schedules."""
    stages = ("raw", "metrics", "insights", "digests", "publications", "reader", "cli")
    faults = []
    for module in read_product():
        package, packages = module.path.partition("/")[0], list_imported_packages(module)
        if package == "resources" and packages & {"sparky_assets", "schedules"}:
            faults.append(module.path)
        if package == "sparky_assets" and module.path != "sparky_assets/definitions.py" and "schedules" in packages:
            faults.append(module.path)
        if module.path.startswith("sparky_assets/settings/"):
            faults += [module.path for stage in stages if f"from sparky_assets.{stage}" in module.text]
    assert faults == []


def test_no_definition_module_postpones_its_annotations() -> None:
    """Dagster refuses a context parameter whose type is only a string."""
    postponed = "from __future__ import annotations"
    of_dagster = [module for module in read_product() if "dagster" in list_imported_packages(module)]
    assert [module.path for module in of_dagster if postponed in module.text] == []


def test_no_file_names_a_registry_or_a_path_of_a_developer_machine() -> None:
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb" + "ian.org"]
    faults = []
    for name in list_tracked_files():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        faults += [f"{name}: {word}" for word in (*hosts, "/work/" + "main") if word in text]
    assert faults == []


def test_mutation_testing_names_files_that_exist() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]
    names = [*settings["only_mutate"], *settings["pytest_add_cli_args_test_selection"]]
    assert [name for name in names if not (ROOT / name).is_file()] == []
