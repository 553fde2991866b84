"""What breaks and what to do: consequences that documents, titles and labels state. Pure.

A consequence is stated by a person: in a footer, a section of notes, a sentence, a mark in a title, or a label.
Nothing is guessed from a diff.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile

from sparky_assets.documents.cache import keep_per_document
from sparky_assets.documents.consequences.announced import (
    find_lead_kind,
    find_major_change,
    list_announced_items,
    list_repeated_titles,
)
from sparky_assets.documents.consequences.items import find_ending, find_stated_kind, is_major_change, is_rename
from sparky_assets.documents.consequences.sentences import (
    SAYS_BREAKING,
    TELLING_SECTIONS,
    adopts_platform,
    asks_for_change,
    find_sign,
    read_sign,
    says_breaking,
    says_incompatible,
)
from sparky_assets.documents.consequences.titles import RENAMED_LABEL, find_marks, names_rename
from sparky_assets.documents.consequences.verbs import ADDING_ITEM, DESCRIBING_ITEM, FIXING_ITEM, REMOVING_ITEM
from sparky_assets.documents.consequences.written import are_written, find_plain_change, is_plain_rename
from sparky_assets.documents.models import (
    Consequence,
    ConsequenceKind,
    DocumentSentence,
    NoteItem,
    ParsedDocument,
    Quotation,
    SectionKind,
)
from sparky_assets.documents.note_kinds import is_revert
from sparky_assets.documents.notes import begins_in_margin, list_note_items, measure_column
from sparky_assets.documents.quotes import quote, rank_sentences
from sparky_assets.documents.sections import classify_heading
from sparky_assets.text.references import find_advisories, find_commit_shas, find_references

_KIND_BY_SECTION: dict[SectionKind, ConsequenceKind] = {
    "breaking": "breaking", "removed": "removed", "deprecated": "deprecated", "security": "security",
    "migration": "compatibility",
}  # fmt: skip

_LEADS_ON = re.compile(
    r"(?i)the following\b|there (?:are|is) (?:also )?"
    r"(?:several|some|many|multiple|various|a (?:few|number of|couple of))\b"
    r"|this (?:release|version) (?:also )?(?:introduces|includes|contains|adds) (?:\w+ ){0,3}deprecat"
)
"""How a sentence begins that only says what comes: `The following cases are deprecated`."""
_NAMES_WHAT = re.compile(r":\s+\S")
"""A list within a sentence: `The following lamps have been removed: day, night`."""

_PAST_DEPRECATION = re.compile(
    r"In (?:[\w.-]+ ){0,2}v?\d+\.[\dx]+(?:\.[\dx]+)*, .{0,200}\b(?:was|were) deprecated\b"
    r"|(?:It|This|They|These) (?:was|were|had been) deprecated\b"
)
"""`In Pillow 11.3.0, the parameter was deprecated` is history, which the next sentence goes on from."""

_SECURITY_WORD = re.compile(
    r"(?i)\b(?:secur\w*|vulnerab\w*|cve|ghsa|attack\w*|expos\w*|leak\w*|inject\w*|overflow\w*|bypass\w*|privileg\w*"
    r"|malicious\w*|untrusted|malformed|denial|dos|rce|xss|csrf|ssrf|sanitiz\w*|escap\w*|auth\w*|permission\w*|credential\w*)\b"
)
"""A paragraph below a heading about security speaks of it only with such a word: `6.2.15 was an erroneous release`."""

_DUTY_WORD = re.compile(
    r"(?i)\b(?:breaking|no longer|must|need(?:s|ed)? to|have to|has to|will require|requires? (?:you|a|an|the)|removed"
    r"|renamed|replaced|instead)\b(?!.*:$)"
)
"""A paragraph of a migration guide states something with such a word: `See the entries below` does not."""

_ANNOUNCES_BREAKS = re.compile(
    r"(?i)\b(?:contains?|includes?|has|have|brings?|introduces?|makes?) (?:[\w-]+ ){0,4}changes\b(?! (?:to|in) `)"
    r"|\b(?:introduces?|contains?|includes?|adds?) (?:\w+ ){0,3}deprecat\w+ (?:warnings )?(?:for|of)"
    r" (?:several|some|many|various|a number)\b"
)
"""A paragraph that says that something breaks, and not what: `The release contains several breaking changes.`"""

_DEPRECATING_WORD = re.compile(r"(?i)\b(?:deprecat|remov|renam|replac|instead|no longer|obsolete)\w*")
"""A paragraph below a heading about deprecations states one with such a word: `We work on a simpler API` does not."""

_WORD_BY_SECTION: Mapping[SectionKind, re.Pattern[str]] = {
    "security": _SECURITY_WORD,
    "migration": _DUTY_WORD,
    "deprecated": _DEPRECATING_WORD,
}

MAX_STATED_WORDS = 70
"""Words of the first sentence of an item that breaks something, where no sentence of it is short enough to quote."""

MAX_NESTED_ITEMS = 60
"""Items below one that belong to it: scrapy 2.16.0 lists thirteen functions below one sentence."""

URGES_UPGRADE = re.compile(
    r"(?i)\b(?:must (?:update|upgrade)\b(?! (?:the|your|their|its|any|all|both|to use)\b)|all users should"
    r"|(?:users|you|everyone) should (?:update|upgrade)\b(?! (?:the|your|their|its|any|all|both|to use)\b)"
    r"|(?:update|upgrade)\b.{0,60}\bas soon as possible"
    r"|(?:strongly|highly) (?:recommend|encourage|advise)\w* (?:to )?(?:updat|upgrad))"
)
"""A sentence that tells readers to upgrade now."""

_POTENTIAL = re.compile(r"(?i)\b(?:potential|possibl|may)")
_POTENTIAL_LABEL = re.compile(r"(?i)[*_]{2}(?:potential|possibl)\w* breaking\b")

TAKES_BACK_REASON = "takes the fix of an advisory back"
"""express 5.2.1 reverted the fix of 5.2.0 on the same day: it fixes nothing."""

_OWN_PROCESS = re.compile(
    r"(?i)\b(?:github (?:actions?|releases?|workflows?)|ci|workflows?|lock ?files?|dependabot|release assets?"
    r"|false positives?|pre-commit|signing key|2fa|mfa)\b"
)
"""What a project secures for itself: streamlink pinned its GitHub actions, which makes no stream safer."""
_STATES_NOTHING = re.compile(
    r"(?i)[\W_]*(?:(?:there (?:are|is|were) )?no (?:\w+ ){0,3}"
    r"(?:changes?|deprecations?|removals?|breaks?|breaking|issues?)\b|none(?![a-z])|nothing\b|n/?a\b)"
)
"""The text below a heading where there is nothing to say: `There are no breaking changes in this release.`"""

_CHORE_ITEM = re.compile(
    r"(?i)(?:update|bump) (?:the )?(?:ci\b|readme|docs?\b|documentation|changelog|dockerfile|@types/|pre-commit"
    r"|ubuntu baseline|lock ?file|engines\b.{0,20}package\.json|dev dep|github actions?|workflows?|tests?\b)"
)
"""An item of a commit's message below its footer: `Update CI matrix` below `BREAKING CHANGES` breaks nothing."""

_REMOVED_CHORE = re.compile(
    r"(?i)(?:[\w./-]{1,30}: )?remove[sd]? (?:(?:an?|the|some|old|all) )*(?:workarounds?|hacks?|unused|dead|redundant)\b"
    r"(?! (?:\S{1,40} ){0,2}(?:features?|flags?|options?|settings?|commands?)\b)"
)
"""An item below `Removed` about the project's own code: `Remove workaround for an old platform`."""

_POINTS_TO_GUIDE = re.compile(
    r"(?i)\W*(?:please |also |be sure to )?(?:read|see|check(?: out)?|refer to|consult|visit|(?:have|take) a look at)\b"
    r".{0,80}(?:\b(?:guides?|notes|docs|documentation|changelog|announcement|blog|articles?|page|wiki|instructions|changes"
    r"|section|below|above|here)\b|\]\(|https?://)"
)
"""A paragraph or item below a heading about what breaks that only says where more is: `Read our migration guide.`"""

_SOFT_HEADING = re.compile(r"(?i)behaviou?r")
"""A heading below which items also add something: `Behavior adaptations`."""

_ADDED_SUPPORT = re.compile(r"(?i)\badd(?:s|ed)? (?:\w+ )?support\b")
_BOTH_ENDINGS = re.compile(r"(?i)deprecat\w* (?:and|&|/) remov|remov\w* (?:and|&|/) deprecat")


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
    consequences = [*_find_in_items(document, covered), *_find_in_footers(document)]
    consequences += _find_in_sentences(document, covered)
    stated: dict[tuple[str, int], Consequence] = {}
    for consequence in consequences:
        start = consequence.statement.start if consequence.statement else -1
        stated.setdefault((consequence.label or consequence.kind, start), consequence)
    in_order = sorted(stated.values(), key=lambda item: item.statement.start if item.statement else -1)
    return tuple(_drop_overlaps(in_order))


def _says_nothing(text: str) -> bool:
    """Return whether an item or paragraph says that there is nothing to say, or where more is."""
    return bool(_STATES_NOTHING.match(text) or _POINTS_TO_GUIDE.match(text))


def _find_in_items(document: ParsedDocument, covered: set[int]) -> Iterator[Consequence]:
    """Yield the consequences of list items, and add the sentences of each and of the items below it to `covered`."""
    is_notes = document.source.kind in {"release_notes", "change_note"}
    heading_kind = _KIND_BY_SECTION.get(_classify(document.source.heading)) if is_notes else None
    items = list_note_items(document)
    for item in list_repeated_titles(items) if is_notes else ():
        covered.update(item.sentences)
    announced = list_announced_items(document, items) if is_notes else frozenset()
    is_written = document.source.kind == "release_notes" and are_written(items)
    for number, item in enumerate(items):
        if covered.intersection(item.sentences) or _says_nothing(item.text):
            continue
        sentences = [document.sentences[index] for index in item.sentences]
        # The lines below an item are items of their own for the parser: `- Use trim/0 …` says what to do about it.
        advisories = find_advisories(item.text)
        below = _list_nested_sentences(document, items, number, with_consequences=bool(advisories))
        stated = find_stated_kind(document, item) if is_notes else None
        kind = _choose_kind(document, item, heading_kind, stated)
        if kind == "security" and not advisories and _OWN_PROCESS.search(item.text):
            continue
        kind = kind or ("breaking" if item.start in announced else None)
        kind = kind or (find_major_change(document, item) if is_notes else None)
        kind = kind or (find_plain_change(item) if is_written else None)
        renames = is_notes and (names_rename(item.text) or (kind == "removed" and is_plain_rename(item)))
        is_renamed = renames or (kind == "removed" and stated == "removed" and is_rename(item.text))
        urges = any(URGES_UPGRADE.search(other.text) for other in [*sentences[1:], *below]) and is_notes
        breaks_below = next((s for s in below if says_breaking(s.text)), None)
        if advisories:
            kind = "security"
            label, reason = ("", TAKES_BACK_REASON) if is_revert(item) else (advisories[0], "names an advisory")
        elif kind is not None:
            label, reason = RENAMED_LABEL * is_renamed, f"section {item.heading or document.source.heading}"
            if kind == "breaking" and (_POTENTIAL.search(item.heading) or _POTENTIAL_LABEL.match(item.text)):
                kind = "potentially_breaking"
        elif (
            is_notes and any(says_incompatible(sentence.text) for sentence in sentences[1:])
        ) or breaks_below is not None:
            kind, label, reason = "breaking", "", SAYS_BREAKING
        elif urges:
            kind, label, reason = "upgrade", "", "says to upgrade"
        elif renames:
            kind, label, reason = "removed", RENAMED_LABEL, "says renamed"
        else:
            continue
        saying = _find_break(sentences) if reason == SAYS_BREAKING else []
        candidates = [*saying, *_find_removals(document, item, sentences, kind, stated), *sentences]
        statement = next((quotation for s in candidates if (quotation := quote(document, s))), None)
        statement = statement or quote(document, sentences[0], MAX_STATED_WORDS)
        if statement is None:
            continue
        covered.update(sentence.number for sentence in [*sentences, *below])
        yield Consequence(
            kind=kind,
            label=label,
            reason=reason,
            statement=statement,
            action=(action := _choose_action(document, [*sentences[1:], *below])),
            limit=_find_limit(document, below) if advisories and action is None else None,
            references=item.references or find_commit_shas(item.text),
        )


def _find_break(sentences: Sequence[DocumentSentence]) -> list[DocumentSentence]:
    """Return the sentence of an item that says what breaks, where its first one says what it adds or fixes.

    `Add a flag for lamps. This is a breaking change: the old flag is a no-op.`
    """
    first = sentences[0].text
    if not (ADDING_ITEM.match(first) or FIXING_ITEM.match(first)):
        return []
    return [sentence for sentence in sentences[1:] if says_incompatible(sentence.text)]


_REMOVED_SENTENCE = re.compile(r"Removed? ")
_ENDS_SOMETHING = re.compile(
    r"(?i)(?!(?:it|this|that|these|they)\b).*\b(?:remov|drop|delet|discontinu)(?:e[sd]?|p?ed|al)\b"
)


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
        return [sentence for sentence in sentences if _ENDS_SOMETHING.match(sentence.text)]
    return [sentence for sentence in sentences if stated == kind and _REMOVED_SENTENCE.match(sentence.text)]


def _choose_kind(
    document: ParsedDocument, item: NoteItem, heading_kind: ConsequenceKind | None, stated: ConsequenceKind | None
) -> ConsequenceKind | None:
    """Return what an item of notes is: by its section or label, where these say it, else by its words.

    Args:
        document: the notes.
        item: the item.
        heading_kind: the kind that the heading of the whole release gives.
        stated: what the words of the item say.
    """
    section_kind: ConsequenceKind | None = "breaking" if is_major_change(document, item) else None
    lead_kind = find_lead_kind(document, item)
    if lead_kind == "breaking":
        # `The following breaking changes are …:` is nearer to an item than `Deprecated elements removed:` before it.
        section_kind = lead_kind
    kind = section_kind or _KIND_BY_SECTION.get(item.kind) or heading_kind or lead_kind or stated
    if kind == "compatibility":
        # A guide lists all that changed: what an item does to something says more than its heading.
        return _read_guide_item(item, stated)
    if kind == "breaking" and _SOFT_HEADING.search(item.heading):
        is_addition = ADDING_ITEM.match(item.text) or DESCRIBING_ITEM.match(item.text)
        return None if is_addition else kind
    if kind == "breaking" and _CHORE_ITEM.match(item.text):
        return None
    if kind == "removed" and _REMOVED_CHORE.match(item.text):
        return None
    if kind == "deprecated" or (kind == "removed" and _BOTH_ENDINGS.search(item.heading)):
        # requests has `officially added support for CPython 3.12` there.
        is_addition = _ADDED_SUPPORT.search(document.sentences[item.sentences[0]].text)
        return None if is_addition else _find_ending(document, item) or kind
    return kind


def _read_guide_item(item: NoteItem, stated: ConsequenceKind | None) -> ConsequenceKind | None:
    """Return what an item of a guide does to something, as its heading does not say it; None if it only adds something.

    Args:
        item: the item.
        stated: what its verb says.
    """
    if stated is None and (ADDING_ITEM.match(item.text) or FIXING_ITEM.match(item.text)):
        return None
    return stated or ("removed" if REMOVING_ITEM.match(item.text) else find_sign(item.text)) or "compatibility"


def _find_ending(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what an item below `Deprecations and removals` is; None where its words do not say it."""
    first = document.sentences[item.sentences[0]].text
    if re.search(r"(?i)\bnow (?:raise|throw|error|fail|assert)s?\b", first):
        return "now_error"
    if re.search(r"(?i)\bdeprecat|\bwill (?!no longer\b)|\bnext\b|\bfuture\b", first):
        return None
    if re.search(r"(?i)\bno longer\b|\bremov(?:al|ed)\b", first):
        return "removed"
    sign = find_sign(first)
    return find_ending(item) or ("removed" if sign in {"removed", "breaking"} else sign)


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
    for item in items[number + 1 : number + 1 + MAX_NESTED_ITEMS]:
        is_same = (item.section, item.heading, item.scope) == (above.section, above.heading, above.scope)
        if not is_same or begins_in_margin(text, item.start, indentation):
            break
        # A line of its own between two lists ends the first: the items of `.. caution::` are indented too.
        if any(not between.is_list_item for between in document.sentences[last + 1 : item.sentences[0]]):
            break
        last = item.sentences[0]
        if not with_consequences and find_sign(item.text) in {"removed", "deprecated"}:
            continue
        sentences += [document.sentences[index] for index in item.sentences]
    return sentences


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
                action = _choose_action(document, sentences)
                yield Consequence(kind=kind, reason="footer", statement=statement, action=action, references=references)


def _find_in_sentences(document: ParsedDocument, covered: set[int]) -> Iterator[Consequence]:
    # Notes name the change of an item in a sentence of its own: `Drop support for Python 3.8. (#1157)`.
    items = {number: item for item in list_note_items(document) for number in item.sentences}
    is_notes = document.source.kind in {"release_notes", "change_note"}
    stated_sections: set[int] = set()
    of_platform = not is_notes and adopts_platform(document.source.title)
    for sentence in document.sentences:
        is_said = sentence.number in covered or _PAST_DEPRECATION.match(sentence.text)
        if is_said or (_LEADS_ON.match(sentence.text) and not _NAMES_WHAT.search(sentence.text)):
            continue
        section, item = document.sections[sentence.section], items.get(sentence.number)
        if not sentence.is_quotable or section.kind == "skipped":
            continue
        sign = None if of_platform else read_sign(sentence, section.kind, item)
        quotation = quote(document, sentence)
        if quotation is None and sign and is_notes:
            quotation = quote(document, sentence, MAX_STATED_WORDS)
        if quotation is None:
            continue
        asked = asks_for_change(sentence.text) if is_notes and section.kind not in _KIND_BY_SECTION else None
        if sign is None and asked is None:
            # Behind what has been removed, a paragraph recommends something, or thanks.
            if sentence.section not in stated_sections or _DUTY_WORD.search(sentence.text):
                yield from _find_by_section(document, sentence, quotation)
            continue
        stated_sections.add(sentence.section)
        kind, reason = sign or (asked or "compatibility", "says what to change")
        following = _list_following(document, sentence)
        if item and is_notes:
            # The next item of notes is about something else.
            following = [other for other in following if _belongs_to_item(document, item, items, other)]
        yield Consequence(
            kind=kind,
            reason=reason,
            statement=quotation,
            action=_choose_action(document, following) if sign else _find_first_step(document, sentence, following),
            references=find_references(sentence.text) or (item.references if item else ()),
        )
        # The next sentences of an item are about the same: `It was deprecated in 0.32.`
        covered.update(item.sentences if item else ())


def _find_first_step(
    document: ParsedDocument, sentence: DocumentSentence, following: Collection[DocumentSentence]
) -> Quotation | None:
    """Return the first step behind a sentence that leads on to steps; other sentences say themselves what to do."""
    steps = following if sentence.text.endswith(":") else ()
    return next((quotation for step in steps if (quotation := quote(document, step))), None)


def _find_by_section(
    document: ParsedDocument, sentence: DocumentSentence, quotation: Quotation
) -> Iterator[Consequence]:
    """Yield what a sentence states without a word for it: a rename, and what the heading above a paragraph says."""
    section = document.sections[sentence.section]
    if section.kind in TELLING_SECTIONS and names_rename(sentence.text):
        yield Consequence(
            kind="removed", label=RENAMED_LABEL, reason="says renamed", statement=quotation,
            references=find_references(sentence.text),
        )  # fmt: skip
        return
    needed = _WORD_BY_SECTION.get(section.kind)
    is_about = (needed is None or bool(needed.search(sentence.text))) and not _says_nothing(sentence.text)
    is_about = is_about and not (section.kind == "security" and _introduces_advisories(document, sentence))
    is_about = is_about and not _follows_labelled_list(document, sentence)
    # The items of a list are about one thing each.
    following = list(takewhile(lambda other: not other.is_list_item, _list_following(document, sentence)))
    if section.kind in _KIND_BY_SECTION and is_about and not sentence.is_list_item and sentence.opens_block:
        if _ANNOUNCES_BREAKS.search(sentence.text):
            stating = next((other for other in following if needed and needed.search(other.text)), None)
            stated = quote(document, stating) if stating and not stating.opens_block else None
            if stating is None or stated is None:
                return
            quotation, following = stated, [other for other in following if other.number > stating.number]
        yield Consequence(
            kind=_KIND_BY_SECTION[section.kind], reason=f"section {section.heading}", statement=quotation,
            action=_choose_action(document, following),
        )  # fmt: skip


def _introduces_advisories(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a paragraph is beside advisories that its section lists, and names none of them."""
    section = document.sections[sentence.section]
    named = find_advisories(document.source.text[section.start : section.end])
    return bool(named) and not find_advisories(sentence.text)


_LABEL_LINE = re.compile(r"(?:\*\*|__)[^\n]{1,100}|[A-Z][^\n]{0,100}:[ \t]*(?:\r?\n|\Z)")


def _follows_labelled_list(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a paragraph is behind the list below a label: `Planned removals:`, a list, then thanks."""
    if not _LABEL_LINE.match(document.source.text, document.sections[sentence.section].start):
        return False
    before = (other for other in document.sentences[: sentence.number] if other.section == sentence.section)
    return any(other.is_list_item for other in before)


def _list_following(document: ParsedDocument, sentence: DocumentSentence) -> list[DocumentSentence]:
    following = document.sentences[sentence.number + 1 : sentence.number + 6]
    return [other for other in following if other.section == sentence.section]


def _belongs_to_item(
    document: ParsedDocument, item: NoteItem, items: Mapping[int, NoteItem], sentence: DocumentSentence
) -> bool:
    """Return whether a sentence behind an item is one of its own or of the items directly below it."""
    between = (items.get(number) for number in range(item.sentences[-1] + 1, sentence.number + 1))
    depth = measure_column(document.source.text, item.start)
    return all(other and measure_column(document.source.text, other.start) > depth for other in between)


_STATE = re.compile(r"(?:Now|Previously|Before|Until now|Currently)\b")
"""Beginnings of sentences that say what is so, and not what to do."""


def _choose_action(document: ParsedDocument, sentences: Collection[DocumentSentence]) -> Quotation | None:
    for sentence in sentences:
        if URGES_UPGRADE.search(sentence.text) and (quotation := quote(document, sentence)):
            return quotation
    numbers = {sentence.number for sentence in sentences if not _STATE.match(sentence.text)}
    for sentence in rank_sentences(document, "action"):
        if sentence.number in numbers and (quotation := quote(document, sentence)):
            return quotation
    return None


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


def _classify(heading: str) -> SectionKind:
    kinds = [classify_heading(part) for part in reversed(heading.split(" > "))]
    return next((kind for kind in kinds if kind != "other"), "other")
