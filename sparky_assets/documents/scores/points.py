"""Score of a sentence and what it says, by the table of EDITORIAL.md, page 4. Pure and deterministic.

The score is a sum of signs that words give: a figure with a gain word, a failure word, a cause. Every sign that counts
is a reason (`figure +5`), so that a reader can see why a sentence was or was not printed.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sparky_assets.documents.models import SectionKind, SentenceContext, SentenceRole
from sparky_assets.documents.scores.leaning import MAX_SCANNED_LENGTH, carries_on, leans_on_text
from sparky_assets.documents.scores.refusals import list_refusals
from sparky_assets.documents.scores.roles import AIM, CAUSE, THIS_DOES, UNFINISHED, VOICE, is_figure, list_roles
from sparky_assets.documents.similarity import score_shared_words
from sparky_assets.documents.states import USED_TO, hide_names

MIN_WORDS, MAX_WORDS = 6, 40
"""Words of a sentence that reads well in print."""

CODE_REASONS = ("names much code", "names internals", "orders code")
"""Faults of sentences that are for who reads the diff."""

ASIDE_REASONS = ("how its author worked", "about later work", "a further thing", "note")
"""Faults of sentences that say something beside what a change does."""

USER_REASONS = ("figure", "section for users", "aim", "failure", "before or after", "users")
"""Merits of sentences that say what users meet or met; a cause alone is mostly one of the code."""

OPENING_REASONS = ("opens its message", "opens its section")
OPENING_POINTS = 2
"""Merits of sentences that say what the rest explains, and the points of each."""

MIN_ITEM_WORDS = 8
"""Words of an item of a message that begins small, and says more than a note of the author: `add flags in drop cmd`."""

USER_SECTIONS: frozenset[SectionKind] = frozenset(
    {"user_facing", "why", "breaking", "deprecated", "removed", "migration", "security"}
)
"""Sections that speak to users or give the reason."""

WHAT_SECTIONS: frozenset[SectionKind] = frozenset({"what", "summary"})

OPENED_SECTIONS: frozenset[SectionKind] = frozenset({"user_facing", "why", "what", "summary"})
"""Sections whose first sentence says what the rest explains."""

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

_TIME_WORD = re.compile(
    rf"\b(?:previously|currently|no longer|(?<!for )(?<!until )now|{USED_TO}|before (?:this|the)"
    r"|after (?:this|the) (?:pr|change|patch|commit|fix)|formerly"
    r"|any ?more|changed from|until now|up to now|prior to|from now on)\b",
    re.IGNORECASE,
)

_ACTION = re.compile(
    r"\buse `|\byou (?:can|must|should|will need|may|need)\b|\bmust\b|\bverify\b|\bto enable\b", re.IGNORECASE
)

_USER_WORD = re.compile(
    r"\b(?:users?|you|your|clients?|commands?|customers?|admins?|operators?|maintainers?)\b", re.IGNORECASE
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

_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|thanks?|thank you|cheers|many thanks|thx|cc|/cc|ping|ptal|lgtm|happy to"
    r"|please (?:review|let me know|take|comment|open|file|report)"
    r"|feel free|let me know|looking forward|big thanks|kudos|props|credits? to|shout.?out)\b|\bfeel free\b"
    r"|\blet me know\b|(?:^|\s)cc:? @|\bthanks (?:to|for)\b.{0,80}@",
    re.IGNORECASE,
)

_NEGATION = re.compile(
    r"\b(?:not|never|no longer|without|instead of|avoids?|prevents?|no)\s+(?:\w{1,12}\s+)?\Z|n['’]t\s+\Z", re.IGNORECASE
)

_ADDRESS = re.compile(r"(?<!\]\()(?:https?://|www\.)(?![^\s<>]*>`_)")
"""An address that readers see: the target below the words of a link is none."""

_WEAK_START = re.compile(
    r"(?:it|this|they|these|its|that|those|both|neither|such(?! as)|then|instead(?! of)|doing (?:so|this|that))\b",
    re.IGNORECASE,
)

_FRAGMENT_START = re.compile(
    r"(?i:(?:so that|leading to|resulting in|which|causing|meaning that)\b(?!-))"
    r"|(?:would|will|was|were|is|are|has|have|had|does|did|could|might|should)\b(?!n['’]t)"
    r"|While \w+ing [^,;]*$"
)
"""Beginnings of what is no sentence by itself: `So that dependency is not going away.`"""

_SUBJECTLESS_ITEM = re.compile(r"(?:Was|Were|Is|Are|Has|Does|Did)\b(?!n['’]t).*[^?]$")
"""An item of a list whose subject is above it: `Is the right way to set the map`."""

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
    refusals = list(list_refusals(text, context))
    signs = [*_list_merits(text, context), *_list_faults(text, context)]
    reasons = tuple(f"{name} {points:+d}" for name, points in signs) + tuple(f"refused: {name}" for name in refusals)
    roles = () if refusals else tuple(list_roles(text, context))
    return SentenceJudgement(sum(points for _, points in signs), reasons, roles, not refusals)


def count_sentence_words(text: str) -> int:
    """Return the number of words of a sentence; `2.10.0` and `don't` are one word each."""
    return sum(1 for _ in _WORD.finditer(text))


def has_verb(text: str) -> bool:
    """Return whether a text has a word that is likely a finite verb."""
    return bool(_VERB.search(text))


def has_hype(text: str) -> bool:
    """Return whether a text praises itself."""
    return bool(_HYPE.search(text))


def _list_merits(text: str, context: SentenceContext) -> Iterator[tuple[str, int]]:
    if is_figure(text) and not UNFINISHED.search(text):
        yield "figure", 5
    if context.section in USER_SECTIONS:
        yield "section for users or reasons", 4
    if AIM.search(text):
        yield "aim", 3
    if _names_failure(text):
        yield "failure", 3
    if CAUSE.search(text):
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
    yield from _list_place_merits(text, context)
    if VOICE.search(text):
        yield "voice", 1


def _list_place_merits(text: str, context: SentenceContext) -> Iterator[tuple[str, int]]:
    """Yield what the place of a sentence is worth: those that open a part need no other, and say what it is about."""
    if context.opens_block:
        yield "opens its block", 1
    if context.follows_title and not (_WEAK_START.match(text) or _FRAGMENT_START.match(text)):
        yield OPENING_REASONS[0], OPENING_POINTS
    elif context.opens_section and context.section in OPENED_SECTIONS:
        yield OPENING_REASONS[1], OPENING_POINTS
    if THIS_DOES.match(text):
        yield "says what the change does", 1


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
    if points := _count_code_points(text, context):
        yield CODE_REASONS[0], points
    elif _orders_code(text, context):
        yield CODE_REASONS[2], -2
    yield from (
        (name, points)
        for name, points, pattern in _FAULTS
        if pattern.search(text) and (pattern is not _ASKS or pattern.fullmatch(text))
    )
    count = count_sentence_words(text)
    if count < MIN_WORDS or count > MAX_WORDS or text.endswith((":", "：")) or not has_verb(text):
        yield "no whole sentence", -3
    if _FRAGMENT_START.match(text) or (context.is_list_item and _SUBJECTLESS_ITEM.match(text)):
        yield "fragment", -6
    elif carries_on(text):
        yield "carries on a sentence", -2
    elif text[:1].islower() and not context.is_list_item:
        yield "begins in the middle", -2
    does_something = THIS_DOES.match(text)
    if leans_on_text(text, context.title) and not does_something:
        yield "leans on the text before", -2
    if _THIS_CHANGE.match(text) and not does_something:
        yield "this change", -1
    elif _WEAK_START.match(text) and not (context.follows_title or does_something or _THIS_RELEASE.match(text)):
        yield "begins with a pronoun", -2
    if context.is_list_item:
        yield "list item", -1
    if context.is_list_item and text[:1].islower() and count < MIN_ITEM_WORDS and context.section not in USER_SECTIONS:
        yield "note of a step", -1


_INTERNALS = re.compile(
    r"^(?i:advance|allocate|bounce|call|convert|extract|factor|guard|hoist|inline|instantiate|memoi[sz]e|plumb|propagate"
    r"|push|refactor|rework|route|split|store|thread|wrap)(?:e?[sd])?\b"
    r"|\b(?:is|are) now (?:\w+ly )?(?:wrapped|guarded|passed|stored|held|computed|called|cached|tracked|derived"
    r"|threaded|inlined|extracted|initiali[sz]ed|shared|moved|converted|checked)\b"
    r"|\b[Ww]e (?:now )?(?:\w+ly )?(?:snapshot|hold|release|acquire|pass|store|call|wrap|guard|compute|convert|iterate"
    r"|walk|push|pop|clone|copy|allocate|free|re-?use)\b"
    r"|^(?i:rename|move)[sd]? (?:the )?[`+]?(?:\w*[a-z][A-Z]\w*|\w+_\w+\b|\w+\(\)|\w+::\w+|\w+:\w+:\w+)"
    r"|\b(?i:mutex(?:es)?|goroutines?|refcounts?|nil checks?|null checks?|accessors?|call ?sites?"
    r"|helper (?:functions?|methods?|class(?:es)?)|(?:presentation|abstraction) layer|wiring|plumbing|code ?paths?"
    r"|(?:re-?uses?|reusing) the (?:existing|same))\b"
)
"""Words about how a change works, which say little to who uses it: `The value is now wrapped in a list`."""

_FILE_FIRST = re.compile(r"`?(?:[\w.-]+/){0,8}[\w-]+\.[a-z]{1,4}`?(?: and `?[\w./-]+`?)?: ")
"""How a note on the files of a change begins: `compact.go: NumFloatSamples was not incremented`."""
_SOURCE_FILE = re.compile(
    r"(?<![\w.@-])(?:[\w.-]{1,60}/){0,8}(?!\w*config|\w*\.config|[A-Z]\w*\.js)\w[\w-]{0,60}"
    r"\.(?:rs|py|go|[jt]sx?|c|cc|cpp|h|rb|php|java|kt|exs?|mli?|scala|clj|swift|el)\b(?!\.)"
)
"""A file of source code. Files of configuration are for users."""
_INNER_NAME = re.compile(
    r"(?<![\w./$%@-])(?:(?:[\w-]+/)+[\w.-]+|[\w-]+\.(?:rs|py|go|[jt]sx?|c|cc|cpp|h|rb|php|java|kt|exs?|mli?|scala|clj|swift)"
    r"|_*[a-z][a-z0-9]*_\w+|[A-Z]?[a-z]+[A-Z]\w+|[A-Z][a-z]+(?:[A-Z][a-z]+)+|\w+(?:\.\w+)+\(\)"
    r"|[A-Za-z]\w*(?:(?:\.|::|->)[A-Za-z_]\w+)+)"
)
"""A name of a file, a function, a type or a member. Options and names of one plain word are none."""
MAX_FILE_WORDS = 18
"""Words of a sentence up to which a file of source code is what it is about."""
MIN_INNER_NAMES, MANY_INNER_NAMES = 2, 5
"""Names of code that the title does not have, from which a sentence is for who reads the diff."""
MAX_WORDS_PER_NAME = (4, 8)
"""Words of a sentence for each of its names up to which it is full of names: of two, and of more."""


def _count_code_points(text: str, context: SentenceContext) -> int:
    """Return the points that a sentence of a message loses because it is for who reads the diff: 0, -3 or -6."""
    names_file = any(path.casefold() not in context.title.casefold() for path in _SOURCE_FILE.findall(text))
    is_short = count_sentence_words(text) <= MAX_FILE_WORDS
    if _FILE_FIRST.match(text) or (names_file and is_short and context.section not in USER_SECTIONS - {"why"}):
        return -3
    if context.section in USER_SECTIONS - {"why"}:
        return 0
    title = context.title.casefold()
    names = {name for name in _INNER_NAME.findall(text[:MAX_SCANNED_LENGTH]) if name.casefold() not in title}
    words_per_name = MAX_WORDS_PER_NAME[len(names) > MIN_INNER_NAMES]
    if len(names) < MIN_INNER_NAMES or count_sentence_words(text) > words_per_name * len(names):
        return 0
    return -6 if len(names) >= MANY_INNER_NAMES else -3


_ORDERS = re.compile(
    r"(?:Also |Then )?(?i:adapt|add|assign|build|call|change|check|convert|copy|create|declare|delete|derive|drop"
    r"|enable|extract|factor|guard|handle|hook|implement|improve|inline|inject|introduce|keep|make|mark|move|normali[sz]e"
    r"|pass|pull|push|rebuild|refactor|remove|rename|replace|return|reuse|rework|rewrite|set|simplify|skip|split|store|switch|thread|update|use"
    r"|wire|wrap)s?\b"
)
_CODE_NOUN = re.compile(
    r"(?i)\b(?:\w+ class(?:es)?|struct|trait|modules?|helpers?|methods?|(?<!\w )functions?|fields?|callbacks?|mutex\w*"
    r"|pointers?|wrappers?|constructors?|lambdas?|loops?|nil|nullptr|readability|boilerplate|annotations?|type hints?"
    r"|typing|code paths?|queries|call ?sites?)\b(?! commands?\b)"
)
"""Nouns of what only who reads the diff meets."""


def _orders_code(text: str, context: SentenceContext) -> bool:
    """Return whether a sentence of a message says what was done to the code, and neither why nor what users meet.

    `Extract the lamp of drawMap() from printMap(), which both share now` is for who reads the diff.
    """
    if not _ORDERS.match(text) or context.section in USER_SECTIONS - {"why"}:
        return False
    if CAUSE.search(text) or _TIME_WORD.search(text) or _USER_WORD.search(text) or _names_failure(text):
        return False
    shown = text[:MAX_SCANNED_LENGTH]
    title = context.title.casefold()
    names = [name for name in _INNER_NAME.findall(shown) if name.casefold() not in title]
    return bool(names or _CODE_NOUN.search(shown))


_ASKS = re.compile(
    r"(?i)(?:(?:i )?(?:don['’]t know|am not sure|wonder)|i['’]m not sure|not sure|no idea|maybe|dunno|wdyt|thoughts"
    r"|should (?:we|i)|do (?:we|you)|can (?:we|you)|is (?:it|this|there))\b.*|.*\?[)\"'”’]?"
)
"""What an author asks or leaves open: `Don't know if it helps to go further`."""

_NOTHING_CHANGES = re.compile(
    r"(?i)^\W{0,3}(?:(?:the |all |existing |other |public |external )*"
    r"(?:behaviou?rs?|apis?|semantics|outputs?|results?) (?:is|are|stays?|remains?) (?:\w+ )?"
    r"(?:unchanged|the same|identical)\b"
    r"|(?:there (?:is|are|should be) )?no (?:\w+ ){0,2}(?:behaviou?r\w*|functional|api|visible|user[- ]\w+) "
    r"(?:changes?|impact)\b"
    r"|this (?:is|should be|has) (?:an? |purely )?(?:no-op|refactor\w*|internal|no functional)\b)"
)
"""What says that users see no difference is no news of a change."""

_ABOUT_ISSUE = re.compile(
    r"^#\d{1,7} |^(?:[A-Z]\w+(?:e?s|ed)|(?:This|It) (?:also )?(?:fixes|closes|resolves|addresses))"
    r" .{0,80}(?:#|GH-)\d{1,7}\W*$"
)
"""A sentence about an issue, which readers would have to open: `Fixes the scrolling bug in #12`."""

_LATER_WORK = re.compile(
    r"(?i)ideally\b"
    r"|\b(?:future (?:work|prs?|pull requests?|changes?|patch(?:es)?|commits?|improvements?|optimi[sz]ations?)\b"
    r"|(?:later|separate|subsequent|another|next|different) (?:pr|pull request|patch|commit|mr)s?\b"
    r"|will (?:eventually |soon |later )?be \w+ed "
    r"(?:in a similar|similarly|later|separately|next|soon|eventually|in (?:the )?future)\b"
    r"|\b(?:meant|intended) to be (?:minimal|temporary|simple)\b|\bexpected to change\b"
    r"|(?:left|leav(?:e|es|ing)|defer(?:red|s)?|keep(?:ing)?) .{0,60}\bfor (?:now|later|another|a later|the future)\b)"
)
"""What is left for later: `Porting the lamp can happen in a future PR`."""

_FURTHER = re.compile(
    r"(?i)\b(?:(?:this|the) (?:pr|pull request|commit|patch|change)|we|i|it|and) also\b|also,? (?!known\b)"
)
"""What a change does beside what its title says: `This patch also reworks the lamp`."""

_OWN_WORK = re.compile(
    r"(?i)(?:filed|opened|noticed|stumbled|verified|checked) "
    r"(?:the|an?|this|that|it|locally|with|by|on|upon|while|some)\b"
    r"|ran (?:`|(?:the )?(?:(?:following )?commands?|tests?|script|suite|linters?|locally|bundle|npm|yarn|make|rake)\b)"
    r"|the (?:only |one )?(?:\w+ )?(?:tricky|hard|difficult|annoying|interesting|subtle) (?:part|thing|bit|piece)\b"
    r"|(?:(?:note that|also|then|so|unfortunately|[\w ,]{3,60},) )?(?:i|we)(?:['’]ve| have)? "
    r"(?:also |then |now |just )?"
    r"(?:am far from|am not|was(?: not|n['’]t) sure|verified|tested|tried|opted|noticed|discovered|found|considered"
    r"|decided|chose|went|came across|checked|confirmed|included|rebased|copied|stumbled|measured|looked|debugged"
    r"|ended up|played|pushed|left|ran|saw|skipped|omitted)\b"
)
"""How an author came to a change: `I opted to keep the lamp for later`, `Reading the code, I noticed the cache`."""

_FAULTS = (
    ("asks", -3, _ASKS),
    (ASIDE_REASONS[0], -3, _OWN_WORK),
    ("answers a form", -6, re.compile(r"(?i:(?:yes|yep|yeah|nope)[,.:;!] |no, )(?![`A-Z])")),
    (ASIDE_REASONS[1], -4, _LATER_WORK),
    (ASIDE_REASONS[2], -2, _FURTHER),
    (ASIDE_REASONS[3], -2, re.compile(r"(?i)note(?: that|:|,| however\b)")),
    ("greeting", -6, _GREETING),
    ("hype", -4, _HYPE),
    ("unfinished", -3, UNFINISHED),
    ("address", -2, _ADDRESS),
    (CODE_REASONS[1], -2, _INTERNALS),
    ("names an issue", -2, _ABOUT_ISSUE),
    ("says that nothing changes", -4, _NOTHING_CHANGES),
)
"""Signs of a sentence that is not to be printed, with their points."""
