"""Write the headline of a release: its version, and what weighs most in its notes. Pure."""

import re
from collections.abc import Sequence

from sparky_assets.documents.cache import keep_per_document
from sparky_assets.documents.consequences.changed_names import RENAMED_LABEL
from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.consequences.verbs import is_slight_break
from sparky_assets.documents.models import ConsequenceKind, DocumentSentence, NoteItem, ParsedDocument
from sparky_assets.documents.note_kinds import guess_item_kind, is_improvement, is_internal
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.states import names_fault
from sparky_assets.stories.models import ReleaseNote, StorySentence
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseValue, build_fragment, build_plural, tell
from sparky_assets.stories.printing.releases.counts import (
    ADVISORY_COUNTS,
    CONSEQUENCE_COUNTS,
    HEADLINE_COUNTS,
    count_note_items,
    list_weighty_counts,
)
from sparky_assets.stories.printing.releases.introductions import WARNING, find_only_line, list_introducing
from sparky_assets.stories.printing.releases.shortening import (
    HEADING_REFERENCES,
    ITEM_AREA,
    MAX_HEAD_WORDS,
    MIN_HEAD_WORDS,
    MIN_PLAIN_HEAD_WORDS,
    shorten,
    shorten_item,
    shorten_or_cut,
)
from sparky_assets.stories.printing.releases.weights import (
    ENDING,
    MIN_NAME_LENGTH,
    extends_any,
    list_entry_news,
    list_news,
    list_unheaded_news,
)
from sparky_assets.stories.printing.sentences import count, join_parts
from sparky_assets.stories.titles.parts import capitalize_title
from sparky_assets.stories.titles.verbs import VERBLESS_FAULT, starts_with_verb
from sparky_assets.stories.titles.words import analyze_title
from sparky_assets.text.credits import read_own_words
from sparky_assets.text.references import find_advisories
from sparky_assets.text.words import find_code_names, rank_harm

MAX_HEADLINE_WORDS = 20
"""Words of a whole headline."""
MAX_LONG_HEAD_WORDS = 16
"""Words of a new thing where the notes describe none in fewer."""
MAX_HEADLINE_FEATURES = 5
"""Features of the notes of which the first short ones are in the headline."""
MAX_SEARCHED_FEATURES = 20
"""Features that are looked at where none of the first ones is short enough."""
MAX_NAMED_FEATURES = 3
MIN_VERB_FEATURES = 2
"""Items of notes without headings whose verb calls them new from which no other leads."""
MAX_LISTED_WORDS = 4
"""Words of a named item that reads as one of a list: `7 new data structures and two fixes`."""
MIN_MANY_BREAKS = 5
"""Breaking changes of which one is named beside fixes of advisories."""
_NEW_THING = re.compile(
    r"New (?!(?i:features?|in|since|with|and|or)\b)"
    r"(?!(?i:.*\b(?:features|functions|options|commands|methods|changes|apis))$)\S"
)
_ASIDE = re.compile(r"\s*\([^()]*\)$")


MAJOR_WEIGHT = 2
"""Weight of a major version, which leads also where nothing is known of it but its number."""


def get_version_weight(release: ReleaseNote) -> int:
    """Return 2 for a major version, 1 for a minor one, 0 for a patch."""
    numbers = [int(part) for part in release.version.split("-")[0].split("+")[0].split(".") if part.isdigit()]
    numbers += [0] * (3 - len(numbers))
    return MAJOR_WEIGHT if numbers[1] == numbers[2] == 0 else 1 if numbers[2] == 0 else 0


def is_patch(release: ReleaseNote) -> bool:
    """Return whether a release is one step of a line: a patch, or a pre-release of a version."""
    return release.is_prerelease or not get_version_weight(release)


def tell_release_headline(
    release: ReleaseNote, news: Sequence[PhraseValue] = (), *, is_fault: bool = False
) -> StorySentence:
    """Return the headline of a release, with its news if there are any.

    Patches of one version in a period are one piece of news: a reader installs the last of them.

    Args:
        release: the release.
        news: what it brings.
        is_fault: whether the news names a fault that it mends, and not what it does.
    """
    version = release.version or release.tag
    if news and release.latest_patch and is_patch(release):
        span = {"first": release.line[0], "version": release.latest_patch}
        form = "two_releases" if len(release.line) == len(span) else "releases"
        if is_fault:
            return tell("H", f"headlines.{form}_fixed", project=release.project, **span, fault=news)
        return tell("H", f"headlines.{form}_news", project=release.project, **span, news=news)
    if news and is_fault:
        return tell("H", "headlines.release_fixed", project=release.project, version=version, fault=news)
    if not news:
        return tell("H", "headlines.release", project=release.project, version=version)
    return tell("H", "headlines.release_news", project=release.project, version=version, news=news)


MAX_LINE_WORDS = 10
"""Words of the only line of notes, the message of a tag, up to which it is the news: `Workaround for query hang`."""


def build_headline(release: ReleaseNote, document: ParsedDocument) -> StorySentence:
    """Return the headline of a release: its version, and what weighs most in its notes."""
    counted = count_note_items(document)
    weighty = [item for item in counted if item[1] in HEADLINE_COUNTS]
    named, hidden = find_headline_item(document)
    if not named and len(weighty) == 1 and weighty[0][0] == 1 and (fix := _find_only_fix(document)):
        fixes = build_plural(f"counts.{weighty[0][1]}", 1, number=count(1))
        version = release.version or release.tag
        news = _spell_news(fix)
        headline = tell("H", "headlines.release_fix", project=release.project, version=version, fixes=fixes, news=news)
        if len(headline.text.split()) <= MAX_HEADLINE_WORDS:
            return headline
    ordered = [*weighty, *(item for item in counted if item not in weighty)]
    counts = [others for number, key in ordered if (others := _count_others(number, key, hidden))]
    # A project writes its name as it does: `ripgrep now respects GIT_CONFIG_GLOBAL`.
    names_project = named.partition(" ")[0].strip("`") == release.project
    own = _drop_release(named, release)
    pieces: list[PhraseValue] = (
        [_drop_marks(own) if names_project and own == named else _spell_news(own)] if own else []
    )
    # k6 2.0.0 has one fix of an advisory and twenty breaks: the first of these, and how many there are of both.
    has_both = hidden == "breaking" and counts[:1] and weighty[0][1] in ADVISORY_COUNTS
    counts = counts[: 2 - len(pieces) + bool(has_both)]
    more = _list_more_features(release, document, named, counts[: len(weighty)], by_verb=not weighty)
    if more and len(counts) > len(weighty):
        counts = counts[: len(weighty)]
    if more and not named:
        parts = [*join_parts(counts), *(part for head in more for part in (build_fragment("lists.group"), head))]
        return tell_release_headline(release, parts)
    pieces += [*more, *counts]
    if own and counts and weighty and weighty[0][1] in ADVISORY_COUNTS and not has_both:
        # A hole comes before what is new: litestar 2.20.0 closes two, and adds an option.
        first = f"{own[:1].lower()}{own[1:]}" if starts_with_verb(own) else own
        pieces = [counts[0], _drop_marks(first), *(piece for piece in pieces[1:] if piece is not counts[0])]
    only = find_only_line(document) if not pieces else None
    if only and len(only.text.split()) <= MAX_LINE_WORDS:
        pieces = [_spell_news(only.text.rstrip("!."))]
    # A sentence and a count are no list: `Draw maps within ten seconds and three fixes`.
    is_sentence = len(named.split()) > MAX_LISTED_WORDS or starts_with_verb(named) or bool(more)
    is_fault = hidden == "fix" and _is_fault(named)
    if is_sentence and len(pieces) > 1:
        parts = [part for piece in pieces for part in (build_fragment("lists.group"), piece)]
        return tell_release_headline(release, parts[1:], is_fault=is_fault)
    return tell_release_headline(release, join_parts(pieces), is_fault=is_fault)


_MENDS = re.compile(r"(?i)(?:fix|bug ?fix|resolv|correct|repair|mend)\w*\b")
_NOW_RIGHT = re.compile(r"(?i)\b(?:now|no longer|any ?(?:more|longer)|always|actually|instead|fixed)\b|\bexplicitly\b")
"""Words of a fix that says how it is from now on: `Lamps no longer burn at noon`."""
_DONE = re.compile(r"(?i)\w{3,}(?:ing|ed)\b|better\b|\w{3,} (?:the|an?|its|their|all|only|up|out)\b")
"""The beginning of a fix that says what was done, whose verb is in no table: `Draw the lamps`."""


def _is_fault(head: str) -> bool:
    """Return whether an item below fixes names its fault alone: `300 threads of the client eat up lots of memory`."""
    if starts_with_verb(head) or _MENDS.match(head) or _NOW_RIGHT.search(head):
        return False
    return names_fault(head) or bool(VERBLESS_FAULT.search(head)) or not _DONE.match(head)


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
    for whole in list_feature_heads(document, by_verb=by_verb):
        head = whole if whole == named else _drop_release(whole, release)
        size = len(head.split())
        limit = room if not more else min(room, MAX_LISTED_WORDS)
        if (named or counts) and head != named and size <= limit and len(more) < MAX_NAMED_FEATURES - 1:
            more.append(_drop_marks(f"{head[:1].lower()}{head[1:]}" if starts_with_verb(head) else head))
            room -= size
    return more


def _spell_news(head: str) -> str:
    """Return a part of a headline with its first letter up, unless that is code: `import now reads tides`."""
    return _drop_marks(capitalize_title(head))


def _drop_release(head: str, release: ReleaseNote) -> str:
    """Return a part of a headline without the project and the version that are in front of it.

    The name of the project stays in front of what it does now, `ripgrep now respects …`, and not of what was done:
    `Requests added support for Python 3.15`.
    """
    project, version = re.escape(release.project), re.escape(release.version or release.tag)
    own = re.sub(rf"^`?{project}`? v?{version} (?=\S+ \S)", "", head, flags=re.IGNORECASE)
    return re.sub(rf"^{project} (?=[a-z]{{2,}}(?:ed|es|ces) \S)", "", own, flags=re.IGNORECASE)


def _drop_marks(head: str) -> str:
    return head.replace("`", "")


def weigh_notes(document: ParsedDocument) -> tuple[int, ...]:
    """Return how much notes say, for a choice among releases: advisories first, then what breaks.

    The last number is of the items that no heading calls new or a fix.
    """
    counted = {key: number for number, key in count_note_items(document)}
    _, named = find_named_item(document, ())
    kinds = (ADVISORY_COUNTS, CONSEQUENCE_COUNTS.values(), ("feature",), ("improvement",), ("fix",))
    numbers = [sum(counted.get(key, 0) for key in keys) for keys in kinds]
    others = max(0, len(list_note_items(document)) - sum(numbers))
    return (int(numbers[0] > 0), int(numbers[1] > 0), int(named in {"feature", "improvement"}), *numbers, others)


def _find_only_fix(document: ParsedDocument) -> str:
    """Return the item of the only advisory that notes name, shortened; empty where that says nothing."""
    by_start = {sentence.start: sentence for sentence in document.sentences}
    fixes = (item.statement for item in find_consequences(document) if item.kind == "security" and item.statement)
    sentence = next((by_start[statement.start] for statement in fixes if statement.start in by_start), None)
    head = shorten_or_cut(document, sentence) if sentence else ""
    # The only hole that a release closes is its news, in a whole sentence too.
    head = head or (shorten(document, sentence, max_words=MAX_LONG_HEAD_WORDS) if sentence else "")
    # `Security fix for CVE-2024-51999` says no more than the count.
    return "" if find_advisories(head) and len(head.split()) <= MIN_PLAIN_HEAD_WORDS else head


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


@keep_per_document
def find_headline_item(document: ParsedDocument) -> tuple[str, str]:
    """Return the item that the headline of a release names, with the key of its count. Its sentences ask thrice."""
    return find_named_item(document, list_weighty_counts(document))


def find_named_item(document: ParsedDocument, weighty: Sequence[tuple[int, str]]) -> tuple[str, str]:
    """Return the item that a headline names, with the key of its count; empty where counts weigh more.

    Advisories are counted and not named. If the notes have two kinds of consequences, or one kind and no feature that
    is short enough, the first consequence is named. Where none is short, a longer one says more than counts alone.
    """
    counts_advisories = any(key in ADVISORY_COUNTS for _, key in weighty)
    named = _find_short_item(document, weighty, counts_advisories=counts_advisories)
    if named[0] or counts_advisories:
        return named
    consequence = _find_first_consequence(document, list(CONSEQUENCE_COUNTS.values()), MAX_LONG_HEAD_WORDS)
    if consequence[0]:
        return consequence
    if weighty and (features := list_feature_heads(document)):
        # What its verb alone calls new says more than `one breaking change` alone.
        return features[0], "feature"
    fix = "" if weighty else _find_weighty_fix(document, MAX_LONG_HEAD_WORDS)
    return (fix, "fix") if fix else (_find_introduction(document), "")


_SAYS_WHAT = re.compile(
    r"(?!(?:this|these|those|that|it|its|they|we|you|here|there|in|as|the (?:first|second|third|new|next|latest|main"
    r"|highlights?|biggest|primary|release|following|focus)|if|when|for|see|read|note|please|with|after|to)\b)"
    r"[\w`@].*\b(?:adds?|brings?|can|comes?|drops?|enables?|gains?|has|have|introduces?|is|are|makes?|merges?|moves?"
    r"|now|replaces?|requires?|runs?|ships?|supports?|switch(?:es)?|uses?|works?)\b",
    re.IGNORECASE,
)
"""A sentence that names what it is about and what that does: `Pier 5 merges lamps into the core package`."""


def shorten_introduction(document: ParsedDocument, sentence: DocumentSentence) -> str:
    """Return a sentence in front of the lists of notes as a headline may have it; empty where it says too little."""
    head = shorten(document, sentence, max_words=MAX_LONG_HEAD_WORDS)
    return head if _SAYS_WHAT.match(head) else ""


def _find_introduction(document: ParsedDocument) -> str:
    """Return the first sentence of a paragraph in front of the lists that a headline may have; empty without one."""
    opening = (own for own in list_introducing(document) if own.opens_block and not WARNING.search(own.text))
    return next((head for own in opening if (head := shorten_introduction(document, own))), "")


def _find_short_item(
    document: ParsedDocument, weighty: Sequence[tuple[int, str]], *, counts_advisories: bool
) -> tuple[str, str]:
    if len(weighty) >= 2 and counts_advisories:
        breaking = sum(number for number, key in weighty if key == "breaking")
        # Counts alone are no news: composer 2.10 has five fixes of holes, two breaks and nothing new.
        is_named = breaking >= MIN_MANY_BREAKS or not list_feature_heads(document, by_verb=False)
        return _find_first_consequence(document, ["breaking"], MAX_LONG_HEAD_WORDS) if is_named else ("", "")
    if len(weighty) < 2:
        # Beside a breaking change, a verb alone makes no feature: `Add an argument to the printer`.
        if features := list_feature_heads(document, by_verb=not weighty):
            counted = {key for _, key in count_note_items(document)}
            # Where the notes call all that is new an improvement, what is named is one of them.
            return features[0], "improvement" if "improvement" in counted and "feature" not in counted else "feature"
        if not weighty and (fix := _find_weighty_fix(document)):
            return fix, "fix"
        # Notes without headings count nothing: `Performance optimizations for non-ASCII input` says most.
        if not count_note_items(document) and (first := _find_first_item(document)):
            return first, ""
    return ("", "") if counts_advisories or not weighty else _find_first_consequence(document, HEADLINE_COUNTS)


def _find_first_consequence(
    document: ParsedDocument, keys: Sequence[str], max_words: int = MAX_HEAD_WORDS
) -> tuple[str, str]:
    """Return the first short consequence of the notes, with the key of its count; only of those whose key is given."""
    by_start = {sentence.start: sentence for sentence in document.sentences}
    named = [item for item in find_consequences(document) if CONSEQUENCE_COUNTS.get(item.kind, "") in keys]
    # What has another name is mostly found under the old one too: it is a row, and no headline.
    stated = [
        (item.kind, sentence, is_slight_break(item.statement.text))
        for item in named
        if item.statement and item.label != RENAMED_LABEL and (sentence := by_start.get(item.statement.start))
    ]
    kinds = list(CONSEQUENCE_COUNTS)

    def rank(consequence: tuple[ConsequenceKind, DocumentSentence, bool]) -> tuple[int, bool]:
        kind, sentence, is_slight = consequence
        in_section = document.sections[sentence.section].kind == "breaking"
        # Prose in front of a list says what its author holds for the weightiest; a fix in that list says least.
        is_prose = in_section and not (sentence.is_list_item or sentence.is_heading)
        return -1 if is_prose else kinds.index(kind), is_slight

    for kind, sentence, _ in sorted(stated, key=rank):
        head = shorten_or_cut(document, sentence, max_words)
        if head and (kind != "removed" or ENDING.search(head)):
            return head, CONSEQUENCE_COUNTS[kind]
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
    features = features or list_entry_news(document, items)
    # Beside features, an improvement is none.
    features = [item for item in features if not is_improvement(item)] or features
    features = [item for item in features if _is_news(item)]
    first, others = features[:MAX_HEADLINE_FEATURES], features[MAX_HEADLINE_FEATURES:MAX_SEARCHED_FEATURES]
    if heads := _list_heads(document, first):
        return heads
    # A whole sentence says more than the trivial fix that would stand there.
    long_heads = (shorten_item(document, item, max_words=MAX_LONG_HEAD_WORDS) for item in first)
    return [head for head in long_heads if head][:1] or (_list_heads(document, others) if by_verb else [])


def _list_heads(document: ParsedDocument, features: Sequence[NoteItem]) -> list[str]:
    """Return items as short as they say enough, without those that extend another one."""
    heads: dict[str, None] = {}
    names: set[str] = set()
    for item in features:
        own_names = find_code_names(item.text, MIN_NAME_LENGTH)
        head = shorten_item(document, item, is_cut=True)
        if head and not extends_any(own_names, names):
            heads.setdefault(head)
        names |= own_names
    return list(heads)


def is_whole_in_headline(headline: str, text: str) -> bool:
    """Return whether a part of a headline says all of an item: `Add night maps` does of “Add night maps.”"""
    parts = {_fold(part) for part in headline.partition(": ")[2].split("; ")}
    whole = text.strip("“”.")
    shorter = ITEM_AREA.sub("", whole)
    return not parts.isdisjoint(map(_fold, (whole, shorter, _ASIDE.sub("", shorter))))


def _fold(text: str) -> str:
    return re.sub(r"[`*_.“”\[\]]", "", text).casefold().strip()


def _name_new_thing(heading: str) -> str:
    """Return a heading that names one new thing: `New Contentview System`; empty for a kind, `New functions`."""
    name = re.sub(r"`([^`]*)`?", r"\1", HEADING_REFERENCES.sub("", re.sub(r"\(.*", "", heading))).strip()
    is_short = MIN_HEAD_WORDS <= len(name.split()) <= MAX_HEAD_WORDS
    return name if is_short and _NEW_THING.match(name) and analyze_title(name).telling else ""


def _find_first_item(document: ParsedDocument) -> str:
    """Return the first short item of the notes, of their first three; empty without one."""
    items = [item for item in list_note_items(document) if _is_news(item)][:MAX_HEADLINE_FEATURES]
    return next((head for item in items if (head := shorten_item(document, item))), "")


def _find_weighty_fix(document: ParsedDocument, max_words: int = MAX_HEAD_WORDS) -> str:
    """Return the short item under the fixes of the notes that weighs most: a loss of data before a crash."""
    fixes = [item for item in list_note_items(document) if guess_item_kind(item) == "fixes" and _is_news(item)]
    ordered = sorted(fixes, key=lambda item: rank_harm(item.text))
    return next((head for item in ordered if (head := shorten_item(document, item, max_words=max_words))), "")


def _is_news(item: NoteItem) -> bool:
    is_noise = any(classify_noise(text) for text in (item.text, read_own_words(item.text)))
    return not (is_internal(item) or is_noise or _SLIGHT.search(item.text))


_SLIGHT = re.compile(
    r"(?i)\b(?:slightly|a (?:little|tiny|tad) bit|a little|minor|tiny)\b"
    r"|^(?:\W*[\w./-]{2,30}: )?(?:add|improve|update|fix|correct)\w* (?:(?:the|an?|more|some) )?examples?\b"
)
"""What the author of an item calls small, or an example: it is in no headline where there is another one."""
