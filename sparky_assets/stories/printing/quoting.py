"""Choose what is quoted about a change: the best sentence for each role, each sentence once.

The scores and spans come from `documents`; the labels are the templates of EDITORIAL.md, page 2.
"""

import re
from collections.abc import Iterable, Iterator

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import (
    CodeExample,
    DocumentSentence,
    ParsedDocument,
    Quotation,
    SentenceRole,
    SourceKind,
)
from sparky_assets.documents.quotes import choose_sentence, quote
from sparky_assets.stories.models import Change, SentencePart, StorySentence
from sparky_assets.stories.printing.sentences import make_sentence, name, quotation, quote_sentence, words

SOURCE_LABELS: dict[SourceKind, str] = {
    "release_notes": "Its notes say:",
    "change_note": "Its changelog entry says:",
    "message": "The message says:",
    "issue": "The issue says:",
    "readme": "Its README says:",
    "documentation": "The documentation that came with it says:",
    "help_text": "Its help text says:",
}
SECTIONS_WITH_EXAMPLES = frozenset({"usage", "user_facing", "migration", "what", "summary", "features", "breaking"})
MAX_EXAMPLE_LINES = 8
MIN_SCORE = 2
"""Score that a sentence needs to be printed as what a change does."""
MIN_SECOND_SCORE = 3
"""Score that a second sentence of the same change needs."""
_FIX_TITLE = re.compile(r"^(?:fix|fixed|fixes|repair|resolve|correct|prevent|avoid)\b", re.IGNORECASE)


class QuotationChooser:
    """Chooses sentences of the documents of a period, and remembers what was printed."""

    def __init__(self, library: DocumentLibrary) -> None:
        self._library = library
        self.used: list[Quotation] = []

    def list_documents(self, change: Change) -> list[ParsedDocument]:
        """Return the documents of a change, the best first."""
        documents = (self._library.get(key) for key in change.sources)
        return [document for document in documents if document is not None]

    def get_document(self, key: str | None) -> ParsedDocument | None:
        """Return a document by the key of its source text."""
        return self._library.get(key) if key else None

    def choose(
        self, documents: Iterable[ParsedDocument], role: SentenceRole | None, change: Change, min_score: int = MIN_SCORE
    ) -> tuple[ParsedDocument, DocumentSentence, Quotation] | None:
        """Return the best sentence for a role, with its document and span; None if none is good enough."""
        for document in documents:
            sentence = choose_sentence(document, role, change.title, self.used, paths=change.paths, min_score=min_score)
            quoted = quote(document, sentence) if sentence else None
            if sentence and quoted:
                return document, sentence, quoted
        return None

    def use(self, quoted: Quotation) -> Quotation:
        """Remember a quotation, so that it is printed once."""
        self.used.append(quoted)
        return quoted

    def tell(self, change: Change, limit: int) -> list[StorySentence]:
        """Return up to `limit` quotations about a change, each behind its label.

        A fix begins with what went wrong, everything else with its effect. The second sentence has another role.
        """
        documents = self.list_documents(change)
        sentences: list[StorySentence] = []
        for role, label in self._list_roles(change):
            if len(sentences) >= limit:
                break
            min_score = MIN_SECOND_SCORE if sentences else MIN_SCORE
            chosen = self.choose(documents, role, change, min_score)
            if chosen:
                sentences.append(self._label(*chosen, label, is_second=bool(sentences)))
        return sentences

    @staticmethod
    def _list_roles(change: Change) -> Iterator[tuple[SentenceRole | None, str]]:
        is_fix = change.type == "fix" or bool(_FIX_TITLE.match(change.title))
        fault: tuple[SentenceRole, str] = ("fault", "What went wrong:" if is_fix else "Before:")
        effect: tuple[SentenceRole, str] = ("effect", "")
        yield from (fault, effect) if is_fix else (effect, ("why", "Why:"), fault)
        yield "figure", "The message reports:"
        yield "security", "The flaw:"
        yield "why", "Why:"
        yield "voice", ""
        yield None, ""

    def _label(
        self, document: ParsedDocument, sentence: DocumentSentence, quoted: Quotation, label: str, *, is_second: bool
    ) -> StorySentence:
        self.use(quoted)
        author = document.source.author
        if "voice" in sentence.roles and author and label in {"", "Why:"}:
            return make_sentence("Q-WHO", name(author), " writes: ", quotation(quoted), ".")
        if label == "Before:" and "figure" in sentence.roles:
            label = "The message reports:"
        if label == "The message reports:" and document.source.kind != "message":
            label = ""
        templates = {"What went wrong:": "Q-WENT", "Before:": "Q-BEFORE", "Why:": "Q-WHY", "The flaw:": "Q-FLAW"}
        if label:
            return quote_sentence(templates.get(label, "Q-MSG-FIG"), label, quoted)
        lead = "It adds:" if is_second and document.source.kind == "message" else SOURCE_LABELS[document.source.kind]
        return quote_sentence("Q-ADDS" if lead == "It adds:" else "Q-SAYS", lead, quoted)

    def tell_action(self, change: Change) -> StorySentence | None:
        """Return what a reader has to do because of a change; None if no one wrote it."""
        chosen = self.choose(self.list_documents(change), "action", change, MIN_SECOND_SCORE)
        if chosen is None:
            return None
        return quote_sentence("Q-DO", "What to do:", self.use(chosen[2]))

    def item_with_quotation(
        self, change: Change, title: SentencePart, role: SentenceRole | None
    ) -> StorySentence | None:
        """Return `title: “…”`, with the best sentence for a role; None if none is good enough."""
        chosen = self.choose(self.list_documents(change), role, change)
        if chosen is None:
            return None
        return make_sentence("Q-ITEM", title, words(": "), quotation(self.use(chosen[2])), ".")

    def find_example(self, change: Change) -> CodeExample | None:
        """Return the first example under a section for users, cut before its second case; None if there is none."""
        for document in self.list_documents(change):
            for example in document.examples:
                kind = document.sections[example.section].kind if example.section < len(document.sections) else "other"
                if kind in SECTIONS_WITH_EXAMPLES and 0 < len(example.lines) <= MAX_EXAMPLE_LINES:
                    return example
        return None
