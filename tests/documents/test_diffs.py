"""Minimums at the ends of a period, and the texts that came with a change."""

from sparky_assets.documents.diffs import find_diff_consequences, index_sources, join_minimums, list_change_texts
from sparky_assets.documents.models import SourceKind, SourceText


def make_source(old: str, new: str, *, path: str = "Cargo.toml", sha: str = "a" * 40) -> SourceText:
    text = f'-rust-version = "{old}"\n+rust-version = "{new}"'
    key = f"note:acme/web@{sha}:{path}"
    return SourceText(key=key, kind="diff", repository="acme/web", text=text, path=path)


def test_minimum_is_compared_at_the_ends_of_the_period() -> None:
    first, last = make_source("1.90", "1.91"), make_source("1.91", "1.93", sha="b" * 40)
    (joined,) = join_minimums([first, last])
    assert (joined.first, joined.last) == (first, last)
    assert (joined.raised.old, joined.raised.new) == ("1.90", "1.93")


def test_outermost_manifest_counts_of_a_workspace() -> None:
    sources = [make_source("1.90", "1.91", path="crates/a/Cargo.toml"), make_source("1.90", "1.91")]
    assert [joined.last.path for joined in join_minimums(sources)] == ["Cargo.toml"]


def test_source_that_is_no_pair_of_lines_says_nothing() -> None:
    for text in ("", "-a", "-a\n+b\n+c", "+a\n-b"):
        source = make_source("1", "2").model_copy(update={"text": text})
        assert find_diff_consequences(source) == []
    assert join_minimums([source]) == []


def test_texts_of_a_change_are_found_by_its_commit() -> None:
    def make(kind: SourceKind, path: str) -> SourceText:
        return SourceText(key=f"note:acme/web@{'c' * 40}:{path}", kind=kind, repository="acme/web", text="x", path=path)

    sources = [make("change_note", "NEWS.md"), make("help_text", "a.py"), make("documentation", "b.md")]
    sources.append(make("diff", "c.py"))
    found = index_sources([*sources, make_source("1", "2")])["acme/web", "c" * 40]
    assert list_change_texts(found) == ([sources[0].key], [sources[1].key, sources[2].key], [sources[3].key])
    assert list_change_texts([*found, make("help_text", "d.py")])[1] == [sources[2].key]
