"""Write the headline of a release: its version, and what weighs most in its notes. Pure."""

import re
from collections.abc import Sequence

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.consequences.renames import RENAMED_LABEL
from sparky_assets.documents.models import DocumentSentence, NoteItem, ParsedDocument
from sparky_assets.documents.note_kinds import guess_item_kind, is_improvement, is_internal
from sparky_assets.documents.notes import list_note_items
from sparky_assets.stories.models import ReleaseNote, StorySentence
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseValue, build_fragment, build_plural, tell
from sparky_assets.stories.printing.releases.counts import (
    ADVISORY_COUNTS,
    CONSEQUENCE_COUNTS,
    HEADLINE_COUNTS,
    count_note_items,
)
from sparky_assets.stories.printing.releases.item_quotes import quote_item
from sparky_assets.stories.printing.releases.weights import MIN_NAME_LENGTH, extends_any, list_news, list_unheaded_news
from sparky_assets.stories.printing.sentences import count, join_parts, simplify_quotation
from sparky_assets.stories.title_words import analyze_title
from sparky_assets.stories.titles import capitalize_title, starts_with_verb
from sparky_assets.text.credits import find_own_words
from sparky_assets.text.references import find_advisories
from sparky_assets.text.words import find_code_names, names_code, rank_harm

MAX_HEADLINE_WORDS = 20
"""Words of a whole headline."""
MIN_HEAD_WORDS, MAX_HEAD_WORDS = 3, 11
"""Words of the beginning of an item that a headline names."""
MAX_LONG_HEAD_WORDS = 16
"""Words of a new thing where the notes describe none in fewer."""
MAX_HEADLINE_FEATURES = 5
"""Features of the notes of which the first short ones are in the headline."""
MAX_NAMED_FEATURES = 3
MIN_VERB_FEATURES = 2
"""Items of notes without headings whose verb calls them new from which no other leads."""
MAX_LISTED_WORDS = 4
"""Words of a named item that reads as one of a list: `7 new data structures and two fixes`."""
MIN_ENTRY_HEADING_WORDS = 2
MIN_PLAIN_HEAD_WORDS = 5
"""Words of the beginning of an item that say enough without a name of code."""
_LEADS_ON = re.compile(r"(?i)the following\b")
"""A sentence that only says what comes: `The following classes, intended for internal use, …`."""
_NEW_THING = re.compile(r"New (?!(?i:features?|in|since|with)\b)\S")
_LEADING_MARK = re.compile(r"^[^\w\s`'\"“‘(\[<*+$#@/.~-]{1,4}\s+(?=\w|`)")
"""An emoji in front of an item, which says what its kind says: `✨ Add night maps`."""
_ASIDE = re.compile(r"\s*\([^()]*\)$")
_INNER_ASIDE = re.compile(
    r" \([^()]{1,80}\) (?=(?!(?:and|or|for|to|in|on|with|when|if|by|from|which|that|so|as|at|of|but|now|is|are|was|will"
    r"|can|must|has|have|no|does|do)\b)[a-z])"
)
"""A bracket between a word and what it describes: `usages of insecure (i.e. plaintext) protocols`."""
_EMPHASIS = re.compile(r"(?<![\w`])_([^_`\n]{1,60})_(?![\w`])")
_ITEM_AREA = re.compile(r"^[\w./-]{2,20}: (?=(?:\S+ ){2}\S)")
"""The area that an item names first: `ui: Add night maps`."""
_HEADING_REFERENCES = re.compile(r"[,\s(]*\[?(?:#\d+|[\w./-]+#\d+)\]?(?:\([^()\s]*\)?)?\)?(?=[,\s]|$)")
_PURPOSE = re.compile(
    r", |\s(?=to\s(?!(?:the|an?|its|their|this|that|these|all|any|be)\b)[a-z]+(?:\s|$))"
    r"|\s(?=(?:which|that|so|by|through|when|where|for|and (?:now|is|are|was|were|can|has|have))\s)"
)
_DANGLING = re.compile(r"(?i)\b(?:is|are|was|were|be|been|to|of|by|with|from|in|on|for|and|or|that|which|the|an?)$")
"""The last word of a beginning that says nothing without what follows: `The only way in which it matters is`."""
_NEEDS_OBJECT = re.compile(r"(?i)\b(?:support|ability|possibility|reason)$")
"""The last word of a beginning that says nothing without its purpose: `Lamps now have experimental support`."""
_SUBJECT = re.compile(r"(?i)(?:the|an?|this|these|those|its|all|each|every|some|when|while|if|after|before)\b")
_FINITE_VERB = re.compile(
    r"(?i)(?<![\w.`-])(?:is|are|was|were|can|now|has|have|had|will|may|must|does|do|should|could|no longer|\w{2,}ed)\b"
)
"""Without one, the beginning of a sentence is its subject alone: `The binaries metadata` of one about archives."""
_CODE = re.compile(r"`[^`]*`")
_LIMITS = re.compile(
    r"\b(?:not|no|without|only|unless|instead|except|but|however|if|remov\w+|drop\w*|deprecat\w+|disabl\w+)\b|n['’]t\b",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"(?i)\b(?:remov|delet|drop|deprecat|discontinu|retir|renam|replac|disabl|stop|end of|no longer|unsupported"
    r"|gone)\w*"
)
"""A word without which the name of what is removed would read as something new: `Support for Python 3.8`."""


def get_version_weight(release: ReleaseNote) -> int:
    """Return 2 for a major version, 1 for a minor one, 0 for a patch."""
    numbers = [int(part) for part in release.version.split("-")[0].split("+")[0].split(".") if part.isdigit()]
    numbers += [0] * (3 - len(numbers))
    return 2 if numbers[1] == numbers[2] == 0 else 1 if numbers[2] == 0 else 0


def is_patch(release: ReleaseNote) -> bool:
    """Return whether a release is one step of a line: a patch, or a pre-release of a version."""
    return release.is_prerelease or not get_version_weight(release)


def tell_release_headline(release: ReleaseNote, news: Sequence[PhraseValue] = ()) -> StorySentence:
    """Return the headline of a release, with its news if there are any.

    Patches of one version in a period are one piece of news: a reader installs the last of them.
    """
    version = release.version or release.tag
    if news and release.latest_patch and is_patch(release):
        span = {"first": release.line[0], "version": release.latest_patch}
        return tell("H", "headlines.releases_news", project=release.project, **span, news=news)
    if not news:
        return tell("H", "headlines.release", project=release.project, version=version)
    return tell("H", "headlines.release_news", project=release.project, version=version, news=news)


def build_headline(release: ReleaseNote, document: ParsedDocument) -> StorySentence:
    """Return the headline of a release: its version, and what weighs most in its notes."""
    counted = count_note_items(document)
    weighty = [item for item in counted if item[1] in HEADLINE_COUNTS]
    named, hidden = find_named_item(document, weighty)
    if not named and len(weighty) == 1 and weighty[0][0] == 1 and (fix := _find_only_fix(document)):
        fixes = build_plural(f"counts.{weighty[0][1]}", 1, number=count(1))
        version = release.version or release.tag
        news = _spell_news(fix)
        return tell("H", "headlines.release_fix", project=release.project, version=version, fixes=fixes, news=news)
    ordered = [*weighty, *(item for item in counted if item not in weighty)]
    counts = [others for number, key in ordered if (others := _count_others(number, key, hidden))]
    # A project writes its name as it does: `ripgrep now respects GIT_CONFIG_GLOBAL`.
    names_project = named.partition(" ")[0].strip("`") == release.project
    pieces: list[PhraseValue] = [_drop_marks(named) if names_project else _spell_news(named)] if named else []
    counts = counts[: 2 - len(pieces)]
    more = _list_more_features(release, document, named, counts[: len(weighty)], by_verb=not weighty)
    if more and len(counts) > len(weighty):
        counts = counts[: len(weighty)]
    if more and not named:
        parts = [*join_parts(counts), *(part for head in more for part in (build_fragment("lists.group"), head))]
        return tell_release_headline(release, parts)
    pieces += [*more, *counts]
    # A sentence and a count are no list: `Draw maps within ten seconds and three fixes`.
    is_sentence = len(named.split()) > MAX_LISTED_WORDS or starts_with_verb(named) or bool(more)
    if is_sentence and len(pieces) > 1:
        parts = [part for piece in pieces for part in (build_fragment("lists.group"), piece)]
        return tell_release_headline(release, parts[1:])
    return tell_release_headline(release, join_parts(pieces))


def _list_more_features(
    release: ReleaseNote, document: ParsedDocument, named: str, counts: Sequence[PhraseFragment], *, by_verb: bool
) -> list[str]:
    """Return what else is new in a release and has room in its headline, behind the item or counts that weigh more.

    Args:
        release: the release.
        document: its notes.
        named: the item that the headline names.
        counts: how much of what weighs more stands there too.
        by_verb: whether an item is a feature too whose verb alone says so.
    """
    room = MAX_HEADLINE_WORDS - len(f"{release.project} {release.version} is out: {named}".split())
    room -= sum(len(piece.text.split()) for piece in counts) + (len(counts) > 1)
    more: list[str] = []
    for head in list_feature_heads(document, by_verb=by_verb):
        size = len(head.split())
        limit = room if not more else min(room, MAX_LISTED_WORDS)
        if (named or counts) and head != named and size <= limit and len(more) < MAX_NAMED_FEATURES - 1:
            more.append(_drop_marks(f"{head[:1].lower()}{head[1:]}" if starts_with_verb(head) else head))
            room -= size
    return more


def _spell_news(head: str) -> str:
    """Return a part of a headline with its first letter up, unless that is code: `import now reads tides`."""
    return _drop_marks(capitalize_title(head))


def _drop_marks(head: str) -> str:
    return head.replace("`", "")


def weigh_notes(document: ParsedDocument) -> tuple[int, ...]:
    """Return how much notes say, for a choice among patches of one version: advisories first, then what breaks."""
    counted = {key: number for number, key in count_note_items(document)}
    _, named = find_named_item(document, ())
    kinds = (ADVISORY_COUNTS, CONSEQUENCE_COUNTS.values(), ("feature",), ("improvement",), ("fix",))
    numbers = [sum(counted.get(key, 0) for key in keys) for keys in kinds]
    return (int(numbers[0] > 0), int(numbers[1] > 0), int(named == "feature"), *numbers)


def _find_only_fix(document: ParsedDocument) -> str:
    """Return the item of the only advisory that notes name, shortened; empty where that says nothing."""
    by_start = {sentence.start: sentence for sentence in document.sentences}
    fixes = (item.statement for item in find_consequences(document) if item.kind == "security" and item.statement)
    sentence = next((by_start[statement.start] for statement in fixes if statement.start in by_start), None)
    head = _shorten_or_cut(document, sentence) if sentence else ""
    # `Security fix for CVE-2024-51999` says no more than the count.
    return "" if find_advisories(head) and len(head.split()) <= MIN_PLAIN_HEAD_WORDS else head


def _shorten_or_cut(document: ParsedDocument, sentence: DocumentSentence) -> str:
    """Return a sentence as `shorten` does; one that is too long up to what it is for."""
    return shorten(document, sentence) or shorten(document, sentence, is_cut=True)


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


def find_named_item(document: ParsedDocument, weighty: Sequence[tuple[int, str]]) -> tuple[str, str]:
    """Return the item that a headline names, with the key of its count; empty where counts weigh more.

    Advisories are counted and not named. If the notes have two kinds of consequences, or one kind and no feature that
    is short enough, the first consequence is named.
    """
    counts_advisories = any(key in ADVISORY_COUNTS for _, key in weighty)
    if len(weighty) >= 2 and counts_advisories:
        return "", ""
    if len(weighty) < 2:
        # Beside a breaking change, a verb alone makes no feature: `Add an argument to the printer`.
        if features := list_feature_heads(document, by_verb=not weighty):
            return features[0], "feature"
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
        # What has another name is mostly found under the old one too: it is a row, and no headline.
        stated = [
            item
            for item in consequences
            if item.kind == kind and key in HEADLINE_COUNTS and item.label != RENAMED_LABEL
        ]
        for item in stated:
            sentence = by_start.get(item.statement.start) if item.statement else None
            head = _shorten_or_cut(document, sentence) if sentence else ""
            if head and (kind != "removed" or _ENDING.search(head)):
                return head, key
    return "", ""


def list_feature_heads(document: ParsedDocument, *, by_verb: bool = True) -> list[str]:
    """Return what a headline may name as new, the weightiest first, each as short as it says enough.

    Args:
        document: the notes.
        by_verb: whether an item is a feature too whose verb alone says so.
    """
    items = list_note_items(document)
    features = [item for item in list_news(document, items, by_verb=by_verb) if not find_advisories(item.text)]
    if heading := next((name for item in features if (name := _name_new_thing(item.heading))), ""):
        return [heading]
    if by_verb and len(features) < MIN_VERB_FEATURES:
        features = list_unheaded_news(document, items) or features
    features = features or _list_entry_news(document, items)
    # Beside features, an improvement is none.
    features = [item for item in features if not is_improvement(item)] or features
    features = [item for item in features if classify_noise(item.text) is None]
    heads: dict[str, None] = {}
    names: set[str] = set()
    for item in features[:MAX_HEADLINE_FEATURES]:
        own_names = find_code_names(item.text, MIN_NAME_LENGTH)
        head = shorten_item(document, item) or shorten_item(document, item, is_cut=True)
        if head and not extends_any(own_names, names):
            heads.setdefault(head)
        names |= own_names
    if not heads:
        # A whole sentence says more than the trivial fix that would stand there.
        long_heads = (
            shorten_item(document, item, max_words=MAX_LONG_HEAD_WORDS) for item in features[:MAX_HEADLINE_FEATURES]
        )
        return [head for head in long_heads if head][:1]
    return list(heads)


def _list_entry_news(document: ParsedDocument, items: Sequence[NoteItem]) -> list[NoteItem]:
    """Return the entries of notes that have one heading each and state no consequence: `### Daemon mode`.

    sanic 25.12 tells seven of them below `What to know`, which names no kind.
    """
    stated = {consequence.statement.start for consequence in find_consequences(document) if consequence.statement}
    entries = [
        item
        for item in items
        if document.sections[item.section].entry is not None
        and item.kind in _ENTRY_KINDS
        and not _ENDING.search(item.heading)
        and not any(document.sentences[number].start in stated for number in item.sentences)
    ]
    return entries if len(entries) >= MIN_VERB_FEATURES else []


_ENTRY_KINDS = frozenset({"other", "what", "user_facing"})


def is_whole_in_headline(headline: str, text: str) -> bool:
    """Return whether a part of a headline says all of an item: `Add night maps` does of “Add night maps.”"""
    parts = {_fold(part) for part in headline.partition(": ")[2].split("; ")}
    whole = text.strip("“”.")
    shorter = _ITEM_AREA.sub("", whole)
    return not parts.isdisjoint(map(_fold, (whole, shorter, _ASIDE.sub("", shorter))))


def _fold(text: str) -> str:
    return re.sub(r"[`*_.“”\[\]]", "", text).casefold().strip()


def _name_new_thing(heading: str) -> str:
    """Return a heading that names one new thing: `New Contentview System`; empty for a kind, `New functions`."""
    name = re.sub(r"`([^`]*)`?", r"\1", _HEADING_REFERENCES.sub("", re.sub(r"\(.*", "", heading))).strip()
    is_short = MIN_HEAD_WORDS <= len(name.split()) <= MAX_HEAD_WORDS
    return name if is_short and _NEW_THING.match(name) and analyze_title(name).telling else ""


def _find_first_item(document: ParsedDocument) -> str:
    """Return the first short item of the notes, of their first three; empty without one."""
    items = [item for item in list_note_items(document) if not is_internal(item)][:MAX_HEADLINE_FEATURES]
    return next((head for item in items if (head := shorten_item(document, item))), "")


def _find_weighty_fix(document: ParsedDocument) -> str:
    """Return the short item under the fixes of the notes that weighs most: a loss of data before a crash."""
    fixes = [item for item in list_note_items(document) if guess_item_kind(item) == "fixes"]
    ordered = sorted(fixes, key=lambda item: rank_harm(item.text))
    return next((head for item in ordered if (head := shorten_item(document, item))), "")


def shorten_item(
    document: ParsedDocument, item: NoteItem, *, is_cut: bool = False, max_words: int = MAX_HEAD_WORDS
) -> str:
    """Return an item of notes up to its first colon as plain text; empty where it is too long or too short.

    An entry with a heading is called by it.
    """
    number = document.sections[item.section].entry
    if number is not None:
        heading = document.sections[number].heading
        own = heading[slice(*find_own_words(heading))]
        heading = re.sub(r"`([^`]*)`?", r"\1", _HEADING_REFERENCES.sub("", own)).strip()
        return heading if MIN_ENTRY_HEADING_WORDS <= len(heading.split()) <= MAX_HEAD_WORDS else ""
    return shorten(document, document.sentences[item.sentences[0]], is_cut=is_cut, max_words=max_words)


def shorten(
    document: ParsedDocument, sentence: DocumentSentence, *, is_cut: bool = False, max_words: int = MAX_HEAD_WORDS
) -> str:
    """Return a sentence of notes up to its first colon; empty where it has too many or too few words.

    Names of code keep their marks: they say what a short beginning is about, and that it begins small.

    Args:
        document: the notes.
        sentence: the sentence.
        is_cut: whether a long one may end before what it is for.
        max_words: how many words it may have.
    """
    quoted = None if _LEADS_ON.match(sentence.text) else quote_item(document, sentence)
    shown = simplify_quotation(quoted.text) if quoted else ""
    text = re.sub(r"(`[^`]*`)|[*]|\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?", r"\1\2", _EMPHASIS.sub(r"\1", shown))
    text = _ITEM_AREA.sub("", _LEADING_MARK.sub("", text))
    text = _INNER_ASIDE.sub(" ", text)
    head = re.split(r": | \(|\.(?:\s|$)| — | - ", text)[0].strip().rstrip(".")
    if _ends_before_verb(head, text[len(head) :]):
        return ""
    if is_cut and len(head.split()) > MAX_HEAD_WORDS:
        head = _cut_head(head)
    if len(head) < len(text.rstrip(" .")) and _SUBJECT.match(head) and not _FINITE_VERB.search(head):
        return ""
    # Two words say enough if one is a name of code: `Add WebSocketsSansIOProtocol`.
    min_words = MIN_HEAD_WORDS - names_code(head.replace("`", ""))
    return head if min_words <= len(head.split()) <= max_words and "#" not in head else ""


def _ends_before_verb(head: str, rest: str) -> bool:
    """Return whether a bracket parts a subject from its verb: `Requests made while fetching (of …) now validate`."""
    if not rest.startswith(" (") or starts_with_verb(head) or _FINITE_VERB.search(head):
        return False
    return bool(_BEHIND_BRACKET.match(rest))


_BEHIND_BRACKET = re.compile(r" \([^()]*\) (?:now|is|are|will|can|must|has|have|no longer|does|do)\b")


def _cut_head(head: str) -> str:
    """Return a long item up to what it is for: `Add --name option` of `Add --name option to give a name`.

    It is not cut where what follows limits it, and the beginning must name something: not `Add an option`.
    """
    for match in _PURPOSE.finditer(head):
        start = head[: match.start()]
        size = len(start.split())
        says_enough = size >= MIN_PLAIN_HEAD_WORDS or (size >= MIN_HEAD_WORDS and names_code(start))
        if start.count("`") % 2 or _DANGLING.search(start) or _NEEDS_OBJECT.search(start):
            continue
        if size > MAX_HEAD_WORDS or _LIMITS.search(_CODE.sub("", head[match.end() :])):
            return ""
        if says_enough:
            return start
    return ""
