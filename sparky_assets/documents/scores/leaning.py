"""Whether a sentence leans on the text before it, which is not printed beside a quotation. Pure.

Readers see one sentence of a message: `This logic is wrong for maps that are not drawn yet` is lost on them, because
the logic is what the paragraph before it explains.
"""

import re

from sparky_assets.documents.similarity import find_content_stems

MAX_SCANNED_LENGTH = 1_000
"""Characters of a sentence in which words that point back, and names of code, are looked for."""

_CARRIES_ON = re.compile(
    r"(?!but on `?(?:main|master|trunk)\b)"
    r"(?:so|thus|hence|therefore|and|or|but|however|meanwhile|likewise|similarly|otherwise|additionally|furthermore"
    r"|moreover|consequently|conversely|alternatively|finally|lastly|secondly|thirdly|nevertheless|nonetheless|indeed"
    r"|besides|now (?:up )?(?:until|if|when|since)\b|still,"
    r"|yet,|next,|second,|third,|also,|even so|that said|in other words|in addition(?! to)|in contrast"
    r"|by contrast|on the other hand|in turn|in fact|in practice|in particular|as such|for the same reason|at first"
    r"|that way|this way|for (?:this|that) reason|because of (?:this|that)|as a (?:result|consequence)"
    r"|in (?:this|that|these|those|both"
    r"|such|either) cases?|to (?:do|fix|solve|address|achieve|avoid|prevent|handle|work around|resolve|remedy|mitigate)"
    r" (?:so|this|that|it|these)|(?:given|after|before|with|without) (?:that|these|those)"
    r"|for (?:most|many|all|the) other|reason being)\b(?!-)",
    re.IGNORECASE,
)
"""Beginnings that carry on the sentence before, which is not printed. `But on main, …` says what was before."""

_DEMONSTRATIVE = re.compile(
    r"\b(?:(?P<one>this)|(?P<many>these|those)|(?:in|on|of|for|with|from|to|by|at|than) that) "
    r"(?P<words>(?:[a-z][a-z-]+ ){0,2}?(?P<noun>[a-z][a-z-]+))\b(?![`'’.(/]\w)",
    re.IGNORECASE,
)
_OWN_NOUNS = frozenset(
    {
        "approach", "branch", "change", "changes", "commit", "commits", "crate", "diff", "feature", "file", "fix",
        "fixes", "improvement", "library", "mr", "module", "moment", "option", "package", "patch", "patches", "plugin",
        "pr", "project", "pull", "refactor", "refactoring", "release", "repo", "repository", "request", "section",
        "series", "time", "update", "version", "week", "work", "year",
    }
)  # fmt: skip
"""What a message calls its change or project, which its title names: `After this change`, `in this repository`."""
_FAULTS = frozenset(
    {"bug", "crash", "error", "failure", "hang", "issue", "leak", "panic", "problem", "race", "regression"}
)
"""What a message of a fix calls what its title mends."""
_MENDS = re.compile(
    r"(?i)\b(?:fix\w*|avoid|prevent|correct|repair|resolve|handle|do not|don['’]t|race|crash|panic|leak)\b"
)
_NO_NOUN = re.compile(
    r"(?:who|that|which|of|with|in|on|for|from|to|at|by|as|and|or|the|a|an|is|was|are|were|will|would|can|could|may|might"
    r"|must|should|do|does|did|has|have|had|be|been|not|also|only|still|now|then|just|never|always|already|often|both|all"
    r"|we|it|you|they|i|if|when|where|while|because|since|so|but|than|there|meant|made|led|broke|got|came|went|took|gave|put|let|kept|ran|hit|\w+ly|\w+ed|\w*[^sui]s)\Z",
    re.IGNORECASE,
)
"""Words behind `this` that are no noun: `this is`, `this allows`, `those who`. `this class` and `this bus` are."""

_BACK_REFERENCE = re.compile(
    r"(?i)\b(?:the (?:latter|former|above|aforementioned|said)\b|(?:as )?(?:mentioned|described|explained|noted|shown"
    r"|discussed|listed|said) (?:above|before|earlier|previously|below)|(?:see|from) (?:above|below)"
    r"|(?:the )?(?:previous|prior|preceding|next|last|parent) (?:commit|patch|pr|change|paragraph|point|step)s?\b"
    r"|(?:fix|problem|issue|case|solution|idea|question|bug|goal|trick|approach|choice|option|point|culprit) here\b"
    r"|the same (?:problem|issue|thing|applies|reason|fix|is true|way|logic|approach)\b"
    r"|such (?:an? )?(?:case|situation|scenario|setup|config|value|problem|issue|error|bug|change)s?\b)"
)

_BARE_CONDITION = re.compile(
    r"(?:When|If|Once|Where|Unless) (?:(?:not|so|un)?\w+ed|set|given|on|off|so|not), (?:it|they|this)\b"
    r"|(?:When|If|Once|Until|Unless|Because|Since|While|Although)"
    r"(?: (?!(?!(?:is|was|has|this|its|does|as|us)\b)\w+s\b)[\w`'’-]+){1,8}, (?:they|these)\b"
)
"""No noun for a pronoun behind a condition: `When set, it draws the map`, `Until support is added, they`."""


def carries_on(text: str) -> bool:
    """Return whether a sentence begins by carrying on the one before it: `So the map …`."""
    return bool(_CARRIES_ON.match(text))


def leans_on_text(text: str, title: str) -> bool:
    """Return whether a sentence names something that only the text before it explains: `this logic`, `the latter`.

    Args:
        text: the sentence.
        title: the title of its change, which is printed beside it: what it names is explained.
    """
    if _BACK_REFERENCE.search(text) or _BARE_CONDITION.match(text):
        return True
    return any(_is_unexplained(match, text, title) for match in _DEMONSTRATIVE.finditer(text[:MAX_SCANNED_LENGTH]))


def _is_unexplained(match: re.Match[str], text: str, title: str) -> bool:
    words = match["words"].split()
    if any(word.casefold() in _OWN_NOUNS for word in words):
        return False
    # `Without this helper` is about what the title adds.
    if text[: match.start()].casefold().endswith("without "):
        return False
    if any(word.casefold() in _FAULTS for word in words) and _MENDS.search(title):
        return False
    # Behind `these` and `those` a plural is a noun.
    first = words[0][:-1] if match["many"] and words[0].endswith("s") else words[0]
    if _NO_NOUN.match(first):
        return False
    named = find_content_stems(" ".join(words))
    return named.isdisjoint(find_content_stems(f"{title}. {text[: match.start()]}"))
