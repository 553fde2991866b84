"""The rows of the box that a product has room for, and how many items a short text lists. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from sparky_assets.documents.parse import fold_space
from sparky_assets.documents.quotes import is_valid_quotation
from sparky_assets.periods import PeriodKind
from sparky_assets.stories.models import BoxMark, BoxRow, PeriodStories, ReleaseNote, SentencePart, StorySentence
from sparky_assets.stories.printing.edition import EditionList, drop_repository
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.phrasing import (
    PhraseFragment,
    PhraseValue,
    build_fragment,
    drop_stop,
    lower_first,
    tell,
)
from sparky_assets.stories.printing.products.limits import EditionLimits
from sparky_assets.stories.printing.releases.beside import find_patch_to_install
from sparky_assets.stories.printing.sentences import build_comparison_url, name_mark, quotation, spell_number

UPGRADE_SECTION = "sections.before_you_upgrade"
ACTION_MARKS = frozenset({"Security", "Upgrade", "Fixed since"})
MIN_ROWS_AT_ONCE, MAX_ROWS_AT_ONCE, MAX_WORDS_AT_ONCE = 2, 7, 60
"""Rows of the box in front of what a release brings, and their words."""
MAX_ROWS_OF_MARK = 2
"""Rows of one mark among them, where there are others."""
MAX_SECOND_WORDS = 16
"""Words of what is said behind the first sentence of a row, where there are several rows."""
MAX_NAMED_CHANGES = 20
"""Further rows about compatibility that are named: a migration guide lists everything that changed."""
MIN_NAMED_ROWS = 5
"""Further rows of one mark that are named, however many those of another mark are."""
MAX_INLINE_ROWS = 3
"""Rows of one mark without room in the box that are named in one sentence; more are a line each."""
MAX_SHORT_ROWS, MAX_SHORT_WORDS = 60, 400
"""Rows of one mark behind these that are named in one more sentence, and the words of all such sentences of a text."""
MAX_SHORT_ROW_WORDS = 10
"""Words of such a row; of a longer one about a removal the name of what is gone is enough."""


def select_rows(
    stories: PeriodStories, facts: EditionFacts, limits: EditionLimits, lead: ReleaseNote | None
) -> tuple[list[BoxRow], list[BoxRow]]:
    """Return the rows that are printed, and one row for each mark that names what has no room.

    A reader who upgrades must not miss the ninth breaking change. Where a list says what a release brings, the
    rows that name several come behind it, and the others are as many as a reader takes in at once.
    """
    rows = list(stories.box_rows)
    if lead is not None:
        # What is blocked is news of a project without users; where it has releases, it is a remark.
        rows = [drop_release(row, lead) for row in rows if row.mark != "Blocked"]
        if find_patch_to_install(stories, lead):
            own = {other.key for other in stories.releases if other.project == lead.project}
            rows = [row for row in rows if row.mark != "Fixed since" or not list_pages(row) <= own]
    if facts.repositories == 1:
        # starlight-markdoc 0.7.0 needs another version of starlight, which is no news of starlight 0.41.0.
        packages = {own.key for own in stories.releases if lead is not None and own.project != lead.project}
        rows = [drop_repository(row, packages) for row in rows]
    has_list = lead is not None and lists_items(stories, lead) and facts.period.kind is PeriodKind.WEEKLY
    if has_list:
        rows = shorten_rows(rows)
    size = limits.box_rows
    printed, others = choose_rows_at_once(rows) if has_list else (rows[:size], rows[size:])
    if not limits.box_named:
        return printed, []
    further: list[BoxRow] = []
    by_label: dict[str, list[BoxRow]] = {}
    for row in others:
        by_label.setdefault(row.mark if row.mark in {"Security", "Fixed since"} else row.label, []).append(row)
    by_label = {label: group_by_subject(group) for label, group in by_label.items()}
    room = limits.box_named
    sizes = [min(len(group), MIN_NAMED_ROWS) for group in by_label.values()]
    texts = {source.key: source.text for source in stories.sources}
    words_left = MAX_SHORT_WORDS
    for number, (label, group) in enumerate(by_label.items()):
        # Forty removals leave room for what is renamed.
        own_room = max(room - sum(sizes[number + 1 :]), min(room, MIN_NAMED_ROWS))
        named = group[: max(1, min(own_room, MAX_NAMED_CHANGES) if group[0].mark == "Compatibility" else own_room)]
        room -= len(named)
        further_label = name_further_rows(label, group[0])
        name = StorySentence(template="T", phrase=further_label.phrase, parts=further_label.parts)
        # Each mark has its share of the words that are left, so that sixty removals leave some for what changed.
        later = [row for other in list(by_label.values())[number + 1 :] for row in other[MIN_NAMED_ROWS:]]
        needed_later = sum(len(row.sentences[0].text.split()) for row in later)
        words = max(words_left // (len(by_label) - number), words_left - needed_later)
        short, hidden = list[BoxRow](), len(group) - len(named)
        if limits.names_all_rows:
            short, hidden = _name_others(group, len(named), texts, words)
        words_left -= count_words(short)
        # Forty statements in a paragraph are not read: each is on its own line, the last with what is hidden.
        alone = named if short else named[:-1] if len(named) > MAX_INLINE_ROWS else []
        further += [_name_rows(stories, name, [row], 0) for row in alone]
        further.append(_name_rows(stories, name, [*named[len(alone) :], *short], hidden))
    return (printed, further) if has_list else ([*printed, *further], [])


_SUBJECT = re.compile(
    r"“?(?:\[(?P<area>[\w ./-]{2,40})\]|`?(?P<prefix>[\w.*/-]{2,40})`?(?:: | - )|[^`]{0,60}`(?P<code>\w+\.\w+)\.)"
)
"""What a row is about first: `[map] …`, `pier: …`, `lamp - …`, or the module of a name: `acme.map.draw`."""


def group_by_subject(rows: Sequence[BoxRow]) -> list[BoxRow]:
    """Return rows with those of one project, or of one part of it, behind the first of them."""
    places: dict[str, int] = {}
    order: list[tuple[int, int]] = []
    for number, row in enumerate(rows):
        first = row.sentences[0]
        has_project = len(first.parts) > 1 and first.parts[0].kind == "datum" and first.parts[1].text == ": "
        match = None if has_project else _SUBJECT.match(first.text)
        subject = first.parts[0].text if has_project else next(filter(None, match.groups()), "") if match else ""
        order.append((places.setdefault(subject or f"{number}", number), number))
    return [rows[number] for _, number in sorted(order)]


_NAME = r"(?:``[^`\n]{2,100}``|`[^`\n]{2,100}`)"
_REMOVED_NAMES = re.compile(
    r"(?i)(?:(?:the|removed?|drop(?:ped|s)?|deprecated|(?:\w+ ){0,2}(?:option|property|method|function)) )*"
    rf"(?P<names>{_NAME}(?:(?:,| and|, and| or) {_NAME})*)"
)
"""How a statement about a removal begins with what is gone: ``The `Map::draw()` method …``."""


_TELLING_NAME = re.compile(r"[._:(\[-]|[a-z][A-Z]|[A-Z][a-z]")
"""A name that is of one thing alone: `scales.ticks`, `onClick`, `--lamp`."""
_NAMED_MARKS: frozenset[BoxMark] = frozenset({"Removed", "Deprecated", "Compatibility"})
"""Marks that say enough of a name."""


def _name_others(group: Sequence[BoxRow], first: int, texts: Mapping[str, str], words: int) -> tuple[list[BoxRow], int]:
    """Return the rows that one more sentence names by few words, as far as there are words, and how many are hidden.

    Args:
        group: the rows of one mark.
        first: the number of the first that has no line of its own.
        texts: the source texts, by their keys.
        words: the words that they may have.
    """
    said = [row.sentences[0].text for row in group[:first]]
    short: list[BoxRow] = []
    # Of a guide to two hundred changes the names are printed, and not a third of the changes.
    is_long = count_words([_shorten_to_name(row, texts) for row in group[first:]]) > words
    for number, row in enumerate(group[first:], start=first):
        own = _shorten_to_name(row, texts, names_only=is_long)
        text = own.sentences[0].text
        if text != row.sentences[0].text and any(text.strip("“”") in other for other in said):
            continue  # the heading above it names the same
        words -= count_words([own])
        if words < 0 or len(short) == MAX_SHORT_ROWS:
            return short, len(group) - number
        said.append(text)
        short.append(own)
    return short, 0


def _shorten_to_name(row: BoxRow, texts: Mapping[str, str], *, names_only: bool = False) -> BoxRow:
    """Return a row without what is said behind its first sentence; of a long one about a removal the names alone.

    Args:
        row: the row.
        texts: the source texts, by their keys.
        names_only: whether the names are enough of a row about another change too.
    """
    first = row.sentences[0]
    quoted = [part for part in first.parts if part.quotation]
    is_long = len(first.text.split()) > MAX_SHORT_ROW_WORDS
    statement = quoted[0].quotation if len(quoted) == 1 else None
    # The label says what happens to the names.
    if statement and ((is_long and row.label == "Removed") or (names_only and row.mark in _NAMED_MARKS)):
        text = texts.get(statement.source, "")
        names = _REMOVED_NAMES.match(text, statement.start, statement.end)
        # ``hover`` alone says too little of what works in another way.
        is_telling = names is not None and bool(row.label == "Removed" or _TELLING_NAME.search(names["names"]))
        start, end = names.span("names") if names and is_telling else (statement.start, statement.end)
        named = statement.model_copy(update={"start": start, "end": end, "text": fold_space(text[start:end])})
        if is_valid_quotation(named, text):
            link = quotation(named).model_copy(update={"url": quoted[0].url, "slot": quoted[0].slot})
            parts = tuple(link if own is quoted[0] else own for own in first.parts)
            first = first.model_copy(update={"parts": parts})
    return row.model_copy(update={"sentences": (first,)})


def lists_items(stories: PeriodStories, release: ReleaseNote) -> bool:
    """Return whether there is a list of what a release brings or mends."""
    return release.key in stories.release_items or release.key in stories.release_fixes


def _name_rows(stories: PeriodStories, name: StorySentence, rows: Sequence[BoxRow], hidden: int) -> BoxRow:
    """Return one row for several: their titles or quotations, and how many more there are."""
    named: list[PhraseValue] = []
    for row in rows:
        first: PhraseFragment = drop_stop(row.sentences[0])
        if row.mark == "Security" and row.label != row.mark:
            label = SentencePart(kind="datum", text=row.label)
            first = build_fragment("box.labelled", label=label, row=first)
        named += [*([build_fragment("lists.group")] if named else []), first]
    sentence = tell("B-REST", "box.rest", rows=named)
    if hidden:
        url = _find_comparison(stories, rows[0])
        more = SentencePart(kind="count", text=f"{spell_number(hidden)} more", url=url)
        sentence = tell("B-REST", "box.rest_more", rows=named, more=more)
    changes = tuple(key for row in rows for key in row.changes)
    return BoxRow(
        mark=rows[0].mark, label=name.text, name=name, sentences=(sentence,), changes=changes,
        rows=len(rows) + hidden,
    )  # fmt: skip


def _find_comparison(stories: PeriodStories, row: BoxRow) -> str | None:
    """Return the page of all commits of the release that brings the change of a row from before the period."""
    keys = {part.evidence for part in row.sentences[0].parts}
    brings = next((item.release for item in stories.released if item.change.key in keys), None)
    release = next((release for release in stories.releases if release.key == brings), None)
    return build_comparison_url(release) if release else None


def shorten_rows(rows: Sequence[BoxRow]) -> list[BoxRow]:
    """Return rows without what is said behind their first sentences, from the last on, until a reader takes them in."""
    shortened = list(rows)
    if len(rows) > MIN_ROWS_AT_ONCE:
        shortened = [row.model_copy(update={"sentences": _drop_long(row.sentences)}) for row in rows]
    for number in range(len(rows) - 1, -1, -1):
        if count_words(shortened[:MAX_ROWS_AT_ONCE]) <= MAX_WORDS_AT_ONCE:
            break
        shortened[number] = rows[number].model_copy(update={"sentences": rows[number].sentences[:1]})
    return shortened


def _drop_long(sentences: Sequence[StorySentence]) -> tuple[StorySentence, ...]:
    """Return the first sentence of a row and those behind it that are short."""
    short = (sentence for sentence in sentences[1:] if len(sentence.text.split()) <= MAX_SECOND_WORDS)
    return (*sentences[:1], *short)


def count_words(rows: Sequence[BoxRow]) -> int:
    """Return how many words rows have."""
    return sum(len(sentence.text.split()) for row in rows for sentence in row.sentences)


def choose_rows_at_once(rows: Sequence[BoxRow]) -> tuple[list[BoxRow], list[BoxRow]]:
    """Return the rows in front of what a release brings, by their words and few, and the others; both in their order.

    Those of one mark leave room for others: behind twelve removals, what is deprecated would be on no first screen.
    """
    seen: Counter[str] = Counter()
    ranks: list[tuple[bool, int]] = []
    for number, row in enumerate(rows):
        seen[row.mark] += 1
        ranks.append((seen[row.mark] > MAX_ROWS_OF_MARK, number))
    order = [number for _, number in sorted(ranks)]
    fitting = (size for size in range(MAX_ROWS_AT_ONCE, MIN_ROWS_AT_ONCE, -1))
    fits = (size for size in fitting if count_words([rows[number] for number in order[:size]]) <= MAX_WORDS_AT_ONCE)
    chosen = set(order[: next(fits, MIN_ROWS_AT_ONCE)])
    first = [row for number, row in enumerate(rows) if number in chosen]
    return first, [row for number, row in enumerate(rows) if number not in chosen]


def trim_lists(lists: Sequence[EditionList], limit: int | None) -> tuple[EditionList, ...]:
    """Return lists with so many items in all, the first ones; None keeps all of them."""
    if limit is None:
        return tuple(lists)
    trimmed: list[EditionList] = []
    for own in lists:
        room = limit - sum(len(before.items) for before in trimmed)
        if room > 0:
            trimmed.append(own.model_copy(update={"items": own.items[:room]}))
    return tuple(trimmed)


def list_pages(row: BoxRow) -> set[str | None]:
    """Return the keys of the records that a row links to."""
    return {part.evidence for sentence in row.sentences for part in sentence.parts if part.url}


def name_further_rows(label: str, row: BoxRow) -> PhraseFragment:
    """Return the label of one row for several: `Also breaking in 2.0`."""
    if row.mark == "Compatibility" and label == row.mark:
        return build_fragment("marks.also_compatibility")
    if row.name is not None and row.label == label:
        small: PhraseFragment | str = lower_first(PhraseFragment(row.name.phrase, row.name.parts))
    else:
        name = name_mark(label, row.mark)
        small = f"{name[:1].lower()}{name[1:]}" if isinstance(name, str) else lower_first(name)
    return build_fragment("marks.also", label=small)


def drop_release(row: BoxRow, lead: ReleaseNote) -> BoxRow:
    """Return a row without the sentence that it is in the release which the text is about."""
    own = [
        sentence
        for sentence in row.sentences
        if sentence.template != "R-WITH" or {part.evidence for part in sentence.parts if part.url} != {lead.key}
    ]
    return row.model_copy(update={"sentences": tuple(own)})


def choose_box_title(rows: Sequence[BoxRow]) -> str:
    """Return the key of the name of the box."""
    if any(row.mark in ACTION_MARKS for row in rows):
        return "sections.action_needed"
    return "sections.blocked" if all(row.mark == "Blocked" for row in rows) else UPGRADE_SECTION
