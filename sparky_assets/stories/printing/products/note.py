"""The chief's note: what came out or landed, what to do, what may go wrong, who, and what comes next. Pure."""

from collections.abc import Iterator, Sequence

from resources.git.log import names_other_package
from sparky_assets.stories.models import BoxRow, Change, PeriodStories, ReleaseNote, SentencePart, Story, StorySentence
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import choose_lead_release, get_release_order
from sparky_assets.stories.printing.phrasing import PhraseFragment, build_fragment, drop_stop, tell
from sparky_assets.stories.printing.products.named_rows import (
    MAX_NAMED_ROWS,
    is_in_headline,
    list_subjects,
    name_items,
    name_rows,
    separate_parts,
)
from sparky_assets.stories.printing.releases.summary import tell_commits
from sparky_assets.stories.printing.sentences import count_releases, join_parts, limit_parts, name_release, title_link
from sparky_assets.text.words import short_name

MAX_NAMED_RELEASES = 6
MAX_LANDED_STORIES = 3
MAX_NAMED_PEOPLE = 3
MAX_LINE_WORDS = 45
RISK_MARKS = frozenset({"Security", "Blocked"})
PLACE_TEMPLATES = frozenset({"R-WITH", "R-NOREL", "R-NOTIN", "R-LACKS"})
"""Which release holds the fix of a row."""

NoteContent = tuple[tuple[StorySentence, tuple[StorySentence, ...]], ...]
"""Lines of a note: the label of each, and its sentences."""


def build_chief_note(edition: EditionContent, stories: PeriodStories, noun: str, *, shortened: int = 0) -> NoteContent:
    """Return the lines of a chief's note: Out, Act, Risk, People, and Next or else Numbers.

    A line with nothing to say is left out.

    Args:
        edition: what the digest of the period prints.
        stories: the stories of the period.
        noun: what the period is: `week`.
        shortened: how many times it was too long for a chat, whose limit counts addresses: each time it names less.
    """
    most = max(1, MAX_NAMED_ROWS - shortened)
    act = [row for row in edition.all_rows if row.mark not in RISK_MARKS]
    risk = [row for row in edition.all_rows if row.mark in RISK_MARKS]
    last = ("next", edition.coming[:1]) if edition.coming else ("numbers", tuple(filter(None, [edition.counts])))
    lines: list[tuple[str, Sequence[StorySentence]]] = [
        ("out", [*_tell_releases(stories, noun, shortened), *_tell_landed(edition, stories, most)]),
        ("act", _name_fitting(act, most)),
        ("risk", _tell_risk(_name_fitting(risk, most), edition, stories)),
        ("people", _tell_people(edition)),
        last,
    ]
    return tuple((tell("N-LABEL", f"note.{key}"), _fit_line(sentences)) for key, sentences in lines if sentences)


def _name_fitting(rows: Sequence[BoxRow], most: int) -> tuple[StorySentence, ...]:
    """Return rows by their marks, with as many names as a line has room for."""
    named = [name_rows(rows, with_links=True, limit=limit) for limit in range(most, 0, -1)]
    fitting = (own for own in named if all(len(sentence.text.split()) <= MAX_LINE_WORDS for sentence in own))
    return next(fitting, named[-1])


def _fit_line(sentences: Sequence[StorySentence]) -> tuple[StorySentence, ...]:
    """Return the first sentences of a line, as many as a chief reads in ten seconds."""
    fitting: list[StorySentence] = []
    words = 0
    for sentence in sentences:
        words += len(sentence.text.split())
        if fitting and words > MAX_LINE_WORDS:
            break
        fitting.append(sentence)
    return tuple(fitting)


def _tell_releases(stories: PeriodStories, noun: str, shortened: int) -> tuple[StorySentence, ...]:
    if not stories.releases:
        if noun == "day":
            return (tell("R-NONE", "note.no_release_day"),)
        return (tell("R-NONE", "note.no_release", period=build_fragment(f"periods.{noun}")),)
    if len(stories.releases) == 1:
        (release,) = stories.releases
        if sentences := stories.release_sentences.get(release.key):
            commits = tell_commits(release)
            return (*sentences[:1], *((commits,) if commits else ()))
    latest = sorted(stories.releases, key=get_release_order, reverse=True)
    latest.sort(key=lambda release: release.published_at.date(), reverse=True)
    lead = choose_lead_release(stories)
    ordered = sorted(latest, key=lambda release: (release is not lead, release.is_prerelease, _is_of_part(release)))
    most = max(2, MAX_NAMED_RELEASES - 2 * shortened)
    links = [name_release(release) for release in ordered[:most]]
    counted = count_releases(stories.releases, starts_sentence=True)
    named = limit_parts(links, len(stories.releases))
    return (tell("S-LIST", "releases.listed", counts=join_parts(counted), releases=named),)


def _is_of_part(release: ReleaseNote) -> bool:
    """Return whether a release is of one of several packages of its repository."""
    return names_other_package(release.tag, release.repository)


def _tell_landed(edition: EditionContent, stories: PeriodStories, most: int) -> Iterator[StorySentence]:
    """Yield the first stories of the digest that neither its headline nor the line about what to do names."""
    boxed = {key for row in edition.all_rows for key in row.changes}
    heads = {change.key: change for change in stories.changes}
    news = [story for story in edition.stories if story.group.head not in boxed and not story.is_taken_back]
    several = len({change.repository for change in stories.changes}) > 1
    named = [
        brief
        for story in news
        if (brief := _name_story(story, heads.get(story.group.head), edition.headline, is_placed=several))
    ]
    if named:
        yield tell("S-LIST", "note.landed", titles=separate_parts(named[: min(most, MAX_LANDED_STORIES)], 0))
        return
    yield from filter(None, (name_items(own, edition.headline, limit=most) for own in edition.released[:1]))


def _name_story(story: Story, head: Change | None, headline: str, *, is_placed: bool) -> PhraseFragment | None:
    """Return what a story is called: its title, without a second label as in `Landed: Fixed: the lock`."""
    if is_in_headline(headline, story.brief.text) or (head is not None and head.title in headline):
        return None
    if head is None or story.brief.template != "H-ONE":
        return drop_stop(story.brief)
    place = build_fragment("labels.place", place=short_name(head.repository)) if is_placed else ()
    return build_fragment("stories.placed", place=place, title=title_link(head))


def _tell_risk(
    named: Sequence[StorySentence], edition: EditionContent, stories: PeriodStories
) -> tuple[StorySentence, ...]:
    """Return what is a risk: the rows, where their fix is, and what the first author who doubts writes."""
    rows = [row for row in edition.all_rows if row.mark in RISK_MARKS and row.rows == 1]
    places: tuple[StorySentence, ...] = ()
    if len(rows) == 1 and list_subjects(rows[0].sentences[0]):
        places = tuple(sentence for sentence in rows[0].sentences if sentence.template in PLACE_TEMPLATES)[:1]
    doubts = () if named else tuple(item.sentences[0] for item in stories.doubts[:1])
    return (*named, *places, *doubts)


def _tell_people(edition: EditionContent) -> tuple[StorySentence, ...]:
    """Return who made a first commit: a few names, and how many more there are."""
    return tuple(_shorten_names(sentence) for sentence in edition.people[:1])


def _shorten_names(sentence: StorySentence) -> StorySentence:
    names: list[SentencePart] = [part for part in sentence.parts if part.kind == "name"]
    number = next((part for part in sentence.parts if part.kind == "count" and part.slot == "number"), None)
    if sentence.phrase != "people.firsts" or number is None or len(names) <= MAX_NAMED_PEOPLE + 1:
        return sentence
    people = limit_parts(names[:MAX_NAMED_PEOPLE], max(len(names), MAX_NAMED_PEOPLE))
    return tell(sentence.template, sentence.phrase, number=number, people=people)
