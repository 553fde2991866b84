"""Every product module has a test file that `just tests-of` finds."""

from tools.house import ROOT
from tools.tests_of import list_tests, read_imports

IMPORTS = read_imports(ROOT)


def test_tests_of_every_module_are_found() -> None:
    modules = [path for path in IMPORTS if not path.startswith("tests/") and not path.endswith("__init__.py")]
    assert [path for path in modules if not list_tests(path, IMPORTS)] == []


def test_tests_of_a_module_begin_with_the_file_of_its_name() -> None:
    tests = list_tests("sparky_assets/text/paths.py", IMPORTS)
    assert tests[0] == "tests/text/test_paths.py"
    assert list_tests("sparky_assets/cli/stories.py", IMPORTS)[0] == "tests/cli/test_stories.py"


def test_tests_of_a_module_that_no_test_imports_are_those_of_its_importers() -> None:
    imports = {"a/one.py": set(), "a/two.py": {"a.one"}, "tests/test_two.py": {"a.two"}, "tests/helper.py": {"a.one"}}
    assert list_tests("a/one.py", imports) == ["tests/test_two.py"]
    assert list_tests("a/two.py", imports) == ["tests/test_two.py"]
    assert list_tests("a/three.py", imports) == []
