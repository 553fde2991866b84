"""Hunks of diffs without context lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.git.diffs.hunks import are_reworded, parse_hunks

DIFF = """\
diff --git a/old name.sql b/new name.sql
similarity index 90%
rename from old name.sql
rename to new name.sql
index 1111111..2222222 100644
--- a/old name.sql\t
+++ b/new name.sql\t
@@ -3,2 +3 @@ select
--- a comment
-select 1
+select 2
\\ No newline at end of file
@@ -9,0 +9,2 @@
+++ x
+y
diff --git a/new.txt b/new.txt
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/new.txt
@@ -0,0 +1 @@
+z
"""


def test_hunks_have_their_files_lines_and_counts() -> None:
    first, second, new = parse_hunks(DIFF)
    assert (first.old_path, first.path, first.blob) == ("old name.sql", "new name.sql", "2222222")
    assert (first.old_first_line, first.removed_count, first.first_line) == (3, 2, 3)
    assert (first.removed, first.added, first.is_new) == (("-- a comment", "select 1"), ("select 2",), False)
    assert (second.removed_count, second.removed, second.added) == (0, (), ("++ x", "y"))
    assert (new.old_path, new.path, new.added, new.is_new) == ("", "new.txt", ("z",), True)


def test_path_in_quotes_is_left_out() -> None:
    (hunk,) = parse_hunks('--- "a/\\303\\244"\n+++ "b/\\303\\244"\n@@ -1 +1 @@\n-a\n+b\n')
    assert (hunk.path, hunk.old_path) == ("", "")


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    for hunk in parse_hunks(text):
        assert isinstance(hunk.added, tuple)


@pytest.mark.parametrize(
    ("removed", "added", "reworded"),
    [
        (["- Fixed a lamp that", "  burns."], ["- Fixed a", "  lamp that burns."], True),
        (["- Fixed a map for integers over the safe"], ["- Fixed a map for ints over the safe"], True),
        (["- Fixed a lamp"], ["- Fixed a lamp.", "- Ships can now be painted in the colour of their pier"], False),
        ([], ["- Fixed a lamp"], False),
    ],
)  # fmt: skip
def test_lines_that_say_again_what_they_replace_are_reworded(
    removed: list[str], added: list[str], reworded: bool
) -> None:
    assert are_reworded(removed, added) is reworded
