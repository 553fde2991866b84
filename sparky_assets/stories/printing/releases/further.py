"""Lists of what releases beside the one that leads bring: an organisation releases several projects a month. Pure."""

from collections.abc import Set
from dataclasses import dataclass

from sparky_assets.stories.models import PeriodStories, ReleaseNote, StoryItem
from sparky_assets.stories.printing.edition import EditionList
from sparky_assets.stories.printing.headline import choose_of_project, weigh_among_repositories
from sparky_assets.stories.printing.releases.headline import is_patch
from sparky_assets.stories.printing.releases.items import MIN_LISTED_ITEMS, name_list_of
from sparky_assets.stories.printing.releases.layout import list_linked_texts, list_unprinted


@dataclass(frozen=True)
class FurtherRelease:
    """A release with a list of its own beside the one that leads."""

    release: ReleaseNote
    items: EditionList


def lay_out_further_releases(
    stories: PeriodStories,
    lead: ReleaseNote | None,
    written: Set[str | None],
    printed: Set[str],
    limits: tuple[int, int],
) -> list[FurtherRelease]:
    """Return the weightiest releases of other projects with what they bring, each as a list under its name.

    A patch has no list: a line says as much of it.

    Args:
        stories: the stories.
        lead: the release that leads, whose project has lists already.
        written: keys of the changes that are written of elsewhere.
        printed: texts that are in print.
        limits: how many releases, and how many items of each.
    """
    number, items = limits
    projects: dict[tuple[str, str], list[ReleaseNote]] = {}
    for release in stories.releases:
        is_of_lead = lead is not None and (release.repository, release.project) == (lead.repository, lead.project)
        is_listed = release.key in stories.release_items and release.key in stories.release_headlines
        if is_listed and not is_of_lead and not release.is_prerelease:
            projects.setdefault((release.repository, release.project), []).append(release)
    chosen = [choose_of_project(stories, own) for own in projects.values()]
    chosen.sort(key=lambda release: weigh_among_repositories(stories, release), reverse=True)
    further: list[FurtherRelease] = []
    for release in chosen:
        if len(further) == number:
            break
        listed = None if is_patch(release) else _lay_out(stories, release, written, printed, items)
        if listed is not None:
            further.append(FurtherRelease(release, listed))
            printed = printed | list_linked_texts([item.sentences[0] for item in listed.items])
    return further


def _lay_out(
    stories: PeriodStories, release: ReleaseNote, written: Set[str | None], printed: Set[str], limit: int
) -> EditionList | None:
    """Return what a release brings as a list, behind what its notes say in prose; None for too little."""
    listed = stories.release_items[release.key]
    items = list_unprinted(listed.items, written, printed)
    if len(items) < MIN_LISTED_ITEMS or limit < MIN_LISTED_ITEMS:
        return None
    said = [sentence for sentence in stories.release_sentences.get(release.key, ()) if sentence.template == "R-NOTES"]
    prose = [StoryItem(sentences=(sentence,)) for sentence in said[:1]]
    return EditionList(heading=name_list_of(release, listed.phrase, is_linked=True), items=(*prose, *items[:limit]))
