"""Split prose into sentences by spans. It knows abbreviations, code spans, versions and addresses; no dictionary.

A cut is made only at white space behind a final mark, so that no span cuts a word, and only white space lies between
two spans. All patterns are bounded: a hostile text costs linear time.
"""

import re
from itertools import pairwise

_CODE_SPAN = re.compile(r"`{1,3}[^`]{1,400}`{1,3}")
_ADDRESS = re.compile(r"\b(?:https?|ftp|ssh)://[^\s<>]{1,2000}")
_LINK_TARGET = re.compile(r"\]\([^()\s]{1,1000}\)")
_BOUNDARY = re.compile(r"[.!?…]{1,10}[)\"'”’»\]*_`]{0,6}(?=\s)|[。！？]")
_LAST_TOKEN = re.compile(r"[^\s(\[\"'“‘]{1,30}\Z")
_BLANK_LINE = re.compile(r"\n[ \t]{0,80}\n")
_LABELLED_LINE = re.compile(
    r"[ \t]{0,8}(?:[*_]{1,2})?(?:[A-Z][\w /-]{1,30}[*_]{0,2}:(?!:)|[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?\s)"
)
"""A line such as `Risk: high` or `✅ Base`: several of them below each other are a list without its marks.

A name such as `Pier::Lamp` is no label.
"""

_REFERENCE_LINE = re.compile(
    r"(?im)^[ \t]{0,8}(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|ref(?:erence)?s?|see|related(?: to)?|part of|issue):?"
    r"[ \t]+(?:[\w./-]{0,60}#\d{1,9}|x{8,300})(?:(?:,|,? and)[ \t]+(?:[\w./-]{0,60}#\d{1,9}|x{8,300})){0,5}"
    r"\.?[ \t]{0,8}$"
)
"""A line that only names an issue, in text without addresses: `Fix #2608` above the first sentence of a message."""

_ABBREVIATIONS = frozenset(
    {
        "e.g", "i.e", "eg", "ie", "vs", "cf", "mr", "mrs", "ms", "dr", "prof", "st", "approx", "resp", "incl", "excl",
        "fig", "sec", "ch", "no", "nos", "vol", "ver", "al", "ca", "max", "min", "misc", "jr", "sr", "inc", "ltd",
        "dept", "est", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "w.r.t",
        "a.k.a", "viz", "u.s", "u.k",
    }
)  # fmt: skip
"""Words before a period that ends no sentence. `etc.` is not among them: a capital behind it begins a sentence."""

_IDENTIFIER = re.compile(r"[a-z][a-z.]{0,60}(?:[_0-9][\w.]{0,60}(?:\(\))?|\(\))\s{1,3}[a-z]")
"""A name of code in small letters with a word behind it: `m025 fills`, `get() reads`."""


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of a paragraph, in order, without the white space around them."""
    masked = mask_code(text)
    spans: list[tuple[int, int]] = []
    start = 0
    cuts = [match.end() for match in _BOUNDARY.finditer(masked) if _ends_sentence(masked, match)]
    cuts += [match.start() for match in _BLANK_LINE.finditer(masked)]
    cuts += _find_labelled_lines(masked)
    cuts += _find_steps(masked)
    cuts += [cut for match in _REFERENCE_LINE.finditer(masked) for cut in (match.start(), match.end())]
    for cut in (*sorted(set(cuts)), len(text)):
        span = strip_span(text, start, cut)
        if span[0] < span[1]:
            spans.append(span)
        start = max(start, cut)
    return spans


def _find_labelled_lines(masked: str) -> list[int]:
    """Return where the lines of each run of two or more labelled lines begin."""
    starts = [0, *(number + 1 for number, char in enumerate(masked) if char == "\n")]
    labelled = [_LABELLED_LINE.match(masked, start) is not None for start in starts]
    neighbours = zip(starts, labelled, [False, *labelled], [*labelled[1:], False], strict=False)
    return [start for start, is_labelled, before, after in neighbours if is_labelled and (before or after)]


MAX_STEP_COLUMN = 64
"""Column up to which the next word would have had room in a line, so that its author began another one."""
_STEP = re.compile(
    r"[ \t]{0,8}(?:Add|Allow|Avoid|Change|Correct|Drop|Ensure|Fix|Handle|Improve|Make|Move|Refactor|Remove|Rename"
    r"|Replace|Support|Switch|Update|Use)(?:e?s|e?d)? \S"
)
_GOES_ON = re.compile(r"(?:[^\w`)\]]|\b(?:an?|and|as|by|for|from|in|into|is|of|on|or|the|to|with))\s*\Z", re.IGNORECASE)


def _find_steps(masked: str) -> list[int]:
    """Return where lines begin that say another step of a change, below a line that was not wrapped."""
    starts: list[int] = []
    position = 0
    for line, following in pairwise(masked.split("\n")):
        position += len(line) + 1
        has_room = len(line.rstrip()) + 1 + len(following.strip().partition(" ")[0]) <= MAX_STEP_COLUMN
        if line.strip() and has_room and _STEP.match(following) and not _GOES_ON.search(line):
            starts.append(position)
    return starts


def strip_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def mask_code(text: str) -> str:
    """Replace the inside of code spans, addresses and link targets by the letter `x`. The length stays the same."""
    for pattern in (_CODE_SPAN, _LINK_TARGET, _ADDRESS):
        text = pattern.sub(_mask_match, text)
    return text


def _mask_match(match: re.Match[str]) -> str:
    content = match[0]
    if content.startswith("`"):
        return "`" + "".join("\n" if char == "\n" else "x" for char in content[1:-1]) + "`"
    if content.startswith("]("):
        return "](" + "x" * (len(content) - 3) + ")"
    stripped = content.rstrip(".,;:!?)]}'\"*_")
    return "x" * len(stripped) + content[len(stripped) :]


def _ends_sentence(masked: str, match: re.Match[str]) -> bool:
    rest = masked[match.end() : match.end() + 200].lstrip()
    if not rest:
        return True
    mark = match[0]
    # What an author leaves out ends no sentence: `support MERGE ... THEN DO NOTHING`.
    if mark == "..." and masked[match.start() - 1 : match.start()].isspace():
        return False
    first = rest.lstrip("\"'“‘«([*_`#@")[:1]
    # A capital, a digit or a code span begins a sentence; a small letter does so only where it begins a name of code.
    begins_sentence = (
        mark[0] in "。！？" or rest[0] in "`" or not first or first.isupper() or first.isdigit() or not first.isalpha()
    )
    is_period = mark.startswith(".") and len(mark.rstrip(")\"'”’»]*_`")) == 1
    if is_period and _IDENTIFIER.match(rest):
        last_word = _LAST_TOKEN.search(masked[max(0, match.start() - 30) : match.start()])
        begins_sentence = last_word is not None and last_word[0].casefold() not in {"etc", "v"}
    return begins_sentence and not (is_period and _is_abbreviation(masked, match.start()))


def _is_abbreviation(masked: str, end: int) -> bool:
    """Return whether the word before a period is an abbreviation, an initial or the number of a list item."""
    before = _LAST_TOKEN.search(masked[max(0, end - 30) : end])
    if before is None:
        return False
    token = before[0].lstrip("*_")
    is_initial = len(token) == 1 and token.isalpha() and token.isupper()
    is_list_number = token.isdigit() and not masked[max(0, end - 40) : end - len(token)].strip()
    return token.casefold() in _ABBREVIATIONS or is_initial or is_list_number
