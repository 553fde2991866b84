"""What the title of a change and the labels of its pull request state. Pure."""

import re
from collections.abc import Collection, Iterator

from sparky_assets.documents.consequences.changed_names import RENAMED_LABEL, names_rename
from sparky_assets.documents.consequences.sentences import DOCUMENT_TITLE
from sparky_assets.documents.models import Consequence, ConsequenceKind
from sparky_assets.text.references import find_advisories
from sparky_assets.text.upgrades import NOT_MISSED, find_major_version, names_security

SECURITY_TITLE_REASON = "title says security"

_KIND_BY_LABEL: tuple[tuple[re.Pattern[str], ConsequenceKind], ...] = (
    (re.compile(r"(?i)\bbreaking|\bsemver[-:. ]?major|\bbc[- ]?break"), "breaking"),
    (re.compile(r"(?i)\bsecurity\b|\bvulnerabilit"), "security"),
    (re.compile(r"(?i)\bdeprecat"), "deprecated"),
)

_TITLE_AREA = r"(?:[\w./*+-]{2,30}(?:, ?[\w./*+-]{2,30}){0,2}: )?"
"""The area that a title may name first: `images: Deprecate the old setting`."""

_NO_LONGER_TITLE = re.compile(
    r"(?i)(?<!\bthat is )(?<!\bthat are )(?<!\bwhich are )(?<!\bwhich is )\bno longer\b"
    r"(?! (?:need(?:ed|s)?|used|valid|maintained|being|available since|necessary"
    r"|requires?d?|relevant|exists?|an?|tests?|tested|lints?|checks? in)\b)|^"
    + _TITLE_AREA
    + r"(?:remove|delete|drop)[sd]?\b"
    rf"(?! (?:\S{{1,40}} ){{0,2}}(?:uses?|usages?|{NOT_MISSED}|`?pub`?|impl\w*)\b)"
    r"(?! (?:\S{1,40} ){0,2}(?:mentions?|references?|docs?|workarounds?)\b)"
    r"(?!.{0,100}\b(?:e2e|unit|integration) tests?\b)"
    r"(?:(?!\bfrom ).){0,60}\b(?:deprecated|support|api"
    r"|(?-i:flags?|options?|commands?|settings?))\b(?![<:]| internals?\b)"
)

_REMOVED_FLAG = re.compile(
    rf"(?i){_TITLE_AREA}(?:remove|delete|drop)[sd]? (?:the |support for )?[`'\"]?--?(?!(?-i:W))[a-z][\w:-]+[`'\"]?"
    r"(?=\W*\Z| (?:flags?|options?|switch|and|as|since|because|in favou?r)\b|, )"
)
"""A title that takes a flag of the command line away: `Remove -vet-extra`; nothing behind it says from where."""

_REMOVED_FROM_LANGUAGE = re.compile(
    rf"(?i){_TITLE_AREA}(?:remove|delete|drop)[sd]? (?:the )?(?!(?:\S{{1,40}} ){{0,3}}(?:{NOT_MISSED}|impl\w*|details"
    r"|references?|mentions?|internals?|checks?|hacks?|workarounds?)\b)"
    r"\S.{1,60} from (?:the )?(?:compiler|language|public (?:api|interface)|standard library|stdlib|prelude)\W*\Z"
)
"""A title that takes something away where all that is there is for users: `Remove relative types from the compiler`."""

_ERROR_TITLE = re.compile(
    rf"(?i){_TITLE_AREA}(?:make|turn)s? (?!sure\b|it\b|that\b|this\b)"
    r"(?:(?!\b(?:not|return|throw|raise|report|give|show|print|be|have|when|if|where)\b).){2,80}? "
    r"(?:an|into an) (?:compil(?:er|ation|e-time) |hard |syntax |type )?errors?(?=\W*\Z| (?:in|with|instead)\b)"
)
"""A title that says that what was let pass is an error now: `Make trailing commas an error with -vet-style`."""

_OF_DOCUMENTS = re.compile(
    r"(?i)\b(?:from|in|of) (?:the )?(?:\w+ )?(?:docs?|documentation|readme|examples?|samples?|fixtures?|tests?)\W*\Z"
)
"""The end of a title about what documents say: `Remove the option that never was from docs`."""

_REMOVED_LABEL = re.compile(rf"(?i)(?:removed|dropped): (?!.*\b(?:{NOT_MISSED}|comments?|tests?)\b)")
"""A title that says first that something was removed: `Removed: the old map`."""

_DEPRECATING_TITLE = re.compile(
    rf"(?i){_TITLE_AREA}(?:[\w `().-]{{3,60}} and )?deprecat(?:e[sd]?|ing)\b(?! warnings?\b|\.\w)"
    r"(?! (?:\w+ ){1,3}removals?\b)(?!.{0,80}\b(?:docs|documentation|website|readme)\W*\Z)"
)
"""A title that deprecates something for users: `Deprecate the old docs` and `Deprecated method removal` do not."""
_DEPRECATED_REMOVAL = re.compile(rf"(?i){_TITLE_AREA}(?:deprecated (?:\w+ ){{1,3}}removals?|removals? of deprecated)\b")
_REMOVING = (_REMOVED_LABEL, _DEPRECATED_REMOVAL, _REMOVED_FLAG, _REMOVED_FROM_LANGUAGE)


def find_marks(title: str, labels: Collection[str], *, is_marked_breaking: bool) -> Iterator[Consequence]:
    """Yield what the title and the labels of a change state; arguments as `find_consequences`."""
    if is_marked_breaking:
        yield Consequence(kind="breaking", reason="! in the title")
    advisories = find_advisories(title)
    for advisory in advisories:
        yield Consequence(kind="security", label=advisory, reason="names an advisory")
    if not advisories and names_security(title):
        yield Consequence(kind="security", reason=SECURITY_TITLE_REASON)
    is_document = bool(DOCUMENT_TITLE.match(title) or _OF_DOCUMENTS.search(title[:300]))
    if _NO_LONGER_TITLE.search(title[:300]) and not is_document:
        kind: ConsequenceKind = "breaking" if "no longer" in title.casefold() else "removed"
        yield Consequence(kind=kind, reason="title")
    elif not is_document and any(pattern.match(title[:300]) for pattern in _REMOVING):
        yield Consequence(kind="removed", reason="title")
    elif _ERROR_TITLE.match(title[:300]) and not is_document:
        yield Consequence(kind="now_error", reason="title")
    if _DEPRECATING_TITLE.match(title[:300]):
        yield Consequence(kind="deprecated", reason="title")
    elif names_rename(title[:300]):
        yield Consequence(kind="removed", label=RENAMED_LABEL, reason="title")
    if versions := find_major_version(title):
        yield Consequence(kind="major_version", reason="title", old=versions[0], new=versions[1])
    for label in list(labels)[:50]:
        kinds = (kind for pattern, kind in _KIND_BY_LABEL if pattern.search(label[:100]))
        if label_kind := next(kinds, None):
            yield Consequence(kind=label_kind, reason=f"label {label[:50]}")
