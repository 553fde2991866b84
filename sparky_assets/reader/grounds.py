"""What the text of a digest may say, and what each of its sentences stands on: records and numbers. Pure.

A sentence is a claim of the insight; or a change by its title alone, a release by its name, a person by name, all of
which stand on what their claims stand on; or what the paper says of itself. A row of the table stands on its facts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sparky_assets.digests.figures import BEFORE, NUMBERS
from sparky_assets.digests.products import Rendered
from sparky_assets.digests.titles import brief_title
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.insights.sentences import short
from sparky_assets.metrics.catalogue import METRICS
from sparky_assets.metrics.models import WHOLE, Fact
from sparky_assets.reader.reading import Known, Reading
from sparky_assets.reader.words import spelled

MOST_EVIDENCE = 8
"""Records shown of one sentence; a headline that stands on hundreds names the rest in one line."""
MOST_FACTS = 8
OF_ITSELF = tuple(f"{metric}@{WHOLE}" for metric in ("repositories", "changes", "releases"))
"""What a sentence about the edition itself is counted by."""


@dataclass(frozen=True)
class Number:
    """A fact in words."""

    label: str
    scope: str
    value: str
    about: str
    sources: str


@dataclass(frozen=True)
class Ground:
    """What one sentence stands on, as a page shows it."""

    anchor: str
    evidence: tuple[Evidence, ...]
    more: int
    facts: tuple[Number, ...]
    written_by: str


@dataclass(frozen=True)
class Told:
    """Something that a text may say, in any of its wordings, with the claims and facts that it stands on."""

    key: str
    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    facts: tuple[str, ...] = ()
    about: str | None = None
    """The key of the sentence that it adds to."""

    @property
    def place(self) -> str:
        """The repository of which it is said, where it is one."""
        return self.claims[0].repository or "" if len(self.claims) == 1 else ""


@dataclass(frozen=True)
class Grounds:
    """Everything that a digest may say."""

    insight: Insight
    rendered: Rendered | None = None

    @cached_property
    def reading(self) -> Reading:
        """Finds what is said in a text."""
        known = [
            Known(one.key, text, one.labels, one.place, one.about) for one in self._sentences for text in one.texts
        ]
        return Reading(known, [Known(one.key, text) for one in self._rows for text in one.texts])

    def of(self, key: str) -> Ground:
        """What a sentence stands on, by the key that `reading` gave."""
        number, told = self._by_key[key]
        keys = dict.fromkeys(key for claim in told.claims for key in claim.evidence)
        cited = [self._evidence[key] for key in keys]
        facts = dict.fromkeys((*told.facts, *(key for claim in told.claims for key in claim.facts)))
        return Ground(
            anchor=f"s{number}",
            evidence=tuple(cited[:MOST_EVIDENCE]),
            more=max(0, len(cited) - MOST_EVIDENCE),
            facts=tuple(number_of(self._facts[key]) for key in list(facts)[:MOST_FACTS] if key in self._facts),
            written_by=self._written_by(told),
        )

    def claims(self, key: str) -> tuple[str, ...]:
        """The ids of the claims that a sentence is made from."""
        return tuple(claim.id for claim in self._by_key[key][1].claims)

    @cached_property
    def _by_key(self) -> Mapping[str, tuple[int, Told]]:
        return {one.key: (number, one) for number, one in enumerate((*self._sentences, *self._rows), 1)}

    @cached_property
    def _evidence(self) -> Mapping[str, Evidence]:
        return {item.key: item for item in self.insight.evidence}

    @cached_property
    def _facts(self) -> Mapping[str, Fact]:
        return {fact.key: fact for fact in self.insight.facts}

    @cached_property
    def _sentences(self) -> tuple[Told, ...]:
        # Claims come first: where a title has the words of a claim, the claim is what is meant.
        return (*self._claims(), *self._in_short(), *self._people(), *self._of_itself())

    @cached_property
    def _rows(self) -> tuple[Told, ...]:
        before = {fact.metric: fact.key for fact in self.insight.facts if fact.scope.startswith(BEFORE)}
        return tuple(
            Told(f"row:{metric}", (label,), facts=(key, *((before[metric],) if metric in before else ())))
            for metric, label in NUMBERS.items()
            if (key := f"{metric}@{WHOLE}") in self._facts
        )

    def _claims(self) -> Iterator[Told]:
        for claim in self.insight.claims:
            yield Told(claim.id, _placed(claim, claim.text), self._labels(claim), (claim,), about=claim.about)

    def _in_short(self) -> Iterator[Told]:
        """Changes by title, releases by name."""
        for claim in self.insight.claims:
            cited = [self._evidence[key] for key in claim.evidence]
            if not cited or claim.section not in {"change", "highlight", "release"}:
                continue
            title, label = brief_title(cited[0]), cited[0].reference
            if claim.section == "release" or not any(map(str.isalnum, title)):
                # A title of nothing but signs is found by the reference behind it.
                yield Told(f"name:{claim.id}", _placed(claim, label), claims=(claim,))
            else:
                yield Told(f"title:{claim.id}", _placed(claim, title), (label,), (claim,))

    def _people(self) -> Iterator[Told]:
        """One line thanks a person for everything, whatever claims it was credited in."""
        credits: dict[str, list[Claim]] = {}
        for claim in self.insight.claims:
            if claim.section == "credit" and (author := self._evidence[claim.evidence[0]].author):
                credits.setdefault(author, []).append(claim)
        for author, claims in credits.items():
            labels = dict.fromkeys(label for claim in claims for label in self._labels(claim))
            yield Told(f"person:{author}", (author,), tuple(labels), tuple(claims))

    def _of_itself(self) -> Iterator[Told]:
        own = (*self.rendered.statements, *self.rendered.corrections) if self.rendered else ()
        for number, line in enumerate(own, 1):
            yield Told(f"own:{number}", (line,), facts=OF_ITSELF)

    def _labels(self, claim: Claim) -> tuple[str, ...]:
        return tuple(self._evidence[key].reference for key in claim.evidence)

    def _written_by(self, told: Told) -> str:
        """Who worded it. Where no model took part the foot of the digest says so once, for all."""
        if not told.claims:
            about = "Said of this edition itself" if told.key.startswith("own:") else "Counted"
            return f"{about}, from {self.insight.records:,} records of {self.insight.window}."
        if self.insight.writer is None:
            return ""
        claim, model = told.claims[0], self.insight.writer.model
        if claim.origin == "model" and told.key == claim.id:
            return f"Worded by {model}; every word was checked against these records."
        if claim.rejected and told.key == claim.id:
            return f"Written by rules: what {model} proposed did not pass ({claim.rejected[0].gate})."
        if claim.chosen_by == "model":
            return f"Chosen by {model}, written by rules."
        return "Written by rules from these records."


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


def _placed(claim: Claim, text: str) -> tuple[str, ...]:
    """A sentence, and the same behind the name of its repository, where that has to be said."""
    return (text, f"{short(claim.repository)}: {text}") if claim.repository else (text,)
