"""The store: documents and texts, existing and missing keys, names, and any location that fsspec supports."""

import json
import os
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from resources.errors import StorageError
from resources.storage import Storage
from sparky_assets.raw.tables import COMMITS
from tests.resources.storage_helpers import KEY, NAME, Story, a_commit, file_of, refusal

# --- Documents and texts


@given(st.text(), st.integers(-(2**63), 2**63), st.lists(st.text(), max_size=3))
def test_document_comes_back_as_it_was_written(title: str, words: int, tags: list[str]) -> None:
    memory = Storage(root="memory://documents")
    story = Story(title=title, words=words, tags=tags)
    memory.write_document("daily/insights", KEY, story)
    assert memory.read_document("daily/insights", KEY, Story) == story


def test_equal_documents_are_equal_bytes_for_any_order_of_keys(store: Storage) -> None:
    class Counts(BaseModel):
        counts: dict[str, int]

    one = store.write_document("daily/metrics", "a", Counts(counts={"x": 1, "y": 2}))
    other = store.write_document("daily/metrics", "b", Counts(counts={"y": 2, "x": 1}))
    assert one.sha256 == other.sha256


def test_document_can_be_read_by_people(store: Storage) -> None:
    stored = store.write_document("daily/insights", KEY, Story(title="Ölfarben 🎨", words=2))
    assert '"title": "Ölfarben 🎨"' in Path(stored.path).read_text(encoding="utf-8")
    assert Path(stored.path).read_bytes().endswith(b"}\n")


class Line(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str
    at: datetime
    share: Decimal
    lines: tuple["Line", ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    value: int | Decimal
    names: tuple[str, ...]


class Page(BaseModel):
    numbers: tuple[Number, ...]
    lines: tuple[Line, ...]
    mixed: tuple[Line | datetime, ...]
    first: Line | None
    places: dict[str, Line]
    rank: tuple[float, ...]


def test_document_of_many_models_is_written_as_its_whole_dump(store: Storage) -> None:
    at = datetime(2025, 11, 12, 7, 30, 0, 250_000, UTC)
    line = Line(text="Ölfarben\n", at=at, share=Decimal("12.50"))
    nested = Line(text="", at=at, share=Decimal(0), lines=(line, line))
    numbers = (Number(value=3, names=("b", "a")), Number(value=Decimal("0.10"), names=()))
    page = Page(
        numbers=numbers, lines=(nested, line), mixed=(line, at), first=nested, places={"b": line, "a": nested},
        rank=(-0.0, 1e22, 5.0),
    )  # fmt: skip
    stored = store.write_document("daily/insights", KEY, page)
    text = json.dumps(page.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    assert Path(stored.path).read_text(encoding="utf-8") == text
    assert store.read_document("daily/insights", KEY, Page) == page


@given(st.text())
def test_text_comes_back_as_it_was_written(written: str) -> None:
    memory = Storage(root="memory://texts")
    memory.write_text("daily/digest", KEY, written)
    assert memory.read_text("daily/digest", KEY) == written


def test_line_ends_are_kept(store: Storage) -> None:
    store.write_text(NAME, KEY, "a\r\nb\rc\n")
    assert file_of(store, "md").read_bytes() == b"a\r\nb\rc\n"
    assert store.read_text(NAME, KEY) == "a\r\nb\rc\n"


def test_text_with_half_a_character_is_refused_and_the_earlier_stays(store: Storage) -> None:
    store.write_text(NAME, KEY, "whole")
    assert refusal(lambda: store.write_text(NAME, KEY, "half: \udc80")).startswith(f"{file_of(store, 'md')}: ")
    assert store.read_text(NAME, KEY) == "whole"


def test_document_with_half_a_character_is_refused(store: Storage) -> None:
    story = Story.model_construct(title="half: \udc80", words=1, tags=[])
    assert refusal(lambda: store.write_document(NAME, KEY, story)).startswith(f"{file_of(store, 'json')}: ")
    assert not store.has(NAME, KEY, "json")


def test_writing_again_replaces(store: Storage) -> None:
    store.write_text(NAME, KEY, "first and longer")
    store.write_text(NAME, KEY, "second")
    assert store.read_text(NAME, KEY) == "second"


def test_document_with_the_bytes_of_another_is_stored_once(store: Storage) -> None:
    story = Story(title="x", words=1)
    first = store.write_document("insights/daily", KEY, story)
    second = store.copy_document("insights/daily", "digests/daily_insight", KEY)
    assert Path(first.path).samefile(second.path)
    assert (first.size, first.sha256) == (second.size, second.sha256)
    store.write_document("insights/daily", KEY, Story(title="x", words=7))
    assert store.read_document("digests/daily_insight", KEY, Story) == story
    other = store.copy_document("insights/daily", "digests/daily_insight", KEY)
    assert Path(first.path).samefile(other.path)
    other = store.write_document("digests/daily_insight", KEY, Story(title="x", words=8))
    assert not Path(first.path).samefile(other.path)
    assert [path.name for path in Path(other.path).parent.iterdir()] == [f"{KEY}.json"]


# --- Existing and missing keys


def test_missing_keys_are_named_in_the_given_order(store: Storage) -> None:
    for key in ("2025-11-10", "2025-11-12"):
        store.write_table(NAME, key, a_commit(), COMMITS)
    assert store.find_missing(NAME, ["2025-11-13", "2025-11-12", "2025-11-11", "2025-11-10"]) == [
        "2025-11-13",
        "2025-11-11",
    ]


def test_in_a_store_that_does_not_exist_yet_everything_is_missing(store: Storage) -> None:
    assert store.find_missing(NAME, ["b", "a"]) == ["b", "a"]
    assert store.list_keys(NAME) == []
    assert not store.has(NAME, KEY, "parquet")


def test_one_kind_of_file_does_not_replace_another(store: Storage) -> None:
    store.write_text(NAME, KEY, "text")
    assert (store.has(NAME, KEY, "md"), store.has(NAME, KEY, "json"), store.has("raw/issues", KEY, "md")) == (
        True,
        False,
        False,
    )
    assert store.find_missing(NAME, [KEY]) == [KEY]
    assert store.find_missing(NAME, [KEY], "md") == []


def test_keys_are_listed_sorted_without_files_of_a_killed_writer(store: Storage) -> None:
    for key in ("2025-W46", "2025-11-12", "2025-11-02"):
        store.write_text(NAME, key, "x")
    file_of(store).with_name(".2025-11-13.md.0123.tmp").write_text("half")
    file_of(store).with_name(".2025-11-14.md").write_text("foreign")
    assert store.list_keys(NAME, "md") == ["2025-11-02", "2025-11-12", "2025-W46"]


def test_key_that_was_written_by_another_process_is_seen_at_once(store: Storage) -> None:
    assert store.find_missing(NAME, [KEY], "md") == [KEY]
    Storage(root=store.root).write_text(NAME, KEY, "x")
    assert store.find_missing(NAME, [KEY], "md") == []


@pytest.mark.parametrize(
    "read",
    [
        lambda store: store.read_table(NAME, KEY, COMMITS),
        lambda store: store.read_document(NAME, KEY, Story),
        lambda store: store.read_text(NAME, KEY),
    ],
    ids=["table", "document", "text"],
)
def test_reading_a_missing_key_is_an_error_that_names_it(store: Storage, read: Callable[[Storage], object]) -> None:
    message = refusal(lambda: read(store))
    assert str(Path(store.root, NAME, KEY)) in message
    assert message.endswith("is not there yet. Make it first.")


# --- Names


@given(
    st.text(st.sampled_from(string.ascii_letters + string.digits + "._-"), min_size=1).filter(
        lambda key: key[0] not in "._-"
    )
)
def test_plain_key_is_the_name_of_its_file(key: str) -> None:
    path = Path(Storage(root="/store").build_path(NAME, key, "json"))
    assert (path.parent, path.name) == (Path("/store/raw/commits"), f"{key}.json")


@given(st.text() | st.text(st.sampled_from("./\\\n\0-a%:~*")))
def test_key_never_leaves_its_folder(key: str) -> None:
    try:
        path = Path(Storage(root="/store").build_path(NAME, key, "md"))
    except StorageError as error:
        assert f"{NAME}/{key}: not a name that the store can hold" in str(error)
    else:
        assert Path(os.path.normpath(path)) == path
        assert path.parent == Path("/store/raw/commits")
        assert path.name.isascii()


@pytest.mark.parametrize(
    "key", ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\0", "a\n", ".hidden", "-rf", "a b", "ä", "a\\b"]
)
@pytest.mark.parametrize("use", ["read_text", "write_text", "has"])
def test_key_that_would_leave_the_folder_is_refused(store: Storage, key: str, use: str) -> None:
    uses: dict[str, Callable[[], object]] = {
        "read_text": lambda: store.read_text(NAME, key),
        "write_text": lambda: store.write_text(NAME, key, "x"),
        "has": lambda: store.has(NAME, key, "md"),
    }
    assert "not a name that the store can hold" in refusal(uses[use])
    assert not Path(store.root).exists()


@pytest.mark.parametrize("name", ["raw", "raw/../etc", "/raw/x", "raw/x/y", "Raw/x", "raw/", "../raw/x", "raw/x\n"])
def test_table_name_has_a_stage_and_a_name(store: Storage, name: str) -> None:
    assert "not a name that the store can hold" in refusal(lambda: store.write_text(name, KEY, "x"))
    assert "not a name that the store can hold" in refusal(lambda: store.list_keys(name))


def test_key_too_long_for_the_disk_is_named(store: Storage) -> None:
    assert "cannot be written: File name too long" in refusal(lambda: store.write_text(NAME, "a" * 300, "x"))


# --- Locations


@pytest.mark.parametrize("root", ["{}/plain", "{}/slash/", "file://{}/url", "local://{}/local", "{}/a #b%20?c"])
def test_every_way_to_name_a_folder_writes_where_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    monkeypatch.chdir(tmp_path)  # where a misread URL would write
    place = Storage(root=root.format(tmp_path))
    path = place.write_text(NAME, KEY, "x").path
    assert place.read_text(NAME, KEY) == "x"
    assert place.list_keys(NAME, "md") == [KEY]
    assert place.find_missing(NAME, [KEY], "md") == []
    assert len(list(tmp_path.glob(f"*/{NAME}/{KEY}.md"))) == 1
    assert path == f"{root.format(tmp_path).rstrip('/')}/{NAME}/{KEY}.md"


def test_relative_root_is_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Storage(root=".sparky/store").write_text(NAME, KEY, "x")
    assert (tmp_path / ".sparky/store" / NAME / f"{KEY}.md").read_text() == "x"
    assert Storage(root=".sparky/store").list_keys(NAME, "md") == [KEY]


def test_root_below_the_home_folder_writes_where_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Storage(root="~/store").write_text(NAME, KEY, "x")
    assert Storage(root="~/store").read_text(NAME, KEY) == "x"
    assert (tmp_path / "home/store" / NAME / f"{KEY}.md").read_text() == "x"


def test_object_store_holds_everything_that_a_folder_holds() -> None:
    objects = Storage(root="memory://bucket/sparky")
    assert objects.find_missing(NAME, ["b", "a"]) == ["b", "a"]
    objects.write_table(NAME, "a", a_commit(sha="aa"), COMMITS)
    objects.write_document(NAME, "a", Story(title="x", words=1))
    stored = objects.write_text(NAME, "a", "text")
    assert stored.path == f"memory://bucket/sparky/{NAME}/a.md"
    assert objects.read_table(NAME, "a", COMMITS)["sha"].to_list() == ["aa"]
    assert objects.read_document(NAME, "a", Story).title == "x"
    assert objects.read_text(NAME, "a") == "text"
    assert objects.find_missing(NAME, ["b", "a"]) == ["b"]
    assert objects.has(NAME, "a", "json")
    assert "memory://bucket/sparky/raw/commits/b.md: is not there yet" in refusal(lambda: objects.read_text(NAME, "b"))
