"""Current visibility, from the newest list of repositories, and the parts of an insight that it hides."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from resources.storage import Storage
from sparky_assets.digests.context import load_visibility, non_public_names
from sparky_assets.errors import DataError
from sparky_assets.insights.models import Claim, Insight
from sparky_assets.metrics.models import Fact
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.publications.checks import find_non_public
from sparky_assets.raw.tables import REPOSITORIES
from tests.factories.evidence import evidence

AT = datetime(2025, 11, 12, tzinfo=UTC)


def insight(*cited: str, claims: tuple[str | None, ...] = (), facts: tuple[str, ...] = ()) -> Insight:
    """Return an insight with evidence of some repositories, claims about others, and facts of others still."""
    return Insight(
        period=Period(PeriodKind.DAILY, date(2025, 11, 12)),
        window=TimeWindow(AT, AT.replace(day=13), "UTC"),
        mode="rules",
        organisation="Acme",
        claims=tuple(Claim(id=f"c{n}", section="change", repository=name, text="x") for n, name in enumerate(claims)),
        evidence=tuple(evidence(number, "x", repository=name) for number, name in enumerate(cited)),
        facts=tuple(Fact(metric="commits", scope=one, value=1, unit="count", sources=("commits",)) for one in facts),
        unreadable=(),
        notes=(),
        records=1,
    )


def keep_list(storage: Storage, day: str, **seen: str | None) -> None:
    listed = [{"repository": name, "visibility": visibility} for name, visibility in seen.items()]
    common = dict.fromkeys(REPOSITORIES.columns)
    frame = pl.DataFrame([common | one for one in listed], schema=dict(REPOSITORIES.columns))
    storage.write_table(REPOSITORIES.path, day, frame, REPOSITORIES)


def test_newest_list_decides_visibility_and_unlisted_means_private(tmp_path: Path) -> None:
    storage = Storage(root=str(tmp_path))
    keep_list(storage, "2025-11-10", tool="public", gone="public")
    keep_list(storage, "2025-11-11", tool="private")
    keep_list(storage, "2025-11-12", tool="internal", site="public", odd=None)
    now = load_visibility(storage)
    assert now == {"tool": "internal", "site": "public", "odd": "private"}
    assert non_public_names(now) == {"tool", "odd"}


def test_store_without_a_list_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_visibility(Storage(root=str(tmp_path)))
    assert str(caught.value) == (
        "the store has no list of repositories, so it is unknown which are public. Collect a day."
    )


def test_private_evidence_claim_or_fact_alone_blocks_publishing() -> None:
    now = {"acme/open": "public", "acme/shut": "private"}
    shut = ["acme/shut is private now"]
    assert list(find_non_public(insight("acme/open", "acme/shut"), now)) == shut
    assert list(find_non_public(insight(claims=("acme/open", "acme/shut", None)), now)) == shut
    assert list(find_non_public(insight(facts=("all", "acme/open", "acme/shut")), now)) == shut
    assert list(find_non_public(insight("acme/open", claims=(None, "acme/open"), facts=("all",)), now)) == []


def test_repository_that_is_not_listed_any_more_is_not_public() -> None:
    said = list(find_non_public(insight("acme/was", "acme/shut", claims=("acme/was",)), {"acme/shut": "internal"}))
    assert said == [
        "acme/shut is internal now",
        "acme/was is no longer in the list of repositories, so it is unknown whether it is public",
    ]
