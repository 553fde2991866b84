"""Delivery of messages: sent once, corrected where possible, and never sent again after an unknown result."""

from pathlib import Path

import pytest

from resources.errors import PostError, PostUncertainError
from sparky_assets.digests.context import load_visibility
from sparky_assets.publications.bundle import PublicationBundle, build_bundle
from sparky_assets.publications.checks import CheckContext
from sparky_assets.publications.messages import deliver_post
from sparky_assets.publications.models import LedgerEntry
from sparky_assets.publications.pages import DeliveryResult, PublishJob
from sparky_assets.publications.stored_products import load_insight
from sparky_assets.store import Audience
from tests.factories.published_store import WEEK, Desk
from tests.fakes.services import Fault
from tests.reliability.post_faults import at


def build_week(desk: Desk) -> PublicationBundle:
    (destination,) = desk.settings.publish.destinations
    insight, sha256 = load_insight(desk.storage, WEEK, Audience.INTERNAL)
    return build_bundle(destination, WEEK, desk.storage, CheckContext(insight, sha256, load_visibility(desk.storage)))


class Recorder:
    """Delivers a bundle and keeps the ledger entries that were written."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.bundle = desk, build_week(desk)
        self.entries: list[LedgerEntry] = []

    def deliver(self, previous: LedgerEntry | None = None, *, dry_run: bool = False) -> DeliveryResult:
        job = PublishJob(WEEK, "0" * 64, self.desk.publisher(), self.desk.settings, dry_run)
        return deliver_post(self.bundle, job, previous, self.entries.append)

    @property
    def statuses(self) -> list[str]:
        return [entry.status for entry in self.entries]


def test_message_is_recorded_as_pending_before_it_is_sent(tmp_path: Path) -> None:
    with at("x", tmp_path) as (service, desk):
        recorder = Recorder(desk)
        result = recorder.deliver()
    assert recorder.statuses == ["pending"]
    assert (result.is_new, result.entry.status) == (True, "published")
    assert list(service.held) == [result.entry.id]


def test_same_message_is_not_sent_again(tmp_path: Path) -> None:
    with at("x", tmp_path) as (service, desk):
        recorder = Recorder(desk)
        first = recorder.deliver()
        again = recorder.deliver(first.entry)
    assert not again.is_new
    assert again.entry == first.entry
    assert len(service.asked) == 1


def test_changed_message_of_a_service_without_corrections_stays(tmp_path: Path) -> None:
    with at("x", tmp_path) as (service, desk):
        recorder = Recorder(desk)
        earlier = recorder.deliver().entry.model_copy(update={"sha256": "other"})
        result = recorder.deliver(earlier)
    assert not result.is_new
    assert result.entry.word == "already posted; this service takes no corrections"
    assert len(service.held) == 1


def test_changed_message_is_corrected_where_the_service_can(tmp_path: Path) -> None:
    with at("devto", tmp_path) as (service, desk):
        recorder = Recorder(desk)
        first = recorder.deliver().entry
        result = recorder.deliver(first.model_copy(update={"sha256": "other"}))
    assert result.entry.id == first.id
    assert len(service.held) == 1
    assert recorder.statuses == ["pending"], "a correction keeps the published entry until it is done"


def test_dry_run_sends_nothing_and_has_the_text(tmp_path: Path) -> None:
    with at("x", tmp_path) as (service, desk):
        recorder = Recorder(desk)
        result = recorder.deliver(dry_run=True)
    assert service.asked == []
    assert recorder.entries == []
    assert f"+{recorder.bundle.post.title}\n" in result.diff


def test_refused_message_is_left_out_and_may_be_sent_later(tmp_path: Path) -> None:
    with at("x", tmp_path) as (service, desk):
        recorder = Recorder(desk)
        service.faults.append(Fault(401, {}, {"title": "Unauthorized", "status": 401}))
        with pytest.raises(PostError):
            recorder.deliver()
        assert recorder.statuses == ["pending", "left_out"]
        assert recorder.deliver(recorder.entries[-1]).entry.status == "published"


def test_message_with_an_unknown_result_stays_pending_and_is_not_repeated(tmp_path: Path) -> None:
    with at("slack", tmp_path) as (service, desk):
        recorder = Recorder(desk)
        service.after_write = lambda: None
        with pytest.raises(PostUncertainError):
            recorder.deliver()
        assert recorder.statuses == ["pending"]
        with pytest.raises(PostUncertainError, match=r"week 2025-W46 --mark-delivered there.*--republish there"):
            recorder.deliver(recorder.entries[-1])
    assert len(service.asked) == 1
