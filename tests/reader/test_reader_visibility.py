"""A public reader hides periods of repositories that became private, from the next collected list on."""

from pathlib import Path

import polars as pl
import pytest
from starlette.testclient import TestClient

from resources.storage import Storage
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from tests.factories import reader_store
from tests.reader.conftest import reading
from tests.reader.test_auth import everything

OPEN_ONE = "acme/newsroom"
PATHS = ("/week/2025-W46", "/week/2025-W46/texts/digest", "/statistics/week/2025-W46",
         "/api/v1/digests/week/2025-W46", "/api/v1/insights/week/2025-W46", "/api/v1/metrics/week/2025-W46",
         f"/repository/{OPEN_ONE}", f"/api/v1/repositories/{OPEN_ONE}")  # fmt: skip


@pytest.fixture
def settings(printed: Settings, tmp_path: Path) -> Settings:
    """Return settings over a copy of the store, read again on each request."""
    copy = reader_store.copied(printed, tmp_path)
    return copy.model_copy(update={"reader": copy.reader.model_copy(update={"refresh_seconds": 0.0})})


def collected(settings: Settings, visibility: str | None, name: str = OPEN_ONE) -> None:
    """Write the newest list of repositories, as the next sweep would; a repository without a visibility is deleted."""
    store = Storage(root=settings.store_root)
    newest = store.list_keys(REPOSITORIES.path)[-1]
    table = store.read_table(REPOSITORIES.path, newest, REPOSITORIES)
    is_it = pl.col("repository") == name
    told = pl.when(is_it).then(pl.lit(visibility)).otherwise(pl.col("visibility")).alias("visibility")
    table = table.with_columns(told) if visibility else table.filter(~is_it)
    store.write_table(REPOSITORIES.path, newest, table, REPOSITORIES)


def codes(client: TestClient) -> list[int]:
    return [client.get(path).status_code for path in PATHS]


def test_pages_of_a_repository_made_private_are_hidden_from_the_public(settings: Settings) -> None:
    outside = reading(settings, audience=Audience.PUBLIC)
    assert codes(outside) == [200] * len(PATHS)
    assert "presses" in outside.get("/").text
    assert outside.get("/api/v1/search?q=presses").json()["count"] > 0
    collected(settings, "private")
    assert codes(outside) == [404] * len(PATHS)
    shown = everything(outside)
    assert len(shown) > 10
    assert [path for path, text in shown.items() if OPEN_ONE in text or "the presses" in text] == []
    assert outside.get("/api/v1/search?q=presses").json()["count"] == 0
    inside = reading(settings)
    assert codes(inside) == [200] * len(PATHS)


def test_pages_are_shown_again_once_the_repository_is_public_again(settings: Settings) -> None:
    collected(settings, "internal")
    outside = reading(settings, audience=Audience.PUBLIC)
    assert codes(outside) == [404] * len(PATHS)
    collected(settings, "public")
    assert codes(outside) == [200] * len(PATHS)


def test_deleted_or_renamed_repository_hides_no_old_page(settings: Settings) -> None:
    """Publishing is stricter, because it cannot be recalled. A page about a public past can be hidden later."""
    collected(settings, None)
    outside = reading(settings, audience=Audience.PUBLIC)
    assert codes(outside) == [200] * len(PATHS)


def test_store_without_a_list_shows_its_public_periods(settings: Settings) -> None:
    """A public machine may hold only the public part of a store."""
    for file in Path(settings.store_root, REPOSITORIES.path).iterdir():
        file.unlink()
    outside = reading(settings, audience=Audience.PUBLIC)
    assert codes(outside)[0] == 200


def test_unreadable_list_hides_all_pages_from_the_public(settings: Settings) -> None:
    """Visibility is unknown then: the public waits until a day is collected."""
    newest = max(Path(settings.store_root, REPOSITORIES.path).iterdir())
    newest.write_bytes(b"torn")
    outside = reading(settings, audience=Audience.PUBLIC)
    answers = [outside.get(path) for path in PATHS]
    assert {answer.status_code for answer in answers} == {503}
    assert not any("presses" in answer.text for answer in answers)
