"""Evidence of the sentences of a digest: the records and numbers behind each one. Pure.

A sentence is a claim of the insight, the title of a change, the name of a release or person (with the evidence of their
claims), or a statement about the edition itself. A row of the table has its facts as evidence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sparky_assets.digests.footer import NUMBER_LABELS, PREVIOUS_PERIOD_SCOPE_PREFIX
from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.titles import format_brief_title
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.metrics.catalog import METRICS_BY_NAME
from sparky_assets.metrics.models import SCOPE_ALL, Fact
from sparky_assets.reader.annotate import SentenceMatcher, SentencePattern
from sparky_assets.reader.formatting import format_value
from sparky_assets.text.words import short_name

MAX_EVIDENCE = 8
"""Records shown for one sentence; for a headline with hundreds of records, one line gives the number of the rest."""
MAX_FACTS = 8
EDITION_FACTS = tuple(f"{metric}@{SCOPE_ALL}" for metric in ("repositories", "changes", "releases"))
"""Facts behind a sentence about the edition itself."""


@dataclass(frozen=True)
class FormattedFact:
    """A fact, formatted for a page."""

    label: str
    scope: str
    value: str
    about: str
    sources: str


@dataclass(frozen=True)
class SentenceEvidence:
    """The evidence of one sentence, as a page shows it."""

    anchor: str
    evidence: tuple[Evidence, ...]
    more: int
    facts: tuple[FormattedFact, ...]
    written_by: str


@dataclass(frozen=True)
class KnownSentence:
    """A sentence that a text may contain, in all its wordings, with the claims and facts behind it."""

    key: str
    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    facts: tuple[str, ...] = ()
    parent_key: str | None = None
    """The key of the sentence that this one adds to."""

    @property
    def repository(self) -> str:
        """The repository of the sentence; empty when it has none or several."""
        return self.claims[0].repository or "" if len(self.claims) == 1 else ""


@dataclass(frozen=True)
class EvidenceIndex:
    """All sentences that a digest may contain, with their evidence."""

    insight: Insight
    manifest: ProductManifest | None = None

    @cached_property
    def matcher(self) -> SentenceMatcher:
        """The matcher that finds these sentences in a text."""
        patterns = [
            SentencePattern(sentence.key, text, sentence.labels, sentence.repository, sentence.parent_key)
            for sentence in self._sentences
            for text in sentence.texts
        ]
        rows = [SentencePattern(row.key, text) for row in self._table_rows for text in row.texts]
        return SentenceMatcher(patterns, rows)

    def find_evidence(self, key: str) -> SentenceEvidence:
        """Return the evidence of a sentence by the key that `matcher` gave."""
        number, sentence = self._sentences_by_key[key]
        keys = dict.fromkeys(key for claim in sentence.claims for key in claim.evidence)
        cited = [self._evidence_by_key[key] for key in keys]
        facts = dict.fromkeys((*sentence.facts, *(key for claim in sentence.claims for key in claim.facts)))
        return SentenceEvidence(
            anchor=f"s{number}",
            evidence=tuple(cited[:MAX_EVIDENCE]),
            more=max(0, len(cited) - MAX_EVIDENCE),
            facts=tuple(
                to_formatted_fact(self._facts_by_key[key])
                for key in list(facts)[:MAX_FACTS]
                if key in self._facts_by_key
            ),
            written_by=self._describe_author(sentence),
        )

    def find_claim_ids(self, key: str) -> tuple[str, ...]:
        """Return the ids of the claims that a sentence is made from."""
        return tuple(claim.id for claim in self._sentences_by_key[key][1].claims)

    @cached_property
    def _sentences_by_key(self) -> Mapping[str, tuple[int, KnownSentence]]:
        return {
            sentence.key: (number, sentence) for number, sentence in enumerate((*self._sentences, *self._table_rows), 1)
        }

    @cached_property
    def _evidence_by_key(self) -> Mapping[str, Evidence]:
        return {item.key: item for item in self.insight.evidence}

    @cached_property
    def _facts_by_key(self) -> Mapping[str, Fact]:
        return {fact.key: fact for fact in self.insight.facts}

    @cached_property
    def _sentences(self) -> tuple[KnownSentence, ...]:
        # Claims come first: a claim wins over a title with the same words.
        return (
            *self._build_claim_sentences(),
            *self._build_title_sentences(),
            *self._build_person_sentences(),
            *self._build_edition_sentences(),
        )

    @cached_property
    def _table_rows(self) -> tuple[KnownSentence, ...]:
        previous = {
            fact.metric: fact.key for fact in self.insight.facts if fact.scope.startswith(PREVIOUS_PERIOD_SCOPE_PREFIX)
        }
        return tuple(
            KnownSentence(f"row:{metric}", (label,), facts=(key, *((previous[metric],) if metric in previous else ())))
            for metric, label in NUMBER_LABELS.items()
            if (key := f"{metric}@{SCOPE_ALL}") in self._facts_by_key
        )

    def _build_claim_sentences(self) -> Iterator[KnownSentence]:
        for claim in self.insight.claims:
            yield KnownSentence(
                claim.id,
                _list_wordings(claim, claim.text),
                self._list_references(claim),
                (claim,),
                parent_key=claim.about,
            )

    def _build_title_sentences(self) -> Iterator[KnownSentence]:
        """Yield changes by title and releases by name."""
        for claim in self.insight.claims:
            cited = [self._evidence_by_key[key] for key in claim.evidence]
            if not cited or claim.section not in {"change", "highlight", "release"}:
                continue
            title, label = format_brief_title(cited[0]), cited[0].reference
            if claim.section == "release" or not any(map(str.isalnum, title)):
                # A title without a letter or digit is found by the reference behind it.
                yield KnownSentence(f"name:{claim.id}", _list_wordings(claim, label), claims=(claim,))
            else:
                yield KnownSentence(f"title:{claim.id}", _list_wordings(claim, title), (label,), (claim,))

    def _build_person_sentences(self) -> Iterator[KnownSentence]:
        """Yield one line of thanks for each person, with all claims that credit the person."""
        credits: dict[str, list[Claim]] = {}
        for claim in self.insight.claims:
            if claim.section == "credit" and (author := self._evidence_by_key[claim.evidence[0]].author):
                credits.setdefault(author, []).append(claim)
        for author, claims in credits.items():
            labels = dict.fromkeys(label for claim in claims for label in self._list_references(claim))
            yield KnownSentence(f"person:{author}", (author,), tuple(labels), tuple(claims))

    def _build_edition_sentences(self) -> Iterator[KnownSentence]:
        statements = (*self.manifest.statements, *self.manifest.corrections) if self.manifest else ()
        for number, line in enumerate(statements, 1):
            yield KnownSentence(f"own:{number}", (line,), facts=EDITION_FACTS)

    def _list_references(self, claim: Claim) -> tuple[str, ...]:
        return tuple(self._evidence_by_key[key].reference for key in claim.evidence)

    def _describe_author(self, sentence: KnownSentence) -> str:
        """Describe who wrote a sentence; empty without a model: then the footer of the digest says so once for all."""
        if not sentence.claims:
            about = "A statement about this edition" if sentence.key.startswith("own:") else "Counted"
            return f"{about}, from {self.insight.records:,} records of {self.insight.window}."
        if self.insight.writer is None:
            return ""
        claim, model = sentence.claims[0], self.insight.writer.model
        if claim.origin == "model" and sentence.key == claim.id:
            return f"Worded by {model}; every word was checked against these records."
        if claim.rejected and sentence.key == claim.id:
            return f"Written by rules: what {model} proposed did not pass ({claim.rejected[0].gate})."
        if claim.chosen_by == "model":
            return f"Chosen by {model}, written by rules."
        return "Written by rules from these records."


def to_formatted_fact(fact: Fact) -> FormattedFact:
    """Format a fact for a page."""
    metric = METRICS_BY_NAME.get(fact.metric)
    return FormattedFact(
        label=fact.metric.replace("_", " "),
        scope="" if fact.scope == SCOPE_ALL else fact.scope.partition(":")[2] or fact.scope,
        value=format_value(fact.value, fact.unit),
        about=metric.sentence if metric else "",
        sources=", ".join(source.removeprefix("raw/").replace("_", " ") for source in fact.sources),
    )


def _list_wordings(claim: Claim, text: str) -> tuple[str, ...]:
    """Return a sentence, and the same sentence with the name of its repository in front."""
    return (text, f"{short_name(claim.repository)}: {text}") if claim.repository else (text,)
