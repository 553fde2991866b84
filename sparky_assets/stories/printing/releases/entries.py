"""Which changelog entries are about the change that added them, and what they say beyond its title. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from sparky_assets.documents.models import DocumentSentence, ParsedDocument
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.scores.points import count_sentence_words, has_hype, has_verb
from sparky_assets.documents.similarity import find_content_stems, shares_subject
from sparky_assets.stories.models import Change
from sparky_assets.stories.printing.sentences import repeats_change

MIN_ENTRY_WORDS = 5


def is_own_entry(document: ParsedDocument, sentence: DocumentSentence, change: Change) -> bool:
    """Return whether a sentence of the changelog lines that a change added is a whole one about that change."""
    return (
        sentence.is_quotable
        and not is_entry_of_another(document, sentence, change)
        and document.sections[sentence.section].kind != "skipped"
        and count_sentence_words(sentence.text) >= MIN_ENTRY_WORDS
        and has_verb(sentence.text)
        and not has_hype(sentence.text)
        and shares_subject(sentence.text, change.title, change.paths)
        and not repeats_change(sentence.text, change)
    )


def is_entry_of_another(document: ParsedDocument, sentence: DocumentSentence, change: Change) -> bool:
    """Return whether changelog lines name their change in other items than that of a sentence.

    A change that edits the list around its own entry adds the lines of others again.
    """
    own = f"#{change.number}"
    named = [item for item in list_note_items(document) if own in item.references] if change.number else []
    return bool(named) and not any(sentence.number in item.sentences for item in named)


def drop_other_entries(documents: Sequence[ParsedDocument], title: str) -> list[ParsedDocument]:
    """Return the documents of a change without changelog entries that share fewer words with its title than another.

    A change may add the entry of something that it mends on the way, in a file of its own.
    """
    stems = find_content_stems(title)
    shared = {
        document.source.key: len(stems & find_content_stems(document.source.text))
        for document in documents
        if document.source.kind == "change_note"
    }
    most = max(shared.values(), default=0)
    return [document for document in documents if shared.get(document.source.key, most) == most]


def follow_titles(
    entries: Iterable[tuple[ParsedDocument, DocumentSentence]], change: Change
) -> Iterator[tuple[ParsedDocument, DocumentSentence]]:
    """Yield the first sentences of entries about a change; behind one that says its title alone, the second one."""
    for document, sentence in entries:
        if is_own_entry(document, sentence, change):
            yield document, sentence
        elif repeats_change(sentence.text, change):
            for second in document.sentences[sentence.number + 1 : sentence.number + 2]:
                if (
                    second.is_quotable
                    and not second.opens_block
                    and has_verb(second.text)
                    and not has_hype(second.text)
                ):
                    yield document, second
