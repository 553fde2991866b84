"""Kinds of sections by their headings, and the parts of a text in which its author does not speak.

Set apart are HTML comments, `<details>`, and the summaries that bots add to bodies.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from sparky_assets.documents.models import SectionKind
from sparky_assets.text.references import find_references

_SKIPPED_HEADING = re.compile(
    r"test(?:ing|s|ed)?(?: plan| steps| instructions| done| coverage| cases)?$|how (?:has|was|did|have|to) .{0,40}test"
    r"|(?:verification|validation|manual testing|qa|steps to test|test procedure|testing strategy|reviewers?)\b"
    r"|check ?lists?\b|\bcheck ?list$|tasks?\b|to ?-?dos?\b|deliverables|timeline|milestones|next steps|follow.?ups?\b"
    r"|type of changes?|types of changes|before submitting|after submitting|readiness|reviewer"
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
    ("breaking", r"\bbreaking|backwards?.(?:in)?compatib|incompatib|compatibility (?:notes?|breaks?|issues?|changes?)"
                 r"|behaviou?r (?:changes?|adaptations?)"
                 r"|changes? (?:in|of|to) (?:behaviou?r|default)"),
    ("removed", r"\bdeprecat(?:ion|ed)(?: \w+)? remov|\bremov(?:ed|als? of|ing)(?: \w+)? deprecat"
                r"|\bdeprecations? removed"),
    ("deprecated", r"\bdeprecat"),
    ("removed", r"\bremov(?:ed|als?)\b|\bdropped\b|\bdeleted\b"),
    ("security", r"\bsecurity\b|\bvulnerabilit|\bcves?\b|\badvisor"),
    ("migration", r"\bmigrat|\bupgrading\b|\bupgrade\b(?=(?: (?:notes?|guides?|steps?|instructions?|info\w*|to|from"
                  r"|considerations|impact|tips|warnings?|checklist|v?\d)\b|$))|\bhow to update\b"
                  r"|\baction required|\bwhat to do\b|\bupdating (?:from|to)\b"
                  r"|^important(?: (?:changes?|notes?|notices?|information))?$"),
    ("user_facing", r"user.facing|release.notes?\b|what (?:our )?users need|\bimpact\b|changelog|change log|for users"
                    r"|user.visible|^notes? to users|^news(?: entry)?$|^announcement"),
    ("why", r"^why\b|\bmotivations?\b|\bproblem|\broot.cause|\bcause\b|\bcontext\b|\bbackground\b|\brationale\b"
            r"|\breasons?\b|\bgoals?\b|\bpurpose\b|current behaviou?r|what (?:was|is) (?:wrong|the problem)"
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
            return kind
    if _SKIPPED_HEADING.match(text):
        return "skipped"
    kind = next((kind for kind, pattern in _HEADING_KINDS if pattern.search(text)), "other")
    return "other" if kind in {"features", "fixes"} and _INTERNAL.search(text) else kind


_INTERNAL = re.compile(
    r"\b(?:internals?|maintenance|housekeeping|refactor\w*|under the hood|development|infrastructure)\b", re.IGNORECASE
)
"""Words of headings below which users got nothing: `Maintenance and internal improvements`."""


ENTRY_KINDS: frozenset[SectionKind] = frozenset(
    {"features", "fixes", "deprecated", "removed", "breaking", "security", "performance"}
)
"""Kinds of sections of notes whose headings below may be entries."""

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
