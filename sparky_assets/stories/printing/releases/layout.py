"""Lay out the releases of a period: the lede of the one that leads, what it brings, and the others. Pure."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from sparky_assets.documents.similarity import (
    covers_text,
    names_all,
    repeats_title,
    says_alike,
)
from sparky_assets.stories.models import (
    PeriodStories,
    ReleaseItems,
    ReleaseNote,
    StoryItem,
    StorySentence,
    make_plain_sentence,
)
from sparky_assets.stories.printing.edition import EditionList
from sparky_assets.stories.printing.headline import has_quoted_notes
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.releases.beside import (
    find_latest,
    find_patch_to_install,
    list_beside,
    list_others_of_project,
    tell_other_releases,
)
from sparky_assets.stories.printing.releases.contents import ALSO_HEADING, QUOTED_HEADING
from sparky_assets.stories.printing.releases.headline import is_whole_in_headline
from sparky_assets.stories.printing.releases.item_details import DETAILS_TEMPLATE
from sparky_assets.stories.printing.releases.items import MIN_LISTED_ITEMS, NEW_PHRASE, join_fixes, name_list_of
from sparky_assets.stories.printing.releases.summary import (
    COMMITS_TEMPLATE,
    COUNTS_TEMPLATE,
    FEATURE_TEMPLATE,
    ITEM_TEMPLATE,
    MAX_LEDE_SENTENCES,
    tell_commits,
)
from sparky_assets.stories.printing.sentences import (
    count_releases,
    format_title,
    join_parts,
    limit_parts,
    name_release,
    title_link,
)
from sparky_assets.text.versions import parse_release_tag
from sparky_assets.text.words import count_words

MAX_PLAIN_RELEASES = 12
"""Releases without quoted notes that the last list names."""
MIN_NAMED_SECTIONS = 2
"""Sections whose titles are in the list of what a release holds."""
MAX_SCREEN_ITEMS = 10
"""Items of the first list where the first screen has room for them."""
ALSO_NEW_PHRASE = "sections.also_new_in_release"
MIN_REPEATED_WORDS = 6
"""Words that an item shares with a row or section from which it may say the same."""
LISTED_TEMPLATES = frozenset({FEATURE_TEMPLATE, COUNTS_TEMPLATE, COMMITS_TEMPLATE, ITEM_TEMPLATE})
"""What is said about a release only where no list says more."""
BRIEF_TEMPLATES = frozenset({ITEM_TEMPLATE, "R-HOLDS"})
"""What is said about a release where no stories in brief follow: an item of its notes, and a change in it."""


@dataclass(frozen=True)
class ReleaseLayout:
    """The parts of a product about the release that leads.

    Attributes:
        lede: that it is out, what its notes say, and the other releases of its project.
        lists: what it brings, as lists.
        commits: how many commits it has, for the small print.
    """

    lede: tuple[StorySentence, ...] = ()
    lists: tuple[EditionList, ...] = ()
    commits: StorySentence | None = None

    def list_counts(self) -> tuple[StorySentence, ...]:
        """Return the sentence of its commits, if there is one."""
        return (self.commits,) if self.commits else ()


def lay_out_release(
    stories: PeriodStories,
    release: ReleaseNote | None,
    written: Set[str | None],
    limits: tuple[int, int],
    *,
    with_brief: bool,
    has_rows: bool,
    others: Sequence[ReleaseNote] = (),
    beside: Sequence[str] = (),
    screen_words: int = 0,
    sections: Set[str] = frozenset(),
) -> ReleaseLayout:
    """Return what is printed about the release that leads; nothing without one.

    A sentence is in the lede only if no list or row says the same: a count of what follows is no news.

    Args:
        stories: the stories.
        release: the release that leads.
        written: keys of the changes that are written of elsewhere.
        limits: how many items the first and the second list have at most.
        with_brief: whether stories in brief follow, which tell its items.
        has_rows: whether the box has rows.
        others: releases of other projects that have a list of their own: the lede names them.
        beside: what rows of the box and sections say; a list does not say it again in other words.
        screen_words: words of the first screen behind the box, which further items fill.
        sections: keys of the changes that have a section below.
    """
    if release is None:
        return ReleaseLayout()
    first, *rest = stories.release_sentences.get(release.key, ())
    said = [sentence for sentence in rest if sentence.template not in LISTED_TEMPLATES]
    if _has_quoted_heading(stories.release_items.get(release.key)) and limits[0]:
        # The list has these changes with what their messages say.
        said = [sentence for sentence in said if sentence.template != "R-HOLDS"]
    titled = {part.evidence for sentence in (first, *said) for part in sentence.parts if part.kind == "title"}
    lists = _list_release_items(
        stories, release, (first, *said), written | titled, limits, beside=beside, screen_words=screen_words
    )
    if screen_words and release.key in stories.release_items:
        words = screen_words - sum(count_words(sentence.text) for sentence in (first, *said))
        lists = _name_sections(stories, release, lists, sections - titled, words)
    dropped = set(BRIEF_TEMPLATES) if with_brief or lists else set()
    dropped |= {FEATURE_TEMPLATE} if lists else set()
    dropped |= {COUNTS_TEMPLATE, COMMITS_TEMPLATE} if lists or has_rows else set()
    if any(own.heading.phrase == QUOTED_HEADING for own in lists):
        dropped |= {"R-HOLDS"}
    elif not with_brief and any(sentence.template == "R-HOLDS" for sentence in rest):
        dropped = dropped - {"R-HOLDS"} | {COMMITS_TEMPLATE}
    headline = stories.release_headlines[release.key].text if release.key in stories.release_headlines else ""
    following = [
        sentence
        for sentence in rest
        if sentence.template not in dropped
        and not (sentence.template == FEATURE_TEMPLATE and _is_in(sentence, headline))
    ]
    if headline and not any(sentence.template == FEATURE_TEMPLATE for sentence in following):
        # `Its notes list three new features` says nothing where the headline has all three.
        has_all = any(sentence.template == FEATURE_TEMPLATE for sentence in rest)
        following = [own for own in following if not (has_all and own.template == COUNTS_TEMPLATE)]
    if out := tell_other_releases(stories, release, others):
        following = [*following[: MAX_LEDE_SENTENCES - 2], out]
    lede = (first, *following)[:MAX_LEDE_SENTENCES]
    is_counted = any(sentence.template == COMMITS_TEMPLATE for sentence in lede)
    commits = None if is_counted else tell_commits(release, names_release=True)
    return ReleaseLayout(lede, tuple(lists), commits)


def _is_in(sentence: StorySentence, headline: str) -> bool:
    """Return whether a headline has all that a sentence quotes."""
    return any(part.quotation and is_whole_in_headline(headline, part.text) for part in sentence.parts)


def _list_release_items(
    stories: PeriodStories,
    release: ReleaseNote,
    lede: Sequence[StorySentence],
    written: Set[str | None],
    limits: tuple[int, int],
    *,
    beside: Sequence[str],
    screen_words: int,
) -> list[EditionList]:
    """Return what is new and fixed in the release that leads, as lists, without what is written of elsewhere.

    If it has no fixes beside what is new, the second list is what the latest other release of the project brings.
    What the patch to install brings comes last: a reader installs that.

    Arguments as of `lay_out_release`; `lede` is what is said about it before.
    """
    limit, fix_limit = limits
    headline = stories.release_headlines[release.key].text if release.key in stories.release_headlines else ""
    own_items = stories.release_items.get(release.key)
    unnamed = _drop_repeated(own_items, beside)
    if not _has_quoted_heading(own_items):
        unnamed = _drop_named(unnamed, headline)
    # Behind those that the headline, a row or a section says, one item is a list.
    is_rest = own_items is not None and len(own_items.items) == 1
    min_items = MIN_LISTED_ITEMS if unnamed == own_items and not is_rest else 1
    first = _lay_out_items(unnamed, written, limit, min_items=min_items)
    printed = list_linked_texts([*lede, *(item.sentences[0] for item in (first.items if first else ()))])
    fixes = stories.release_fixes.get(release.key)
    remaining = _drop_repeated(fixes, beside)
    # The headline counts one fix: a reader wants to know which (vue-router 4.4.0).
    second = _lay_out_items(remaining, written, fix_limit, printed, min_items=1)
    # Where sections tell the fixes, an earlier release has no list in their place.
    if second is None and remaining == fixes:
        others = [other for other in list_others_of_project(stories, release) if other.project == release.project]
        lists = [listed for other in others if (listed := _name_items(stories, other))]
        laid_out = (_lay_out_items(listed, written, fix_limit, printed) for listed in lists)
        second = next((own for own in laid_out if own), None)
        second = second or _lay_out_items(join_fixes(others, stories.release_fixes), written, fix_limit, printed)
    printed |= list_linked_texts([item.sentences[0] for item in (second.items if second else ())])
    patch = find_patch_to_install(stories, release)
    patched = _drop_repeated(_name_items(stories, patch), beside) if patch else None
    third = _lay_out_items(patched, written, fix_limit, printed)
    if first and limit and screen_words:
        words = screen_words - _count_list_words([own for own in (second, third) if own])
        words -= sum(count_words(sentence.text) for sentence in lede)
        whole = _lay_out_items(unnamed, written, MAX_SCREEN_ITEMS, min_items=min_items)
        first = _fill_list(first, whole.items if whole else (), words, printed)
    return [own for own in (first, second, third) if own]


def _fill_list(listed: EditionList, items: Sequence[StoryItem], words: int, printed: Set[str]) -> EditionList:
    """Return a list with further items as long as it has no more words than the first screen has for it.

    Args:
        listed: the list.
        items: its items, and those behind them.
        words: the words of the first screen that the lists beside it leave.
        printed: the texts of links that are in print.
    """
    for item in items[len(listed.items) :]:
        longer = listed.model_copy(update={"items": (*listed.items, item)})
        if _count_list_words([longer]) > words:
            break
        if printed.isdisjoint(list_linked_texts(item.sentences[:1])):
            listed = longer
    return listed


def _name_sections(
    stories: PeriodStories, release: ReleaseNote, lists: list[EditionList], sections: Set[str], words: int
) -> list[EditionList]:
    """Return the lists of a release without notes with the titles of what has a section, as far as there are words.

    swift-nio 2.83.0 had a list of two changes, and six sections of which two began on the first screen.

    Args:
        stories: the stories.
        release: the release.
        lists: its lists, that of what it holds first.
        sections: keys of the changes that have a section below.
        words: the words of the first screen that the box and the lede leave.
    """
    held = stories.release_items[release.key]
    headline = stories.release_headlines[release.key].text if release.key in stories.release_headlines else ""
    changes = {change.key: change for change in stories.changes if change.key in sections}
    named = [
        StoryItem(sentences=(tell("ITEM", "stories.title", title=title_link(change)),), changes=item.changes)
        for item in held.items
        if (change := changes.get(item.changes[0] if item.changes else ""))
        and not is_whole_in_headline(headline, format_title(change))
    ]
    is_first = bool(lists) and lists[0].heading == held.heading
    is_of_notes = held.heading is None or held.heading.phrase not in {QUOTED_HEADING, ALSO_HEADING}
    if len(named) < MIN_NAMED_SECTIONS or held.heading is None or is_of_notes:
        return lists
    own, others = (lists[0], lists[1:]) if is_first else (EditionList(heading=held.heading, items=()), lists)
    places = [item.changes for item in held.items]
    for item in named:
        items = sorted((*own.items, item), key=lambda listed: places.index(listed.changes))
        longer = own.model_copy(update={"items": tuple(items)})
        if _count_list_words([longer, *others]) > words or len(items) > MAX_SCREEN_ITEMS:
            break
        own = longer
    return [own, *others] if own.items else lists


def _count_list_words(lists: Sequence[EditionList]) -> int:
    sentences = (sentence for own in lists for item in own.items for sentence in item.sentences)
    return sum(count_words(own.heading.text) for own in lists) + sum(count_words(own.text) for own in sentences)


def find_headlined_changes(stories: PeriodStories) -> set[str]:
    """Return the keys of the changes of items of notes of which a release's headline says all."""
    return {
        key
        for release, listed in stories.release_items.items()
        if (headline := stories.release_headlines.get(release))
        for item in listed.items
        if is_whole_in_headline(headline.text, item.sentences[0].text)
        for key in item.changes
    }


def _drop_named(listed: ReleaseItems | None, headline: str) -> ReleaseItems | None:
    """Return a list without the items of which the headline says all."""
    if listed is None:
        return None
    items = tuple(item for item in listed.items if not is_whole_in_headline(headline, item.sentences[0].text))
    is_shorter = len(items) < len(listed.items)
    # `New in this release` above two of five features reads as if these were all.
    heading = tell("T", ALSO_NEW_PHRASE) if is_shorter and listed.phrase == NEW_PHRASE else None
    return listed.model_copy(update={"items": items, "heading": listed.heading or heading})


def _has_quoted_heading(listed: ReleaseItems | None) -> bool:
    """Return whether a list has what messages say about the changes of a release without notes."""
    return listed is not None and listed.heading is not None and listed.heading.phrase == QUOTED_HEADING


def _drop_repeated(listed: ReleaseItems | None, beside: Sequence[str]) -> ReleaseItems | None:
    """Return a list without the items that a row of the box or a section tells, maybe in other words."""
    if listed is None or not beside:
        return listed
    items = tuple(
        item for item in listed.items if not any(_repeats_item(item.sentences[0].text, own) for own in beside)
    )
    return listed if len(items) == len(listed.items) else listed.model_copy(update={"items": items})


def _repeats_item(text: str, other: str) -> bool:
    """Return whether another text says what an item says: it has most of its words, and all its names of code."""
    is_alike = repeats_title(text, other) or says_alike(text, other, min_stems=MIN_REPEATED_WORDS)
    return is_alike and names_all(other, text)


def _name_items(stories: PeriodStories, release: ReleaseNote) -> ReleaseItems | None:
    """Return the items of a release that does not lead, with a title that names it."""
    listed = stories.release_items.get(release.key)
    if listed and listed.phrase:
        return listed.model_copy(update={"heading": name_list_of(release, listed.phrase)})
    return listed if listed and listed.heading else None


def list_linked_texts(sentences: Sequence[StorySentence]) -> set[str]:
    """Return the texts in sentences that are links."""
    return {part.text for sentence in sentences for part in sentence.parts if part.url}


def _lay_out_items(
    listed: ReleaseItems | None,
    written: Set[str | None],
    limit: int,
    printed: Set[str] = frozenset(),
    *,
    min_items: int = MIN_LISTED_ITEMS,
) -> EditionList | None:
    """Return items as a list, without those that are written of or printed elsewhere; None for too few.

    Args:
        listed: the items.
        written: keys of the changes that are written of elsewhere.
        limit: how many are printed.
        printed: the texts of items that are in print: lines of releases get the same fixes.
        min_items: how many items are a list.
    """
    own = listed.items if listed else ()
    # A bare title has another place with a quotation: it does not take that of what a section tells.
    own = own if any(item.sentences[0].has_quotation for item in own) else own[:limit]
    items = list_unprinted(own, written, printed)
    if listed is None or len(items) < min_items or not limit:
        return None
    heading = tell("T", listed.phrase) if listed.phrase else make_plain_sentence("T", listed.title)
    return EditionList(heading=listed.heading or heading, items=tuple(items[:limit]))


def list_unprinted(items: Sequence[StoryItem], written: Set[str | None], printed: Set[str]) -> list[StoryItem]:
    """Return the items of a list without those that are written of or printed elsewhere.

    Args:
        items: the items.
        written: keys of the changes that are written of elsewhere.
        printed: the texts of links that are in print.
    """
    return [
        item
        for item in items
        if written.isdisjoint(item.changes) and printed.isdisjoint(list_linked_texts(item.sentences[:1]))
    ]


def list_other_releases(
    stories: PeriodStories,
    lead: ReleaseNote | None,
    limit: int,
    further: Set[str],
    lists: Sequence[EditionList],
    *,
    named: Sequence[ReleaseNote] = (),
) -> list[StoryItem]:
    """Return the releases that do not lead: one item each with notes, and one for all the others.

    Args:
        stories: the stories.
        lead: the release that leads.
        limit: how many have an item of their own.
        further: keys of releases of other projects with a list of their own.
        lists: the lists of all releases: a line does not say again what they say.
        named: releases of other projects that the lede names.
    """
    own_beside = list_beside(stories, lead) if lead else []
    beside = [*own_beside, *named]
    printed_keys = further | ({lead.key} if lead else set())
    others = [
        release for release in stories.releases if release.key not in printed_keys and not _has_final(stories, release)
    ]
    # What a release branch gets back is news of the line that leads.
    others.sort(key=lambda release: lead is not None and _get_line(release) != _get_line(lead))
    items: list[StoryItem] = []
    plain: list[ReleaseNote] = []
    printed = _list_quoted_texts(stories.release_sentences.get(lead.key, ()) if lead else ())
    printed += _list_quoted_texts([item.sentences[0] for own in lists for item in own.items])
    for release in others:
        sentences = stories.release_sentences.get(release.key, ())
        # Of another project the lede says the name alone: forge 0.6.8 beside magit 4.7.0.
        tells_more = release not in own_beside or any(
            sentence.has_quotation and sentence.template not in {*BRIEF_TEMPLATES, DETAILS_TEMPLATE}
            for sentence in sentences
        )
        short = _shorten_release(sentences)
        if has_quoted_notes(stories, release) and tells_more and len(items) < limit and not _says_again(short, printed):
            items.append(StoryItem(sentences=short))
            printed += _list_quoted_texts(short)
        elif release not in beside:
            plain.append(release)
    if plain:
        named_releases = _choose_named(plain)
        links = [name_release(release) for release in named_releases[:MAX_PLAIN_RELEASES]]
        counted = count_releases(plain, starts_sentence=True, is_other=bool(lead or items))
        listed = limit_parts(links, len(plain))
        sentence = tell("S-LIST", "releases.listed", counts=join_parts(counted), releases=listed)
        items.append(StoryItem(sentences=(sentence,)))
    return items


def _choose_named(releases: Sequence[ReleaseNote]) -> list[ReleaseNote]:
    """Return the releases that a list names: all final ones, and behind them the latest pre-release of each project."""
    candidates = (release for release in releases if release.is_prerelease)
    return [*(release for release in releases if not release.is_prerelease), *find_latest(candidates)]


def _has_final(stories: PeriodStories, release: ReleaseNote) -> bool:
    """Return whether a release is a pre-release of a version that came out in the period."""
    parsed = parse_release_tag(release.tag) if release.is_prerelease else None
    if parsed is None:
        return False
    finals = [
        parse_release_tag(other.tag)
        for other in stories.releases
        if not other.is_prerelease and other.repository == release.repository
    ]
    return any(final and (final.package, final.order[0]) == (parsed.package, parsed.order[0]) for final in finals)


def _get_line(release: ReleaseNote) -> tuple[str, list[str]]:
    return release.repository, release.version.split(".")[:2]


def _list_quoted_texts(sentences: Sequence[StorySentence]) -> list[str]:
    return [part.text for sentence in sentences for part in sentence.parts if part.quotation]


def _says_again(sentences: Sequence[StorySentence], printed: Sequence[str]) -> bool:
    """Return whether sentences quote what was printed: the notes of a release branch repeat those of the main one."""
    quoted = _list_quoted_texts(sentences)
    return bool(quoted) and all(
        any(covers_text(text, before) or covers_text(before, text) for before in printed) for text in quoted
    )


def _shorten_release(sentences: Sequence[StorySentence]) -> tuple[StorySentence, ...]:
    """Return that a release is out and a quotation of its notes: how many items they list says less."""
    own = [sentence for sentence in sentences[1:] if sentence.template != DETAILS_TEMPLATE]
    quoted = [sentence for sentence in own if sentence.has_quotation]
    return (*sentences[:1], *(quoted or own)[:1])
