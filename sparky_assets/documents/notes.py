"""Items of notes: what a release lists, each with its heading and the changes that it names."""

from sparky_assets.documents.models import NoteItem, ParsedDocument
from sparky_assets.documents.parse import fold_space
from sparky_assets.text.references import find_references

MAX_ITEMS = 500


def list_note_items(document: ParsedDocument) -> list[NoteItem]:
    """Return the list items of notes in their order.

    The text of an item runs to its end; the sentences of nested items and paragraphs below belong to the item above
    them only if they name no change of their own. Numbers are those of the item's own lines, so that an item can be
    joined with its change.
    """
    items: list[NoteItem] = []
    for sentence in document.sentences:
        section = document.sections[sentence.section]
        if not sentence.is_list_item or section.kind == "skipped":
            continue
        line = document.source.text[sentence.start : sentence.end]
        previous = items[-1] if items else None
        if previous is not None and not sentence.opens_block and previous.section == sentence.section:
            items[-1] = _extend_item(document, previous, sentence.end, sentence.number)
            continue
        if len(items) >= MAX_ITEMS:
            break
        items.append(
            NoteItem(
                heading=section.heading,
                kind=section.kind,
                section=sentence.section,
                start=sentence.start,
                end=sentence.end,
                text=fold_space(line),
                sentences=(sentence.number,),
                references=find_references(line),
            )
        )
    return items


def _extend_item(document: ParsedDocument, item: NoteItem, end: int, sentence_number: int) -> NoteItem:
    text = document.source.text[item.start : end]
    return item.model_copy(
        update={
            "end": end,
            "text": fold_space(text),
            "sentences": (*item.sentences, sentence_number),
            "references": find_references(text),
        }
    )
