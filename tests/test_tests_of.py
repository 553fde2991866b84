"""Every product module has a test file that `just tests-of` finds."""

import pytest

from tools.house import ROOT
from tools.tests_of import list_tests, read_imports


@pytest.fixture(scope="module")
def all_imports() -> dict[str, set[str]]:
    """Return the imports of all files. Not at import: five seconds in every process of `-n`."""
    return read_imports(ROOT)


def test_tests_of_every_module_are_found(all_imports: dict[str, set[str]]) -> None:
    modules = [path for path in all_imports if not path.startswith("tests/") and not path.endswith("__init__.py")]
    assert [path for path in modules if not list_tests(path, all_imports)] == []


def test_tests_of_a_module_begin_with_the_file_of_its_name(all_imports: dict[str, set[str]]) -> None:
    tests = list_tests("sparky_assets/text/paths.py", all_imports)
    assert tests[0] == "tests/text/test_paths.py"
    assert list_tests("sparky_assets/cli/stories.py", all_imports)[0] == "tests/cli/test_stories.py"


def test_tests_of_a_module_that_no_test_imports_are_those_of_its_importers() -> None:
    imports = {"a/one.py": set(), "a/two.py": {"a.one"}, "tests/test_two.py": {"a.two"}, "tests/helper.py": {"a.one"}}
    assert list_tests("a/one.py", imports) == ["tests/test_two.py"]
    assert list_tests("a/two.py", imports) == ["tests/test_two.py"]
    assert list_tests("a/three.py", imports) == []
