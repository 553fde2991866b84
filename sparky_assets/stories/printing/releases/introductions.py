"""What release notes say in prose before their lists: the sentences about the release as a whole. Pure."""

import re

from sparky_assets.documents.consequences.actions import URGES_UPGRADE
from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import DocumentSentence, ParsedDocument, SectionKind
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.quotes import rank_sentences
from sparky_assets.documents.scores.points import has_verb

MIN_NOTES_SCORE = 1
MIN_LISTED_ITEMS = 2
"""Items of notes from which one of them does not say what the notes say."""
WARNING = re.compile(
    rf"(?i)\b(?:not suitable|do not use|not recommended)\b|{URGES_UPGRADE.pattern.removeprefix('(?i)')}"
)
_ANNOUNCEMENT = re.compile(
    r"\b(?:pleased|happy|excited|proud|thrilled|glad) to (?:announce|share|present|release)\b"
    r"|\b(?:read|see|check|consult|refer to)\b.{0,80}\b(?:above|below)\b"
    r"|^the (?:list|table|commits?|changes|sections?|notes) (?:above|below)\b"
    r"|\bpin(?:ning)? (?:to )?(?:the|an?) (?:exact|specific) version\b|\bsemver\b"
    r"|^(?:\S+ )?v?\d+(?:\.\d+)+ (?:was|has been|is) (?:released|out|available)\b"
    r"|\b(?:we|i) hope\b|\bhope (?:you|this)\b"
    r"|\bcould(?:n['’]t| not) (?:be|have been)\b.{0,40}\bwithout\b"
    r"|\bplease (?!note\b|be aware\b|upgrade\b|update\b)|\b(?:sponsor|donat|contributing)\w*|\bthank"
    r"|\bif you(?:['’]ve| have)? (?:filed|like|love|enjoy|find|run into|encounter|any (?:issues|questions))\b"
    r"|\b(?:\d[\d,.]*|dozens of|hundreds of|thousands of)\+?\W{0,3} (?:\W{0,2}[\w-]{1,20}\W{0,2} ){0,2}"
    r"(?:pull requests|PRs|commits|contributors|contributions|patches|people|authors)\b"
    r"|\b(?:includes?|contains?|brings?|has|(?:comes?|ships?) with) "
    r"(?:a number of|a lot of|many|several|various|some|numerous|significant|major|exciting|important) (?:\w+ ){0,3}"
    r"(?:improvements|changes|fixes|bugfixes|enhancements|updates|features)\b(?! (?:to|for|in) )",
    re.I,
)
"""What notes say without saying what is in them."""
_TO_SOME = re.compile(r"(?i)(?:if|in case|for those of) you\b|for (?:users|people|anyone) (?:who|of)\b")
"""A sentence for some readers, which says nothing about the release: `If you were running the release candidate, …`."""
_ABOUT_RELEASE = re.compile(
    r"(?i)\bthis (?:(?:major|minor|new) )?(?:release|version) (?:also )?(?:starts?|stops?|brings?|adds?|introduces?"
    r"|includes?|drops?|removes?|changes?|makes?|replaces?|supports?|moves?|switches|rewrites|focuses)\b"
)
"""What a release does by its notes, which needs no other sign that it matters."""
_PURPOSE = re.compile(
    r"(?i)\bthis (?:(?:release|version) )?is an? (?:\W{0,3}[\w-]{2,20}\W{0,3} ){1,3}(?:release|version)\W{0,3} "
    r"(?:to|that|which) (?:address|fix|resolve|close|patch|correct)"
)
"""What a release is for: `This is a security release to address a denial of service`."""
BOX_SECTIONS: frozenset[SectionKind] = frozenset({"deprecated", "removed", "breaking", "migration"})


def list_introducing(document: ParsedDocument) -> list[DocumentSentence]:
    """Return the sentences in front of the lists of notes that say something about the release, the best first."""
    listed_items = list_note_items(document)
    # Beside a list, prose below it explains one of its items: `The option is wired to the engine`.
    last = listed_items[0].sentences[0] if len(listed_items) >= MIN_LISTED_ITEMS else len(document.sentences)
    boxed = {item.statement.start for item in find_consequences(document) if item.statement}
    return [
        sentence
        for sentence in rank_sentences(document)
        if not sentence.is_list_item
        and sentence.number < last
        and sentence.score >= MIN_NOTES_SCORE - _weigh_statement(sentence.text)
        and sentence.start not in boxed
        and not _ANNOUNCEMENT.search(sentence.text)
        and not _TO_SOME.match(sentence.text)
        # `Feature release (minor)` is a label.
        and has_verb(sentence.text)
        # What is deprecated is a row of the box; one sentence of its reasons says nothing about the release.
        and document.sections[sentence.section].kind not in BOX_SECTIONS
    ]


def _weigh_statement(text: str) -> int:
    """Return how much a sentence is worth beyond its score, as it says what the whole release does, or is for."""
    return bool(_ABOUT_RELEASE.search(text)) + 2 * bool(_PURPOSE.search(text))


def find_only_line(document: ParsedDocument) -> DocumentSentence | None:
    """Return the sentence of notes that are one line, as the message of a tag is: `First stable release!`."""
    is_one = len(document.sentences) == 1 and "\n" not in document.source.text.strip()
    only = document.sentences[0] if is_one else None
    return only if only and only.is_quotable and not only.is_list_item else None
