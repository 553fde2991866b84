"""Verbs of titles: whether a title begins with one, and the past tense where that is certain."""

import re

CODE_WORD = re.compile(r"[_./(`\\:\-]|[a-z][A-Z]|\d")

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
    if f"{word} {second}" in _SUBJECT_IS_CODE or first.isupper() or CODE_WORD.search(first):
        return None
    past = _PAST.get(word) or _THIRD_PERSON.get(word) or (word if word in _PAST_FORMS else None)
    if past is None and not _reads_as_noun(word, second) and not _FINITE_VERB.search(rest):
        past = None if VERBLESS_FAULT.search(rest) else _GERUNDS.get(word)
    is_program = past not in _DONE_BY_PEOPLE and bool(_AT_RUN_TIME.search(rest))
    if past is None or is_program or (word in _ALSO_A_NOUN and _reads_as_noun(word, second)):
        return None
    if word == "speed":
        return f"sped up {rest[3:]}" if rest.startswith("up ") else None
    if word in {"clean", "tidy"} and not re.match(r"(?:up\s|the\s|`)", rest):
        return None
    return None if (tail := _convert_other_verbs(f" {rest}")) is None else f"{past}{tail}"


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


_NO_VERBS_TEXT = """
all both then also not only in on to for from with of by into at as under over after before between across during
without via inside outside when if where whether that which thus so half such quite even now
"""
_NO_VERBS = frozenset(_NO_VERBS_TEXT.split())
"""Words in front of an article that are no verbs: `in the map and on the pier`."""


def _convert_other_verbs(rest: str) -> str | None:
    """Return the rest of a title with later imperatives in the past; None if a later verb cannot be converted."""
    result, position = "", 0
    for match in _OTHER_CLAUSE.finditer(rest):
        verb = match["verb"]
        following = rest[match.end("verb") :].strip().split(" ")[0].lower()
        has_object = following in {"the", "a", "an"} and verb not in _NO_VERBS
        is_unknown = verb not in _PAST and verb not in _PAST_FORMS
        orders_more = match[0].startswith((",", ";")) and verb in _ANY_VERB and verb not in _ALSO_A_NOUN
        if verb in _CODE_VERBS or (is_unknown and (has_object or orders_more)):
            return None  # `Enable and version the cache`, `Fix targets, shorten logic`: no past of the verb is known
        is_verb = verb in _PAST and (verb == "fix" or has_object or verb not in _ALSO_A_NOUN)
        if is_verb and following and following not in {"and", "or", "for", "of"}:
            result += rest[position : match.start("verb")] + _PAST[verb]
            position = match.end("verb")
    return result + rest[position:]


_CODE_VERBS_TEXT = """
accept allow assert avoid call check close compute crash create display ensure emit expect fail handle ignore keep let
log open panic prefer preserve prevent print raise read recognize reject report respect return run show support throw
treat use wait warn
"""
_CODE_VERBS = frozenset(_CODE_VERBS_TEXT.split())
VERBLESS_FAULT = re.compile(
    r"\b(?:panic(?:s|ked)?|crash(?:es|ed)?|inaccurate|incorrect(?:ly)?|wrong(?:ly)?|regressions?|bugs?|broken|"
    r"deadlocks?|leaks?|segfaults?|overflow|race condition|data races?|infinite loop|typos?|hangs?|fails?|failing"
    r"|failure|stalls|destroys|corrupts|loses|clobbers|misreports"
    r"|ignores(?! (?:in|for|to|from)\b)|does(?: not|n['’]t) [a-z]+ .{0,60}(?:correctly|properly))\b"
    r"|^missing\b(?! (?:docs|documentation|tests?)\b)",
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
