"""Write the headlines of releases, and what those without notes hold, of which only commits are known. Pure."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from sparky_assets.documents.models import ParsedDocument
from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.stories.areas import is_in_inner_area
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.models import Change, ReleasedChange, ReleaseItems, ReleaseNote, StoryItem, StorySentence
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.points import is_about_code
from sparky_assets.stories.printing.announcing import adds_something
from sparky_assets.stories.printing.phrasing import PhraseValue, build_fragment, build_plural, tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.headline import (
    MAJOR_WEIGHT,
    MAX_HEADLINE_WORDS,
    build_headline,
    get_version_weight,
    tell_release_headline,
    weigh_notes,
)
from sparky_assets.stories.printing.sentences import count, format_title, join_parts, title_link
from sparky_assets.stories.rank import StoryPlace, is_fix, rank_record
from sparky_assets.stories.titles.forms import FIXED_FRAME, is_vague
from sparky_assets.stories.titles.parts import is_advisory_merge, split_area
from sparky_assets.text.subjects import CHORE_TYPES
from sparky_assets.text.upgrades import names_security
from sparky_assets.text.versions import find_repository_name
from sparky_assets.text.words import rank_harm

MIN_PATCH_CHANGES = 5
"""Changes in a patch release without notes from which it leads the paper of the only repository."""
MAX_LANDINGS = 20
"""Changes of a release without notes that are kept for its list."""
MAX_HEADLINE_CANDIDATES = 5
"""Changes of a release of which the first short one is in its headline."""
MAX_UNKNOWN_PER_KNOWN = 20
"""Commits of a version for each one that is known, from which none of these speaks for it: the week of esphome 2024.8.0
had five of its 195."""
MIN_TELLING_CHANGES, MAX_UNKNOWN_PER_TELLING = 6, 60
"""Changes of a version that speak for it beside more unknown commits: each of meilisearch's merges has about twenty."""
MAX_QUOTED = 8
"""Changes of a release without notes whose messages are quoted in its list."""
MAX_HELD_WORDS = 20
"""Words of a sentence that is quoted behind the title of a change in such a list: three titles say more than one of
thirty words."""
ALSO_HEADING = "sections.also_in_version"
"""The title of a list of titles behind those that the lede names."""
QUOTED_HEADING = "sections.in_version"
"""The title of a list with quotations: it has the changes that the lede would name too."""
MAX_CONTAINED_CHANGES, MAX_CONTAINED_ALONE = 2, 3
"""Changes that are named as new in a release without notes, beside a list of others and without one; more are counted,
and listed with their authors below."""


@dataclass
class ReleaseHeadlines:
    """Writes the headlines of releases, and the sentences about what those without notes hold.

    Attributes:
        changes: the changes of the period that are in place at its end.
        heads: the first changes of its stories.
        released: what releases bring from before the period.
        records: the records of the changes by key.
        boxed: keys of the changes that the box names.
        has_one_repository: whether the period has one repository alone.
        sentences: the sentences about each release, which are added to.
        headlines: the headlines by the key of the release.
        weights: what weighs in the notes of each.
        held: what each release without notes holds, the weightiest first, if some of it is from before the period.
    """

    changes: Sequence[Change]
    heads: Sequence[Change]
    released: Sequence[ReleasedChange]
    records: Mapping[str, ChangeRecord]
    boxed: Set[str | None]
    has_one_repository: bool
    sentences: dict[str, tuple[StorySentence, ...]]
    headlines: dict[str, StorySentence] = field(default_factory=dict)
    weights: dict[str, tuple[int, ...]] = field(default_factory=dict)
    held: dict[str, Sequence[Change]] = field(default_factory=dict)

    def add(self, release: ReleaseNote, document: ParsedDocument | None) -> None:
        """Add a release with its notes."""
        if document and document.sentences:
            self.headlines[release.key] = build_headline(release, document)
            self.weights[release.key] = weigh_notes(document)
        elif breaking := self._list_breaking(release):
            first, *others = self.sentences[release.key]
            self.sentences[release.key] = (first, tell_breaking(breaking), *others)
            if self._list_earlier(release):
                keys = {change.key for change in breaking}
                self.held[release.key] = [own for own in self._list_contained(release) if own.key not in keys]
            if get_version_weight(release) or self.has_one_repository:
                self.headlines[release.key] = build_breaking_headline(release, breaking)
        elif contained := self._list_contained(release):
            self._add_contained(release, contained)

    def add_versions(self, releases: Sequence[ReleaseNote]) -> None:
        """Add headlines of versions if nothing is known of any release but its number.

        esphome 2024.10.0 came from a branch of its own, so that no change of the day is in it.
        """
        if self.headlines:
            return
        for release in releases:
            if get_version_weight(release) and not release.is_prerelease:
                self.headlines[release.key] = tell_release_headline(release)

    def _add_contained(self, release: ReleaseNote, contained: list[Change]) -> None:
        if self._list_earlier(release):
            self.held[release.key] = contained
        # The box names what breaks; the sentence names what else there is.
        unboxed = [change for change in contained if change.key not in self.boxed]
        # The headline and the box count the fixes of advisories, whose titles say nothing.
        named = [change for change in unboxed or contained if not is_advisory_merge(change.raw_title)]
        is_unknown_major = get_version_weight(release) == MAJOR_WEIGHT and is_hardly_known(release, contained)
        if named and not is_unknown_major:
            has_list = release.key in self.held
            self.sentences[release.key] += (tell_contained(release, named, has_list=has_list),)
        # Without notes it leads with the first story of the period in it, or as a version: a patch of an old line that
        # has that story does not lead beside it.
        # A patch of an older line may be the first with a fix that this release has too.
        keys = {change.key for change in contained}
        own = [
            change
            for change in self.changes
            if change.repository == release.repository
            and release.tag in change.releases
            and change.key not in keys
            and not _was_released_before(change, release)
        ]
        closing = self._list_closing([*contained, *own])
        is_large = bool(closing) or bool(get_version_weight(release)) or len(contained) >= MIN_PATCH_CHANGES
        first = next(iter(self.heads), None)
        is_version = bool(get_version_weight(release)) and not release.is_prerelease
        if is_version or (is_large and self.has_one_repository) or any(change is first for change in contained):
            more = [change for change in own if change.key in closing]
            self.headlines[release.key] = build_contents_headline(release, [*contained, *more], closing)

    def _list_closing(self, contained: Sequence[Change]) -> frozenset[str]:
        """Return the keys of the changes that close a hole by their titles or messages, or by an advisory."""
        return frozenset(
            change.key
            for change in contained
            if names_security(change.title)
            or is_advisory_merge(change.raw_title)
            or self._find_place(change) == StoryPlace.SECURITY
        )

    def _find_place(self, change: Change) -> int | None:
        """Return the place of a change by its title and message; None where its message is not known."""
        record = self.records.get(change.key)
        return rank_record(record)[0] if record else self._released_places.get(change.key)

    @cached_property
    def _released_places(self) -> Mapping[str, int]:
        return {item.change.key: item.rank[0] for item in self.released}

    def _list_earlier(self, release: ReleaseNote) -> list[ReleasedChange]:
        return [item for item in self.released if item.release == release.key and not item.is_marked]

    def _list_contained(self, release: ReleaseNote) -> list[Change]:
        """Return what a release without notes holds, the weightiest first: of the period, and from before it."""
        own = [change for change in list_contained_changes(release, self.heads) if _is_content(change)]
        earlier = self._list_earlier(release)
        if not earlier:
            return sorted(own, key=lambda change: (_rank_fault(change), _rank_news(change)))
        ranked = {change.key: (rank_record(self.records[change.key]), change) for change in own}
        by_title = {(change.repository, change.title.casefold()): change for change in self.changes}
        for item in earlier:
            # The branch of a release has copies of what landed in the period: etcd 3.7.1 has seven.
            change = by_title.get((item.change.repository, item.change.title.casefold()), item.change)
            if not is_in_inner_area(change):
                ranked.setdefault(change.key, (item.rank, change))
        held = [*(change for _, change in ranked.values()), *list_contained_changes(release, self.changes)]
        taken_back = find_taken_back_changes(held)
        ordered = sorted(
            (pair for key, pair in ranked.items() if key not in taken_back),
            key=lambda pair: (pair[0][0], _rank_fault(pair[1]), _rank_news(pair[1]), pair[0]),
        )
        return [change for _, change in ordered]

    def _list_breaking(self, release: ReleaseNote) -> list[Change]:
        """Return what breaks in a release without notes if it brings such changes from before the period, else nothing.

        Those of the period come first: they are the latest.
        """
        earlier = [item.change for item in self.released if item.release == release.key and item.is_marked]
        own = list_contained_changes(release, self.changes)
        return [*(change for change in own if change.is_marked_breaking), *earlier] if earlier else []


def _is_content(change: Change) -> bool:
    """Return whether a change is something that a release brings: no revert, no document, and no step of its code."""
    is_document = change.holds_documents_only or change.type == "docs"
    title = split_area(change.title)[1]
    is_step = change.type in CHORE_TYPES or is_about_code(change.title) or (is_vague(title) and not is_fix(change))
    is_inner = is_in_inner_area(change) or (is_step and not change.is_marked_breaking)
    return not (change.noise or change.reverts or is_document or is_inner)


def _rank_fault(change: Change) -> int:
    """Return 0 for the fix of a loss of data, which comes first among the changes of a place, else 1."""
    return int(not is_fix(change) or rank_harm(change.title) > 0)


def _rank_news(change: Change) -> int:
    """Return the rank of a change by its title, the smallest first.

    Security comes first, then what users meet without asking for it, what is new for them, a fix, and all else.
    """
    if names_security(change.title):
        return 0
    changes_use = any(own.search(change.title) for own in (_OTHER_USE, _RESTRICTS)) or _PLATFORM_SUPPORT.match(
        change.title
    )
    if changes_use and not is_fix(change):
        return 1
    if _MESSAGE.search(change.title):
        return 4
    if adds_something(change) or change.type == "feat" or _NEW_USE.search(change.title):
        return 2
    return 3 if is_fix(change) else 4


_OTHER_USE = re.compile(
    r"\b(?:by default|defaults? (?:is|to|now|raised|lowered|changed|increased|reduced)|no longer"
    r"|the (?:new )?default)\b"
    r"|^(?:drop|end|remove)(?:s|ped|ed|d)? (?:the )?(?:support for )?"
    r"(?:c?python|php|ruby|node(?:\.?js)?|rust|go|java|jdk|\.net|django|rails|laravel|elixir|scala|kotlin|swift) v?\d"
    r"|^(?:\S{1,30}: )?deprecat\w+\b|\b(?:is|are|now|been|marked(?: as)?|mark .{1,40} as) deprecated\b",
    re.IGNORECASE,
)
"""Words of a title that tells what users meet in another way: `The limit can be set, default raised to 9`.

`Include the header instead of a deprecated one` tells nothing that they meet."""
_RESTRICTS = re.compile(
    r"^(?:[\w./*-]{1,40}: )*(?:(?:if|when|unless|where) [^,:]{3,40}, )?"
    r"(?:always |only )?(?:restrict|prohibit|forbid|disallow|reject|refuse|limit)(?:s|ed)? "
    r"(?!(?-i:[a-z]+[A-Z])|[^:]{0,60}(?:\btests?\b|Impl\b))",
    re.IGNORECASE,
)
"""The beginning of a title that tells what users may do no longer: `if not set, restrict to TLS v1.2+`."""
_PLATFORM = (
    r"(?:python|php|ruby|node(?:\.?js)?|rust|go|java|jdk|\.net|django|rails|react|laravel|elixir|scala|kotlin|swift)"
)
_PLATFORM_SUPPORT = re.compile(
    rf"(?:{_PLATFORM} v?\d[\w./]{{0,12}} support\b|(?:add(?:s|ed)? )?support(?:s|ed)? (?:for )?{_PLATFORM} v?\d)", re.I
)
"""A title about what a release runs on from now on: `Python 3.13 Support`."""
_MESSAGE = re.compile(r"\b(?:error|warning|log|debug|help) messages?\b", re.IGNORECASE)
"""Words of a title about what a program prints, which weighs less than what it can do."""
_NEW_USE = re.compile(r"\b(?:can (?:now )?be|now|faster)\b|^(?:\S{1,30}: )?new [a-z-]+ \S", re.IGNORECASE)
"""Words of a title that tells what users may do now: `The limit can be set for a command`."""


def list_contained_changes(release: ReleaseNote, changes: Sequence[Change]) -> list[Change]:
    """Return the changes that a release is the first to contain, in their order."""
    return [
        change
        for change in changes
        if change.repository == release.repository and change.releases[:1] == (release.tag,)
    ]


def _was_released_before(change: Change, release: ReleaseNote) -> bool:
    """Return whether an earlier version of the line of a release has a change: hono 4.13.1 fixes no hole of 4.13.0."""
    earlier = release.line[: release.line.index(release.version)] if release.version in release.line else ()
    return any(tag.removesuffix(version) in {"", "v"} for tag in change.releases for version in earlier)


def is_hardly_known(release: ReleaseNote, contained: Sequence[Change]) -> bool:
    """Return whether so few changes of a version are known that none speaks for it: lipgloss 2.0.0 is one merge."""
    limit = MAX_UNKNOWN_PER_TELLING if len(contained) >= MIN_TELLING_CHANGES else MAX_UNKNOWN_PER_KNOWN
    return get_version_weight(release) > 0 and (release.commit_count or 0) > limit * len(contained)


def tell_contained(release: ReleaseNote, contained: Sequence[Change], *, has_list: bool = False) -> StorySentence:
    """Return which changes of the period a release without notes contains, the most important first.

    Args:
        release: the release.
        contained: its changes of the period. They are only examples if it has commits of earlier periods too.
        has_list: whether a list of others follows.
    """
    limit = MAX_CONTAINED_CHANGES if has_list else MAX_CONTAINED_ALONE
    links: list[PhraseValue] = [title_link(change) for change in contained[:limit]]
    if (release.commit_count or 0) > len(contained):
        return tell("R-HOLDS", "releases.among_them", titles=join_parts(links))
    if len(contained) > limit:
        more = len(contained) - limit
        links.append(build_plural("lists.more_changes", more, number=count(more)))
    return tell("R-HOLDS", "releases.new_in_it", titles=join_parts(links))


def build_contents_headline(
    release: ReleaseNote, contained: Sequence[Change], closing: Set[str] = frozenset()
) -> StorySentence:
    """Return the headline of a release without notes: its version, and its most important change of the period.

    Args:
        release: the release.
        contained: its changes of the period, the most important first; fixes from advisories are counted.
        closing: keys of those that close a hole, which are counted too.
    """
    counted: list[PhraseValue] = []
    if closed := sum(is_advisory_merge(change.raw_title) for change in contained):
        counted = [build_plural("counts.advisory_fix", closed, number=count(closed))]
    elif closed := sum(change.key in closing for change in contained):
        counted = [build_plural("counts.security_fix", closed, number=count(closed))]
    version = release.version or release.tag
    if is_hardly_known(release, contained):
        return tell_release_headline(release, counted)
    others = [change for change in contained if change.key not in closing]
    if closed:
        # Beside a hole that it closes, what it adds is news, and another fix is not.
        counted.append(build_fragment("lists.group"))
        others = [change for change in others if not is_fix(change)]
    for change in others[:MAX_HEADLINE_CANDIDATES]:
        area, title = split_area(format_title(change, is_short=True))
        if " " not in title or (area and _NAMES_AREA.search(title)):
            continue  # `v2` is no news, nor is `Add a warning on its use` without what it is about
        headline = tell_release_headline(release, [*counted, title])
        if title.startswith(FIXED_FRAME):
            fault = title.removeprefix(FIXED_FRAME)
            headline = tell("H", "headlines.release_fixed", project=release.project, version=version, fault=fault)
        if len(headline.text.split()) <= MAX_HEADLINE_WORDS:
            return headline
    return tell_release_headline(release, counted[:1])


_NAMES_AREA = re.compile(r"\b(?:its|it)\b", re.IGNORECASE)


def tell_breaking(breaking: Sequence[Change]) -> StorySentence:
    """Return how many changes of a release their authors marked as breaking, and the first two of them."""
    links = [title_link(change) for change in breaking[:MAX_CONTAINED_CHANGES]]
    number = count(len(breaking), starts_sentence=True)
    phrase = "releases.breaks_among" if len(breaking) > len(links) else "releases.breaks"
    phrase = f"{phrase}.{'one' if len(breaking) == 1 else 'other'}"
    return tell("R-BREAKS", phrase, number=number, titles=join_parts(links))


def build_breaking_headline(release: ReleaseNote, breaking: Sequence[Change]) -> StorySentence:
    """Return the headline of a release without notes from its breaking changes: the first, and how many more."""
    title = split_area(format_title(breaking[0], is_short=True))[1]
    if " " not in title:
        return tell_release_headline(release)  # `v2` is no news
    news: list[PhraseValue] = [title]
    if others := len(breaking) - 1:
        more = build_plural("counts.more_breaking", others, number=count(others))
        news += [build_fragment("lists.group"), more]
    headline = tell_release_headline(release, news)
    if len(headline.text.split()) <= MAX_HEADLINE_WORDS:
        return headline
    return tell_release_headline(release, [build_plural("counts.breaking", len(breaking), number=count(len(breaking)))])


def list_held_changes(
    release: ReleaseNote,
    contained: Sequence[Change],
    boxed: Set[str | None],
    chooser: QuotationChooser,
    *,
    has_one_repository: bool,
) -> ReleaseItems | None:
    """Return the weightiest changes that a release without notes holds as a list; None without any.

    What their messages say is quoted, which is all that is known of them: a list of titles says little to users.

    Args:
        release: the release.
        contained: what it holds, the weightiest first; empty where all of it is of the period.
        boxed: keys of the changes that the box names.
        chooser: what may be quoted.
        has_one_repository: whether the period has one repository alone; else the title names the project.
    """
    held = [
        change
        for change in sorted(contained, key=_rank_fault)[:MAX_LANDINGS]
        if change.key not in boxed and not classify_noise(change.title) and _is_content(change)
    ]
    by_title: dict[str, Change] = {}
    for change in held:
        by_title.setdefault(format_title(change).casefold(), change)
    items = [
        _write_held(change, chooser if number < MAX_QUOTED else None) for number, change in enumerate(by_title.values())
    ]
    is_quoted = any(item.sentences[0].has_quotation for item in items)
    version = release.version or release.tag
    is_package = release.project != find_repository_name(release.repository)
    named = f"{release.project} {version}" if is_package or not has_one_repository else version
    heading = tell("T", QUOTED_HEADING if is_quoted else ALSO_HEADING, version=named)
    items = [_drop_long_quotation(item, change) for item, change in zip(items, by_title.values(), strict=True)]
    return ReleaseItems(title=heading.text, heading=heading, items=tuple(items)) if items else None


def _drop_long_quotation(item: StoryItem, change: Change) -> StoryItem:
    """Return an item without a quotation that would push its neighbours off the first screen."""
    quoted = [part for part in item.sentences[0].parts if part.quotation]
    if all(len(part.text.split()) <= MAX_HELD_WORDS for part in quoted):
        return item
    return item.model_copy(update={"sentences": (tell("ITEM", "stories.title", title=title_link(change)),)})


def _write_held(change: Change, chooser: QuotationChooser | None) -> StoryItem:
    """Return a change of a release as an item, with the best sentence of its message if it may be quoted."""
    title = title_link(change)
    quoted = chooser.item_with_quotation(change, title, None) if chooser else None
    return StoryItem(sentences=(quoted or tell("ITEM", "stories.title", title=title),), changes=(change.key,))
