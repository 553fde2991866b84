"""Published is a period that all its destinations have got: who refused is owed, until it is served or not meant."""

from pathlib import Path

import pytest

from sparky_assets.errors import DataError
from sparky_assets.publications.models import is_published
from sparky_assets.publications.publish import load_ledger
from tests.factories.published_store import WEEK, Desk
from tests.fakes.services import SERVICES, Fault, Service, serving
from tests.reliability.post_faults import settings_of

REFUSED = Fault(401, {}, {"title": "Unauthorized", "status": 401})


def test_a_destination_that_refused_is_owed_until_it_has_got_it(tmp_path: Path) -> None:
    folder = {"name": "shelf", "kind": "folder", "path": str(tmp_path / "shelf")}
    with serving(Service(), SERVICES["x"]) as service:
        service.faults.append(REFUSED)
        desk = Desk(tmp_path, folder, settings_of("x", service))
        assert not is_published(WEEK, desk.storage)
        with pytest.raises(DataError):
            desk.publish()
        assert load_ledger(WEEK, desk.storage).owed == ("there",)
        assert not is_published(WEEK, desk.storage)
        desk.publish(scope="local")
        assert not is_published(WEEK, desk.storage), "a run that stays here does not forget who is elsewhere"
        desk.publish()
    assert is_published(WEEK, desk.storage)
    assert len(service.held) > 0


def test_a_destination_that_is_not_meant_any_more_is_owed_nothing(tmp_path: Path) -> None:
    folder = {"name": "shelf", "kind": "folder", "path": str(tmp_path / "shelf")}
    with serving(Service(), SERVICES["x"]) as service:
        service.faults.append(REFUSED)
        with pytest.raises(DataError):
            Desk(tmp_path, folder, settings_of("x", service)).publish()
        desk = Desk(tmp_path, folder)
        desk.publish()
    assert is_published(WEEK, desk.storage)
