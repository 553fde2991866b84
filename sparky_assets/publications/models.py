"""The ledger of stage 5: what was published where."""

from sparky_assets.metrics.models import Model
from sparky_assets.periods import Period


class Published(Model):
    """One digest at one destination."""

    destination: str
    repository: str
    path: str
    commit: str
    edition: int


class Publication(Model):
    """Where the digest of a period was published, and the hash of exactly these bytes."""

    period: Period
    markdown_sha256: str
    data_sha256: str
    places: tuple[Published, ...]
