"""Consequences that sentences and paragraphs of a document state, of themselves or by the heading above them. Pure."""

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile

from sparky_assets.documents.consequences.actions import asks_for_change, choose_action, find_first_step
from sparky_assets.documents.consequences.announced import KIND_BY_SECTION, SECURITY_WORD, leads_to_news
from sparky_assets.documents.consequences.changed_names import RENAMED_LABEL, SAYS_RENAMED, names_rename
from sparky_assets.documents.consequences.guides import CHANGE_WORD, explains, shows_change
from sparky_assets.documents.consequences.items import BREAKING_LABEL
from sparky_assets.documents.consequences.sentences import (
    MAX_STATED_WORDS,
    OLD_STATE,
    SAYS_BREAKING,
    SAYS_INCOMPATIBLE,
    TELLING_SECTIONS,
    VAGUE_END,
    adopts_platform,
    read_sign,
    says_nothing,
    states_further,
)
from sparky_assets.documents.models import (
    Consequence,
    ConsequenceKind,
    DocumentSentence,
    NoteItem,
    ParsedDocument,
    Quotation,
    SectionKind,
)
from sparky_assets.documents.note_kinds import OWN_PAGE_LINK
from sparky_assets.documents.notes import list_note_items, measure_column
from sparky_assets.documents.quotes import quote
from sparky_assets.text.references import find_advisories, find_references

_LEADS_ON = re.compile(
    r"(?i)the following\b|(?:although [^,]{3,60}, )?the (?:functionality|functions|features|changes|items|apis?)"
    r" (?:listed |described )?below\b"
    r"|these (?:\w+ ){0,2}(?:features|methods|options|apis|functions) (?:will|are|were|have)\b"
    r"|there (?:are|is) (?:also )?"
    r"(?:several|some|many|multiple|various|a (?:few|number of|couple of))\b"
    r"|this (?:release|version) (?:also )?(?:introduces|includes|contains|adds) (?:\w+ ){0,3}deprecat"
)
"""How a sentence begins that only says what comes: `The following cases are deprecated`."""

_NAMES_WHAT = re.compile(r":\s+\S")
"""A list within a sentence: `The following lamps have been removed: day, night`."""

_PAST_DEPRECATION = re.compile(
    r"(?:In|Since|As of) (?:[\w.-]+ ){0,2}v?\d+\.[\dx]+(?:\.[\dx]+)*,? .{0,200}\b(?:was|were) (?:\w+ )?deprecated\b"
    r"|(?:It|This|They|These) (?:was|were|had been) deprecated\b"
)
"""`In Pillow 11.3.0, the parameter was deprecated` is history, which the next sentence goes on from."""

_DUTY_WORD = re.compile(
    r"(?i)\b(?:breaking|no longer|must|need(?:s|ed)? to|have to|has to|will require|requires? (?:you|a|an|the)|removed"
    r"|renamed|replaced|instead)\b(?!.*:$)"
)
"""A paragraph of a migration guide states something with such a word: `See the entries below` does not."""

_DEPRECATING_WORD = re.compile(r"(?i)\b(?:deprecat|remov|renam|replac|instead|no longer|obsolete)\w*")
"""A paragraph below a heading about deprecations states one with such a word: `We work on a simpler API` does not."""

_WORD_BY_SECTION: Mapping[SectionKind, re.Pattern[str]] = {
    "security": SECURITY_WORD,
    "migration": _DUTY_WORD,
    "deprecated": _DEPRECATING_WORD,
}

_LEADS_TO_CODE = re.compile(
    r"(?i)(?:if you|to (?:keep|restore|get|opt|disable|enable|use|avoid))\b.{1,300}:\Z", re.DOTALL
)
"""A paragraph that is cut off before the code that it leads on to: `If you do not want this, use:`."""

_ANNOUNCES_BREAKS = re.compile(
    r"(?i)\b(?:contains?|includes?|has|have|brings?|introduces?|makes?) (?:[\w-]+ ){0,4}changes\b(?! (?:to|in) `)"
    r"|\b(?:a number of|several|some|many) (?:[\w-]+ ){0,3}changes (?:have been|were|are)"
    r" (?:introduced|made|summarized)\b"
    r"|\b(?:introduces?|contains?|includes?|adds?) (?:\w+ ){0,3}deprecat\w+ (?:warnings )?(?:for|of)"
    r" (?:several|some|many|various|a number)\b"
)
"""A paragraph that says that something breaks, and not what: `The release contains several breaking changes.`"""


_LEANING_END = re.compile(
    r"(?i)(?:this|that|these|it|they)(?: (?:option|feature|function|method|setting|behaviou?r))? "
    r"(?:is|are|was|were|has been|have been) (?:now |also )?deprecated\b"
)
"""`This option has been deprecated in 7.5` says of what to those who read the sentence before it."""


def find_in_sentences(document: ParsedDocument, covered: set[int]) -> Iterator[Consequence]:
    """Yield the consequences of sentences that are not in `covered`, and add to it those that are about the same."""
    # Notes name the change of an item in a sentence of its own: `Drop support for Python 3.8. (#1157)`.
    items = {number: item for item in list_note_items(document) for number in item.sentences}
    is_notes = document.source.kind in {"release_notes", "change_note"}
    stated_sections: set[int] = set()
    of_platform = not is_notes and adopts_platform(document.source.title)
    for sentence in document.sentences:
        is_said = sentence.number in covered or bool(_PAST_DEPRECATION.match(sentence.text))
        is_said = is_said or bool(OLD_STATE.match(sentence.text) or VAGUE_END.match(sentence.text))
        is_said = is_said or (not sentence.opens_block and bool(_LEANING_END.match(sentence.text)))
        is_said = is_said or bool(OWN_PAGE_LINK.fullmatch(sentence.text) or _REFERS_BACK.match(sentence.text))
        is_shown = document.source.is_guide and shows_change(document, sentence)
        if document.source.is_guide and explains(document, sentence) and not is_shown:
            continue
        if is_said or (_LEADS_ON.match(sentence.text) and not _NAMES_WHAT.search(sentence.text)):
            continue
        section, item = document.sections[sentence.section], items.get(sentence.number)
        if not sentence.is_quotable or section.kind == "skipped":
            continue
        sign = None if of_platform else read_sign(sentence, section.kind, item)
        if sign and sign[0] == "removed" and _concerns_no_user(sentence, item):
            continue
        if sign is None and (is_shown or _says_moved(document, sentence, is_item=item is not None)):
            sign = "compatibility", "is shown by code below" if is_shown else "says moved"
        is_release = document.source.kind == "release_notes"
        if is_release and sentence.opens_block and not sentence.is_list_item:
            sign = _read_mark(sentence.text, sign)
        may_be_long = bool(sign) and is_notes
        quotation = quote(document, sentence) or (may_be_long and quote(document, sentence, MAX_STATED_WORDS)) or None
        if quotation is None:
            continue
        asked = asks_for_change(sentence.text) if is_notes and section.kind not in KIND_BY_SECTION else None
        if sign is None and asked is None:
            # Behind what has been removed, a paragraph recommends something, or thanks.
            if sentence.section not in stated_sections or _DUTY_WORD.search(sentence.text):
                yield from _find_by_section(document, sentence, quotation)
            continue
        stated_sections.add(sentence.section)
        kind, reason = sign or (asked or "compatibility", "says what to change")
        if (stated := _quote_stated(document, sentence, reason, quotation, covered)) is None:
            continue
        quotation = stated
        following = _list_following(document, sentence)
        if item and is_notes:
            # The next item of notes is about something else.
            following = [other for other in following if _belongs_to_item(document, item, items, other)]
        action = choose_action(document, following) if sign else find_first_step(document, sentence, following)
        quotation, action = _quote_item(document, item if sign is None else None, quotation, action)
        yield Consequence(
            kind=kind,
            reason=reason,
            statement=quotation,
            action=action,
            references=find_references(sentence.text) or (item.references if item else ()),
        )
        # The next sentences of an item are about the same: `It was deprecated in 0.32.`
        own = () if item is None else item.sentences
        covered.update(number for number in own if not states_further(document.sentences[number].text))


_REFERS_BACK = re.compile(r"(?i)(?:this change (?:was|is) (?:made|required|needed|necessary|done)|that will now)\b")
"""How a sentence begins that only goes on from what breaks: `This change was made to prevent confusion.`"""

_NEW_PLACE = re.compile(
    r"(?i)\W{0,3}(?!if\b)[^.;:]{3,60} (?:has|have) a new (?:maven )?"
    r"(?:coordinates?|package names?|(?:module|import) paths?|group ids?|artifact ids?)\b"
    r"|\W{0,3}[^.;:]{3,60} (?:is|are) now (?:packaged|published|distributed|shipped) as (?:separate|two|several)\b"
)
"""A paragraph of notes that says where something is from now on: `MockWebServer has a new package name.`"""

_MOVED_NAMED = re.compile(
    r"(?i)(?:(?:as of|in|with|since) (?:[\w.-]+ )?v?\d[\w.]*,? )?(?:the |all )?(?:[\w-]+ ){0,2}`[^`\n]{2,80}`"
    r"(?:(?:,| and|, and| or) `[^`\n]{2,80}`){0,5}(?: [\w-]+){0,3}? (?:has|have) been "
    r"(?:moved|split|merged|extracted|replaced|renamed|reduced|changed)\b"
)


def _says_moved(document: ParsedDocument, sentence: DocumentSentence, *, is_item: bool) -> bool:
    """Return whether a sentence says of something by its name that it is elsewhere or another one now."""
    if document.source.is_guide:
        return bool(_MOVED_NAMED.match(sentence.text))
    return document.source.kind == "release_notes" and not is_item and bool(_NEW_PLACE.match(sentence.text))


_SAYS_OF_BEFORE = re.compile(
    r"(?i)\W*(?:please )?(?:note:? )?(?:that )?(?:this|it|that|which) "
    r"(?:is|are|was|may|might|will|would|can|could|breaks?|also|should) (?:\S+ ){0,10}?\S+\Z"
)
"""A short sentence that says something of what the one before it is about: `This is a backward-incompatible change.`"""


def _quote_stated(
    document: ParsedDocument, sentence: DocumentSentence, reason: str, quotation: Quotation, covered: set[int]
) -> Quotation | None:
    """Return the words for what a sentence states: of one that only says that it breaks, the sentence before it.

    Args:
        document: the document.
        sentence: the sentence.
        reason: how it states something.
        quotation: its words.
        covered: the numbers of sentences that are quoted or left out.
    """
    if reason not in {SAYS_BREAKING, SAYS_INCOMPATIBLE} or not _SAYS_OF_BEFORE.match(sentence.text):
        return quotation
    before = document.sentences[sentence.number - 1] if sentence.number else None
    if before is None or before.section != sentence.section or before.number in covered:
        return None
    says_little = before.text.endswith(":") or _SAYS_OF_ITEM.match(before.text)
    return None if says_little else quote(document, before)


_SAYS_OF_ITEM = re.compile(r"(?i)(?:note:? )?(?:that )?(?:this|it|that|these|they)\b")


def _quote_item(
    document: ParsedDocument, item: NoteItem | None, quotation: Quotation, action: Quotation | None
) -> tuple[Quotation, Quotation | None]:
    """Return what a sentence of an item states and what to do; the first sentence where the other one is about that.

    `This might break your code` says what its item does only to those who read that.
    """
    first = quote(document, document.sentences[item.sentences[0]]) if item else None
    if first is None or first.start >= quotation.start or not _SAYS_OF_ITEM.match(quotation.text):
        return quotation, action
    return first, action or quotation


_OWN_FILES = re.compile(
    r"(?i)(?:[`'\"]{0,2}(?:examples?|tests?|benchmarks?|docs?|scripts|tools|\.github|ci)/|.{0,30}\btest suite\b)"
)
"""Files of a project that no release brings: `The `examples/bench` folder has been removed`."""


def _concerns_no_user(sentence: DocumentSentence, item: NoteItem | None) -> bool:
    """Return whether what a sentence says is removed was a fault that its item fixes, or a file of the project alone.

    `Offline mode emitted a statement … Only that has been removed.` takes nothing away that has a name.
    """
    text = sentence.text.removeprefix("The ").removeprefix("the ")
    if _OWN_FILES.match(text):
        return True
    is_further = item is not None and item.kind == "fixes" and sentence.number != item.sentences[0]
    return is_further and "`" not in text


_NOTICE = re.compile(r"(?:[⚠❗🚨💥]\ufe0f?|:(?:warning|exclamation|rotating_light|boom):)\s")
_NOTICE_WORD = re.compile(
    r"(?i)\b(?:breaking|no longer|must|need(?:s|ed)? to|have to|has to|requires?|removed|renamed|replaced"
    r"|change[sd]?|migrations?|upgrad\w+|stopped|instead|make sure|before you)\b"
)
_NAMES_BREAK = re.compile(r"(?i)\bbreaking changes? (?:in|to|of|for) \S")


def _read_mark(text: str, sign: tuple[ConsequenceKind, str] | None) -> tuple[ConsequenceKind, str] | None:
    """Return what a paragraph of notes states by the mark in front of it, else by its words: `⚠️ **Breaking:** …`.

    Args:
        text: its first sentence.
        sign: what its words state.
    """
    if says_nothing(_NOTICE.sub("", text, count=1)):
        return sign
    if BREAKING_LABEL.match(_NOTICE.sub("", text, count=1)):
        return "breaking", "labelled as breaking"
    # `⚠️ Two changes to be aware of:` leads on to the list of them.
    if sign is None and _NOTICE.match(text) and _NOTICE_WORD.search(text) and not text.rstrip().endswith(":"):
        return "breaking" if _NAMES_BREAK.search(text) else "compatibility", "marked with a warning sign"
    return sign


def _find_by_section(
    document: ParsedDocument, sentence: DocumentSentence, quotation: Quotation
) -> Iterator[Consequence]:
    """Yield what a sentence states without a word for it: a rename, and what the heading above a paragraph says."""
    section = document.sections[sentence.section]
    if section.kind in TELLING_SECTIONS and names_rename(sentence.text):
        yield Consequence(
            kind="removed", label=RENAMED_LABEL, reason=SAYS_RENAMED, statement=quotation,
            references=find_references(sentence.text),
        )  # fmt: skip
        return
    needed = _WORD_BY_SECTION.get(section.kind)
    if document.source.is_guide and section.kind == "removed":
        needed = _DEPRECATING_WORD  # a guide also says there what is kept
    if section.kind == "breaking" and needed is None and _introduces_list(document, sentence):
        needed = _BREAKING_WORD
    announces = bool(_ANNOUNCES_BREAKS.search(sentence.text))
    is_about = needed is None or bool(needed.search(sentence.text))
    is_about = is_about and (announces or not says_nothing(sentence.text))
    is_about = is_about and not (section.kind == "security" and _introduces_advisories(document, sentence))
    is_about = is_about and not _follows_labelled_list(document, sentence)
    is_about = is_about and not leads_to_news(sentence.text) and not _LEADS_TO_CODE.match(sentence.text)
    # The items of a list are about one thing each.
    following = list(takewhile(lambda other: not other.is_list_item, _list_following(document, sentence)))
    if section.kind in KIND_BY_SECTION and is_about and not sentence.is_list_item and sentence.opens_block:
        if announces:
            stating = next((other for other in following if needed and needed.search(other.text)), None)
            stated = quote(document, stating) if stating and not stating.opens_block else None
            if stating is None or stated is None:
                return
            quotation, following = stated, [other for other in following if other.number > stating.number]
        yield Consequence(
            kind=KIND_BY_SECTION[section.kind], reason=f"section {section.heading}", statement=quotation,
            action=choose_action(document, following),
        )  # fmt: skip


def _introduces_advisories(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a paragraph is beside advisories that its section lists, and names none of them."""
    section = document.sections[sentence.section]
    named = find_advisories(document.source.text[section.start : section.end])
    return bool(named) and not find_advisories(sentence.text)


_BREAKING_WORD = re.compile(rf"{CHANGE_WORD.pattern}|\b(?:rather than|disabled)\b", re.IGNORECASE)
"""A paragraph in front of a list of what breaks states a break with such a word."""

MAX_INTRODUCED_SENTENCES = 40
"""Sentences behind a paragraph among which a list of what breaks is looked for."""


def _introduces_list(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a list of what breaks is behind a paragraph, in its section or the next ones of this kind.

    `Maps 8 begins to draw with plugins.` in front of such a list says why, and not what breaks.
    """
    behind = document.sentences[sentence.number + 1 : sentence.number + 1 + MAX_INTRODUCED_SENTENCES]
    of_kind = takewhile(lambda other: document.sections[other.section].kind == "breaking", behind)
    return any(other.is_list_item for other in of_kind)


_LABEL_LINE = re.compile(r"(?:\*\*|__)[^\n]{1,100}|[A-Z][^\n]{0,100}:[ \t]*(?:\r?\n|\Z)")


def _follows_labelled_list(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a paragraph is behind the list below a label: `Planned removals:`, a list, then thanks."""
    if not _LABEL_LINE.match(document.source.text, document.sections[sentence.section].start):
        return False
    before = (other for other in document.sentences[: sentence.number] if other.section == sentence.section)
    return any(other.is_list_item for other in before)


def _list_following(document: ParsedDocument, sentence: DocumentSentence) -> list[DocumentSentence]:
    following = document.sentences[sentence.number + 1 : sentence.number + 6]
    # `**Breaking change**: users of maps must …` in the next paragraph is about something else.
    own = takewhile(lambda other: not (other.opens_block and BREAKING_LABEL.match(other.text)), following)
    return [other for other in own if other.section == sentence.section]


def _belongs_to_item(
    document: ParsedDocument, item: NoteItem, items: Mapping[int, NoteItem], sentence: DocumentSentence
) -> bool:
    """Return whether a sentence behind an item is one of its own or of the items directly below it."""
    between = (items.get(number) for number in range(item.sentences[-1] + 1, sentence.number + 1))
    depth = measure_column(document.source.text, item.start)
    return all(other and measure_column(document.source.text, other.start) > depth for other in between)
