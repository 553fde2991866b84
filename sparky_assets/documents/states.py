"""Which state a sentence tells: the one before a change, the one after it, or what the change does. Pure.

A failure word alone does not say it: `The pier has no name, so the map now skips it` names none that is left.
"""

import re

USED_TO = r"(?<!be )(?<!is )(?<!are )(?<!get )(?<!was )(?<!were )(?<!been )(?<!being )used to"
"""Not `It can be used to obtain all maps`."""

_FAILURE = re.compile(
    r"\b(?:crash\w{0,4}|corrupt\w{0,4}|can(?:no|')t|cannot|could ?n(?:o|')t|could not|silent(?:ly)?"
    r"|wrong(?:ly)?|ignor(?:ed|es|ing)"
    r"|fail(?:s|ed|ing|ure|ures)?|panic\w{0,6}|leak(?:s|ed|ing)?|broken|breaks?|broke|hang(?:s|ing)?"
    r"|hung|incorrect(?:ly)?|invalid"
    r"|error(?:s|ed)?|bugs?|unexpected(?:ly)?|missing|mistak\w{0,6}|race condition|dead ?lock\w{0,3}"
    r"|overflow\w{0,3}|abort(?:s|ed)?"
    r"|regression|inaccurate|misleading|inconsistent|lost|loses|stuck|out of (?:memory|bounds|sync)"
    r"|outdated|no longer valid"
    r"|problem(?:s|atic)?|issues? (?:where|when|with|that|in)|segfault\w{0,3}|was ?n(?:o|')t"
    r"|were ?n(?:o|')t|is ?n['o’]?t|are not|is not"
    r"|does ?n['o’]?t|do ?n['o’]?t|did ?n['o’]?t|does not|did not|never|(?:was|were) still"
    r"|(?:rais|throw)(?:es|s|ed|ing)|threw|stall(?:s|ed)"
    r"|clobber\w{0,3}|\w+(?:Error|Exception))\b"
    r"(?!(?:[- ](?:detect(?:ion|or)|handl(?:ing|er)|recovery|report(?:s|ing)?|track(?:ing|er)|correction))\b)",
    re.IGNORECASE,
)
"""Words of a failure. `Deadlock detection needs one key` names what watches for it."""


_PAST_STATE = re.compile(
    rf"(?<!if )\b(?:previously|currently|before (?:this|the (?:change|fix|patch|commit|update|refactor\w*|rewrite))"
    rf"|{USED_TO}|formerly|until now|prior to|at the moment|today"
    r"|(?:was|were|had|did)(?:n['’]t)?|could(?: ?n['’]?t| not)"
    r"|would(?: ?n['’]?t| not)? (?:be|have|fail|crash|hang|panic)"
    r"|(?<!is )(?<!are )(?<!be )(?<!being )\b\w{2,}(?<!e)ed"
    r"(?= (?:to|when|if|because|on|out|with|for|in|the|an?|all|any|each|every|it|them)\b)"
    r"|kept|broke|lost|got|went|came|meant|made|took"
    r"|threw|ran|led|still|no way|already(?! \w{2,}(?<!s)s\b))\b",
    re.IGNORECASE,
)


_CURRENT_WORK = re.compile(r"(?i)(?:i|we)\b.{0,60}? (?:am|are) currently\b|currently,? (?:i|we) (?:am|are)\b")
"""What people do at the moment, which is no state before a change: `We are currently doing a lot of work in QEMU`."""


_AVERTED = re.compile(
    r"(?i)\b(?:instead of|rather than|avoid(?:s|ed|ing)?|prevent(?:s|ed|ing)?|without|no longer|to not|not to"
    r"|(?:as|so) long as no|if no|unless an?)"
    r"\s+(?:\w{1,12}\s+)?\Z"
)


_SHOULD = re.compile(
    r"\bshould\b(?!.{0,160}\b(?:but|however|instead|yet|though|although|while|whereas)\b)", re.IGNORECASE
)
"""What is wanted is no fault, unless the sentence goes on with what happens: `It should be drawn, but is lost`."""


def names_fault(text: str) -> bool:
    """Return whether a sentence names a failure that happens: `It ends instead of panicking` names none."""
    shown = hide_names(text)
    if _SHOULD.search(shown) and not _PAST_STATE.search(shown):
        return False
    return any(
        not _AVERTED.search(shown[max(0, match.start() - 30) : match.start()]) for match in _FAILURE.finditer(shown)
    )


_NAME = re.compile(r"`(?![^`]*(?:Error|Exception|panic))[^`]*`")


def hide_names(text: str) -> str:
    """Return a text without code: `break` there is a word of a language. Names of errors stay."""
    return _NAME.sub("`x`", text)


def tells_past_state(text: str) -> bool:
    """Return whether a sentence says by its own words that it speaks of the state before a change.

    `If no default is set, the host is ignored` may be either state: it is not printed behind “Before:”.
    """
    return bool(_PAST_STATE.search(text)) and not _CURRENT_WORK.match(text) and not tells_change(text)


_TELLS_CHANGE = re.compile(
    r"(?:approach|solution|(?:the |this )?fix(?:es|ed)?|remove[sd]?|add(?:s|ed)?|replace[sd]?|implement(?:s|ed)?)\b"
    r"|(?:do not|don['’]t|never|(?:avoid|ensure|handle|ignore|prevent|reject|return|skip|stop)s?|makes? sure"
    r"|(?:bail|clarify|describe|detect|document|explain|keep|let|make|mention|pin|put|say|treat|turn)"
    r"(?= (?!fails\b)\S))\b|this (?:intention|deliberate)(?:al)?ly\b"
    r"|(?:an? )?(?:tiny|small|simple|quick|minor|(?:one|1|single)[- ]line) (?:fix|change)\b"
    r"|(?:none|nothing) (?:of|in) (?:the|these|this)\b"
    r"|follow[- ]?up (?:to|of|on|for)\b|see (?:also )?(?:#|https?:)"
    r"|(?:this|it) (?:also )?makes? .{1,60}\b"
    r"(?:more|easier|possible|visible|clear(?:er)?|explicit|simpler|safer|faster|sure)\b"
    r"|(?:this|it) (?:is|would be|can be|may be) (?:\w+ )?"
    r"(?:useful|helpful|handy|needed|required) (?:for|to|when|if|by)\b"
    r"|(?:added|adjusted|allowed|avoided|changed|converted|corrected|disabled|enabled|ensured|extended|handled"
    r"|implemented|improved|introduced|made|moved|optimi[sz]ed|prevented|refactored|renamed|restored|reverted|reworked"
    r"|simplified|skipped|switched|updated|wrapped) (?!by\b|from\b|in\b)\S"
    r"|this (?:is|was) done (?:to|so|in order)\b"
    r"|(?:i|we)['’]ve (?:re-?)?[a-z]{2,}ed\b|this (?:pr|pull request|commit|patch|change) is an? (?:\w+ )?fix\b",
    re.I,
)
"""How a sentence begins that says what was done about a failure: `Fixed an issue where …`, `I've moved the check …`."""

_THIS_DOES = re.compile(
    r"this (?:(?:pr|pull request|commit|patch|change|mr|fix) )?(?!is\b|was\b|has\b|does\b|always|sometimes"
    r"|happens|occurs|causes|leads|breaks|fails|crashes|results|means|works|seems|looks|leaves|loses|makes|creates|produces|yields|raises|throws"
    r"|shows|affects|returns|goes|comes|gets|hangs|panics|prevents)[a-z]{2,}(?<!s)s\b",
    re.I,
)
"""A sentence that says what the change does: `This skips potentially expensive matching`, and not what was wrong:
`This causes a crash`."""


_THIRD_PERSON = re.compile(
    r"(?!(?i:across|always|as|besides|does|has|is|less|nevertheless|otherwise|perhaps|plus|sometimes|this|thus|towards"
    r"|unless|was|whereas)\b)[A-Z][a-z]{2,}(?<!s)s (?:(?:the|all|an?|any|both|each|every|its|our)\b|`)"
    r"|(?:Accept|Adopt|Allow|Appli|Attach|Capture|Clarifi|Compute|Convert|Decode|Deduplicate|Defer|Delegate|Delete|Deni"
    r"|Derive|Determine|Disable|Discard|Emit|Enable|Encode|Ensure|Escape|Exclude|Expose|Extend|Extract|Fetche|Generate"
    r"|Harden|Hide|Identifi|Include|Infer|Initialize|Inject|Insert|Introduce|Isolate|Keep|Let|Maintain|Make|Minimize"
    r"|Modifi|Normalize|Notifi|Override|Persist|Populate|Prefer|Prepare|Preserve|Propagate|Protect|Provide|Raise|Reduce"
    r"|Refactor|Reload|Remove|Rename|Render|Require|Resolve|Restore|Restrict|Retain|Reuse|Rewrite|Sanitize|Serialize"
    r"|Simplifi|Skip|Stop|Strip|Tighten|Translate|Treat|Truncate|Unifi|Unlock|Validate|Verifi|Improve|Enhance|Optimi[sz]e"
    r"|Correct|Enforce|Guarantee|Upgrade|Expand|Deprecate|Migrate|Relax|Refine|Streamline|Modernize)e?s (?=\S)"
    r"(?!(?:fail|crash|panic|hang)\w*\b)"
)
"""How a sentence begins whose subject is the change: `Marks the names as fixed, so that they cannot be lost`,
`Restores lazy names`."""


_IMPERATIVE = re.compile(
    r"(?:Accept|Allow|Apply|Capture|Change|Check|Clamp|Clear|Close|Compare|Compute|Convert|Copy|Count|Default|Defer|Delete|Derive"
    r"|Disable|Drop|Emit|Enable|Extend|Flush|Gate|Guard|Hide|Hold|Include|Limit|Lock|Log|Move|Normalize|Parse|Pass|Raise"
    r"|Read|Release|Rename|Render|Report|Require|Reset|Restore|Restrict|Reuse|Rewrite|Scope|Set|Show|Split|Store|Switch|Sync"
    r"|Track|Trim|Update|Use|Validate|Verify|Wait|Wrap|Write|Adopt|Attach|Build|Cache|Call|Carry|Catch|Collect|Combine"
    r"|Decode|Deduplicate|Delegate|Deny|Determine|Discard|Encode|Escape|Exclude|Expose|Extract|Fetch|Fill|Filter|Follow"
    r"|Force|Forward|Generate|Give|Harden|Honor|Identify|Infer|Initialize|Inject|Insert|Introduce|Isolate|Join|Load|Maintain"
    r"|Map|Mark|Match|Merge|Minimize|Modify|Notify|Open|Override|Persist|Populate|Prefer|Prepare|Preserve|Process"
    r"|Propagate|Protect|Provide|Reduce|Reload|Resolve|Retain|Retry|Route|Run|Sanitize|Save|Scan|Select|Send|Serialize"
    r"|Share|Sort|Start|Stop|Strip|Swap|Tighten|Transform|Translate|Trigger|Truncate|Unify|Unlock|Unset|Upgrade) "
    r"(?:(?:to|for) )?"
    r"(?:the|an?|all|any|its|each|every|only|both|these|those|`[^`]{1,60}`"
    r"|[a-z][a-z-]+ [a-z]{3,}s"
    r"(?= (?:as|in|into|from|to|with|by|when|if|so|before|after|on|instead)\b))(?= (?!fails\b|crashes\b)\S)"
)
"""How a message tells what to do about a failure: `Validate the list, and reject values that cannot be read`."""


_AREA = re.compile(r"(?!https?:)[\w./-]{2,30}: (?=[a-z])")
"""The part of a program in front of what was done to it: `android: raise a clear error instead of …`."""


def tells_change(text: str) -> bool:
    """Return whether a sentence says what the change does."""
    patterns = (_TELLS_CHANGE, _THIS_DOES, _THIRD_PERSON, _IMPERATIVE)
    if area := _AREA.match(text):
        text = text[area.end()].upper() + text[area.end() + 1 :]
    return any(pattern.match(text) for pattern in patterns)


_HANDLED = re.compile(
    r"(?:when(?:ever)?|if|once|after)\b[^,]{3,160}?,? (?P<main>we (?!could|did|had|used|were|would)\w+ .*)", re.I
)


def is_handled(text: str) -> bool:
    """Return whether a sentence says what the program does about a failure, which is no fault of its own.

    `When a visitor panics, we indicate as such and quit everything` is the state after the change.
    """
    match = _HANDLED.match(text)
    return match is not None and not _FAILURE.search(match["main"])


_NOW = re.compile(
    r"(?i)\b(?:now (?!since|that|because|when|we|and|or|but|as|have to|need)\w"
    r"|(?:is|are|can|will|does|do|has|have|must) now\b"
    r"|we(?:['’]ll| will| now) (?!crash|end|fail|get|have|hit|lose|run|see|trigger)\w)"
)
_NO_EFFECT = re.compile(
    r"(?i)\b(?:as before|left (?:alone|as (?:is|it is|they are))|not affected"
    r"|(?:are|is) still (?:accepted|allowed|available|checked|possible|rejected|supported|valid)"
    r"|(?:is|are) planned to change"
    r"|(?:are|is|remains?|stays?) (?:unaffected|unchanged|untouched)|remains? (?:the|an?|in place|available|possible) "
    r"|not (?:\w+ )?\w+ either|continues? to (?:work|be))\b"
)
"""What a change does not change is no fault: `A pier without a name is left alone`."""

_FROM_NOW_ON = re.compile(
    r"(?i)(?:users|callers|those|anyone|people|projects|applications|code) (?:who|that|which|relying|using|depending)\b"
    r"[^.]{3,120}\bwill\b|[^.]{3,160}\bso [^.,]{1,60}\bwill (?:see|need|stop|have to|no longer|not)\b"
    r"|[^.]{0,80}\btests? (?:now )?(?:assert|check|cover|verif)\w*\b|Test[A-Z_]\w+:"
    r"|(?:after|with) (?:the|this) (?:fix|change|patch|commit|pr)\b(?!.{0,80}\bstill\b)"
    r"|(?:when|if) (?:supplied|given|set|enabled|provided|passed|specified|omitted|true|false), "
)
"""What readers will meet, and what tests check, is so after the change: `Callers who set it will see it ignored`."""

_LIKE_OTHERS = re.compile(r"(?i), (?:matching|mirroring|mimicking|consistent with|in line with) [^,;]{2,80}$")
"""How a sentence ends that says after which example something now works: `It throws an error, matching the old map.`"""


def tells_result(text: str) -> bool:
    """Return whether a sentence says what is so after a change: `It has no name, so the map now skips it`."""
    if _NO_EFFECT.search(text) or _FROM_NOW_ON.match(text) or _LIKE_OTHERS.search(text):
        return True
    match = _NOW.search(text)
    if match is None or text.count("(", 0, match.start()) != text.count(")", 0, match.start()):
        return False
    return not tells_past_state(text[: match.start()])
