"""Large documents in parts: the same bytes and the same models as of a document that is held as a whole."""

import io
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from resources import json_parts, storage
from resources.errors import StorageError
from resources.json_parts import find_array_types, read_json_parts, write_json_parts
from resources.storage import Storage
from sparky_assets.store import CompactModel, StoredModel, compact_dataclass
from tests.resources.storage_helpers import KEY


@compact_dataclass
class Word(CompactModel):
    text: str
    places: tuple[int, ...] = ()


class Verse(StoredModel):
    words: tuple[Word, ...]
    lines: tuple[tuple[str, ...], ...] = ()


class Chapter(StoredModel):
    verses: tuple[Verse, ...] = ()
    notes: dict[str, tuple[Word, ...]] = Field(default_factory=dict)
    name: str = ""


class Book(StoredModel):
    chapter: Chapter = Chapter()
    index: tuple[Word, ...] = ()
    pages: tuple[int, ...] = ()
    other: Chapter | None = None
    few: tuple[Word, ...] = Field((), max_length=3)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["\n ]", "\n  ],\n", '{"a": [\n']
)
words = st.builds(Word, text=texts, places=st.tuples() | st.tuples(st.integers(0, 9)))
some_words = st.lists(words, max_size=4).map(tuple)
verses = st.builds(Verse, words=some_words, lines=st.just(()) | st.just((("a", "b"), ())))
notes = st.dictionaries(st.sampled_from(["verses", "index", "x"]), some_words, max_size=2)
chapters = st.builds(Chapter, verses=st.lists(verses, max_size=4).map(tuple), notes=notes, name=texts)
books = st.builds(
    Book, chapter=chapters, index=some_words, pages=st.lists(st.integers(), max_size=3).map(tuple),
    other=st.none() | chapters, few=st.lists(words, max_size=3).map(tuple),
)  # fmt: skip


@given(books, st.integers(1, 90))
def test_document_in_parts_is_the_whole_document(book: Book, block_bytes: int) -> None:
    text = json.dumps(book.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    assert "".join(write_json_parts(book)) == text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_parts, "BLOCK_BYTES", block_bytes)
        assert read_json_parts(io.BytesIO(text.encode()), Book) == (book, sha256(text.encode()).hexdigest())


def test_arrays_of_models_are_read_in_parts_but_none_with_a_limit() -> None:
    assert [*find_array_types(Book)] == [("chapter", "verses"), ("index",)]


@pytest.mark.parametrize("change", [
    (b'"text": "a"', b'"text": 5'), (b'"name": ""', b'"nome": ""'), (b"  ]", b""),
])  # fmt: skip
def test_document_that_does_not_fit_is_left_to_the_whole_reading(change: tuple[bytes, bytes]) -> None:
    book = Book(chapter=Chapter(verses=(Verse(words=(Word(text="a"),)),)), index=(Word(text="b"),))
    data = "".join(write_json_parts(book)).encode()
    assert read_json_parts(io.BytesIO(data), Book)
    assert read_json_parts(io.BytesIO(data.replace(*change)), Book) is None


def test_compact_document_of_another_writer_is_read_as_a_whole() -> None:
    book = Book(index=(Word(text="b"),))
    assert read_json_parts(io.BytesIO(book.model_dump_json().encode()), Book) == (
        book, sha256(book.model_dump_json().encode()).hexdigest(),
    )  # fmt: skip


def test_large_document_comes_back_and_its_file_stays_when_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "LARGE_DOCUMENT_BYTES", 100)
    store = Storage(root=str(tmp_path / "store"))
    book = Book(index=tuple(Word(text=f"word {number}") for number in range(100)))
    first = store.write_document("insights/daily", KEY, book)
    inode = Path(first.path).stat().st_ino
    assert store.write_document("insights/daily", KEY, book) == first
    assert Path(first.path).stat().st_ino == inode
    assert store.read_hashed_document("insights/daily", KEY, Book) == (book, first.sha256)
    changed = store.write_document("insights/daily", KEY, Book(index=book.index[1:]))
    assert changed.sha256 != first.sha256
    assert [path.name for path in Path(first.path).parent.iterdir()] == [f"{KEY}.json"]


def test_large_document_that_is_torn_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "LARGE_DOCUMENT_BYTES", 100)
    store = Storage(root=str(tmp_path / "store"))
    stored = store.write_document("insights/daily", KEY, Book(index=(Word(text="word"),) * 50))
    Path(stored.path).write_bytes(Path(stored.path).read_bytes()[:-200])
    with pytest.raises(StorageError, match="torn, or not a Book"):
        store.read_document("insights/daily", KEY, Book)


def test_copy_of_a_compact_model_has_the_other_values() -> None:
    word = Word(text="a", places=(1,))
    assert word.model_copy(update={"text": "b"}) == Word(text="b", places=(1,))
    assert not isinstance(word, BaseModel)
