"""Rules of X for posts: the weighted length, and what becomes a link. Follows twitter-text 3.1.

Its conformance files are tests (`tests/corpora/twitter_text`).

File names are addresses for X: `setup.py`, `user.name` and
`app.md` link to a stranger's site and count 23 each. `neutralize_domains` makes them plain text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import emoji

from sparky_assets.text.escape import ZERO_WIDTH_SPACE

MAX_X_LENGTH = 280
"""Weighted length of a post."""

CHARACTERS_PER_URL = 23
"""X shortens every address, so that it counts the same whatever its length."""

MAX_SUBDOMAINS = 30
"""Parts of a domain that are read. Without a limit a text of `a.a.a.…` takes a time that grows with its square."""

MAX_URL_LENGTH = 4096
MAX_DOMAIN_LABEL_LENGTH = 63
MAX_SHORT_LINK_LENGTH = 40
"""Characters behind `t.co/` that X still takes for one of its own short links."""

_LIGHT_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that count 1; all others count 2, and so does a whole emoji."""

_INVALID = "\ufffe\ufeff\uffff"
_DIRECTIONS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_SPACES = "\x09-\x0d\x20\x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PUNCTUATION = r"!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$"
_ACCENTED = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b"
    "\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_CYRILLIC = "\u0400-\u04ff"

_LABEL = rf"[^{_PUNCTUATION}{_SPACES}{_INVALID}{_DIRECTIONS}]"
_LABEL_OR_UNDERSCORE = rf"[^{_PUNCTUATION.replace(chr(92) + '-', '').replace('_', '')}{_SPACES}{_INVALID}{_DIRECTIONS}]"
_LABEL_OR_HYPHEN = rf"[^{_PUNCTUATION.replace(chr(92) + '-', '')}{_SPACES}{_INVALID}{_DIRECTIONS}]"
# The classes above hold the hyphen, so a name is one run of characters that begins and ends with a letter: a look-ahead
# and a look-behind say so without the nested repetition of twitter-text, which is quadratic.
_SUBDOMAIN = rf"(?:(?={_LABEL}){_LABEL_OR_UNDERSCORE}*(?<={_LABEL})\.)"
_DOMAIN_NAME = rf"(?:(?={_LABEL}){_LABEL_OR_HYPHEN}*(?<={_LABEL})\.)"
_PUNYCODE = r"(?:xn--[-0-9a-z]+)"

_PATH_CHARACTER = rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_ACCENTED}]"
_BALANCED_PARENTHESES = rf"\((?:{_PATH_CHARACTER}+|(?:{_PATH_CHARACTER}*\({_PATH_CHARACTER}+\){_PATH_CHARACTER}*))\)"
_PATH_END = rf"(?:[+\-a-z{_CYRILLIC}0-9=_#/{_ACCENTED}]|(?:{_BALANCED_PARENTHESES}))"
_PATH = rf"(?:(?:{_PATH_CHARACTER}*(?:{_BALANCED_PARENTHESES}{_PATH_CHARACTER}*)*{_PATH_END})|(?:@{_PATH_CHARACTER}+/))"
_QUERY_CHARACTER = r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"
_QUERY_END = r"[a-z0-9\-_&=#/]"

_SHORT_LINK = re.compile(
    rf"^https?://t\.co/([a-z0-9]+)(?:\?{_QUERY_CHARACTER}*{_QUERY_END})?", re.IGNORECASE | re.ASCII
)

_ENDS_INSIDE_WORD = re.compile(r"[-_./]$")


@dataclass(frozen=True)
class XLink:
    """A part of a post that X turns into a link; `start` and `end` are positions in the text."""

    url: str
    start: int
    end: int
    has_scheme: bool


_COMMON_NAMES = frozenset({"app", "cc", "com", "dev", "io", "md", "name", "net", "org", "pl", "ps", "py", "rs", "sh"})
"""Top-level domains that titles of changes hold often, most of them as the ending of a file name."""

_BEHIND_DOT = re.compile(r"\.([A-Za-z]*)([^\W\x00-\x7f]?)")
"""What may be a top-level domain: ASCII letters, and the letter beyond ASCII that follows them."""


@lru_cache(maxsize=1)
def _load_top_level_names() -> tuple[str, ...]:
    lines = files("sparky_assets.text").joinpath("x_domains.txt").read_text(encoding="utf-8").splitlines()
    return tuple(name for line in lines if not line.startswith("#") for name in line.split())


@dataclass(frozen=True)
class _DomainPatterns:
    address: re.Pattern[str]
    latin_domain: re.Pattern[str]
    """A domain without letters beyond Latin. Only addresses without a scheme need it."""


@lru_cache(maxsize=2)
def _compile_patterns(*, is_complete: bool) -> _DomainPatterns:
    """Return the patterns with all top-level domains, or with the common ones only, which compile in a tenth of it."""
    names = [name for name in _load_top_level_names() if is_complete or name in _COMMON_NAMES]
    top_level = rf"(?:{_join_alternatives(names)}(?=[^0-9a-zA-Z@+-]|$))"
    address = (
        rf"(?P<before>[^A-Za-z0-9@＠$#＃{_INVALID}]|[{_DIRECTIONS}]|^)"
        rf"(?P<url>(?P<scheme>https?://)?(?P<domain>{_SUBDOMAIN}{{0,{MAX_SUBDOMAINS}}}{_DOMAIN_NAME}(?:{top_level}|{_PUNYCODE}))"
        rf"(?::[0-9]+)?(?P<path>/{_PATH}*)?(?:\?{_QUERY_CHARACTER}*{_QUERY_END})?)"
    )
    latin_domain = rf"(?:[\-a-z0-9{_ACCENTED}]+\.)+(?:{top_level}|{_PUNYCODE})"
    return _DomainPatterns(re.compile(address, re.IGNORECASE), re.compile(latin_domain, re.IGNORECASE))


def _choose_patterns(text: str) -> _DomainPatterns:
    """Return the smallest patterns that find every link of a text: all patterns of 1,574 names compile in 0.1 s."""
    endings = _BEHIND_DOT.findall(text)
    rare_names = {name.lower() for name, _ in endings} - _COMMON_NAMES
    has_foreign = any(foreign for _, foreign in endings)
    return _compile_patterns(is_complete=has_foreign or not rare_names.isdisjoint(_load_top_level_names()))


def _join_alternatives(names: list[str]) -> str:
    """Return a pattern of any of the names, grouped by their first characters, the longest first.

    A plain list of 1,574 names takes 20 times as long at each dot.
    """
    rests_by_first: dict[str, list[str]] = {}
    for name in names:
        rests_by_first.setdefault(name[:1], []).append(name[1:])
    is_whole = rests_by_first.pop("", None) is not None
    groups = "|".join(re.escape(first) + _join_alternatives(rests) for first, rests in rests_by_first.items())
    if not groups:
        return ""
    return f"(?:{groups}){'?' if is_whole else ''}"


def find_x_links(text: str) -> list[XLink]:
    """Return every part of a text that X turns into a link, with or without a scheme, in order."""
    return list(_find_links(text)) if "." in text else []


def _find_links(text: str) -> Iterator[XLink]:
    patterns = _choose_patterns(text)
    for match in patterns.address.finditer(text):
        url, domain, scheme = match["url"], match["domain"], match["scheme"] or ""
        is_malformed = domain.startswith("xn--") and not patterns.latin_domain.search(domain)
        if is_malformed or not _has_valid_length(url, scheme or "https://", domain):
            continue
        if scheme:
            short_link = _SHORT_LINK.match(url)
            if short_link is None:
                yield XLink(url, match.start("url"), match.end("url"), has_scheme=True)
            elif len(short_link[1]) <= MAX_SHORT_LINK_LENGTH:
                yield XLink(short_link[0], match.start("url"), match.start("url") + short_link.end(), has_scheme=True)
        elif not _ENDS_INSIDE_WORD.search(match["before"]):
            domains = list(patterns.latin_domain.finditer(domain))
            for number, part in enumerate(domains, start=1):
                start, end, part_url = match.start("url") + part.start(), match.start("url") + part.end(), part[0]
                if number == len(domains) and match["path"]:
                    end, part_url = match.end("url"), url.replace(domain, part[0], 1)
                yield XLink(part_url, start, end, has_scheme=False)


def _has_valid_length(url: str, scheme: str, domain: str) -> bool:
    """Return whether an address and each label of its domain are short enough for X."""
    for label in domain.split("."):
        length = len(label) if label.isascii() else len("xn--") + len(label.encode("punycode"))
        if not 0 < length <= MAX_DOMAIN_LABEL_LENGTH:
            return False
    return len(scheme) + len(url) <= MAX_URL_LENGTH


def count_x_characters(text: str, *, whole_emoji: bool = True) -> int:
    """Return the weighted length of a text as X counts it: 23 for an address, 2 for an emoji, 1 or 2 for others.

    Args:
        text: the post.
        whole_emoji: whether joined characters (`🧑‍💻`) count as one emoji, as since version 3 of the rules.
    """
    normalized = unicodedata.normalize("NFC", text)
    lengths = {link.start: (link.end, CHARACTERS_PER_URL) for link in find_x_links(normalized)}
    for match in emoji.emoji_list(normalized) if whole_emoji else ():
        lengths.setdefault(match["match_start"], (match["match_end"], 2))
    total, position = 0, 0
    while position < len(normalized):
        end, weight = lengths.get(position) or (position + 1, _weigh(normalized[position]))
        total, position = total + weight, end
    return total


def _weigh(char: str) -> int:
    code = ord(char)
    return 1 if any(first <= code <= last for first, last in _LIGHT_RANGES) else 2


_TAG_SIGN = re.compile(r"([@＠#＃])(?=[^\s!-/:-@\[-^`{-~\ufe0f\u20e3\u200b])|((?:^|(?<=\s))\$)(?=[A-Za-z])")
"""A sign that begins a mention or a hashtag, or in front of a word a cashtag (`$HOME`). A keycap (`#️⃣`) is none."""


def neutralize_post(text: str) -> str:
    """Return a plain text for a network, in which no mention, hashtag, cashtag or domain takes effect."""
    return neutralize_domains(_TAG_SIGN.sub(lambda sign: f"{sign[0]}{ZERO_WIDTH_SPACE}", text))


def neutralize_domains(text: str) -> str:
    """Return a text in which no domain without a scheme becomes a link: a zero-width space follows each of its dots.

    Addresses with a scheme stay: Sparky made those, and `neutralize_mentions` broke the others before.
    """
    pieces: list[str] = []
    position = 0
    for link in find_x_links(text):
        if link.has_scheme:
            continue
        pieces += [text[position : link.start], _break_dots(text[link.start : link.end])]
        position = link.end
    changed = "".join((*pieces, text[position:]))
    # What was left of a domain may be one itself: the characters beyond Latin in front of it count only once.
    return changed if changed == text else neutralize_domains(changed)


def _break_dots(domain: str) -> str:
    return domain.replace(".", f".{ZERO_WIDTH_SPACE}")
