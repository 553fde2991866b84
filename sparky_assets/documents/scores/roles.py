"""What a sentence says: its roles, such as the effect, the fault, the reason and what to do. Pure."""

import re
from collections.abc import Iterator

from sparky_assets.documents.models import SentenceContext, SentenceRole
from sparky_assets.documents.states import USED_TO, is_handled, names_fault, tells_change, tells_result
from sparky_assets.text.references import ADVISORY_ID

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

AIM = re.compile(
    r"\b(?:the )?(?:goal|aim|purpose|intent(?:ion)?|idea|objective) (?:is|was|of|here)\b|\baims? to\b", re.IGNORECASE
)

_REASON = re.compile(
    r"\b(?:because|since|so that|so (?:we|you|users|it|the)|in order to|due to|as a result|therefore|to avoid"
    r"|to prevent)\b",
    re.IGNORECASE,
)
"""Words of a reason also where a sentence says what a change does: `Return the type instead of a name` gives none."""

CAUSE = re.compile(
    r"\b(?:because|since|so that|so (?:we|you|users|it|the)|results? in|resulted in|resulting in"
    r"|instead of|rather than|allow(?:s|ing)?"
    r"|in order to|due to|as a result|therefore|which (?:means|causes|lets|makes)|thus|by (?:avoiding"
    r"|using|tailoring|ignoring)"
    r"|lead(?:s|ing)? to|cause[sd]?|to avoid|to prevent|means that|enabl(?:es|ing))\b",
    re.IGNORECASE,
)

_INSTRUCTION = re.compile(
    r"(?<!n't )(?<!n’t )(?<!not )\buse `|\byou (?:can|must|should|will need|may|need)\b|\bmust\b|\bverify\b"
    r"|\byou(?:['’]ll| will| may| might)? (?:also |now )?(?:have|need) to\b"
    r"|\bto (?:enable|disable|try|restore|keep|opt|use|migrate"
    r"|upgrade|get)\b|\bset `|\brun `|(?<!\bthere )\bshould (?:use|be|now|set|run|update|upgrade|switch)\b"
    r"|\breplace `|\bone (?:just )?needs to\b"
    r"|^(?:use|set|run|replace|upgrade|update your|migrate|switch to|make sure|rename|remove your"
    r"|add(?! (?:an?|new|support|missing|tests?|opt-in)\b(?!.{0,160}\byour\b)))\b.{0,80}`"
    r"|^(?:users|those|anyone|projects|applications) (?:who|that|relying|depending|using|wanting|needing|on)\b"
    r"[^.;]{3,120}\b(?:can|should|must|(?:will )?(?:need|have) to)\b"
    r"|^if you\b.{3,200}, (?:please )?(?:switch|use|change|replace|update|migrate|remove|set|rename|pass|call|import"
    r"|install|add)\b",
    re.IGNORECASE,
)

VOICE = re.compile(
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
    r"|removed?|removes|fixe[sd]|understands?|available|after this|with this|defaults? to|instead of|gains?"
    r"|improves?|reduces?|speeds? up)\b",
    re.IGNORECASE,
)

THIS_DOES = re.compile(
    r"(?i)(?:this|the) (?:pr|pull request|commit|patch|change|mr|diff) (?:(?:now|also|instead|therefore|simply) )?"
    r"(?!is\b|was\b|has\b|does\b|depends\b|needs\b|requires\b|contains\b|includes\b|follows\b|supersedes\b"
    r"|replaces #|closes\b|aims\b"
    r"|(?:clean|mov|refactor|renam|re(?:work|structur|organi[sz])|simplifi|unifi)(?:e?s)\b)[a-z]{2,}(?<!s)s\b"
)
"""How authors begin the sentence that says what they did, after the state before: `This patch draws each map once`."""

_BEFORE = re.compile(
    rf"\b(?:previously|currently|before (?:this|the)|{USED_TO}|formerly|until now|prior to)\b|^at the moment\b",
    re.IGNORECASE,
)

UNFINISHED = re.compile(
    r"\b(?:TBD|TODO|FIXME|pending|follow.?ups?|to be (?:done|decided|determined)|will be (?:done|added) later)\b",
    re.IGNORECASE,
)


_BECAUSE = re.compile(r"(?i)\b(?:because|since|due to|as a result)\b")


def gives_reason(text: str) -> bool:
    """Return whether a sentence that says what a change does gives its reason too: `… because the map was lost`.

    `Skip a pier that is drawn, so that it is drawn once` says how: behind “Why:” it reads as an order.
    """
    return bool(_BECAUSE.search(text) or AIM.search(text))


def is_figure(text: str) -> bool:
    """Return whether a text reports a measured gain or loss that its author believes."""
    return bool(_NUMBER_WITH_UNIT.search(text) and _GAIN_WORD.search(text) and not _DISTRUST.search(text))


_DISTRUST = re.compile(
    r"(?i)\b(?:(?:don['’]t|do not|not|wouldn['’]t) (?:really )?trust|within (?:the )?(?:noise|margin)"
    r"|(?:just|only|mostly) noise|variance (?:in|of|between)|margin of error|not (?:statistically )?significant"
    r"|inconclusive)\b"
)
"""A figure that says nothing by its author's own words: `saw about 0.3% improvement, but don't really trust it`."""


_DOUBT = re.compile(
    r"(?i)\b(?:test(?:ed|s)?|untested|corner|edge cases?|anticipates?|break(?:s|ing)?|regress\w*|risk\w*|hack\w*"
    r"|unsure|not sure"
    r"|might|may not|fails?|failures?|fragile|caveats?|drawbacks?|downsides?|trade-?offs?|limitations?|unclear"
    r"|unknown(?= (?:to (?:me|us)|whether|how|why|if|what)\b)"
    r"|slow\w*|workaround|blocked|problems?|issues?|not (?:yet )?(?:supported|implemented|handled|complete)|not ideal"
    r"|only covers"
    r"|does(?: not|n['’]t) (?:yet )?(?:support|handle|cover|work)|incomplete|overhead|leaks?|unfortunately)\b"
)


def names_doubt(text: str) -> bool:
    """Return whether a sentence says what may go wrong, and not only what its author thinks."""
    shown = _CITED.sub(" ", text)
    return bool(_DOUBT.search(_BECAUSE_CLAUSE.sub("", shown))) and not _RESOLVED.search(shown)


_BECAUSE_CLAUSE = re.compile(r"(?i)\b(?:because|since)\b.*")
"""The reason for how something is: `The name is optional, because old maps may not have one` doubts nothing."""
_RESOLVED = re.compile(
    r"(?i)\b(?:acceptable|negligible|harmless|low[- ]risk|intentional(?:ly)?|see \w+ below"
    r"|(?:is|are|was|were) (?:documented|covered|handled|addressed|resolved)"
    r"|(?:no|without) (?:known )?(?:risk|regression|drawback|downside|limitation)s?)\b"
)
"""Words of what is settled: `The trade-off looks acceptable.`"""


_CITED = re.compile(r"\"[^\"\n]{1,120}\"|“[^”\n]{1,120}”|`[^`\n]{1,120}`")
"""What a sentence cites, such as an error or code: `The mount failed with "option not supported"` doubts nothing."""

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


def list_roles(text: str, context: SentenceContext) -> Iterator[SentenceRole]:
    """Yield what a sentence says, by its words and its section; nothing where neither says it."""
    does_something = tells_change(text)
    match = _BEFORE.search(text)
    # `Drop the rest before the map is drawn` is an order, `Add a guard against what was previously lost` a fix.
    before = match is not None and not does_something
    if (_EFFECT.search(text) or THIS_DOES.match(text) or context.section == "user_facing") and not before:
        yield "effect"
    is_fault = names_fault(text) and not (does_something or is_handled(text) or tells_result(text))
    if is_fault or before:
        yield "fault"
    gives_cause = bool(_REASON.search(text) if does_something or _DID.match(text) else CAUSE.search(text))
    if context.section == "why" or gives_cause or AIM.search(text):
        yield "why"
    is_instruction = _INSTRUCTION.search(text) and not _WAS_DONE.search(text)
    if is_instruction or (context.section == "migration" and not _TELLS_STATE.search(text)):
        yield "action"
    if is_figure(text) and not UNFINISHED.search(text):
        yield "figure"
    if (_SECURITY.search(text) or context.section == "security") and not _IMPERATIVE.match(text):
        yield "security"
    if VOICE.search(text):
        yield "voice"
    if _RISK.search(text):
        yield "risk"
