"""What the stored lines of diffs say: other defaults and raised minimums, without words of a person. Pure.

A source text of a diff is two lines, the removed one behind `-` and the added one behind `+`. What a pair of lines
means is decided in `text/diff_lines.py`, here as when the row was made: a stored row is not trusted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sparky_assets.documents.models import Consequence, SourceText
from sparky_assets.text.diff_lines import (
    ChangedDefault,
    RaisedMinimum,
    find_changed_default,
    find_raised_minimum,
    is_higher_minimum,
)


@dataclass(frozen=True)
class MinimumRaise:
    """A minimum that a manifest has at the end of a period, and the one that it had before.

    Attributes:
        first: the source text of the first raise of the period, which holds the old value.
        last: that of the last one, which holds the new value.
    """

    first: SourceText
    last: SourceText
    raised: RaisedMinimum


def split_pair(source: SourceText) -> tuple[str, str] | None:
    """Return the removed and the added line of a source text of a diff; None if it is no such pair."""
    lines = source.text.split("\n")
    if source.kind != "diff" or len(lines) != 2 or lines[0][:1] != "-" or lines[1][:1] != "+":
        return None
    return lines[0][1:], lines[1][1:]


def read_changed_default(source: SourceText) -> ChangedDefault | None:
    """Return the default that a source text of a diff changes; None if it changes none."""
    pair = split_pair(source)
    return find_changed_default(source.path or "", *pair) if pair else None


def read_raised_minimum(source: SourceText) -> RaisedMinimum | None:
    """Return the minimum that a source text of a diff raises; None if it raises none."""
    pair = split_pair(source)
    return find_raised_minimum(source.path or "", *pair) if pair else None


def find_diff_consequences(source: SourceText) -> list[Consequence]:
    """Return what a source text of a diff says: at most one consequence, with the values before and after."""
    if default := read_changed_default(source):
        return [Consequence(kind="changed_default", reason="diff", old=default.old, new=default.new, path=source.path)]
    if raised := read_raised_minimum(source):
        return [
            Consequence(
                kind="new_minimum",
                label=raised.key,
                reason="manifest",
                old=raised.old,
                new=raised.new,
                path=source.path,
            )
        ]
    return []


def join_minimums(sources: Iterable[SourceText]) -> list[MinimumRaise]:
    """Return the minimums that are higher at the end of a period than at its start, one for each key of a repository.

    Args:
        sources: source texts of diffs, the earlier first. A workspace repeats a minimum in many manifests: that of the
            outermost counts.
    """
    chains: dict[tuple[str, str, str], list[tuple[SourceText, RaisedMinimum]]] = defaultdict(list)
    for source in sources:
        if raised := read_raised_minimum(source):
            chains[source.repository, raised.key, source.path or ""].append((source, raised))
    joined: dict[tuple[str, str], MinimumRaise] = {}
    for (repository, key, path), chain in sorted(chains.items(), key=lambda item: (item[0][2].count("/"), item[0])):
        (first, old), (last, new) = chain[0], chain[-1]
        if (repository, key) not in joined and is_higher_minimum(path, old, new):
            joined[repository, key] = MinimumRaise(first, last, RaisedMinimum(key, old.old, new.new))
    return list(joined.values())


def index_sources(sources: Iterable[SourceText]) -> dict[tuple[str, str], list[SourceText]]:
    """Return the source texts that changes brought with them (`note:owner/name@sha:path`) by repository and sha."""
    by_commit: dict[tuple[str, str], list[SourceText]] = defaultdict(list)
    for source in sources:
        prefix = f"note:{source.repository}@"
        if source.key.startswith(prefix):
            by_commit[source.repository, source.key[len(prefix) :].partition(":")[0]].append(source)
    return dict(by_commit)


def list_change_texts(sources: Sequence[SourceText]) -> tuple[list[str], list[str], list[str]]:
    """Return the keys of the texts that came with a change: notes, documentation with help text and test, and diffs.

    Several help texts belong to several commands, and it is not known which of them the title is about.
    """
    notes = [source.key for source in sources if source.kind == "change_note"]
    helps = [source.key for source in sources if source.kind == "help_text"]
    documents = [source.key for source in sources if source.kind == "documentation"]
    diffs = [source.key for source in sources if source.kind == "diff"]
    tests = [source.key for source in sources if source.kind == "test"]
    return notes, [*(helps if len(helps) == 1 else []), *documents, *tests], diffs
