"""One digest as a page: its sections, and the moments in it as they are called where the organisation lives. Pure.

What does not belong here: reading the store, and HTML beyond what `rendering.py` made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sparky_assets.reader.annotate import HtmlBlock


@dataclass
class PageSection:
    """A heading and what follows it."""

    heading: HtmlBlock | None
    parts: list[HtmlBlock] = field(default_factory=list)
    groups: list["PageSection"] = field(default_factory=list)


def split_sections(blocks: Sequence[HtmlBlock]) -> list[PageSection]:
    """A digest in parts: second headings, with third headings as groups below them. Its title is left out."""
    found = [PageSection(None)]
    has_title = False
    for block in blocks:
        if block.kind == "h1" and not has_title:
            has_title = True
        elif block.kind in {"h1", "h2"}:
            found.append(PageSection(block))
        elif block.kind == "h3":
            found[-1].groups.append(PageSection(block))
        else:
            last = found[-1].groups[-1] if found[-1].groups else found[-1]
            last.parts.append(block)
    _make_anchors_unique(found)
    return found


def list_shown_keys(blocks: Sequence[HtmlBlock]) -> list[str]:
    """The keys of what a text says, in its order, each once; of a heading nothing is shown but its words."""
    said = (one.key for block in blocks if not block.is_heading for one in block.all_sentences)
    return list(dict.fromkeys(key for key in said if key))


def format_local_time(at: datetime, timezone: str) -> str:
    """`2025-11-12 14:05` where the organisation lives."""
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def _make_anchors_unique(sections: Sequence[PageSection]) -> None:
    """Two repositories may have one anchor; the second gets a number."""
    seen: dict[str, int] = {}
    for section in _walk_sections(sections):
        if section.heading:
            anchor = section.heading.anchor
            seen[anchor] = seen.get(anchor, 0) + 1
            if seen[anchor] > 1:
                section.heading = replace(section.heading, anchor=f"{anchor}-{seen[anchor]}")


def _walk_sections(sections: Sequence[PageSection]) -> Iterator[PageSection]:
    for section in sections:
        yield section
        yield from _walk_sections(section.groups)
