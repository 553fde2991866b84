"""Score of a sentence and what it says, by the table of EDITORIAL.md, page 4. Pure and deterministic.

The score is a sum of signs that words give: a figure with a gain word, a failure word, a cause. Every sign that counts
is a reason (`figure +5`), so that a reader can see why a sentence was or was not printed.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sparky_assets.documents.models import SectionKind, SentenceRole
from sparky_assets.documents.similarity import score_shared_words
from sparky_assets.documents.states import USED_TO, hide_names, is_handled, names_fault, tells_change, tells_result
from sparky_assets.text.redact import EMAIL_PATTERN, contains_secret
from sparky_assets.text.references import ADVISORY_ID

MIN_WORDS, MAX_WORDS = 6, 40
"""Words of a sentence that reads well in print."""

USER_SECTIONS: frozenset[SectionKind] = frozenset(
    {"user_facing", "why", "breaking", "deprecated", "removed", "migration", "security"}
)
"""Sections that speak to users or give the reason."""

WHAT_SECTIONS: frozenset[SectionKind] = frozenset({"what", "summary"})

_NUMBER_WITH_UNIT = re.compile(
    r"(?<![\w.])~?<?\d[\d,.]{0,12}\s?(?:%|percent|x\b|×|[kmgt]i?b(?:ytes)?\b|bytes?\b"
    r"|[mnuµ]?s(?:ec)?\b|seconds?\b|minutes?\b"
    r"|milliseconds?\b|times\b|[kmg]?ops|requests?\b|rps\b|qps\b|allocations?\b)",
    re.IGNORECASE,
)

_GAIN_WORD = re.compile(
    r"\b(?:fast(?:er)?|slow(?:er|down)?|improv\w{0,8}|reduc\w{0,6}|speed\w{0,4}|sped|increas\w{0,4}"
    r"|decreas\w{0,4}|less|fewer"
    r"|gains?|sav(?:es?|ed|ings?)|lower\w{0,3}|higher|smaller|larger|boost\w{0,3}|regress\w{0,4}"
    r"|cut(?:s|ting)?|down (?:from|to)"
    r"|drops?|dropped|from \d)",
    re.IGNORECASE,
)

_AIM = re.compile(
    r"\b(?:the )?(?:goal|aim|purpose|intent(?:ion)?|idea|objective) (?:is|was|of|here)\b|\baims? to\b", re.IGNORECASE
)

_STRONG_FAILURE = re.compile(
    r"\b(?:crash\w{0,4}|corrupt\w{0,4}|can(?:no|')t|cannot|could ?n(?:o|')t|silent(?:ly)?|wrong(?:ly)?"
    r"|ignor(?:ed|es|ing)"
    r"|fail(?:s|ed|ing|ure|ures)?|panic\w{0,6}|leak(?:s|ed|ing)?|broken|breaks?|broke|hang(?:s|ing)?"
    r"|hung|incorrect(?:ly)?"
    r"|unexpected(?:ly)?|missing|race condition|dead ?lock\w{0,3}|overflow\w{0,3}|abort(?:s|ed)?"
    r"|inaccurate|misleading|lost"
    r"|loses|stuck|bugs?|(?:is|are) still(?! (?:handled|supported|accepted|allowed|available|used|kept|possible|covered"
    r"|measured|shown|reported|flagged|registered|works?)\b)"
    r"|(?:rais|throw)(?:es|s|ed|ing)|threw|stalls?|stalled|clobber\w{0,3}"
    r"|outdated|no longer valid|segfault\w{0,3})\b",
    re.IGNORECASE,
)

_REASON = re.compile(
    r"\b(?:because|since|so that|so (?:we|you|users|it|the)|in order to|due to|as a result|therefore|to avoid"
    r"|to prevent)\b",
    re.IGNORECASE,
)
"""Words of a reason also where a sentence says what a change does: `Return the type instead of a name` gives none."""

_CAUSE = re.compile(
    r"\b(?:because|since|so that|so (?:we|you|users|it|the)|results? in|resulted in|resulting in"
    r"|instead of|rather than|allow(?:s|ing)?"
    r"|in order to|due to|as a result|therefore|which (?:means|causes|lets|makes)|thus|by (?:avoiding"
    r"|using|tailoring|ignoring)"
    r"|lead(?:s|ing)? to|cause[sd]?|to avoid|to prevent|means that|enabl(?:es|ing))\b",
    re.IGNORECASE,
)

_TIME_WORD = re.compile(
    rf"\b(?:previously|currently|no longer|now|{USED_TO}|before (?:this|the)|after (?:this|the) (?:pr"
    r"|change|patch|commit|fix)|formerly"
    r"|any ?more|changed from|until now|up to now|prior to|from now on)\b",
    re.IGNORECASE,
)

_ACTION = re.compile(
    r"\buse `|\byou (?:can|must|should|will need|may|need)\b|\bmust\b|\bverify\b|\bto enable\b", re.IGNORECASE
)

_INSTRUCTION = re.compile(
    r"(?<!n't )(?<!n’t )(?<!not )\buse `|\byou (?:can|must|should|will need|may|need)\b|\bmust\b|\bverify\b"
    r"|\bto (?:enable|disable|try|restore|keep|opt|use|migrate"
    r"|upgrade|get)\b|\bset `|\brun `|\bshould (?:use|be|now|set|run|update|upgrade|switch)\b"
    r"|\breplace `|\bone (?:just )?needs to\b"
    r"|^(?:use|set|run|replace|upgrade|update your|migrate|switch to|make sure|rename|remove your"
    r"|add(?! (?:an?|new|support|missing|tests?|opt-in)\b(?!.{0,160}\byour\b)))\b.{0,80}`"
    r"|^if you\b.{3,200}, (?:please )?(?:switch|use|change|replace|update|migrate|remove|set|rename|pass|call|import"
    r"|install|add)\b",
    re.IGNORECASE,
)

_USER_WORD = re.compile(
    r"\b(?:users?|you|your|clients?|commands?|customers?|admins?|operators?|maintainers?)\b", re.IGNORECASE
)

_VOICE = re.compile(
    r"(?:^|[\s(\"'“])(?:I|I'm|I’m|I've|I’ve|I'd|I’d|I'll|I’ll)\b|\b(?i:honestly|tricky|annoying"
    r"|personally|unfortunately|imo|imho|frankly"
    r"|hopefully|sadly|happily|nasty|painful|ugly|hate|love|confusing|frustrat\w{0,5}|surpris\w{0,5}"
    r"|really|in my opinion|my (?:own|first"
    r"|view|take|opinion|guess)|weird|scattered|not ideal|nice|should report|feels?|a pain"
    r"|hard to (?:reason|follow|work)|despite|time will tell|we (?:don['’]t|do not) (?:need|want)"
    r"|we (?:should|would) (?:rather|really))\b"
)

_RISK = re.compile(
    r"\b(?:(?:have|has|not been|is|are|was) (?:not|n't) (?:been |yet )?test\w{0,3}|not (?:yet )?tested"
    r"|untested|haven['’]t tested|corner (?:cases?|issues?)|anticipates?"
    r"|edge cases?|known (?:failures?|issues?|limitations?|problems?)|blocked|I (?:believe|think"
    r"|am not sure|'m not sure|suspect|guess|hope)"
    r"|I['’]m not sure|not sure|might (?:break|not|be slow\w{0,2}|fail)|may (?:break|not|fail)"
    r"|could break|limitations?|caveats?|drawbacks?"
    r"|downsides?|trade-?offs?|(?:is|as) (?:only )?an? (?:\w+ )?workaround"
    r"|should \w{1,20} but|unknown|risk(?:s|y)?|unclear"
    r"|not (?:yet )?(?:supported|implemented"
    r"|handled)|does not (?:yet )?(?:support|handle|cover|work))\b",
    re.IGNORECASE,
)

_SECURITY = re.compile(
    rf"\b{ADVISORY_ID}\b|\bCVSS\b|\bvulnerab(?:ility|ilities|le to)\b|\b(?:doesn['’]t"
    r"|does not|did not|without|fails? to|missing) "
    r"(?:validat|sanitiz|sanitis|escap|authenticat|authoriz|check)\w{0,8}|\b(?:heap|buffer|stack"
    r"|integer) (?:buffer )?over(?:flow|read)"
    r"|\buse.after.free\b|\b(?:sql|command|code|prompt|template) injection\b|\b(?:xss|csrf|ssrf|rce)\b"
    r"|\bpath traversal\b"
    r"|\bdenial of service\b|\bprivilege escalation\b|\bremote code execution\b"
    r"|\bout.of.bounds (?:read|write)|\battacker",
    re.IGNORECASE,
)

_EFFECT = re.compile(
    r"\b(?:now|can|makes? it possible|adds?|added|no longer|new|allows?|lets?|supports?|support for|enables?"
    r"|introduc\w{0,4}|provides?|any ?more|will now"
    r"|removed?|removes|fixe[sd]|understands?|available|after this|with this|defaults? to|instead of|gains?)\b",
    re.IGNORECASE,
)

_BEFORE = re.compile(
    rf"\b(?:previously|currently|before (?:this|the)|{USED_TO}|formerly|until now|prior to)\b",
    re.IGNORECASE,
)

_HYPE = re.compile(
    r"\b(?:comprehensive(?:ly)?|robust(?:ly|ness)?|seamless(?:ly)?|production.ready|production.grade"
    r"|exceed(?:s|ed|ing)|powerful"
    r"|massive(?:ly)?|cutting.edge|state.of.the.art|world.class|blazing(?:ly)?|game.chang\w{0,4}"
    r"|revolutionary|next.gen(?:eration)?"
    r"|enterprise.grade|battle.tested|best.in.class|effortless(?:ly)?|supercharg\w{0,4}|outstanding"
    r"|exceptional(?:ly)?|stunning"
    r"|beautiful(?:ly)?|amazing(?:ly)?|incredibl[ey]|unparalleled|leverag\w{0,3}|delightful|rock.solid"
    r"|flawless(?:ly)?)\b"
    r"|[🎉🚀✨🔥💪🏆🎯💯]",
    re.IGNORECASE,
)

_UNFINISHED = re.compile(
    r"\b(?:TBD|TODO|FIXME|pending|follow.?ups?|to be (?:done|decided|determined)|will be (?:done|added) later)\b",
    re.IGNORECASE,
)

_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|thanks?|thank you|cheers|many thanks|thx|cc|/cc|ping|ptal|lgtm|happy to"
    r"|please (?:review|let me know|take|comment|open|file|report)"
    r"|feel free|let me know|looking forward|big thanks|kudos|props|credits? to|shout.?out)\b|(?:^"
    r"|\s)cc:? @|\bthanks (?:to|for)\b.{0,80}@",
    re.IGNORECASE,
)

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
        "addresses", "also", "and", "backport", "bug", "by", "cc", "cherry", "cherry-pick", "cherry-picked", "close",
        "closed", "closes", "closing", "commit", "depends", "fix", "fixed", "fixes", "fixing", "follow", "follow-up",
        "followup", "from", "in", "issue", "issues", "of", "on", "part", "patch", "picked", "pr", "pull", "ref",
        "reference", "references", "refs", "related", "relates", "replaces", "request", "resolve", "resolved",
        "resolves", "see", "supersedes", "this", "ticket", "to", "toward", "towards", "up",
    }
)  # fmt: skip

_REFERENCE_TOKEN = re.compile(
    r"(?:[\w-]{1,39}/[\w.-]{1,100})?#\d{1,9}|@[\w-]{1,40}|https?://\S+|[0-9a-f]{7,40}|[A-Z]{2,10}-\d{1,7}|[-*+]|"
    r"[\w-]{1,12}:`#?\d{1,9}"
)

_LINK_TEXT = re.compile(r"\[([^\]\n]{1,100})\]\([^()\s]{1,300}\)")

_POINTER = re.compile(r"(?:please |also )?(?:see|refer to)\b(?:\W+\w+){0,12}\W*", re.IGNORECASE)
"""A sentence that only says where to read on: `See Conventional Commits for the rules.`"""

_NOTHING = re.compile(r"\W{0,3}(?:n/?a|none|nope|no|yes|not applicable|nothing|no changes?|-)\W{0,3}", re.IGNORECASE)

_NEGATION = re.compile(
    r"\b(?:not|never|no longer|without|instead of|avoids?|prevents?|no)\s+(?:\w{1,12}\s+)?\Z|n['’]t\s+\Z", re.IGNORECASE
)

_ADDRESS = re.compile(r"https?://|www\.")
_WEAK_START = re.compile(
    r"(?:it|this|they|these|its|that|those|both|neither|such(?! as)|then|instead(?! of)|doing (?:so|this|that))\b",
    re.IGNORECASE,
)
_CARRIES_ON = re.compile(
    r"(?!but on `?(?:main|master|trunk)\b)"
    r"(?:so|thus|hence|therefore|and|or|but|however|meanwhile|likewise|similarly|otherwise|additionally|furthermore|moreover"
    r"|that way|this way|for (?:this|that) reason|because of (?:this|that)|as a result|in (?:this|that) case)\b(?!-)",
    re.IGNORECASE,
)
"""Beginnings that carry on the sentence before, which is not printed. `But on main, …` says what was before."""
_FRAGMENT_START = re.compile(r"(?:so that|leading to|resulting in|which|causing|meaning that)\b(?!-)", re.IGNORECASE)
"""Beginnings of what is no sentence by itself: `So that dependency is not going away.`"""
_THIS_CHANGE = re.compile(r"this (?:pr|pull request|commit|patch|change|mr|diff)\b", re.IGNORECASE)
_THIS_RELEASE = re.compile(r"this (?:[\w.-]{1,20} )?(?:release|version)\b", re.IGNORECASE)
"""What notes begin with to say what they are about, which is printed before them."""

_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|being|am|has|have|had|do|does|did|can|could|will|would|shall|should"
    r"|may|might|must|isn|aren|doesn|don"
    r"|let|lets|get|gets|got|make|makes|made|use|uses|add|adds|fix|fixes|allow|allows|support|supports"
    r"|return|returns|remove|removes"
    r"|need|needs|show|shows|run|runs|set|sets|take|takes|keep|keeps|give|gives|become|becomes|mean"
    r"|means|work|works|fail|fails|change"
    r"|changes|update|updates|report|reports|provide|provides|include|includes|contain|contains|handle"
    r"|handles|avoid|avoids|drop|drops"
    r"|move|moves|rename|replace|replaces|create|creates|read|reads|write|writes|call|calls|check"
    r"|checks|ensure|ensures|accept|accepts"
    r"|ignore|ignores|break|breaks|crash|crashes|panic|panics|expect|expects|reject|rejects|respect"
    r"|respects|print|prints|build|builds"
    r"|bring|brings|behave|behaves|happen|happens|appear|appears|seem|seems|lead|leads|cause|causes"
    r"|result|results|start|starts|stop"
    r"|stops|turn|turns|send|sends|hold|holds|give|know|knows|find|finds|say|says|see|sees|put|puts|go"
    r"|goes|come|comes|switch|save|saves"
    r"|reduce|reduces|improve|improves|increase|increases|introduce|introduces|enable|enables|disable"
    r"|disables|implement|implements"
    r"|belong|belongs|exist|exists|leave|leaves|lose|loses|miss|misses|point|points|refer|refers|remain|remains"
    r"|serve|serves|sit|sits|stay|stays"
    r"|prevent|prevents|perform|performs|copy|load|loads|produce|produces|yield|yields|upgrade"
    r"|upgrades|refactor|refactors|gain|gains|render|renders|emit|emits|store|stores|delete|deletes"
    r"|affect|affects|apply|applies|follow|follows|list|lists|compute|computes|generate|generates|bump"
    r"|bumps|migrate|migrates|define|defines|validate|validates|detect|detects|convert|converts|extend"
    r"|extends|override|overrides|unify|unifies|land|lands|merge|merges|close|closes|open|opens"
    r"|introduce|depend|depends|live|lives|look|looks|wait|waits|want|wants|try|tries|help|helps"
    r"|require|requires|receive|receives|propagate|propagates|trigger|triggers|register|registers"
    r"|configure|configures|wrap|wraps|now \w+|parse|parses|pass|passes|match|matches|verify|rely"
    r"|relies|ship|ships|test)\b"
    r"|n['’]t\b|['’](?:s|re|ve|ll|d|m)\b|\b\w{2,20}(?:ed|ize[sd]?|ifies|ified)\b",
    re.IGNORECASE,
)

_WORD = re.compile(r"[^\W_]+(?:['’./_+-]+[^\W_]+){0,20}")


class SentenceContext(NamedTuple):
    """Where a sentence stands.

    Attributes:
        section: kind of its section.
        opens_block: True for the first sentence of a paragraph or item.
        is_list_item: True in a list.
        title: title of the change, for words that both share.
        skip_reason: why the parser set it apart: `checklist`; empty if it did not.
        follows_title: True for the first sentence of a message: its `This` is what the title says, which is printed.
    """

    section: SectionKind
    opens_block: bool
    is_list_item: bool
    title: str
    skip_reason: str = ""
    follows_title: bool = False


class SentenceJudgement(NamedTuple):
    """Score of a sentence with its reasons and roles, and whether a rule refuses it."""

    score: int
    reasons: tuple[str, ...]
    roles: tuple[SentenceRole, ...]
    is_quotable: bool


def judge_sentence(text: str, context: SentenceContext) -> SentenceJudgement:
    """Score a sentence.

    Args:
        text: the sentence with white space folded.
        context: where it stands.
    """
    refusals = list(_list_refusals(text, context))
    signs = [*_list_merits(text, context), *_list_faults(text, context)]
    reasons = tuple(f"{name} {points:+d}" for name, points in signs) + tuple(f"refused: {name}" for name in refusals)
    roles = () if refusals else tuple(_list_roles(text, context))
    return SentenceJudgement(sum(points for _, points in signs), reasons, roles, not refusals)


def is_reference_only(text: str) -> bool:
    """Return whether a text only names issues, people and addresses: `Closes #12, see also #13.`"""
    # A link in Markdown is its text: `[#12](https://github.com/o/r/pull/12)`.
    tokens = _LINK_TEXT.sub(r"\1", text[:2_000]).split()
    stripped = (token.strip(".,;:()[]<>*_!?\"'`") for token in tokens)
    return len(text) < 2_000 and all(
        token.casefold() in _REFERENCE_WORDS or _REFERENCE_TOKEN.fullmatch(token) for token in stripped
    )


def count_sentence_words(text: str) -> int:
    """Return the number of words of a sentence; `2.10.0` and `don't` are one word each."""
    return sum(1 for _ in _WORD.finditer(text))


def has_verb(text: str) -> bool:
    """Return whether a text has a word that is likely a finite verb."""
    return bool(_VERB.search(text))


def has_hype(text: str) -> bool:
    """Return whether a text praises itself."""
    return bool(_HYPE.search(text))


def is_figure(text: str) -> bool:
    """Return whether a text reports a measured gain or loss."""
    return bool(_NUMBER_WITH_UNIT.search(text) and _GAIN_WORD.search(text))


def _list_merits(text: str, context: SentenceContext) -> Iterator[tuple[str, int]]:
    if is_figure(text) and not _UNFINISHED.search(text):
        yield "figure", 5
    if context.section in USER_SECTIONS:
        yield "section for users or reasons", 4
    if _AIM.search(text):
        yield "aim", 3
    if _names_failure(text):
        yield "failure", 3
    if _CAUSE.search(text):
        yield "cause", 2
    if _TIME_WORD.search(text):
        yield "before or after", 2
    if _ACTION.search(text):
        yield "action", 2
    if shared := score_shared_words(text, context.title):
        yield "words of the title", shared
    if _USER_WORD.search(text):
        yield "users", 1
    if context.section in WHAT_SECTIONS:
        yield "section for what", 1
    if context.opens_block:
        yield "opens its block", 1
    if _VOICE.search(text):
        yield "voice", 1


def _names_failure(text: str) -> bool:
    """Return whether a text names a failure that is not negated: `is not lost` names none."""
    shown = hide_names(text)
    return any(
        not _NEGATION.search(shown[max(0, match.start() - 30) : match.start()])
        for match in _STRONG_FAILURE.finditer(shown)
    )


def _list_faults(text: str, context: SentenceContext) -> Iterator[tuple[str, int]]:
    if context.section == "skipped":
        yield "skipped section", -6
    yield from (
        (name, points)
        for name, points, pattern in _FAULTS
        if pattern.search(text) and (pattern is not _ASKS or pattern.fullmatch(text))
    )
    count = count_sentence_words(text)
    if count < MIN_WORDS or count > MAX_WORDS or text.endswith((":", "：")) or not has_verb(text):
        yield "no whole sentence", -3
    if _FRAGMENT_START.match(text):
        yield "fragment", -6
    elif _CARRIES_ON.match(text):
        yield "carries on a sentence", -2
    elif text[:1].islower() and not context.is_list_item:
        yield "begins in the middle", -2
    if _THIS_CHANGE.match(text):
        yield "this change", -1
    elif _WEAK_START.match(text) and not context.follows_title and not _THIS_RELEASE.match(text):
        yield "begins with a pronoun", -2
    if context.is_list_item:
        yield "list item", -1


_INTERNALS = re.compile(
    r"^(?i:advance|allocate|bounce|call|convert|extract|factor|guard|hoist|inline|instantiate|memoi[sz]e|plumb|propagate"
    r"|push|refactor|rework|route|split|store|thread|wrap)(?:e?[sd])?\b"
    r"|\b(?:is|are) now (?:\w+ly )?(?:wrapped|guarded|passed|stored|held|computed|called|cached|tracked|derived"
    r"|threaded|inlined|extracted|initiali[sz]ed|shared|moved|converted|checked)\b"
    r"|\b[Ww]e (?:now )?(?:\w+ly )?(?:snapshot|hold|release|acquire|pass|store|call|wrap|guard|compute|convert|iterate"
    r"|walk|push|pop|clone|copy|allocate|free|re-?use)\b"
    r"|^(?i:rename|move)[sd]? (?:the )?[`+]?(?:\w*[a-z][A-Z]\w*|\w+_\w+\b|\w+\(\)|\w+::\w+|\w+:\w+:\w+)"
    r"|\b(?i:mutex(?:es)?|goroutines?|refcounts?|nil checks?|null checks?|accessors?|call ?sites?"
    r"|helper (?:functions?|methods?|class(?:es)?))\b"
)
"""Words about how a change works, which say little to who uses it: `The value is now wrapped in a list`."""

_ASKS = re.compile(
    r"(?i)(?:(?:i )?(?:don['’]t know|am not sure|wonder)|i['’]m not sure|not sure|no idea|maybe|dunno|wdyt|thoughts"
    r"|should (?:we|i)|do (?:we|you)|can (?:we|you)|is (?:it|this|there))\b.*|.*\?[)\"'”’]?"
)
"""What an author asks or leaves open: `Don't know if it helps to go further`."""

_ABOUT_ISSUE = re.compile(
    r"^#\d{1,7} |^(?:[A-Z]\w+(?:e?s|ed)|(?:This|It) (?:also )?(?:fixes|closes|resolves|addresses))"
    r" .{0,80}(?:#|GH-)\d{1,7}\W*$"
)
"""A sentence about an issue, which readers would have to open: `Fixes the scrolling bug in #12`."""

_FAULTS = (
    ("asks", -3, _ASKS),
    ("greeting", -6, _GREETING),
    ("hype", -4, _HYPE),
    ("unfinished", -3, _UNFINISHED),
    ("address", -2, _ADDRESS),
    ("names internals", -2, _INTERNALS),
    ("names an issue", -2, _ABOUT_ISSUE),
)
"""Signs of a sentence that is not to be printed, with their points."""

_TOOL_OUTPUT = re.compile(
    r"[\w./-]{1,100}\.\w{1,4}:\d{1,6}:(?:\d{1,5}:)? ?(?:warning|error|note|fatal)\b|^\[\d{1,5}/\d{1,5}\] "
)
"""A line of a compiler: `[6/73] Building pier.o`, `pier.c:157:7: warning: …`."""

_ATTRIBUTION = re.compile(r"(?i)(?:github )?issues? #?\d+\b[^:]{0,100}$")
"""A sentence that says who asked where: `GitHub issue 5275, based on a change from Dane Jensen.`"""

_CREDIT = re.compile(
    r"(?i)(?:contributed|reported|suggested|submitted|patch|found|discovered|based on a patch) (?:by|from) \S"
)
"""A sentence about whom something is from: `Contributed by Ada Lovelace.`"""

_ABOUT_TESTS = re.compile(
    r"(?i)(?:\w{4,14}ly,? )?"
    r"(?:(?:i |we |also |i've |we've )*(?:add|wrot|writ|extend|updat|includ)\w* |(?:this|it) (?:also )?adds )?"
    r"(?:(?:a|an|some|more|new|few|the|unit|integration|regression|e2e|end-to-end|corresponding|relevant|snapshot) )*"
    r"tests? (?:to |for |that |which |in |at |covering |cases?\b|coverage\b|were |was |are )"
    r"|the (?:[\w-]+ ){0,2}tests? "
    r"(?:deriv|check|cover|assert|verif|us|rel|expect|exercis|ensur)(?:e|es|ed|s|ies|ied|y)\b"
    r"|.{0,60}\bCI (?:smoke )?(?:coverage|checks?|jobs?|workflows?|pipelines?)\b"
    r"|tests?: |covered by (?:(?:unit|new|existing|the|integration) )*tests\b"
    r"|(?:add|extend|includ|writ)\w* (?:(?:an?|the|some|more|new|few) )?"
    r"(?:regression|integration|unit|e2e|end-to-end|snapshot|smoke|golden) tests?\b"
    r"|.{1,120}\b(?:was|were|has been|have been) (?:\w+ly )?(?:exercised|tested|smoke[- ]tested|benchmarked)\b"
    r"|for (?:\w+ )?(?:testing|future maintenance|reviewers?)\b|running (?:the )?.{0,60}\btests?\b"
    r"|(?:add|updat|extend|rename|remov|mov)\w* (?:the )?`?test_\w+"
    r"|(?:verified|tested|validated) (?:locally|manually|by|with|on|that)\b"
)
"""A sentence about the tests of a change: `Added tests to verify proper conflict detection`."""


_DOUBT = re.compile(
    r"(?i)\b(?:test(?:ed|s)?|untested|corner|edge cases?|anticipates?|break(?:s|ing)?|regress\w*|risk\w*|hack\w*"
    r"|unsure|not sure"
    r"|might|may not|fails?|failures?|fragile|caveats?|drawbacks?|downsides?|trade-?offs?|limitations?|unclear|unknown"
    r"|slow\w*|workaround|blocked|problems?|issues?|not (?:yet )?(?:supported|implemented|handled|complete)|not ideal"
    r"|only covers"
    r"|does(?: not|n['’]t) (?:yet )?(?:support|handle|cover|work)|incomplete|overhead|leaks?|unfortunately)\b"
)


def names_doubt(text: str) -> bool:
    """Return whether a sentence says what may go wrong, and not only what its author thinks."""
    return bool(_DOUBT.search(_CITED.sub(" ", text)))


_CITED = re.compile(r"\"[^\"\n]{1,120}\"|“[^”\n]{1,120}”")
"""What a sentence cites, such as an error: `The mount failed with "option not supported"` doubts nothing."""


_PUNCTUATION_START = re.compile(r"[/\\,;:)\]}&+=] ")


def _list_refusals(text: str, context: SentenceContext) -> Iterator[str]:
    if context.skip_reason:
        yield context.skip_reason
    if not any(char.isalpha() for char in text) or _NOTHING.fullmatch(text):
        yield "no words"
    if text.startswith("|") and text.count("|") > 2:
        yield "row of a table"
    if _PUNCTUATION_START.match(text):
        yield "begins in the middle of code"
    if is_reference_only(text) or _POINTER.fullmatch(text):
        yield "references only"
    if contains_secret(text):
        yield "secret"
    if _TOOL_OUTPUT.search(text):
        yield "output of a tool"
    if _ATTRIBUTION.match(text) or _CREDIT.match(text):
        yield "names who and where"
    if _ABOUT_TESTS.match(text):
        yield "about tests"
    if EMAIL_PATTERN.search(text):
        yield "e-mail address"
    if _PRAISE.search(text):
        yield "counts as praise"
    if "<img" in text or "![" in text:
        yield "picture"


_DID = re.compile(r"[A-Z][a-z]{2,}ed\b|(?i:this (?:pr|pull request|commit|patch|mr) [a-z])")
"""How a sentence begins that says what was done: `Modified the type to …`, `This PR add the ability …`."""

_IMPERATIVE = re.compile(
    r"(?:Add|Allow|Change|Check|Disable|Drop|Enable|Escape|Implement|Make|Move|Remove|Sanitize|Set|Switch|Use"
    r"|Validate)(?! of\b) \S+ (?!fails\b|crashes\b|is\b|was\b)"
)
"""How a sentence begins that says what was done about a flaw: `Disable the old check of tokens`."""

_WAS_DONE = re.compile(r"(?i)\b(?:has|have|had) been (?:\w+ly )?(?:displayed|shown|logged|printed|emitted|given)\b")
"""What was shown on how to do something: `Warnings have been displayed on how to migrate` is no advice."""

_TELLS_STATE = re.compile(
    r"\b(?:was|were|(?:has|have) (?:not|never|been)|(?:is|are) now|the following (?:is|are))\b", re.IGNORECASE
)
"""Words of a sentence that says what was or is so: below a guide to a migration it is no advice."""


def _list_roles(text: str, context: SentenceContext) -> Iterator[SentenceRole]:
    does_something = tells_change(text)
    match = _BEFORE.search(text)
    # `Drop the rest before the map is drawn` is an order of steps.
    before = match is not None and not (does_something and match[0].lower().startswith(("before", "prior")))
    if (_EFFECT.search(text) or context.section == "user_facing") and not before:
        yield "effect"
    is_fault = names_fault(text) and not (does_something or is_handled(text) or tells_result(text))
    if is_fault or before:
        yield "fault"
    gives_cause = bool(_REASON.search(text) if does_something or _DID.match(text) else _CAUSE.search(text))
    if context.section == "why" or gives_cause or _AIM.search(text):
        yield "why"
    is_instruction = _INSTRUCTION.search(text) and not _WAS_DONE.search(text)
    if is_instruction or (context.section == "migration" and not _TELLS_STATE.search(text)):
        yield "action"
    if is_figure(text) and not _UNFINISHED.search(text):
        yield "figure"
    if (_SECURITY.search(text) or context.section == "security") and not _IMPERATIVE.match(text):
        yield "security"
    if _VOICE.search(text):
        yield "voice"
    if _RISK.search(text):
        yield "risk"
