"""The ledger of stage 5: what was published where. It never holds a secret, nor an address with one."""

from typing import Literal

from sparky_assets.periods import Period
from sparky_assets.store import StoredModel

PublicationStatus = Literal["published", "pending", "left_out", "unpublished"]
"""`pending`: an earlier run began to send and never said that it arrived. `left_out`: `word` says why."""


class PublishedFile(StoredModel):
    """A file at a destination, and the hash of its bytes."""

    path: str
    sha256: str


class LedgerEntry(StoredModel):
    """One period at one destination."""

    destination: str
    repository: str
    """Where that is: a path, a URL without credentials, or the name of a service."""
    path: str = ""
    """The page itself, where the destination takes files."""
    commit: str = ""
    edition: int = 0
    kind: str = "git"
    status: PublicationStatus = "published"
    files: tuple[PublishedFile, ...] = ()
    """Pages and pictures of the period; an index or a feed changes with every publication and is not kept here."""
    sha256: str = ""
    """Of the message, where the destination takes one."""
    id: str = ""
    """What the service calls it."""
    address: str = ""
    word: str = ""
    """What a person should know: why it was left out, or what the service said."""
    parent_commit: str = ""
    """The commit that bumped the submodule, where there is one."""


class PublicationLedger(StoredModel):
    """Where the digest of a period was published, and the hash of exactly these bytes."""

    period: Period
    markdown_sha256: str
    data_sha256: str
    places: tuple[LedgerEntry, ...]
    owed: tuple[str, ...] = ()
    """Destinations that have not got it yet: one refused, or the run was killed between two of them."""

    def find_entry(self, destination: str) -> LedgerEntry | None:
        """What is known of one destination."""
        return next((one for one in self.places if one.destination == destination), None)

    def replace_entry(self, entry: LedgerEntry) -> "PublicationLedger":
        """The ledger with what is known of one destination replaced; the order of destinations stays."""
        others = {one.destination: one for one in self.places} | {entry.destination: entry}
        owed = tuple(name for name in self.owed if name != entry.destination or entry.status == "pending")
        return self.model_copy(update={"places": tuple(others.values()), "owed": owed})
