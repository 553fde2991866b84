"""Titles as a newspaper prints them: without prefixes and numbers, in the past tense where that is certain.

`normalize_title` takes off what is no title, `shorten_title` ends a long one early, `frame_title` marks a fault as
fixed, and `to_past` turns an imperative into what a person did.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from sparky_assets.text.clean import clean_title
from sparky_assets.text.subjects import is_tracker_id, parse_subject

MAX_SHORT_TITLE_LENGTH = 60
MIN_SHORT_TITLE_WORDS = 4
MAX_CACHED_TITLES = 20_000
"""Titles whose parts are kept: products and checks ask 635 times for those of a week of 12 changes."""


class NormalizedTitle(NamedTuple):
    """A title, and what was taken off in front of it and behind it."""

    type: str
    scope: str
    breaking: bool
    trackers: tuple[str, ...]
    title: str


_ADVISORY_MERGE = re.compile(r"merge commit from fork\b.{0,12}", re.IGNORECASE)
"""The title that GitHub gives to the merge of the private fork of a security advisory. It names no advisory."""
_ADVISORY_TITLE = "A fix from a security advisory"
_FIXED_NUMBER = re.compile(
    r"^(?P<verb>fix(?:e[sd])?) #\d{1,7}(?:[:,]| [-–])? (?!(?:by|via|with|using|in|on|when|and|for|again)\b)(?=\S+ \S)",
    re.IGNORECASE,
)
"""The issue that a title names behind its verb: `Fix #4653 If guard explosion in case statement`."""
_CLOSED_NUMBER = re.compile(
    r"^(?:close[sd]?|resolve[sd]?|ref(?:s|erences)?|issue|see) (?:#|gh-)\d{1,7}"
    r"(?:(?::| [-–]) |,? (?!(?:by|via|with|using|in|on|when|and|for|again)\b))(?=\S+ \S)",
    re.IGNORECASE,
)
"""The issue that a title closes, behind a verb that is none of the title: `Resolves #3437 draw maps only once`."""
_NUMBERED_FIX = re.compile(
    r"^(?P<verb>(?:partial(?:ly)? )?(?:fix(?:e[sd]|ing)?|ref(?:s|erences)?|closes?|resolves?)(?P<for> for)?)"
    r" (?:#|gh-)\d{1,7}(?:(?:(?::| [-–]) |(?(for) |(?!)))(?P<title>\S+ \S.*)"
    r"| \((?P<inner>[^()]*(?:\([^()]*\)[^()]*)*)\))$",
    re.IGNORECASE,
)
"""A title behind the number of its issue: `Fix #1234: maps crash`, `Fixed #12 (GUI: keep the map)`."""
_FIXED_TRACKER = re.compile(
    r"^(?P<verb>fix(?:e[sd])?) (?P<id>[A-Z][A-Z0-9]{1,9}-\d{1,6}):?\.? (?=[A-Z`]\S* \S+ \S)", re.IGNORECASE
)
"""The issue of a tracker that a title names behind its verb: `Fix KTOR-9760 Digest Auth: the address is empty`."""
_LABEL_TYPES = {
    "enh": "feat", "bug": "fix", "doc": "docs", "maint": "chore", "tst": "test", "bld": "build", "sty": "style",
    "enhancement": "feat", "performance": "perf", "bug fix": "fix", "ref": "refactor",
}  # fmt: skip
_LABEL = re.compile(
    rf"(?P<label>{'|'.join(_LABEL_TYPES)})(?:\((?P<scope>[\w,./ -]{{1,40}})\))?: +(?=\S+ \S)", re.IGNORECASE
)
"""What NumPy and others put in front of a title for a type: `ENH: add the laplacian`, `bug: abort the installer`."""
_BRACKETED_ISSUES = re.compile(
    r"^\[(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|ref)s?:? (?:#\d{1,7}(?:, ?| )?){1,9}\]:?\s+", re.I
)
"""The issues that a title names first: `[Fix #15501] Draw the map`."""
_LEADING_NUMBER = re.compile(
    r"^(?:#\d{2,7}[:,-]? +(?=\S+ \S+ \S)|\[\d{1,2}/(?:\d{1,2}|n)\]:? +(?=\S+ \S))", re.IGNORECASE
)
"""The issue that a title names first, or its place in a series: `#13002 Improve the logging`, `[2/n] Keep maps`."""
_BARE_NUMBER = re.compile(
    r"(?i)(?<!\bissue)(?<!\bpr)(?<!\bto)(?<!\bof)(?<!\bin)(?<!\bfor)(?<!\bfrom)(?<!\bwith)(?<!\bby)(?<!\band)(?<!\bsee)"
    r"(?<!\bbug)(?<!\bafter)(?<!\bsince)(?<![,&:+]) #\d{2,7}$"
)
"""A number behind a title without brackets: `Support health checks #4853`."""
_TRAILING_ISSUES = re.compile(
    r"(?:[,.;] +|(?= in GitHub))(?: ?in )?(?:Git(?:Hub|Lab) )?(?:issue|bug|pr|ticket)s? #?\d{1,7}"
    r"(?:,? (?:and )?#?\d{1,7}){0,5}(?:,? (?:from|by|reported by) [^,;:()]{2,60})?\.?$",
    re.IGNORECASE,
)
"""The issues that a title names last, and who reported them: `…, GitHub issue 5511 from Ada Lovelace`."""
_TRAILING_ORIGIN = re.compile(
    r"(?i)(?<=\S)\s{1,3}[(\[](?:cherry[- ]?pick|back-?port)(?:ed)?\b(?! to the)[^()\[\]]{0,60}[)\]]$"
)
"""Where a change was taken from, behind its title: `(cherry-picked from #4805)`, `[backport 2.1]`."""
_LOOSE_END = re.compile(r"(?<![.,;])[.,;]$|(?<=\w)\.\.$")
"""A stop, or what was left over where a title was cut: `Draw the map,`. Three dots stay."""
MIN_REST_WORDS = 3
_BRACKETED_END = re.compile(r"\[(?P<word>removed|deprecated|dropped)\]:?\s+(?=\S)", re.IGNORECASE)
"""A word in brackets that says what became of something: `[REMOVED] The old map`. No conventional type does."""
_TYPE_NAMES = {"feature": "feat", "bugfix": "fix", "hotfix": "fix", "doc": "docs", "tests": "test"}
_LEADING_TRACKER = re.compile(r"^(?P<id>[A-Z][A-Z0-9]{1,9}(?:-[A-Z]+)?-\d{1,6})\s*[:,.-]?\s+(?=\S)")
"""A tracker id without a separator: in a subject alone it may be a word of the title, so `parse_subject` leaves it."""
_BACKPORT = re.compile(
    r"\[(?:PR #?\d+(?:/[0-9a-f]{6,40})? )?backport(?: to)?(?: [\w./-]{1,30})?\]:?\s*(?:\[v?\d+(?:\.[\dx]+)*\]:?\s*)?",
    re.IGNORECASE,
)
"""What a bot puts in front of the title of a backport: `[PR #12/07ed41bc backport][3.14] Draw the map`."""
_SERIES = re.compile(r"^(?P<id>[A-Z]{2,6}) - (?=\S)")
"""A series of changes in front of a title: `HFE - fix key ref`."""
_CODE_WORD = re.compile(r"[_./(`\\:\-]|[a-z][A-Z]|\d")


@lru_cache(maxsize=MAX_CACHED_TITLES)
def normalize_title(raw: str) -> NormalizedTitle:
    """Return the parts of a title. The title is never empty: if nothing is left, the raw title stays."""
    # A tool that escapes line ends puts the whole message into the first line.
    cleaned = clean_title(raw.partition(r"\n\n")[0] or raw)
    subject = parse_subject(cleaned)
    title, trackers = subject.title, list(subject.tracker_ids)
    if (match := _BACKPORT.match(title)) and len(title[match.end() :].split()) >= MIN_REST_WORDS:
        title = title[match.end() :]
    if subject.gitmoji and title.startswith(subject.gitmoji):
        title = title.removeprefix(subject.gitmoji).strip() or title
    if (match := _LEADING_TRACKER.match(title)) and is_tracker_id(match["id"]):
        trackers.append(match["id"])
        title = title[match.end() :]
    if match := _SERIES.match(title):
        trackers.append(match["id"])
        title = title[match.end() :]
    if match := _BRACKETED_END.match(title):
        title = f"{match['word'].capitalize()}: {title[match.end() :]}"
    scope = subject.scope
    if match := _BRACKETED_KIND.match(title):
        title = title[match.end() :]
    scope, title = _split_bracketed_area(scope, _TRAILING_ORIGIN.sub("", title))
    change_type = _TYPE_NAMES.get(subject.type, subject.type)
    if match := _NUMBERED_FIX.match(title):
        title = match["title"] or match["inner"]
        change_type = change_type or ("fix" if "fix" in match["verb"].lower() else "")
    title = _CLOSED_NUMBER.sub("", _FIXED_NUMBER.sub(r"\g<verb> ", title))
    if (match := _FIXED_TRACKER.match(title)) and is_tracker_id(match["id"]):
        trackers.append(match["id"])
        title = f"{match['verb']} {title[match.end() :]}"
    title = _LEADING_NUMBER.sub("", _BRACKETED_ISSUES.sub("", title))
    match = _TRAILING_ISSUES.search(title) or _BARE_NUMBER.search(title)
    if match and len(title[: match.start()].split()) >= MIN_REST_WORDS:
        title = title[: match.start()]
    if _ADVISORY_MERGE.fullmatch(title):
        title = _ADVISORY_TITLE
    if (match := _LOOSE_END.search(title)) and match.start() > 1:
        title = title[: match.start()].rstrip()
    if not change_type and (match := _LABEL.match(title)):
        change_type, title = _LABEL_TYPES[match["label"].lower()], title[match.end() :]
        scope = match["scope"] or scope
    # `test(cli)!: privatize the printer` breaks nothing of a user.
    is_breaking = subject.is_breaking and _NOT_FOR_USERS.isdisjoint((change_type, scope.casefold()))
    return NormalizedTitle(change_type, scope, is_breaking, tuple(trackers), capitalize_title(title) or cleaned)


def _split_bracketed_area(scope: str, title: str) -> tuple[str, str]:
    """Return the scope of a title and the rest of it, where it names an area in brackets first.

    `fix(plugin): [no-maps] keep it` is about the rule `no-maps` of the plugin, so that this stays in the title.
    """
    if (several := _BRACKETED_AREAS.match(title)) and not scope:
        return ", ".join(re.findall(r"\[([^\]]+)\]", several["areas"])), title[several.end() :]
    match = _BRACKETED_AREA.match(title)
    if match is None or match["area"].lower() in _NO_AREAS or " " not in title[match.end() :]:
        return scope, title
    rest = title[match.end() :]
    is_rule = "-" in match["area"]
    if not scope or (is_rule and not starts_with_verb(rest)):
        return match["area"], rest
    return scope, f"{match['area']}: {rest}" if is_rule else title


_NOT_FOR_USERS = frozenset(("test", "tests", "ci", "doc", "docs", "style"))
"""Types and scopes of changes that users do not meet."""


def is_advisory_merge(raw_title: str) -> bool:
    """Return whether a title is the one that GitHub gives to a fix from the private fork of a security advisory."""
    return bool(_ADVISORY_MERGE.fullmatch(parse_subject(clean_title(raw_title)).title))


def capitalize_title(title: str) -> str:
    """Return a title with a capital first letter, unless its first word is code: `jv_sort`, `camelCase`."""
    first_word = title.partition(" ")[0]
    if not first_word or not first_word[0].islower() or _CODE_WORD.search(first_word):
        return title
    return title[0].upper() + title[1:]


def split_area(title: str) -> tuple[str, str]:
    """Return the area that a title names first, and the rest: `admin: Remove host checking` gives both.

    The area is empty where the word before the colon is none, or the rest does not begin with a verb or is too short
    to be understood without it (`jv_setpath: fix leak`).
    """
    match = _AREA.match(title)
    if match is None or match["area"].lower() in _NO_AREAS:
        return "", title
    rest = title[match.end() :]
    # `import: add maps` is about a command, and `Update: Add maps` says two times what was done.
    if starts_with_verb(match["area"]) and not (match["area"].islower() and rest[:1].islower()):
        return "", title
    if len(rest.split()) < MIN_AREA_REST_WORDS or not starts_with_verb(rest):
        return "", title
    return match["area"], capitalize_title(rest)


MIN_AREA_REST_WORDS = 4
_AREA = re.compile(r"(?P<area>[A-Za-z][\w./*+-]{1,30}(?:, ?[A-Za-z][\w./*+-]{1,30}){0,2}):\s+(?=\S)")
_BRACKETED_AREAS = re.compile(
    r"(?P<areas>(?:\[[A-Za-z][\w./+:-]{1,40}\] ?){2,6}|\[[a-z][a-z-]{1,20} [a-z][a-z-]{1,20}\]):? *(?=[A-Z`]\S* \S)"
)
"""Areas that a title names in brackets first, several or in two words: `[combobox][select] Fix the order of maps`."""
_BRACKETED_AREA = re.compile(r"\[(?P<area>[A-Za-z][\w./+:-]{1,40})\]:?\s+(?=\S)")
"""An area in brackets, which says what a scope says: `[web] Add a token header`."""
_BRACKETED_KIND = re.compile(r"\[(?:clean-?up|misc|minor|chore|nit|trivial)\]:?\s+(?=\S+ \S)", re.IGNORECASE)
"""A kind of work in brackets, which says nothing of what a title is about: `[cleanup] Remove RTSP support`."""
_NO_AREAS = frozenset(
    {"wip", "draft", "rfc", "todo", "note", "nit", "minor", "misc", "breaking", "warning"}
    | {"backport", "bot", "auto", "main", "master", "security", "release", "bug", "feature", "fix", "performance"}
    | {"perf", "enhancement", "chore", "deps", "deps-dev", "dev", "ci", "lint", "change", "docs", "cleanup"}
)


def begins_with_area(title: str) -> bool:
    """Return whether a title names a file, command or area first: `jv_setpath: fix leak`."""
    return bool(_FILE_PREFIX.match(title) or split_area(title)[0])


def find_needed_scope(parts: NormalizedTitle) -> str:
    """Return the scope of a title that says little without it; else nothing.

    `Add extractor` is one of many until its scope `ie/zoom` says for what. A scope that is a path or a dotted name is
    the part that a title is about; a plain word mostly says what a title says too.
    """
    scope, title = parts.scope, parts.title
    if not scope or scope.lower() in _NO_AREAS or begins_with_area(title) or _names_part(title, scope):
        return ""
    words = title.split()
    is_short = len(words) <= MAX_BARE_WORDS and not any(_CODE_WORD.search(word) for word in words)
    return scope if is_short or _COMPOUND_SCOPE.fullmatch(scope) else ""


MAX_BARE_WORDS = 3
"""Words of a title up to which its scope is printed too."""
_COMPOUND_SCOPE = re.compile(r"[A-Za-z][\w-]*(?:[./:][\w-]+){1,3}")


def _names_part(title: str, scope: str) -> bool:
    """Return whether a title holds the last name of a scope: `Fix zoom login` of `ie/zoom`."""
    return re.split(r"[./:]", scope.lower())[-1] in title.lower()


def shorten_title(title: str) -> str:
    """Return a title of more than 60 characters without its end, where the end limits nothing; else the title."""
    if len(title) <= MAX_SHORT_TITLE_LENGTH:
        return title
    for match in reversed(list(_END.finditer(title))):
        head, rest = title[: match.start()].rstrip(" ,;"), title[match.start() :]
        if len(head) > MAX_SHORT_TITLE_LENGTH or head.count("`") % 2 or _OPEN_END.search(head):
            continue
        if head.count("(") != head.count(")"):
            continue
        needed = MIN_SHORT_TITLE_WORDS + rest.startswith((" for", " to", " when"))
        # The words of a frame are none of the title: `Fixed in maps: Show moons`.
        needed += len(frame[0].split()) if (frame := _FRAME.match(head)) else 0
        if len(head.split()) >= needed and not _LIMITS.search(rest):
            return head
    return title


_FRAME = re.compile(r"(?:Fixed(?: in [^:]{1,60})?|Docs|Tests): ")
_END = re.compile(r": | \(| (?:as well as|to|for|so|and|when|by|in order to)\b")
_OPEN_END = re.compile(
    r"(?i)\b(?:due|up|for|to|into|than|that|which|when|if|prior|next|according|similar|related|thanks|back|how|able|ready|close|relative|equal|in|on|at|as|of"
    r"|with|from|by|and|or|the|an?|is|are|be|not)$"
)
"""Words that need what follows them: `corruption due` is no end of `corruption due to a missing lock`."""
_LIMITS = re.compile(r"\b(?:not|no|without|only|unless|instead|except|never)\b|n['’]t\b", re.IGNORECASE)

_REGULAR_VERBS = """
add adjust align amend annotate apply approve archive attach backport balance benchmark bump cache clarify clean
complete configure consolidate convert copy correct cover customize deduplicate delete deprecate describe disable
document drop duplicate enable enforce enhance exclude expand explain export expose extend extract factor finalize fix
flatten format generalize group harden implement import improve include increase initialize inline install instrument
integrate introduce invert isolate lock lower mark merge migrate mention modernize move name normalize optimize
organize overhaul patch pin polish port prepare promote publish rearrange recommend reduce refactor refine reformat
regenerate register release relax relocate remove rename reorder reorganize replace reorganise reimplement require
restore restrict restructure revamp revert review revise rework sanitize schedule scope separate setup simplify
skip sort specify stabilize standardize start stop streamline strengthen suppress switch sync synchronize test tighten
tidy track translate tune tweak unify unpin unwrap update upgrade use? validate vendor verify wrap
"""
_IRREGULAR_VERBS = {
    "begin": "began", "bring": "brought", "build": "built", "cut": "cut", "do": "did", "find": "found", "give": "gave",
    "hide": "hid", "make": "made", "put": "put", "rebuild": "rebuilt", "redo": "redid", "rewrite": "rewrote",
    "set": "set", "speed": "sped", "split": "split", "take": "took", "teach": "taught", "undo": "undid",
    "write": "wrote",
}  # fmt: skip
_SUBJECT_IS_CODE = frozenset({"make sure", "make it", "do not", "set up"})
"""Phrases whose subject is the code, or whose verb is not the first word."""
_DOUBLED = {"drop": "dropped", "pin": "pinned", "unpin": "unpinned", "skip": "skipped", "stop": "stopped",
            "wrap": "wrapped", "unwrap": "unwrapped"}  # fmt: skip


def _make_past(verb: str) -> str:
    if verb in _DOUBLED:
        return _DOUBLED[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}ed"


_PAST = {verb: _make_past(verb) for verb in _REGULAR_VERBS.split() if not verb.endswith("?")} | _IRREGULAR_VERBS
_PAST["format"], _PAST["sync"], _PAST["support"] = "formatted", "synced", "added support for"
_PAST.pop("setup")
_PAST_FORMS = {past.partition(" ")[0] for past in _PAST.values()}
_THIRD_PERSON = {
    **{f"{verb}s": past for verb, past in _PAST.items()},
    **{f"{verb}es": past for verb, past in _PAST.items() if verb.endswith(("x", "sh", "ch"))},
    **{f"{verb[:-1]}ies": past for verb, past in _PAST.items() if verb.endswith("y")},
}
_GERUNDS = {
    f"{(_DOUBLED[verb][:-2] if verb in _DOUBLED else verb.removesuffix('e'))}ing": past
    for verb, past in _PAST.items()
    if verb not in {"build", "cache", "format", "group", "name", "test"}
}
"""Past forms by gerund (`Supporting filters`), without gerunds that are nouns."""
_FINITE_VERB = re.compile(
    r"\b(?:is|are|was|were|should|can|could|does|doesn['’]t|will|would|causes?|breaks?|throws?|returns?|raises?|makes?"
    r"|leads?|results?|takes?|works?|needs?|requires?|now)\b"
)
"""Verbs that make the gerund before them a subject: `Adding a column takes a minute`."""
_ALSO_A_NOUN = frozenset({"test", "release", "patch", "group", "start", "cache", "scope", "review", "benchmark", "lock",
                          "format", "set", "cut", "build", "name", "track", "tests", "releases", "builds", "sets",
                          "patches", "caches", "groups", "formats", "names", "cover", "vendor", "export", "import",
                          "update", "fix", "fixes", "updates", "install", "support", "port", "ports"})  # fmt: skip
_OTHER_CLAUSE = re.compile(r"(?:,? and|,| &| \+|;) +(?:also )?(?P<verb>[a-z]+)\b")


def to_past(title: str) -> str | None:
    """Return what a person did, for behind a name: `added a map`. None where the title does not say it for certain.

    Only the verb changes; the rest stays to the letter. Verbs whose subject is the code (return, avoid, handle) are not
    in the table, so that “Return an error” never becomes what a person returned.
    """
    first, space, rest = title.partition(" ")
    if not space or not rest.strip():
        return None
    word = first.lower()
    second = rest.split()[0].lower().strip(",")
    if f"{word} {second}" in _SUBJECT_IS_CODE or first.isupper() or _CODE_WORD.search(first):
        return None
    past = _PAST.get(word) or _THIRD_PERSON.get(word) or (word if word in _PAST_FORMS else None)
    if past is None and not _reads_as_noun(word, second) and not _FINITE_VERB.search(rest):
        past = None if _VERBLESS_FAULT.search(rest) else _GERUNDS.get(word)
    is_program = past not in _DONE_BY_PEOPLE and bool(_AT_RUN_TIME.search(rest))
    if past is None or is_program or (word in _ALSO_A_NOUN and _reads_as_noun(word, second)):
        return None
    if word == "speed":
        return f"sped up {rest[3:]}" if rest.startswith("up ") else None
    if word in {"clean", "tidy"} and not re.match(r"(?:up\s|the\s|`)", rest):
        return None
    return None if (tail := _convert_other_verbs(rest)) is None else f"{past} {tail}"


_DONE_BY_PEOPLE_TEXT = """
added fixed implemented improved introduced refactored renamed documented deprecated updated upgraded bumped dropped
rewrote reworked clarified corrected simplified migrated ported switched cleaned extracted moved made tuned
tweaked polished reverted modernized optimized split unified built
"""
_DONE_BY_PEOPLE = frozenset((*_DONE_BY_PEOPLE_TEXT.split(), "added support for"))
"""Past forms of what a person does to code, whatever follows; a program sorts, skips and restores things too."""
_AT_RUN_TIME = re.compile(
    r"(?i)\s(?:if|when|whenever|unless|until|once|before|after|while|during|upon)\s"
    r"|\s\w{3,20}(?:ally|ently|antly|ously|ively|ately|etely|ically)$"
)
"""What says when or how a program does something: `Restore tab stops if hard tabs are enabled` is its own work."""


def tell_past(raw_title: str) -> str | None:
    """Return what a person did by the title of a change as it was written, without prefixes and area; else None."""
    return to_past(split_area(normalize_title(raw_title).title)[1])


_SECOND_NOUNS_TEXT = """
notes note candidate candidates process workflow workflows pipeline script scripts branch page suite coverage
case cases fixture fixtures helper helpers harness data system job jobs key keys step steps matrix time times
verification validation automation checklist
"""
_SECOND_NOUNS = frozenset(_SECOND_NOUNS_TEXT.split())
"""Nouns behind a word that is a noun too: `Release notes for 1.2`, `Test coverage of the parser`."""


def _reads_as_noun(word: str, second: str) -> bool:
    """Return whether a first word that is a noun too reads as one: `Fix for x`, `Test of y`, `Releases are signed`."""
    if second in _SECOND_NOUNS:
        return True
    return second in {"for", "of", "in", "with", "on", "is", "are", "was", "from", "by", "and", "to"} and not (
        word == "port" and second in {"to", "from"}
    )


def _convert_other_verbs(rest: str) -> str | None:
    """Return the rest of a title with later imperatives in the past; None if a later verb cannot be converted."""
    result, position = "", 0
    for match in _OTHER_CLAUSE.finditer(rest):
        verb = match["verb"]
        following = rest[match.end("verb") :].strip().split(" ")[0].lower()
        if verb in _CODE_VERBS:
            return None
        if (
            verb in _PAST
            and (verb == "fix" or verb not in _ALSO_A_NOUN)
            and following
            and following not in {"and", "or", "for", "of"}
        ):
            result += rest[position : match.start("verb")] + _PAST[verb]
            position = match.end("verb")
    return result + rest[position:]


_CODE_VERBS_TEXT = """
accept allow assert avoid call check close compute crash create display ensure emit expect fail handle ignore keep let
log open panic prefer preserve prevent print raise read recognize reject report respect return run show support throw
treat use wait warn
"""
_CODE_VERBS = frozenset(_CODE_VERBS_TEXT.split())
_VERBLESS_FAULT = re.compile(
    r"\b(?:panic(?:s|ked)?|crash(?:es|ed)?|inaccurate|incorrect(?:ly)?|wrong(?:ly)?|regressions?|bugs?|broken|"
    r"deadlocks?|leaks?|segfaults?|overflow|race condition|data races?|infinite loop|typos?|hangs?|fails?|failing"
    r"|failure|stalls|destroys|corrupts|loses|clobbers|misreports)\b|^missing\b(?! (?:docs|documentation|tests?)\b)",
    re.IGNORECASE,
)
_OTHER_VERBS_TEXT = """
adopt assume assign await be block bound catch change choose clear collect combine compare compile consider
consistently correctly count create defer define detect determine differentiate discard don't do dont emit evaluate
exit extend fall fetch fill filter find follow force forbid forward free get guard guarantee honor hoist increment
infer inherit insert invalidate invoke join limit link list load look loosen map match maintain minimize modify narrow
no not omit only override parse pass perform permit persist pick populate process propagate protect provide pull push
quote re-add re-enable reach rebase recover redirect refresh refuse reinstate render repair reset resolve retain retry
reuse round route save search select send serialize share shift shorten shut silence spawn store stream strip tolerate
trigger trim truncate turn unblock unset utilize widen work absorb declare fixup generate replay reproduce shrink
abort accelerate activate deactivate advertise authenticate bail bake batch bundle cancel clamp close coerce compute
confirm connect debounce decode decouple decrypt delay delegate deny derive dispatch display distinguish encode
encrypt escape execute expire flush give go grant handle highlight hold inject inspect intercept interpret keep kill
launch leave let lift listen localize lower make minify mirror mock mount mute notify observe open pad parallelize
pause plumb poll prefer prefetch preload prepend preserve print prioritize probe produce prune put read recompute
record reject reload remember reorder repeat reserve respect resume reveal revoke rotate run scan scroll see serve
shard sign skip sleep solve squash stop subscribe substitute suggest suppress swap tag take tell throttle throw toggle
touch trace transform treat try unload unregister unlock upload verify wait warn write yield require return show
expect ensure accept avoid allow downgrade upgrade pin raise report disallow prohibit embed emulate enumerate honour
"""
_ANY_VERB = (
    frozenset(_PAST) | frozenset(_THIRD_PERSON) | _PAST_FORMS | _CODE_VERBS | frozenset(_OTHER_VERBS_TEXT.split())
)


def starts_with_verb(title: str) -> bool:
    """Return whether a title begins with a verb."""
    first = title.partition(" ")[0].lower().rstrip(":,")
    base = first[:-1] if first.endswith("s") else first
    return first in _ANY_VERB or base in _ANY_VERB or (f"{first[:-2]}" in _ANY_VERB and first.endswith("es"))


def frame_title(parts: NormalizedTitle) -> str:
    """Return the title with a frame where it names only a fault, a document or a test: `Fixed: panic in ls`."""
    title = parts.title
    names_fault = parts.type == "fix" and bool(_FAULT_NOUN.match(title))
    if (starts_with_verb(title) and not names_fault) or _FILE_PREFIX.match(title):
        return title
    where = f" in {parts.scope}" if parts.scope and parts.scope.lower() not in title.lower() else ""
    if parts.type == "fix" or (not parts.type and _VERBLESS_FAULT.search(title) and not _TESTS.search(title)):
        return f"Fixed{where}: {_lower_first(title)}"
    if parts.type == "docs":
        return f"Docs: {_lower_first(title)}"
    if parts.type == "test" or (not parts.type and _REGRESSION_TESTS.match(title)):
        return f"Tests: {_lower_first(title)}"
    return title


_TESTS = re.compile(r"(?i)\b(?:regression|crash|leak|failure|overflow|hang)[ -]tests?\b")
"""Tests that the name of a fault is part of: `Regression tests for night maps` fixes nothing."""
_REGRESSION_TESTS = re.compile(r"(?i)(?:[\w-]+ ){0,2}regression tests?\b")

_FAULT_NOUN = re.compile(r"(?i)(?:panic|crash|leak|hang|race|overflow|stall|loss)(?:e?s)?\b")
"""The beginning of a fix that names a fault, though its first word may be a verb: `Panic in the pinned client`."""

FIXED_FRAME = "Fixed: "
"""How the title of a fix begins that names only the fault."""

_FILE_PREFIX = re.compile(r"[\w@./{},-]{2,60}: ")
"""The file or command that a title names first: `jv_setpath: fix leak`."""


def _lower_first(title: str) -> str:
    """Return a title with a small first letter, unless its first word is a name or code."""
    first_word = title.partition(" ")[0]
    if first_word[:1].isupper() and first_word.lower() in _COMMON_FIRST_WORDS:
        return title[0].lower() + title[1:]
    return title


_COMMON_FIRST_WORDS_TEXT = """
a an the all another bad broken crash crashes data deadlock duplicate edge empty error errors failing failure false
flaky inaccurate incorrect infinite invalid leak memory missing more nested panic panics possible potential race
regression regressions rejected several should some stale typo typos unexpected unused use wrong wrongly
"""
_COMMON_FIRST_WORDS = frozenset(_COMMON_FIRST_WORDS_TEXT.split())


def name_crash(title: str, *, is_fix: bool) -> str:
    """Return the plural of how a program crashed before a fix, which its title names; empty for other titles.

    Args:
        title: the title as it was written.
        is_fix: whether the change is a fix; else the title must say that it avoids the crash.
    """
    if not is_fix and not _AVOIDS.search(title):
        return ""
    return next((plural for plural, pattern in _CRASHES.items() if pattern.search(title)), "")


_CRASHES = {
    "panics": re.compile(r"\bpanic(?:s|k?ing|k?ed)?\b", re.I),
    "aborts": re.compile(r"\b(?:SIGABRT|abort(?:s|ing|ed)?)\b", re.I),
    "crashes": re.compile(r"\b(?:crash(?:es|ing|ed)?|segfault\w{0,3}|segmentation fault|SIGSEGV)\b", re.I),
}
_AVOIDS = re.compile(r"\b(?:avoid\w{0,3}|prevent\w{0,3}|instead of|no longer|do(?:es)?(?: not|n['’]t))\b", re.I)
