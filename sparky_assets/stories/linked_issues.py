"""Join changes with the issues that they close: the texts, whether they are bugs, and how many people took part. Pure.

Only issues of the repository of a change count: who may read them may read the change.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.changes import ChangeRecord

MAX_LINKED_ISSUES = 3
"""Issues of a change that are read; a change that closes more of them says little about each."""

_BUG_LABEL = re.compile(r"(?i)\b(?:bugs?|regressions?|defects?|crash(?:es)?)\b|[-_/:](?:bug|crash)|bug[-_/]")


@dataclass(frozen=True)
class LinkedIssue:
    """What is known of an issue beside its text. One without an event in the window has no reactions and comments."""

    labels: tuple[str, ...] = ()
    is_by_bot: bool = False
    reactions: int = 0
    comments: int = 0


def attach_issues(
    records: Sequence[ChangeRecord], window: RawWindow, library: DocumentLibrary
) -> tuple[ChangeRecord, ...]:
    """Return the changes with the issues that they close.

    Args:
        records: the changes of the window.
        window: the raw rows, of which GitHub's name the labels, reactions and comments of issues.
        library: the texts; an issue without a text is not attached.
    """
    if not any(record.change.closes for record in records):
        return tuple(records)
    issues = _read_issues(window)
    return tuple(_attach(record, issues, library) for record in records)


def _attach(
    record: ChangeRecord, issues: Mapping[tuple[str, int], LinkedIssue], library: DocumentLibrary
) -> ChangeRecord:
    change = record.change
    numbers = [number for number in change.closes if (change.repository, number) in issues]
    linked = [(number, issues[change.repository, number]) for number in numbers[:MAX_LINKED_ISSUES]]
    if not linked:
        return record
    keys = (f"issue:{change.repository}#{number}" for number, issue in linked if not issue.is_by_bot)
    updates = {
        "issues": tuple(key for key in keys if key in library),
        "closes_bug": any(_BUG_LABEL.search(label) for _, issue in linked for label in issue.labels),
        "reactions": change.reactions + sum(issue.reactions for _, issue in linked),
        "comments": change.comments + sum(issue.comments for _, issue in linked),
    }
    return replace(record, change=change.model_copy(update=updates))


def _read_issues(window: RawWindow) -> dict[tuple[str, int], LinkedIssue]:
    """Return the issues that the rows of a window describe, by repository and number; of their events the latest."""
    issues: dict[tuple[str, int], LinkedIssue] = {}
    for repository, closing in window.pull_requests.select("repository", "closing_issues").iter_rows():
        for issue in closing or ():
            if issue["repository"] == repository:
                issues[repository, issue["number"]] = LinkedIssue(tuple(issue["labels"] or ()))
    rows = window.issues.sort("repository", "number", "at", maintain_order=True)
    columns = ("repository", "number", "labels", "author", "reactions", "comments")
    for repository, number, labels, author, reactions, comments in rows.select(columns).iter_rows():
        is_by_bot = bool(author and author["is_bot"])
        issues[repository, number] = LinkedIssue(tuple(labels or ()), is_by_bot, reactions or 0, comments or 0)
    return issues
