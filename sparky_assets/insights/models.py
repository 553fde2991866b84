"""Types of stage 3: evidence, claims and the insight that holds them.

A claim is one sentence. It can be published only with the evidence and facts that it cites.
"""

from datetime import datetime
from functools import cached_property
from typing import Literal

from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import Fact
from sparky_assets.periods import Period, TimeWindow
from sparky_assets.store import CompactModel, StoredModel, compact_dataclass
from sparky_assets.stories.models import PeriodStories

InsightMode = Literal["rules", "select"]
"""Who chose sentences, groups and order: rules alone, or a model among what the rules could have chosen."""


ClaimSection = Literal[
    "headline", "quiet", "comparison", "highlight", "theme", "risk", "release", "change", "review", "issue",
    "repository", "credit", "detail",
]  # fmt: skip
"""Subject of a claim: the whole period (`headline`, or `quiet`), earlier periods (`comparison`), the changes that come
first (`highlight`), work shared by several repositories (`theme`), reverts, stale work and unusual metrics (`risk`),
`release`, merged or pushed work (`change`), pull requests that were not merged (`review`), `issue`, the numbers of a
repository (`repository`), people and their work (`credit`), and an addition to another claim (`detail`)."""


@compact_dataclass
class Evidence(CompactModel):
    """A record that a claim may cite, as of the day it was stored. Its text is cleaned and still untrusted."""

    key: str
    kind: Literal["pull_request", "commit", "release", "issue"]
    repository: str
    reference: str
    """The usual short name: `#123`, `1a2b3c4`, `v1.2.0`."""
    url: str | None
    title: str
    author: str | None
    is_bot: bool
    state: Literal["merged", "pushed", "published", "opened", "closed", "reopened"]
    """Its last event in the period. A `closed` pull request was not merged."""
    at: datetime
    theme: ChangeTheme
    changed_lines: int | None
    visibility: str
    people: tuple[str, ...] = ()
    """Other people whom its records and a claim name: who reviewed, merged, committed or closed it."""
    excerpt: str = ""
    """The beginning of its body, cleaned. Only `claims.details` may quote a sentence of it."""
    advisory: str | None = None
    """The security advisory that it answers: `GHSA-2g68-c3qc-8985`."""


class EditorInfo(StoredModel):
    """The model that chose: its name, the digest of its bytes where the server reports it, and how much it chose."""

    model: str
    digest: str
    prompt_version: str
    questions: int
    used: int
    """Questions whose answer was used; the rules answered the others."""


class MarkedSentence(StoredModel):
    """A sentence that a model wrote about a story, printed apart and with the model's name."""

    story: str
    """Id of the group of the story."""
    text: str
    model: str
    quotations: tuple[str, ...]
    """The title or sentences that it rests on, as the model was shown them."""


class Claim(StoredModel):
    """One sentence of plain text without markup, with the keys of the evidence and facts that it cites."""

    id: str
    section: ClaimSection
    repository: str | None
    text: str
    evidence: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    about: str | None = None
    """For a detail: the id of the claim that it adds to."""


class Insight(StoredModel):
    """Everything that the digests of one period may say."""

    period: Period
    window: TimeWindow
    mode: InsightMode
    organisation: str
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    facts: tuple[Fact, ...]
    unreadable: tuple[str, ...]
    notes: tuple[str, ...]
    """What readers should know about the sources: `owner/name is a shallow clone: …`."""
    damaged: tuple[str, ...] = ()
    """Repositories that could be read in part only, because their clones lack objects; `notes` say so too."""
    red_branches: tuple[str, ...] = ()
    """Default branches whose checks failed for long: `main of owner/name was red for 14.0 h`."""
    sources: tuple[str, ...] = ("git",)
    """Sources of the repositories: `git`, `github` or both."""
    stories: PeriodStories = PeriodStories()
    """What the products print: stories in their order, the box, releases, and the texts that they quote."""
    records: int
    """Records in the window; more than are cited."""
    editor: EditorInfo | None = None
    """The model, if it chose anything. What it wrote is in `marked`, or nowhere."""
    marked: tuple[MarkedSentence, ...] = ()
    """Sentences that a model wrote; empty unless `language_model.prose` is "marked"."""
    degraded: tuple[str, ...] = ()
    """Reasons why the model was used less than it could be."""

    def get_cited_evidence(self, claim: Claim) -> tuple[Evidence, ...]:
        """Return the evidence of a claim in the order of its citations."""
        # Called 60,000 times for a week of 3,000 repositories, so the index is cached. A copy of the insight
        # also copies the cached index, which is valid only for the evidence that it was built from.
        indexed_evidence, by_key = self.evidence_index
        if indexed_evidence is not self.evidence:
            self.__dict__.pop("evidence_index", None)
            _, by_key = self.evidence_index
        return tuple(by_key[key] for key in claim.evidence)

    @cached_property
    def evidence_index(self) -> tuple[tuple[Evidence, ...], dict[str, Evidence]]:
        """The evidence, and its items by key."""
        return self.evidence, {item.key: item for item in self.evidence}
