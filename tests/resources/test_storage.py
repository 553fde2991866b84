"""The store: what is written comes back the same, whole or not at all; what is wrong is named, never read as empty."""

import json
import multiprocessing
import os
import random
import resource
import signal
import string
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from itertools import count
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from resources.errors import StorageError
from resources.storage import Storage
from sparky_assets.raw.models import COMMITS, INSTANT, PERSON, RELEASES, REVIEWS, TABLES, Table

NAME, KEY = "raw/commits", "2025-11-12"


@dataclass(frozen=True)
class Schema:
    columns: Mapping[str, pl.DataType]
    name: str = "test@1"


class Story(BaseModel):
    title: str
    words: int
    tags: list[str] = []


@pytest.fixture
def store(tmp_path: Path) -> Storage:
    return Storage(root=str(tmp_path / "store"))


def file_of(store: Storage, suffix: str = "parquet") -> Path:
    return Path(store.root, NAME, f"{KEY}.{suffix}")


def put(store: Storage, suffix: str, data: bytes) -> Path:
    """Place a file that the store did not write."""
    path = file_of(store, suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def files_beside(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def refusal(what: Callable[[], object]) -> str:
    with pytest.raises(StorageError) as caught:
        what()
    return str(caught.value)


# --- Tables come back the same

text = st.text(max_size=20)  # without half characters, which no UTF-8 file can hold


def values(kind: pl.DataType) -> st.SearchStrategy[Any]:
    """Anything that a column of this type can hold."""
    match kind:
        case pl.Struct():
            some = st.fixed_dictionaries({field.name: values(field.dtype) for field in kind.fields})  # type: ignore[arg-type]
        case pl.List():
            some = st.lists(values(kind.inner), max_size=3)  # type: ignore[arg-type]
        case pl.Datetime():
            some = st.datetimes(datetime(1970, 1, 1), datetime(2106, 2, 7), timezones=st.just(UTC))
        case pl.Int64():
            some = st.integers(-(2**63), 2**63 - 1)
        case pl.Boolean():
            some = st.booleans()
        case _:
            some = text
    return st.none() | some


def frames(table: Table) -> st.SearchStrategy[pl.DataFrame]:
    row = st.fixed_dictionaries({name: values(kind) for name, kind in table.columns.items()})
    return st.lists(row, max_size=4).map(lambda rows: pl.DataFrame(rows, schema=dict(table.columns)))


def a_commit(**values: object) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(COMMITS.columns) | values], schema=dict(COMMITS.columns))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.asset)
@settings(max_examples=20)
@given(st.data())
def test_every_raw_table_comes_back_as_it_was_written(table: Table, data: st.DataObject) -> None:
    frame = data.draw(frames(table))
    memory = Storage(root="memory://round-trips")
    first = memory.write_table(table.path, KEY, frame, table)
    back = memory.read_table(table.path, KEY, table)
    assert back.equals(frame)
    assert dict(back.schema) == dict(table.columns)
    assert memory.write_table(table.path, KEY, back, table).sha256 == first.sha256


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.asset)
def test_a_table_without_rows_keeps_its_columns(store: Storage, table: Table) -> None:
    store.write_table(table.path, KEY, table.empty(), table)
    assert store.read_table(table.path, KEY, table).equals(table.empty())


def test_what_was_written_is_told_with_its_path_size_and_hash(store: Storage) -> None:
    stored = store.write_table(NAME, KEY, a_commit(sha="aa"), COMMITS)
    data = Path(stored.path).read_bytes()
    assert Path(stored.path) == file_of(store)
    assert (stored.size, stored.sha256) == (len(data), sha256(data).hexdigest())


def test_tables_of_several_keys_are_read_in_the_order_asked_for(store: Storage) -> None:
    for key in ("a", "b", "c"):
        store.write_table(NAME, key, a_commit(sha=key), COMMITS)
    assert store.read_tables(NAME, ["c", "a"], COMMITS)["sha"].to_list() == ["c", "a"]


def test_no_keys_give_an_empty_table_of_all_columns(store: Storage) -> None:
    assert store.read_tables(NAME, [], COMMITS).equals(COMMITS.empty())


def test_one_missing_key_among_several_is_named(store: Storage) -> None:
    store.write_table(NAME, "a", a_commit(), COMMITS)
    assert f"{NAME}/b.parquet: is not there yet" in refusal(lambda: store.read_tables(NAME, ["a", "b"], COMMITS))


# --- The schema is cast on write


def test_columns_are_stored_in_the_order_and_types_of_the_schema(store: Storage) -> None:
    schema = Schema({"a": pl.Int64(), "b": pl.String(), "at": INSTANT})
    noon = datetime(2025, 11, 12, 12, tzinfo=timezone(timedelta(hours=2)))
    frame = pl.DataFrame({"more": [1.5], "at": [noon], "b": ["x"], "a": pl.Series([7], dtype=pl.UInt8)})
    store.write_table(NAME, KEY, frame, schema)
    back = store.read_table(NAME, KEY, schema)
    assert dict(back.schema) == dict(schema.columns)
    assert back.rows() == [(7, "x", datetime(2025, 11, 12, 10, tzinfo=UTC))]


def test_a_column_of_nothing_fits_every_type(store: Storage) -> None:
    schema = Schema(dict(COMMITS.columns))
    store.write_table(NAME, KEY, pl.DataFrame({name: [None] for name in COMMITS.columns}), schema)
    assert store.read_table(NAME, KEY, schema).row(0) == (None,) * len(COMMITS.columns)


@pytest.mark.parametrize(
    ("kind", "series"),
    [
        (pl.Int64(), pl.Series(["many"])),
        (pl.Int64(), pl.Series([float("nan")])),
        (pl.Int64(), pl.Series([1.5])),
        (pl.Int8(), pl.Series([300])),
        (INSTANT, pl.Series(["soon"])),
        (PERSON, pl.Series([{"key": "k", "nom": "Ada", "login": None, "is_bot": False}])),
        (pl.List(PERSON), pl.Series([[{"key": "k"}]])),
    ],
    ids=[
        "a word for a number",
        "no number",
        "a half",
        "too large",
        "a word for an instant",
        "another field",
        "few fields",
    ],
)
def test_what_a_column_cannot_hold_is_refused_and_nothing_is_written(
    store: Storage, kind: pl.DataType, series: pl.Series
) -> None:
    message = refusal(lambda: store.write_table(NAME, KEY, pl.DataFrame({"column": series}), Schema({"column": kind})))
    assert message.startswith(f"{file_of(store)}: does not fit the schema test@1: ")
    assert "column" in message
    assert not store.has(NAME, KEY, "parquet")


def test_a_missing_column_is_named(store: Storage) -> None:
    message = refusal(lambda: store.write_table(NAME, KEY, a_commit().drop("sha"), COMMITS))
    assert "does not fit the schema raw/commits@1" in message
    assert "sha" in message


# --- Documents and texts


@given(st.text(), st.integers(-(2**63), 2**63), st.lists(st.text(), max_size=3))
def test_a_document_comes_back_as_it_was_written(title: str, words: int, tags: list[str]) -> None:
    memory = Storage(root="memory://documents")
    story = Story(title=title, words=words, tags=tags)
    memory.write_document("daily/insights", KEY, story)
    assert memory.read_document("daily/insights", KEY, Story) == story


def test_equal_documents_are_equal_bytes_whatever_the_order_of_their_keys(store: Storage) -> None:
    class Counts(BaseModel):
        counts: dict[str, int]

    one = store.write_document("daily/metrics", "a", Counts(counts={"x": 1, "y": 2}))
    other = store.write_document("daily/metrics", "b", Counts(counts={"y": 2, "x": 1}))
    assert one.sha256 == other.sha256


def test_a_document_can_be_read_by_people(store: Storage) -> None:
    stored = store.write_document("daily/insights", KEY, Story(title="Ölfarben 🎨", words=2))
    assert '"title": "Ölfarben 🎨"' in Path(stored.path).read_text(encoding="utf-8")
    assert Path(stored.path).read_bytes().endswith(b"}\n")


@given(st.text())
def test_a_text_comes_back_as_it_was_written(written: str) -> None:
    memory = Storage(root="memory://texts")
    memory.write_text("daily/digest", KEY, written)
    assert memory.read_text("daily/digest", KEY) == written


def test_line_ends_are_kept(store: Storage) -> None:
    store.write_text(NAME, KEY, "a\r\nb\rc\n")
    assert file_of(store, "md").read_bytes() == b"a\r\nb\rc\n"
    assert store.read_text(NAME, KEY) == "a\r\nb\rc\n"


def test_a_text_with_half_a_character_is_refused_and_leaves_the_earlier_one(store: Storage) -> None:
    store.write_text(NAME, KEY, "whole")
    assert refusal(lambda: store.write_text(NAME, KEY, "half: \udc80")).startswith(f"{file_of(store, 'md')}: ")
    assert store.read_text(NAME, KEY) == "whole"


def test_a_document_with_half_a_character_is_refused(store: Storage) -> None:
    story = Story.model_construct(title="half: \udc80", words=1, tags=[])
    assert refusal(lambda: store.write_document(NAME, KEY, story)).startswith(f"{file_of(store, 'json')}: ")
    assert not store.has(NAME, KEY, "json")


def test_writing_again_replaces(store: Storage) -> None:
    store.write_text(NAME, KEY, "first and longer")
    store.write_text(NAME, KEY, "second")
    assert store.read_text(NAME, KEY) == "second"


# --- What is there and what is missing


def test_missing_names_the_keys_that_are_not_there_in_the_order_asked_for(store: Storage) -> None:
    for key in ("2025-11-10", "2025-11-12"):
        store.write_table(NAME, key, a_commit(), COMMITS)
    assert store.missing(NAME, ["2025-11-13", "2025-11-12", "2025-11-11", "2025-11-10"]) == ["2025-11-13", "2025-11-11"]


def test_in_a_store_that_does_not_exist_yet_everything_is_missing(store: Storage) -> None:
    assert store.missing(NAME, ["b", "a"]) == ["b", "a"]
    assert store.list_keys(NAME) == []
    assert not store.has(NAME, KEY, "parquet")


def test_one_kind_of_file_does_not_stand_for_another(store: Storage) -> None:
    store.write_text(NAME, KEY, "text")
    assert (store.has(NAME, KEY, "md"), store.has(NAME, KEY, "json"), store.has("raw/issues", KEY, "md")) == (
        True,
        False,
        False,
    )
    assert store.missing(NAME, [KEY]) == [KEY]
    assert store.missing(NAME, [KEY], "md") == []


def test_keys_are_listed_sorted_without_what_a_killed_writer_left(store: Storage) -> None:
    for key in ("2025-W46", "2025-11-12", "2025-11-02"):
        store.write_text(NAME, key, "x")
    file_of(store).with_name(".2025-11-13.md.0123.tmp").write_text("half")
    file_of(store).with_name(".2025-11-14.md").write_text("foreign")
    assert store.list_keys(NAME, "md") == ["2025-11-02", "2025-11-12", "2025-W46"]


def test_a_key_that_was_written_by_another_process_is_seen_at_once(store: Storage) -> None:
    assert store.missing(NAME, [KEY], "md") == [KEY]
    Storage(root=store.root).write_text(NAME, KEY, "x")
    assert store.missing(NAME, [KEY], "md") == []


@pytest.mark.parametrize(
    "read",
    [
        lambda store: store.read_table(NAME, KEY, COMMITS),
        lambda store: store.read_document(NAME, KEY, Story),
        lambda store: store.read_text(NAME, KEY),
    ],
    ids=["table", "document", "text"],
)
def test_what_is_not_there_is_named_and_never_empty(store: Storage, read: Callable[[Storage], object]) -> None:
    message = refusal(lambda: read(store))
    assert str(Path(store.root, NAME, KEY)) in message
    assert message.endswith("is not there yet. Make it first.")


# --- What is torn or foreign


def test_a_table_torn_anywhere_is_named(store: Storage) -> None:
    whole = Path(store.write_table(NAME, KEY, a_commit(sha="aa", subject="x" * 500), COMMITS).path).read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        put(store, "parquet", whole[:length])
        message = refusal(lambda: store.read_table(NAME, KEY, COMMITS))
        assert message.startswith(f"{file_of(store)}: ")
        assert "Delete it" in message


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 4096, b"PAR1" * 8, b"sha,subject\naa,x\n"], ids=["empty", "zeros", "magic", "csv"]
)
def test_what_is_no_parquet_is_named(store: Storage, data: bytes) -> None:
    path = put(store, "parquet", data)
    assert refusal(lambda: store.read_table(NAME, KEY, COMMITS)).startswith(f"{path}: torn or not parquet")


def test_a_table_whose_second_half_never_reached_the_disk_is_named(store: Storage) -> None:
    whole = Path(store.write_table(NAME, KEY, a_commit(sha="aa"), COMMITS).path).read_bytes()
    path = put(store, "parquet", whole[: len(whole) // 2].ljust(len(whole), b"\0"))
    assert refusal(lambda: store.read_table(NAME, KEY, COMMITS)).startswith(f"{path}: torn")


def test_a_table_with_rotten_bytes_never_ends_the_process(store: Storage) -> None:
    """Polars panics on some of these (5 of 1500 when measured), with an error that is no `Exception`."""
    whole = Path(store.write_table(NAME, KEY, a_commit(sha="aa", subject="x" * 100), COMMITS).path).read_bytes()
    chance, named = random.Random(1), 0
    for _ in range(1500):
        rotten = bytearray(whole)
        for _ in range(chance.choice([1, 5, 50])):
            rotten[chance.randrange(len(rotten))] = chance.randrange(256)
        put(store, "parquet", bytes(rotten))
        try:
            store.read_table(NAME, KEY, COMMITS)  # a byte in a page may go unnoticed: parquet here has no checksums
        except StorageError as error:
            named += str(error).startswith(f"{file_of(store)}: ")
    assert named > 1000


def test_a_table_of_another_schema_is_named_with_both(store: Storage) -> None:
    path = put(store, "parquet", b"")
    store.write_table(NAME, KEY, RELEASES.empty(), RELEASES)
    message = refusal(lambda: store.read_table(NAME, KEY, COMMITS))
    assert message.startswith(f"{path}: written as raw/releases@1, expected raw/commits@1.")
    assert f"Delete it and make {NAME} {KEY} again" in message


def test_a_table_that_somebody_else_wrote_is_named(store: Storage) -> None:
    path = put(store, "parquet", b"")
    COMMITS.empty().write_parquet(path)
    assert "written as a foreign table, expected raw/commits@1" in refusal(lambda: store.read_table(NAME, KEY, COMMITS))


def test_a_table_of_an_older_version_is_named_with_both(store: Storage) -> None:
    old, new = Schema({"a": pl.Int64()}, "test@1"), Schema({"a": pl.Int64()}, "test@2")
    store.write_table(NAME, KEY, pl.DataFrame({"a": [1]}), old)
    assert "written as test@1, expected test@2" in refusal(lambda: store.read_table(NAME, KEY, new))


@pytest.mark.parametrize("columns", [{"a": pl.Int32()}, {"b": pl.Int64()}, {"a": pl.Int64(), "b": pl.Int64()}, {}])
def test_a_table_of_the_right_name_with_other_columns_is_not_read(
    store: Storage, columns: dict[str, pl.DataType]
) -> None:
    store.write_table(NAME, KEY, pl.DataFrame({"a": [1]}), Schema({"a": pl.Int64()}))
    assert "Delete it" in refusal(lambda: store.read_table(NAME, KEY, Schema(columns)))


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b'{"title": "x", "words": "many"}', "words: "),
        (b'{"title": "x"}', "words: "),
        (b'{"title": "x", "words": 1, "tags": ["a", 2]}', "tags.1: "),
        (b'{"title": "x", "wor', "the file: "),
        (b"", "the file: "),
        (b"[]", "the file: "),
        (b'{"title": "\xff", "words": 1}', ""),
    ],
)
def test_a_document_that_is_torn_or_foreign_is_named_with_its_field(store: Storage, data: bytes, where: str) -> None:
    path = put(store, "json", data)
    message = refusal(lambda: store.read_document(NAME, KEY, Story))
    assert message.startswith(f"{path}: torn, or not a Story: {where}")
    assert message.endswith(f"Delete it and make {NAME} {KEY} again.")


def test_a_text_that_is_not_utf_8_is_named(store: Storage) -> None:
    path = put(store, "md", b"caf\xe9")
    assert refusal(lambda: store.read_text(NAME, KEY)).startswith(f"{path}: not UTF-8 text. Delete it")


def test_a_folder_in_the_place_of_a_file_is_named(store: Storage) -> None:
    file_of(store, "md").mkdir(parents=True)
    assert refusal(lambda: store.read_text(NAME, KEY)).startswith(f"{file_of(store, 'md')}: cannot be read: ")
    assert refusal(lambda: store.write_text(NAME, KEY, "x")).startswith(f"{file_of(store, 'md')}: cannot be written: ")
    assert files_beside(file_of(store)) == [f"{KEY}.md"]


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.write_text(NAME, KEY, "x"),
        lambda store: store.read_text(NAME, KEY),
        lambda store: store.list_keys(NAME),
        lambda store: store.missing(NAME, [KEY]),
    ],
    ids=["write", "read", "list", "missing"],
)
def test_a_root_that_is_a_file_is_named(tmp_path: Path, use: Callable[[Storage], object]) -> None:
    (tmp_path / "file").write_text("not a folder")
    message = refusal(lambda: use(Storage(root=str(tmp_path / "file"))))
    assert message.startswith(f"{tmp_path}/file/{NAME}")
    assert "Not a directory" in message
    assert (tmp_path / "file").read_text() == "not a folder"


# --- Names


@given(
    st.text(st.sampled_from(string.ascii_letters + string.digits + "._-"), min_size=1).filter(
        lambda key: key[0] not in "._-"
    )
)
def test_a_plain_key_is_the_name_of_its_file(key: str) -> None:
    path = Path(Storage(root="/store").path(NAME, key, "json"))
    assert (path.parent, path.name) == (Path("/store/raw/commits"), f"{key}.json")


@given(st.text() | st.text(st.sampled_from("./\\\n\0-a%:~*")))
def test_no_key_leaves_its_folder(key: str) -> None:
    try:
        path = Path(Storage(root="/store").path(NAME, key, "md"))
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
def test_a_key_that_would_leave_the_folder_is_refused(store: Storage, key: str, use: str) -> None:
    uses: dict[str, Callable[[], object]] = {
        "read_text": lambda: store.read_text(NAME, key),
        "write_text": lambda: store.write_text(NAME, key, "x"),
        "has": lambda: store.has(NAME, key, "md"),
    }
    assert "not a name that the store can hold" in refusal(uses[use])
    assert not Path(store.root).exists()


@pytest.mark.parametrize("name", ["raw", "raw/../etc", "/raw/x", "raw/x/y", "Raw/x", "raw/", "../raw/x", "raw/x\n"])
def test_a_table_name_has_a_stage_and_a_name(store: Storage, name: str) -> None:
    assert "not a name that the store can hold" in refusal(lambda: store.write_text(name, KEY, "x"))
    assert "not a name that the store can hold" in refusal(lambda: store.list_keys(name))


def test_a_key_too_long_for_the_disk_is_named(store: Storage) -> None:
    assert "cannot be written: File name too long" in refusal(lambda: store.write_text(NAME, "a" * 300, "x"))


# --- Any place


@pytest.mark.parametrize("root", ["{}/plain", "{}/slash/", "file://{}/url", "local://{}/local", "{}/a #b%20?c"])
def test_every_way_to_name_a_folder_writes_where_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    monkeypatch.chdir(tmp_path)  # where a misread URL would land
    place = Storage(root=root.format(tmp_path))
    path = place.write_text(NAME, KEY, "x").path
    assert place.read_text(NAME, KEY) == "x"
    assert place.list_keys(NAME, "md") == [KEY]
    assert place.missing(NAME, [KEY], "md") == []
    assert len(list(tmp_path.glob(f"*/{NAME}/{KEY}.md"))) == 1
    assert path == f"{root.format(tmp_path).rstrip('/')}/{NAME}/{KEY}.md"


def test_a_relative_root_lies_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Storage(root=".sparky/store").write_text(NAME, KEY, "x")
    assert (tmp_path / ".sparky/store" / NAME / f"{KEY}.md").read_text() == "x"
    assert Storage(root=".sparky/store").list_keys(NAME, "md") == [KEY]


def test_a_root_below_the_home_folder_writes_where_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Storage(root="~/store").write_text(NAME, KEY, "x")
    assert Storage(root="~/store").read_text(NAME, KEY) == "x"
    assert (tmp_path / "home/store" / NAME / f"{KEY}.md").read_text() == "x"


def test_an_object_store_holds_everything_that_a_folder_holds() -> None:
    objects = Storage(root="memory://bucket/sparky")
    assert objects.missing(NAME, ["b", "a"]) == ["b", "a"]
    objects.write_table(NAME, "a", a_commit(sha="aa"), COMMITS)
    objects.write_document(NAME, "a", Story(title="x", words=1))
    stored = objects.write_text(NAME, "a", "text")
    assert stored.path == f"memory://bucket/sparky/{NAME}/a.md"
    assert objects.read_table(NAME, "a", COMMITS)["sha"].to_list() == ["aa"]
    assert objects.read_document(NAME, "a", Story).title == "x"
    assert objects.read_text(NAME, "a") == "text"
    assert objects.missing(NAME, ["b", "a"]) == ["b"]
    assert objects.has(NAME, "a", "json")
    assert "memory://bucket/sparky/raw/commits/b.md: is not there yet" in refusal(lambda: objects.read_text(NAME, "b"))


# --- Whole or not at all
# Writers are real processes. A fork server that has imported the store once starts each in milliseconds.

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])
LINES = 20_000


def page(letter: str) -> str:
    """A text of 1.3 MB in which a mixture or a missing end is easily seen."""
    return f"{letter * 64}\n" * LINES


def is_whole(content: str, letters: str = "abz") -> bool:
    """Whether it is one page of one of these letters. A plain yes or no: a diff of megabytes takes minutes."""
    return content[:1] in set(letters) and content == page(content[:1])


def write_without_end(root: str) -> None:
    store = Storage(root=root)
    for number in count():
        store.write_text(NAME, KEY, page("ab"[number % 2]))


def write_often(root: str, letter: str, start: Barrier) -> None:
    store, content = Storage(root=root), page(letter)
    start.wait()
    for _ in range(500):
        store.write_text(NAME, KEY, content)


def test_a_writer_that_is_killed_leaves_a_whole_file(store: Storage) -> None:
    store.write_text(NAME, KEY, page("z"))
    for reads in range(1, 9):
        writer = PROCESSES.Process(target=write_without_end, args=(store.root,), daemon=True)
        writer.start()
        while store.read_text(NAME, KEY)[0] not in "ab":
            assert writer.is_alive()
        for _ in range(reads):
            assert is_whole(store.read_text(NAME, KEY))
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        assert writer.exitcode == -signal.SIGKILL
        assert is_whole(store.read_text(NAME, KEY))
        assert store.list_keys(NAME, "md") == [KEY]
        store.write_text(NAME, KEY, page("z"))  # the next run writes as if nothing had been
        assert is_whole(store.read_text(NAME, KEY), "z")


def test_two_writers_of_one_key_leave_one_whole_file_and_nothing_else(store: Storage) -> None:
    store.write_text(NAME, KEY, page("z"))
    start = PROCESSES.Barrier(3)
    writers = [PROCESSES.Process(target=write_often, args=(store.root, letter, start), daemon=True) for letter in "ab"]
    for writer in writers:
        writer.start()
    start.wait()
    while any(writer.is_alive() for writer in writers):
        assert is_whole(store.read_text(NAME, KEY))
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert is_whole(store.read_text(NAME, KEY), "ab")
    assert files_beside(file_of(store)) == [f"{KEY}.md"]


# A file system of 256 KB of its own, in a namespace that ends with the process.
ON_A_SMALL_DISK = textwrap.dedent("""
    import json, os, sys
    from resources.errors import StorageError
    from resources.storage import Storage

    disk = sys.argv[1]
    assert os.statvfs(disk).f_frsize * os.statvfs(disk).f_blocks == 256 * 1024
    store, said = Storage(root=disk), {}
    store.write_text("raw/commits", "old", "as it was")
    for key in ("old", "new"):
        try:
            store.write_text("raw/commits", key, "x" * 1_000_000)
        except StorageError as error:
            said[key] = str(error)
    files = sorted(os.listdir(disk + "/raw/commits"))
    after = store.write_text("raw/commits", "small", "fits").size
    print(json.dumps({"said": said, "old": store.read_text("raw/commits", "old"), "files": files, "after": after}))
""")


def test_a_full_disk_is_named_and_leaves_what_was_stored(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c"),
            'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" -c "$3" "$1"',
            *("sh", str(tmp_path), sys.executable, ON_A_SMALL_DISK),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for key in ("old", "new"):
        assert result["said"][key] == (
            f"{tmp_path}/raw/commits/{key}.md: cannot be written: No space left on device. "
            "What was stored before is untouched."
        )
    assert result["files"] == ["old.md"]
    assert result["old"] == "as it was"
    assert result["after"] == 4


def write_with_a_limit(root: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    store = Storage(root=root)
    try:
        store.write_text(NAME, KEY, "x" * 1_000_000)
    except StorageError as error:
        store.write_text(NAME, "said", str(error))


def test_a_file_larger_than_the_system_allows_is_named_and_leaves_what_was_stored(store: Storage) -> None:
    store.write_text(NAME, KEY, "as it was")
    writer = PROCESSES.Process(target=write_with_a_limit, args=(store.root,), daemon=True)
    writer.start()
    writer.join()
    assert writer.exitcode == 0
    assert store.read_text(NAME, "said").startswith(f"{file_of(store, 'md')}: cannot be written: File too large.")
    assert store.read_text(NAME, KEY) == "as it was"
    assert files_beside(file_of(store)) == [f"{KEY}.md", "said.md"]


def test_the_bytes_of_a_table_are_the_same_in_every_process(store: Storage) -> None:
    at = datetime(2025, 11, 12, 9, tzinfo=UTC)
    frame = pl.DataFrame(
        [dict.fromkeys(REVIEWS.columns) | {"id": f"{number}", "submitted_at": at} for number in range(1000)],
        schema=dict(REVIEWS.columns),
    )
    ours = store.write_table("raw/reviews", KEY, frame, REVIEWS)
    script = (
        "import sys; from resources.storage import Storage; from sparky_assets.raw.models import REVIEWS\n"
        "store = Storage(root=sys.argv[1]); frame = store.read_table('raw/reviews', sys.argv[2], REVIEWS)\n"
        "print(store.write_table('raw/reviews', 'again', frame, REVIEWS).sha256)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, store.root, KEY],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "7"},
    )
    assert done.stdout.strip() == ours.sha256
