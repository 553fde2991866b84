"""What may be quoted about the changes of a period, and what was: its documents, and the spans printed already."""

from collections.abc import Iterable, Mapping

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import ParsedDocument, Quotation, SourceKind, SourceText
from sparky_assets.stories.models import Change, StorySentence
from sparky_assets.text.paths import is_user_path

DOCUMENTATION: frozenset[SourceKind] = frozenset({"documentation", "help_text", "test"})
"""Texts that say what is so after a change; they are quoted where no one wrote about the change itself."""


class QuotableDocuments:
    """The documents of a period, and the quotations of them that were printed."""

    def __init__(self, library: DocumentLibrary) -> None:
        self._library = library
        self.used: list[Quotation] = []
        self._used_words: set[str] = set()
        self._named_issues: list[str] = []

    @property
    def printed_sources(self) -> set[str]:
        """The keys of the texts that were quoted, or whose title was printed."""
        return {quotation.source for quotation in self.used} | set(self._named_issues)

    @property
    def sources(self) -> Mapping[str, SourceText]:
        """The source texts of the period by key."""
        return self._library.sources

    def list_documents(self, change: Change) -> list[ParsedDocument]:
        """Return the documents of a change, the best first; documentation, help texts and tests are left out."""
        documents = (self._library.get(key) for key in change.sources)
        return [
            document for document in documents if document is not None and document.source.kind not in DOCUMENTATION
        ]

    def list_documentation(self, change: Change) -> list[ParsedDocument]:
        """Return the documentation, help texts and tests that came with a change which is not about documents."""
        if change.type == "docs" or not any(map(is_user_path, change.paths)):
            return []
        documents = (self._library.get(key) for key in change.sources)
        return [document for document in documents if document is not None and document.source.kind in DOCUMENTATION]

    def get_document(self, key: str | None) -> ParsedDocument | None:
        """Return a document by the key of its source text."""
        return self._library.get(key) if key else None

    def is_said(self, quoted: Quotation) -> bool:
        """Return whether the same words were printed from another text: notes often repeat a message."""
        return _fold_words(quoted) in self._used_words

    def use(self, quoted: Quotation) -> Quotation:
        """Remember a quotation, so that it is printed once."""
        self.used.append(quoted)
        self._used_words.add(_fold_words(quoted))
        return quoted

    def use_sentences(self, sentences: Iterable[StorySentence]) -> None:
        """Remember the quotations of sentences that are printed already."""
        for quoted in (part.quotation for sentence in sentences for part in sentence.parts):
            if quoted:
                self.use(quoted)

    def is_quoted(self, quoted: Quotation) -> bool:
        """Return whether a span, a part of it or the same words were printed."""
        return self._is_used(quoted) or self.is_said(quoted)

    def _is_used(self, quoted: Quotation) -> bool:
        return any(map(quoted.overlaps, self.used))


def _fold_words(quoted: Quotation) -> str:
    return quoted.text.rstrip(".").casefold()
