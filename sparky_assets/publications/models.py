"""Stored documents of stage 5: the ledger of what was published where.

The ledger never holds a secret, nor an address with one.
"""

from typing import Literal

from resources.storage import Storage
from sparky_assets.periods import Period
from sparky_assets.store import StoredModel, publications_path

PublicationStatus = Literal["published", "pending", "left_out", "unpublished"]
"""`pending`: a run began to send and did not record an answer. `left_out`: `word` gives the reason."""


class PublishedFile(StoredModel):
    """A file at a destination, and the hash of its bytes."""

    path: str
    sha256: str


class LedgerEntry(StoredModel):
    """The state of one period at one destination."""

    destination: str
    repository: str
    """Location of the destination: a path, a URL without credentials, or the name of a service."""
    path: str = ""
    """The main page, where the destination takes files."""
    commit: str = ""
    edition: int = 0
    kind: str = "git"
    status: PublicationStatus = "published"
    files: tuple[PublishedFile, ...] = ()
    """Pages and pictures of the period. Indexes and feeds change with every publication and are not listed."""
    sha256: str = ""
    """Hash of the message, where the destination takes one."""
    id: str = ""
    """The service's id of the message."""
    address: str = ""
    word: str = ""
    """A note for people: why it was left out, or what the service answered."""
    parent_commit: str = ""
    """The commit that bumped the submodule, where there is one."""


class PublicationLedger(StoredModel):
    """Where a period was published, and the hashes of the digest and of the insight behind it."""

    period: Period
    markdown_sha256: str
    data_sha256: str
    places: tuple[LedgerEntry, ...]
    owed: tuple[str, ...] = ()
    """Pending destinations: one refused, or the run was killed before it was reached."""

    def find_entry(self, destination: str) -> LedgerEntry | None:
        """Return the entry of a destination; None when there is none."""
        return next((entry for entry in self.places if entry.destination == destination), None)

    def replace_entry(self, entry: LedgerEntry) -> "PublicationLedger":
        """Return the ledger with the entry of one destination added or replaced; the order stays."""
        entries = {existing.destination: existing for existing in self.places} | {entry.destination: entry}
        pending = tuple(name for name in self.owed if name != entry.destination or entry.status == "pending")
        return self.model_copy(update={"places": tuple(entries.values()), "owed": pending})


def is_published(period: Period, storage: Storage) -> bool:
    """Return whether a period was published and no destination of it is pending."""
    name = publications_path(period.kind)
    return storage.has(name, period.key, "json") and not storage.read_document(name, period.key, PublicationLedger).owed
