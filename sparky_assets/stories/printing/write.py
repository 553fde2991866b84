"""Write the stories of a period: each group of changes becomes a heading, sentences and list items. Pure.

The sentences are templates over counted facts, titles as links, and quotations that `quoting` chose. Which stories a
product prints, and in which order, belongs to `layout`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sparky_assets.documents.models import SentenceRole
from sparky_assets.insights.reverts import find_reverted_chains
from sparky_assets.stories.grouping.stories import find_release_ends
from sparky_assets.stories.models import Change, ReleaseNote, SentencePart, Story, StoryGroup, StoryItem, StorySentence
from sparky_assets.stories.points import restructures_code
from sparky_assets.stories.printing.announcing import adds_something
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseSlot, PhraseValue, build_fragment, tell
from sparky_assets.stories.printing.quoting import QuotationChooser
from sparky_assets.stories.printing.sentences import (
    attribute_message,
    capitalize_first,
    count,
    did_sentence,
    format_day,
    format_title,
    format_weekday,
    join_parts,
    limit_parts,
    name,
    name_release,
    name_repository,
    repository_link,
    tell_documented,
    tell_news,
    title_link,
)
from sparky_assets.stories.rank import is_fix
from sparky_assets.stories.title_words import analyze_title, find_families
from sparky_assets.stories.titles import capitalize_title, tell_past
from sparky_assets.text.paths import is_user_path
from sparky_assets.text.words import short_name

MAX_FOLLOWERS = 3
"""Changes of a story that are printed one by one after its first; the rest is listed."""
MAX_LISTED = 8
"""Links of a list; more are counted."""
MAX_STORY_QUOTATIONS = 2
MAX_CLASS_ITEMS = 5
MAX_BEGINNINGS = 3
"""Changes of a new repository that are printed with a quotation."""
MIN_SAME_CLASS = 3
MIN_AREA_CHANGES = 3
"""Changes of a story from which its heading names their area."""
MIN_SHARED_REPOSITORIES = 2
MIN_REPOSITORIES_WITHIN = 3
MAX_MINUTES_WITHIN = 60
"""Minutes between the first and the last repository up to which they are counted."""


@dataclass(frozen=True)
class StoryWriter:
    """Writes the stories of a period."""

    changes: Mapping[str, Change]
    chooser: QuotationChooser
    timezone: str
    has_one_repository: bool
    releases: Mapping[tuple[str, str], ReleaseNote] = field(default_factory=dict)
    """The releases of the period by repository and tag."""
    known_containment: Collection[str] = ()
    """Repositories of which it is known which release contains which change."""

    @cached_property
    def only_releases(self) -> Mapping[str, ReleaseNote]:
        """The release of each repository that has one final release in the period and of which its contents are known.

        Its text says that it is out; of a change only that it is not in it is news.
        """
        by_repository: dict[str, list[ReleaseNote]] = {}
        for release in self.releases.values():
            by_repository.setdefault(release.repository, []).append(release)
        return {
            repository: releases[0]
            for repository, releases in by_repository.items()
            if len(releases) == 1 and not releases[0].is_prerelease and repository in self.known_containment
        }

    @cached_property
    def usual_releases(self) -> Mapping[str, str]:
        """The tag of each repository with several releases that is the first to hold most of its changes.

        The text says that it is out; of a change only that it is not in it is news.
        """
        first_tags: dict[str, Counter[str]] = defaultdict(Counter)
        for change in self.changes.values():
            if change.noise is None:
                first_tags[change.repository][next(iter(change.releases), "")] += 1
        usual = {repository: max(tags, key=lambda tag: (tags[tag], tag)) for repository, tags in first_tags.items()}
        return {
            repository: tag
            for repository, tag in usual.items()
            if tag and repository not in self.only_releases and repository in self.known_containment
        }

    @cached_property
    def release_ends(self) -> frozenset[str]:
        """The keys of the changes that are the last of a release of the period."""
        return find_release_ends(self.changes.values())

    @cached_property
    def reverted_chains(self) -> Mapping[str, tuple[Change, ...]]:
        """The changes that are not in place at the end of the period, each with its repairs."""
        return find_reverted_chains(self.changes.values())

    def write(self, group: StoryGroup, class_name: str = "") -> Story:
        """Return the story of a group.

        Args:
            group: the changes that belong together.
            class_name: what the changes of one person have in common, such as `performance`; empty for other groups.
        """
        members = [self.changes[key] for key in group.changes if key in self.changes]
        head = self.changes.get(group.head, members[0])
        ordered = [head, *(change for change in members if change is not head)]
        if len(group.repositories) > 1:
            clusters = _cluster_by_title(ordered)
            if _is_shared(clusters[0]):
                return self._write_across_repositories(group, clusters)
        if group.kind == "repository":
            return self._write_new_repository(group, sorted(members, key=lambda change: (change.landed_at, change.key)))
        if class_name and len(members) >= MIN_SAME_CLASS:
            return self._write_class(group, ordered, build_fragment(f"kinds.{class_name}"))
        chain = next((self.reverted_chains[key] for key in group.changes if key in self.reverted_chains), ())
        if {change.key for change in members} <= {change.key for change in chain}:
            return self._write_reverted(group, chain)
        if len(members) == 1:
            return self._write_single(group, head)
        about = self._write_subject(group, ordered) if group.subject and not group.shared_words else None
        return about if about and (about.items or about.closing) else self._write_series(group, ordered)

    def _write_single(self, group: StoryGroup, change: Change) -> Story:
        instead = self.chooser.quote_instead_of_title(change)
        quotations = self._tell_message(change, MAX_STORY_QUOTATIONS)
        example, lead = (self.chooser.find_example(change) if quotations or instead else None) or (None, None)
        news: list[PhraseValue] = [*self._name_repository(change), instead] if instead else self._tell_news(change)
        heading = tell("H-TITLE", "stories.heading", title=news)
        brief = tell("Q-BARE" if instead else "H-ONE", "stories.title", title=news)
        closing = (*self._tell_documented(change), *self._tell_origin(change, quotations))
        return Story(
            group=group,
            heading=heading,
            brief=brief,
            sentences=(*quotations, *closing) if not example else tuple(quotations),
            example=example,
            example_lead=lead,
            closing=closing if example else (),
            is_worth_a_section=bool(quotations or instead) and any(map(is_user_path, change.paths or ("",))),
        )

    def _write_new_repository(self, group: StoryGroup, changes: Sequence[Change]) -> Story:
        """Return the story of a repository that began in the period: when, how much landed, and what."""
        first = changes[0]
        repository = SentencePart(kind="datum", text=short_name(first.repository), evidence=first.key)
        day = f"{format_weekday(first.landed_at, self.timezone)}, {format_day(first.landed_at, self.timezone)}"
        when = SentencePart(kind="date", text=day, url=first.url, evidence=first.key)
        brief = tell("G-BEGAN", "stories.began", repository=repository, date=when)
        landed = tell("G-BEGAN", "stories.began_changes", repository=repository, date=when, number=count(len(changes)))
        about = self.chooser.tell_repository(first.repository)
        items, listed = self._tell_beginnings(group)
        return Story(
            group=group,
            heading=tell("G-BEGAN", "stories.began_heading", repository=repository),
            brief=brief,
            sentences=(landed if len(changes) > 1 else brief, *((about,) if about else ())),
            items=tuple(items),
            closing=(self._list_others(listed, "stories.others" if items else "stories.among_them"),) if listed else (),
            is_worth_a_section=bool(items or listed),
        )

    def _tell_beginnings(self, group: StoryGroup) -> tuple[list[StoryItem], list[Change]]:
        """Return the weightiest changes of a new repository with a quotation as items, and some of the others."""
        items: list[StoryItem] = []
        listed: list[Change] = []
        for key in group.weightiest:
            change = self.changes[key]
            sentence = (
                self.chooser.item_with_quotation(change, title_link(change), None)
                if len(items) < MAX_BEGINNINGS
                else None
            )
            if sentence:
                items.append(StoryItem(sentences=(sentence,), changes=(key,)))
            else:
                listed.append(change)
        return items, listed[:MAX_LISTED]

    def _write_reverted(self, group: StoryGroup, chain: Sequence[Change]) -> Story:
        """Return the story of a change that was taken back: both links, when, why, and the steps between."""
        change, *between, revert = chain
        landed = format_day(change.landed_at, self.timezone)
        reverted_on = format_day(revert.landed_at, self.timezone)
        when: dict[str, PhraseSlot] = {} if landed == reverted_on else {"date": reverted_on}
        link = SentencePart(kind="title", text="was reverted", url=revert.url, evidence=revert.key)
        brief = tell(
            "S-RETURNS",
            "stories.reverted" if when else "stories.reverted_same_day",
            place=self._name_repository(change),
            title=title_link(change),
            landed=landed,
            reverted=link,
            **when,
        )
        return Story(
            group=group,
            heading=tell("H-TITLE", "stories.placed", place=self._name_repository(change), title=title_link(change)),
            brief=brief,
            sentences=(brief, *self._tell_steps(between), *self.chooser.tell(revert, 1)),
        )

    @staticmethod
    def _tell_steps(between: Sequence[Change]) -> list[StorySentence]:
        """Return how often a change was taken back and brought back before it was taken back for good."""
        if not between:
            return []
        links = [
            SentencePart(
                kind="datum", text="brought back" if number % 2 else "reverted", url=step.url, evidence=step.key
            )
            for number, step in enumerate(between)
        ]
        return [tell("S-RETURNS", "stories.reverted_before", steps=join_parts(links))]

    def _write_series(self, group: StoryGroup, changes: Sequence[Change]) -> Story:
        head = changes[0]
        # Where words that all titles share are the heading, the first sentence names the author.
        tell_message = self.chooser.tell if group.shared_words else self._tell_message
        quotations = tell_message(head, MAX_STORY_QUOTATIONS)
        # The heading is the title of the first change, so that its sentence would repeat it.
        repeats_heading = not group.shared_words
        origin = (*self._tell_documented(head, changes), *self._tell_origin(head, quotations))
        # The origin comes before the changes that follow: `It is Ada’s first commit` is about the first one.
        sentences = [*quotations, *origin] if repeats_heading else [did_sentence(head), *quotations]
        named_people = {head.author}
        listed: list[Change] = []
        changes = [head, *_drop_copies(head, changes[1:])]
        # One title says little about what many changes have in common: where they are does.
        area = group.area if len(changes) >= MIN_AREA_CHANGES else ""
        quotations_left = MAX_STORY_QUOTATIONS - len(quotations)
        for change in changes[1:]:
            follower_quotations = self.chooser.tell(change, 1) if quotations_left > 0 and len(listed) < 1 else []
            if follower_quotations and len(changes) <= MAX_FOLLOWERS + 1:
                quotations_left -= 1
                sentences += [self._tell_follower(change, head, named_people), *follower_quotations]
            else:
                listed.append(change)
        phrase = "stories.others" if len(listed) < len(changes) - 1 else "stories.with_it"
        others = [self._list_others(listed, phrase)] if listed else []
        has_followers = any(sentence.template == "S-FOLLOW" for sentence in sentences)
        example, lead = self.chooser.find_example(head, is_first_of_several=has_followers) or (None, None)
        shared = capitalize_title(group.shared_words) if group.shared_words else ""
        heading = (
            tell("H-AREA", "stories.placed", place=self._name_repository(head), title=shared)
            if shared
            else tell("H-TITLE", "stories.heading", title=self._tell_news(head, is_short=True, area=area))
        )
        return Story(
            group=group,
            heading=heading,
            brief=tell("H-ONE", "stories.title", title=self._tell_news(head)),
            sentences=tuple(sentences if example else [*sentences, *others]),
            example=example,
            example_lead=lead,
            # The example is of the first change: others come behind it.
            closing=tuple(others if example else ()),
            # What only a later change says is no news of one that only moves code.
            is_worth_a_section=bool(quotations)
            or (any(sentence.has_quotation for sentence in sentences) and not restructures_code(head.title))
            or (bool(group.shared_words) and len(changes) > MAX_FOLLOWERS and (adds_something(head) or is_fix(head))),
        )

    def _tell_follower(self, change: Change, head: Change, named_people: set[str | None]) -> StorySentence:
        """Return that a change followed the first one: when, and by whom if that is another person."""
        same_day = format_day(change.landed_at, self.timezone) == format_day(head.landed_at, self.timezone)
        phrase = "stories.followed" if change.landed_at >= head.landed_at else "stories.came_before"
        by: list[PhraseFragment] = []
        if change.author and change.author not in named_people and not change.is_bot:
            by = [build_fragment("stories.by_aside", person=name(change.author, change.key))]
            named_people.add(change.author)
        if same_day:
            return tell("S-FOLLOW", f"{phrase}_same_day", title=title_link(change), by=by)
        return tell(
            "S-FOLLOW", phrase, title=title_link(change), by=by, date=format_day(change.landed_at, self.timezone)
        )

    @staticmethod
    def _list_others(changes: Sequence[Change], phrase: str = "stories.others") -> StorySentence:
        links = [title_link(change) for change in changes[:MAX_LISTED]]
        return tell("S-REST", phrase, titles=limit_parts(links, len(changes)))

    def _write_subject(self, group: StoryGroup, changes: Sequence[Change]) -> Story:
        """Return the story of one person's changes of one thing: `Three reedline changes from Ada`.

        Changes of names with the same beginning are listed also where their messages say nothing.
        """
        head = changes[0]
        printed = [change for change in changes if change.noise is None or change.noise == "dependency"]
        family = group.subject.endswith("*")
        text = f"`{group.subject}`" if family else group.subject
        kind = SentencePart(kind="datum", text=text, evidence=head.key)
        story = self._write_class(group, _spread_names(printed) if family else printed, kind)
        # The headline needs what happened: a number of changes is no news.
        updates: dict[str, object] = {"brief": tell("H-ONE", "stories.title", title=self._tell_news(head))}
        if family and not story.items:
            listed = _spread_names(printed)
            updates["closing"] = (self._list_others(listed, "stories.among_them"),)
            updates["is_worth_a_section"] = adds_something(head) or is_fix(head)
        elif not story.items:
            updates["closing"] = ()
        return story.model_copy(update=updates)

    def _write_class(self, group: StoryGroup, changes: Sequence[Change], kind: SentencePart | PhraseFragment) -> Story:
        person = changes[0].author or ""
        slots: dict[str, PhraseSlot] = {
            "number": count(len(changes), starts_sentence=True),
            "kind": kind,
            "person": name(person, changes[0].key),
        }
        items: list[StoryItem] = []
        listed: list[Change] = []
        for change in changes:
            role: SentenceRole | None = "figure" if isinstance(kind, PhraseFragment) else None
            sentence = (
                self.chooser.item_with_quotation(change, title_link(change), role)
                if len(items) < MAX_CLASS_ITEMS
                else None
            )
            sentence = sentence or (
                self.chooser.item_with_quotation(change, title_link(change), None)
                if len(items) < MAX_CLASS_ITEMS
                else None
            )
            if sentence:
                items.append(StoryItem(sentences=(sentence,), changes=(change.key,)))
            else:
                listed.append(change)
        phrase = "stories.others" if items else "stories.with_it"
        closing = (self._list_others(listed, phrase),) if listed else ()
        return Story(
            group=group,
            heading=tell("H-BY", "stories.same_kind", **slots),
            brief=tell("H-BY", "stories.same_kind_sentence", **slots),
            sentences=(),
            items=tuple(items),
            closing=closing,
            is_worth_a_section=bool(items),
        )

    def _write_across_repositories(self, group: StoryGroup, clusters: Sequence[Sequence[Change]]) -> Story:
        """Return a story of changes that several repositories share: one sentence for each of them, then the others."""
        sentences: list[StorySentence] = []
        shared = [cluster for cluster in clusters if _is_shared(cluster)]
        others = [change for cluster in clusters if not _is_shared(cluster) for change in cluster]
        brief = self._write_shared_brief(shared[0])
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
            sentences.append(self._list_others(others))
        head = clusters[0][0]
        return Story(
            group=group,
            heading=tell("H-AREA", "stories.heading", title=capitalize_first(format_title(head, is_short=True))),
            brief=brief,
            sentences=tuple(sentences),
            is_worth_a_section=True,
        )

    def _tell_releases_made(self, cluster: Sequence[Change]) -> list[StorySentence]:
        """Return the releases if each repository made one for a change that several share; nothing else."""
        ends = sorted(
            (change for change in cluster if change.key in self.release_ends), key=lambda change: change.landed_at
        )
        made = {change.repository: self._name_release(change) for change in ends}
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
        number = count(len({change.repository for change in cluster}), starts_sentence=True)
        title = SentencePart(kind="title", text=past, evidence=cluster[0].key)
        released = build_fragment("stories.each_released") if self._tell_releases_made(cluster) else ()
        return tell("C-BRIEF", "stories.everywhere_brief", number=number, title=title, released=released)

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

    def _tell_documented(self, change: Change, members: Sequence[Change] = ()) -> tuple[StorySentence, ...]:
        """Return with which change the code came that a change documents; nothing if its story holds that change."""
        code = change.documents
        if code is None or any(member.sha == code.sha for member in members):
            return ()
        return (tell_documented(change, code, self.timezone),)

    def _tell_message(self, change: Change, limit: int) -> list[StorySentence]:
        """Return quotations about a change, of which one names the author if nothing else would have to be said."""
        quotations = self.chooser.tell(change, limit)
        origin = self._tell_origin(change, quotations)
        messages = {part.quotation.source for said in quotations for part in said.parts if part.quotation}
        wrote = any(self.chooser.sources[key].author == change.author for key in messages)
        if change.author and wrote and origin and origin[0].template == "S-BY":
            return attribute_message(quotations, change.author)
        return quotations

    def _tell_origin(self, change: Change, quotations: Sequence[StorySentence]) -> tuple[StorySentence, ...]:
        """Return who made a change, that it is a first commit, and the release that holds it.

        Args:
            change: the change.
            quotations: what is quoted about it; its person is named once.
        """
        if not change.author or change.is_bot:
            return self._tell_release(change)
        what = "fix" if is_fix(change) else "change"
        person = name(change.author, change.key)
        if absence := self._tell_absence(change, what, person):
            return (absence,)
        is_usual = change.releases[:1] == (self.usual_releases.get(change.repository),)
        release = [] if is_usual or change.repository in self.only_releases else self._name_all_releases(change)
        if release:
            return (tell("R-WITH", f"stories.{what}_in", person=person, releases=release),)
        if change.is_first_contribution:
            return (tell("P-FIRST", "stories.first_commit", person=person),)
        if any(part.kind == "name" and part.text == change.author for said in quotations for part in said.parts):
            return ()
        return (tell("S-BY", f"stories.{what}_from", person=person),)

    def _tell_absence(self, change: Change, what: str, person: SentencePart) -> StorySentence | None:
        """Return that a change is not in what its repository released; None where it is, or where that is unknown."""
        only = self.only_releases.get(change.repository)
        if only and only.tag not in change.releases:
            return tell("R-NOTIN", f"stories.{what}_not_in", person=person, release=name_release(only))
        if change.repository in self.usual_releases and not change.releases:
            return tell("R-NOREL", f"stories.{what}_unreleased", person=person)
        return None

    def _tell_release(self, change: Change) -> tuple[StorySentence, ...]:
        is_usual = change.releases[:1] == (self.usual_releases.get(change.repository),)
        release = [] if is_usual or change.repository in self.only_releases else self._name_all_releases(change)
        return (tell("R-WITH", "releases.in", releases=release),) if release else ()

    def _name_release(self, change: Change) -> list[SentencePart]:
        tags = [(change.repository, tag) for tag in change.releases]
        return [name_release(self.releases[key]) for key in tags if key in self.releases][:1]

    def _name_all_releases(self, change: Change) -> list[PhraseValue]:
        """Return the first release that contains a change, and all that hold a copy of it, as items of a list.

        A release after the first one contains what that one contains; one of a release branch is news.
        """
        first = next((tag for tag in change.releases if tag not in change.copied_to), None)
        tags = [tag for tag in change.releases if tag == first or tag in change.copied_to]
        keys = [(change.repository, tag) for tag in tags if (change.repository, tag) in self.releases]
        links = [name_release(self.releases[key]) for key in keys[:MAX_LISTED]]
        return limit_parts(links, len(keys))

    def _tell_news(self, change: Change, *, is_short: bool = False, area: str = "") -> list[PhraseValue]:
        return tell_news(change, names_repository=not self.has_one_repository, is_short=is_short, area=area)

    def _name_repository(self, change: Change) -> list[PhraseFragment]:
        return [] if self.has_one_repository else [name_repository(change)]


def _spread_names(changes: Sequence[Change]) -> list[Change]:
    """Return changes of names with the same beginning, the first of each name in front."""
    seen: set[tuple[str, str]] = set()
    firsts: list[Change] = []
    for change in changes:
        names = {(family, name) for family, (_, name) in find_families(change.title).items() if name}
        if names - seen:
            firsts.append(change)
        seen |= names
    return [*firsts, *(change for change in changes if change not in firsts)]


def _is_shared(cluster: Sequence[Change]) -> bool:
    return len({change.repository for change in cluster}) >= MIN_SHARED_REPOSITORIES


def _drop_copies(head: Change, others: Sequence[Change]) -> list[Change]:
    """Return the changes beside the first one that say more: no noise, and each title of its repository once.

    A pull request and its backport have one title.
    """
    titles = {(head.repository, format_title(head).casefold())}
    kept = []
    for change in others:
        title = (change.repository, format_title(change).casefold())
        if title not in titles and (change.noise is None or change.reverts):
            kept.append(change)
        titles.add(title)
    return kept


def _cluster_by_title(changes: Sequence[Change]) -> list[list[Change]]:
    """Return changes in clusters of titles with equal words, the one in the most repositories first.

    What users do not see, such as the configuration of a bot, comes behind what they see.
    """
    clusters: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        clusters.setdefault(tuple(analyze_title(change.title).key) or (change.key,), []).append(change)
    return sorted(
        clusters.values(),
        key=lambda cluster: (
            not any(is_user_path(path) for change in cluster for path in change.paths or ("",)),
            -len({change.repository for change in cluster}),
            cluster[0].landed_at,
        ),
    )
