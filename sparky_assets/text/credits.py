"""References and people around the words of an item of notes: `keep the map (#12) by @ada`.

Every pattern is bounded, and each part at an end is searched once.
"""

import re
from collections.abc import Iterable

from sparky_assets.text.references import ADVISORY_ID

MAX_TRAILING_LENGTH = 600
"""Characters at the end of an item that are searched for references and people."""
MAX_TRAILING_PARTS = 16
"""References and people that are taken from the end of one item."""
MIN_OWN_WORDS = 2
MAX_SHORT_WORDS = 4
"""Words of an item that say little without the component in front of them: `Fix extractor`."""
MIN_CREDITED_ITEMS = 3
MIN_TITLE_WORDS = 4
"""Words of a bold beginning that is the title of an item and not its component."""

_URL = r"[^\s()<>]{1,300}"
_NUMBER = (
    r"(?:\b(?:issues?|prs?|pull requests?|bugs?|tickets?|gh) )?"
    r"(?:(?:[\w-]{1,39}/[\w.-]{1,60}|\b[A-Z][\w-]{1,30}|\b[a-z][\w-]{1,30})?[#!]\d{1,9}\b|\b(?i:gh)-\d{1,7}\b)"
    r"|\b(?i:issues?|prs?|pull requests?|bugs?|tickets?|gh) \d{1,7}\b"
)
_ADVISORY = rf"(?:{ADVISORY_ID}|CVE-PENDING)"
_LINKED = (
    r"[`*]{0,2}(?:(?:[Ii]ssues?|PRs?|[Pp]ull [Rr]equests?|[Bb]ugs?|[Tt]ickets?) )?"
    r"(?:(?:[\w-]{1,39}/[\w.-]{1,60})?[#!]?\d{1,9}|[#!]\d{1,9} \w{1,12}|#?[0-9a-f]{7,40}"
    rf"|(?i:gh)-\d{{1,7}}|[A-Z][A-Z\d]{{1,11}}-\d{{1,7}}|[\w-]{{1,39}}/[\w.-]{{1,60}}[@#]\w{{1,40}}|{_ADVISORY})[`*]{{0,2}}"
)
_HOSTS = r"(?:github\.com|gitlab\.com|codeberg\.org)"
_LOGIN = r"@\[?[\w.-]{1,40}(?:\[bot\])?"
_PERSON = (
    r"(?:\[@\[[\w.-]{1,40}(?:\[bot\])?\]\(https?://[\w./-]{1,100}\)\]\(https?://[\w./-]{1,100}\)"
    rf"|\[`?@?[\w.'’ -]{{1,40}}(?:\[bot\])?`?\]\(https?://{_HOSTS}/(?:apps/)?[\w.-]{{1,40}}/?\)"
    r"|\[(?:`?@\[?[\w.-]{1,40}(?:\[bot\])?`?|[a-z][\w-]{0,38})\]\(https?://[\w.-]{1,60}/(?:apps/)?[\w.-]{1,40}/?\)"
    r"|\[\[?@[\w-]{1,40}(?:\[bot\])?\]\]?(?:\[[\w-]{0,40}\])?|`@[\w-]{1,40}`"
    r"|(?<![`\w])`[A-Za-zÀ-ž][A-Za-zÀ-ž.' -]{0,40}`_(?!\w)"
    r"|`[^`<>\n]{2,60} <https?://[\w.-]{1,60}/[\w.-]{1,40}/?>`_{1,2}|:user:`[\w-]{1,40}`"
    rf"|(?<![\w/`]){_LOGIN}(?:\]\({_URL}\))?(?![\w/]))"
)
_REFERENCE = (
    r"(?:\[\[[^\[\]\n]{1,40}\]\(https?://[^\s()]{1,200}/labels/[^\s()]{1,100}\)\]"
    rf"|\[\[?\\?{_LINKED}\]\]?(?:\({_URL}\)|\[[^\]\s]{{0,60}}\])?(?:\](?:\({_URL}\))?)?"
    rf"|`\(?#?(?:\d{{1,9}}|[0-9a-f]{{7,40}}|{_ADVISORY})\)? <[^>\s]{{1,300}}>`_{{1,2}}|\[#\d{{1,9}}\]_"
    r"|:(?:[\w-]{0,20}(?:issue|pr|pull|gh|bug|ticket|user|cve|ghsa|commit)[\w-]{0,20}):`[^`\n]{1,80}`"
    rf"|{_NUMBER}|\b{_ADVISORY}\b|\b(?=[a-f]{{0,39}}\d)[0-9a-f]{{7,40}}\b"
    rf"|<?https?://[^\s(),<>]{{1,200}}/(?:pulls?|issues|commits?|advisories)/[\w-]{{1,60}}/?>?)"
)
_REFERENCES_OR_PEOPLE = re.compile(rf"{_PERSON}|{_REFERENCE}")
_JOINING_WORDS = re.compile(
    r"(?i)\b(?:by|in|via|and|with|thanks|thank you|thx|to|closes?|closed|fixe?s?|fixed|resolves?|resolved|refs?"
    r"|added|updated|removed|changed|implemented"
    r"|references?|see|also|cf|from|reported|contributed|suggested|submitted|backports?|backported|of|for|the"
    r"|pull requests?|issues?|prs?|pr|various|several|bugs?|tickets?|commit|part|related|original"
    r"|cherry picked|special|hat tip|author"
    r"|credits?)\b"
    r"|[\s,;&+.:!/|*_`❤️🎉—–-]"
)
_BRACKETS = (("(", ")"), ("[", "]"))
_NAME_WORD = r"[A-ZÀ-ÞŁŚŠČĆĐ][\w.'’-]{0,30}"
_NAMES = rf"{_NAME_WORD}(?: (?:van|von|de|der|da|el)\b)?(?: {_NAME_WORD}){{0,3}}"
_CREDITED = re.compile(
    r"(?i:thanks(?: go)?(?: to)?|(?:originally )?(?:reported|contributed|suggested|submitted|found|discovered|written"
    rf"|spotted|pointed out|patch|patches|fix|based on (?:a )?patch|implemented)(?: and (?:fixed|patched))?"
    r" (?:by|from)|by"
    r"|from):?,? "
    rf"(?:{_NAMES}|{_PERSON})(?:(?:, | and | & |/)(?:and )?(?:{_NAMES}|{_PERSON}|others)){{0,6}}"
    rf"(?:,? (?:(?:in|via|at|of) )?(?:{_REFERENCE}|[A-Z][\w.-]{{1,20}}))?[!.]?"
)
"""The inside of brackets that thank someone: `reported by Ada Lovelace in issue 12`."""
_TRAILING_CREDIT = re.compile(
    rf"(?:(?<=[.;,!])\s{{1,4}}|\s(?:--|[–—-])\s)"
    rf"(?:{_CREDITED.pattern}|by `[\w-]{{1,40}}`(?:(?:,| and) `[\w-]{{1,40}}`){{0,5}})\Z"
)
"""Thanks behind an item without brackets: `. Patch by Ada Lovelace`, `-- by `ada``."""
_CUT_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z\d]{1,20}|#\d{2,5})\Z")
"""An entity of HTML without its semicolon, which is no punctuation: `the &lt;name&gt;`."""
_BY_NAME = re.compile(rf"\s{{1,4}}by {_NAMES}\Z")
"""The author behind an item, in notes whose items mostly name one: `add a map by Ada Lovelace`."""
_BY_PERSON = re.compile(rf"\s{{1,4}}by {_PERSON}\Z")
_NUMBER_AND_AUTHOR = re.compile(
    r"\s{1,4}\(#\d{1,9}\)\s{1,4}by (?!default\b|hand\b)[\w.'’-]{1,40}(?: [\w.'’-]{1,40}){0,3}\Z"
)
"""A number and the author behind it, whatever the name: `add a map (#12) by ada-l`."""
MAX_CREDIT, MAX_JOINT = 160, 40
"""Characters of thanks, and of the words that lead on to a reference."""
_FULL_NAME = re.compile(r"[A-ZÀ-ÞŁŚŠČĆĐ][\w.'’-]{0,30}(?: [A-Za-zÀ-ÿŁŚŠČĆĐ][\w.'’-]{0,30}){1,3}")
_HANDLE = re.compile(r"@?[\w][\w.-]{1,38}\$?(?:\[bot\])?")
_CAPITALS = re.compile(r"[A-Z\d_]{2,}")
_TECHNICAL = frozenset(
    {
        "windows", "linux", "macos", "mac", "osx", "unix", "posix", "bsd", "freebsd", "openbsd", "netbsd", "android",
        "ios", "wasm", "x86", "arm", "cygwin", "mingw", "msvc", "gcc", "clang", "python", "rust", "ruby", "java", "php",
        "javascript", "typescript", "go", "perl", "node", "experimental", "unstable", "preview", "beta", "alpha",
        "deprecated", "breaking", "internal", "optional", "default", "security", "only", "all", "both", "new", "again",
        "client", "server", "api", "cli", "gui", "docs", "tests", "ci", "build", "core", "change", "changes", "feature",
        "fix", "support", "mode", "removed", "added", "fixed",
    }
)  # fmt: skip
"""Words in brackets that say what an item is about, and are no one's login."""
_OPEN_END = re.compile(
    r"(?:[\s,;:(&+/–—-]{1,20}|(?i:\b(?:by|via|and|with|see|see also|cf|thanks(?: to)?|closes|fixes|resolves|refs|prs?"
    r"|pull requests?|issues?|part of|reported|contributed|(?:added|fixed|updated|removed|changed) by|backport of"
    r"|ticket))[.:]{0,2})\Z"
)
"""What leads on to a reference or a person."""
_OBJECT_FOLLOWS = re.compile(
    r"(?i)\b(?:of|to|in|on|for|from|since|after|before|like|than|into|at|as|the|an?|fix(?:e[sd])?|address(?:e[sd])?"
    r"|revert(?:s|ed)?|mitigate[sd]?|introduced|caused|triggered|exposed|broken|under|per|is|are|was|implements?|complete[sd]?)\Z"
)
"""A word that says nothing without the reference behind it: `a regression from #12`."""
_PERSON_IN = re.compile(rf"(?P<person>\bby {_PERSON}(?:(?:,| and|, and) {_PERSON}){{0,6}}),? in\s*\Z")
"""What is in front of a number behind a person: `by @ada in #12`."""
_NUMBER_BEFORE = re.compile(r"[(\[](?:\[?#\d{1,9}\]?(?:\([^()\s]{1,200}\))?)[)\]]\s{1,4}\Z")
_LAST_CLAUSE = re.compile(r"(?:, | - | – | — |; | \()[^,;()]{1,40}\Z")
_REFERENCE_LINE = re.compile(
    rf"[\s,.–-]{{0,4}}(?:[(\[]{{1,2}}(?:(?:{_REFERENCE}|{_PERSON})[\s,;&]{{0,3}}){{1,8}}[)\]]{{1,2}}"
    rf"|[–-] {_REFERENCE}(?:,? by {_PERSON})?|\[#\d{{1,7}}\])\.?"
    r"(?=[ \t]{0,20}\r?\n\s{0,20}(?:[A-Z`\"']|(?:feat|fix|perf|docs|chore)(?:\([^()\n]{1,40}\))?: )"
    r"|\s[A-Z][a-z]{1,20} )"
)
"""References at the end of the first line of an item that goes on with a sentence about it."""

_SINCE = r"[*_]{0,3}\((?:[a-z]{1,12} ){1,3}(?:since|in) v?\d{1,4}\.[\w.-]{1,24}\)[*_]{0,3}"
"""The version from which on an item is so: `**_(new since v2.0.0-rc1)_**`."""
_TRAILING_SINCE = re.compile(rf"\s{{1,4}}{_SINCE}\Z")

_EMOJI = r"[\u2190-\u2bff\U0001f300-\U0001faff\ufe0f\u200d]{1,6}"
_LEADING = re.compile(
    rf"(?:[-–—*](?=\s)|\[?\[?[#!]\d+\]?\]?(?:\({_URL}\))?:?|\([#!]\d+\):?|\d{{3,7}}(?=: )"
    r"|(?:\[|&#91;)(?:GH-|#)\d{1,7}(?:\]|&#93;):?"
    rf"|\(\[?[#!]\d{{1,7}}\]?(?:\({_URL}\))? by (?:\[?@[\w-]{{1,40}}\]?(?:\({_URL}\))?(?:,? and |, )?){{1,4}}\)"
    rf"|\[`?[0-9a-f]{{7,40}}`?\]\({_URL}\)|\(?\[{{0,2}}{_ADVISORY}\]?(?:\({_URL}\))?[)\]]?:?"
    rf"|[*_]{{0,2}}\([A-Za-z_-]{{3,20}}\)[*_]{{0,2}}|{_SINCE}"
    r"|(?=[a-f]{0,39}\d)[0-9a-f]{7,40}(?=: | [A-Z`])"
    r"|\[v?\d{1,4}(?:\.(?:\d{1,4}|x))+\](?=:? \S+ \S):?"
    rf"|`#?\d+ <[^>\s]{{1,300}}>`_{{1,2}}:?|{_EMOJI}|:[a-z_]{{3,20}}:(?!`)"
    r"|:(?:issue|pr|pull|gh|ghpull|bug|cve):`[^`\n]{1,40}`:?"
    r"|(?i:fix(?:e[sd])?|enh|bug|chg|sec|rem|dep|enhancement|change|security|bugfix|feature|deprecation"
    rf"|close[sd]?|resolve[sd]?) \[?#\d{{1,7}}\]?(?:\({_URL}\))?:"
    rf"|\[(?!(?:CVE|GHSA|RFC|PEP)-)[A-Z][A-Z0-9]{{1,11}}-\d{{1,6}}\]\({_URL}\):?(?= )"
    r"|(?:bug|feature|minor|security) #\d{1,7}(?= [\[`A-Za-z])"
    r"|(?=\[?[A-Z][A-Z0-9]{2,11}-\d{2,6}\]?:? [A-Z`\[])(?!\[?(?:UTF|SHA|ISO|RFC|CVE|CWE|PEP|IEEE|ECMA|GPT|JDK|GHSA)-)"
    r"\[?[A-Z][A-Z0-9]{2,11}-\d{2,6}\]?"
    r"|\d{1,2}(?: [–-]|[.)])(?= [A-Z`])"
    r"|(?:ENH|BUG|DEP|DOC|MNT|MAINT|PERF|TST|REF|FIX|FEAT|TYP|STY|CLN|REGR):"
    r"|(?i:build|chore|ci|deps|docs?|feat|fix|perf|refactor|style|test)(?:\([^()\n]{1,60}\))?!?(?=: ):"
    r"|(?i:new|fix|fixed|bugfix|added|changed|removed|deprecated|security|enhancement|feature|improved"
    r"|improvement):(?=\s+\S+\s+\S)"
    r"|\[(?:BC(?:[ -][Bb]reak)?|[A-Z]{3,12}|[A-Z][a-z]{2,12}|\*\*breaking\*\*)\]|\[[A-Z]{2,12} #\d+\](?:\([^)\s]*\))?:?"
    r"|\*[A-Z][a-z]{3,12}(?::\*|\*:)|\*\*(?i:new|fix(?:ed)?|bugfix|added|changed|removed|deprecated|security"
    r"|(?:(?:minor|mildly|slightly|potentially|possibly) )?breaking(?: [a-z-]{2,20}){0,3}|features?|enhancement)!?"
    r"(?::\*\*|\*\*:?)"
    r"|(?i:bc[ -]break(?: ?/ ?[a-z]{3,12})?):|(?i:breaking(?: changes?)?)(?:\([^()\n]{1,40}\))?!?:)[:,]?\s+"
)
"""A reference, a kind or an emoji in front of an item."""
_COMPONENT = re.compile(
    rf"`\[[^`\]\n]{{2,100}}\]`\s+|(?:{_EMOJI}\s?)?"
    r"(?:\*\*[^*\n]{2,60}:\*\*|\*\*[^*\n]{2,60}\*\*:|\*\*(?:\[[^*\n]{2,60}\]|[^*\s]{2,60})\*\*)[:,]?\s+"
)
"""The component that an item names first, as `[map-cli]` in code, or in bold.

In bold it ends with a colon, or is one word: `**Support for subtests** has been added` is a sentence.
"""
_TITLE = re.compile(
    r"\*\*(?P<title>[^*\n]{12,160}(?:\n[^*\n]{2,100})?)(?::\*\*|\*\*(?=:|\.\s|\s?[–—-]\s)|[.!]\*\*(?=\s))"
)
"""A bold beginning that is the title of an item: `**The printer stopped at noon**: the clock was read twice`."""
_LINK = re.compile(rf"\[(?P<text>[^\[\]\n]{{5,300}})\]\({_URL}\)")


_LACKS_SUBJECT = re.compile(
    r"(?:Renamed|Moved|Replaced|Changed) (?:to|by|with|into|from)\b|Removed[.,] "
    r"|Now (?:used|supports?|returns?|takes?)\b"
)
"""How the words behind a component begin that are about it: `**Context()**: Renamed to `RequestCtx()`."""


def find_own_words(text: str, *, names_people: bool = False) -> tuple[int, int]:
    """Return the span of an item without the references, kinds and people in front of it and behind it.

    The component in front of it stays where what follows has four words or fewer.

    Args:
        text: the item.
        names_people: whether names in brackets at the end of it are those of people, see `credits_people`.
    """
    start = _skip_leading(text, 0)
    if match := _TITLE.match(text, start):
        title = match["title"].rstrip(":")
        if len(title.split()) >= MIN_TITLE_WORDS and not (text.startswith(":", match.end()) and _is_name(title)):
            return match.start("title"), match.start("title") + len(title)
    own = start
    # What a name of code does is nothing without it: `**`LMOVEM`**: move several at once`.
    if (match := _COMPONENT.match(text, start)) and ("`" not in match[0] or match[0].startswith("`[")):
        own = _skip_leading(text, match.end())
    end = len(text.rstrip())
    if match := _REFERENCE_LINE.search(text, own):
        head = text[own : match.start()].rstrip()
        if len(head.split()) > MIN_OWN_WORDS:
            end = own + len(head)
    end = _skip_trailing(text, own, end, names_people=names_people)
    end += bool(_CUT_ENTITY.search(text, own, end)) and text[end : end + 1] == ";"
    if len(text[own:end].split()) <= MAX_SHORT_WORDS or _LACKS_SUBJECT.match(text, own):
        own = start
    if (link := _LINK.fullmatch(text, own, end)) and len(link["text"].split()) >= MIN_OWN_WORDS:
        # `[1234: keep the map](…)` has the number of its change within the link.
        first = _skip_leading(text, link.start("text"))
        says_enough = len(text[first : link.end("text")].split()) >= MIN_OWN_WORDS
        return (first if says_enough else link.start("text")), link.end("text")
    return own, end


def _is_name(title: str) -> bool:
    """Return whether all words begin with capitals, as in the name of a component: `Harbour Data Explorer Scaler`."""
    return all(word[:1].isupper() for word in title.split())


def read_own_words(text: str) -> str:
    """Return an item without the references, kinds and people in front of it and behind it, as `find_own_words`."""
    return text[slice(*find_own_words(text))]


def is_credit(text: str) -> bool:
    """Return whether a text is references and people alone: `Fixed by [Ada](…) in Pull Request [#12](…).`"""
    rest, count = _REFERENCES_OR_PEOPLE.subn(" ", text[:MAX_TRAILING_LENGTH])
    return bool(count) and len(text) < MAX_TRAILING_LENGTH and not _JOINING_WORDS.sub("", rest)


def drop_component(text: str) -> str:
    """Return an item without the component that it names first in bold."""
    match = _COMPONENT.match(text)
    return text[match.end() :] if match else text


def _skip_leading(text: str, start: int) -> int:
    while match := _LEADING.match(text, start):
        start = match.end()
    return start


def _skip_trailing(text: str, start: int, end: int, *, names_people: bool) -> int:
    """Return where the words of an item end, before references and people."""
    own_end = end
    patterns = (_TRAILING_CREDIT, _NUMBER_AND_AUTHOR, _TRAILING_SINCE, *((_BY_NAME,) if names_people else ()))
    for _ in range(MAX_TRAILING_PARTS):
        stripped = _rstrip(text, start, own_end)
        shorter = _skip_brackets(text, start, stripped, names_people=names_people)
        if shorter is None:
            first = max(start, stripped - MAX_CREDIT)
            match = next((found for own in patterns if (found := own.search(text, first, stripped))), None)
            shorter = match.start() if match else _skip_part(text, start, stripped)
        if shorter is None or len(text[start:shorter].split()) < MIN_OWN_WORDS:
            break
        own_end = shorter
    if own_end == end:
        return end
    head = text[start:own_end]
    trimmed = head.rstrip(" \t\r\n,;:–—&-")
    return start + len(trimmed.removesuffix(".") if not trimmed.endswith("..") else trimmed)


def _rstrip(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip(" \t\r\n.,;!"))


def _skip_brackets(text: str, start: int, end: int, *, names_people: bool) -> int | None:
    """Return where brackets at the end begin that hold only references and people; None without such brackets."""
    for opening, closing in _BRACKETS:
        if not text.endswith(closing, start, end):
            continue
        position = _find_opening(text, start, end, opening, closing)
        if position is None:
            return end - 1
        if position > start and text[position - 1] == "]":
            continue
        inside = text[position + 1 : end - 1]
        is_author = bool(_NUMBER_BEFORE.search(text, start, position)) and _is_author(inside)
        if is_author or _is_credit(inside, opening, names_people=names_people):
            return position
    # An opening bracket that nothing closes: `… functions (#12 ([abc](…))` without its last bracket.
    position = text.rfind("(", start, end)
    if position >= max(start, end - 80) and text.count(")", position, end) == 0:
        inside = text[position + 1 : end]
        if not inside.strip() or _is_credit(inside, "(", names_people=False):
            return position
    return None


def _find_opening(text: str, start: int, end: int, opening: str, closing: str) -> int | None:
    depth = 0
    for position in range(end - 1, max(start, end - MAX_TRAILING_LENGTH) - 1, -1):
        if text[position] == closing:
            depth += 1
        elif text[position] == opening:
            depth -= 1
            if depth == 0:
                return position
    return None


def _is_credit(inside: str, opening: str, *, names_people: bool) -> bool:
    """Return whether the inside of brackets is references and people alone."""
    inside = inside.strip()
    if opening == "[" and (
        re.fullmatch(r"\d{1,5}(?:, ?\d{1,5}){0,9}", inside) or inside.strip("*_").casefold() == "breaking"
    ):
        return True
    rest, count = _REFERENCES_OR_PEOPLE.subn(" ", inside)
    if count and (not _JOINING_WORDS.sub("", rest) or _PLAIN_NAME_BEHIND.search(inside)):
        return True
    if opening == "[" and not count:
        return names_people and _is_names(inside)
    if _CREDITED.fullmatch(inside) is not None:
        return True
    if count and _FULL_NAME.fullmatch(" ".join(_JOINING_WORDS.sub(" ", rest).split())):
        return True
    return names_people and not count and _is_names(inside)


_PLAIN_NAME_BEHIND = re.compile(
    r"#\d{1,9}, (?!(?:only|see|also|for|with|on|in|and|not|as|by|from|to|the|an?|part)\b)"
    r"[a-zà-ÿ][\w'’-]{1,20}(?: [a-zà-ÿ][\w'’-]{1,20}){0,2}\Z"
)
"""A person without a capital behind the number of a change: `#12, ada lovelace`."""


def _is_author(inside: str) -> bool:
    """Return whether brackets behind the number of a change name its author: `(#12) (ada lovelace)`."""
    return re.fullmatch(r"[\w.'’ -]{2,60}(?:\[bot\])?", inside) is not None and len(inside.split()) <= 4


def _is_names(text: str) -> bool:
    """Return whether a text is names of people or logins, joined with commas."""
    names = [name.strip() for name in re.split(r",|;| and | & | {2,}", text) if name.strip()]
    return bool(names) and all(
        (_FULL_NAME.fullmatch(name) or _HANDLE.fullmatch(name))
        and not any(word.casefold() in _TECHNICAL or (_CAPITALS.fullmatch(word)) for word in name.split())
        for name in names
    )


def _skip_part(text: str, start: int, end: int) -> int | None:
    """Return where a reference or a person at the end begins; None without one, or where words need it."""
    found = None
    # The longest reference: `[#12](…)` ends with what may be an address alone.
    searched_from = max(start, end - MAX_TRAILING_LENGTH)
    for match in _REFERENCES_OR_PEOPLE.finditer(text, searched_from, end):
        if match.end() == end:
            found = match.start()
    if found is None:
        return None
    if found > start and text[found - 1] in "`\"'":
        return None
    # GitHub writes the page of a pull request behind `in`, also where authors took the person away.
    joint = _IN_PAGE.search(text, max(start, found - MAX_JOINT), found) if _PULL_PAGE.match(text, found, end) else None
    says_enough = joint is not None and len(text[start : joint.start()].split()) >= MAX_SHORT_WORDS
    return _close_clause(text, start, joint.start() if joint and says_enough else found)


_PULL_PAGE = re.compile(r"https?://[\w./-]{1,120}/pull/\d{1,9}\Z")
_IN_PAGE = re.compile(r"(?<=[^\s:]) in \Z")


def _close_clause(text: str, start: int, end: int) -> int | None:
    """Return where the words in front of a reference end, without those that need it; None if the rest needs it."""
    first = max(start, end - MAX_CREDIT)
    if match := _PERSON_IN.search(text, first, end):
        end = match.end("person")
    while match := _OPEN_END.search(text, max(first, end - MAX_JOINT), end):
        end = match.start()
    if _OBJECT_FOLLOWS.search(text, max(first, end - MAX_JOINT), end):
        clause = _LAST_CLAUSE.search(text, first, end)
        if clause is None or len(text[start : clause.start()].split()) <= MIN_OWN_WORDS:
            return None
        end = clause.start()
    return end


def credits_people(items: Iterable[str]) -> bool:
    """Return whether items of notes mostly end with a person: `… (Ada Lovelace)`, `… [ada, bob]`, `… by Ada Stone`."""
    count = named = full = bracketed = 0
    for item in items:
        count += 1
        text = item.rstrip(" .\n")
        first = max(0, len(text) - MAX_CREDIT)
        if _BY_NAME.search(text, first) or _BY_PERSON.search(text, first):
            named += 1
            full += 1
        opening = {")": " (", "]": " ["}.get(text[-1:])
        position = text.rfind(opening) if opening else -1
        if position >= max(0, len(text) - 80) and _is_names(text[position + 2 : -1]):
            named += 1
            is_full = bool(_FULL_NAME.search(text[position + 2 : -1]))
            full += is_full or "," in text[position:]
            bracketed += is_full and opening == " ["
    if named < MIN_CREDITED_ITEMS:
        # Of few items each has a full name in square brackets: liquid 5.10.0 has one, `… [Julia Boutin]`.
        return 0 < count == bracketed
    # Nearly all with a login in brackets are as clear as names: `keep the map (ada)`.
    return named * 2 >= count and (full * 3 >= named or named * 10 >= count * 9)
