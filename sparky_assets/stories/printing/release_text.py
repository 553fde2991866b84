"""Sentences about releases: that they are out, what their notes say, and what they contain. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sparky_assets.documents.facts import URGES_UPGRADE, find_consequences
from sparky_assets.documents.models import (
    Consequence,
    ConsequenceKind,
    DocumentSentence,
    NoteItem,
    ParsedDocument,
    SectionKind,
)
from sparky_assets.documents.notes import (
    find_noted_date,
    guess_item_kind,
    guess_kind_by_verb,
    is_highlight,
    is_improvement,
    is_internal,
    list_note_items,
)
from sparky_assets.documents.quotes import quote, rank_sentences
from sparky_assets.insights.evidence import build_commit_url, build_issue_url, build_pull_request_url
from sparky_assets.periods import WEEKDAY_NAMES
from sparky_assets.stories.changes import find_named_changes
from sparky_assets.stories.models import Change, ReleaseItems, ReleaseNote, SentencePart, StoryItem, StorySentence
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseValue, build_fragment, build_plural, tell
from sparky_assets.stories.printing.quoting import QuotationChooser, quote_item
from sparky_assets.stories.printing.sentences import (
    count,
    format_day,
    format_weekday,
    join_parts,
    quotation,
    quote_sentence,
    simplify_quotation,
    spell_number,
)
from sparky_assets.stories.title_words import analyze_title
from sparky_assets.stories.titles import capitalize_title, starts_with_verb
from sparky_assets.text.phrases import load_shipped_phrases
from sparky_assets.text.references import find_advisories, names_issue
from sparky_assets.text.versions import read_version

MIN_NOTES_SCORE = 1
MAX_DAYS_BETWEEN_DATES = 10
"""Days between the tag and the date of its notes; with more, the date belongs to something else."""
MIN_DAYS_BETWEEN_RELEASES = 90
"""Days without a release after which the next one is called the first since."""
HEADLINE_COUNTS = ("cve_fix", "security_fix", "breaking", "potentially_breaking", "removal")
"""Counts that a headline names, by their keys among the phrases: `counts.removal`."""
ADVISORY_COUNTS = frozenset({"cve_fix", "security_fix"})
MIN_HEADLINE_WORDS = 3
MAX_HEADLINE_WORDS = 11
MAX_LEDE_SENTENCES = 4
"""Sentences about a release in front of the box."""
MAX_HEADLINE_FEATURES = 3
"""Features of the notes of which the first short one is in the headline."""
MAX_QUOTED_FEATURES = 2
MAX_FEATURE_WORDS = 45
MIN_HEADED_ITEMS = 3
"""Items under a heading such as `New functions` from which they are a list by themselves."""
MIN_LISTED_ITEMS, MAX_LISTED_ITEMS, MAX_ITEM_WORDS = 2, 12, 30
"""Items of a list of what a release brings, and words of each."""
MAX_LISTED_SECTIONS = 3
MAX_LISTED_WORDS = 4
"""Words of a named item that reads as one of a list: `7 new data structures and two fixes`."""
_WARNING = re.compile(
    rf"(?i)\b(?:not suitable|do not use|not recommended)\b|{URGES_UPGRADE.pattern.removeprefix('(?i)')}"
)
_FUTURE = re.compile(
    r"\b(?:will be (?:removed|deprecated|released|introduced|dropped)|we will|upcoming|"
    r"next (?:major |minor )?(?:release|version)|"
    r"is planned|are planned|planned for|in a future release)\b",
    re.IGNORECASE,
)
CONSEQUENCE_COUNTS: Mapping[ConsequenceKind, str] = {
    "breaking": "breaking",
    "potentially_breaking": "potentially_breaking",
    "removed": "removal",
    "deprecated": "deprecation",
}
"""Consequences that are counted, by the keys of their phrases, the weightiest first."""
_ANNOUNCEMENT = re.compile(
    r"\b(?:pleased|happy|excited|proud|thrilled|glad) to (?:announce|share|present|release)\b"
    r"|\b(?:includes?|contains?|brings?|has) (?:a number of|a lot of|many|several|various|some|numerous) (?:\w+ ){0,3}"
    r"(?:improvements|changes|fixes|bugfixes|enhancements|updates|features)\b(?! (?:to|for|in) )",
    re.I,
)
"""What notes say without saying what is in them."""
_ITEM_COUNTS = {"features": "feature", "improvements": "improvement", "fixes": "fix"}


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
    if noted_date and abs((noted_date - release.published_at.date()).days) <= MAX_DAYS_BETWEEN_DATES:
        release = release.model_copy(update={"noted_date": noted_date})
    sentences = [_tell_date(release, timezone)]
    if document:
        sentences += _quote_notes(document, chooser)
        is_quoted = any(sentence.has_quotation for sentence in sentences)
        listed = _list_sections(document)
        # How much breaks comes before what is new; how much is new comes after what it is.
        weighs = any(key in HEADLINE_COUNTS for _, key in count_note_items(document))
        if listed and (weighs or not is_quoted):
            sentences.append(listed)
        sentences += _quote_features(document, chooser, min(MAX_QUOTED_FEATURES, room - len(sentences)))
        if listed and listed not in sentences:
            sentences.append(listed)
    if contents := _tell_contents(release):
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


BOX_SECTIONS: frozenset[SectionKind] = frozenset({"deprecated", "removed", "breaking", "migration"})


def _quote_notes(document: ParsedDocument, chooser: QuotationChooser) -> list[StorySentence]:
    """Return what the notes say in prose, and what they warn of."""
    prose = [
        sentence
        for sentence in rank_sentences(document)
        if not sentence.is_list_item
        and sentence.score >= MIN_NOTES_SCORE
        and not _ANNOUNCEMENT.search(sentence.text)
        # What is deprecated is a row of the box; one sentence of its reasons says nothing about the release.
        and document.sections[sentence.section].kind not in BOX_SECTIONS
    ]
    noted = next((sentence for sentence in prose if not _WARNING.search(sentence.text)), None)
    # An item that is no feature, beside features, says little about a release: `Fix a missing check`.
    lists_features = any(item.kind == "features" for item in list_note_items(document))
    consequences = find_consequences(document)
    if noted is None and not lists_features and not consequences:
        named, _ = _find_named_item(document, ())
        items = _list_own_items(document, chooser)
        noted = next((sentence for sentence in items if not named or _shorten(document, sentence) != named), None)
    in_box = [item.action for item in consequences if item.kind == "upgrade" and item.action]
    warnings = (sentence for sentence in document.sentences if sentence.is_quotable and _warns(document, sentence))
    warned = next((s for s in warnings if not any(action.start == s.start for action in in_box)), None)
    sentences: list[StorySentence] = []
    noted_as = "R-ITEM" if noted and noted.is_list_item else "R-NOTES"
    for sentence, template, phrase in (
        (noted, noted_as, "quotes.notes_say"),
        (warned, "R-WARN", "quotes.they_warn"),
    ):
        quoted = quote_item(document, sentence) if sentence else None
        if quoted:
            is_first_warning = template == "R-WARN" and not sentences
            own_phrase = "quotes.notes_warn" if is_first_warning else phrase
            sentences.append(quote_sentence(template, own_phrase, chooser.use(quoted)))
    return sentences


def _warns(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a sentence warns of the release: an item about a feature that is not recommended does not."""
    return bool((URGES_UPGRADE if sentence.is_list_item else _WARNING).search(sentence.text))


def _list_own_items(document: ParsedDocument, chooser: QuotationChooser) -> list[DocumentSentence]:
    """Return the sentences of items that only the notes tell, the best first: no item about a change of the period."""
    items = {item.sentences[0]: item for item in list_note_items(document)}
    return [
        sentence
        for sentence in rank_sentences(document)
        if (item := items.get(sentence.number))
        and not is_internal(item)
        and (document.source.key, sentence.start) not in chooser.noted_items
    ]


_VERSION_GUIDE = re.compile(r"(?i)\d\.\d.*\bguide\b|\bguide\b.*\d\.\d")


def count_note_items(document: ParsedDocument) -> list[tuple[int, str]]:
    """Return how many advisories, consequences and items the notes list, by the keys of their phrases: `(3, "fix")`.

    What notes list twice, below a release candidate and below the release, counts once. A guide to a version explains
    again what the releases before it list, under headings of its own: its items are printed and not counted.
    """
    end = next((section.start for section in document.sections if _VERSION_GUIDE.search(section.heading)), None)
    consequences = [
        item for item in find_consequences(document) if end is None or not item.statement or item.statement.start < end
    ]
    advisories = sorted({item.label for item in consequences if item.kind == "security" and item.label})
    counted: list[tuple[int, str]] = []
    if advisories:
        are_numbered = all(label.startswith("CVE-") for label in advisories)
        counted.append((len(advisories), "cve_fix" if are_numbered else "security_fix"))
    own_items = (item for item in list_note_items(document) if end is None or item.start < end)
    listed_items = {item.text: item for item in own_items if not find_advisories(item.text)}
    stated = _count_stated(consequences, listed_items.values())
    items = [item for item in listed_items.values() if not is_highlight(item)]
    # Beside `Features`, `New languages` and `Commands` are something else.
    if _has_feature_heading([item for item in items if item.kind == "features"]):
        items = [item for item in items if item.kind != "features" or _is_counted_feature(item)]
    listed = Counter("improvements" if is_improvement(item) else item.kind for item in items)
    counted += [(stated[kind], key) for kind, key in CONSEQUENCE_COUNTS.items() if stated[kind]]
    counted += [(listed[kind], key) for kind, key in _ITEM_COUNTS.items() if listed[kind]]
    return counted


_FEATURE_HEADING = re.compile(r"(?i)\b(?:features?|added|additions?)\b")


def _has_feature_heading(features: Sequence[NoteItem]) -> bool:
    return any(_FEATURE_HEADING.search(item.heading) for item in features)


def _is_counted_feature(item: NoteItem) -> bool:
    return bool(item.label or is_improvement(item) or _FEATURE_HEADING.search(item.heading))


def _count_stated(consequences: Sequence[Consequence], items: Collection[NoteItem]) -> Counter[ConsequenceKind]:
    """Return how many different consequences of each kind notes state.

    An item that is labelled as breaking counts also where no sentence of it can be quoted.
    """
    texts = {
        (consequence.kind, consequence.statement.text if consequence.statement else "") for consequence in consequences
    }
    starts = {consequence.statement.start for consequence in consequences if consequence.statement}
    texts |= {
        ("breaking", item.text)
        for item in items
        if item.kind == item.label == "breaking" and not any(item.start <= start < item.end for start in starts)
    }
    return Counter(kind for kind, _ in texts)


def _list_sections(document: ParsedDocument) -> StorySentence | None:
    counted = count_note_items(document)[:MAX_LISTED_SECTIONS]
    if not counted:
        return None
    pieces: list[PhraseValue] = []
    for number, key in counted:
        part = SentencePart(kind="count", text=spell_number(number), evidence=document.source.key)
        pieces.append(build_plural(f"counts.{key}", number, number=part))
    return tell("R-LIST", "releases.lists", counts=join_parts(pieces))


def _name_previous(release: ReleaseNote) -> SentencePart:
    """Return the version of the release before, without the name of the project: `jq-1.7.1` is 1.7.1."""
    return SentencePart(kind="version", text=read_version(release.previous_tag or ""), evidence=release.key)


def _tell_contents(release: ReleaseNote) -> StorySentence | None:
    if not release.commit_count or release.commit_count < 2 or not release.previous_tag:
        return None
    number, version = count(release.commit_count), _name_previous(release)
    if not release.person_count:
        return tell("R-COMMITS", "releases.contains", number=number, version=version)
    phrase = f"releases.contains_from.{'one' if release.person_count == 1 else 'other'}"
    return tell("R-COMMITS", phrase, number=number, people=count(release.person_count), version=version)


def get_version_weight(release: ReleaseNote) -> int:
    """Return 2 for a major version, 1 for a minor one, 0 for a patch."""
    numbers = [int(part) for part in release.version.split("-")[0].split("+")[0].split(".") if part.isdigit()]
    numbers += [0] * (3 - len(numbers))
    return 2 if numbers[1] == numbers[2] == 0 else 1 if numbers[2] == 0 else 0


def tell_release_headline(release: ReleaseNote, news: Sequence[PhraseValue] = ()) -> StorySentence:
    """Return the headline of a release, with its news if there are any."""
    version = release.version or release.tag
    if not news:
        return tell("H", "headlines.release", project=release.project, version=version)
    return tell("H", "headlines.release_news", project=release.project, version=version, news=news)


def build_headline(release: ReleaseNote, document: ParsedDocument) -> StorySentence:
    """Return the headline of a release: its version, and what weighs most in its notes."""
    counted = count_note_items(document)
    weighty = [item for item in counted if item[1] in HEADLINE_COUNTS]
    named, hidden = _find_named_item(document, weighty)
    ordered = [*weighty, *(item for item in counted if item not in weighty)]
    counts = [others for number, key in ordered if (others := _count_others(number, key, hidden))]
    pieces: list[PhraseValue] = [capitalize_title(named)] if named else []
    pieces += counts[: 2 - len(pieces)]
    # A sentence and a count are no list: `Draw maps within ten seconds and three fixes`.
    is_sentence = len(named.split()) > MAX_LISTED_WORDS or starts_with_verb(named)
    if is_sentence and len(pieces) > 1:
        return tell_release_headline(release, [pieces[0], build_fragment("lists.group"), pieces[1]])
    return tell_release_headline(release, join_parts(pieces))


def _count_others(number: int, key: str, named: str) -> PhraseFragment | None:
    """Return a count without the item that the headline names: `Add night maps and one new feature` would be two.

    Args:
        number: how many items there are.
        key: the key of their phrase.
        named: that of the named item, or nothing.
    """
    if key != named:
        return build_plural(f"counts.{key}", number, number=count(number))
    if number == 1 or key not in CONSEQUENCE_COUNTS.values():
        return None
    return build_plural(f"counts.more_{key}", number - 1, number=count(number - 1))


def _find_named_item(document: ParsedDocument, weighty: Sequence[tuple[int, str]]) -> tuple[str, str]:
    """Return the item that a headline names, with the key of its count; empty where counts weigh more.

    Advisories are counted. Of two kinds of consequences, and of one beside which nothing can be named, the first is.
    """
    counts_advisories = any(key in ADVISORY_COUNTS for _, key in weighty)
    if len(weighty) >= 2 and counts_advisories:
        return "", ""
    if len(weighty) < 2:
        # Beside a breaking change, a verb alone makes no feature: `Add an argument to the printer`.
        if feature := _find_first_feature(document, by_verb=not weighty):
            return feature, "feature"
        if not weighty and (feature := _find_first_feature(document, is_cut=True)):
            return feature, "feature"
        if not weighty and (fix := _find_weighty_fix(document)):
            return fix, "fix"
        # Notes without headings count nothing: `Performance optimizations for non-ASCII input` says most.
        if not count_note_items(document) and (first := _find_first_item(document)):
            return first, ""
    return ("", "") if counts_advisories or not weighty else _find_first_consequence(document)


def _find_first_consequence(document: ParsedDocument) -> tuple[str, str]:
    """Return the first short breaking change or removal of the notes, with the key of its count."""
    by_start = {sentence.start: sentence for sentence in document.sentences}
    consequences = find_consequences(document)
    for kind, key in CONSEQUENCE_COUNTS.items():
        stated = [item for item in consequences if item.kind == kind and key in HEADLINE_COUNTS]
        for item in stated:
            sentence = by_start.get(item.statement.start) if item.statement else None
            heads = (_shorten(document, sentence, is_cut=is_cut) for is_cut in (False, True)) if sentence else iter(())
            if head := next((head for head in heads if head), ""):
                return head, key
    return "", ""


def _find_first_feature(document: ParsedDocument, *, by_verb: bool = True, is_cut: bool = False) -> str:
    """Return the first short item under the features of the notes, up to its first colon; empty without one.

    Args:
        document: the notes.
        by_verb: whether an item is a feature too whose verb alone says so.
        is_cut: whether a long item may end before what it is for.
    """
    features = [
        item for item in list_note_items(document) if (guess_item_kind(item) if by_verb else item.kind) == "features"
    ]
    if heading := next((name for item in features if (name := _name_new_thing(item.heading))), ""):
        return heading
    features.sort(key=lambda item: (item.kind != "features", is_improvement(item), not _starts_adding(item)))
    heads = (_shorten_item(document, item, is_cut=is_cut) for item in features[:MAX_HEADLINE_FEATURES])
    return next((head for head in heads if head), "")


_NEW_THING = re.compile(r"New (?!(?i:features?|in|since|with)\b)\S")


def _name_new_thing(heading: str) -> str:
    """Return a heading that names one new thing: `New Contentview System`; empty for a kind, `New functions`."""
    name = re.sub(r"`([^`]*)`?", r"\1", _HEADING_REFERENCES.sub("", re.sub(r"\(.*", "", heading))).strip()
    is_short = MIN_HEADLINE_WORDS <= len(name.split()) <= MAX_HEADLINE_WORDS
    return name if is_short and _NEW_THING.match(name) and analyze_title(name).telling else ""


def _find_first_item(document: ParsedDocument) -> str:
    """Return the first short item of the notes, of their first three; empty without one."""
    items = [item for item in list_note_items(document) if not is_internal(item)][:MAX_HEADLINE_FEATURES]
    return next((head for item in items if (head := _shorten_item(document, item))), "")


def _starts_adding(item: NoteItem) -> bool:
    """Return whether an item begins with a verb for something new: `Add a flag` before `Resolve aliases in --show`."""
    return guess_kind_by_verb(item) == "features"


def _find_weighty_fix(document: ParsedDocument) -> str:
    """Return the short item under the fixes of the notes that weighs most: a loss of data before a crash."""
    fixes = [item for item in list_note_items(document) if guess_item_kind(item) == "fixes"]
    ordered = sorted(fixes, key=lambda item: next((n for n, word in enumerate(_HARMS) if word.search(item.text)), 9))
    return next((head for item in ordered if (head := _shorten_item(document, item))), "")


_HARMS = tuple(
    re.compile(rf"\b(?:{pattern})", re.IGNORECASE)
    for pattern in (
        r"corrupt|data loss|los(?:es?|ing) data|secur|vulnerab|leak\w* (?:secret|credential|token|password)",
        r"crash|panic|segfault|deadlock|hang|overflow|underflow|memory leak|infinite|use.after.free",
        r"wrong|incorrect|regress|broken|fail",
    )
)
"""What a fix saves its readers from, the worst first."""


_ITEM_AREA = re.compile(r"^[\w./-]{2,20}: (?=(?:\S+ ){2}\S)")
"""The area that an item names first: `ui: Add night maps`."""


_HEADING_REFERENCES = re.compile(r"[,\s(]*\[?(?:#\d+|[\w./-]+#\d+)\]?(?:\([^()\s]*\)?)?\)?(?=[,\s]|$)")
MIN_ENTRY_HEADING_WORDS = 2


def _shorten_item(document: ParsedDocument, item: NoteItem, *, is_cut: bool = False) -> str:
    """Return an item of notes up to its first colon as plain text; empty where it is too long or too short.

    An entry with a heading is called by it.
    """
    number = document.sections[item.section].entry
    if number is not None:
        heading = re.sub(r"`([^`]*)`?", r"\1", _HEADING_REFERENCES.sub("", document.sections[number].heading)).strip()
        return heading if MIN_ENTRY_HEADING_WORDS <= len(heading.split()) <= MAX_HEADLINE_WORDS else ""
    return _shorten(document, document.sentences[item.sentences[0]], is_cut=is_cut)


_CODE_NAME = re.compile(r"(?:^|\s)(?:--\w|\w+[._]\w|[A-Za-z]*[a-z][A-Z])")


def _shorten(document: ParsedDocument, sentence: DocumentSentence, *, is_cut: bool = False) -> str:
    quoted = quote_item(document, sentence)
    shown = simplify_quotation(quoted.text) if quoted else ""
    text = re.sub(r"`([^`]*)`|[*]|\[([^\]]*)\]\([^)]*\)", r"\1\2", shown)
    text = _ITEM_AREA.sub("", text)
    head = re.split(r": | \(|\.(?:\s|$)| — | - ", text)[0].strip().rstrip(".")
    if is_cut and len(head.split()) > MAX_HEADLINE_WORDS:
        head = _cut_head(head)
    # Two words say enough if one is a name of code: `Add WebSocketsSansIOProtocol`.
    least = MIN_HEADLINE_WORDS - bool(_CODE_NAME.search(head))
    return head if least <= len(head.split()) <= MAX_HEADLINE_WORDS and "#" not in head else ""


_PURPOSE = re.compile(r", |\s(?=(?:to|which|that|so|by|when|where|for|and)\s)")
_LIMITS = re.compile(r"\b(?:not|no|without|only|unless|instead|except|but|however|if)\b|n['’]t\b", re.IGNORECASE)
MIN_PLAIN_HEAD_WORDS = 5
"""Words of the beginning of an item that say enough without a name of code."""


def _cut_head(head: str) -> str:
    """Return a long item up to what it is for: `Add --name option` of `Add --name option to give a name`.

    It is not cut where what follows limits it, and the beginning must name something: not `Add an option`.
    """
    for match in _PURPOSE.finditer(head):
        start = head[: match.start()]
        size = len(start.split())
        names_code = size >= MIN_HEADLINE_WORDS and bool(_CODE_NAME.search(start))
        if size > MAX_HEADLINE_WORDS or _LIMITS.search(head, match.end()):
            return ""
        if names_code or size >= MIN_PLAIN_HEAD_WORDS:
            return start
    return ""


def _quote_features(document: ParsedDocument, chooser: QuotationChooser, limit: int) -> list[StorySentence]:
    """Return the first features that the notes list, as their authors wrote them, without that of the headline."""
    sentences: list[StorySentence] = []
    in_headline, _ = _find_named_item(document, ())
    for item in sorted(list_note_items(document), key=lambda item: not _starts_adding(item)):
        if len(sentences) >= limit:
            break
        sentence = document.sentences[item.sentences[0]]
        if item.kind != "features" or len(sentence.text.split()) > MAX_FEATURE_WORDS:
            continue
        if in_headline and in_headline in {_shorten_item(document, item, is_cut=cut) for cut in (False, True)}:
            in_headline = ""
            continue
        if quoted := quote_item(document, sentence):
            phrase = "quotes.notes_new_too" if sentences else "quotes.notes_new"
            sentences.append(quote_sentence("R-ALSO", phrase, chooser.use(quoted)))
    return sentences


def list_release_items(
    release: ReleaseNote, chooser: QuotationChooser, numbered: Mapping[tuple[str, str], Change]
) -> ReleaseItems | None:
    """Return what the notes of a release list as new, else as fixed, else all; None for fewer than two items.

    What is quoted elsewhere is left out, so stories, box and the sentences about the release are written before. Two
    releases may list the same, so that the quotations are not remembered here.

    Args:
        release: the release.
        chooser: the quotations of the period.
        numbered: the changes of the period by repository and number.
    """
    document = chooser.get_document(release.source)
    if document is None:
        return None
    phrase, chosen = _choose_listed([item for item in list_note_items(document) if not is_internal(item)])
    items: list[StoryItem] = []
    for item in chosen:
        quoted = quote_item(document, document.sentences[item.sentences[0]])
        if quoted is None or len(quoted.text.split()) > MAX_ITEM_WORDS or chooser.is_quoted(quoted):
            continue
        if classify_noise(quoted.text) is not None:
            continue
        change = next(find_named_changes(numbered, release.repository, item.references), None)
        url = change.url if change else find_item_url(release, item.references, document)
        part = quotation(quoted).model_copy(update={"url": url})
        changes = (change.key,) if change else ()
        items.append(StoryItem(sentences=(tell("Q-BARE", "quotes.bare", quotation=part),), changes=changes))
        if len(items) == MAX_LISTED_ITEMS:
            break
    if len(items) < MIN_LISTED_ITEMS:
        return None
    if phrase not in load_shipped_phrases().frames:
        return ReleaseItems(title=phrase, items=tuple(items))
    return ReleaseItems(title=tell("T", phrase).text, phrase=phrase, items=tuple(items))


_NEW_KIND = re.compile(r"(?i)new(?: [a-z-]+){1,3}")
"""A heading of notes that names what is new: `New functions`."""


def _choose_listed(items: Sequence[NoteItem]) -> tuple[str, Sequence[NoteItem]]:
    """Return the key of the title of a list and its items: what headings or labels call new or fixed, else verbs."""
    for get_kind in (lambda item: item.kind, guess_item_kind):
        features = [item for item in items if get_kind(item) == "features" and guess_kind_by_verb(item) != "fixes"]
        fixes = [item for item in items if get_kind(item) == "fixes"]
        # What the notes call features comes first; `New languages` is less.
        features.sort(key=lambda item: not _is_counted_feature(item))
        by_heading = Counter(item.heading for item in features if _NEW_KIND.fullmatch(item.heading))
        for heading, number in by_heading.most_common(0 if _has_feature_heading(features) else 1):
            # The notes say what kind of thing is new: items of other headings, such as the build, are less.
            if number >= (MIN_LISTED_ITEMS if number == len(features) else MIN_HEADED_ITEMS):
                return capitalize_title(heading), [item for item in features if item.heading == heading]
        for phrase, chosen in (("sections.new_in_release", features), ("sections.fixed_in_release", fixes)):
            if len(chosen) >= MIN_LISTED_ITEMS:
                return phrase, chosen
    return "sections.from_the_notes", items


def find_item_url(release: ReleaseNote, references: Sequence[str], document: ParsedDocument) -> str | None:
    """Return the page of the pull request, issue or commit that an item of the notes names, else of the release."""
    url = release.url
    number = next((reference[1:] for reference in references if re.fullmatch(r"#\d+", reference)), "")
    root = url.partition("/releases/tag/")[0] if url and "/releases/tag/" in url else None
    if number:
        is_issue = names_issue(document.source.text, int(number))
        return (build_issue_url if is_issue else build_pull_request_url)(root, int(number)) or url
    shas = [reference for reference in references if "#" not in reference]
    return (build_commit_url(root, shas[0]) if shas else None) or url


def tell_future(releases: Sequence[ReleaseNote], chooser: QuotationChooser, limit: int) -> tuple[StorySentence, ...]:
    """Return what the notes of the releases say about the future."""
    sentences: list[StorySentence] = []
    for release in releases:
        document = chooser.get_document(release.source)
        for sentence in document.sentences if document else ():
            quoted = quote(document, sentence) if document and _FUTURE.search(sentence.text) else None
            if quoted is None or any(
                used.source == quoted.source and used.start == quoted.start for used in chooser.used
            ):
                continue
            slots = {"project": release.project, "version": release.version or release.tag}
            part = quotation(chooser.use(quoted))
            sentences.append(tell("R-ALSO", "releases.future", **slots, quotation=part))
            if len(sentences) == limit:
                return tuple(sentences)
    return tuple(sentences)
