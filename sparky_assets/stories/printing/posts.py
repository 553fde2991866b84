"""Sentences of the short products: a post for X, a post for LinkedIn, and the chief's note of five lines. Pure.

All of them open with the headline of the digest. Nothing is announced that was taken back in the same period, since the
stories of reverts are joined with what they undo.
"""

import re
from collections import Counter
from collections.abc import Sequence

from sparky_assets.stories.models import BoxMark, BoxRow, PeriodStories, SentencePart, StorySentence
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.phrasing import build_fragment, tell
from sparky_assets.stories.printing.sentences import count_releases, join_parts, limit_parts, name_mark, name_release

MAX_LINKEDIN_QUOTATIONS, MAX_LINKEDIN_MARKS = 1, 2
MIN_PIECE_WORDS = 4
"""Words of a part of a headline from which a row of the box that begins with them is a repetition."""
MAX_NAMED_ROWS = 3
MAX_NAMED_RELEASES = 6
RISK_MARKS = frozenset({"Security", "Blocked"})


def tell_headline(edition: EditionContent) -> StorySentence:
    """Return the headline as a sentence."""
    return tell("H", "posts.headline", headline=edition.headline_sentence)


def build_x_post(edition: EditionContent) -> tuple[StorySentence, ...]:
    """Return the sentences of a post for X: the headline, then what breaks, or what a reader must do."""
    return (tell_headline(edition), *_name_rows(_drop_headline(edition), with_links=False))


def build_linkedin_post(edition: EditionContent) -> tuple[StorySentence, ...]:
    """Return the sentences of a post for LinkedIn: the headline, what breaks, one quotation, and thanks."""
    quoted = _find_quotations(edition, MAX_LINKEDIN_QUOTATIONS)
    return (
        tell_headline(edition),
        *_name_rows(_drop_headline(edition), with_links=False)[:MAX_LINKEDIN_MARKS],
        *quoted,
        *edition.people[:1],
    )


def _drop_headline(edition: EditionContent) -> list[BoxRow]:
    """Return the rows of the box without the one of which the headline has the beginning."""
    headline = _strip_marks(edition.headline.partition(": ")[2])
    pieces = [piece for piece in headline.split("; ") if len(piece.split()) >= MIN_PIECE_WORDS]
    texts = [(row, " ".join(part.text for part in _list_subjects(row.sentences[0])[:1])) for row in edition.all_rows]
    return [
        row for row, text in texts if row.rows > 1 or not any(_strip_marks(text).startswith(piece) for piece in pieces)
    ]


def _strip_marks(text: str) -> str:
    return re.sub(r"[`“”*.]", "", text).casefold()


def _find_quotations(edition: EditionContent, limit: int) -> tuple[StorySentence, ...]:
    """Return the first quotations of the lede; else the first story, its first sentence and its first quotation."""
    quoted = [sentence for sentence in edition.lede if sentence.has_quotation and not _is_headline(sentence, edition)]
    if quoted:
        return tuple(quoted[:limit])
    if not edition.stories:
        return ()
    story = edition.stories[0]
    quoted = [sentence for sentence in story.sentences if sentence.has_quotation]
    return (
        (story.brief, *quoted[:limit])
        if quoted and story.brief.text.rstrip(".") not in edition.headline
        else tuple(quoted[:limit])
    )


def _is_headline(sentence: StorySentence, edition: EditionContent) -> bool:
    """Return whether the headline says what a sentence quotes."""
    quoted = " ".join(part.text for part in sentence.parts if part.quotation)
    return _strip_marks(quoted) in _strip_marks(edition.headline)


def _name_rows(rows: Sequence[BoxRow], *, with_links: bool) -> tuple[StorySentence, ...]:
    """Return one sentence for each mark of the box: `Breaking: a, b, and two more.`"""
    by_label: dict[str, list[SentencePart]] = {}
    hidden: Counter[str] = Counter()
    marks: dict[str, BoxMark] = {}
    for row in rows:
        titles = _list_subjects(row.sentences[0])
        if not titles:
            continue
        # A row for several has a label for all of them.
        label = row.label if row.mark in {"Security", "Removed"} and row.sentences[0].template != "B-REST" else row.mark
        marks[label] = row.mark
        by_label.setdefault(label, []).extend(
            titles if with_links else [title.model_copy(update={"url": None}) for title in titles]
        )
        hidden[label] += row.rows - len(titles)
    sentences = []
    for label, titles in by_label.items():
        named = limit_parts(titles[:MAX_NAMED_ROWS], len(titles) + hidden[label])
        sentences.append(tell("B-BRIEF", "posts.rows", label=name_mark(label, marks[label]), titles=named))
    return tuple(sentences)


def _list_subjects(sentence: StorySentence) -> list[SentencePart]:
    """Return what names each row of the box that a sentence is about."""
    if sentence.template == "B-REST":
        return [part for part in sentence.parts if part.kind in {"title", "quotation"}]
    subject = _find_subject(sentence)
    return [subject] if subject else []


def _find_subject(sentence: StorySentence) -> SentencePart | None:
    """Return what names a row in a post: its title or quotation; of a minimum the key and its new value."""
    title = next((part for part in sentence.parts if part.kind in {"title", "quotation"}), None)
    codes = [part.text for part in sentence.parts if part.kind == "code"]
    if sentence.template != "B-MANIFEST" or not codes:
        return title
    return SentencePart(kind="datum", text=f"{codes[0]} {codes[-1]}", url=title.url if title else None)


def build_chief_note(
    edition: EditionContent, stories: PeriodStories, noun: str
) -> tuple[tuple[StorySentence, tuple[StorySentence, ...]], ...]:
    """Return the five lines of a chief's note: Out, Act, Risk, People, Next; a line with nothing to say is left out."""
    lines: list[tuple[str, tuple[StorySentence, ...]]] = [("out", _tell_releases(stories, noun))]
    act = [row for row in edition.all_rows if row.mark not in RISK_MARKS]
    risk = [row for row in edition.all_rows if row.mark in RISK_MARKS]
    if act:
        lines.append(("act", _name_rows(act, with_links=True)))
    if risk:
        lines.append(("risk", _name_rows(risk, with_links=True)))
    if edition.people or edition.counts:
        lines.append(("people", tuple(sentence for sentence in (edition.counts, *edition.people[:1]) if sentence)))
    if edition.coming:
        lines.append(("next", edition.coming[:1]))
    return tuple((tell("N-LABEL", f"note.{key}"), sentences) for key, sentences in lines)


def _tell_releases(stories: PeriodStories, noun: str) -> tuple[StorySentence, ...]:
    if not stories.releases:
        if noun == "day":
            return (tell("R-NONE", "note.no_release_day"),)
        return (tell("R-NONE", "note.no_release", period=build_fragment(f"periods.{noun}")),)
    ordered = sorted(stories.releases, key=lambda release: release.is_prerelease)
    links = [name_release(release) for release in ordered[:MAX_NAMED_RELEASES]]
    counted = count_releases(stories.releases, starts_sentence=True)
    named = limit_parts(links, len(stories.releases))
    return (tell("S-LIST", "releases.listed", counts=join_parts(counted), releases=named),)
