"""What kind of thing an item of notes is: by its label, its heading, its verb, or a tag in front of it. Pure."""

import re
from functools import lru_cache

from sparky_assets.documents.models import DocumentSentence, NoteItem, ParsedDocument, SectionKind
from sparky_assets.text.credits import read_own_words
from sparky_assets.text.upgrades import removes_own_tool

_LABEL_KINDS: dict[str, SectionKind] = {
    "added": "features", "feat": "features", "feature": "features", "new": "features", "enhancement": "features",
    "fixed": "fixes", "fix": "fixes", "bugfix": "fixes", "bug": "fixes",
    "breaking": "breaking", "removed": "removed", "dropped": "removed", "deprecated": "deprecated",
    "security": "security",
    "perf": "performance", "performance": "performance", "warning": "migration", "important": "migration",
    "attention": "migration", "caution": "migration", "enh": "features", "sec": "security",
}  # fmt: skip

_LABEL = re.compile(
    r"(?:(?:[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?|:[a-z_]{3,20}:)\s{0,2})?"
    r"(?:(?:\*{1,2}|_{1,2}|\[)?(?P<label>[A-Za-z]{3,12})(?: changes?)?(?:\([^()\n]{1,40}\))?(?P<mark>!)?"
    r"(?:\*{1,2}:|:\*{1,2}|_{1,2}:|:_{1,2}|\]:?|:)\s"
    r"|(?:\*\*|__|\[)(?P<loud>(?-i:BREAKING|Breaking|WARNING|IMPORTANT|REMOVED|DEPRECATED|SECURITY))(?: changes?)?!?"
    r"(?:\*\*|__|\])\s"
    r"|[*_]{1,2}\((?P<round>[A-Za-z]{3,12})(?:[ -]changes?)?\)[*_]{1,2}:?\s"
    r"|(?P<counted>(?-i:bug|feature|security)) #\d{1,7}\s(?=[\[`\w])"
    r"|(?P<numbered>(?:bug)?fix(?:ed)?|chg|change|enh|enhancement|sec|security|feat|feature)"
    r" \[?#\d{1,7}\]?(?:\([^()\s]{1,200}\))?:\s)",
    re.IGNORECASE,
)
"""A label: `**fixed:** …`, `[Added] …`, `**(breaking-change)** …`, `feat(api)!: …`, `Enh #1: …`, `bug #2 …`."""

OWN_PAGE_LINK = re.compile(
    r"\W{0,3}\[[^\n]{1,200}\]\(#[^()\s]{0,200}\)\W{0,3}|\[[^\[\]\n]{12,200}\](?:\[[^\[\]\n]{0,100}\])?"
)
"""An item of a table of contents: `[Day maps are gone](#day-maps)`, `[Day maps are gone]`."""

LEADING_REFERENCE = re.compile(
    r"(?:[-–](?= )|\[?\[`?(?:#?\d+|[0-9a-f]{7,40})`?\]\]?(?:\([^)\s]*\))?|`#?\d+ <[^>\s]+>`_{1,2}|#\d+"
    r"|[0-9a-f]{7,40}):?\s+"
)

_IMPROVEMENT = re.compile(r"(?i)\b(?:enhance|improve)\w*")

_HIGHLIGHTS = re.compile(r"(?i)\b(?:highlights?|headlines?)\b|^announcements?$")

_NEWNESS = re.compile(r"(?i)\b(?:features?|new|added|additions)\b")

VERB_KINDS: tuple[tuple[re.Pattern[str], SectionKind], ...] = (
    (
        re.compile(
            r"(?:(?:bug ?)?fix(?:e[sd]|ing)?|do(?:es)?(?:n['’]t| not)|no longer|(?:avoid|prevent|stop)(?:p?ing)?)\b",
            re.IGNORECASE,
        ),
        "fixes",
    ),
    (
        re.compile(
            r"(?:add|introduce|implement|support)(?:e?[sd]|ing)?\b|introducing\b|new\b"
            r"|(?:the|an?|you|users|it|`[^`\n]{1,40}`)(?: [^\s.:;]{1,40}){0,9}? (?:can now|now can|is now possible"
            r"|now (?:also |automatically )?(?:supports?|accepts?|allows?|offers?|has|includes?|provides?|understands?"
            r"|lets|permits?|generates?|issues?|gives?|performs?|shows?|reports?))\b",
            re.IGNORECASE,
        ),
        "features",
    ),
)

_AREA = re.compile(r"(?:[\w`./-]{1,30}(?: [\w./-]{1,20})?: |\[[\w`./, -]{1,40}\]:? |\*\*[^*\n]{1,40}\*\*:? ?)")
"""The component that an item names first: `lib/http: Add a flag`, `[map] Fix the scale`."""

_INTERNAL_LABELS = frozenset({"refactor", "refactoring", "style", "build", "lint"})

ADJUSTING_VERB = re.compile(
    r"(?:allow|permit|let|make|improve|update|tweak|adjust|extend|expose|bump|use|switch|rename|move|print|show|change)"
    r"(?:e?[sd])?\b",
    re.IGNORECASE,
)

_OPEN_KINDS: frozenset[SectionKind] = frozenset({"other", "what", "why", "usage", "summary", "user_facing"})
"""Sections whose heading does not say what their items are: `Changed`, `Output`, the name of a package."""

REVERT = re.compile(r"(?i)[-*\s]*revert(?:s|ed|ing)?\b")


def is_revert(item: NoteItem) -> bool:
    """Return whether an item takes back what another one did."""
    return bool(REVERT.match(_drop_label(item.text)))


INTERNAL_HEADING = re.compile(
    r"(?i)\b(?:docs?|documentation|deps\b|internals?|ci|tests?|testing|chores?|dependenc|packaging|development|infrastructure"
    r"|maintenance|upkeep|housekeeping|technical(?: (?:changes?|debt|tasks?|improvements?|stuff))?$"
    r"|(?<!\w )(?:contributors?|authors?|reviewers?|credits|acknowledge?ments|downloads?|checksums?)\b"
    r"|install(?:ing|ation)?(?:/\w+)? (?:options?|instructions?)\b)"
)
"""Headings below which a verb does not say that users got something."""

_INTERNAL_ITEM = re.compile(
    r"(?i)\[?(?:[\w./-]{1,20}: )?(?:"
    r"(?:(?:minor|small|various|some|several|more|other|misc\w*) ){0,3}(?:docs?|documentation|readme|changelog|tests?"
    r"|ci|build|typos?|spelling|grammar|lint\w*|code style|formatting|translations?)"
    r"(?: and (?:docs?|tests?|ci|build|typos?|translations?))? "
    r"(?:fix(?:es)?|updates?|improvements?|clean-?ups?|changes?|tweaks?)\b"
    r"|(?:fix|fixe[sd]|correct|update[sd]?|improve[sd]?|add(?:ed)?|rework(?:ed)?) "
    r"(?:(?:a|an|the|some|few|several|more|many|various|missing|broken|minor|new|outdated) ){0,3}(?:[`\w.'’-]+ )?"
    r"(?:docs?|documentation|readme(?:\.\w+)?|doc ?strings?|unit tests?|tests?|test suite|test cases?|changelog"
    r"|contributing(?:\.md)?|copyright(?: years?)?|links (?=in (?:the )?(?:docs|documentation|readme)))"
    r"(?:$|[.,(]| (?:for|in|to|about|on|of|and) )"
    r"|(?:fix|correct|improve|update|add)(?:e?[sd])? .{0,80}\b(?:doc ?strings?|doc ?blocks?|moduledocs?|phpdocs?"
    r"|javadocs?|code examples?)(?:$|[.,(]| (?:for|in|of|on) )"
    r"|(?:fix|correct|improve|update|add|extend)(?:e?[sd])? (?!support)[^\n.]{0,80} (?:documentation|docs)\.?$"
    r"|`?[\w./-]{0,40}\b(?:tests?|test-?utils?|testing|test-?suites?|benchmarks?|fixtures)`?: "
    r"|\((?:specs?|tests?|testing|ci|docs?|lint|benchmarks?|fixtures)\):? "
    r"|\[(?:component|area|kind|type|module|scope|topic)\s?[:/]\s?(?:specs?|tests?|testing|ci|docs?|documentation|build"
    r"|infra\w*|lint|benchmarks?|examples?)\] "
    r"|(?:.{1,40} )?trove classifiers?\b"
    r"|(?:\[[^\]\s]{1,12}\] )?(?:fix|update|stabili[sz]e|improve|refactor|skip)(?:e?s|e?d)? (?:flaky )?"
    r"(?-i:[A-Z]\w{2,60}Tests?)(?:$|[.,(\s])"
    r"|(?:\*\*)?ci(?:\([\w./-]{1,20}\))?!?:(?:\*\*)? |(?:full )?change-?log\b[:*]|history of changes"
    r"|(?:special |many |big |huge )?(?:thanks|thank you|kudos)\b"
    r"|\[?@[\w-]{1,40}\]?(?:\([^()\s]{1,200}\))? (?:for|who|made|contributed|did|with)\b"
    r"|(?:apt|docker|container|homebrew|helm)[\w ]{0,30} (?:images?|repositor(?:y|ies)|charts?): "
    r"|(?:move|switch|migrate|bump|update|upgrade)[sd]? (?:to |the ){0,2}(?:[\w.`/-]+ ){0,3}"
    r"(?:docker|base|dhi|container|builder) images?\b"
    r"|(?:use|run|add|enable|update|bump|fix|switch|move|remove|drop)[sd]? (?:[\w.`/-]+ ){0,4}(?:github actions?|gha"
    r"|(?:ci|release) (?:workflows?|pipelines?|jobs?|scripts?)|dependabot|renovate|codecov|codeql)\b"
    r"(?: (?:config\w*|action\w*|version|to .*|for .*|in .*)){0,3}[.\s]*$"
    r"|(?:upgrade|update|bump)(?:d|e?s)? (?:the )?(?:github actions?|copyright|years?)\b"
    r"|add(?:ed|s)? (?:[^\s,;:]+ ){1,8}(?:(?:test cases?|tests|examples?)(?: (?:for|from|in|to|of) [^,;:]{1,60})?"
    r"|to (?:the )?(?:[^\s,;:]+ ){0,4}(?:examples?|test matrix|ci(?: matrix)?|test suite|docs|documentation))[.\s]*"
    r"(?:$|[()\[\]])"
    r"|add(?:ed|s)? (?:[^\s,;:]+ ){0,4}(?:documentation (?:about|around|for|of|on)|code[ _]of[ _]conduct|readme"
    r"|gemspec)\b"
    r"|(?:re-?)?(?:enable|run|use|add|extend|fix)(?:e?[sd])? (?:[^\s,;:]+ ){0,3}test suites?\b"
    r"|(?:un)?set [^\n]{1,80} (?:for|in|during) (?:the )?tests\b|build (?:the )?releases? with\b"
    r"|(?:ci |go |rust |npm |python )?dependency updates\b"
    r"|document(?:s|ed)? (?:the|an?|how|that|what|when|why|which|some|more|`|-)"
    r"|(?:(?:adjust|mention|clarify|explain|describe|rework|improve|update|fix|add)(?:s|d|ed|ies|ied)? "
    r"(?:[^\s,;:]+ ){0,6}(?:in|to|of) (?:the )?(?:docs|documentation|readme|docstrings?|comments)"
    r"|adjust(?:s|ed)? (?:the )?docs|(?:skip|disable|enable|run)(?:s|ped|d)? (?:the |some |all )?tests?"
    r"|(?:update|improve)[sd]? (?:[^\s,;:]+ ){0,3}(?:ci coverage|benchmark results?|build instructions)"
    r"|add(?:ed|s)? [^\s,;:]+ (?:to (?:the )?build matrix|config(?:uration)? for (?:ci|pre-commit))"
    r"|add(?:ed|s)? (?:a )?pre-commit config(?:uration)?"
    r"|(?:(?:various|many|several|some|other|general|security|performance) ){0,2}"
    r"(?:bug ?fixes|fixes|improvements|enhancements)\W*$"
    r"|(?:fix|improve|update)(?:e?d|s)? [^\n]{1,80} in (?:[^\s,;:]+ ){0,3}(?:tests|ci)\W*$"
    r"|(?:many|various|some|several|a few|other) (?:other )?(?:trivial|small|minor|tiny|misc\w*) (?:bug ?)?fixes"
    r"|(?:\S{1,60} )?(?:typing|type hint|type annotation|annotation) (?:improvements?|fixes|updates?|changes)"
    r"|(?:pin|unpin)(?:s|ned)? (?:(?:all|the) )?(?:github )?actions"
    r"|test requirements|remove[sd]? (?:\S+ ){0,2}(?:from )?(?:the )?codecov"
    r"|remove[sd]? (?:composer|package|yarn)[.-]lock"
    r"|(?:upgrade|update|bump)(?:d|e?s)? (?:rubocop|eslint|prettier|black|ruff|mypy|flake8|pytest|jest) (?:to|from)"
    r"|checkbox(?:es)? for)\b"
    r"|total [\w ]{3,30}: [*_]{0,2}\d+[*_]{0,2}\s*$|your contribution(?:s)? here\b)"
)
"""An item that brings users nothing: `doc fixes`, `Fix a typo in the README`, `Thanks to …`, `move to dhi image`."""


def match_label(line: str) -> re.Match[str] | None:
    """Return the label of an item, in front or behind the number or sha that it begins with."""
    reference = LEADING_REFERENCE.match(line[:300])
    return _LABEL.match(line[reference.end() :] if reference else line)


_STATING_SECTIONS: frozenset[SectionKind] = frozenset({"breaking", "removed", "deprecated"})


def classify_item(line: str, section_kind: SectionKind) -> SectionKind:
    """Return the kind of an item: of its own label, else of its section."""
    match = match_label(line)
    kind = ("breaking" if match["mark"] else _LABEL_KINDS.get(get_label(match))) if match else None
    if kind == "migration" and match and _names_area(line, match):
        kind = None
    if section_kind in _STATING_SECTIONS and kind in {"features", "fixes", "performance"}:
        kind = None  # `feat(map): merge two commands` below `Breaking changes` breaks
    is_marked = _BREAKING_MARK.search(line) or _BREAKING_SIGN.match(line)
    return "breaking" if is_marked else kind or section_kind


_COMMIT_LINK = re.compile(r"\[[0-9a-f]{7,40}\]\(\S{1,200}/commit/")


def _names_area(line: str, match: re.Match[str]) -> bool:
    """Return whether a label that asks for attention is an area: `warning: quote it`, `**warning:** quote it ([0a1b])`.

    Tools that write notes from commits print the area of a commit in bold.
    """
    if match["loud"]:
        return False
    is_small = bool(match["label"]) and match["label"].islower() and line[match.end() : match.end() + 1].islower()
    return match[0][0] not in "*_[" or (is_small and bool(_COMMIT_LINK.search(line)))


def get_label(match: re.Match[str]) -> str:
    """Return the word of a label in lower case."""
    return (match["label"] or match["loud"] or match["round"] or match["numbered"] or match["counted"]).lower()


_TAGS = re.compile(r":tags: {1,9}(?P<first>[\w-]{2,20})[^\n]{0,200}\n(?:\s{1,40}:[\w-]{2,20}:[^\n]{0,200}\n){0,4}\s*\Z")

_OPTIONS_BELOW = re.compile(r"[^\n]{0,300}\n(?P<options>(?:[ \t]{1,40}:[\w-]{2,20}:[^\n]{0,200}\n){1,8})")
_TYPE_OPTION = re.compile(r":(?P<breaking>breaking):|:type: {1,9}(?P<first>[\w-]{2,20})")
_TITLE_BEFORE = re.compile(r"\.\. change::[ \t]{1,4}\Z")
"""The options below a change of litestar's notes, whose title is behind the name of the directive."""

_KIND_BY_TAG: dict[str, SectionKind] = {
    "bugfix": "fixes", "deprecation": "deprecated", "breaking": "breaking",
    "bug": "fixes", "usecase": "features", "feature": "features", "removed": "removed", "deprecated": "deprecated",
    "performance": "performance", "security": "security",
}  # fmt: skip

MAX_TAGS_LENGTH = 600
"""Characters before an item that are searched for the tags of a directive."""


def read_tag(document: ParsedDocument, sentence: DocumentSentence) -> SectionKind | None:
    """Return the kind of an item by the tags of its directive of Sphinx: `:tags: bug, orm`; None without tags."""
    text = document.source.text
    match = _TAGS.search(text, max(0, sentence.start - MAX_TAGS_LENGTH), sentence.start)
    is_titled = match is None and _TITLE_BEFORE.search(text, max(0, sentence.start - MAX_TAGS_LENGTH), sentence.start)
    if is_titled and (below := _OPTIONS_BELOW.match(text, sentence.start)):
        options = list(_TYPE_OPTION.finditer(below["options"]))
        if any(own["breaking"] for own in options):
            return "breaking"
        match = options[0] if options else None
    return _KIND_BY_TAG.get(match["first"].casefold()) if match else None


_BREAKING_MARK = re.compile(
    r"(?i)[(\[]\s?[^\w\s()\[\]]{0,4}\s?(?:(?:minor|mildly|slightly|potentially|possibly) )?breaking(?: changes?)?!?"
    r"(?::[^()\[\]\n]{1,200})?(?:\*\*|[*_])?\s?[)\]](?!\()"
    r"|(?<=: )\*{1,2}breaking(?: changes?)?(?: (?::warning:|\W{1,2}))?\*{1,2}(?= )"
    r"|(?<=\s)\*\*breaking(?: changes?)?\*\*\W*\Z"
)
"""The mark that an item breaks something, elsewhere than in front of it: `… (breaking)`."""


_BREAKING_SIGN = re.compile(
    r"(?:❗|‼|💥|🚨|:(?:boom|exclamation|rotating_light):)\ufe0f?\s"
    r"|(?i:(?:⚠\ufe0f?|:warning:)\s{1,3}(?:drop|remov|renam|requir|chang|rais|replac|delet|disallow|no longer"
    r"|merge[sd]? |new default|no (?:\w+ ){1,3}by default))"
)
"""A sign in front of an item that asks for attention: git2 has `❗ Features are no longer enabled by default.`

A warning is one in front of what was taken or changed: `⚠️ Drops support for Python 3.8`, and not `⚠️ Known issues`.
"""


def is_improvement(item: NoteItem) -> bool:
    """Return whether the notes call an item an enhancement or improvement, and not a feature."""
    name = item.label if item.label in _LABEL_KINDS else item.heading  # `[Map] Add a lamp` names an area
    return item.kind == "features" and bool(_IMPROVEMENT.search(name)) and not _NEWNESS.search(name)


def is_highlight(item: NoteItem) -> bool:
    """Return whether an item is below `Highlights` alone, which holds what matters: features, but fixes too."""
    return not item.label and bool(_HIGHLIGHTS.search(item.heading)) and not _NEWNESS.search(item.heading)


def is_internal(item: NoteItem) -> bool:
    """Return whether the heading or the label of an item says that it is about documentation, tests or packaging."""
    is_labelled = item.label in _INTERNAL_LABELS or INTERNAL_HEADING.match(item.label)
    # Jupyter's release tool lists `Support Python 3.12` below maintenance.
    is_below = is_internal_heading(item.heading) and not supports_platform(item)
    return bool(is_labelled or is_below or _says_internal(item.text))


def supports_platform(item: NoteItem) -> bool:
    """Return whether an item says that a release runs on something from now on: `Support Python 3.12`."""
    return _PLATFORM.match(_drop_label(item.text)) is not None


_PLATFORM_NAME = (
    r"(?:c?python|php|ruby|node(?:\.?js)?|rust|(?-i:Go)|java|jdk|django|rails|elixir|erlang|otp|windows|macos|linux"
    r"|(?-i:PEP|RFC))\b"
)
_PLATFORM = re.compile(
    r"(?i)(?!add\w* supported )(?:add(?:s|ed|ing)? )?(?:(?:official|full|initial) )?support(?:s|ed)? "
    r"(?:(?:for|the|new) ){0,3}"
    rf"{_PLATFORM_NAME}|{_PLATFORM_NAME} v?\d[\w.]{{0,8}}\+? (?:is|are) (?:now )?(?:(?:fully|officially) )?supported\b"
)
"""A platform that a release runs on from now on, whatever the heading above it."""


@lru_cache(maxsize=10_000)
def _says_internal(text: str) -> bool:
    own = read_own_words(text)
    plain = _drop_label(text)
    return bool(_INTERNAL_ITEM.match(plain) or _INTERNAL_ITEM.match(own) or removes_own_tool(plain))


_GENERAL_PART = re.compile(
    r"(?i)(?:other|misc\w*|general|various|minor|changes|updates|improvements|fixes|tasks|work|\W)+\Z"
)

_HEADING_JOINT = re.compile(r"\s(?:and|&)\s|[,/]")

MAX_INTERNAL_WORDS = 6
"""Words of a heading over items that bring users nothing; more are the title of one change."""


def is_internal_heading(heading: str) -> bool:
    """Return whether all that a heading names is internal: `Docs and tests`, and not `Expectations and tests`."""
    if len(heading.split()) > MAX_INTERNAL_WORDS or not INTERNAL_HEADING.search(heading):
        return False
    parts = [part for part in _HEADING_JOINT.split(heading) if part.strip()]
    return all(INTERNAL_HEADING.search(part) or _GENERAL_PART.match(part) for part in parts)


def guess_item_kind(item: NoteItem) -> SectionKind:
    """Return the kind of an item, by the verb that it begins with where neither a label nor its heading says it.

    Good enough to choose an item, not to count them: `Don't decode twice` is mostly a fix.
    """
    if item.kind not in _OPEN_KINDS or is_internal(item):
        return item.kind
    return guess_kind_by_verb(item) or item.kind


def guess_kind_by_verb(item: NoteItem) -> SectionKind | None:
    """Return what the verb says with which an item begins, behind its label; None for other verbs."""
    text = _drop_label(item.text)
    area = _AREA.match(text)
    behind_area = text[area.end() :] if area else text
    return next((kind for pattern, kind in VERB_KINDS if pattern.match(text) or pattern.match(behind_area)), None)


def is_patch_without_fix(item: NoteItem) -> bool:
    """Return whether an item below `Patch Changes` adds, removes or improves something by its verb.

    Changesets call every small change a patch: starlight's `Adds 2 new icons` fixes nothing.
    """
    if item.heading.casefold() != "patch changes" or item.label:
        return False
    return guess_kind_by_verb(item) not in {None, "fixes", "other"} or bool(_REMOVES.match(_drop_label(item.text)))


_REMOVES = re.compile(r"(?i)(?:remove|drop|delete|deprecate)[sd]?\b")

_WAS_FIXED = re.compile(
    r"(?<=[.!;]) (?:This|That|It|The (?:bug|issue|problem|regression)) "
    r"(?:(?:has|have) (?:now )?been|(?:is|was)(?: now)?) (?:fixed|corrected|resolved|repaired)\b"
)
"""The end of an item that tells a fault first: `Maps were sometimes lost. This has been fixed`."""


def mark_fixed(item: NoteItem) -> NoteItem:
    """Return an item below `Improvements` that tells a fault and says that it was mended as a fix."""
    is_open = item.kind in {"features", "performance", "other"}
    return item.model_copy(update={"kind": "fixes"}) if is_open and _WAS_FIXED.search(item.text) else item


def is_adjustment(item: NoteItem) -> bool:
    """Return whether an item changes what was there: `Allow more colours` is less news than `Draw maps`."""
    return bool(ADJUSTING_VERB.match(_drop_label(item.text)))


def _drop_label(text: str) -> str:
    reference = LEADING_REFERENCE.match(text[:300])
    rest = text[reference.end() :] if reference else text
    return rest[label.end() :] if (label := _LABEL.match(rest)) else rest
