"""Results that are kept per document: read once, forgotten with the document, apart for equal ones."""

import gc

from sparky_assets.documents.cache import keep_per_document
from sparky_assets.documents.models import ParsedDocument, SourceText
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document


def parse(text: str) -> ParsedDocument:
    return parse_document(SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text))


def test_document_is_read_once_while_it_exists() -> None:
    read: list[str] = []

    @keep_per_document
    def read_text(document: ParsedDocument) -> tuple[str, ...]:
        read.append(document.source.text)
        return (document.source.text,)

    first, second = parse("- Add a map\n"), parse("- Add a pier\n")
    assert [read_text(first), read_text(second), read_text(first)] == [
        ("- Add a map\n",), ("- Add a pier\n",), ("- Add a map\n",),
    ]  # fmt: skip
    assert read == ["- Add a map\n", "- Add a pier\n"]


def test_new_document_at_the_address_of_an_old_one_is_read_again() -> None:
    for number in range(200):
        text = f"- Add map {number}\n"
        assert [item.text for item in list_note_items(parse(text))] == [f"Add map {number}"]
        gc.collect(0)


def test_copy_of_a_document_is_read_by_itself() -> None:
    document = parse("- Add a map\n- Add a pier\n")
    assert len(list_note_items(document)) == 2
    shorter = document.model_copy(update={"sentences": document.sentences[:1]})
    assert len(list_note_items(shorter)) == 1
