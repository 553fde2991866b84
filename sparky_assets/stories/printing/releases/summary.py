"""Sentences about a release: that it is out, what its notes say and warn of, and what it contains. Pure."""

import re
from collections.abc import Sequence

from resources.git.log import names_other_package
from sparky_assets.documents.consequences.actions import URGES_UPGRADE
from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import DocumentSentence, NoteItem, ParsedDocument
from sparky_assets.documents.note_kinds import is_adjustment, is_highlight, is_internal, is_patch_without_fix
from sparky_assets.documents.notes import find_noted_date, list_note_items
from sparky_assets.documents.quotes import rank_sentences
from sparky_assets.periods import WEEKDAY_NAMES
from sparky_assets.stories.models import ReleaseNote, SentencePart, StorySentence
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.printing.phrasing import (
    PhraseFragment,
    PhraseSlot,
    PhraseValue,
    build_fragment,
    build_plural,
    tell,
)
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.counts import count_note_items, list_weighty_counts
from sparky_assets.stories.printing.releases.headline import find_headline_item, find_named_item, shorten_introduction
from sparky_assets.stories.printing.releases.introductions import (
    MIN_LISTED_ITEMS,
    WARNING,
    find_only_line,
    list_introducing,
)
from sparky_assets.stories.printing.releases.item_details import is_named, tell_details
from sparky_assets.stories.printing.releases.item_quotes import quote_item
from sparky_assets.stories.printing.releases.shortening import shorten
from sparky_assets.stories.printing.releases.weights import stands_alone, starts_adding
from sparky_assets.stories.printing.sentences import (
    count,
    format_day,
    format_weekday,
    join_parts,
    name_release,
    quotation,
    quote_sentence,
    spell_number,
)
from sparky_assets.text.credits import find_own_words
from sparky_assets.text.versions import read_version

MAX_DAYS_BEFORE_COMMIT = 1
"""Days by which the date of notes may be before that of the tag or its commit: the authors' clock may be behind UTC."""
MAX_DAYS_BETWEEN_DATES = 10
"""Days between the tag and the date of its notes; with more, the date belongs to something else."""
MIN_DAYS_BETWEEN_RELEASES = 365
"""Days without a release after which the next one is called the first since: half a year is no news."""
MAX_LEDE_SENTENCES = 4
"""Sentences about a release in front of the box."""
FEATURE_TEMPLATE, COUNTS_TEMPLATE, COMMITS_TEMPLATE, ITEM_TEMPLATE = "R-ALSO", "R-LIST", "R-COMMITS", "R-ITEM"
"""Templates of what notes name as new, of how much they list, of how many commits a release has, and of an item of its
notes where no list follows."""
MAX_QUOTED_FEATURES = 2
MAX_FEATURE_WORDS = 45
MAX_LISTED_SECTIONS = 3
_FUTURE = re.compile(
    r"\b(?:will be (?:removed|deprecated|released|introduced|dropped)|we will|upcoming|"
    r"next (?:major |minor )?(?:release|version)|"
    r"is planned|are planned|planned for|in a future release)\b",
    re.IGNORECASE,
)
_FUTURE_ITEM = re.compile(
    r"(?!(?:if|when|each|any|for example|e\.g\.|note)\b)(?:.*\bwill be (?:\w+ )?(?:removed|deprecated|dropped"
    r"|discontinued|disabled|released|introduced|enabled|required|unsupported)\b|.*\b(?:we will|(?:is|are) planned"
    r"|in (?:a|the next|an upcoming) (?:future )?(?:major |minor )?(?:release|version))\b)",
    re.IGNORECASE | re.DOTALL,
)
"""An item says what was done: `Add support for the upcoming logger` says nothing about the project's own future, and
`If it is set, all values will be detected` how it works."""
MAX_URGING_LENGTH = 80
"""Characters at the beginning of an item in which it urges its readers to upgrade."""


def tell_release(
    release: ReleaseNote, chooser: QuotationChooser, timezone: str, *, room: int = MAX_LEDE_SENTENCES
) -> tuple[StorySentence, ...]:
    """Return the sentences about a release: that it is out, what its notes say and warn of, and its contents.

    Args:
        release: the release.
        chooser: what may be quoted.
        timezone: the timezone of days in print.
        room: how many of the sentences are printed. A feature that has no room is left to the list of the release.
    """
    document = chooser.get_document(release.source)
    noted_date = find_noted_date(document) if document else None
    days = (noted_date - release.published_at.date()).days if noted_date else -MAX_DAYS_BETWEEN_DATES
    # No release is older than its commit: open-prices wrote March 20 into its notes, and merged them on the 24th.
    if noted_date and -MAX_DAYS_BEFORE_COMMIT <= days <= MAX_DAYS_BETWEEN_DATES:
        release = release.model_copy(update={"noted_date": noted_date})
    sentences = [_tell_date(release, timezone)]
    if document:
        numbers = count_note_items(document, under_headings=True)
        counted = _count_sections(numbers, document)
        sentences += _quote_notes(document, chooser, counted)
        if not any(sentence.template == "R-NOTES" for sentence in sentences):
            sentences += tell_details(document, chooser)
        is_quoted = any(sentence.has_quotation for sentence in sentences)
        listed = tell(COUNTS_TEMPLATE, "releases.lists", counts=counted) if counted else None
        weighty = list_weighty_counts(document)
        # `Its notes list one improvement` is what the headline names.
        is_named = sum(number for number, _ in numbers) == 1 and bool(find_headline_item(document)[0])
        if is_named or any(sentence.phrase == "releases.lists_among" for sentence in sentences):
            listed = None
        # How much breaks comes before what is new; how much is new comes after what it is.
        if listed and (weighty or not is_quoted):
            sentences.append(listed)
        sentences += _quote_features(document, min(MAX_QUOTED_FEATURES, room - len(sentences)))
        if listed and listed not in sentences:
            sentences.append(listed)
    if contents := tell_commits(release):
        sentences.append(contents)
    return tuple(sentences)


def _tell_date(release: ReleaseNote, timezone: str) -> StorySentence:
    version = SentencePart(kind="version", text=release.version or release.tag, url=release.url, evidence=release.key)
    project = SentencePart(kind="datum", text=release.project, evidence=release.key)
    since = _tell_since(release, timezone)
    if not release.has_own_date and release.noted_date is None:
        template = "R-TAG-FIRST" if since else "R-OUT"
        return tell(template, "releases.out", project=project, version=version, since=since)
    if release.noted_date:
        weekday = WEEKDAY_NAMES[release.noted_date.weekday()]
        day = SentencePart(kind="date", text=f"{weekday}, {format_day(release.noted_date, timezone)}")
    else:
        weekday = format_weekday(release.published_at, timezone)
        day = SentencePart(kind="date", text=f"{weekday}, {format_day(release.published_at, timezone)}")
    template = "R-TAG-FIRST" if since else "R-TAG"
    return tell(template, "releases.dated", project=project, version=version, date=day, since=since)


def _tell_since(release: ReleaseNote, timezone: str) -> list[PhraseFragment]:
    """Return that it is the first release since another, if that was long ago."""
    if not release.last_tag or not release.last_at:
        return []
    if (release.published_at - release.last_at).days < MIN_DAYS_BETWEEN_RELEASES:
        return []
    version = SentencePart(kind="version", text=read_version(release.last_tag), evidence=release.key)
    day = format_day(release.last_at, timezone, with_year=True)
    return [build_fragment("releases.since", version=version, date=day)]


def _quote_notes(
    document: ParsedDocument, chooser: QuotationChooser, counted: Sequence[PhraseValue]
) -> list[StorySentence]:
    """Return what the notes say in prose, and what they warn of.

    Notes without prose are quoted by one item, which speaks for all of them only if they hold no other.

    Args:
        document: the notes.
        chooser: what may be quoted.
        counted: how many features and fixes they list.
    """
    listed_items = list_note_items(document)
    consequences = find_consequences(document)
    named, _ = find_headline_item(document)
    noted = next(
        (
            sentence
            for sentence in list_introducing(document)
            # What the headline says is not quoted below it.
            if not WARNING.search(sentence.text) and (not named or shorten_introduction(document, sentence) != named)
        ),
        None,
    )
    # An item that is no feature, beside features, says little about a release: `Fix a missing check`.
    lists_features = any(item.kind == "features" for item in listed_items)
    if noted is None and not lists_features and not consequences:
        named, _ = find_named_item(document, ())
        items = _list_own_items(document, chooser)
        noted = next((sentence for sentence in items if not named or shorten(document, sentence) != named), None)
    noted = noted or (find_only_line(document) if not named else None)
    in_box = [item.action for item in consequences if item.kind == "upgrade" and item.action]
    warnings = (sentence for sentence in document.sentences if sentence.is_quotable and _warns(document, sentence))
    warned = next((s for s in warnings if not any(action.start == s.start for action in in_box)), None)
    sentences: list[StorySentence] = []
    if noted and (quoted := quote_item(document, noted)):
        chooser.use(quoted)
        listed = listed_items if noted.is_list_item else []
        if len(listed) < MIN_LISTED_ITEMS:
            template = ITEM_TEMPLATE if noted.is_list_item else "R-NOTES"
            sentences.append(quote_sentence(template, "quotes.notes_say", quoted))
        elif counted and any(_is_counted_fix(item) and noted.number in item.sentences for item in listed):
            sentences.append(tell(ITEM_TEMPLATE, "releases.lists_among", counts=counted, quotation=quotation(quoted)))
        else:
            sentences.append(quote_sentence(ITEM_TEMPLATE, "quotes.notes_list", quoted))
    if warned and (quoted := quote_item(document, warned)):
        phrase = "quotes.they_warn" if sentences else "quotes.notes_warn"
        sentences.append(quote_sentence("R-WARN", phrase, chooser.use(quoted)))
    return sentences


def _is_counted_fix(item: NoteItem) -> bool:
    return item.kind == "fixes" and not (is_highlight(item) or is_patch_without_fix(item))


def _warns(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a sentence warns of the release: an item about a feature that is not recommended does not."""
    match = (URGES_UPGRADE if sentence.is_list_item else WARNING).search(sentence.text)
    # `A parser has been dropped in favor of another one — authors of extensions must update` is about them.
    return match is not None and (not sentence.is_list_item or match.start() < MAX_URGING_LENGTH)


def _list_own_items(document: ParsedDocument, chooser: QuotationChooser) -> list[DocumentSentence]:
    """Return the sentences of items that only the notes tell, the best first: no item about a change of the period."""
    items = {item.sentences[0]: item for item in list_note_items(document)}
    return [
        sentence
        for sentence in rank_sentences(document)
        if (item := items.get(sentence.number))
        and not is_internal(item)
        and not _is_chore(item)
        and (document.source.key, sentence.start) not in chooser.noted_items
    ]


def _is_chore(item: NoteItem) -> bool:
    """Return whether an item is of housekeeping, with or without its author behind it: `Update Ruby gems (Ada Low)`."""
    first, last = find_own_words(item.text, names_people=True)
    return any(classify_noise(text) is not None for text in (item.text, item.text[first:last]))


def _count_sections(numbers: Sequence[tuple[int, str]], document: ParsedDocument) -> list[PhraseValue]:
    """Return how many features and fixes the notes list, as items of a list; empty where they have no such headings."""
    pieces: list[PhraseValue] = []
    for number, key in numbers[:MAX_LISTED_SECTIONS]:
        part = SentencePart(kind="count", text=spell_number(number), evidence=document.source.key)
        pieces.append(build_plural(f"counts.{key}", number, number=part))
    return join_parts(pieces)


def _name_previous(release: ReleaseNote) -> SentencePart:
    """Return the version of the release before, without the name of the project: `jq-1.7.1` is 1.7.1."""
    return SentencePart(kind="version", text=read_version(release.previous_tag or ""), evidence=release.key)


def tell_commits(release: ReleaseNote, *, names_release: bool = False) -> StorySentence | None:
    """Return how many commits a release contains, and from how many people; None where that is not known.

    Of one package of several nothing is said.

    Args:
        release: the release.
        names_release: whether the sentence names the release, since it stands apart from others about it.
    """
    if not release.commit_count or release.commit_count < 2 or not release.previous_tag:
        return None
    if names_other_package(release.tag, release.repository):
        return None  # most of the commits between two tags of a package are of other packages
    slots: dict[str, PhraseSlot] = {"number": count(release.commit_count), "version": _name_previous(release)}
    phrase = "releases.contains"
    if names_release:
        slots["release"] = name_release(release)
        phrase = "releases.commits"
    if release.person_count:
        slots["people"] = count(release.person_count)
        phrase = f"{phrase}_from.{'one' if release.person_count == 1 else 'other'}"
    return tell(COMMITS_TEMPLATE, phrase, **slots)


def _quote_features(document: ParsedDocument, limit: int) -> list[StorySentence]:
    """Return the first features that the notes list, as their authors wrote them, without that of the headline."""
    sentences: list[StorySentence] = []
    in_headline, _ = find_headline_item(document)
    for item in sorted(list_note_items(document), key=lambda item: (not starts_adding(item), is_adjustment(item))):
        if len(sentences) >= limit:
            break
        sentence = document.sentences[item.sentences[0]]
        if item.kind != "features" or not stands_alone(item) or len(sentence.text.split()) > MAX_FEATURE_WORDS:
            continue
        if is_internal(item) or _TAKES_AWAY.match(sentence.text):
            continue
        if in_headline and is_named(document, item, in_headline):
            in_headline = ""
            continue
        quoted = quote_item(document, sentence)
        # The changelogs of several packages list one feature each.
        if quoted and not any(part.text == quotation(quoted).text for own in sentences for part in own.parts):
            phrase = "quotes.notes_new_too" if sentences else "quotes.notes_new"
            # The list of what is new may have it too: the layout prints one of both.
            sentences.append(quote_sentence(FEATURE_TEMPLATE, phrase, quoted))
    return sentences


_TAKES_AWAY = re.compile(r"(?i)[\W_]*(?:drop|remov|delet|deprecat|stop|disabl|discontinu)(?:e|p?ing|p?e?[sd])?\b")
"""An item that takes something away: below `Features` too it is nothing new."""
_PRONOUN = re.compile(r"(?i)(?:(?:please )?note (?:that )?)?(?:it|they|this|these|that|those)\b")
"""The beginning of a sentence that says nothing without the one before it: `This will be removed in 10.0.`"""


def tell_future(releases: Sequence[ReleaseNote], chooser: QuotationChooser, limit: int) -> tuple[StorySentence, ...]:
    """Return what the notes of the releases say about the future."""
    sentences: list[StorySentence] = []
    for release in releases:
        document = chooser.get_document(release.source)
        for sentence in document.sentences if document else ():
            tells = _FUTURE_ITEM.match(sentence.text) if sentence.is_list_item else _FUTURE.search(sentence.text)
            is_future = tells and not _PRONOUN.match(sentence.text)
            quoted = quote_item(document, sentence) if document and is_future else None
            if quoted is None or chooser.is_quoted(quoted):
                continue
            slots = {"project": release.project, "version": release.version or release.tag}
            part = quotation(chooser.use(quoted))
            sentences.append(tell("R-ALSO", "releases.future", **slots, quotation=part))
            if len(sentences) == limit:
                return tuple(sentences)
    return tuple(sentences)
