"""One digest as a page: its sections, and the moments in it as they are called where the organisation lives. Pure.

What does not belong here: reading the store, and HTML beyond what `rendering.py` made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sparky_assets.reader.rendering import Block


@dataclass
class Section:
    """A heading and what follows it."""

    heading: Block | None
    parts: list[Block] = field(default_factory=list)
    groups: list["Section"] = field(default_factory=list)


def sections(blocks: Sequence[Block]) -> list[Section]:
    """A digest in parts: second headings, with third headings as groups below them. Its title is left out."""
    found = [Section(None)]
    has_title = False
    for block in blocks:
        if block.kind == "h1" and not has_title:
            has_title = True
        elif block.kind in {"h1", "h2"}:
            found.append(Section(block))
        elif block.kind == "h3":
            found[-1].groups.append(Section(block))
        else:
            last = found[-1].groups[-1] if found[-1].groups else found[-1]
            last.parts.append(block)
    _number_anchors(found)
    return found


def keys_shown(blocks: Sequence[Block]) -> list[str]:
    """The keys of what a text says, in its order, each once; of a heading nothing is shown but its words."""
    said = (one.key for block in blocks if not block.is_heading for one in block.all_sentences)
    return list(dict.fromkeys(key for key in said if key))


def local_time(at: datetime, timezone: str) -> str:
    """`2025-11-12 14:05` where the organisation lives."""
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def _number_anchors(found: Sequence[Section]) -> None:
    """Two repositories may have one anchor; the second gets a number."""
    seen: dict[str, int] = {}
    for section in _all(found):
        if section.heading:
            anchor = section.heading.anchor
            seen[anchor] = seen.get(anchor, 0) + 1
            if seen[anchor] > 1:
                section.heading = replace(section.heading, anchor=f"{anchor}-{seen[anchor]}")


def _all(found: Sequence[Section]) -> Iterator[Section]:
    for section in found:
        yield section
        yield from _all(section.groups)
