"""Clean untrusted text: bodies and titles before they are cited, any text before a model reads it.

A number or name in a body never reaches a digest by itself: only `insights/claims/details.py` quotes a
sentence of one. Escaping for Markdown or HTML belongs in `escape.py`, patterns of secrets in `redact.py`.
"""

import re
import unicodedata

import emoji

from sparky_assets.text.redact import redact_addresses, redact_secrets
from sparky_assets.text.subjects import parse_subject, replace_shortcodes

MAX_EXCERPT_LENGTH = 240


MAX_BODY_LENGTH = 20_000
"""Characters of a body that are read; hostile bodies of 100 kB were measured."""

_BOT_BLOCKS = re.compile(
    r"""
    <!--\ *(?P<name>CURSOR_SUMMARY|greptile_[a-z_]+|coderabbit[a-z_]*|ELLIPSIS_HIDDEN)[^>]{0,200}-->
        .*?(?:<!--\ */\ *(?P=name)[^>]{0,40}-->|<!--\ *end\ of\ auto-generated[^>]{0,200}-->|\Z)
    |<!--\ *This\ is\ an\ auto-generated\ (?:comment|description)[^>]{0,200}-->
        .*?(?:<!--\ *end\ of\ auto-generated[^>]{0,200}-->|\Z)
    |^\#+\ *Summary\ by\ (?:CodeRabbit|Sourcery|Cursor|Copilot).*?(?=^\#|\Z)
    """,
    re.DOTALL | re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""Blocks that Cursor, Greptile and CodeRabbit add to bodies: a model's text ("Confidence 4/5") is no evidence."""


_FENCE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.DOTALL | re.MULTILINE)


_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")


_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,600}\)")


_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{0,600}\)")


_WEB_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.)\S+", re.IGNORECASE)


_TRAILER = re.compile(r"^(?:[A-Z][A-Za-z]+-)+(?:by|to|for|id|from|cc):.*$|^Closes? #.*$", re.MULTILINE | re.IGNORECASE)


_LINE_MARK = re.compile(r"^\s{0,8}(?:[#>*+|-]+|\d+[.)])\s*(?:\[[ xX]\]\s*)?", re.MULTILINE)


_CHAT_MARK = re.compile(r"\[/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_CALLS)\]|<<\s*/?SYS\s*>>|\b(?:BOS|EOS)\b", re.IGNORECASE)


INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
"""Unicode categories of characters that no reader sees. `Cn` too: one U+FFFF in a committer's name is not valid XML,
and every feed that named the committer was broken by it."""


def strip_comments(text: str) -> str:
    """Return a text without its HTML comments. An unclosed comment ends with the text."""
    return _COMMENT.sub(" ", text)


def strip_comments_and_code(text: str) -> str:
    """Return what a page shows as prose: a text without HTML comments and fenced code.

    A comment is the template of a form (`- fixes #123`), and GitHub links no number inside of code.
    """
    return _FENCE.sub(" ", strip_comments(text))


def clean_body(body: str) -> str:
    """Return the prose of a body in at most 240 characters, without bot summaries, code, markup, URLs and secrets."""
    text = body[:MAX_BODY_LENGTH].replace("\r\n", "\n")
    for pattern in (_BOT_BLOCKS, _COMMENT, _FENCE, _IMAGE):
        text = pattern.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    for pattern in (_TAG, _WEB_ADDRESS, _TRAILER, _LINE_MARK):
        text = pattern.sub(" ", text)
    text = redact_secrets(redact_addresses(strip_invisible(text)))
    line = " ".join(text.replace("`", "").replace("**", "").split())
    return line if len(line) <= MAX_EXCERPT_LENGTH else line[: MAX_EXCERPT_LENGTH - 1].rstrip() + "…"


ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER = "\u200c", "\u200d"
_TAG_LETTERS = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,10}\U000e007f")
"""The flag of a part of a country, Scotland for example: a black flag with invisible letters."""

_HAS_JOINER = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")
_EMOJI_MODIFIERS = frozenset("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_JOINED_SCRIPTS = (("\u0600", "\u08ff"), ("\u0900", "\u0dff"), ("\u1000", "\u109f"), ("\u1780", "\u18af"),
                   ("\ufb50", "\ufeff"))  # fmt: skip
"""Arabic, Syriac and N'Ko; the scripts of India and Ceylon; Burmese; Khmer and Mongolian; forms of Arabic."""


def strip_invisible(text: str) -> str:
    """Remove control, invisible, direction and private characters; whitespace of every kind becomes a space.

    Joiners stay where they change what a reader sees: inside an emoji (`🧑‍💻`) and between letters of scripts that are
    written joined, as in Persian. A lonely one, or one between Latin letters, only hides something.
    """
    if text.isascii() and text.isprintable():
        return text
    if kept := _find_visible_joiners(text):
        return "".join(
            char if position in kept else char.translate(_SHOWN_CHARACTERS) for position, char in enumerate(text)
        )
    return text.translate(_SHOWN_CHARACTERS)


class _ShownCharacters(dict[int, str]):
    """What a character is shown as, by its code: a space, itself, or nothing. Each is decided once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        is_invisible = unicodedata.category(char) in INVISIBLE_CATEGORIES
        self[code] = " " if char.isspace() else "" if is_invisible else char
        return self[code]


_SHOWN_CHARACTERS = _ShownCharacters()


def contains_invisible(text: str) -> bool:
    """Return whether a text has a control or invisible character; a line break or tab counts too."""
    if text.isascii() and text.isprintable():
        return False
    kept = _find_visible_joiners(text)
    return any(
        unicodedata.category(char) in INVISIBLE_CATEGORIES and position not in kept
        for position, char in enumerate(text)
    )


def _find_visible_joiners(text: str) -> frozenset[int]:
    """Return the positions of joiners and tag letters that change what a reader sees."""
    if not _HAS_JOINER.search(text):
        return frozenset()
    flags = [match for match in _TAG_LETTERS.finditer(text) if emoji.is_emoji(match[0])]
    positions = {position for flag in flags for position in range(flag.start(), flag.end())}
    positions |= {
        number
        for number, char in enumerate(text)
        if (char == ZERO_WIDTH_JOINER and _joins_emoji(text, number))
        or (char in (ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER) and _joins_letters(text, number))
    }
    return frozenset(positions)


def _joins_emoji(text: str, number: int) -> bool:
    before = number - 1
    while before > 0 and text[before] in _EMOJI_MODIFIERS:
        before -= 1
    return before >= 0 and emoji.is_emoji(text[before]) and emoji.is_emoji(text[number + 1 : number + 2])


def _joins_letters(text: str, number: int) -> bool:
    neighbours = text[number - 1 : number] + text[number + 1 : number + 2]
    return len(neighbours) == 2 and all(
        unicodedata.category(char)[0] in "LM" and any(first <= char <= last for first, last in _JOINED_SCRIPTS)
        for char in neighbours
    )


def sanitize_for_prompt(text: str) -> str:
    """Return a text as one line that cannot open a chat turn, a tag or a URL in a prompt.

    A model reads `<|im_start|>` in a title as the real control token (1 token instead of 12), so that a title could
    pose as the product.
    """
    plain = strip_invisible(unicodedata.normalize("NFKC", redact_secrets(redact_addresses(text))))
    plain = _CHAT_MARK.sub(" ", _WEB_ADDRESS.sub(" ", plain))
    for sign, harmless in (("<", "‹"), (">", "›"), ("`", "'"), ("|", "/"), ("{", "("), ("}", ")"), ("@", " ")):
        plain = plain.replace(sign, harmless)
    return " ".join(plain.split())


MAX_TITLE_LENGTH = 160


_REPEATED_TICKS, _CODE_SPAN = re.compile(r"`{2,}"), re.compile(r"` ?([^`]*[^` ]) ?`")
"""Markdown shows "``` x ```" as "x". The stored title must equal the shown one, or a check cannot find it."""


def clean_title(text: str) -> str:
    """Return a title as one visible line of at most 160 characters, without e-mail addresses and secrets."""
    shown = replace_shortcodes(redact_secrets(redact_addresses(strip_invisible(text))))
    line = _CODE_SPAN.sub(r"`\1`", _REPEATED_TICKS.sub("`", " ".join(shown.split())))
    if len(line) <= MAX_TITLE_LENGTH:
        return line
    cut = line[: MAX_TITLE_LENGTH - 1]
    whole_words = cut if line[len(cut)].isspace() else cut.rpartition(" ")[0]
    return (whole_words if len(whole_words) > MAX_TITLE_LENGTH // 2 else cut).rstrip() + "…"


_VERSION_NAME = re.compile(r"v\d")


def display_title(title: str) -> str:
    """Return a title for use in a sentence: without its type, tracker ids, gitmoji, number and marks for a CI."""
    subject = parse_subject(title)
    bare = subject.title
    # `v1.2.3` is a name, not a word.
    if subject.has_prefix and not _VERSION_NAME.match(bare):
        bare = bare[0].upper() + bare[1:]
    return bare.rstrip(" .") or title
