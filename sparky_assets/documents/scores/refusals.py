"""Why a sentence is never quoted: it only names others, counts as praise, or is about tests. Pure."""

import re
from collections.abc import Callable, Iterator

from sparky_assets.documents.models import SentenceContext
from sparky_assets.text.redact import EMAIL_PATTERN, contains_secret

_PRAISE = re.compile(
    r"\b\d[\d,]{0,9}\+? (?:lines|loc|new lines)\b|\b(?:faster|quicker|earlier) than (?:planned|expected|estimated)"
    r"|\bahead of schedule\b|\b(?:all )?\d[\d,/]{0,9}\+? (?:unit |integration |new |more "
    r"|e2e )?tests? (?:pass\w{0,3}|added|all|total|cover\w{0,4})"
    r"|\b\d{1,3} ?% (?:test )?coverage\b|\btests? (?:are )?(?:passing|pass(?:ed)?)\b.{0,20}\d"
    r"|\ball tests pass|\b\d{1,6} (?:files|insertions|deletions)"
    r" (?:changed|modified|created|added)\b|\b\d{1,3} ?% complete\b|\b\d{1,4}/\d{1,4} (?:tests?|tasks?"
    r"|stor(?:y|ies))\b",
    re.IGNORECASE,
)

_REFERENCE_WORDS = frozenset(
    {
        "addresses", "already", "also", "and", "background", "backport", "based", "bug", "builds", "by", "cc",
        "changes", "cherry", "cherry-pick", "cherry-picked", "close", "closed", "closes", "closing", "commit",
        "context", "continuation", "continued", "continues", "depends", "details", "discussed", "discussion",
        "discussions", "earlier", "first", "fix", "fixed", "fixes", "fixing", "follow", "follow-up", "followup",
        "for", "from", "here", "in", "introduced", "issue", "issues", "made", "mentioned", "more", "of", "on", "part",
        "patch", "picked", "pr", "out", "previously", "pull", "ref", "reference", "references", "refs", "related",
        "relates", "replaces", "reported", "request", "resolve", "resolved", "resolves", "reversing", "reverts",
        "see", "split", "supersedes",
        "the", "this", "thread", "ticket", "to", "top", "toward", "towards", "up", "was",
    }
)  # fmt: skip

_REFERENCE_TOKEN = re.compile(
    r"(?:[\w-]{1,39}/[\w.-]{1,100})?#\d{1,9}|@[\w-]{1,40}|https?://\S+|[0-9a-f]{7,40}|[A-Z]{2,10}-\d{1,7}|[-*+]|"
    r"[\w-]{1,12}:`#?\d{1,9}"
)

_LINK_TEXT = re.compile(r"\[([^\]\n]{1,100})\]\([^()\s]{1,300}\)")

_POINTER = re.compile(
    r"(?:please |also )?(?:see|refer to)\b(?:\W+\w+){0,12}\W*|see also\b.*"
    r"|the (?:following|next|below)(?: \w+){0,2} (?:lists?|describes?|contains?|shows?|summari[sz]es?|details?)\b.*"
    r"|all (?:notable|user-visible|significant) changes\b.*\b(?:documented|listed|file|document)\b.*"
    r"|the (?:format|layout) (?:of this file )?is based on\b.*"
    r"|(?:\(#\d{1,7}\)\s{1,3})?no (?:other )?changes (?:since|from) .*"
    r"|.{0,40}\b(?:fix|introduc)\w* .{0,40}\bunreleased (?:regression|bug)s?\b.*"
    r"|the changes are (?:ordered|sorted|grouped|listed)\b.*",
    re.IGNORECASE,
)
"""A sentence that only says where to read on: `See Conventional Commits for the rules.`"""

_NOTHING = re.compile(r"\W{0,3}(?:n/?a|none|nope|no|yes|not applicable|nothing|no changes?|-)\W{0,3}", re.IGNORECASE)


def is_reference_only(text: str) -> bool:
    """Return whether a text only names issues, people and addresses: `Closes #12, see also #13.`"""
    # A link in Markdown is its text: `[#12](https://github.com/o/r/pull/12)`.
    tokens = _LINK_TEXT.sub(r"\1", text[:2_000]).split()
    stripped = (token.strip(".,;:()[]<>*_!?\"'`") for token in tokens)
    return len(text) < 2_000 and all(
        token.casefold() in _REFERENCE_WORDS or _REFERENCE_TOKEN.fullmatch(token) for token in stripped
    )


_TOOL_OUTPUT = re.compile(
    r"[\w./-]{1,100}\.\w{1,4}:\d{1,6}:(?:\d{1,5}:)? ?(?:warning|error|note|fatal)\b|^\[\d{1,5}/\d{1,5}\] "
)
"""A line of a compiler: `[6/73] Building pier.o`, `pier.c:157:7: warning: …`."""

_CREDIT = re.compile(
    r"(?i)(?:contributed|reported|suggested|submitted|patch|found|discovered|based on a patch) (?:by|from) \S"
)
"""A sentence about whom something is from: `Contributed by Ada Lovelace.`"""

_ATTRIBUTION = re.compile(r"(?i)(?:github )?issues? #?\d+\b[^:]{0,100}$")
"""A sentence that says who asked where: `GitHub issue 5275, based on a change from Dane Jensen.`"""

_ABOUT_TESTS = re.compile(
    r"(?i)(?:\w{4,14}ly,? )?"
    r"(?:(?:i |we |also |i've |we've )*(?:add|wrot|writ|extend|updat|includ)\w* |(?:this|it) (?:also )?adds )?"
    r"(?:(?:a|an|some|more|new|few|the|unit|integration|regression|e2e|end-to-end|corresponding|relevant|snapshot) )*"
    r"tests? (?:to |for |that |which |in |at |covering |cases?\b|coverage\b|were |was |are )"
    r"|the (?:[\w-]+ ){0,2}tests? "
    r"(?:only )?(?:deriv|check|cover|assert|verif|us|rel|expect|exercis|ensur|call|miss)(?:e|es|ed|s|ies|ied|y)?\b"
    r"|.{0,60}\bCI (?:smoke )?(?:coverage|checks?|jobs?|workflows?|pipelines?)\b"
    r"|(?:also )?(?:add|extend|includ|writ|creat|expand|improv)\w* "
    r"(?:(?!for\b|to\b|that\b|of\b|with\b|options?\b|flags?\b|support\b|commands?\b)[\w/-]+,? ){0,5}"
    r"(?:tests (?:for|to|that|of|covering|in|with|which|on|around|and|where)\b"
    r"|(?:(?:black|white)[- ]?box|regression|test|fuzz\w*|(?:unit|integration|e2e)[- ]?tests?) coverage\b)"
    r"|(?:an?|these|new|some|more|another) (?:[\w-]+ ){0,3}tests? (?:now )?"
    r"(?:cover|check|assert|verif|exercis|ensur|pin|guard|lock|reproduc|demonstrat)\w*\b"
    r"|(?:two|three|four|several|some|many|all|both|most|no|existing) (?:of the )?(?:[\w-]+ ){0,2}tests? "
    r"(?!of\b|for\b|suites?\b|runners?\b|files? of\b)\w"
    r"|.{1,160}\bso (?:that )?(?:the|our) (?:\w+ )?tests? (?:can|could|does|do|will|pass)\b"
    r"|.{0,40}(?:\btest_\w{3,}\b(?!\.\w|\(\w)|(?-i:\bTest[A-Z])\w{3,}|\w_test\b(?!\.\w))"
    r"|(?:tests?|testing|test plan|tested|verification)\s?: "
    r"|covered by (?:(?:unit|new|existing|the|integration) )*tests\b"
    r"|(?:add|extend|includ|writ)\w* (?:(?:an?|the|some|more|new|few) )?"
    r"(?:regression|integration|unit|e2e|end-to-end|snapshot|smoke|golden) (?:tests?|specs?)\b"
    r"|add\w* (?:an?|the|some|new) (?:[\w-]+ ){1,5}tests? (?:to|that|for|which)\b"
    r"|there (?:are|is|were|was) (?:currently )?no (?:existing |unit )?tests?\b"
    r"|(?:un-?block|enable|un-?ignore|un-?skip)\w* .{0,40}\btests?\b|[\w-]+ tests? (?:that|which) (?!can\b|users?\b)"
    r"|(?:add|extend|improve)\w* [`\w-]{3,30} coverage\b"
    r"|.{1,120}\b(?:was|were|has been|have been) (?:\w+ly )?(?:exercised|tested|smoke[- ]tested|benchmarked)\b"
    r"|(?:also )?add\w* (?:an?|the|some|new|two|three) (?:[\w-]+ ){0,4}"
    r"(?:(?:regression|unit|integration|e2e|end-to-end|snapshot|smoke|golden) tests?\b|tests?[/:])"
    r"|.{1,120}\btests? now (?:gain|cover|pass|run|check|assert)s?\b|running (?:the )?specs?\b"
    r"|test (?:with|on|against) \S+ (?:on )?v?\d\S*\W*$"
    r"|.{0,160}\bused (?:only )?(?:for|in|by) (?:the )?(?:testing|tests)\b"
    r"|for (?:\w+ )?(?:testing|future maintenance|reviewers?)\b|running (?:the )?.{0,60}\btests?\b"
    r"|(?:add|updat|extend|rename|remov|mov)\w* (?:the )?`?test_\w+"
    r"|(?:verified|tested|validated) (?:locally|manually|by|with|on|that)\b"
    r"|.{1,160}\bfails? (?:before|without) (?:the|this) (?:change|fix|patch)\b"
    r"|.{0,60}\bBenchmark_?[A-Z]\w+|.{0,60}\b[A-Z]\w*Test(?:er|Case|Suite)s?\b"
)
"""A sentence about the tests of a change: `Added tests to verify proper conflict detection`."""

_ASKS_AUTHOR = re.compile(
    r"(?i)(?:please )?(?:add|write|include|update|run) (?:\w+ ){0,3}tests? (?:to|that|for|which) [^.]{0,40}"
    r"\byour? (?:changes?|code|pr)\b"
    r"|please (?:read|follow|fill|delete|describe|link|explain)\b.{0,80}"
    r"\b(?:pr|pull request|contributing|template|below|your changes?)\b"
)
"""A line of a form that its author left: `Please add tests to validate your changes`."""

_ABOUT_DOCUMENTS = re.compile(
    r"(?i)(?:also )?(?:add|updat|improv|fix|adjust|extend)\w* (?:the )?(?:\w+ )?"
    r"(?:documentation|docs|readme|changelog)\b"
    r"|.{0,160}\b(?:should|must|can|to) (?:only )?be merged\b|(?:please )?merge (?:this )?(?:after|before|once)\b"
)
"""A sentence about documents of a change, or its merge: `Update documentation to reflect the new features`."""

_FORM_ANSWER = re.compile(
    r"(?i)(?:not (?:needed|necessary|required|applicable)|no need|unnecessary|same as (?:the )?(?:title|above|issue))\b"
)
"""The answer to a question of a form: `Not needed because #5008 is not released yet.`"""

_SUPPOSITION = re.compile(
    r"(?i)(?:let us |let['’]s )?(?:assume|suppose|imagine|say)(?: that)?\b(?! no\b)[^.]* (?:is|are|has|have)\b"
)
"""What an explanation begins with: `Assume A and B are maps of one pier` says nothing without what follows."""

_LEFT_AS_IS = re.compile(
    r"(?i)(?:some|other|a few|certain|the other|remaining) (?:\w+ ){1,2}(?:can(?:no|['’])t|could(?: not|n['’]t)"
    r"|(?:are|were|is|was) not|aren['’]t) (?:yet )?(?:be )?"
    r"(?:changed|converted|updated|replaced|migrated|touched|moved|covered)\b"
)
"""What a change leaves alone: `Some places cannot be changed, since they rely on a lamp.`"""

_EARLIER_CHANGE = re.compile(r"(?i)(?:prior to|before) (?:this|the) (?:commit|change|pr|patch),? (?:gh-|#)\d{1,7} ")
"""A sentence about another change: `Prior to this commit, gh-12 added lamps`."""

_PAST_THOUGHT = re.compile(
    r"(?i)(?:at first,? )?(?:i (?:thought|assumed|was (?:wondering|thinking)|wondered)"
    r"|my (?:first|initial|original) (?:intention|idea|thought|plan|attempt))\b"
)
"""What an author thought before a change: `I thought that it was the lamp, but it is not.`"""

_UNDONE = re.compile(
    r"(?i).*\b(?:(?:this|it) does(?: not|n['’]t) (?:yet |fully |completely |entirely )*"
    r"(?:fix|resolve|solve|address)e?s? (?:the|this|all|every)\b"
    r"|(?-i:ATM)\b|I (?:still )?(?:need|have|plan|intend) to (?:implement|add|write|fix|test|check)\b)"
)
"""What an author says of a change that was not done yet: `It doesn't fully resolve the issue: I need to add maps`."""

_ABOUT_COMMENT = re.compile(
    r"(?i)the (?:old |previous |code |existing )?comments? (?:claim|sa[iy]|stat|mention|explain|was|is)\w*"
)
"""A sentence about a comment in the code: `The comment claimed that the map is sent.`"""

_STRUCK = re.compile(r"(?<![~`/])~~(?=[^\s~`/])|(?<=[^\s~`/])~~(?![~`/])|<(?:s|del|strike)>")
"""What an author took back: `~~To enable the flag by default, I want to detect whether it is there.~~`"""

_CODE_LINE = re.compile(
    r"(?:def|class) \w+(?:\(.{0,200}\))?:\s|[a-z][\w.]*(?:, [a-z][\w.]*)* = [\w.]+\(|[\w.]+\(\[\s|\+[-=]{4,}"
)
"""Indented code that a text shows without marks, and a table of reStructuredText: `def draw(map): …`."""

_MACRO = re.compile(r"[a-z][\w-]{1,30}::?[^\s\[\]]{0,200}\[[^\]\n]{0,200}\]|<<[^<>\n]{1,200}>>")
"""A block or a reference to another part alone: `include::maps.adoc[]`, `<<maps, Maps by night>>`."""

_PUNCTUATION_START = re.compile(r"[/\\,;:)\]}&+=] |[-=]>|[=|^](?=[A-Z])")


_CODE = re.compile(r"`[^`]*`|[:;]-?\)")
"""Code and faces, whose brackets are no pairs."""
_COUNTED = re.compile(r"(?<![^\s,;])(?:\d{1,2}|[a-zA-Z])\Z")
"""The number of a part: `The fixes are A) a lamp, and B) a map`."""


def _has_half_bracket(text: str) -> bool:
    """Return whether one bracket of a pair is in another sentence: `(I found it hard, since the map was lost.`"""
    shown = _CODE.sub(" ", text[:2_000])
    if "`" in shown:
        return False
    depth = 0
    for match in re.finditer(r"[()]", shown):
        if match[0] == "(":
            depth += 1
        elif depth:
            depth -= 1
        elif not _COUNTED.search(shown, max(0, match.start() - 4), match.start()):
            return True
    return depth > 0


_NAMED_LINK = re.compile(r"[\w ,()'’/-]{2,60}:\s{1,3}<?https?://\S{1,500}")
"""A link and what it leads to: `Failing run of the tests (before the fix): https://…`."""

_REFUSED: tuple[tuple[str, Callable[[str], re.Match[str] | None]], ...] = (
    ("begins in the middle of code", _PUNCTUATION_START.match),
    ("output of a tool", _TOOL_OUTPUT.search),
    ("about tests", _ABOUT_TESTS.match),
    ("about documents or the merge", _ABOUT_DOCUMENTS.match),
    ("answers a form", _FORM_ANSWER.match),
    ("says what its author thought", _PAST_THOUGHT.match),
    ("begins an explanation", _SUPPOSITION.match),
    ("says what was left as it is", _LEFT_AS_IS.match),
    ("says what was not done yet", _UNDONE.match),
    ("about an earlier change", _EARLIER_CHANGE.match),
    ("asks the author of a change", _ASKS_AUTHOR.match),
    ("e-mail address", EMAIL_PATTERN.search),
    ("line of a log", re.compile(r"(?:\d+: )?(?:\d{4}-\d\d-\d\d )?(?:[0-9a-f]{40}\b|[0-9a-f]{7,40} \()").match),
    ("counts as praise", _PRAISE.search),
    ("about a comment in the code", _ABOUT_COMMENT.match),
    ("struck out by its author", _STRUCK.search),
    ("macro of AsciiDoc", _MACRO.fullmatch),
    ("a link behind its name", _NAMED_LINK.fullmatch),
    ("code or the frame of a table", _CODE_LINE.match),
)
"""Reasons that one pattern finds."""


def list_refusals(text: str, context: SentenceContext) -> Iterator[str]:
    """Yield the reasons why a sentence is not quoted; nothing for one that may be."""
    if context.skip_reason:
        yield context.skip_reason
    if not any(char.isalpha() for char in text) or _NOTHING.fullmatch(text):
        yield "no words"
    if text.startswith("|") and text.count("|") > 2:
        yield "row of a table"
    if is_reference_only(text) or _POINTER.fullmatch(text):
        yield "references only"
    if contains_secret(text):
        yield "secret"
    if _ATTRIBUTION.match(text) or _CREDIT.match(text):
        yield "names who and where"
    if not context.is_list_item and _has_half_bracket(text):
        yield "half a bracket"
    if "<img" in text or "![" in text:
        yield "picture"
    if "[](" in text:
        yield "a link without a text"
    yield from (reason for reason, matches in _REFUSED if matches(text))
