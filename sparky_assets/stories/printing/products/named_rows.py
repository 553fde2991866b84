"""Name the rows of the box in a sentence for each mark, as posts and the note for a chat do. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from sparky_assets.documents.similarity import repeats_title
from sparky_assets.stories.models import BoxRow, SentencePart, StorySentence
from sparky_assets.stories.printing.edition import EditionList
from sparky_assets.stories.printing.phrasing import (
    PhraseFragment,
    PhraseValue,
    build_fragment,
    build_plural,
    drop_stop,
    tell,
)
from sparky_assets.stories.printing.products.room import name_further_rows
from sparky_assets.stories.printing.sentences import count, limit_parts, name_mark
from sparky_assets.text.references import find_advisories

MAX_NAMED_ROWS = 3
MAX_NAMED_ITEMS = 3
MIN_PIECE_WORDS = 4
"""Words of a part of a headline that says a whole thing."""
MIN_SHARED_CODES = 2
"""Names of code that two sentences share if they are about one thing."""
MAX_COMMA_WORDS = 3
"""Words of an item up to which commas separate a list; longer ones have commas of their own."""
_CODE = re.compile(r"`[^`]+`")
_VERSION = re.compile(r"v?\d{1,4}(?:\.\d{1,6}){0,3}", re.IGNORECASE)
_FRAME = re.compile(r"(?P<label>Fixed|Docs|Tests)(?: in (?P<area>[^:]{1,40}))?: (?=\S)")


def name_rows(
    rows: Sequence[BoxRow],
    *,
    with_links: bool,
    limit: int = MAX_NAMED_ROWS,
    also: str = "",
    known: Collection[str] = (),
) -> tuple[StorySentence, ...]:
    """Return one sentence for each mark of the box: `Breaking: a, b, and two more.`

    Args:
        rows: the rows; one that has no title or quotation is left out, except for releases that were fixed since.
        with_links: whether what is named is a link.
        limit: how many rows a sentence names; 0 for how many there are. A mark of one row names it, or is left out.
        also: the mark of which the text in front names a row: `Also breaking`.
        known: the ids of the advisories that the text in front names.
    """
    by_label: dict[str, list[SentencePart | PhraseFragment]] = {}
    hidden: Counter[str] = Counter()
    firsts: dict[str, BoxRow] = {}
    advisories = set(known)
    for row in rows:
        subjects: list[SentencePart | PhraseFragment] = [*list_subjects(row.sentences[0])]
        if row.rows == 1 and (own := set(find_advisories(row.label))):
            # A fix and its backports are one row each.
            if own <= advisories:
                continue
            advisories |= own
        if not subjects and row.mark == "Fixed since":
            subjects = [drop_stop(row.sentences[0])]
        if not subjects:
            continue
        # A row for several has a label for all of them.
        label = row.label if row.mark in {"Security", "Removed"} and not row.is_further else row.mark
        firsts.setdefault(label, row)
        hidden[label] += row.rows - len(subjects)
        named = by_label.setdefault(label, [])
        texts = {subject.text for subject in named} if row.mark == "New minimum" else set()
        # `Breaking: v2` says nothing, and a minimum of three repositories is one.
        telling = [subject for subject in subjects if not _VERSION.fullmatch(subject.text)]
        hidden[label] += len(subjects) - len(telling)
        named += [subject if with_links else _drop_link(subject) for subject in telling if subject.text not in texts]
    sentences = []
    for label, subjects in by_label.items():
        total = len(subjects) + hidden[label]
        if not subjects and total == 1:
            continue
        name = name_mark(label, firsts[label].mark)
        if label == also:
            name = name_further_rows(label, firsts[label])
        shown = subjects[: max(limit, int(total == 1))]
        titles = separate_parts(shown, total - len(shown))
        if not shown:
            titles = [build_plural("counts.changes", total, number=count(total))]
        sentences.append(tell("B-BRIEF", "posts.rows", label=name, titles=titles))
    return tuple(sentences)


def name_items(own: EditionList, headline: str, said: str = "", limit: int = MAX_NAMED_ITEMS) -> StorySentence | None:
    """Return the first items of a list of the release in a sentence: `New in this release: a; b.`

    Args:
        own: the list.
        headline: the headline, whose items are left out.
        said: the text in front; an item of whose code it names all, or several, is left out too.
        limit: how many items are named.
    """
    names = set(_CODE.findall(said))
    items = [
        drop_stop(item.sentences[0])
        for item in own.items
        if not is_in_headline(headline, item.sentences[0].text) and not _shares_code(item.sentences[0].text, names)
    ]
    if not items:
        return None
    titles = separate_parts(items[:limit], 0)
    return tell("X-NEWIN", "posts.rows", label=drop_stop(own.heading), titles=titles)


def _shares_code(text: str, names: set[str]) -> bool:
    """Return whether all names of code in a text, or several of them, are among some names."""
    codes = set(_CODE.findall(text))
    return bool(codes) and (codes <= names or len(codes & names) >= MIN_SHARED_CODES)


def is_in_headline(headline: str, text: str) -> bool:
    """Return whether a headline says what a sentence does."""
    news = headline.partition(": ")[2]
    title = text.rstrip(".")
    pieces = [piece for piece in (news, *news.split("; ")) if len(piece.split()) >= MIN_PIECE_WORDS]
    return title in headline or any(repeats_title(piece, title) for piece in pieces)


def separate_parts(parts: Sequence[SentencePart | PhraseFragment], more: int) -> list[PhraseValue]:
    """Return parts as a list, and how many more there are; semicolons separate those of several words."""
    if all(len(part.text.split()) <= MAX_COMMA_WORDS for part in parts):
        return limit_parts(parts, len(parts) + more)
    separated: list[PhraseValue] = []
    for part in parts:
        separated += [*([build_fragment("lists.group")] if separated else []), part]
    if more > 0:
        separated += [build_fragment("lists.group"), build_fragment("lists.and_more", number=count(more))]
    return separated


def list_subjects(sentence: StorySentence) -> list[SentencePart]:
    """Return what names each row of the box that a sentence is about."""
    if sentence.template == "B-REST":
        return [_drop_frame(part) for part in sentence.parts if part.kind in {"title", "quotation"}]
    subject = _find_subject(sentence)
    return [_drop_frame(subject)] if subject else []


def _find_subject(sentence: StorySentence) -> SentencePart | None:
    """Return what names a row in a post: its title or quotation; of a minimum the key and its new value."""
    title = next((part for part in sentence.parts if part.kind in {"title", "quotation"}), None)
    codes = [part.text for part in sentence.parts if part.kind == "code"]
    if sentence.template != "B-MANIFEST" or not codes:
        return title
    return SentencePart(kind="datum", text=f"{codes[0]} {codes[-1]}", url=title.url if title else None)


def _drop_frame(part: SentencePart) -> SentencePart:
    """Return a title without its own label: `Breaking: Fixed in rust: Tie the map` has one too many."""
    return part.model_copy(update={"text": drop_title_frame(part.text)}) if part.kind == "title" else part


def drop_title_frame(title: str) -> str:
    """Return a title without its own label: `Fixed in rust: Tie the map` is `rust: Tie the map`."""
    match = _FRAME.match(title)
    if match is None:
        return title
    rest = title[match.end() :]
    return f"{match['area']}: {rest}" if match["area"] else rest


def _drop_link(part: SentencePart | PhraseFragment) -> SentencePart | PhraseFragment:
    if isinstance(part, SentencePart):
        return part.model_copy(update={"url": None})
    return PhraseFragment(part.phrase, tuple(own.model_copy(update={"url": None}) for own in part.parts))
