"""Changes as `build_change_records` makes them, for tests of stories."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.models import Change
from sparky_assets.stories.signals import read_signals

START = datetime(2026, 3, 9, tzinfo=UTC)


def make_record(
    number: int,
    title: str,
    *,
    repository: str = "acme/tool",
    author: str = "ada",
    paths: Sequence[str] = (),
    new_paths: Sequence[str] = (),
    message: str = "",
    hours: int | None = None,
    **values: Any,
) -> ChangeRecord:
    """A change as `build_change_records` makes it, with the fields that a test is about."""
    change = Change(
        key=f"pr:{repository}#{number}", repository=repository, number=number, sha=f"{number:040x}", url=None,
        raw_title=title, title=title, author=author, author_key=author,
        landed_at=START + timedelta(hours=number if hours is None else hours), paths=(*paths, *new_paths),
        new_paths=tuple(new_paths), **values,
    )  # fmt: skip
    return ChangeRecord(change, message, read_signals(title, message), size=30)
