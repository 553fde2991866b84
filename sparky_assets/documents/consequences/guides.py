"""What an item of a guide to a version says that is not as before. Pure.

A guide also explains: what is new, what was so before, and lists of cases below a sentence. Its heading alone makes no
consequence of these.
"""

import re
from collections.abc import Iterator, Sequence

from sparky_assets.documents.blocks import is_above_code
from sparky_assets.documents.cache import keep_per_document
from sparky_assets.documents.consequences.changed_names import SAYS_RENAMED, says_renamed
from sparky_assets.documents.consequences.sentences import read_sign
from sparky_assets.documents.consequences.verbs import BARE_CODE, plain_item
from sparky_assets.documents.models import ConsequenceKind, DocumentSentence, NoteItem, ParsedDocument
from sparky_assets.documents.notes import measure_column, tells_alone
from sparky_assets.documents.sections import classify_heading

CHANGE_WORD = re.compile(
    r"(?i)\b(?:no[ -]longer|any ?more|must|needs? to|ha(?:s|ve) to|now|required?|requires|requirement|remov(?:ed?|al)"
    r"|renam(?:ed?|ing)|replac(?:ed?|ing|ement)|mov(?:ed?|ing)|merged|chang(?:ed?|es)|drop(?:s|ped)?|instead"
    r"|deprecated|deprecation|cannot|unsupported"
    r"|ha(?:s|ve) been (?:\w+ly )?(?!add|improv|introduc|implement|fix|test|request|await|plan|design|used\b|support)"
    r"(?:\w+ed|made|split|taken|given|set|rewritten)|is always|are always|updated from"
    r"|migrat(?:ed?|ing)|converted|extracted"
    r"|split|stricter|invalid|rejects?|throws?|raises?|disallow(?:s|ed)?|forbidden|differs?"
    r"|(?:is|are|behaves?|works?|now) different|differently|default|receives?|expects?|should (?:not|now)"
    r"|(?:is|are|was|were|been) (?:modified|restored|altered|overhauled)|(?:may|might|could) (?:cause|break)"
    r"|minimum|incompatible|breaks?|breaking)\b|->|→|=>|n['’]t\b"
)
"""A word of a sentence that may say that something is not as before."""

_ASKING = re.compile(
    r"(?i)(?:please )?(?:replace|rename|change|remove|update|use|move|switch|pass|call|set|convert|delete|drop|upgrade"
    r"|adjust|adapt|make sure|ensure|import|migrate|if you(?:r|['’]re)?\b)"
)
"""How an item begins that says what to do."""

_NO_CHANGE = re.compile(
    r"(?i)(?:an? |the |several |some )?(?:new\b|add(?:s|ed)?\b|previously\b|before\b|formerly\b|until now\b|example\b)"
    r"|\bnow (?:more|better|faster|easier|also|possible|support(?:s|ed)?|available)\b"
    r"|.{0,80}\bnow (?:has|have|comes? with) (?:an? )?(?:built-in|native|first-class|support)\b"
    r"|.{0,80}\balso now (?:supports?|includes?|accepts?|allows?|offers?)\b"
    r"|.{0,80}\bis (?:available|an? (?:new|option\w*))\b|.{1,80}\bcan (?:now |also )?be used\b"
)
"""What is new, or was so before."""

_VAGUE = re.compile(
    r"(?i)(?:(?:this|that|these|those|it|they|there|here|note|for example|e\.g|as(?! of v?\d)|so"
    r"|(?:several |many |some )?other)\b"
    r"|use\b|to \w+|attempting to\b|setting\b"
    r"|now\b(?=,? (?:it|this|that|they|these|those|you|we|there|let|one)\b|\W*\Z)"
    r"|(?:however|but|instead|otherwise|consider|suppose|imagine|or|and|with (?:that|this))\b"
    r"|(?:a number of|several|some|many|various) (?:\w+ )?changes\b|the changes (?:above|below)\b"
    r"|we(?:['’]ve| have)? (?:also )?made (?:quite )?(?:a number of|a few|several|some|many|various) (?:\w+ )?changes\b"
    r"|now,? (?:in|as of|with|since) [\w. ]{1,20},? (?:it|this|that|they|these|we|you)\b"
    r"|in (?:[\w.-]+ ){0,2}v?\d[\w.]*,? (?:(?:all of )?(?:this|that|it|these|we)\b"
    r"|.{0,200}\b(?:was|were|would|used to|could|had)\b(?!.{0,80}\bremoved\b))|prior to\b|previously\b"
    r"|in the (?:now |old|past)|(?:we )?also\b"
    r"|if you (?:still )?(?:need|want|wish|prefer|would like)\b"
    r"|historically\b|before\b)"
)
"""How a sentence begins that says nothing alone, or what was so."""

_DENIAL = re.compile(
    r"(?i)\b(?:maintain|keep|preserv|retain|ensur)\w* (?:\w+ )?backwards?[- ]compatib"
    r"|\b(?:fully|completely|is|are|remains?) backwards?[- ]compatible\b"
    r"|\bno (?:\w+ ){0,2}(?:changes?|actions?) (?:\w+ ){0,2}(?:required|needed|necessary)\b"
)
"""What a section says of all that it lists: `maintaining full backward compatibility`."""

_OF_PAST = re.compile(
    r"(?i)\A.{2,60} has always (?:had|been)\b"
    r"|\b(?:previously|formerly|used to (?!be\b))\b(?!.{0,200}\bnow\b)(?<!\bnow\b)"
    r"(?!.{0,200}\b(?:moved|removed|renamed|replaced)\b)|\bha(?:s|ve) until now\b"
)
"""A sentence about what was so before."""

_ASKS_NOTHING = re.compile(
    r"(?i)\b(?:do(?:es)?n['’]t|do(?:es)? not|won['’]t|never) (?:have|need) to\b|\bnot (?:be )?affect(?:ed)?\b"
    r"|\b(?:has|have) not changed\b|\A\W*you can\b|\bworks? as before\b"
    r"|\A.{3,60} is now an? (?:\w+ ){0,4}(?:library|framework)\b"
)
"""A sentence that says that there is nothing to change."""

_GENERAL_STEP = re.compile(
    r"(?i)\A\W*(?:please )?(?:(?:review|read|see|check(?: out)?|consult|look (?:at|through)|skim|follow)\b.{0,80}"
    r"\b(?:sections?|guides?|change-?logs?|below|above|breaking changes|notes|documents?|documentation)\b"
    r"|(?:upgrade|update|bump|install)(?: \w[\w.-]*)?(?: to)?(?: the)?(?: latest| new)?(?: version)?"
    r"(?: (?:of )?v?\d[\w.]*)?(?: in (?:your|the) \w[\w.]*)?(?:,? and (?:re-?)?(?:deploy|install|run)\b.{0,40})?\W*\Z"
    r"|(?:open|file|create|report)\b.{0,30}\b(?:issues?|bugs?)\b|join us\b)"
)
"""A step to any version, which names nothing that changed: `Review the Upgrade section below`, `Upgrade to 8.0`."""

_BY_US = re.compile(r"(?i)we\b")
"""How an item begins that says what its authors did, and mostly no end of anything."""

_IF_YOU = re.compile(r"(?i)if you(?:r|['’]re)?\b")

_ENDS_NAMED = re.compile(
    r"(?i)`[^`\n]{2,80}`(?: [\w-]+){0,3} (?:has been|have been|was|were|is|are) (?:now )?removed\b"
)
"""A sentence that says of something by its name that it is gone: it says that alone."""

MAX_STATING_SENTENCES = 3
"""Sentences at the beginning of the prose below a heading of which one says what the heading is about."""

_ENDING = re.compile(
    r"(?i)\b(?:remov|drop|delet|discontinu|deprecat|renam|replac|obsolete)\w*|\bno[ -]longer\b|\bgone\b|n['’]t\b"
)
"""A word of a sentence below a heading about removals that says one."""

_SAYS_SO = re.compile(r"(?i)\b(?:is|are|do(?:es)?|will|can)\b")
"""The verb of a heading that says what is so now: `Day maps are tracked`."""

_STATES = re.compile(f"{CHANGE_WORD.pattern}|{_ENDING.pattern[4:]}", re.IGNORECASE)
"""A word of an item below a heading about what breaks that says a change, and no command or advantage."""

_LEADS_ON = re.compile(r":\s*\Z")

_NEWS_LABEL = re.compile(r"(?i)\b(?:includes?|introduces?|brings?|contains?|offers?|adds?|example|supports?|such as)\b")
"""The label over a list of what is new, or of cases: `This version includes:`."""

MAX_LABEL_LENGTH = 200
"""Characters in front of a list in which its label is looked for."""

MAX_NAME_WORDS = 4
"""Words of an item that is the name of what the items below it are about."""


_NEWS_KINDS = frozenset({"features", "usage", "performance"})
_STATED_KINDS = frozenset({"breaking", "removed", "deprecated"})


@keep_per_document
def list_denied_sections(document: ParsedDocument) -> tuple[int, ...]:
    """Return the sections of a guide that say that what they list breaks nothing, by their numbers."""
    return tuple(
        number
        for number, section in enumerate(document.sections)
        if _denies(document.source.text[section.start : section.end])
    )


_CONDITION = re.compile(r"(?i)\b(?:if|unless|when|where|for (?:most|those|default)|most|otherwise)\b[^.\n]*\Z")


def _denies(text: str) -> bool:
    """Return whether a section says that it breaks nothing, and not of those alone who use what is the default."""
    return any(
        not _CONDITION.search(text, max(0, match.start() - 200), match.start()) for match in _DENIAL.finditer(text)
    )


def explains(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a sentence of a guide says nothing alone, or is of a section that breaks nothing."""
    return sentence.is_cell or sentence.section in list_denied_sections(document) or _is_vague(sentence)


_ONLY_BREAKS = re.compile(
    r"(?i)(?:[\w-]+ ){0,3}(?:bc|api|abi|breaking|incompatib\w+|compatibility|code) (?:breaks?|changes)"
)
"""A heading over what breaks, and not what that is: `Code BC breaks`."""

_NAMES_AREA = re.compile(r"(?i)(?:[\w-]+ ){0,2}changes? (?:to|in|of|for|with)\b|.*\bchanges\W*\Z")
"""A heading that says where something changes, and not what: `Changes to the lexer`."""


def find_stating(document: ParsedDocument, item: NoteItem) -> list[DocumentSentence]:
    """Return the sentences of an item of a guide that say what is not as before, those that say it alone.

    Args:
        document: the guide.
        item: a list item, or a heading with the prose below it.
    """
    sentences = [document.sentences[number] for number in item.sentences]
    is_alone = tells_alone(document, sentences[0])
    is_entry = document.sections[item.section].entry is not None and not is_alone
    # The name that a cell is about is in another column.
    is_aside = sentences[0].is_cell or item.section in list_denied_sections(document)
    if is_aside or _ASKS_NOTHING.search(sentences[0].text) or _GENERAL_STEP.match(sentences[0].text):
        return []
    if _is_news(item, is_entry=is_entry):
        stating = [own for own in sentences if states_outright(own) or (own is sentences[0] and _ends_code(own))]
    elif item.kind in _STATED_KINDS:
        stating = _list_below_heading(item, sentences, is_entry=is_entry)
    elif is_entry:
        stating = [own for own in sentences if _says_change(own) and not _NO_CHANGE.match(plain_item(own.text))]
    elif is_alone:
        stating = [own for own in sentences if CHANGE_WORD.search(own.text)]
    elif _explains(document, item, sentences) or _NO_CHANGE.match(plain_item(sentences[0].text)):
        stating = []
    else:
        stating = [own for own in sentences if CHANGE_WORD.search(own.text) or _ASKING.match(plain_item(own.text))]
    first = sentences[0].number + MAX_STATING_SENTENCES
    telling = [own for own in stating if not _is_vague(own) and (own.number < first or not is_entry)]
    if is_entry and not telling:
        telling = [
            own for own in sentences if (states_outright(own) and not _is_vague(own)) or shows_change(document, own)
        ]
    telling = [own for own in telling if not (own.is_heading and _ONLY_BREAKS.fullmatch(own.text.strip("*_: ")))]
    return [own for own in telling if not (own.is_heading and _NAMES_AREA.match(own.text))] or telling


MAX_INNER_ITEMS = 60
"""Items below a label that are looked at."""

_LABEL_END = re.compile(r"[:)][*_]*\Z")


MAX_INNER_LABEL_WORDS = 8
"""Words of an item that only says what those nested in it are about."""

_VAGUE_START = re.compile(rf"(?i)\A(?:{_VAGUE.pattern[4:]})")
_EXPLAINS = re.compile(r"(?i)\A(?:kept|you can|to use|for example|e\.g|note)\b")


def _says_inner_change(sentence: DocumentSentence) -> bool:
    """Return whether a nested item says a change by itself, and does not explain another one."""
    text = sentence.text
    return bool(CHANGE_WORD.search(text)) and not any(
        pattern.search(text) for pattern in (_EXPLAINS, _VAGUE_START, _ASKS_NOTHING)
    )


def _iterate_inner(document: ParsedDocument, items: Sequence[NoteItem], number: int) -> Iterator[tuple[int, NoteItem]]:
    """Yield the items that are nested in an item, by their numbers."""
    column = measure_column(document.source.text, items[number].start)
    for index in range(number + 1, min(len(items), number + 1 + MAX_INNER_ITEMS)):
        own = items[index]
        if own.section != items[number].section or measure_column(document.source.text, own.start) <= column:
            return
        yield index, own


def find_inner_changes(document: ParsedDocument, items: Sequence[NoteItem]) -> frozenset[int]:
    """Return the numbers of items about what breaks that say nothing, because those nested in them say it.

    Below `Fonts: (users of piers)` each inner item with a word for a change is one; those without explain them.
    """
    silent: set[int] = set()
    for number, item in enumerate(items):
        first = document.sentences[item.sentences[0]]
        is_label = item.kind in _STATED_KINDS and len(item.sentences) == 1 and bool(_LABEL_END.search(first.text))
        is_label = is_label and len(first.text.split()) <= MAX_INNER_LABEL_WORDS
        if number in silent or not is_label or first.is_heading or CHANGE_WORD.search(first.text):
            continue
        inner = list(_iterate_inner(document, items, number))
        changed = {index for index, own in inner if _says_inner_change(document.sentences[own.sentences[0]])}
        if changed:
            silent.update({number, *(index for index, _ in inner if index not in changed)})
    return frozenset(silent)


_OUTRIGHT_KINDS = frozenset({"breaking", "removed", "changed_default", "new_minimum", "now_error"})


def states_outright(sentence: DocumentSentence) -> bool:
    """Return whether a sentence of a guide says by its own words that something is gone, required or another one."""
    return read_outright(sentence) is not None


def read_outright(sentence: DocumentSentence) -> tuple[ConsequenceKind, str] | None:
    """Return what a sentence of a guide says by its own words that is gone, required or another one, and by which."""
    if says_renamed(sentence.text):
        return "removed", SAYS_RENAMED
    sign = read_sign(sentence, "breaking", None)
    return sign if sign and sign[0] in _OUTRIGHT_KINDS else None


_ENDS_CODE = re.compile(rf"(?i)(?:removed?|dropped|deprecated?|renamed?) (?:the |support for )?(?-i:{BARE_CODE})")


def _ends_code(sentence: DocumentSentence) -> bool:
    """Return whether an item begins with the end of a name: ``Removed `lamps` option``."""
    return bool(_ENDS_CODE.match(plain_item(sentence.text)))


_NOW = re.compile(
    r"(?i)\b(?:import|module|package) paths? (?:will be|becomes?)\b"
    r"|\bnow\b(?!-)(?! (?:also|more|better|faster|easier|possible|available|support\w*|can|you)\b)"
)


def shows_change(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a paragraph of a guide is a sentence above a block of code that says what is so now.

    `Types are now printed without a space:` says it alone; the code shows it.
    """
    text = sentence.text.rstrip(": ")
    is_lead = sentence.opens_block and not sentence.is_list_item and sentence.text.endswith(":")
    is_telling = bool(_NOW.search(text)) and not _VAGUE.match(text) and not _NO_CHANGE.match(text)
    return is_lead and is_telling and is_above_code(document.source.text, sentence.end)


def _is_news(item: NoteItem, *, is_entry: bool) -> bool:
    """Return whether an item is below a heading about what is new; that of an entry may say `New requirements`."""
    return item.kind in _NEWS_KINDS and not (is_entry and classify_heading(item.heading) in _NEWS_KINDS)


def _list_below_heading(
    item: NoteItem, sentences: Sequence[DocumentSentence], *, is_entry: bool
) -> list[DocumentSentence]:
    """Return the sentences of an item that say what the heading above it is about: a break, removal or deprecation."""
    if item.kind != "breaking":
        if not is_entry:
            is_aside = _IF_YOU.match(item.text) or (_BY_US.match(item.text) and not _ENDING.search(item.text))
            return [] if is_aside else list(sentences)
        return [own for own in sentences if _ENDING.search(own.text)]
    stating = [own for own in sentences if _STATES.search(own.text)]
    return [*stating, *(own for own in sentences if own not in stating)] if is_entry else stating


def _says_change(sentence: DocumentSentence) -> bool:
    """Return whether a heading or the prose below it says that something is not as before."""
    return bool(CHANGE_WORD.search(sentence.text) or (sentence.is_heading and _SAYS_SO.search(sentence.text)))


_NOTE = re.compile(r"(?i)(?:please )?note:? that,? ")
"""How a sentence begins that says something alone: `Note that the default has been reduced`."""


def _is_vague(sentence: DocumentSentence) -> bool:
    """Return whether a sentence says nothing alone: it goes on from the one before it, or leads on to a list."""
    text = _NOTE.sub("", sentence.text.lstrip("("), count=1)
    past = _OF_PAST.search(text)
    # `It now draws all maps (used to leave some out)` says first what is so.
    is_before = bool(past) and not re.search(r"(?i)\bnow\b", text[: past.start() if past else 0])
    is_past = _VAGUE.match(text) or _ASKS_NOTHING.search(text) or is_before
    is_led = bool(is_past) or text.endswith(":") or sentence.is_cell
    return is_led and not _ENDS_NAMED.search(text)


def _explains(document: ParsedDocument, item: NoteItem, sentences: Sequence[DocumentSentence]) -> bool:
    """Return whether an item is of a list that explains the item or the sentence in front of it, which says no change.

    Args:
        document: the guide.
        item: the item.
        sentences: its sentences.
    """
    text, first = document.source.text, sentences[0]
    column, top = measure_column(text, item.start), first
    for other in reversed(document.sentences[: first.number]):
        if other.section != first.section:
            break
        if other.is_list_item and (
            other.continues_item or not other.opens_block or measure_column(text, other.start) >= column
        ):
            top = other
            continue
        if other.is_list_item:
            return len(other.text.split()) > MAX_NAME_WORDS or not re.search(BARE_CODE, first.text)
        return bool(_LEADS_ON.search(text[other.start : other.end + 1])) and not CHANGE_WORD.search(other.text)
    # A line with a colon right above a list is a label, and no sentence.
    before = text[max(0, top.start - MAX_LABEL_LENGTH) : top.start].rstrip("-*+ \t\r\n")
    label = before.rpartition("\n")[2]
    return bool(label.endswith(":") and _NEWS_LABEL.search(label)) and not CHANGE_WORD.search(label)
