"""What breaks and what to do: consequences that documents, titles and labels state. Pure.

A consequence is stated by a person: in a footer, a section of notes, a sentence, a mark in a title, or a label.
Nothing is guessed from a diff.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from sparky_assets.documents.cache import keep_per_document
from sparky_assets.documents.consequences.actions import choose_action
from sparky_assets.documents.consequences.announced import KIND_BY_SECTION
from sparky_assets.documents.consequences.from_items import find_in_items
from sparky_assets.documents.consequences.from_sentences import find_in_sentences
from sparky_assets.documents.consequences.headings import tell_headings
from sparky_assets.documents.consequences.titles import find_marks
from sparky_assets.documents.models import Consequence, ConsequenceKind, ParsedDocument
from sparky_assets.documents.quotes import quote
from sparky_assets.documents.similarity import covers_text, find_removed_name
from sparky_assets.text.credits import read_own_words
from sparky_assets.text.references import find_references


def find_consequences(
    document: ParsedDocument, *, title: str = "", labels: Collection[str] = (), is_marked_breaking: bool = False
) -> list[Consequence]:
    """Return what a document, its title and its labels state, each statement once, in the order of the text.

    Args:
        document: message, body or notes.
        title: title of the change; by default that of the source.
        labels: labels of the pull request or issue.
        is_marked_breaking: True if the conventional prefix has a `!`.
    """
    title = title or document.source.title
    found = list(_find_stated(document))
    kinds = {consequence.kind for consequence in found}
    for mark in find_marks(title, labels, is_marked_breaking=is_marked_breaking):
        if mark.kind not in kinds:
            kinds.add(mark.kind)
            found.append(mark)
    return found


@keep_per_document
def _find_stated(document: ParsedDocument) -> tuple[Consequence, ...]:
    """Return what the text of a document states, each statement once, in the order of the text."""
    covered: set[int] = set()
    consequences = [*find_in_items(document, covered), *_find_in_footers(document)]
    consequences = tell_headings(document, [*consequences, *find_in_sentences(document, covered)])
    consequences = [own for own in consequences if not _gives_back(own)]
    consequences = [own for number, own in enumerate(consequences) if not _leads_on(own, consequences[number + 1 :])]
    stated: dict[tuple[str, int], Consequence] = {}
    for consequence in consequences:
        start = consequence.statement.start if consequence.statement else -1
        stated.setdefault((consequence.label or consequence.kind, start), consequence)
    in_order = sorted(stated.values(), key=lambda item: item.statement.start if item.statement else -1)
    return tuple(_drop_overview(document, _drop_overlaps(in_order)))


_LEADING_ON = re.compile(
    r"(?i)(?:the|these) (?:following )?(?:items|things|changes|methods|classes|options|functions)?\b[^`]*\.\Z"
)


def _leads_on(consequence: Consequence, others: Sequence[Consequence]) -> bool:
    """Return whether a statement only leads on to others: `The following items are now removed.` above their names."""
    text = consequence.statement.text if consequence.statement else ""
    names_none = "following" in text.lower() and _LEADING_ON.fullmatch(text) is not None
    return names_none and any(other.kind == consequence.kind for other in others)


_GIVES_BACK = re.compile(
    r"(?:[\w./`()-]{2,40}: )?(?:(?:re-?(?:introduc|add|instat)|restor|reviv|un-?deprecat)\w*"
    r"|br(?:ing|ings|ought) back"
    r"|(?:revert|undo|undid|roll(?:ed)? back)\w* (?:the )?(?:removals?|deprecations?|drop(?:ping)?))\b",
    re.IGNORECASE,
)


_GIVEN_BACK = re.compile(
    r"\b(?:is|are|was|were|been|becomes?) (?:now )?(?:un-?deprecated|no longer deprecated|not deprecated any ?more)\b",
    re.IGNORECASE,
)


def _gives_back(consequence: Consequence) -> bool:
    """Return whether a statement says that something is there again: `Reintroduced `map`, which was removed in 8.4`."""
    if consequence.statement is None or consequence.kind not in {"removed", "deprecated", "compatibility"}:
        return False
    text = consequence.statement.text
    is_ending = consequence.kind != "compatibility"
    return bool((is_ending and _GIVES_BACK.match(text)) or _GIVEN_BACK.search(text))


def _drop_overview(document: ParsedDocument, consequences: list[Consequence]) -> list[Consequence]:
    """Return consequences without those of a list in front of all sections that a section about breaks tells again.

    Such sections have steps and the numbers of changes; two rows about one removal would be counted as two.
    """
    starts = [section.start for section in document.sections if section.kind in KIND_BY_SECTION]
    if document.source.kind != "release_notes" or not starts:
        return consequences
    first = min(starts)
    statements = [item.statement for item in consequences if item.statement]
    below = [read_own_words(statement.text) for statement in statements if statement.start >= first]

    def is_repeated(item: Consequence) -> bool:
        if item.statement is None or item.statement.start >= first or item.kind == "security":
            return False
        text = read_own_words(item.statement.text)
        name = find_removed_name(text)
        return any(covers_text(text, other) or (name and name == find_removed_name(other)) for other in below)

    return [item for item in consequences if not is_repeated(item)]


def _find_in_footers(document: ParsedDocument) -> Iterator[Consequence]:
    if document.source.kind == "release_notes":
        return  # such a heading of notes has sections, lists and paragraphs below it
    for section in document.sections:
        if section.heading.upper().startswith(("BREAKING", "DEPRECATED")) and section.kind in {
            "breaking",
            "deprecated",
        }:
            kind: ConsequenceKind = "breaking" if section.kind == "breaking" else "deprecated"
            sentences = [s for s in document.sentences if section.start <= s.start < section.end and s.is_quotable]
            statement = next((quotation for s in sentences if (quotation := quote(document, s))), None)
            if statement:
                references = find_references(document.source.text[section.start : section.end])
                action = choose_action(document, sentences)
                yield Consequence(kind=kind, reason="footer", statement=statement, action=action, references=references)


def _drop_overlaps(consequences: list[Consequence]) -> list[Consequence]:
    """Drop a statement inside or equal to that of another one: the section's word goes before the sentence's."""
    kept: list[Consequence] = []
    for consequence in consequences:
        statement = consequence.statement
        previous = kept[-1].statement if kept else None
        if statement and previous and statement.start < previous.end:
            continue
        kept.append(consequence)
    return kept
