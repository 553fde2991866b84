"""Split the message of a commit into its title and its body, where the first line is not the whole title.

Without a blank line git takes the first paragraph for the title (`git log --format=%s`), and GitHub cuts the title of a
squash at 72 characters and goes on in the body. The message is untrusted: every pattern reads bounded text.
"""

import re
from itertools import pairwise

MAX_TITLE_LINES = 6
MIN_WRAPPED_LENGTH, MAX_WRAPPED_LENGTH = 40, 100
"""Characters of a line that an editor wrapped."""
WRAP_COLUMN = 72
"""The column up to which lines of a message are filled, if they are not wider."""
MIN_FILLED_LINES, MIN_FILLED_COLUMN = 3, 60
"""Lines of a paragraph, and characters of its longest, from which they show the column of its author."""
MAX_TITLE_LENGTH = 200
"""Characters of a title that is printed whole. A longer one ends with a clause."""
MIN_CLAUSE_LENGTH = 40
MAX_CUT_LENGTH = 400
"""Characters of a line of the body that may be the whole title."""

_NEW_LINE_START = re.compile(
    r"\s|[-*+•#>|]|```|~~~|\d+[.)] |\(cherry picked|[A-Z][\w-]{1,30}(?: [\w-]{1,20})?: |(?:co|signed|reviewed)-\w+"
    r"|(?:https?|ftp)://"
)
"""How a line begins that carries no sentence on: an item, a trailer."""
_NEW_SENTENCE_START = re.compile(
    r"(?i)(?:this|it|we|i|they|also|see|note|fix(?:e[sd])?|close[sd]?|resolve[sd]?|refs?|related|part of)\b"
)
"""How a line begins that mostly is a sentence about the change, or says what is closed. Behind `but` it carries on."""
_OPEN_END = re.compile(
    r"(?i)(?:[,;/&(]|\b(?:an?|and|are|as|at|be|but|by|for|from|in|into|is|its|of|on|or|so|than|that|the|their|this|to"
    r"|use|used|uses|using|via|was|when|where|which|while|with)|(?-i:\b(?:from|by) [A-Z][\w.'’-]{0,30}))$"
)
"""The end of a line that a capital on the next one carries on: `issue 12 from` before a name."""
_COMPLETE_END = re.compile(r"(?:[.!?:]|\((?:#|!)\d{1,9}\))[\"'”’)`]{0,3}$")
_SENTENCE_END = re.compile(r"(?<=[\w)\]`'\"”’])[.!?][)\"'”’`]{0,2}\s+(?=[A-Z`\"“(])")
_ABBREVIATION = re.compile(r"(?i)(?:\b(?:e\.g|i\.e|etc|vs|cf|no|resp|incl|approx|[a-z]))$")
_CLAUSE_END = re.compile(r"[,;:]\s| [-–—]{1,2} ")
_CUT_TITLE = re.compile(r"(?P<start>.{20,300}?)(?P<mark>\s?…|\s\.\.\.)(?P<number>\s?\((?:#|!)\d{1,9}\))?")
_CUT_REST = re.compile(r"\s*(?:…|\.\.\.)(?P<rest>[^\n]{1,300})(?:\n\s*(?:\n|\Z)|\Z)")
_CUT_WHOLE = re.compile(r"\s*(?:[*-] )?(?P<whole>[^\n]{20,400})(?:\n|\Z)")


def split_message(message: str) -> tuple[str, str]:
    """Return the title of a message and what follows it.

    A title that its author wrapped is joined up to the end of its sentence. One that GitHub cut is restored from the
    body, where that has the rest. Every other title is the first line.
    """
    text = message.strip("\n")
    first, _, rest = text.partition("\n")
    if restored := _restore_cut(first.strip(), rest):
        return restored
    if end := _find_wrapped_end(text):
        title, rest = _end_sentence(text, end)
        return title, rest.strip()
    return first.strip(), rest.strip()


def _restore_cut(first: str, rest: str) -> tuple[str, str] | None:
    """Return title and body of a message whose title was cut; None where the body does not have the whole title."""
    match = _CUT_TITLE.fullmatch(first)
    if match is None:
        return None
    start, number = match["start"], match["number"] or ""
    if (following := _CUT_REST.match(rest)) and len(following["rest"]) < MAX_TITLE_LENGTH:
        # `…urce leaks` goes on inside of a word, ` ... in the middle` behind one.
        space = " " if match["mark"].startswith(" ") and not following["rest"].startswith(" ") else ""
        return _add_number(f"{start}{space}{following['rest'].rstrip()}", number), rest[following.end() :].strip()
    whole = _CUT_WHOLE.match(rest)
    if whole and len(start) < len(whole["whole"]) <= MAX_TITLE_LENGTH and whole["whole"].startswith(start):
        return _add_number(whole["whole"].strip(), number), rest.strip()
    return None


def _add_number(title: str, number: str) -> str:
    """Return a title with the number of its pull request behind it, where every title has it."""
    return title if title.endswith(number.strip()) else f"{title} {number.strip()}"


def _find_wrapped_end(text: str) -> int:
    """Return where the last line ends that carries the first one on; 0 where the first line is the whole title."""
    lines = text[: MAX_TITLE_LINES * MAX_CUT_LENGTH].split("\n")[: MAX_TITLE_LINES + 1]
    size = next((number for number, line in enumerate(lines) if not line.strip()), len(lines))
    paragraph = [line.rstrip() for line in lines[:size]]
    column = max((len(line) for line in paragraph), default=0)
    if len(paragraph) < 2 or column > MAX_WRAPPED_LENGTH:
        return 0
    joined = 0
    shows_column = len(paragraph) >= MIN_FILLED_LINES and column >= MIN_FILLED_COLUMN
    for line, following in pairwise(paragraph):
        if not _is_carried_on(line, following, column if shows_column else max(column, WRAP_COLUMN)):
            break
        joined += 1
    return sum(len(line) + 1 for line in lines[: joined + 1]) - 1 if joined else 0


def _is_carried_on(line: str, following: str, column: int) -> bool:
    """Return whether a line was wrapped at a column: the first word of the next one had no room in it.

    A capital begins a sentence there, unless the line before it cannot end.
    """
    is_open = bool(_OPEN_END.search(line))
    if len(line) < MIN_WRAPPED_LENGTH or _COMPLETE_END.search(line) or _NEW_LINE_START.match(following):
        return False
    if _NEW_SENTENCE_START.match(following) and not is_open:
        return False
    if len(line) + 1 + len(following.split(" ", 1)[0]) <= column:
        return False
    return not following[:1].isupper() or is_open


def _end_sentence(text: str, end: int) -> tuple[str, str]:
    """Return the first sentence of a text as a title, and what follows it.

    Args:
        text: the message.
        end: where the last line ends that may belong to the title.
    """
    start = 0
    for match in _SENTENCE_END.finditer(text, 0, end):
        if not _ABBREVIATION.search(text, 0, match.start()):
            return " ".join(text[: match.end()].split()), text[match.end() :]
        start = match.end()
    title = " ".join(text[:end].split())
    if len(title) <= MAX_TITLE_LENGTH or start:
        return title, text[end:]
    clauses = [match for match in _CLAUSE_END.finditer(title) if MIN_CLAUSE_LENGTH <= match.start() <= MAX_TITLE_LENGTH]
    return (title[: clauses[-1].start()] if clauses else title), text[end:]
