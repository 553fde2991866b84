"""Who made a change, and which release holds it, as far as that is news below its title. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sparky_assets.stories.models import Change, ReleaseNote, SentencePart, StorySentence
from sparky_assets.stories.printing.phrasing import PhraseValue, tell
from sparky_assets.stories.printing.sentences import MAX_LISTED_LINKS, limit_parts, name, name_release
from sparky_assets.stories.rank import is_fix


def tell_author(person: SentencePart, what: str) -> StorySentence:
    """Return who made a change: `The fix is from Ada Lovelace.`

    Args:
        person: the name.
        what: `fix` or `change`.
    """
    return tell("S-BY", f"stories.{what}_from", person=person)


_MARKS_WORK = re.compile(r"[.-]dev0?$")
"""The end of a tag on the first commit of a version to come."""


@dataclass(frozen=True)
class ChangeOrigins:
    """Tells who made the changes of a period, and which releases hold them.

    Attributes:
        changes: the changes of the period by key.
        releases: its releases by repository and tag.
        known_containment: repositories of which it is known which release contains which change.
    """

    changes: Mapping[str, Change]
    releases: Mapping[tuple[str, str], ReleaseNote]
    known_containment: Collection[str]

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

    def tell_origin(self, change: Change, quotations: Sequence[StorySentence]) -> tuple[StorySentence, ...]:
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
        if any(quotation.names_person(change.author) for quotation in quotations):
            return ()
        return (tell_author(person, what),)

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

    def find_first_release(self, change: Change) -> list[SentencePart]:
        """Return the first release of the period that contains a change, as a link; empty if there is none."""
        tags = [(change.repository, tag) for tag in change.releases]
        return [name_release(self.releases[key]) for key in tags if key in self.releases][:1]

    def _name_all_releases(self, change: Change) -> list[PhraseValue]:
        """Return the first release that contains a change, and all that hold a copy of it, as items of a list.

        A release after the first one contains what that one contains; one of a release branch is news.
        """
        # `9.2.0.dev0` marks where the work on a version begins, and is nothing to install.
        known = [tag for tag in change.releases if not _MARKS_WORK.search(tag)]
        first = next((tag for tag in known if tag not in change.copied_to), None)
        tags = [tag for tag in known if tag == first or tag in change.copied_to]
        keys = [(change.repository, tag) for tag in tags if (change.repository, tag) in self.releases]
        links = [name_release(self.releases[key]) for key in keys[:MAX_LISTED_LINKS]]
        return limit_parts(links, len(keys))
