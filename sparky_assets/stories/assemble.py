"""Make everything that the products of a period print: changes, groups, stories, box and releases. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from sparky_assets.documents.diffs import index_sources, list_change_texts
from sparky_assets.documents.library import DocumentLibrary, collect_descriptions, collect_sources
from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.raw.notes.areas import read_area_names
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.areas import AreaNames
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.choices import StoryChoices, arrange_stories, is_news
from sparky_assets.stories.containment import find_containment, read_released_changes
from sparky_assets.stories.continuing import EarlierStory
from sparky_assets.stories.grouping.edges import connect_noted, find_edges
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.linked_issues import attach_issues
from sparky_assets.stories.models import (
    BoxRow,
    Change,
    PeriodStories,
    ReleasedChange,
    ReleaseNote,
    Story,
    StoryEdge,
    StoryGroup,
    StorySentence,
)
from sparky_assets.stories.printing.box.containing_releases import tell_containment
from sparky_assets.stories.printing.box.diff_rows import list_used_sources
from sparky_assets.stories.printing.box.rows import build_box
from sparky_assets.stories.printing.closing import tell_dependencies, tell_doubts, tell_newcomers
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.products.at_length import LongStoryWriter
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.contents import ReleaseHeadlines, list_held_changes
from sparky_assets.stories.printing.releases.noted import (
    drop_noted,
    find_note_items,
    find_quoted_items,
    list_noted_items,
    list_noted_together,
    read_note_facts,
)
from sparky_assets.stories.printing.releases.summary import MAX_LEDE_SENTENCES, tell_future, tell_release
from sparky_assets.stories.printing.sentences import name_repository
from sparky_assets.stories.printing.write import StoryWriter
from sparky_assets.stories.rank import NoteFacts
from sparky_assets.stories.records import build_change_records, find_new_repositories
from sparky_assets.stories.releases import build_releases, drop_builds, drop_repeated_notes

MAX_FUTURE_SENTENCES = 3
MAX_OBSTACLE_WORDS = 12
"""Words of a quotation that a headline has room for."""
NO_CHOICES = StoryChoices()
"""The rules choose everything."""


@dataclass(frozen=True)
class StoryMaterial:
    """Inputs of the stories of a period: changes with the edges between them, releases, notes and documents."""

    records: tuple[ChangeRecord, ...]
    edges: tuple[StoryEdge, ...]
    releases: tuple[ReleaseNote, ...]
    notes: NoteFacts
    library: DocumentLibrary
    new_repositories: frozenset[str] = frozenset()
    """Repositories that began in the period, where there are others."""
    earlier: tuple[EarlierStory, ...] = ()
    """Stories of the periods before, the latest period first."""
    known_containment: frozenset[str] = frozenset()
    """Repositories for whose changes it is known which release contains them."""
    fixed_in: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    """Tags of the releases whose commits name an advisory, by repository and id."""
    area_names: AreaNames = field(default_factory=dict)
    """The names of folders, as their repositories have them."""
    released: tuple[ReleasedChange, ...] = ()
    """Changes that releases bring from before the period."""

    def build_groups(self, choices: StoryChoices = NO_CHOICES) -> tuple[StoryGroup, ...]:
        """Return the stories in order: by the rules, or as an editor divided and arranged them."""
        groups = build_stories(
            self.records,
            self.releases,
            notes=self.notes,
            new_repositories=self.new_repositories,
            edges=self.edges,
            parts=choices.parts,
            earlier=self.earlier,
            area_names=self.area_names,
        )
        return arrange_stories(groups, choices)


def gather_material(window: RawWindow, earlier: Sequence[EarlierStory] = ()) -> StoryMaterial:
    """Return the material of the stories of a window of raw rows.

    Args:
        window: the rows of a period.
        earlier: stories of the periods before, the latest period first.
    """
    records = build_change_records(window)
    sources = collect_sources(window)
    every_release = build_releases(window)
    releases = drop_builds(every_release, sources)
    # Where numbers of deployments are left out, no text says that a change is in no release.
    with_builds = {release.repository for release in every_release if release not in releases}
    containment = find_containment(window, [record.change for record in records], releases)
    records = tuple(
        replace(
            record,
            change=record.change.model_copy(
                update={"releases": tags, "copied_to": containment.copies.get(record.change.key, ())}
            ),
        )
        if (tags := containment.tags.get(record.change.key))
        else record
        for record in records
    )
    repositories = {record.change.repository for record in records}
    new_repositories = find_new_repositories(window) if len(repositories) > 1 else frozenset()
    library = DocumentLibrary(sources | collect_descriptions(window, new_repositories))
    releases = drop_repeated_notes(releases, library.sources)
    records = attach_issues(attach_texts(records, library), window, library)
    notes = read_note_facts([record.change for record in records], releases, library)
    return StoryMaterial(
        records,
        find_edges(
            records, connect_noted(list_noted_together([record.change for record in records], releases, library))
        ),
        tuple(releases),
        notes,
        library,
        new_repositories,
        tuple(earlier),
        frozenset(containment.known_repositories) - with_builds,
        containment.fixed_in,
        read_area_names(window.notes),
        read_released_changes(window, [record.change for record in records], releases),
    )


def attach_texts(records: Sequence[ChangeRecord], library: DocumentLibrary) -> tuple[ChangeRecord, ...]:
    """Return the changes with the texts that came with them: entries of changelogs, documentation, lines of diffs."""
    by_commit = index_sources(library.sources.values())
    attached = []
    for record in records:
        change = record.change
        sources = by_commit.get((change.repository, change.sha))
        if sources:
            notes, documents, diffs = list_change_texts(sources)
            updates = {"sources": (*notes, *change.sources, *documents), "diffs": tuple(diffs)}
            attached.append(replace(record, change=change.model_copy(update=updates)))
        else:
            attached.append(record)
    return tuple(attached)


def build_window_stories(window: RawWindow, timezone: str, choices: StoryChoices = NO_CHOICES) -> PeriodStories:
    """Return the stories of a window of raw rows."""
    return build_material_stories(gather_material(window), timezone, choices)


def build_material_stories(material: StoryMaterial, timezone: str, choices: StoryChoices = NO_CHOICES) -> PeriodStories:
    """Return the stories of a period from its material."""
    groups = material.build_groups(choices)
    return build_period_stories(
        material.records,
        groups,
        material.releases,
        material.library,
        timezone,
        choices=choices,
        known_containment=material.known_containment,
        fixed_in=material.fixed_in,
        released=material.released,
        earlier=material.earlier,
    )


def build_period_stories(
    records: Sequence[ChangeRecord],
    groups: Sequence[StoryGroup],
    releases: Sequence[ReleaseNote],
    library: DocumentLibrary,
    timezone: str,
    *,
    choices: StoryChoices = NO_CHOICES,
    known_containment: Collection[str] = (),
    fixed_in: Mapping[tuple[str, str], Sequence[str]] | None = None,
    released: Sequence[ReleasedChange] = (),
    earlier: Sequence[EarlierStory] = (),
) -> PeriodStories:
    """Return the stories of a period.

    Args:
        records: the changes.
        groups: the changes in groups, the most important first.
        releases: the releases, with the keys of their notes.
        library: the documents of messages and notes.
        timezone: the timezone of days in print.
        choices: the sentences that an editor chose.
        known_containment: repositories for whose changes it is known which release contains them.
        fixed_in: tags of the releases whose commits name an advisory, by repository and id.
        released: changes that releases bring from before the period.
        earlier: stories of the periods before, the latest period first.
    """
    changes = tuple(record.change for record in records)
    repositories = {change.repository for change in changes} | {release.repository for release in releases}
    has_one = len(repositories) == 1
    note_items = find_note_items(changes, releases, library)
    chooser = QuotationChooser(library, choices.quotes, note_items)
    final = Counter(release.repository for release in releases if not release.is_prerelease)
    release_sentences = {
        # The other releases of a project are the last sentence of its lede.
        release.key: tell_release(release, chooser, timezone, room=MAX_LEDE_SENTENCES - (final[release.repository] > 1))
        for release in releases
    }
    released = drop_noted(released, releases, library)
    box_rows = build_box(releases, changes, chooser, released)
    box_rows = tell_containment(box_rows, changes, releases, known_containment, fixed_in or {})
    coming = tell_future(releases, chooser, MAX_FUTURE_SENTENCES)
    # What a release brings is listed first; its stories below say more about it, in other words.
    noted_lists = list_noted_items(releases, changes, chooser, release_sentences, has_one_repository=has_one)
    changes_by_key = {change.key: change for change in changes}
    releases_by_tag = {(release.repository, release.tag): release for release in releases}
    writer = StoryWriter(
        changes_by_key,
        chooser,
        timezone,
        has_one,
        releases_by_tag,
        known_containment,
    )
    news = [group for group in groups if is_news(group)]
    stories = tuple(
        _name_obstacle(
            writer.write(group, _find_class(group)),
            changes_by_key.get(group.head),
            box_rows,
            has_one_repository=has_one,
        )
        for group in news
    )
    doubts = tell_doubts(news, changes_by_key, chooser)
    boxed = {part.evidence for row in box_rows for part in row.sentences[0].parts}
    headlines = _write_headlines(
        records,
        news,
        releases,
        chooser,
        released=released,
        boxed=boxed,
        has_one_repository=has_one,
        sentences=release_sentences,
    )
    release_items = {
        release.key: items
        for release in releases
        if (
            items := noted_lists[release.key][0]
            or list_held_changes(
                release, headlines.held.get(release.key, ()), boxed, chooser, has_one_repository=has_one
            )
        )
    }
    release_fixes = {key: fixes for key, (_, fixes) in noted_lists.items() if fixes}
    listed = [item for items in (*release_items.values(), *release_fixes.values()) for item in items.items]
    chooser.use_sentences(item.sentences[0] for item in listed)
    release_days = {
        key: part for key, sentences in release_sentences.items() for part in sentences[0].parts if part.slot == "date"
    }
    firsts = {
        group.id: change for group, members in reversed(earlier) for change in members if change.key == group.head
    }
    long_writer = LongStoryWriter(
        changes_by_key, chooser, timezone, releases_by_tag, release_days, known_containment, firsts
    )
    stories = long_writer.extend(stories)
    carried_on = [firsts[group.continues] for group in news if group.continues in firsts]
    quoted_sources = chooser.printed_sources
    quoted_sources |= {story.example.source for story in stories if story.example}
    quoted_sources |= set(list_used_sources(box_rows))
    # What notes name as new is quoted beside the list that may have it too, and is not remembered by the chooser.
    spoken = (part for sentences in release_sentences.values() for sentence in sentences for part in sentence.parts)
    quoted_sources |= {part.quotation.source for part in spoken if part.quotation}
    return PeriodStories(
        changes=changes,
        releases=tuple(releases),
        released=tuple(released),
        stories=stories,
        carried_on=tuple(carried_on),
        release_sentences=release_sentences,
        release_headlines=headlines.headlines,
        release_weights=headlines.weights,
        release_items=release_items,
        release_fixes=release_fixes,
        noted=find_quoted_items(note_items, release_sentences, library),
        known_containment=tuple(sorted(known_containment)),
        box_rows=box_rows,
        coming=coming,
        doubts=doubts,
        dependencies=tell_dependencies(changes),
        newcomers=tell_newcomers(changes, has_one_repository=has_one),
        sources=tuple(library.sources[key] for key in sorted(quoted_sources)),
    )


def _write_headlines(
    records: Sequence[ChangeRecord],
    news: Sequence[StoryGroup],
    releases: Sequence[ReleaseNote],
    chooser: QuotationChooser,
    *,
    released: Sequence[ReleasedChange],
    boxed: Set[str | None],
    has_one_repository: bool,
    sentences: dict[str, tuple[StorySentence, ...]],
) -> ReleaseHeadlines:
    """Return the headlines of all releases; what those without notes hold is added to their sentences.

    Args:
        records: the changes of the period.
        news: its stories without housekeeping, in order.
        releases: its releases.
        chooser: what may be quoted.
        released: changes that releases bring from before the period.
        boxed: keys of the changes that the box names.
        has_one_repository: whether the period has one repository alone.
        sentences: the sentences about each release, which are added to.
    """
    by_key = {record.change.key: record for record in records}
    taken_back = find_taken_back_changes(record.change for record in records)
    headlines = ReleaseHeadlines(
        changes=[record.change for record in records if record.change.key not in taken_back],
        heads=[by_key[group.head].change for group in news if group.head in by_key and group.head not in taken_back],
        released=released,
        records=by_key,
        boxed=boxed,
        has_one_repository=has_one_repository,
        sentences=sentences,
    )
    for release in releases:
        headlines.add(release, chooser.get_document(release.source))
    headlines.add_versions(releases)
    return headlines


def _name_obstacle(story: Story, head: Change | None, rows: Sequence[BoxRow], *, has_one_repository: bool) -> Story:
    """Return a story of something blocked with the author's words about it as its brief, which headlines repeat.

    The title of such a change is mostly about the report: “Document PyTorch build attempts”.
    """
    if story.group.kind != "failure" or head is None:
        return story
    # The report of what is blocked may be one of several changes, and not the first.
    keys = set(story.group.changes)
    row = next((row for row in rows if row.mark == "Blocked" and not keys.isdisjoint(row.changes)), None)
    parts = (part for sentence in row.sentences for part in sentence.parts if part.quotation) if row else iter(())
    quoted = next(parts, None)
    if quoted is None or len(quoted.text.split()) > MAX_OBSTACLE_WORDS:
        return story
    place = () if has_one_repository else name_repository(head)
    brief = tell("H-BLOCK", "box.title", place=place, title=quoted)
    return story.model_copy(update={"brief": brief, "is_worth_a_section": True})


def _find_class(group: StoryGroup) -> str:
    """Return what the changes of one person have in common; empty if there are several people or other changes."""
    return "performance" if group.kind == "performance" and len(group.people) == 1 else ""
