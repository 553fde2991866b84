"""One digest as a page: its sections, and for each sentence what it stands on. Pure.

What does not belong here: reading the store, and HTML beyond what `rendering.py` made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.metrics.catalogue import METRICS
from sparky_assets.metrics.models import WHOLE, Fact
from sparky_assets.reader.rendering import Block, Known, Sentence, blocks_of
from sparky_assets.reader.words import spelled

MOST_EVIDENCE = 8
"""Records shown of one sentence; a headline that stands on hundreds names the rest in one line."""
MOST_FACTS = 8


@dataclass(frozen=True)
class Ground:
    """What one sentence stands on, as a page shows it."""

    claim: str
    anchor: str
    evidence: tuple[Evidence, ...]
    more: int
    facts: tuple["Number", ...]
    written_by: str


@dataclass(frozen=True)
class Number:
    """A fact in words."""

    label: str
    scope: str
    value: str
    about: str
    sources: str


@dataclass
class Section:
    """A heading and what follows it."""

    heading: Block | None
    parts: list[Block] = field(default_factory=list)
    groups: list["Section"] = field(default_factory=list)


def told(insight: Insight | None) -> list[Known]:
    """The claims of an insight as the text may say them."""
    if insight is None:
        return []
    return [
        Known(claim.id, claim.text, tuple(item.reference for item in insight.cited(claim))) for claim in insight.claims
    ]


def sections(markdown: str, insight: Insight | None, pictures: Mapping[str, str]) -> tuple[Block | None, list[Section]]:
    """The title of a digest, and its sections: second headings, with third headings as groups below them."""
    title: Block | None = None
    found = [Section(None)]
    for block in blocks_of(markdown, told(insight), pictures):
        if block.kind == "h1" and title is None:
            title = block
        elif block.kind in {"h1", "h2"}:
            found.append(Section(block))
        elif block.kind == "h3":
            found[-1].groups.append(Section(block))
        else:
            last = found[-1].groups[-1] if found[-1].groups else found[-1]
            last.parts.append(block)
    _number_anchors(found)
    return title, found


def grounds(insight: Insight | None) -> dict[str, Ground]:
    """For each claim by id, what it stands on."""
    if insight is None:
        return {}
    facts = {fact.key: fact for fact in insight.facts}
    return {claim.id: _ground(number, claim, insight, facts) for number, claim in enumerate(insight.claims, 1)}


def number_of(fact: Fact) -> Number:
    """A fact as people read it."""
    metric = METRICS.get(fact.metric)
    return Number(
        label=fact.metric.replace("_", " "),
        scope="" if fact.scope == WHOLE else fact.scope.partition(":")[2] or fact.scope,
        value=spelled(fact.value, fact.unit),
        about=metric.sentence if metric else "",
        sources=", ".join(source.removeprefix("raw/").replace("_", " ") for source in fact.sources),
    )


def local_time(at: datetime, timezone: str) -> str:
    """`2025-11-12 14:05` where the organisation lives."""
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def _ground(number: int, claim: Claim, insight: Insight, facts: Mapping[str, Fact]) -> Ground:
    cited = [item for item in insight.evidence if item.key in set(claim.evidence)]
    return Ground(
        claim=claim.id,
        anchor=f"s{number}",
        evidence=tuple(cited[:MOST_EVIDENCE]),
        more=max(0, len(cited) - MOST_EVIDENCE),
        facts=tuple(number_of(facts[key]) for key in claim.facts[:MOST_FACTS] if key in facts),
        written_by=_written_by(claim, insight),
    )


def _written_by(claim: Claim, insight: Insight) -> str:
    model = insight.writer.model if insight.writer else "a model"
    if claim.origin == "model":
        return f"Worded by {model}; every word was checked against these records."
    if claim.rejected:
        return f"Written by rules: what {model} proposed did not pass ({claim.rejected[0].gate})."
    if claim.chosen_by == "model":
        return f"Chosen by {model}, written by rules."
    return "Written by rules from these records."


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


def claims_shown(found: Sequence[Section]) -> set[str]:
    """The ids of the claims that a text says."""
    sentences: list[Sentence] = [one for part in _all(found) for block in part.parts for one in block.sentences]
    return {one.claim for one in sentences if one.claim}
