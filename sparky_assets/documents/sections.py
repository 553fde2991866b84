"""Kinds of sections by their headings, and the parts of a text in which its author does not speak.

Set apart are HTML comments, `<details>`, and the summaries that bots add to bodies.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from sparky_assets.documents.blocks import TextBlock
from sparky_assets.documents.models import SectionKind
from sparky_assets.documents.scores.points import has_verb
from sparky_assets.text.references import find_advisories, find_references

_SKIPPED_HEADING = re.compile(
    r"test(?:ing|s|ed)?(?: plan| steps| instructions| done| coverage| cases)?$|how (?:has|was|did|have|to) .{0,40}test"
    r"|(?:how|steps?) to reproduce|reproduction\b|repro(?: steps)?$"
    r"|(?:verification|validation)\b(?!(?:\W+\w+){3})"
    r"|(?:manual testing|qa|steps to test|test procedure|testing strategy|reviewers?)\b"
    r"|check ?lists?\b|\bcheck ?list$|tasks?\b|to ?-?dos?\b|deliverables|timeline|milestones|next steps|follow.?ups?\b"
    r"|type of changes?|types of changes|before submitting|after submitting|readiness|reviewer|reminders?$"
    r"|contributor|(?:pr|pull request) "
    r"(?:check|type)|files? (?:changed|modified|added|created)|changed files|commits?$|screens?hots?|demo$|recording"
    r"|(?:related|linked|associated|referenced|closes|fixed|fixes) (?:issues?|prs?|tickets?|links?)|references$"
    r"|related$|issues?$|links$|tickets?$|summary by (?:code ?rabbit|sourcery|cursor|copilot|greptile|ellipsis)"
    r"|(?:copilot|coderabbit|walkthrough|sourcery|bugbot|greptile)\b|original (?:prompt|issue)"
    r"|dependabot|release checklist"
    r"|acceptance criteria|definition of done|additional (?:notes for|information for)|acknowledg"
    r"|contributors?$|credits"
    r"|(?:new )?contributors|commands and options|configuration$|automerge|review guidelines|ai (?:disclosure|usage)"
    r"|license|agreement|labels?$|assignees?$|issues closed",
    re.IGNORECASE,
)
"""Matched at the beginning of a heading."""

_HEADING_PATTERNS: tuple[tuple[SectionKind, str], ...] = (
    ("deprecated", r"\b(?:planned|upcoming|future|scheduled|pending)\b.{0,30}\b(?:remov|breaking|incompatib|drop)"),
    ("breaking", r"(?<!non-)(?<!non )(?<!not )\bbreaking|incompatib"
                 r"|backwards?.(?:in)?compatib|compatibility (?:notes?|breaks?|issues?|changes?)"
                 r"|behaviou?r(?:al)? (?:changes?|adaptations?)|^logic changes?$"
                 r"|changes? (?:in|of|to) (?:behaviou?r|default)"),
    ("removed", r"\bdeprecat(?:ion|ed)(?: \w+){0,3} remov(?:ed|als?)\b|\bremov(?:ed|als? of|ing)(?: \w+)? deprecat"
                r"|\bdeprecations? removed|\bremoved\b.{1,20}\(?previously deprecated"),
    ("deprecated", r"\bdeprecat"),
    # `A live marker could be deleted` is a fault, and `Bug fix: the marker was deleted` too.
    ("removed", r"^(?!(?:bug ?)?fix(?:es|ed)?: )(?:.*(?<!could be )(?<!can be )(?<!may be )(?<!might be )(?<!silently )"
                r"(?<!wrongly )\b(?:removed|dropped|deleted)\b|.*\bremovals?\b|renam(?:ed|es)\b|.*\brenam(?:ed|es)$)"),
    ("security", r"\bsecurity\b(?! (?:audits?|plugins?|modules?|managers?|contexts?|groups?|polic\w+|schemes?)\b)"
                 r"|\bvulnerabilit|\bcves?\b|\badvisor"),
    ("migration", r"\bmigrat|\bupgrading\b|\bupgrade\b(?=(?: (?:notes?|guides?|steps?|instructions?|info\w*|to|from"
                  r"|considerations|impact|tips|warnings?|checklist|v?\d)\b|$))|\bhow to update\b"
                  r"|\bactions? (?:is |are )?(?:required|needed)"
                  r"|\b(?:requir|need)(?:es|e|ing|s)? (?:an? )?(?:user |manual |your )?"
                  r"(?:actions?|attention|interventions?)\b"
                  r"|\bwhat to do\b|\bupdating (?:from|to)\b"
                  r"|^important(?: (?:changes?|notes?|notices?|information))?$"),
    ("user_facing", r"user.facing|release.notes?\b|what (?:our )?users need|\bimpact\b|changelog|change log|for users"
                    r"|user.visible|^results?$|^notes? to users|^news(?: entry)?$|^announcement"),
    ("why", r"^why\b|\bmotivations?\b|\bproblem|\broot.cause|\bcause\b|\bcontext\b|\bbackground\b|\brationale\b"
            r"|\breasons?\b|\bgoals?\b|\bobjectives?\b|\bpurpose\b|current behaviou?r"
            r"|what (?:was|is) (?:wrong|the problem)"
            r"|\bissue summary"
            r"|\bthe issue\b|\bbug\b(?! ?fix)"),
    ("usage", r"\busage\b|\bexamples?\b|how to use|getting started|quick.?start|\bguide\b|how to (?:try|run|enable)"),
    ("performance", r"\bperformance\b|\bbenchmarks?\b|\bspeed|\bresource utili[sz]ation|\boptimi[sz]ation"),
    ("fixes", r"^patch changes$"),
    ("features", r"^minor changes$|\bfeatures?\b|\benhancements?\b|\bnew\b|\badded\b|\badditions\b"
                 r"|\bheadlines?\b|\bhighlights?\b|\bimprovements?\b"),
    ("fixes", r"\bfix(?:es|ed)?\b|\bbug ?-?fix"),
    ("what", r"^what\b|\bwhat(?:'s| is| does| this)\b|\bdescription\b|^changes?\b|\bproposed changes?"
             r"|\bsolution\b|\bapproach\b"
             r"|\bthe following changes$|\bthis pr\b"
             r"|\bdetails\b|\bimplementation\b|\bchanged\b|new behaviou?r|\boverview\b|^the fix"),
    ("summary", r"\bsummary\b|^tl;?dr\b|\babstract\b|\bbottom line\b|\bconclusions?\b"),
)  # fmt: skip

_HEADING_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _HEADING_PATTERNS)

_HEADING_LABEL = re.compile(r"[^\w\s'’&/.,()?!:;-]+")

_PACKAGE_NAME = re.compile(r"(?<!\S)@[\w.-]+/[\w./-]+")
"""The name of a package, which is no heading about its words: `@acme/upgrade`."""

_COMMENT_OPENING, _COMMENT_CLOSING = "<!--", "-->"

_DETAILS_TAG = re.compile(r"(?<!`)<(/?)details\b[^<>]{0,200}>", re.IGNORECASE)

_FENCE_MARK = re.compile(r"^[ \t>]{0,20}(?:`{3,}|~{3,})", re.MULTILINE)

_BOT_MARKER = re.compile(
    r"<!-- ?(?:CURSOR_SUMMARY|greptile_|coderabbit|ELLIPSIS_HIDDEN|BUGBOT|devin|This is an auto-generated"
    r"|(?:start|begin).{0,20}auto-generated|copilot)",
    re.IGNORECASE,
)

_BOT_ENDING = re.compile(
    r"<!-- ?(?:/ ?(?:CURSOR_SUMMARY|greptile|coderabbit|ELLIPSIS_HIDDEN|BUGBOT|devin)|end of auto-generated)",
    re.IGNORECASE,
)

MAX_HEADING_LENGTH = 120

LABEL_LEVEL = 7
"""Level of a heading that is a bold line or ends with a colon."""

MAX_SPANS = 200
"""Parts that are distinguished in a text. After that many the rest of the text counts as one of them."""


def classify_heading(heading: str) -> SectionKind:
    """Return the kind of a section by its heading; `other` if the heading says nothing."""
    named = _PACKAGE_NAME.sub(" ", heading[:MAX_HEADING_LENGTH])
    text = " ".join(_HEADING_LABEL.sub(" ", named).split()).strip(" .:;-")
    if not text:
        return "other"
    for kind, pattern in _HEADING_KINDS[:6]:
        if pattern.search(text) and not _SKIPPED_HEADING.match(text):
            return "other" if kind == "removed" and _OWN_FILES.fullmatch(text) else kind
    if _SKIPPED_HEADING.match(text):
        return "skipped"
    kind = next((kind for kind, pattern in _HEADING_KINDS if pattern.search(text)), "other")
    is_inner = kind in {"features", "fixes"} and _INTERNAL.search(text)
    return "other" if is_inner or (kind == "removed" and _OWN_FILES.fullmatch(text)) else kind


_INTERNAL = re.compile(
    r"\b(?:internals?|maintenance|housekeeping|refactor\w*|under the hood|development|infrastructure)\b", re.IGNORECASE
)
"""Words of headings below which users got nothing: `Maintenance and internal improvements`."""


_OWN = r"(?:files?|folders?|director(?:y|ies)|documents?|documentation|docs|tests?|scripts?|dead code)"
_OWN_FILES = re.compile(
    rf"(?:\w+ )?{_OWN} (?:(?:were|was|and|or|moved|removed|renamed|deleted|dropped|reworked) ?)+"
    rf"|(?:removed?|renamed?|deleted?|moved?)(?: (?:and|or) \w+)? (?:\w+ )?{_OWN}",
    re.IGNORECASE,
)
"""Headings of what a project did to its own files, which takes nothing from users: `Files moved and renamed`."""


ENTRY_KINDS: frozenset[SectionKind] = frozenset(
    {"features", "fixes", "deprecated", "removed", "breaking", "security", "performance"}
)
"""Kinds of sections of notes whose headings below may be entries."""

_ENDING_KINDS: frozenset[SectionKind] = frozenset({"deprecated", "removed", "breaking"})

_ENTRY_PARENTS: frozenset[SectionKind] = ENTRY_KINDS | {"what", "user_facing", "migration", "summary"}
"""Kinds of sections of notes below which a heading over prose is an entry."""

MIN_ENTRY_SIBLINGS = 2
"""Headings over prose beside each other that are entries below any heading."""

MAX_GENERAL_WORDS = 3
"""Words of a heading that may name a kind of change: `Notable bug fixes`."""

_GENERAL_HEADING = re.compile(
    r"\W*(?:v?\d+(?:\.\d+)+\S*.{0,40}|\d{4}-\d\d-\d\d.*|unreleased.*"
    r"|(?:(?:release|version|changes in|changes since|new in) )v?\d+(?:\.\d+)+.*"
    r"|.{0,40}\bv?\d+(?:\.\d+)+ ?(?:\(.*|[–-] .*)"
    r"|(?:\w+ )?(?:notes?|overview|introduction|compatibility|installation|install(?:ing)?\b.*|downloads?|binaries"
    r"|docker\b.*|checksums?.*|hashes|thanks?.*|thank you.*|acknowledge?ments?|known issues|others?|misc\w*|general"
    r"|authors?|links|support|documentation|dependencies|requirements|internals?|assets|full changelog.*|what's changed"
    r"|contributors.*|sponsors.*|roadmap|statistics|housekeeping|usage|getting started"
    r"|(?:other|more|further|additional|all|minor|various|misc\w*) .{0,40}))\W*",
    re.IGNORECASE,
)
"""A heading over several changes or none, also where it has prose below it."""


def is_general_heading(heading: str) -> bool:
    """Return whether a heading is over several changes or none: a version, `Overview`, `Other changes`."""
    return bool(_GENERAL_HEADING.fullmatch(heading))


_CHANGES = re.compile(r"(?i)\bchanges\W*$")
"""The end of a heading over changes of a part: `API changes`."""

_ENDING_HEADING = re.compile(r"(?:deprecation|removal) of \w|(?:deprecat|remov|dropp)ing \w", re.IGNORECASE)


_HIGHLIGHTS = re.compile(r"(?:key |release |main )?highlights\W*", re.IGNORECASE)


def is_highlights_heading(heading: str) -> bool:
    """Return whether the headings below one tell one change each: celery has nine below `Key Highlights`."""
    return bool(_HIGHLIGHTS.fullmatch(heading))


def is_entry_heading(heading: str, parent: SectionKind, kind: SectionKind) -> bool:
    """Return whether a heading of notes tells one change, which the text below it explains.

    Args:
        heading: the heading: `The legacy mode has been deprecated #12` below `Deprecations`, `Removal of legacy mode`.
        parent: kind of the section above it.
        kind: kind of its own section.
    """
    if parent in ENTRY_KINDS:
        return bool(find_references(heading))
    return kind in {"deprecated", "removed"} and bool(_ENDING_HEADING.match(heading))


def find_prose_entries(blocks: Sequence[TextBlock], text: str) -> frozenset[int]:
    """Return the offsets of headings of notes over prose that tell one change each, by what is below and beside them.

    prettier has `#### Fix the map (#12 by @ada)` over paragraphs and examples, Pillow a heading a change below
    `Security`: such a heading has no list and no heading below it, names no kind of change, and is below a section of
    changes, or beside another one, or names its change.

    Args:
        blocks: the blocks of the notes.
        text: the notes.
    """
    headings = [number for number, block in enumerate(blocks) if block.kind == "heading" and block.level < LABEL_LEVEL]
    candidates: list[tuple[tuple[int, int], TextBlock, SectionKind]] = []
    parents: list[tuple[int, int, SectionKind]] = []
    for position, number in enumerate(headings):
        block = blocks[number]
        kind = classify_heading(block.text)
        if kind == "other" and _CHANGES.search(block.text):
            kind = "what"
        while parents and parents[-1][0] >= block.level:
            parents.pop()
        parent = parents[-1] if parents else (0, -1, "other")
        following = headings[position + 1] if position + 1 < len(headings) else len(blocks)
        is_leaf = following == len(blocks) or blocks[following].level <= block.level
        if (
            is_leaf
            and parent[2] != "skipped"
            and _may_be_entry(block, kind, parent[2], blocks[number + 1 : following], text)
        ):
            candidates.append(((parent[1], block.level), block, parent[2]))
        parents.append((block.level, block.start, parent[2] if kind == "other" else kind))
    siblings = Counter(place for place, _, _ in candidates)
    return frozenset(
        block.start
        for place, block, parent_kind in candidates
        if parent_kind in _ENTRY_PARENTS or siblings[place] >= MIN_ENTRY_SIBLINGS or find_references(block.text)
    )


_CHANGING_WORD = re.compile(
    r"(?:[\w`./ -]{1,30}: )?"
    r"(?:[A-Z][a-z]+ed|[A-Z][a-z]+(?= the| an?\b)|(?:Deprecate|Remove|Drop|Rename|Disable)(?= \S))\b"
    r"|.*\b(?:is|are|was|were|now|no longer|can|must|has|have|been|when|if|with|without|from|to)\b",
    re.DOTALL,
)
_SMALL_WORDS = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
)


_FIXING = re.compile(
    r"(?i)(?:[\w`./ -]{1,30}: )?(?:fix|avoid|prevent|correct|do(?:es)?(?:n['’]t| not)|preserve|stop)(?:e?[sd])?\b"
)


def classify_entry(heading: str, kind: SectionKind, parent: SectionKind) -> SectionKind:
    """Return the kind of an entry: of the section around it, else of its heading: `Fix dropped comments` is a fix.

    Args:
        heading: the heading.
        kind: what its words say of a section.
        parent: kind of the section around it.
    """
    if find_advisories(heading) and parent not in _ENDING_KINDS:
        return "security"
    if parent in ENTRY_KINDS or parent == "migration":
        return parent
    return "fixes" if _FIXING.match(heading) else kind if kind in ENTRY_KINDS else "other"


def says_change(heading: str, kind: SectionKind) -> bool:
    """Return whether the heading of an entry says what changed, and is no mere name: `Memory Leak Fixes`.

    Args:
        heading: the heading.
        kind: kind of its section: a fault is named by a noun, `EPS image infinite loop` below `Security`.
    """
    words = _REFERENCES.sub("", heading).split()
    if len(words) < MIN_SAID_WORDS:
        return False
    # `Broker Credential Leak Prevention` is a title, and its sentence says it.
    is_title = all(word[:1].isupper() or not word[:1].isalpha() or word in _SMALL_WORDS for word in words)
    text = " ".join(words)
    if kind in _ENDING_KINDS:
        # What ends is said by the sentence below, if the heading only names it: `Deprecation of the day map`.
        names_it = "`" in text or len(words) >= MIN_NAMING_WORDS
        return not is_title and names_it and bool(_ENDING_CLAUSE.match(text))
    names_action = _CHANGING_WORD.match(text) or has_verb(text)
    return not is_title and bool(kind in {"fixes", "security"} or names_action)


_ENDING_CLAUSE = re.compile(
    r"(?:Removed?|Dropp?(?:ed)?|Renamed?|Replaced?|Changed?|Moved?|Merged?|Disabled?|Deprecated?|Split|Supports?|Requires?"
    r"|Uses?|No) \S"
    r"|(?!(?i:how|what|why|when|changes?|if|other|more)\b)\S.*\b(?:is|are|no longer|now|must|cannot|requires?|removed"
    r"|renamed|dropped|replaced|changed|moved|deprecated|disabled)\b",
    re.DOTALL,
)
"""How the heading of an entry says what breaks: `Removed the day map`, `A key is now required`."""

_REFERENCES = re.compile(r"\[?#\d+\]?(?:\([^()\s]*\))?")
MIN_NAMING_WORDS = 5
"""Words of such a heading that say what ends without a name of code: `Removed the night wheels` needs its sentence."""
MIN_SAID_WORDS = 3
"""Words of the heading of an entry that says what changed."""


MIN_LISTED_BLOCKS = 2
"""Items below prose that are a list of changes."""


def _may_be_entry(
    heading: TextBlock, kind: SectionKind, parent: SectionKind, below: Sequence[TextBlock], text: str
) -> bool:
    """Return whether a heading may tell one change by its words, the section around it and the blocks below it."""
    names_change = bool(find_references(heading.text))
    if kind == "skipped" or heading.is_quoted or _GENERAL_HEADING.fullmatch(heading.text):
        return False
    # `Search enhancements` below `What's new` tells one change, and `Bug fixes` there begins a list.
    is_general = kind not in {"other", parent} and len(heading.text.split()) <= MAX_GENERAL_WORDS
    if not names_change and is_general:
        return False
    first = next(iter(below), None)
    if first is None or names_change:
        return names_change
    return first.kind in {"paragraph", "fence"} and not first.is_quoted and not _introduces_list(below, text)


def _introduces_list(blocks: Sequence[TextBlock], text: str) -> bool:
    """Return whether prose is in front of a list of changes; one behind a colon that names none explains the prose."""
    items = [block for block in blocks if block.kind == "item"]
    naming = sum(bool(find_references(text[block.start : block.end])) for block in items)
    leads_on = bool(items) and text[: items[0].start].rstrip("-*+ \t\r\n").endswith(":")
    return naming >= MIN_LISTED_BLOCKS or (len(items) >= MIN_LISTED_BLOCKS and not leads_on)


def find_comments(text: str) -> list[tuple[int, int]]:
    """Return the spans of HTML comments. An unclosed comment ends with the text."""
    spans: list[tuple[int, int]] = []
    start = text.find(_COMMENT_OPENING)
    while start >= 0:
        closing = text.find(_COMMENT_CLOSING, start + len(_COMMENT_OPENING))
        end = len(text) if closing < 0 else closing + len(_COMMENT_CLOSING)
        if len(spans) == MAX_SPANS:
            end = len(text)
        spans.append((start, end))
        start = text.find(_COMMENT_OPENING, end)
    return spans


def find_foreign_parts(text: str) -> list[tuple[int, int]]:
    """Return the spans of `<details>` and of bots' summaries: words that are not the author's."""
    spans: list[tuple[int, int]] = []
    depth = start = 0
    for match in _find_details_tags(text):
        if match[1]:
            depth = max(0, depth - 1)
            if depth == 0 and start < match.end() and spans and spans[-1][1] == len(text):
                spans[-1] = (spans[-1][0], match.end())
        else:
            if depth == 0:
                start = match.start()
                spans.append((start, len(text)))
                if len(spans) > MAX_SPANS:
                    break
            depth += 1
    position = 0
    while marker := _BOT_MARKER.search(text, position):
        ending = _BOT_ENDING.search(text, marker.end())
        position = ending.end() if ending and len(spans) < 2 * MAX_SPANS else len(text)
        spans.append((marker.start(), position))
    return spans


def _find_details_tags(text: str) -> Iterator[re.Match[str]]:
    """Yield the tags of `<details>`; those in code are shown, and hide nothing."""
    marks = [match.start() for match in _FENCE_MARK.finditer(text)]
    # A fence that never ends hides no tag.
    fences = list(zip(marks[::2], marks[1::2], strict=True)) if len(marks) % 2 == 0 else []
    starts = [start for start, _ in fences]
    for match in _DETAILS_TAG.finditer(text):
        number = bisect_right(starts, match.start()) - 1
        if number < 0 or match.start() >= fences[number][1]:
            yield match


def is_inside(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    """Return whether a span overlaps one of the others."""
    return any(start < other_end and other_start < end for other_start, other_end in spans)
