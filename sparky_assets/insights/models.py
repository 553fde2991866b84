"""The types of stage 3. A claim is one sentence; it can be published only with the evidence and facts it stands on."""

from datetime import datetime
from typing import Literal

from sparky_assets.metrics.changes import Theme
from sparky_assets.metrics.models import Fact, Model
from sparky_assets.periods import Period, Window

__all__ = ["Claim", "Evidence", "Insight", "Theme"]

Origin = Literal["template", "model"]
Mode = Literal["rules", "select", "phrase"]
Section = Literal["headline", "release", "change", "repository", "credit", "quiet"]


class Evidence(Model):
    """A thing that may be cited, as it was when its day was stored. Text in it is cleaned, and still untrusted."""

    key: str
    kind: Literal["pull_request", "commit", "release"]
    repository: str
    reference: str
    """What people call it: `#123`, `1a2b3c4`, `v1.2.0`."""
    url: str | None
    title: str
    author: str | None
    is_bot: bool
    state: Literal["merged", "pushed", "published"]
    at: datetime
    theme: Theme
    changed_lines: int | None
    visibility: str


class Claim(Model):
    """One sentence, plain text without markup, and what it stands on."""

    id: str
    section: Section
    repository: str | None
    text: str
    evidence: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    origin: Origin = "template"


class Insight(Model):
    """Everything that digests of one period may say."""

    period: Period
    window: Window
    mode: Mode
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

    def cited(self, claim: Claim) -> tuple[Evidence, ...]:
        """The evidence of a claim, in its order."""
        by_key = {item.key: item for item in self.evidence}
        return tuple(by_key[key] for key in claim.evidence)
