"""Tell stories at length, for the blog post and the month: more quotations, when it landed, and what followed. Pure.

It comes after everything else of a period is written, so that no sentence of the digest is missing for it. A quotation
that goes on from another one follows the order of its text: an author's sentences read best as they were written.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from sparky_assets.documents.models import DocumentSentence, ParsedDocument, Quotation
from sparky_assets.documents.notes import find_noted_date
from sparky_assets.documents.parse import fold_space
from sparky_assets.documents.quotes import is_valid_quotation, quote
from sparky_assets.stories.continuing import MILESTONE_REASON
from sparky_assets.stories.models import Change, ReleaseNote, SentencePart, Story, StoryItem, StorySentence
from sparky_assets.stories.printing.origins import tell_author
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseSlot, build_fragment, tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.quoting.labels import label_quotation
from sparky_assets.stories.printing.quoting.readers import concerns_users
from sparky_assets.stories.printing.sentences import (
    SAYS_PHRASE,
    did_sentence,
    format_day,
    format_title,
    limit_parts,
    name,
    name_release,
    name_repository,
    quotation,
    quote_sentence,
    title_link,
)
from sparky_assets.stories.rank import is_fix
from sparky_assets.stories.titles.verbs import to_past

MAX_LONG_STORIES = 12
"""Stories of a period that are written at length: more than any product prints."""
MAX_FURTHER_QUOTATIONS, MAX_TRIED_QUOTATIONS = 1, 8
"""Quotations of a message beyond those of the digest: dune 3.24.0 had six in a row, four of them about internals."""
MAX_STORY_WORDS = 110
"""Words of quotations of one message from which no more are looked for."""
MAX_JOINED_WORDS = 50
"""Words of two sentences of one paragraph that are quoted as one."""
MAX_STEPS, MAX_LISTED = 6, 8
MIN_LARGE_STORY = 3
"""Changes from which a story is written at length, however late in the order."""
MIN_FURTHER_SCORE = 2
ORIGIN_TEMPLATES = frozenset({"S-BY", "R-WITH", "R-NOTIN", "R-NOREL"})
"""Who made a change and which release has it: said with the day at length."""
FOLLOWER_TEMPLATES = frozenset({"S-FOLLOW", "S-REST"})

_TESTS = re.compile(r"\b(?:unit |regression |integration )?tests?\b|\btest cases?\b", re.IGNORECASE)
_TO_PEOPLE = re.compile(
    r"(?:tagging|pinging|cc|thanks|thank you|shout-?out|as discussed|per discussion)\b", re.IGNORECASE
)
"""Beginnings of what is said to people and not about a change."""
_ADDRESSES = re.compile(r"(?<!\w)@[\w-]{2,40}(?![\w/`-])")
_CODE = re.compile(r"`[^`\n]{1,120}`|\b\w+(?:\.\w+)*\.\w+\(\)|\b[a-z]+(?:_[a-z]+)+\b")
_CALL = re.compile(
    r"`[\w.]{2,60}(?:\([^`\n]{0,80}\)| \w[^`\n]{2,80})`|\b(?:PR|refactor\w*|helper|private|internal(?:ly|s)?)\b"
)
"""A call with what it is given, or a word about how the code is written."""
MIN_CODE_NAMES = 3
_NOW = re.compile(r"\b(?:now|new)\b", re.IGNORECASE)
_DEPENDENT = re.compile(
    r"(?:However|Therefore|Thus|Hence|Also|But|And|So|Then|Instead|Otherwise|Similarly|Additionally|Furthermore|Moreover"
    r"|In this way|In that case|As a result|Because of this|That|This|These|Those|It|They|Both|Neither|Such)\b"
)
"""Beginnings of sentences that go on from the one before."""

QuotedPlace = tuple[ParsedDocument, DocumentSentence, Quotation]
"""A sentence of a text with what is quoted of it."""


@dataclass(frozen=True)
class LongStoryWriter:
    """Adds to stories what a long text tells about them.

    Attributes:
        changes: the changes of the period by key.
        chooser: the quotations of the period; all other sentences are written.
        timezone: the timezone of days in print.
        releases: the releases of the period by repository and tag.
        release_days: the day of each release that is printed with one, by its key.
        known_containment: repositories of which it is known which release contains which change.
        earlier: the first changes of stories of earlier periods, by the id of the story.
    """

    changes: Mapping[str, Change]
    chooser: QuotationChooser
    timezone: str
    releases: Mapping[tuple[str, str], ReleaseNote]
    release_days: Mapping[str, SentencePart]
    known_containment: Collection[str] = ()
    earlier: Mapping[str, Change] = field(default_factory=dict)

    def extend(self, stories: Sequence[Story]) -> tuple[Story, ...]:
        """Return stories with what a long text tells about the first and the largest of them."""
        candidates = [story for story in stories if story.is_worth_a_section and self._find_head(story)]
        large = [story for story in candidates if len(story.group.changes) >= MIN_LARGE_STORY]
        first = candidates[: MAX_LONG_STORIES // 2]
        chosen = {story.group.id for story in [*first, *large][:MAX_LONG_STORIES]}
        return tuple(self._extend(story) if story.group.id in chosen else story for story in stories)

    @cached_property
    def _is_one_day(self) -> bool:
        """Return whether everything landed on one day, which a text of that day does not repeat."""
        return len({format_day(change.landed_at, self.timezone) for change in self.changes.values()}) == 1

    def _find_head(self, story: Story) -> Change | None:
        """Return the change that a story is about; None for one about a person, a repository or a change taken back."""
        is_series = (
            story.brief.template in {"H-ONE", "Q-BARE"} and not story.items and len(story.group.repositories) == 1
        )
        return self.changes.get(story.group.head) if is_series else None

    def _extend(self, story: Story) -> Story:
        head = self._find_head(story)
        if head is None:
            return story
        opening, quoted = _split_followers(story.sentences)
        firsts = [sentence for sentence in (*opening, *story.closing) if sentence.template == "P-FIRST"]
        documented = [sentence for sentence in story.closing if sentence.template == "S-DOCS2"]
        opening = [sentence for sentence in opening if sentence.template not in {*ORIGIN_TEMPLATES, "P-FIRST"}]
        quoted_texts = self._quote_messages(head, opening)
        landing = self._tell_landing(head, quoted_texts)
        if self._is_one_day:
            said = (*story.sentences, *story.closing)
            origin = [sentence for sentence in said if sentence.template in ORIGIN_TEMPLATES]
            landing = origin[:1] or _tell_unnamed_author(head, quoted_texts)
            if head.author and any(own.names_person(head.author) for own in landing):
                quoted_texts = [_drop_writer(own) for own in quoted_texts]
        steps, others = self._tell_steps(story, head, quoted)
        return story.model_copy(
            update={
                "long_sentences": (*quoted_texts, *documented, *landing, *firsts, *self._tell_earlier(story, head)),
                "long_items": tuple(steps),
                "long_closing": others,
            }
        )

    def _quote_messages(self, head: Change, opening: Sequence[StorySentence]) -> list[StorySentence]:
        """Return what is quoted about a change, and more of it, in the order of its text."""
        documents = self.chooser.list_documents(head)
        messages = [document for document in documents if document.source.kind == "message"]
        others = [sentence for sentence in opening if _find_place(sentence, messages) is None]
        places = [place for sentence in opening if (place := _find_place(sentence, messages))]
        further: list[QuotedPlace] = []
        for _ in range(MAX_TRIED_QUOTATIONS):
            words = sum(len(place[2].text.split()) for place in (*places, *further))
            if len(further) == MAX_FURTHER_QUOTATIONS or words > MAX_STORY_WORDS:
                break
            found = self.chooser.choose(messages, None, head, MIN_FURTHER_SCORE, stands_alone=True)
            if found is None:
                break
            self.chooser.use(found[2])
            tells_more = _is_prose(found) and concerns_users(found[1]) and not found[1].is_list_item
            further += [found] if tells_more else []
        # A sentence about tests says least; it stays where there is no other.
        places = [place for place in places if not _is_about_tests(place)] or places
        ordered = self._complete(sorted([*places, *further], key=lambda place: (place[0].source.key, place[1].start)))
        sentences: list[StorySentence] = []
        source = ""
        for place in _join_adjacent(ordered):
            sentences.append(_label(place, head, is_first=place[0].source.key != source))
            source = place[0].source.key
        return [*others, *sentences]

    def _complete(self, places: Sequence[QuotedPlace]) -> list[QuotedPlace]:
        """Return sentences in the order of their text, each that goes on from another one with that in front of it.

        Without it, for it cannot be quoted, such a sentence is left out, unless there is no other.
        """
        completed: list[QuotedPlace] = []
        for document, sentence, quoted in places:
            before = completed[-1] if completed else None
            is_next = before is not None and before[0] is document and sentence.number == before[1].number + 1
            if not is_next and _DEPENDENT.match(quoted.text):
                first = document.sentences[sentence.number - 1] if sentence.number else None
                said = quote(document, first) if first and not sentence.opens_block else None
                if first is None or said is None:
                    continue
                if not self.chooser.is_quoted(said):
                    completed.append((document, first, self.chooser.use(said)))
            completed.append((document, sentence, quoted))
        return completed or list(places[:1])

    def _tell_landing(self, change: Change, quoted: Sequence[StorySentence]) -> list[StorySentence]:
        """Return who made a change, unless quotations of it say so, when it landed, and when it came out."""
        if not change.author or change.is_bot:
            return []
        what = "fix" if is_fix(change) else "change"
        person = build_fragment("stories.by_aside", person=name(change.author, change.key))
        by: list[PhraseFragment] = [] if any(own.names_person(change.author) for own in quoted) else [person]
        slots: dict[str, PhraseSlot] = {
            "by": by,
            "landed": SentencePart(kind="date", text=format_day(change.landed_at, self.timezone), evidence=change.key),
        }
        release = next(
            (self.releases[key] for tag in change.releases if (key := (change.repository, tag)) in self.releases), None
        )
        if release is not None and self._is_only(release):
            # Each section of zellij 0.45.0 said that its change came out with it, two days after it landed.
            return _tell_unnamed_author(change, quoted)
        day = self.release_days.get(release.key) if release else None
        if release and day and not self._is_out_before(release, change):
            if day.text.endswith(format_day(change.landed_at, self.timezone)):
                return [tell("S-LANDED", f"stories.{what}_landed_out_same_day", **slots, release=name_release(release))]
            return [tell("S-LANDED", f"stories.{what}_landed_out", **slots, release=name_release(release), date=day)]
        if release is not None:
            return [tell("S-LANDED", f"stories.{what}_landed_in", **slots, release=name_release(release))]
        has_release = any(repository == change.repository for repository, _ in self.releases)
        is_unreleased = has_release and change.repository in self.known_containment
        phrase = f"stories.{what}_landed_unreleased" if is_unreleased else f"stories.{what}_landed"
        return [tell("S-LANDED", phrase, **slots)]

    def _is_only(self, release: ReleaseNote) -> bool:
        """Return whether a release is the only one of its repository in the period: the text says that it is out."""
        own = [other for other in self.releases.values() if other.repository == release.repository]
        return len(own) == 1 and not release.is_prerelease

    def _is_out_before(self, release: ReleaseNote, change: Change) -> bool:
        """Return whether a release is older than a change on the branch that it got back: no text says both days."""
        document = self.chooser.get_document(release.source)
        zone = ZoneInfo(self.timezone)
        published = release.published_at.astimezone(zone).date()
        noted = find_noted_date(document) if document else None
        return min(published, noted or published) < change.landed_at.astimezone(zone).date()

    def _tell_earlier(self, story: Story, head: Change) -> list[StorySentence]:
        """Return which change of an earlier period a story carries on, and when that landed."""
        before = self.earlier.get(story.group.continues or "")
        if before is None or story.group.continues_because.startswith(MILESTONE_REASON):
            return []
        zone = ZoneInfo(self.timezone)
        is_other_year = before.landed_at.astimezone(zone).year != head.landed_at.astimezone(zone).year
        day = format_day(before.landed_at, self.timezone, with_year=is_other_year)
        date = SentencePart(kind="date", text=day, evidence=before.key)
        phrase = "stories.takes_back" if head.reverts else "stories.carries_on"
        return [tell("S-EARLIER", phrase, title=title_link(before), date=date)]

    def _tell_steps(
        self, story: Story, head: Change, quoted: Mapping[str, Sequence[StorySentence]]
    ) -> tuple[list[StoryItem], tuple[StorySentence, ...]]:
        """Return the other changes of a story by their days, each with a quotation, and a list of those behind them."""
        titles = {format_title(head).casefold()}
        members: list[Change] = []
        for key in story.group.changes:
            change = self.changes.get(key)
            if change is None or change is head or format_title(change).casefold() in titles:
                continue
            if change.noise is None or change.reverts:
                members.append(change)
                titles.add(format_title(change).casefold())
        members.sort(key=lambda change: (change.landed_at, change.key))
        items: list[StoryItem] = []
        day = format_day(head.landed_at, self.timezone)
        for change in members[:MAX_STEPS]:
            # The first sentence names the person of the story.
            is_same = change.author == head.author
            sentence = tell("ITEM", "stories.title", title=title_link(change)) if is_same else did_sentence(change)
            if change.repository != head.repository:
                sentence = tell(
                    sentence.template, "stories.placed_sentence", place=name_repository(change), sentence=sentence
                )
            own_day = format_day(change.landed_at, self.timezone)
            if own_day != day:
                date = SentencePart(kind="date", text=own_day, evidence=change.key)
                sentence = tell(sentence.template, "stories.step", date=date, sentence=sentence)
            day = own_day
            said = quoted.get(change.key) or self.chooser.tell(change, 1)
            items.append(StoryItem(sentences=(sentence, *said), changes=(change.key,)))
        rest = members[MAX_STEPS:]
        if not rest:
            return items, ()
        links = limit_parts([title_link(change) for change in rest[:MAX_LISTED]], len(rest))
        return items, (tell("S-REST", "stories.others", titles=links),)


def _drop_writer(sentence: StorySentence) -> StorySentence:
    """Return a quotation without the person who wrote it, whom the sentence behind it names."""
    quoted = next((part.quotation for part in sentence.parts if part.quotation), None)
    if sentence.template != "Q-WHO" or quoted is None:
        return sentence
    return quote_sentence("Q-SAYS", SAYS_PHRASE, quoted)


def _tell_unnamed_author(change: Change, quoted: Sequence[StorySentence]) -> list[StorySentence]:
    """Return who made a change, if no quotation says so."""
    if not change.author or change.is_bot or change.is_first_contribution:
        return []
    if any(own.names_person(change.author) for own in quoted):
        return []
    return [tell_author(name(change.author, change.key), "fix" if is_fix(change) else "change")]


def _split_followers(
    sentences: Sequence[StorySentence],
) -> tuple[list[StorySentence], dict[str, list[StorySentence]]]:
    """Return the sentences about the first change, and the quotations of each change that followed it, by its key."""
    opening: list[StorySentence] = []
    quoted: dict[str, list[StorySentence]] = {}
    follower: str | None = None
    has_followers = False
    for sentence in sentences:
        if sentence.template in FOLLOWER_TEMPLATES:
            has_followers = True
            follower = next((part.evidence for part in sentence.parts if part.kind == "title"), None)
        elif not has_followers:
            opening.append(sentence)
        elif follower and sentence.has_quotation:
            quoted.setdefault(follower, []).append(sentence)
    return opening, quoted


def _find_place(sentence: StorySentence, documents: Sequence[ParsedDocument]) -> QuotedPlace | None:
    """Return the sentence of a message that a printed one quotes; None for one that quotes something else."""
    quoted = [part.quotation for part in sentence.parts if part.quotation]
    document = next((own for own in documents if [own.source.key] == [quote.source for quote in quoted]), None)
    if document is None:
        return None
    place = next((own for own in document.sentences if own.start <= quoted[0].start < own.end), None)
    return (document, place, quoted[0]) if place else None


def _is_prose(place: QuotedPlace) -> bool:
    """Return whether a sentence is one, and not an item of a list that goes on, and says something of the product."""
    text = place[2].text
    is_whole = text.rstrip("`)”\"'").endswith((".", "!", "?"))
    is_addressed = _TO_PEOPLE.match(text) or _ADDRESSES.search(text)
    return is_whole and not _is_about_tests(place) and not is_addressed and not _is_about_internals(text)


def _is_about_internals(text: str) -> bool:
    """Return whether a further sentence is about code: it names several things of code, or calls one."""
    return len(_CODE.findall(text)) >= MIN_CODE_NAMES or _CALL.search(text) is not None


def _is_about_tests(place: QuotedPlace) -> bool:
    return bool(_TESTS.search(place[2].text))


def _label(place: QuotedPlace, head: Change, *, is_first: bool) -> StorySentence:
    """Return a quotation behind what it is about; those behind the first one of a text go on from it."""
    document, sentence, quoted = place
    if not is_first:
        return quote_sentence("Q-BARE", "quotes.bare", quoted)
    is_fault = "fault" in sentence.roles
    past = "" if _NOW.search(quoted.text) or to_past(quoted.text) is not None else "quotes.before"
    phrase = ("quotes.went_wrong" if is_fix(head) else past) if is_fault else ""
    labelled = label_quotation(document, sentence, quoted, phrase, is_second=False)
    author = document.source.author
    if author and labelled.template == "Q-SAYS":
        return tell("Q-WHO", "quotes.person", person=name(author), quotation=quotation(quoted))
    return labelled


def _join_adjacent(chosen: Sequence[QuotedPlace]) -> list[QuotedPlace]:
    """Return quotations with those of two sentences of one paragraph as one, if that is not too long."""
    joined: list[QuotedPlace] = []
    last_number = -1
    for place in chosen:
        document, sentence, quoted = place
        before = joined[-1] if joined else None
        is_next = before and before[0] is document and sentence.number == last_number + 1
        last_number = sentence.number
        if before and is_next and not (sentence.opens_block or sentence.is_list_item or before[1].is_list_item):
            text = document.source.text
            words = fold_space(text[before[2].start : quoted.end])
            span = Quotation(source=quoted.source, start=before[2].start, end=quoted.end, text=words)
            if len(words.split()) <= MAX_JOINED_WORDS and is_valid_quotation(span, text):
                joined[-1] = (document, before[1], span)
                continue
        joined.append(place)
    return joined
