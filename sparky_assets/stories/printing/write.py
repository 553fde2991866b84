"""Write the stories of a period: each group of changes becomes a heading, sentences and list items. Pure.

The sentences are templates over counted facts, titles as links, and quotations that `quoting` chose. Which stories a
product prints, and in which order, belongs to `layout`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sparky_assets.documents.models import SentenceRole
from sparky_assets.insights.reverts import find_reverted_chains
from sparky_assets.stories.models import Change, ReleaseNote, SentencePart, Story, StoryGroup, StoryItem, StorySentence
from sparky_assets.stories.points import (
    ADDING_TYPES,
    MIN_BRANCH_COMMITS,
    changes_tool,
    is_about_code,
    names_inner_code,
    names_speed,
)
from sparky_assets.stories.printing.announcing import adds_something
from sparky_assets.stories.printing.large_work import tell_branch, write_campaign
from sparky_assets.stories.printing.origins import ChangeOrigins
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseSlot, PhraseValue, build_fragment, tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.sentences import (
    MAX_LISTED_LINKS,
    attribute_message,
    count,
    did_sentence,
    format_day,
    format_title,
    format_weekday,
    join_parts,
    name,
    name_repository,
    tell_documented,
    tell_news,
    tell_others,
    title_link,
)
from sparky_assets.stories.printing.shared_stories import SharedStoryWriter, cluster_by_title, is_shared
from sparky_assets.stories.rank import is_fix
from sparky_assets.stories.titles.forms import is_vague
from sparky_assets.stories.titles.parts import capitalize_title, split_area
from sparky_assets.stories.titles.words import VERB_MARK, find_families, find_leading_verb
from sparky_assets.text.paths import is_user_path
from sparky_assets.text.words import short_name

MAX_FOLLOWERS = 3
"""Changes of a story that are printed one by one after its first; the rest is listed."""
MAX_STORY_QUOTATIONS = 2
MAX_CLASS_ITEMS, MAX_STEPS = 5, 3
"""Changes of one kind, and steps of one piece of work, that are printed with a quotation."""
MAX_BEGINNINGS = 3
"""Changes of a new repository that are printed with a quotation."""
MIN_SAME_CLASS = 3
MIN_AREA_CHANGES = 3
"""Changes of a story from which its heading names their area."""
MAX_CAUSE_LENGTH = 600
"""Characters of a message in which its author says since when there was a fault."""

_REGRESSION = re.compile(
    r"(?im)\bregress(?:ion|ions|ed)\b(?! tests?\b)|\b(?:broken|introduced|caused|started) (?:in|by|with|since) "
    r"(?:#\d|(?:commit |[0-9a-f]{3})[0-9a-f]{7,}|https?:)|^commit [0-9a-f]{8,40}\b"
)
"""How a fix speaks of a fault that an earlier change brought: `Fixes a regression from the switch to lamps`."""
_VERSION = re.compile(r"\bv?\d{1,4}\.\d{1,4}(?:\.\d+)?\b")


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
    def origins(self) -> ChangeOrigins:
        """Who made the changes, and the releases that hold them."""
        return ChangeOrigins(self.changes, self.releases, self.known_containment)

    @cached_property
    def shared(self) -> SharedStoryWriter:
        """The writer of stories of changes that several repositories share."""
        return SharedStoryWriter(self.changes, self.chooser, self.timezone, self.origins)

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
            clusters = cluster_by_title(ordered)
            if is_shared(clusters[0]):
                return self.shared.write(group, clusters)
        if group.kind in {"campaign", "repository"}:
            members.sort(key=lambda change: (change.landed_at, change.key))
            is_campaign = group.kind == "campaign"
            place = self._name_repository(head)
            return write_campaign(group, members, place) if is_campaign else self._write_new_repository(group, members)
        if class_name and len(members) >= MIN_SAME_CLASS:
            return self._write_class(group, ordered, kind=build_fragment(f"kinds.{class_name}"))
        chain = next((self.reverted_chains[key] for key in group.changes if key in self.reverted_chains), ())
        if {change.key for change in members} <= {change.key for change in chain}:
            return self._write_reverted(group, chain)
        if len(members) == 1:
            return self._write_single(group, head)
        about = self._write_subject(group, ordered) if group.subject and not group.shared_words else None
        return about if about and (about.items or about.closing) else self._write_series(group, ordered)

    def _write_single(self, group: StoryGroup, change: Change) -> Story:
        instead = self.chooser.quote_instead_of_title(change)
        said = [instead.quotation.text] if instead and instead.quotation else []
        quotations = [*self._tell_message(change, MAX_STORY_QUOTATIONS, said), *tell_branch(change, self.timezone)]
        example, lead = (self.chooser.find_example(change) if quotations or instead else None) or (None, None)
        news: list[PhraseValue] = [*self._name_repository(change), instead] if instead else self._tell_news(change)
        heading = tell("H-TITLE", "stories.heading", title=news)
        brief = tell("Q-BARE" if instead else "H-ONE", "stories.title", title=news)
        closing = (*self._tell_documented(change), *self.origins.tell_origin(change, quotations))
        return Story(
            group=group,
            heading=heading,
            brief=brief,
            sentences=(*quotations, *closing) if not example else tuple(quotations),
            example=example,
            example_lead=lead,
            closing=closing if example else (),
            is_worth_a_section=(instead is not None or self._is_news(change, quotations))
            and any(map(is_user_path, change.paths or ("",))),
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
            closing=(tell_others(listed, "stories.others" if items else "stories.among_them"),) if listed else (),
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
        return items, listed[:MAX_LISTED_LINKS]

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
        quotations = [*tell_message(head, MAX_STORY_QUOTATIONS), *tell_branch(head, self.timezone)]
        if not quotations and not group.shared_words:
            group, changes, quotations = self._find_telling_head(group, changes)
            head = changes[0]
        # The heading is the title of the first change, so that its sentence would repeat it.
        repeats_heading = not group.shared_words
        origin = (*self._tell_documented(head, changes), *self.origins.tell_origin(head, quotations))
        # The origin comes before the changes that follow: `It is Ada’s first commit` is about the first one.
        sentences = [*quotations, *origin] if repeats_heading else [did_sentence(head), *quotations]
        named_people = {head.author}
        listed: list[Change] = []
        changes = [head, *_drop_copies(head, changes[1:])]
        # One title says little about what many changes have in common: where they are does.
        area = group.area if len(changes) >= MIN_AREA_CHANGES else ""
        quotations_left = MAX_STORY_QUOTATIONS - len(quotations)
        for change in changes[1:]:
            follower_quotations = self.chooser.tell(change, 1) if quotations_left > 0 and not listed else []
            if follower_quotations and len(changes) <= MAX_FOLLOWERS + 1:
                quotations_left -= 1
                sentences += [self._tell_follower(change, head, named_people), *follower_quotations]
            else:
                listed.append(change)
        phrase = "stories.others" if len(listed) < len(changes) - 1 else "stories.with_it"
        others = [tell_others(listed, phrase)] if listed else []
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
            # What only a later change says is no news of one that prepares for it.
            is_worth_a_section=self._is_news(head, quotations)
            or (bool(group.shared_words) and len(changes) > MAX_FOLLOWERS and (adds_something(head) or is_fix(head))),
        )

    def _is_news(self, change: Change, quotations: Sequence[StorySentence]) -> bool:
        """Return whether a change is news for users by its title, or by what is quoted about it.

        A fix is news by what its users met; that no release had the fault is none.
        """
        if change.branch_commits >= MIN_BRANCH_COMMITS and not is_about_code(change.title):
            return True
        if not any(sentence.has_quotation for sentence in quotations):
            return False
        is_ability = change.type in ADDING_TYPES or adds_something(change) or names_speed(change.title)
        if is_ability or change.is_marked_breaking or changes_tool(change):
            return True
        return self.chooser.tells_users(quotations) and not self._mends_regression(change, quotations)

    def _mends_regression(self, change: Change, quotations: Sequence[StorySentence]) -> bool:
        """Return whether a fix is of a fault that a change before it brought, and no version is said to have it."""
        quoted = (part.quotation.source for own in quotations for part in own.parts if part.quotation)
        if not is_fix(change) or any(source.startswith(("notes:", "note:")) for source in quoted):
            return False
        documents = self.chooser.list_documents(change)
        texts = [change.title, *(document.source.text[:MAX_CAUSE_LENGTH] for document in documents)]
        return any(_REGRESSION.search(text) and not _VERSION.search(text) for text in texts)

    def _find_telling_head(
        self, group: StoryGroup, changes: Sequence[Change]
    ) -> tuple[StoryGroup, Sequence[Change], list[StorySentence]]:
        """Return a story whose first change says nothing headed by one that adds something and says so, if it has one.

        What adds something itself stays the head.
        """
        head = changes[0]
        others = [] if adds_something(head) else _drop_copies(head, changes[1:])
        for change in others[:MAX_FOLLOWERS]:
            is_news = adds_something(change) or (bool(_REGRESSION.search(head.title)) and not change.noise)
            if change.reverts or change.holds_documents_only or not is_news:
                continue
            if quotations := self._tell_message(change, MAX_STORY_QUOTATIONS):
                rest = [other for other in changes if other is not change]
                return group.model_copy(update={"head": change.key}), [change, *rest], quotations
        return group, changes, []

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

    def _write_subject(self, group: StoryGroup, changes: Sequence[Change]) -> Story:
        """Return the story of one person's changes of one thing: `Three reedline changes from Ada`.

        Changes of names with the same beginning are listed also where their messages say nothing.
        """
        head = changes[0]
        printed = [change for change in changes if change.noise is None or change.noise == "dependency"]
        has_verb = group.subject.endswith(VERB_MARK)
        steps, others = _split_by_verb(printed, group.subject) if has_verb else ([], [])
        if steps:
            # The steps are many: those are printed whose messages say most.
            steps.sort(key=self.chooser.rate, reverse=True)
            head = steps[0]
            group = group.model_copy(update={"head": head.key})
        family = group.subject.endswith("*") or has_verb
        text = (
            f"`{group.subject}`"
            if family and not has_verb
            else f"“{group.subject.removesuffix(VERB_MARK)}”"
            if has_verb
            else group.subject
        )
        kind = SentencePart(kind="datum", text=text, evidence=head.key)
        if has_verb:
            story = self._write_class(group, steps, others, kind=kind, max_items=MAX_STEPS)
        else:
            story = self._write_class(group, _spread_names(printed) if family else printed, kind=kind)
        # The headline needs what happened: a number of changes is no news. The verb of many steps says it.
        updates: dict[str, object] = {}
        if not has_verb:
            updates["brief"] = tell("H-ONE", "stories.title", title=self._tell_news(head))
        if family and not story.items:
            listed = _spread_names(printed)
            updates["closing"] = (tell_others(listed, "stories.among_them"),)
            updates["is_worth_a_section"] = adds_something(head) or is_fix(head)
        elif not story.items:
            updates["closing"] = ()
        elif 2 * sum(names_inner_code(change.title) for change in printed) >= len(printed) and not any(
            map(_changes_something, printed)
        ):
            updates["is_worth_a_section"] = False
        return story.model_copy(update=updates)

    def _write_class(
        self,
        group: StoryGroup,
        changes: Sequence[Change],
        others: Sequence[Change] = (),
        *,
        kind: SentencePart | PhraseFragment,
        max_items: int = MAX_CLASS_ITEMS,
    ) -> Story:
        """Return the story of changes of one kind from one person; others are listed behind them."""
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
                self.chooser.item_with_quotation(change, title_link(change), role) if len(items) < max_items else None
            )
            sentence = sentence or (
                self.chooser.item_with_quotation(change, title_link(change), None) if len(items) < max_items else None
            )
            if sentence:
                items.append(StoryItem(sentences=(sentence,), changes=(change.key,)))
            else:
                listed.append(change)
        listed += others
        phrase = "stories.others" if items else "stories.with_it"
        closing = (tell_others(listed, phrase),) if listed else ()
        # `Three panic changes` may add panics.
        of_kind = "stories.same_kind_fixes" if all(_reads_as_fix(change) for change in changes) else "stories.same_kind"
        return Story(
            group=group,
            heading=tell("H-BY", of_kind, **slots),
            brief=tell("H-BY", f"{of_kind}_sentence", **slots),
            sentences=(),
            items=tuple(items),
            closing=closing,
            is_worth_a_section=bool(items),
        )

    def _tell_documented(self, change: Change, members: Sequence[Change] = ()) -> tuple[StorySentence, ...]:
        """Return with which change the code came that a change documents; nothing if its story holds that change."""
        code = change.documents
        if code is None or any(member.sha == code.sha for member in members):
            return ()
        return (tell_documented(change, code, self.timezone),)

    def _tell_message(self, change: Change, limit: int, said: Sequence[str] = ()) -> list[StorySentence]:
        """Return quotations about a change, of which one names the author if nothing else would have to be said."""
        quotations = self.chooser.tell(change, limit, said=said)
        origin = self.origins.tell_origin(change, quotations)
        messages = {part.quotation.source for said in quotations for part in said.parts if part.quotation}
        wrote = any(self.chooser.sources[key].author == change.author for key in messages)
        if change.author and wrote and origin and origin[0].template == "S-BY":
            return attribute_message(quotations, change.author)
        return quotations

    def _tell_news(self, change: Change, *, is_short: bool = False, area: str = "") -> list[PhraseValue]:
        return tell_news(change, names_repository=not self.has_one_repository, is_short=is_short, area=area)

    def _name_repository(self, change: Change) -> list[PhraseFragment]:
        return [] if self.has_one_repository else [name_repository(change)]


def _changes_something(change: Change) -> bool:
    """Return whether the title of a change says that users get something: an ability, a fix, or speed."""
    return adds_something(change) or is_fix(change) or names_speed(change.title)


def _reads_as_fix(change: Change) -> bool:
    return is_fix(change) or bool(re.match(r"(?i)fix(?:e[sd])?\b(?!-)", split_area(change.title)[1]))


def _split_by_verb(changes: Sequence[Change], subject: str) -> tuple[list[Change], list[Change]]:
    """Return the changes of a story whose titles begin with its verb, and the others."""
    verb = subject.removesuffix(VERB_MARK).casefold()
    own = [change for change in changes if (found := find_leading_verb(change.title)) and found[0].casefold() == verb]
    return own, [change for change in changes if change not in own]


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


def _drop_copies(head: Change, others: Sequence[Change]) -> list[Change]:
    """Return the changes beside the first one that say more: no noise, no steps of its code, and each title once.

    A pull request and its backport have one title.
    """
    titles = {(head.repository, format_title(head).casefold())}
    kept = []
    for change in others:
        title = (change.repository, format_title(change).casefold())
        is_step = is_vague(split_area(change.title)[1]) or is_about_code(change.title)
        if title not in titles and (change.reverts or (change.noise is None and not is_step)):
            kept.append(change)
        titles.add(title)
    return kept
