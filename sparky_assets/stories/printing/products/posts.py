"""Sentences of a post for X and a post for LinkedIn. Pure.

Both open with the headline of the digest and stand alone: no word needs the page behind the link. Nothing is announced
that was taken back in the same period, since the stories of reverts are joined with what they undo.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sparky_assets.stories.models import BoxRow, Change, PeriodStories, SentencePart, Story, StorySentence
from sparky_assets.stories.printing.announcing import adds_something
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import choose_lead_release, counts_security
from sparky_assets.stories.printing.phrasing import PhraseSlot, build_fragment, build_plural, drop_stop, tell
from sparky_assets.stories.printing.products.named_rows import (
    MAX_NAMED_ITEMS,
    MAX_NAMED_ROWS,
    MIN_PIECE_WORDS,
    drop_title_frame,
    is_in_headline,
    list_subjects,
    name_items,
    name_rows,
    separate_parts,
)
from sparky_assets.stories.printing.sentences import count, did_sentence, name, name_mark, name_release, title_link
from sparky_assets.stories.titles.forms import tell_past
from sparky_assets.stories.titles.parts import is_advisory_merge, split_area
from sparky_assets.text.references import find_advisories
from sparky_assets.text.subjects import CHORE_TYPES
from sparky_assets.text.words import short_name
from sparky_assets.text.x_rules import MAX_X_LENGTH, count_x_characters

MAX_X_TEXT = MAX_X_LENGTH - 25
"""Characters of a post for X beside the address of its page, which counts as 23, and the empty line before it."""
MAX_LINKEDIN_MARKS, MAX_LINKEDIN_SENTENCES = 2, 3
MAX_LINKEDIN_CHARACTERS = 700
MIN_THANKED_WORDS = 3
"""Words of a title that thanks may name: “Pr 2825” says nothing."""
LABELLED_TEMPLATES = frozenset({"Q-WENT", "Q-BEFORE", "Q-FLAW", "Q-REPORT", "Q-ADDS"})
"""Quotations whose label has to stay: they are about the time before a change, or go on from another one."""


def tell_headline(edition: EditionContent) -> StorySentence:
    """Return the headline as a sentence."""
    return tell("H", "posts.headline", headline=edition.headline_sentence)


def build_x_post(edition: EditionContent, stories: PeriodStories) -> tuple[StorySentence, ...]:
    """Return the sentences of a post for X: the headline, what breaks, and with room for it what else there is."""
    headline = tell_headline(edition)
    chosen = [headline]
    most = len(name_rows_briefly(edition))
    for number in range(most):
        # Fewer names in place of none; behind others, a count says nothing.
        least = 0 if len(chosen) == 1 else 1
        fewer = [name_rows_briefly(edition, limit=limit)[number] for limit in range(MAX_NAMED_ROWS, least - 1, -1)]
        if fewer[-1].text.partition(":")[0].casefold() in edition.headline.casefold():
            fewer = fewer[:MAX_NAMED_ROWS]  # `three more breaking changes. Breaking: four changes.`
        chosen += [sentence for sentence in fewer if _has_room([*chosen, sentence])][:1]
    writer = _PostWriter(edition, stories)
    if len(chosen) == 1:
        fewer_items = (writer.list_news(limit=limit) for limit in range(MAX_NAMED_ITEMS, 0, -1))
        fitting = (sentence for news in fewer_items for sentence in news if _has_room([headline, sentence]))
        quoted = [sentence for sentence in list(writer.list_quoted())[:1] if _has_room([headline, sentence])]
        # What a release brings is news of its own; without one the author's words say what the headline means.
        chosen += [*([] if edition.released else quoted), *fitting, *quoted][:1]
    return tuple(chosen)


def build_linkedin_post(edition: EditionContent, stories: PeriodStories) -> tuple[StorySentence, ...]:
    """Return the sentences of a post for LinkedIn: the headline, what breaks, what else there is, and thanks."""
    # Fewer names, and then fewer marks, where a reader would have to unfold the post.
    limits = [(limit, MAX_LINKEDIN_MARKS) for limit in range(MAX_NAMED_ROWS, 0, -1)]
    posts = (_write_linkedin_post(edition, stories, limit, marks) for limit, marks in (*limits, (1, 1), (0, 1)))
    fitting = (post for post in posts if sum(len(sentence.text) + 1 for sentence in post) <= MAX_LINKEDIN_CHARACTERS)
    return next(fitting, None) or _write_linkedin_post(edition, stories, 0, 1)


def _write_linkedin_post(
    edition: EditionContent, stories: PeriodStories, limit: int, marks: int
) -> tuple[StorySentence, ...]:
    writer = _PostWriter(edition, stories)
    rows = name_rows_briefly(edition, limit=limit)[:marks]
    room = MAX_LINKEDIN_SENTENCES - 1 - len(rows)
    news = list(writer.list_quoted())[: max(1, room)]
    if len(news) < room:
        news += list(writer.list_news(news, limit=max(1, limit)))[:1]
    said = (tell_headline(edition), *rows, *news)
    return (*said, *writer.tell_thanks(said))


def _list_pieces(edition: EditionContent) -> list[str]:
    """Return what a headline says, without the names and labels in front of its parts."""
    news = edition.headline.partition(": ")[2]
    pieces = [_strip_marks(drop_title_frame(piece)) for piece in news.split("; ")]
    return [piece for piece in pieces if len(piece.split()) >= MIN_PIECE_WORDS]


def split_headline_rows(edition: EditionContent) -> tuple[list[BoxRow], list[BoxRow]]:
    """Return the rows of the box that the headline says, and the others.

    It says a row by the beginning of its title, or by a count of the fixes of security.
    """
    pieces = _list_pieces(edition)
    short_pieces = {_strip_marks(piece) for piece in edition.headline.partition(": ")[2].split("; ") if piece}
    counts_fixes = counts_security(edition.headline_sentence)
    said: list[BoxRow] = []
    others: list[BoxRow] = []
    for row in edition.all_rows:
        text = _strip_marks(" ".join(part.text for part in list_subjects(row.sentences[0])[:1]))
        is_said = any(start.startswith(piece) for start in (text, text.partition(": ")[2]) for piece in pieces)
        # A short part of a headline says a row that says no more: `Deprecated in kit: invalidate`.
        is_said = is_said or not {text, text.partition(" ")[2]}.isdisjoint(short_pieces)
        is_counted = counts_fixes and row.mark == "Security" and row.label == row.mark
        (said if row.rows == 1 and (is_said or is_counted) else others).append(row)
    return said, others


def name_rows_briefly(edition: EditionContent, *, limit: int = MAX_NAMED_ROWS) -> tuple[StorySentence, ...]:
    """Return what the rows of the box say beside the headline: that it breaks, its advisories, and the other rows."""
    said, others = split_headline_rows(edition)
    sentences: list[StorySentence] = []
    advisories = [SentencePart(kind="datum", text=row.label) for row in said if find_advisories(row.label)]
    if unnamed := [part for part in advisories if part.text not in edition.headline]:
        label = name_mark("Security", "Security")
        sentences.append(tell("B-BRIEF", "posts.rows", label=label, titles=separate_parts(unnamed[: max(1, limit)], 0)))
    breaking = [row for row in said if row.mark == "Breaking"]
    breaks = bool(breaking) and "breaking" not in edition.headline.casefold()
    if breaks:
        is_of_several = "; " in edition.headline
        first = _strip_marks(list_subjects(breaking[0].sentences[0])[0].text)
        first_piece = next(iter(_list_pieces(edition)), first)
        is_first = any(start.startswith(first_piece) for start in (first, first.partition(": ")[2]))
        which = ("_first" if is_first else "_second") if is_of_several else ""
        sentences.append(tell("B-BRIEF", f"posts.breaks{which}"))
    known = {
        advisory
        for text in (edition.headline, *(part.text for part in advisories))
        for advisory in find_advisories(text)
    }
    also = "Breaking" if breaks else ""
    return (*sentences, *name_rows(others, with_links=False, limit=limit, also=also, known=known))


def _has_room(sentences: Sequence[StorySentence]) -> bool:
    text = " ".join(sentence.text.replace("`", "") for sentence in sentences)
    return count_x_characters(text) <= MAX_X_TEXT


def _strip_marks(text: str) -> str:
    return re.sub(r"[`“”*.]", "", text).casefold()


@dataclass(frozen=True)
class _PostWriter:
    edition: EditionContent
    stories: PeriodStories

    @cached_property
    def changes(self) -> dict[str, Change]:
        return {change.key: change for change in self.stories.changes}

    @cached_property
    def boxed(self) -> set[str]:
        """The keys of the changes that rows of the box name."""
        return {key for row in self.edition.all_rows for key in row.changes}

    def list_quoted(self) -> Iterator[StorySentence]:
        """Yield quotations of the lede that the headline does not say; else what the first story did, in its words."""
        quoted = [
            sentence for sentence in self.edition.lede if sentence.has_quotation and not self._is_headline(sentence)
        ]
        if quoted:
            yield quoted[0]
            return
        # At length a message begins where its author began.
        stories = [story.tell_at_length() for story in self.edition.stories]
        quoting = [story for story in stories if any(item.has_quotation for item in story.sentences)]
        # Behind one row its quotation goes on; of several, the post may name others.
        number_of_rows = sum(row.rows for row in self.edition.all_rows)
        if number_of_rows != 1:
            quoting = [story for story in quoting if self._is_unboxed(story)]
        if number_of_rows > 1:
            # Behind rows about others, it does not say what a quotation is about.
            quoting = [story for story in quoting if not is_in_headline(self.edition.headline, story.brief.text)]
        story = next(iter(quoting), None)
        if story is None:
            return
        sentence = next(item for item in story.sentences if item.has_quotation)
        head = self.changes.get(story.group.head)
        is_said = is_in_headline(self.edition.headline, story.brief.text) or (
            head is not None and head.key in self.boxed
        )
        if is_said:
            yield sentence
        elif head is None or story.brief.template != "H-ONE":
            yield from (story.brief, sentence)
        elif sentence.template in LABELLED_TEMPLATES:
            yield from (_drop_links(self._tell_head(head)), sentence)
        else:
            part = next(part for part in sentence.parts if part.quotation)
            did = _drop_links(self._tell_head(head))
            news = drop_stop(did if did.template == "S-DID" else _drop_links(story.brief))
            yield tell("Q-ITEM", "quotes.titled", title=news, quotation=part)

    def _is_unboxed(self, story: Story) -> bool:
        """Return whether no row of the box is about the first change of a story, unless the headline says it."""
        return story.group.head not in self.boxed or is_in_headline(self.edition.headline, story.brief.text)

    def list_news(self, said: Sequence[StorySentence] = (), limit: int = MAX_NAMED_ITEMS) -> Iterator[StorySentence]:
        """Yield what else there is in a sentence: the items of the release that leads, or the next story.

        Args:
            said: the sentences in front of it.
            limit: how many items it names.
        """
        for own in self.edition.released:
            if sentence := name_items(own, self.edition.headline, " ".join(item.text for item in said), limit):
                yield _drop_links(sentence)
        quoted = _list_quotations(said)
        for story in self.edition.stories:
            head = self.changes.get(story.group.head)
            if quoted & _list_quotations(story.tell_at_length().sentences):
                continue
            if not is_in_headline(self.edition.headline, story.brief.text) and story.group.head not in self.boxed:
                sentence = self._tell_head(head) if head and story.brief.template == "H-ONE" else story.brief
                if sentence.text not in {item.text for item in said}:
                    yield _drop_links(sentence)
        yield from self._list_further_news(said, limit)

    def _list_further_news(self, said: Sequence[StorySentence], limit: int) -> Iterator[StorySentence]:
        """Yield what is new among the changes without a section of their own, in a sentence."""
        keys = [key for item in self.edition.also for key in item.changes[:1]]
        heads = [self.changes[key] for key in keys if key in self.changes]
        new = [
            head
            for head in heads
            if adds_something(head) and head.type not in CHORE_TYPES and not head.holds_documents_only
            if not head.noise and head.key not in self.boxed and not self._is_said(head, said)
        ]
        if new:
            titles = [drop_stop(_drop_links(self._tell_title(head))) for head in new[:limit]]
            yield tell("X-NEWIN", "posts.rows", label=build_fragment("sections.also"), titles=separate_parts(titles, 0))

    def _tell_title(self, head: Change) -> StorySentence:
        sentence = tell("ITEM", "stories.title", title=title_link(head))
        if len({change.repository for change in self.stories.changes}) == 1:
            return sentence
        place = build_fragment("labels.place", place=short_name(head.repository))
        return tell("ITEM", "stories.placed_sentence", place=place, sentence=sentence)

    def _is_said(self, change: Change, said: Sequence[StorySentence]) -> bool:
        """Return whether the headline or a sentence says what a change did."""
        title = split_area(change.title)[1]
        past = tell_past(change.raw_title)
        texts = [_strip_marks(sentence.text) for sentence in said]
        wanted = [_strip_marks(text) for text in (title, past) if text]
        return is_in_headline(self.edition.headline, title) or any(own in text for own in wanted for text in texts)

    def _tell_head(self, head: Change) -> StorySentence:
        sentence = did_sentence(head)
        if len({change.repository for change in self.stories.changes}) == 1:
            return sentence
        place = build_fragment("labels.place", place=short_name(head.repository))
        return tell(sentence.template, "stories.placed_sentence", place=place, sentence=sentence)

    def _is_headline(self, sentence: StorySentence) -> bool:
        """Return whether the headline says what a sentence quotes."""
        quoted = " ".join(part.text for part in sentence.parts if part.quotation)
        return _strip_marks(quoted) in _strip_marks(self.edition.headline)

    def tell_thanks(self, said: Sequence[StorySentence] = ()) -> tuple[StorySentence, ...]:
        """Return thanks: to a newcomer for a change, else to the people of the release that leads, or to an author.

        A change that the post has not named comes first: thanks say something too.

        Args:
            said: the sentences of the post in front.
        """
        candidates = [
            change
            for change in self._list_thanked()
            if change.author and not change.is_bot and len(change.title.split()) >= MIN_THANKED_WORDS
        ]
        unsaid = [change for change in candidates if not self._is_said(change, said)]
        firsts = [change for change in unsaid if change.is_first_contribution]
        release = choose_lead_release(self.stories)
        if not firsts and release and release.commit_count and (release.person_count or 0) > 1:
            people, number = count(release.person_count or 0), count(release.commit_count)
            slots: dict[str, PhraseSlot] = {"people": people, "number": number, "release": name_release(release)}
            return (_drop_links(tell("P-THANKS", "posts.thanks_release", **slots)),)
        change = next(iter(firsts or unsaid or candidates), None)
        if change is None or change.author is None:
            return self.edition.people[:1]
        person = name(change.author, change.key)
        newcomers = {
            other.author for other in self.stories.changes if other.is_first_contribution and not other.is_bot
        } - {None, change.author}
        if not unsaid and "; " not in self.edition.headline and len(said) <= 1 + any(own.has_quotation for own in said):
            if not change.is_first_contribution:
                return (tell("P-THANKS", "posts.thanks_this", person=person),)
            more = build_plural("posts.thanks_more", len(newcomers), number=count(len(newcomers))) if newcomers else ()
            return (tell("P-THANKS", "posts.thanks_first_this", person=person, others=more),)
        others: PhraseSlot = ()
        if change.is_first_contribution and newcomers:
            others = build_plural("posts.thanks_others", len(newcomers), number=count(len(newcomers)))
        elif change.is_first_contribution:
            others = build_fragment("posts.thanks_first")
        past = tell_past(change.raw_title) if not change.area else None
        if past:
            title = title_link(change, past).model_copy(update={"url": None})
            return (tell("P-THANKS", "posts.thanks_who", person=person, title=title, others=others),)
        title = title_link(change, change.title).model_copy(update={"url": None})
        return (tell("P-THANKS", "posts.thanks", person=person, title=title, others=others),)

    def _list_thanked(self) -> Iterator[Change]:
        """Yield the changes that thanks may name, of the stories in their order; nothing that was taken back."""
        for story in self._list_stories():
            for key in (story.group.head, *story.group.changes):
                change = self.changes.get(key)
                if change and change.noise is None and not change.reverts and not is_advisory_merge(change.raw_title):
                    yield change
        yield from (change for change in self.stories.changes if change.is_first_contribution and not change.reverts)

    def _list_stories(self) -> Iterator[Story]:
        printed = {story.group.id for story in self.edition.stories}
        yield from self.edition.stories
        yield from (
            story for story in self.stories.stories if story.group.id not in printed and not story.is_taken_back
        )


def _list_quotations(sentences: Sequence[StorySentence]) -> set[tuple[str, int]]:
    """Return where the quotations of sentences begin in their texts."""
    quoted = (part.quotation for sentence in sentences for part in sentence.parts if part.quotation)
    return {(quotation.source, quotation.start) for quotation in quoted}


def _drop_links(sentence: StorySentence) -> StorySentence:
    parts: tuple[SentencePart, ...] = tuple(part.model_copy(update={"url": None}) for part in sentence.parts)
    return StorySentence(template=sentence.template, phrase=sentence.phrase, parts=parts)
