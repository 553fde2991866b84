"""Show the marks of reStructuredText and plain text to the parser of Markdown as its own, in a text of the same length.

Only the parser sees the changed text: offsets in it are those of the stored one.
"""

import re
from itertools import islice

_UNDERLINED = re.compile(
    r"(?:^|(?<=\n))(?P<title>(?!```)[^\s\-*+>|~][^\n]{0,160})\n"
    r"(?P<line>(?P<mark>[=\-~^\"'+*:.#`_])(?P=mark){2,200})[ \t\r]*(?=\n|\Z)"
)
"""A heading over a line of a mark; of those Markdown knows two."""

_OTHER_BULLET = re.compile(r"^([ \t]{0,12})(?:[o•‣▪◦·]|\*\))(?= \S)", re.MULTILINE)
"""A mark of a list in plain text: curl writes ` o lib: drop something`, nginx ` *) Bugfix: something`."""

_CHANGE_DIRECTIVE = re.compile(r"([ \t]{0,12})\.\. change::(?:[ \t]{1,4}(?P<title>\S[^\n]{0,300}?))?\s*$", re.MULTILINE)
"""SQLAlchemy's directive has the change below its options; litestar's has a title, which the text below explains."""

_ADMONITION = re.compile(r"([ \t]{0,12})\.\. admonition::[ \t]{1,4}(?=\S)", re.MULTILINE)

_TITLED_PART = re.compile(
    r"^(?P<mark> {0,3}\.\. (?P<name>rubric|dropdown|collapse)::[ \t]{1,4})(?P<title>\S[^\n]*)"
    r"(?P<options>(?:\n\s+:[\w-]{1,30}:[^\n]*)*)",
    re.MULTILINE,
)
"""A directive that gives the text below it a title, as a heading does."""

_OPTION = re.compile(r"\s+:[\w-]{1,30}:")

_DEEP_BULLET = re.compile(r"^ {4,12}(?:[-*+o•]|\*\)) \S", re.MULTILINE)

HEADING_MARK, SUBHEADING_MARK = "#", "###"
"""Marks of such titles: what opens and closes is a part of its own, and a rubric is below the section that it is in."""

MIN_CODE_DEPTH = 4
"""Spaces before a line of code in Markdown."""

MIN_FENCE_LENGTH = 3
"""Marks of a line that opens or ends code in Markdown at least."""

MIN_OTHER_BULLETS = 2
"""Lines with such a mark that are a list."""


def mark_changes(text: str) -> str:
    """Return a text of the same length in which each directive `.. change::` of Sphinx is an item of a list.

    Its options say nothing that readers see.
    """
    if not _CHANGE_DIRECTIVE.search(text):
        return text
    lines, margin, indent, has_title = [], -1, 0, False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip())
        shown = line
        if match := _CHANGE_DIRECTIVE.match(line):
            shown, margin, indent = f"- {match['title']}" if match["title"] else "", len(match[1]), 0
            has_title = bool(match["title"])
        elif line.strip() and depth <= margin:
            margin = -1
        elif line.strip() and margin >= 0:
            is_option = not indent and bool(_OPTION.match(line))
            mark = "  " if indent or has_title else "- "
            indent = indent if is_option else indent or depth
            shown = "" if is_option else mark + line[min(indent, depth) :]
        lines.append(shown.ljust(len(line)))
    return "\n".join(lines)


def mark_admonitions(text: str) -> str:
    """Return a text of the same length in which the title of each `.. admonition::` of Sphinx is an item of a list.

    The text below a title explains it, and is as deep as code of Markdown: it stays unread, as are the options.
    """
    if not _ADMONITION.search(text):
        return text
    lines, margin, is_title = [], -1, False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip())
        shown = line
        if match := _ADMONITION.match(line):
            shown, margin, is_title = f"- {line[match.end() :]}", len(match[1]), True
        elif not line.strip():
            is_title = False
        elif depth <= margin:
            margin = -1
        elif margin >= 0:
            is_title = is_title and not _OPTION.match(line)
            is_unread = bool(_OPTION.match(line)) or depth >= margin + MIN_CODE_DEPTH
            shown = f"  {line.lstrip()}" if is_title else "" if is_unread else line
        lines.append(shown.ljust(len(line)))
    return "\n".join(lines)


def mark_titled_parts(text: str) -> str:
    """Return a text of the same length in which each `.. rubric::` and `.. dropdown::` of Sphinx is a heading.

    dask has its highlights in a list, and below `.. dropdown:: Additional changes` whatever else was merged.
    """

    def show(match: re.Match[str]) -> str:
        options = re.sub(r"[^\n]", " ", match["options"])
        mark = SUBHEADING_MARK if match["name"] == "rubric" else HEADING_MARK
        return f"{mark.ljust(len(match['mark']))}{match['title']}{options}"

    return _TITLED_PART.sub(show, text)


def move_to_margin(text: str) -> str:
    """Return a text of the same length at the margin, where all lines are as deep as code of Markdown, and a list."""
    if (
        text[:1] not in {" ", "\n"}
        or sum(1 for _ in islice(_DEEP_BULLET.finditer(text), MIN_OTHER_BULLETS)) < MIN_OTHER_BULLETS
    ):
        return text
    depths = [len(line) - len(line.lstrip(" ")) for line in text.split("\n") if line.strip()]
    depth = min(depths, default=0)
    if depth < MIN_CODE_DEPTH:
        return text
    return "\n".join(line[depth:].ljust(len(line)) for line in text.split("\n"))


_SHOUTED_PART = re.compile(r"(?P<indent> {2,8})(?P<title>[A-Z][A-Z /&-]{3,60})[ \t\r]*")
_BULLET_LINE = re.compile(r"(?P<indent> {4,12})[-*+] \S")


def mark_shouted_parts(text: str) -> str:
    """Return a text of the same length in which capitals right above a deeper list are its heading.

    For Markdown redis-py's `  BACKWARDS INCOMPATIBLE CHANGES` goes on over the list below it, as one paragraph.
    """
    lines = text.split("\n")
    depth = indent = -1
    for number, line in enumerate(lines):
        title = _SHOUTED_PART.fullmatch(line)
        bullet = _BULLET_LINE.match(lines[number + 1]) if title and number + 1 < len(lines) else None
        if title and bullet and len(bullet["indent"]) > len(title["indent"]):
            indent, depth = len(title["indent"]), len(bullet["indent"])
            lines[number] = f"# {title['title']}".ljust(len(line))
        elif line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
            depth = indent = -1
        elif depth > 0:
            own_depth = min(depth, len(line) - len(line.lstrip(" ")))
            lines[number] = line[own_depth:].ljust(len(line))
    return "\n".join(lines)


def mark_bullets(text: str) -> str:
    """Return a text of the same length with the marks of lists that Markdown does not know as hyphens."""
    count = sum(1 for _ in islice(_OTHER_BULLET.finditer(text), MIN_OTHER_BULLETS))
    return (
        _OTHER_BULLET.sub(lambda match: f"{match[0][:-1]}-".replace("*-", " -"), text)
        if count == MIN_OTHER_BULLETS
        else text
    )


_LISTING = re.compile(
    r"^(?P<attributes>\[(?:source|listing|,)[^\]\n]{0,80}\])(?P<behind>[ \t]{0,4}\n(?:\.[^\n]{1,120}\n)?)"
    r"(?P<open>(?P<mark>[-.])(?P=mark){3,80})"
    r"(?P<code>[ \t]{0,4}\n(?:(?!(?P=open)[ \t]{0,4}(?:\n|\Z))[^\n]{0,400}\n){0,300}?)"
    r"(?P=open)(?=[ \t]{0,4}(?:\n|\Z))",
    re.MULTILINE,
)
"""A listing of AsciiDoc: `[source,ruby]` above lines between two `----`."""


def mark_listings(text: str) -> str:
    """Return a text of the same length in which the listings of AsciiDoc are code of Markdown."""

    def show(match: re.Match[str]) -> str:
        fence = ("`" * MIN_FENCE_LENGTH).ljust(len(match["open"]))
        return f"{' ' * len(match['attributes'])}{match['behind']}{fence}{match['code']}{fence}"

    return _LISTING.sub(show, text)


ASIDE_MARK = "–"
"""The mark that replaces such a hyphen at the start of a line while Markdown is parsed."""
_BROKEN_ASIDE = re.compile(
    r"(?<=[\w.,`')\]] )(?P<aside>- (?![@#\[(])\S[^\n]*[^\s.:;!?])\n(?P<indent>[ \t]{1,12})-(?= [a-z])"
)
"""A line that ends within an aside between hyphens, and the next one, which begins with the second of them.

`- @ada` at the end of a line is a person, and the next line an item: solid lists its changes so.
"""


def mark_asides(text: str) -> str:
    """Return a text of the same length in which a hyphen that closes an aside at the start of a line begins no list.

    `a map that is drawn - like a pier` and `- is not sold` below it are one sentence.
    """
    return _BROKEN_ASIDE.sub(lambda match: f"{match['aside']}\n{match['indent']}{ASIDE_MARK}", text)


def mark_other_underlines(text: str) -> tuple[str, dict[int, int]]:
    """Return a text with other marks below headings as `-`, and the levels of headings by their offset.

    The first mark of a text is that of its highest headings, as in reStructuredText, unless all marks are those of
    Markdown. The line is as long as the title at least: three tildes below a sentence begin code.
    """
    underlined = [match for match in _UNDERLINED.finditer(text) if _is_underlined(match)]
    if all(match["mark"] in "=-" for match in underlined):
        return text, {}
    levels: dict[str, int] = {}
    level_by_start: dict[int, int] = {}
    pieces: list[str] = []
    position = 0
    for match in underlined:
        level_by_start[match.start()] = levels.setdefault(match["mark"], len(levels) + 1)
        pieces += [text[position : match.start("line")], "-" * len(match["line"])]
        position = match.end("line")
    return "".join((*pieces, text[position:])), level_by_start


def _is_underlined(match: re.Match[str]) -> bool:
    """Return whether a line of marks underlines a title; `end` over three backticks is the last line of code."""
    is_fence = match["mark"] in "`~" and len(match["line"]) == MIN_FENCE_LENGTH
    return not is_fence and len(match["line"]) >= len(match["title"].rstrip())
