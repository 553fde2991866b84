"""Themes: one or two words that many titles of a period share, where messages explain few of the changes. Pure.

A project whose people write no messages may spend a week on one thing in forty commits. Each of them says too little to
be a story, and a rare name joins at most seven: together they are the news of the week.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.titles.verbs import starts_with_verb
from sparky_assets.stories.titles.words import canonicalize_word, is_telling_word

MIN_THEME_TITLES = 8
"""Titles that share two words from which these are a theme."""
MIN_WORD_TITLES, MIN_WORD_SHARE, MIN_PERSON_SHARE = 10, 0.15, 0.75
"""Titles that share one word from which it is a theme, their share of all, and that of one person among them."""
MAX_WORD_SHARE = 0.6
"""Share of all titles up to which a word is a theme: one in most of them is what the project is about."""
MIN_THEME_GROUPS = 3
"""Groups of changes that a theme joins: one group is a story already."""
MIN_THEME_SHARE = 0.5
"""Share of the titles of a group that hold the words of a theme, from which it belongs to the theme."""
MIN_EXPLAINING_WORDS = 20
"""Words of a message that explains its change."""
MAX_EXPLAINED_SHARE = 0.34
"""Share of the changes of a theme that messages explain: those are stories of their own."""
MIN_SPELLING_SHARE = 0.25
"""How often a spelling must be there, compared with the most common one, to be the heading."""

_WORD = re.compile(r"[^\W_]+")
_Name = tuple[str, ...]


@dataclass(frozen=True)
class TitleTheme:
    """The words of a theme as most titles write them, and the places of its groups."""

    words: str
    groups: tuple[int, ...]


MIN_CAMPAIGN_TITLES, MIN_CAMPAIGN_SHARE = 5, 0.5
MIN_LARGE_CAMPAIGN_TITLES, MIN_LARGE_CAMPAIGN_SHARE = 12, 0.3
"""Titles of one form that are one story, and their share of what people did in a repository; of many a smaller one."""
_NEWS_VERB = re.compile(r"(?i)(?:add|allow|deprecat|drop|expos|fix|implement|introduc|provid|remov|support)")
"""Verbs whose objects are the news: six things that are added to one place are six."""
MIN_TAIL_WORDS, MAX_TAIL_WORDS = 2, 5
"""Words at the end of titles of one form."""


def find_campaigns(records: Sequence[ChangeRecord]) -> list[tuple[str, list[ChangeRecord]]]:
    """Return the changes of each repository that did one thing many times, with the words of all their titles.

    `Move Kafka tests to JUnit Jupiter` and 42 more: each of them is nothing, together they are the work of a month.
    """
    by_repository: dict[str, list[ChangeRecord]] = defaultdict(list)
    for record in records:
        if not record.change.is_bot:
            by_repository[record.change.repository].append(record)
    found = (_find_campaign(own) for _, own in sorted(by_repository.items()))
    return [campaign for campaign in found if campaign]


def _find_campaign(records: Sequence[ChangeRecord]) -> tuple[str, list[ChangeRecord]] | None:
    """Return the largest set of titles with one verb in front and one end, and these words."""
    forms: dict[tuple[str, ...], list[ChangeRecord]] = defaultdict(list)
    for record in records:
        words = record.change.title.casefold().split()
        is_news = record.change.noise is None and bool(_NEWS_VERB.match(record.change.title))
        if not (record.change.is_marked_breaking or is_news) and starts_with_verb(record.change.title):
            for size in range(MIN_TAIL_WORDS, min(MAX_TAIL_WORDS, len(words) - 2) + 1):
                forms[(words[0], *words[-size:])].append(record)
    distinct = {form: len({record.change.title.casefold() for record in own}) for form, own in forms.items()}
    form = max(forms, key=lambda own: (distinct[own], len(own), own), default=())
    number = distinct.get(form, 0)
    is_most = number >= max(MIN_CAMPAIGN_TITLES, MIN_CAMPAIGN_SHARE * len(records))
    if not is_most and number < max(MIN_LARGE_CAMPAIGN_TITLES, MIN_LARGE_CAMPAIGN_SHARE * len(records)):
        return None
    members = sorted(forms[form], key=lambda record: (record.change.landed_at, record.change.key))
    explained = sum(record.signals.prose_words >= MIN_EXPLAINING_WORDS for record in members)
    if explained > MAX_EXPLAINED_SHARE * len(members):
        return None
    words = members[0].change.title.split()
    return " ".join((words[0], *words[1 - len(form) :])), members


def find_themes(groups: Sequence[Sequence[ChangeRecord]]) -> list[TitleTheme]:
    """Return the theme of each repository that has one.

    Args:
        groups: the changes of the period in groups; those of several repositories have no theme.
    """
    by_repository: dict[str, list[int]] = defaultdict(list)
    for place, members in enumerate(groups):
        repositories = {record.change.repository for record in members}
        if len(repositories) == 1:
            by_repository[repositories.pop()].append(place)
    found = (_find_theme(groups, places) for _, places in sorted(by_repository.items()))
    return [theme for theme in found if theme]


def _find_theme(groups: Sequence[Sequence[ChangeRecord]], places: Sequence[int]) -> TitleTheme | None:
    telling = {place: [record for record in groups[place] if record.change.noise is None] for place in places}
    names = {record.change.title: _list_names(record.change.title) for own in telling.values() for record in own}
    counts = Counter(name for own in names.values() for name in own)
    pairs = [(name, number) for name, number in counts.items() if len(name) > 1 and number >= MIN_THEME_TITLES]
    if not pairs:
        records = [record for own in telling.values() for record in own]
        pairs = [
            (name, number) for name, number in counts.items() if len(name) == 1 and _is_worked_on(name, records, number)
        ]
    if not pairs:
        return None
    pair = min(pairs, key=lambda item: (-item[1], item[0]))[0]
    own_places = [
        place
        for place, own in telling.items()
        if own and sum(pair in names[record.change.title] for record in own) >= MIN_THEME_SHARE * len(own)
    ]
    members = [record for place in own_places for record in telling[place]]
    explained = sum(record.signals.prose_words >= MIN_EXPLAINING_WORDS for record in members)
    if len(own_places) < MIN_THEME_GROUPS or explained > MAX_EXPLAINED_SHARE * len(members):
        return None
    spellings = Counter(own[pair] for own in names.values() if pair in own)
    most = max(spellings.values())
    usual = [words for words, number in spellings.items() if number >= MIN_SPELLING_SHARE * most]
    # The plural names the theme better than the singular: `custom shaders`.
    return TitleTheme(max(usual, key=lambda words: (len(words), spellings[words], words)), tuple(own_places))


def names_theme(record: ChangeRecord, words: str) -> bool:
    """Return whether the title of a change holds the words of a theme, in any form of them."""
    return tuple(map(canonicalize_word, words.split())) in _list_names(record.change.title)


def _is_worked_on(name: _Name, records: Sequence[ChangeRecord], number: int) -> bool:
    """Return whether a word is in many titles, most of them of one person: `bundle`, which typst's author built."""
    if not max(MIN_WORD_TITLES, MIN_WORD_SHARE * len(records)) <= number <= MAX_WORD_SHARE * len(records):
        return False
    people = Counter(record.change.author_key for record in records if name in _list_names(record.change.title))
    return max(people.values(), default=0) >= MIN_PERSON_SHARE * number


def _list_names(title: str) -> dict[_Name, str]:
    """Return the telling words of a title and the pairs of them that only a space is between, as the title writes them.

    The first word is none of them where it is a verb.
    """
    matches = list(_WORD.finditer(title))
    if starts_with_verb(title):
        matches = matches[1:]
    words: dict[_Name, str] = {
        (canonicalize_word(match[0]),): match[0] for match in matches if is_telling_word(match[0])
    }
    return words | {
        (canonicalize_word(first[0]), canonicalize_word(second[0])): f"{first[0]} {second[0]}"
        for first, second in pairwise(matches)
        if title[first.end() : second.start()] == " " and is_telling_word(first[0]) and is_telling_word(second[0])
    }
