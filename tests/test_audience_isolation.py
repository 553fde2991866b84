"""Isolation of the audiences through all stages: private changes must not change any public byte.

Each stage has its own tests. This test runs all of them over organisations that differ only in private data. It
compares every file under the public store prefix, and every page of a public reader that links reach.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from resources.llm.base import LanguageModelFactory
from resources.storage import Storage
from sparky_assets.digests.assets import write_products
from sparky_assets.digests.models import Product
from sparky_assets.insights.assets import write_insight
from sparky_assets.metrics.assets import compute_period
from sparky_assets.raw.merge import split_by_day
from sparky_assets.raw.tables import TABLES
from sparky_assets.raw.window import RawWindow
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from tests.insights.test_audiences import SECRET, disguised
from tests.metrics.test_audiences import as_collected, without_private
from tests.reader.conftest import reading
from tests.reader.test_auth import everything
from tests.strategies.organisation import WEEK, Organisation, organisation

OPTED_OUT = "ada"
WRITTEN_AT = 1_763_000_000
"""Modification time of every file of a store, in seconds. Pages show it, and it is no fact of a repository."""


def printed(root: Path, raw: RawWindow) -> Settings:
    """Write the week of an organisation for both audiences, through every stage of the store."""
    storage = Storage(root=str(root / "store"))
    settings = Settings.model_validate(
        {"home": root, "organisation": {"name": "Acme"}, "people": {"opt_out": [OPTED_OUT], "leaderboard": True},
         "publish": {"destinations": [{"name": "world", "audience": "public"}]}}
    )  # fmt: skip
    for table in TABLES:
        for key, frame in split_by_day(getattr(raw, table.asset), table, WEEK.days, "UTC").items():
            storage.write_table(table.path, key, frame, table)
    for audience in Audience:
        counted = compute_period(WEEK, storage, "UTC", None, audience, people=settings.people)
        chosen = write_insight(WEEK, storage, settings, LanguageModelFactory(), audience)
        assert [*counted.problems, *chosen.problems] == []
        write_products([Product.DIGEST, Product.BLOG_POST], WEEK, storage, settings, audience)
    for file in root.rglob("*"):
        os.utime(file, (WRITTEN_AT, WRITTEN_AT))
    return settings


def public_output(settings: Settings) -> dict[str, Any]:
    """Return every file under the public prefix, and every answer of a public reader, by path."""
    root = settings.home / "store"
    files = {str(file.relative_to(root)): file.read_bytes() for file in sorted(root.glob("*/*_public*/*"))}
    with reading(settings, audience=Audience.PUBLIC) as client:
        return files | everything(client)


def world(seed: int) -> Organisation:
    return as_collected(organisation(seed, 12, "UTC"), seed)


@pytest.mark.parametrize("seed", [6, 9])
def test_public_output_does_not_change_with_private_data(tmp_path: Path, seed: int) -> None:
    whole = world(seed)
    private = {row["repository"] for row in whole.rows["repositories"] if row["visibility"] != "public"}
    assert private
    busier = replace(whole, rows={name: disguised_rows(rows, private) for name, rows in whole.rows.items()})
    seen = public_output(printed(tmp_path / "whole", whole.raw()))
    assert len(seen) > 40
    assert not [path for path, text in seen.items() for name in private if name in str(text)]
    assert not [path for path, text in seen.items() if "Lovelace" in str(text)]
    for name, other in (("none", without_private(whole).raw()), ("other", disguised(busier.raw(), private))):
        found = public_output(printed(tmp_path / name, other))
        assert found.keys() == seen.keys()
        assert [path for path in seen if found[path] != seen[path]] == []
    inside = (tmp_path / "other" / "store" / "insights" / "weekly" / f"{WEEK.key}.json").read_text()
    assert SECRET in inside, "what changed was there to be told"


def disguised_rows(rows: list[dict[str, Any]], private: set[str]) -> list[dict[str, Any]]:
    """Return private rows with other sizes."""
    return [
        row | {"insertions": 4_444, "deletions": 3} if row["repository"] in private and "insertions" in row else row
        for row in rows
    ]
