"""The types of stage 3. A claim is one sentence; it can be published only with the evidence and facts it stands on."""

from datetime import datetime
from functools import cached_property
from typing import Literal

from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import Fact
from sparky_assets.periods import Period, TimeWindow
from sparky_assets.store import StoredModel

ClaimOrigin = Literal["template", "model"]


InsightMode = Literal["rules", "select", "phrase"]


ClaimSection = Literal[
    "headline", "quiet", "comparison", "highlight", "theme", "risk", "release", "change", "review", "issue",
    "repository", "credit", "detail",
]  # fmt: skip
"""What a claim is for: the whole (`headline`, or `quiet`), against earlier periods (`comparison`), what comes first
(`highlight`), what several repositories share (`theme`), what is worth a look (`risk`), what was published (`release`),
what was merged or pushed (`change`), pull requests that were not merged (`review`), issues, a repository's numbers,
people for what they did (`credit`), and one more thing about another claim (`detail`)."""


class Evidence(StoredModel):
    """A thing that may be cited, as it was when its day was stored. Text in it is cleaned, and still untrusted."""

    key: str
    kind: Literal["pull_request", "commit", "release", "issue"]
    repository: str
    reference: str
    """What people call it: `#123`, `1a2b3c4`, `v1.2.0`."""
    url: str | None
    title: str
    author: str | None
    is_bot: bool
    state: Literal["merged", "pushed", "published", "opened", "closed", "reopened"]
    """What last became of it in the period. A pull request that is `closed` was not merged."""
    at: datetime
    theme: ChangeTheme
    changed_lines: int | None
    visibility: str
    people: tuple[str, ...] = ()
    """Who else its records name, where a claim names them: who reviewed, merged, committed or closed it."""
    excerpt: str = ""
    """What its body says, cleaned and cut: context for a model, never printed."""
    advisory: str | None = None
    """The security advisory that it answers: `GHSA-2g68-c3qc-8985`."""


class GateFailure(StoredModel):
    """Why a sentence that a model worded may not be published: the gate and its reason."""

    gate: str
    reason: str


class ModelWording(StoredModel):
    """What is known of a sentence that a model worded, so that it can be judged again at any time."""

    text: str
    """The model's own words; code adds who did it and where."""
    support: float
    prompt_version: str
    gate_version: str


class WriterInfo(StoredModel):
    """The model that took part: its name, and the digest of its bytes where the server tells it."""

    model: str
    digest: str
    prompt_version: str
    gate_version: str


class Claim(StoredModel):
    """One sentence, plain text without markup, and what it stands on."""

    id: str
    section: ClaimSection
    repository: str | None
    text: str
    evidence: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    origin: ClaimOrigin = "template"
    chosen_by: ClaimOrigin = "template"
    """Who chose to tell it: rules, or a model that returned nothing but ids."""
    wording: ModelWording | None = None
    rejected: tuple[GateFailure, ...] = ()
    """Why the model's own words for it were replaced by a template."""
    about: str | None = None
    """Of a detail: the id of the claim that it adds to."""


class Insight(StoredModel):
    """Everything that digests of one period may say."""

    period: Period
    window: TimeWindow
    mode: InsightMode
    organisation: str
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    facts: tuple[Fact, ...]
    unreadable: tuple[str, ...]
    notes: tuple[str, ...]
    """What a reader should know of how repositories were read: `owner/name is a shallow clone: …`."""
    sources: tuple[str, ...] = ("git",)
    """Where the repositories were read from: `git`, `github` or both."""
    records: int
    """Events that the window holds; more than are cited."""
    writer: WriterInfo | None = None
    degraded: tuple[str, ...] = ()
    """Why less was left to the model than its mode allows, in whole sentences."""

    def get_cited_evidence(self, claim: Claim) -> tuple[Evidence, ...]:
        """The evidence of a claim, in its order."""
        # Asked for 60,000 times of a week of 3,000 repositories. A copy brings the index of its original along, so that
        # it is believed only for the very evidence that it was made of.
        of, by_key = self.evidence_index
        if of is not self.evidence:
            self.__dict__.pop("evidence_index", None)
            _, by_key = self.evidence_index
        return tuple(by_key[key] for key in claim.evidence)

    @cached_property
    def evidence_index(self) -> tuple[tuple[Evidence, ...], dict[str, Evidence]]:
        """The evidence, and each item of it by its key."""
        return self.evidence, {item.key: item for item in self.evidence}
