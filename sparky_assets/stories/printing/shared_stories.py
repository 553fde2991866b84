"""Write stories of changes that several repositories share: one sentence for each, then the others. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sparky_assets.stories.grouping.stories import find_release_ends
from sparky_assets.stories.models import Change, SentencePart, Story, StoryGroup, StorySentence
from sparky_assets.stories.printing.origins import ChangeOrigins
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseSlot, build_fragment, tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.sentences import (
    capitalize_first,
    count,
    format_day,
    format_title,
    format_weekday,
    join_parts,
    name,
    repository_link,
    tell_others,
)
from sparky_assets.stories.titles.forms import tell_past
from sparky_assets.stories.titles.words import analyze_title
from sparky_assets.text.paths import is_user_path

MAX_STORY_QUOTATIONS = 2
MIN_SHARED_REPOSITORIES = 2
MIN_REPOSITORIES_WITHIN = 3
MAX_MINUTES_WITHIN = 60
"""Minutes between the first and the last repository up to which they are counted."""


@dataclass(frozen=True)
class SharedStoryWriter:
    """Writes stories of changes that several repositories share."""

    changes: Mapping[str, Change]
    chooser: QuotationChooser
    timezone: str
    origins: ChangeOrigins

    @cached_property
    def release_ends(self) -> frozenset[str]:
        """The keys of the changes that are the last of a release of the period."""
        return find_release_ends(self.changes.values())

    def write(self, group: StoryGroup, clusters: Sequence[Sequence[Change]]) -> Story:
        """Return a story of changes that several repositories share: one sentence for each of them, then the others."""
        sentences: list[StorySentence] = []
        shared = [cluster for cluster in clusters if is_shared(cluster)]
        others = [change for cluster in clusters if not is_shared(cluster) for change in cluster]
        brief = self._write_shared_brief(shared[0])
        gained = find_shared_path(
            [change for cluster in clusters for change in cluster], _count_repositories(shared[0])
        )
        if gained:
            path, changes = gained
            brief, got = self._tell_gained(path, changes)
            # What one repository alone writes about it may hold for that one only.
            common = [change for cluster in shared for change in cluster if change in changes]
            quotations = next((quoted for change in common if (quoted := self.chooser.tell(change, 1))), [])
            sentences += [got, *quotations]
            named = {change.key for change in changes}
            # Those that got it under several titles are named once; what they did after it stands beside it.
            shared = [cluster for cluster in shared if any(change.key not in named for change in cluster)]
            others = [change for change in others if change.key not in named]
        for cluster in sorted(shared, key=lambda cluster: min(change.landed_at for change in cluster)):
            template, phrase, slots, links = self._describe_shared_change(cluster)
            when = self._tell_when(cluster)
            sentences.append(tell(template, phrase, **slots, when=when, repositories=join_parts(links)))
            quotations_left = MAX_STORY_QUOTATIONS - sum(sentence.has_quotation for sentence in sentences)
            quotations = next(
                (quoted for change in cluster if (quoted := self.chooser.tell(change, min(1, quotations_left)))), []
            )
            sentences += [*self._tell_releases_made(cluster), *quotations]
        if others:
            sentences.append(tell_others(others))
        head = clusters[0][0]
        return Story(
            group=group,
            heading=tell("H-AREA", "stories.heading", title=capitalize_first(format_title(head, is_short=True))),
            brief=brief,
            sentences=tuple(sentences),
            # Housekeeping in several repositories that no one explains is a line.
            is_worth_a_section=any(sentence.has_quotation for sentence in sentences)
            or any(change.noise is None for cluster in clusters for change in cluster),
        )

    def _tell_releases_made(self, cluster: Sequence[Change]) -> list[StorySentence]:
        """Return the releases if each repository made one for a change that several share; nothing else."""
        ends = sorted(
            (change for change in cluster if change.key in self.release_ends), key=lambda change: change.landed_at
        )
        made = {change.repository: self.origins.find_first_release(change) for change in ends}
        if made.keys() != {change.repository for change in cluster} or not all(made.values()):
            return []
        links = [link for release in made.values() for link in release]
        return [tell("R-MANY", "releases.each", releases=join_parts(links))]

    def _write_shared_brief(self, cluster: Sequence[Change]) -> StorySentence:
        """Return what several repositories did, without the person: `Five repositories added …`."""
        past = tell_past(cluster[0].raw_title)
        if not past:
            template, phrase, slots, _ = self._describe_shared_change(cluster)
            return tell(template, f"{phrase}_brief", **slots)
        number = count(_count_repositories(cluster), starts_sentence=True)
        title = SentencePart(kind="title", text=past, evidence=cluster[0].key)
        released = build_fragment("stories.each_released") if self._tell_releases_made(cluster) else ()
        return tell("C-BRIEF", "stories.everywhere_brief", number=number, title=title, released=released)

    @staticmethod
    def _tell_gained(path: str, changes: Sequence[Change]) -> tuple[StorySentence, StorySentence]:
        """Return how many repositories got a file, in brief and with a link to each."""
        part = SentencePart(kind="code", text=f"`{path}`", evidence=changes[0].key)
        number = count(len(changes), starts_sentence=True)
        links = join_parts([repository_link(change) for change in changes])
        return (
            tell("C-GOT", "stories.everywhere_got_brief", number=number, path=part),
            tell("C-GOT", "stories.everywhere_got", number=number, path=part, repositories=links),
        )

    def _tell_when(self, cluster: Sequence[Change]) -> list[PhraseFragment]:
        """Return when changes landed: ` within ten minutes on Saturday`; empty if they landed on several days."""
        firsts: dict[str, datetime] = {}
        for change in sorted(cluster, key=lambda item: item.landed_at):
            firsts.setdefault(change.repository, change.landed_at)
        first, last = min(firsts.values()), max(firsts.values())
        day = format_day(first, self.timezone)
        if day != format_day(last, self.timezone):
            return []
        weekday = SentencePart(kind="date", text=f"{format_weekday(first, self.timezone)}, {day}")
        minutes = math.ceil((last - first).total_seconds() / 60)
        if len(firsts) < MIN_REPOSITORIES_WITHIN or not 1 < minutes <= MAX_MINUTES_WITHIN:
            return [build_fragment("stories.on_day", date=weekday)]
        return [build_fragment("stories.within_minutes", number=count(minutes), date=weekday)]

    @staticmethod
    def _describe_shared_change(
        cluster: Sequence[Change],
    ) -> tuple[str, str, dict[str, PhraseSlot], list[SentencePart]]:
        """Return template, phrase and values of a change in several repositories, and a link to each repository."""
        head = cluster[0]
        firsts = {
            change.repository: change for change in sorted(cluster, key=lambda item: item.landed_at, reverse=True)
        }
        ordered = sorted(firsts.values(), key=lambda change: (change.landed_at, change.repository))
        links = [repository_link(change) for change in ordered]
        past = tell_past(head.raw_title)
        people = {change.author for change in ordered if change.author and not change.is_bot}
        if past and len(people) == 1:
            person = next(iter(people)) or ""
            number: PhraseSlot = count(len(ordered))
            slots: dict[str, PhraseSlot] = {"person": name(person, head.key), "title": past, "number": number}
            return "C-DID", "stories.everywhere_by", slots, links
        if past:
            number = count(len(ordered), starts_sentence=True)
            return "C-BRIEF", "stories.everywhere", {"number": number, "title": past}, links
        title = SentencePart(kind="title", text=format_title(head), evidence=head.key)
        return "C-SAME", "stories.everywhere_titled", {"title": title, "number": count(len(ordered))}, links


def find_shared_path(changes: Sequence[Change], more_than: int) -> tuple[str, list[Change]] | None:
    """Return a new file that more repositories got than share a title, with the first change of each; None without one.

    Nine repositories of raibid-labs got `.claude/project.json` in a week, under five titles.

    Args:
        changes: the changes of a story.
        more_than: in how many repositories the most common title is.
    """
    by_path: dict[str, dict[str, Change]] = {}
    for change in sorted(changes, key=lambda item: (item.landed_at, item.repository)):
        for path in change.new_paths:
            by_path.setdefault(path, {}).setdefault(change.repository, change)
    path = min(by_path, key=lambda own: (-len(by_path[own]), own), default="")
    number = len(by_path.get(path, ()))
    is_shared_more = number > more_than and number >= MIN_REPOSITORIES_WITHIN
    return (path, list(by_path[path].values())) if is_shared_more else None


def _count_repositories(cluster: Sequence[Change]) -> int:
    return len({change.repository for change in cluster})


def is_shared(cluster: Sequence[Change]) -> bool:
    """Return whether changes are of several repositories."""
    return _count_repositories(cluster) >= MIN_SHARED_REPOSITORIES


def cluster_by_title(changes: Sequence[Change]) -> list[list[Change]]:
    """Return changes in clusters of titles with equal words, the one in the most repositories first.

    Changes that users do not see, such as the configuration of a bot, come behind those that they see.
    """
    clusters: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        clusters.setdefault(tuple(analyze_title(change.title).key) or (change.key,), []).append(change)
    return sorted(
        clusters.values(),
        key=lambda cluster: (
            not any(is_user_path(path) for change in cluster for path in change.paths or ("",)),
            -_count_repositories(cluster),
            cluster[0].landed_at,
        ),
    )
