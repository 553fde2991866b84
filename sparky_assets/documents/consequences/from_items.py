"""Consequences that the list items of a document state: by their section, their label or their words. Pure."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sparky_assets.documents.consequences.actions import (
    URGES_UPGRADE,
    choose_action,
    quote_first,
    restores_old_behaviour,
)
from sparky_assets.documents.consequences.announced import (
    SECURITY_WORD,
    find_heading_kind,
    leads_to_changes,
    leads_to_renames,
    list_announced_items,
    list_repeated_titles,
)
from sparky_assets.documents.consequences.changed_names import (
    RENAMED_LABEL,
    SAYS_RENAMED,
    names_rename,
    renames_names,
    says_renamed,
)
from sparky_assets.documents.consequences.guides import (
    explains,
    find_inner_changes,
    find_stating,
    read_outright,
    shows_change,
)
from sparky_assets.documents.consequences.headings import quote_heading
from sparky_assets.documents.consequences.item_kinds import choose_kind
from sparky_assets.documents.consequences.items import find_stated_kind
from sparky_assets.documents.consequences.majors import (
    find_change_beside,
    find_major_change,
    find_unmarked_change,
    gives_other_name,
    list_unmarked,
)
from sparky_assets.documents.consequences.name_lists import find_named_lists, quote_with_names
from sparky_assets.documents.consequences.sentences import (
    MAX_STATED_WORDS,
    SAYS_BREAKING,
    find_sign,
    says_breaking,
    says_incompatible,
    says_nothing,
    states_further,
)
from sparky_assets.documents.consequences.verbs import ADDING_ITEM, DESCRIBING_ITEM, FIXING_ITEM, plain_item
from sparky_assets.documents.consequences.written import are_written, find_plain_change
from sparky_assets.documents.models import (
    Consequence,
    ConsequenceKind,
    DocumentSentence,
    NoteItem,
    ParsedDocument,
    Quotation,
)
from sparky_assets.documents.note_kinds import is_revert
from sparky_assets.documents.notes import begins_in_margin, list_note_items, measure_column
from sparky_assets.documents.quotes import quote
from sparky_assets.documents.similarity import repeats_title
from sparky_assets.text.credits import read_own_words
from sparky_assets.text.references import find_advisories, find_commit_shas
from sparky_assets.text.upgrades import names_security

MAX_NESTED_ITEMS = 60
"""Items below one that belong to it: scrapy 2.16.0 lists thirteen functions below one sentence."""

MIN_CHANGE_WORDS = 6
"""Words of an item below `The following behaviors are other ones:` that is a change of its own, and no name."""

SAYS_OTHER = "says that it works in another way"

TAKES_BACK_REASON = "takes the fix of an advisory back"
"""express 5.2.1 reverted the fix of 5.2.0 on the same day: it fixes nothing."""

REFUSED_AS_TEST = "refused: about tests"
"""The last reason of a sentence that nothing else refuses."""

_POTENTIAL = re.compile(r"(?i)\b(?:potential|possibl|may)")

_POTENTIAL_LABEL = re.compile(r"(?i)[*_]{2}(?:potential|possibl)\w* breaking\b")

_OWN_PROCESS = re.compile(
    r"(?i)\b(?:github (?:actions?|releases?|workflows?)|ci|workflows?|lock ?files?|dependabot|release assets?"
    r"|false positives?|pre-commit|signing key|2fa|mfa|security\.(?:ya?ml|md|txt)|typos?|threat[- ]models?"
    r"|(?:security|disclosure) polic(?:y|ies)|bug bount(?:y|ies))\b"
)
"""What a project secures for itself, or says of its security: streamlink pinned its GitHub actions, which makes no
stream safer, and nvm's `[security] fix typo in threat model` closes no hole.
"""

_AND_MORE = re.compile(r"(?i)\bsecurity (?:and|&|/|or) \w|\w (?:and|&|/|or) security\b|\bsecurity,")
"""A heading below which items are about something else too: `Security and unsafe`."""


def find_in_items(document: ParsedDocument, covered: set[int]) -> Iterator[Consequence]:
    """Yield the consequences of list items, and add the sentences of each and of the items below it to `covered`."""
    items = list_note_items(document)
    listing = _describe_items(document, items)
    is_notes = listing.is_notes
    for item in list_repeated_titles(items) if is_notes else ():
        covered.update(item.sentences)
    yield from _find_named_lists(document, covered) if is_notes else ()
    unmarked = list_unmarked(document, items) if is_notes else frozenset()
    labels = find_inner_changes(document, items) if is_notes else frozenset()
    for number, item, stating in _iterate_open_items(document, items, covered):
        if number in labels:
            covered.update(item.sentences)
            continue
        sentences = [document.sentences[index] for index in item.sentences]
        # The lines below an item are items of their own for the parser: `- Use trim/0 …` says what to do about it.
        advisories = find_advisories(item.text)
        below = _list_nested_sentences(document, items, number, with_consequences=bool(advisories))
        stated = find_stated_kind(document, item) if is_notes else None
        kind = _find_kind(document, item, listing, stated)
        renames = is_notes and names_rename(item.text)
        urges = any(URGES_UPGRADE.search(other.text) for other in [*sentences[1:], *below]) and is_notes
        breaks = [sentence for sentence in sentences[1:] if says_incompatible(sentence.text)]
        if advisories:
            kind = "security"
            label, reason = ("", TAKES_BACK_REASON) if is_revert(item) else (advisories[0], "names an advisory")
        elif kind is not None:
            is_renamed = renames or (is_notes and kind == "removed" and _gives_new_name(document, item))
            label, reason = RENAMED_LABEL * is_renamed, f"section {item.heading or document.source.heading}"
            if kind == "breaking" and (_POTENTIAL.search(item.heading) or _POTENTIAL_LABEL.match(item.text)):
                kind = "potentially_breaking"
        elif (is_notes and breaks) or any(says_breaking(sentence.text) for sentence in below):
            kind, label, reason = "breaking", "", SAYS_BREAKING
        elif urges:
            kind, label, reason = "upgrade", "", "says to upgrade"
        elif (
            other := "removed" if renames else find_unmarked_change(document, item) if item.start in unmarked else None
        ):
            is_renamed = renames or (other == "removed" and _gives_new_name(document, item))
            kind, label, reason = other, RENAMED_LABEL * is_renamed, SAYS_RENAMED if renames else SAYS_OTHER
        elif is_notes and _can_be_as_before(sentences, below):
            kind, label, reason = "compatibility", "", SAYS_OTHER
        else:
            continue
        # `Add a flag for lamps. This is a breaking change: the old flag is a no-op.`
        adds = ADDING_ITEM.match(sentences[0].text) or FIXING_ITEM.match(sentences[0].text)
        saying = breaks if reason == SAYS_BREAKING and adds else []
        saying = saying or stating or _find_present(sentences)
        candidates = [*saying, *_find_removals(document, item, sentences, kind, stated), *sentences]
        if (statement := _quote_statement(document, candidates, sentences)) is None:
            continue
        statement = statement if advisories else _prefer_heading(document, item, statement)
        # `The parser is the default now. The `old` property has been removed.` states two things.
        is_said = bool(advisories) or sentences[0].is_heading
        others = {s.number for s in sentences[1:] if states_further(s.text) and not is_said}
        covered.update(sentence.number for sentence in [*sentences, *below] if sentence.number not in others)
        yield from _find_further(document, sentences, statement)
        yield Consequence(
            kind=kind,
            label=label,
            reason=reason,
            statement=statement,
            action=(action := choose_action(document, [*sentences[1:], *below])),
            limit=_find_limit(document, below) if advisories and action is None else None,
            references=item.references or find_commit_shas(item.text),
        )


@dataclass(frozen=True)
class ItemListing:
    """What is known of all items of a document.

    Attributes:
        is_notes: whether the document is of notes.
        heading_kind: the kind that the heading of the whole release gives.
        announced: where the items begin that the introduction announces as breaking changes.
        is_written: whether people wrote the items for users.
    """

    is_notes: bool
    heading_kind: ConsequenceKind | None
    announced: frozenset[int]
    is_written: bool


def _describe_items(document: ParsedDocument, items: Sequence[NoteItem]) -> ItemListing:
    is_notes = document.source.kind in {"release_notes", "change_note"}
    return ItemListing(
        is_notes=is_notes,
        heading_kind=find_heading_kind(document.source.heading) if is_notes else None,
        announced=list_announced_items(document, items) if is_notes else frozenset(),
        is_written=document.source.kind == "release_notes" and are_written(items),
    )


def _find_kind(
    document: ParsedDocument, item: NoteItem, listing: ItemListing, stated: ConsequenceKind | None
) -> ConsequenceKind | None:
    """Return what an item is by its section, its label, its words or what is around it; None for other items.

    Args:
        document: the document.
        item: the item.
        listing: what is known of all items.
        stated: what the words of the item say.
    """
    kind = choose_kind(document, item, listing.heading_kind, stated)
    if kind == "security" and not find_advisories(item.text):
        if _OWN_PROCESS.search(item.text):
            return None
        if _AND_MORE.search(item.heading) and not SECURITY_WORD.search(item.text):
            kind = stated
    kind = kind or ("breaking" if item.start in listing.announced else None)
    if kind is None and listing.is_notes and _closes_hole(item):
        return "security"
    kind = kind or (find_major_change(document, item) if listing.is_notes else None)
    kind = kind or (find_plain_change(item) if listing.is_written else None)
    return kind or (find_change_beside(document, item) if listing.is_written else None)


def _closes_hole(item: NoteItem) -> bool:
    """Return whether an item says that a hole is closed; one below a heading of fixes may only name it."""
    text = read_own_words(item.text)
    return names_security(text) or (item.kind == "fixes" and names_security(f"fix {text}"))


_RENAMES_HEADING = re.compile(r"(?i)(?!.*\b(?:remov|dropp|delet|deprecat)).*\brenam(?:ed|es)\b")


def _gives_new_name(document: ParsedDocument, item: NoteItem) -> bool:
    """Return whether an item about a removal gives the new name of what it takes away."""
    is_below = bool(_RENAMES_HEADING.search(item.heading)) or leads_to_renames(document, item)
    text = plain_item(item.text)
    return is_below or says_renamed(item.text, has_bare_names=True) or renames_names(text) or gives_other_name(text)


def _quote_statement(
    document: ParsedDocument, candidates: Sequence[DocumentSentence], sentences: Sequence[DocumentSentence]
) -> Quotation | None:
    """Return the first sentence that may be quoted, with the names listed below it; None without one.

    Args:
        document: the document.
        candidates: sentences of an item that may be quoted, the best first.
        sentences: all its sentences.
    """
    # `Watch with a callback:` is the title of a step, and states nothing.
    if _is_step_title(document, sentences[0]):
        candidates = [own for own in candidates if own is not sentences[0] and find_sign(own.text)]
    if not candidates:
        return None
    named = quote_with_names(document, candidates[0]) if candidates[0] is sentences[-1] else None
    stated = named or quote_first(document, candidates) or quote(document, sentences[0], MAX_STATED_WORDS)
    # The interface of a test framework is no test of a change: ``Remove `MapTestCase::draw()```.
    first = sentences[0]
    is_interface = first.reasons[-1:] == (REFUSED_AS_TEST,) and "`" in first.text
    return stated or (quote(document, first.model_copy(update={"is_quotable": True})) if is_interface else None)


MAX_STEP_TITLE_WORDS = 6
_STATES_CHANGE = re.compile(
    r"(?i)\b(?:is|are|was|were|has|have|no longer|now|must|instead|remov|drop|delet|renam|replac|chang|deprecat"
    r"|requir|break|mov|add|use|split|merg|new\b)"
)


def _is_step_title(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a sentence is a short title above the steps of a guide, which ends in a colon and has no verb."""
    text = sentence.text.rstrip("*_ ")
    is_short = len(text.split()) <= MAX_STEP_TITLE_WORDS and text.endswith(":")
    is_step = document.sections[sentence.section].kind == "migration" and not sentence.is_heading
    return is_short and is_step and not _STATES_CHANGE.search(text)


MAX_FURTHER = 8
"""Further sentences of the prose below a heading of a guide that state something of their own."""


def _find_further(
    document: ParsedDocument, sentences: Sequence[DocumentSentence], statement: Quotation
) -> Iterator[Consequence]:
    """Yield what the prose below a heading of a guide states outright beside its main statement.

    `Schemas must be full. The short form has been removed.` are two changes.
    """
    if not document.source.is_guide:
        return
    further = 0
    for sentence in sentences:
        is_other = sentence.start >= statement.end or sentence.end <= statement.start
        if not is_other or further == MAX_FURTHER:
            continue
        if shows_change(document, sentence):
            sign: tuple[ConsequenceKind, str] | None = ("compatibility", SAYS_OTHER)
        else:
            sign = None if explains(document, sentence) else read_outright(sentence)
        if sign is None:
            continue
        if not repeats_title(sentence.text, statement.text) and (quotation := quote(document, sentence)):
            further += 1
            label = RENAMED_LABEL * (sign[1] == SAYS_RENAMED)
            yield Consequence(kind=sign[0], label=label, reason=sign[1], statement=quotation)


def _find_named_lists(document: ParsedDocument, covered: set[int]) -> Iterator[Consequence]:
    """Yield what paragraphs say of the names listed below them, and add the sentences of both to `covered`."""
    for kind, statement, numbers in find_named_lists(document):
        covered.update(numbers)
        label = RENAMED_LABEL * bool(_RENAMES_HEADING.match(statement.text.partition(":")[0]))
        yield Consequence(kind=kind, label=label, reason="says it of the names below", statement=statement)


def _prefer_heading(document: ParsedDocument, item: NoteItem, statement: Quotation) -> Quotation:
    """Return the heading of an entry in place of a statement that only says what was so before, or leans on it."""
    section = document.sections[item.section]
    if section.entry is None or not (_PAST_FIRST.match(statement.text) or _LEANS_ON_HEADING.match(statement.text)):
        return statement
    return quote_heading(document, section) or statement


_SAYS_NOW = re.compile(r"(?i)\b(?:now|no longer|instead|by default)\b")


_OFFERS = re.compile(r"(?i)\b(?:you can|can now|now possible|new)\b")


def _can_be_as_before(sentences: Sequence[DocumentSentence], below: Sequence[DocumentSentence]) -> bool:
    """Return whether an item says behind what it changes how to have the old behavior.

    Args:
        sentences: those of the item.
        below: those of the items nested in it.
    """
    first = sentences[0].text
    if ADDING_ITEM.match(first) or DESCRIBING_ITEM.match(first) or _OFFERS.search(first):
        return False
    others = [*(sentences if _SAYS_NOW.search(first) else sentences[1:]), *below]
    return any(restores_old_behaviour(sentence.text) for sentence in others)


def _iterate_open_items(
    document: ParsedDocument, items: Sequence[NoteItem], covered: set[int]
) -> Iterator[tuple[int, NoteItem, list[DocumentSentence]]]:
    """Yield the items that may state something, by their numbers, each with what it states as an item of a guide.

    Those of a guide that only explain are added to `covered`.
    """
    for number, item in enumerate(items):
        if covered.intersection(item.sentences) or says_nothing(item.text):
            continue
        if document.source.is_guide and _OF_STEPS.match(item.heading):
            covered.update(item.sentences)
            continue
        stating = find_stating(document, item) if document.source.is_guide else []
        if stating or not document.source.is_guide:
            yield number, item, stating
        else:
            covered.update(item.sentences)


_OF_STEPS = re.compile(
    r"(?i)\W*(?:the )?(?:codemods?|automat\w+ (?:migration|upgrade)|migration (?:tools?|scripts?)"
    r"|(?:benefits|advantages|reasons)\b.{0,20}\b(?:upgrad|migrat|updat)\w*|why (?:\w+ )?(?:upgrade|migrate|update))\b"
)
"""A heading of a guide over a tool that changes code, or over why to upgrade, and over nothing that breaks."""


_PAST_FIRST = re.compile(
    r"(?i)(?!.*\b(?:now|no longer)\b)"
    r"(?:(?:previously|formerly|historically|in the past|until now|prior to|in (?:earlier|previous|older) \w+)\b"
    r"|.{1,80} (?:was|were|has|have|had) (?:previously|formerly)\b)"
)
_LEANS_ON_HEADING = re.compile(r"(?i)(?:both (?:of )?)?(?:these|those|this|it|they)\b")
"""The first words below a heading that mean what it names: `Both these flags never worked well.`"""
_PRESENT = re.compile(
    r"(?i)(?!(?:it|that|these|those|they|he|we|now|however|instead|but|so|as|in|if|to|for)\b"
    r"|this\b(?! has (?:now )?been \w+ so that\b)|therefore\b(?!, (?:the|all|any|each|every)\b))"
    r".{2,200}\b(?:now|no longer|must|instead)\b"
)


def _find_present(sentences: Sequence[DocumentSentence]) -> list[DocumentSentence]:
    """Return the sentence that says what is so now, of an item that begins with what was so before.

    `Previously, lamps could be set by hand. Setting a lamp now raises an error.` breaks by its second sentence.
    """
    if not sentences or not _PAST_FIRST.match(sentences[0].text):
        return []
    return [sentence for sentence in sentences[1:3] if _PRESENT.match(sentence.text)]


_REMOVED_SENTENCE = re.compile(r"Removed? ")


_ENDS_SOMETHING = re.compile(
    r"(?i)(?!(?:it|this|that|these|they)\b).*\b(?:remov|drop|delet|discontinu)(?:e[sd]?|p?ed|al)\b"
)


_ENDS_BY_PRONOUN = re.compile(
    r"(?i), (?:it|this|that|these|they) (?:is|are|was|were|has|have) (?:now |been )*removed\b"
)
"""`With this release, it is now removed.` does not say what."""


def _find_removals(
    document: ParsedDocument,
    item: NoteItem,
    sentences: Sequence[DocumentSentence],
    kind: ConsequenceKind,
    stated: ConsequenceKind | None,
) -> list[DocumentSentence]:
    """Return the sentences of an item about a removal that say it.

    The prose of an entry may begin with what led to it: `Python 3.13 added a mode … Pillow has removed its wheels.`
    """
    if kind != "removed":
        return []
    if document.sections[item.section].entry is not None:
        ending = [sentence for sentence in sentences if _ENDS_SOMETHING.match(sentence.text)]
        return [sentence for sentence in ending if not _ENDS_BY_PRONOUN.search(sentence.text)]
    return [sentence for sentence in sentences if stated == kind and _REMOVED_SENTENCE.match(sentence.text)]


def _find_limit(document: ParsedDocument, below: Collection[DocumentSentence]) -> Quotation | None:
    """Return the first sentence below an advisory that says what its fix changes."""
    sentences = (
        sentence for sentence in below if re.search(r"\b(?:fix|now|no longer|drops?|limits?)\b", sentence.text)
    )
    return next((quotation for sentence in sentences if (quotation := quote(document, sentence))), None)


def _list_nested_sentences(
    document: ParsedDocument, items: Sequence[NoteItem], number: int, *, with_consequences: bool
) -> list[DocumentSentence]:
    """Return the sentences of the items that are nested below an item, by their indentation.

    Args:
        document: the notes.
        items: their items.
        number: the index of the item.
        with_consequences: whether an item below it that states a consequence of its own is one of them: below an
            advisory it says what the fix changes, elsewhere it is about something else.
    """
    text = document.source.text
    above = items[number]
    indentation = measure_column(text, above.start)
    sentences: list[DocumentSentence] = []
    last = above.sentences[0]
    leads_on = False
    for item in items[number + 1 : number + 1 + MAX_NESTED_ITEMS]:
        is_same = (item.section, item.heading, item.scope) == (above.section, above.heading, above.scope)
        if not is_same or begins_in_margin(text, item.start, indentation):
            break
        # A line of its own between two lists ends the first: the items of `.. caution::` are indented too.
        if any(not between.is_list_item for between in document.sentences[last + 1 : item.sentences[0]]):
            break
        before = item.sentences[0] - 1
        leads_on = leads_on or (before in above.sentences and leads_to_changes(document.sentences[before].text))
        last = item.sentences[0]
        if item.kind == "breaking" != above.kind and not with_consequences:
            continue  # `BREAKING: use an enum instead` below `Bump lamps`
        if leads_on and not with_consequences and len(item.text.split()) >= MIN_CHANGE_WORDS:
            continue
        is_rename = says_renamed(item.text, has_bare_names=True)
        if not with_consequences and (is_rename or find_sign(item.text) in {"removed", "deprecated"}):
            continue
        sentences += [document.sentences[index] for index in item.sentences]
    return sentences
