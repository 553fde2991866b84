"""Select the stories that a text still has to tell beside its box, its releases and its larger news. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from sparky_assets.documents.similarity import covers_text, find_content_stems, names_all, repeats_title
from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.stories.areas import is_in_inner_area
from sparky_assets.stories.models import BoxRow, Change, PeriodStories, Story, StorySentence
from sparky_assets.stories.points import is_about_code, names_inner_code
from sparky_assets.stories.printing.announcing import adds_something
from sparky_assets.stories.printing.edition import EditionList
from sparky_assets.stories.printing.products.story_lists import MIN_LISTED_CODE, StoryLists
from sparky_assets.stories.printing.releases.layout import find_headlined_changes
from sparky_assets.stories.rank import is_fix
from sparky_assets.stories.titles.forms import is_vague
from sparky_assets.stories.titles.parts import is_advisory_merge
from sparky_assets.text.paths import is_changelog_path
from sparky_assets.text.subjects import CHORE_TYPES

MIN_LISTED_WORDS, MIN_LISTED_SHARE = 4, 0.6
"""Words that a title shares with an item of the notes, and their share of the title, from which it is about it."""


@dataclass(frozen=True)
class StorySelection:
    """Says of stories whether a text tells them already, or its readers miss nothing without them.

    Attributes:
        stories: the stories of the period.
        changes: its changes by key.
        lists: the lists of stories without a section.
    """

    stories: PeriodStories
    changes: Mapping[str, Change]
    lists: StoryLists

    @cached_property
    def taken_back(self) -> frozenset[str]:
        """The keys of the changes that are not in place at the end, and of the reverts of changes of the period."""
        return find_taken_back_changes(self.stories.changes)

    def drop_printed(
        self,
        stories: Sequence[Story],
        rows: Sequence[BoxRow],
        released: Sequence[StorySentence],
        lists: Sequence[EditionList],
    ) -> list[Story]:
        """Return stories without those that the box or the releases tell already.

        Args:
            stories: the stories without a section.
            rows: the rows of the box.
            released: what is said about releases in the lede and in lines of their own.
            lists: what releases bring.
        """
        sentences = [*released, *(row.sentences[0] for row in rows)]
        sentences += [item.sentences[0] for own in lists for item in own.items]
        quoted = self._find_quoted_changes(stories, sentences)
        quoted |= {key for own in lists for item in own.items for key in item.changes}
        quoted |= find_headlined_changes(self.stories)
        printed = quoted | {key for row in rows for key in row.changes}
        listed = [item.sentences[0].text for own in lists for item in own.items]
        is_secure = any(row.mark == "Security" for row in rows)
        return [
            story
            for story in stories
            if story.group.head not in quoted
            and not (story.group.changes and self.list_news(story) <= printed)
            and not self._is_listed(story, listed)
            and not (is_secure and self._is_advisory(story))
        ]

    def is_undone(self, story: Story) -> bool:
        """Return whether a story is of reverts that undo each other, so that what they reverted is in place."""
        is_telling = story.is_taken_back or not story.group.changes
        return not is_telling and self.taken_back.issuperset(story.group.changes)

    def _is_listed(self, story: Story, listed: Sequence[str]) -> bool:
        """Return whether a story of a title alone is about an item of the notes, in other words."""
        head = self.changes.get(story.group.head)
        if head is None or len(story.group.changes) > 1 or story.brief.has_quotation:
            return False
        stems = find_content_stems(head.title)
        shared = [len(stems & find_content_stems(text)) for text in listed if names_all(text, head.title)]
        return max(shared, default=0) >= max(MIN_LISTED_WORDS, MIN_LISTED_SHARE * len(stems))

    def is_minor(self, story: Story) -> bool:
        """Return whether a story is of documents alone, or for the people of a project: by its type, area or title.

        What the notes of a release name is for users, whatever its title says.
        """
        head = self.changes.get(story.group.head)
        if head is None or head.is_marked_breaking:
            return False
        is_for_users = head.key in self.stories.noted or any(map(is_changelog_path, head.paths))
        # A tool that all repositories move to is news of an organisation.
        is_chore = head.noise not in {None, "dependency"}
        is_inner = is_chore or (is_about_code(head.title) and not is_for_users)
        return self.lists.is_about_documents(story) or head.type in CHORE_TYPES or is_in_inner_area(head) or is_inner

    def drop_minor(self, stories: Sequence[Story], *, has_news: bool) -> list[Story]:
        """Return stories without those that few read beside news, and that the full list has."""
        telling = [story for story in stories if not self._is_left_out(story)]
        return telling if has_news or len(telling) >= MIN_LISTED_CODE else list(stories)

    def _is_left_out(self, story: Story) -> bool:
        """Return whether a story of one repository is about documents, or about code that mends nothing for users."""
        head = self.changes.get(story.group.head)
        if head is None or head.is_marked_breaking or len(story.group.repositories) > 1 or is_fix(head):
            return False
        is_inner = is_about_code(head.title) or is_in_inner_area(head)
        is_minor = self.is_minor(story) and (is_inner or self.lists.is_about_documents(story))
        says_more = adds_something(head) or any(own.has_quotation for own in (*story.sentences, *story.closing))
        return is_minor or (not says_more and (is_vague(head.title) or names_inner_code(head.title)))

    def _is_advisory(self, story: Story) -> bool:
        """Return whether all of a story is the merge of an advisory's fix, whose title says nothing."""
        return all(is_advisory_merge(self.changes[key].raw_title) for key in story.group.changes if key in self.changes)

    def list_news(self, story: Story) -> set[str]:
        """Return the keys of the changes of a story that are no noise; of one that is noise, all."""
        known = [self.changes[key] for key in story.group.changes if key in self.changes]
        return {change.key for change in known if change.noise is None} or set(story.group.changes)

    def is_named(self, story: Story, named: Set[str]) -> bool:
        """Return whether the box names what a story is about: all of its changes, or the first and half of them."""
        news = self.list_news(story)
        return news <= named or (story.group.head in named and 2 * len(news & named) >= len(news))

    def _find_quoted_changes(self, stories: Sequence[Story], sentences: Sequence[StorySentence]) -> set[str]:
        """Return the keys of the only changes of stories whose titles sentences already have as quotations.

        Housekeeping beside it, such as its line of the changelog, is no other change.
        """
        quoted = [part.text for sentence in sentences for part in sentence.parts if part.quotation]
        heads = [self.changes.get(story.group.head) for story in stories if len(self.list_news(story)) == 1]
        repeated = {
            head.key
            for head in heads
            if head and any(repeats_title(text, head.title) or covers_text(text, head.title) for text in quoted)
        }
        # The notes have other words than the title: `--ignore-failure now supports …`, `Add support for a list …`.
        spans = [part.quotation for sentence in sentences for part in sentence.parts if part.quotation]
        noted = {key for key, quotation in self.stories.noted.items() if quotation in spans}
        titled = {part.evidence for sentence in sentences for part in sentence.parts if part.kind == "title"}
        return repeated | {head.key for head in heads if head and head.key in noted | titled}
