"""Rows of the box that a diff states and no person: a default that one line changes, a minimum that a manifest raises.

A row prints the lines or values as the diff has them, behind the title of the change.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sparky_assets.documents.diffs import MinimumRaise, join_minimums, read_changed_default
from sparky_assets.documents.models import SourceText
from sparky_assets.stories.models import BoxMark, BoxRow, Change, SentencePart, StorySentence
from sparky_assets.stories.printing.phrasing import PhraseSlot, build_fragment, tell
from sparky_assets.stories.printing.sentences import name_repository, title_link
from sparky_assets.text.diff_lines import RaisedMinimum
from sparky_assets.text.subjects import CHORE_TYPES

MAX_LINES_PER_CHANGE = 2

_INTERNAL_TYPES = CHORE_TYPES - {"build"} | {"docs"}
"""Types of changes whose defaults are no news. How a project is built by default matters to packagers."""

_ABOUT_DEFAULT = re.compile(r"(?i)\bdefaults?\b|\bopt(?:ed)?[- ]?(?:in|out)\b|\benabl|\bdisabl|\bturn (?:on|off)\b")

_ABOUT_DOCUMENTS = re.compile(r"(?i)\bdoc(?:s|ument\w*)?\b|\breadme\b|\bcomments?\b|\btypos?\b")
"""A change of what is written about a default."""

_ABOUT_MINIMUM = re.compile(
    r"(?i)\b(?:minimum|msrv|python|rust|rustc|toolchain|golang|(?-i:Go)|go ?v?\d|node(?:\.?js)?|ruby|php|cmake"
    r"|end[- ]of[- ]life)\b"
)


def add_default_rows(
    rows: Sequence[BoxRow], changes: Iterable[Change], sources: Mapping[str, SourceText], skipped: Collection[str] = ()
) -> list[BoxRow]:
    """Return the rows with the defaults that diffs change: behind the row of their change, else as rows of their own.

    Args:
        rows: the rows that people's words state.
        changes: the changes of the period.
        sources: the source texts by key.
        skipped: keys of changes that are not in place at the end of the period.
    """
    result = list(rows)
    places = {key: number for number, row in enumerate(rows) for key in row.changes}
    for change in changes:
        is_elsewhere = change.is_bot or change.reverts or change.key in skipped
        if is_elsewhere or _ABOUT_DOCUMENTS.search(change.title):
            continue
        sentences = _tell_defaults(change, sources)
        if not sentences:
            continue
        if (place := places.get(change.key)) is not None:
            if rows[place].mark != "Security":
                row = result[place]
                result[place] = row.model_copy(update={"sentences": (*row.sentences, *sentences)})
        elif change.type not in _INTERNAL_TYPES and change.noise is None:
            is_about = bool(_ABOUT_DEFAULT.search(change.title))
            result.append(_build_row("Changed default", change, sentences, is_about=is_about))
    return result


def _tell_defaults(change: Change, sources: Mapping[str, SourceText]) -> list[StorySentence]:
    """Return a sentence for each line of a change that is another default, each pair of lines once.

    A line that does not say of what it is the default is printed only where the title does.
    """
    by_lines: dict[tuple[str, str], StorySentence] = {}
    for key in change.diffs:
        source = sources.get(key)
        default = read_changed_default(source) if source else None
        if source is None or default is None or not (default.has_name or _ABOUT_DEFAULT.search(change.title)):
            continue
        by_lines.setdefault(
            (default.old, default.new),
            tell(
                "B-LINE",
                "box.default",
                path=make_code(source.path or "", source),
                old=make_code(default.old, source),
                new=make_code(default.new, source),
            ),
        )
    return list(by_lines.values()) if len(by_lines) <= MAX_LINES_PER_CHANGE else []


def add_minimum_rows(
    rows: Sequence[BoxRow], changes: Sequence[Change], sources: Mapping[str, SourceText]
) -> list[BoxRow]:
    """Return the rows with the minimums that manifests raise in the period, each with the change that raised it last.

    An image that a bot updates has no row: it is no choice of the project.
    """
    result = list(rows)
    places = {key: number for number, row in enumerate(rows) for key in row.changes}
    changes_by_source = {key: change for change in changes for key in change.diffs}
    ordered = sorted(changes_by_source, key=lambda key: (changes_by_source[key].landed_at, key))
    for joined in join_minimums(sources[key] for key in ordered if key in sources):
        change = changes_by_source[joined.last.key]
        if change.is_bot and joined.raised.key.startswith("FROM "):
            continue
        place = places.get(change.key)
        if place is None:
            place = _find_stated_minimum(rows, change, joined.raised)
        if place is not None and rows[place].mark != "Security":
            row = result[place]
            result[place] = row.model_copy(update={"sentences": (*row.sentences, _tell_minimum(joined))})
        elif _ABOUT_MINIMUM.search(change.title):
            result.append(_build_row("New minimum", change, [_tell_minimum(joined)], is_about=True))
        else:
            # The change is about something else and has a story of its own.
            name = name_repository(change)
            row = BoxRow(mark="New minimum", label="New minimum", sentences=(_tell_minimum(joined, change, name),))
            result.append(row)
    return result


def _find_stated_minimum(rows: Sequence[BoxRow], change: Change, raised: RaisedMinimum) -> int | None:
    """Return the index of a row of people's words that states a minimum of a diff: its version, and of what it is.

    The notes of multer 2.0.0 say `The minimum supported Node version is now 10.16.0`, its manifest `node`.
    """
    version = re.search(r"\d+(?:\.\d+)*", raised.new)
    names = [word for word in re.findall(r"[a-z]{2,}", raised.key.casefold()) if word not in _MANIFEST_WORDS]
    if version is None or not names:
        return None
    number = re.compile(rf"(?<![\d.]){re.escape(version[0])}(?!\.?\d)")
    for index, row in enumerate(rows):
        first = row.sentences[0]
        sources = (part.quotation.source if part.quotation else part.evidence or "" for part in first.parts)
        is_own = any(change.repository in source for source in sources)
        is_named = any(name in first.text.casefold() for name in names)
        if row.mark != "Security" and is_own and is_named and number.search(first.text):
            return index
    return None


_MANIFEST_WORDS = frozenset({"engines", "requires", "required", "version", "minimum", "from", "toolchain", "channel"})
"""Words of a key of a manifest that do not say of what it is: `requires-python`, `rust-version`."""


def _tell_minimum(joined: MinimumRaise, change: Change | None = None, place: PhraseSlot = ()) -> StorySentence:
    """Return what rose from which value to which, and with which change where that is not said before."""
    raised, last = joined.raised, joined.last
    phrase = "box.with_change" if joined.first is last else "box.with_change_last"
    return tell(
        "B-MANIFEST",
        "box.minimum",
        place=place,
        name=make_code(raised.key, last),
        path=make_code(last.path or "", last),
        old=make_code(raised.old, joined.first),
        new=make_code(raised.new, last),
        change=build_fragment(phrase, title=title_link(change)) if change else (),
    )


def _build_row(mark: BoxMark, change: Change, sentences: Sequence[StorySentence], *, is_about: bool) -> BoxRow:
    """Return a row of a change. It replaces the story of its change only if its title is about the same."""
    first = tell("B-MARK", "box.title", place=name_repository(change), title=title_link(change))
    changes = (change.key,) if is_about or change.noise is not None else ()
    return BoxRow(mark=mark, label=mark, sentences=(first, *sentences), changes=changes)


def make_code(text: str, source: SourceText) -> SentencePart:
    """Return code as it is in a source text of a diff, or its path."""
    return SentencePart(kind="code", text=f"`{text}`", evidence=source.key)


def list_used_sources(rows: Iterable[BoxRow]) -> Iterator[str]:
    """Yield the keys of the source texts whose code rows print."""
    for row in rows:
        for sentence in row.sentences:
            yield from (part.evidence for part in sentence.parts if part.kind == "code" and part.evidence)
