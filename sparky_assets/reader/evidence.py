"""Evidence of the sentences of a digest: the records and numbers behind each one. Pure.

A sentence belongs to a story, and its parts name the changes, releases and source texts that it rests on; or it is a
statement about the edition itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.verify.allowed_content import AllowedSentence, list_allowed_sentences
from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.metrics.catalog import METRICS_BY_NAME
from sparky_assets.metrics.models import SCOPE_ALL, Fact
from sparky_assets.reader.annotate import SentenceMatcher, SentencePattern
from sparky_assets.reader.formatting import format_value

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
class EvidenceIndex:
    """All sentences that a product may contain, with their evidence."""

    insight: Insight
    manifest: ProductManifest | None = None

    @cached_property
    def matcher(self) -> SentenceMatcher:
        """The matcher that finds these sentences in a text."""
        return SentenceMatcher([SentencePattern(sentence.key, sentence.text) for sentence in self._sentences])

    def find_evidence(self, key: str) -> SentenceEvidence:
        """Return the evidence of a sentence by the key that `matcher` gave."""
        number, sentence = self._sentences_by_key[key]
        cited = [self._evidence_by_key[key] for key in self.find_evidence_keys(sentence.key)]
        # A sentence without a record, such as that of a period without changes, comes from the counts.
        own_facts = tuple(key for key in sentence.evidence if key in self._facts_by_key)
        is_counted = sentence.source == "edition" or (sentence.source == "story" and not (cited or own_facts))
        facts = EDITION_FACTS if is_counted else own_facts
        return SentenceEvidence(
            anchor=f"s{number}",
            evidence=tuple(cited[:MAX_EVIDENCE]),
            more=max(0, len(cited) - MAX_EVIDENCE),
            facts=tuple(
                to_formatted_fact(self._facts_by_key[key]) for key in facts[:MAX_FACTS] if key in self._facts_by_key
            ),
            written_by=self._describe_origin(sentence),
        )

    def find_evidence_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the evidence of a sentence, those of quoted texts as the records that they belong to."""
        sentence = self._sentences_by_key[key][1]
        keys = (self._to_evidence_key(part_key) for part_key in sentence.evidence)
        return tuple(dict.fromkeys(key for key in keys if key in self._evidence_by_key))

    def _to_evidence_key(self, key: str) -> str:
        """Return the key of the record that a source text belongs to: `notes:o/n@v1` is `release:o/n@v1`."""
        prefix, _, rest = key.partition(":")
        kinds = {"notes": "release", "body": "pr", "message": "commit", "issue": "issue"}
        evidence_key = f"{kinds.get(prefix, prefix)}:{rest}"
        if prefix in {"message", "note"} and evidence_key not in self._evidence_by_key:
            # `note:owner/name@sha:path` came with the change of its commit.
            return self._keys_by_sha.get(rest.partition("@")[2].partition(":")[0], evidence_key)
        if prefix == "issue" and evidence_key not in self._evidence_by_key:
            # An issue of before the period is quoted for the change that closes it.
            return next((change.key for change in self.insight.stories.changes if key in change.issues), evidence_key)
        if prefix == "origin":
            # What brought the code that a change of documents alone documents.
            changes = self.insight.stories.changes
            return next((item.key for item in changes if item.documents and item.documents.key == key), evidence_key)
        return evidence_key

    @cached_property
    def _keys_by_sha(self) -> Mapping[str, str]:
        return {change.sha: change.key for change in self.insight.stories.changes}

    @cached_property
    def _sentences(self) -> tuple[AllowedSentence, ...]:
        return tuple(list_allowed_sentences(self.insight, self.manifest)) if self.manifest else ()

    @cached_property
    def _sentences_by_key(self) -> Mapping[str, tuple[int, AllowedSentence]]:
        return {sentence.key: (number, sentence) for number, sentence in enumerate(self._sentences, 1)}

    @cached_property
    def _evidence_by_key(self) -> Mapping[str, Evidence]:
        return {item.key: item for item in self.insight.evidence}

    @cached_property
    def _facts_by_key(self) -> Mapping[str, Fact]:
        return {fact.key: fact for fact in self.insight.facts}

    def _describe_origin(self, sentence: AllowedSentence) -> str:
        if sentence.source == "template":
            return "Written by the owner of the template; no record supports it."
        if sentence.source == "edition":
            return f"About this edition, from {self.insight.records:,} records of {self.insight.window}."
        quoted = "Quoted exactly from these records." if any(map(self._is_source, sentence.evidence)) else ""
        if sentence.own_words:
            own = ", ".join(f"“{words}”" for words in sentence.own_words)
            return f"The owner of the phrases wrote {own}; no record supports these words. {quoted}".strip()
        return quoted

    def _is_source(self, key: str) -> bool:
        return key.partition(":")[0] in {"message", "body", "notes", "note"}


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
