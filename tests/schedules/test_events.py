"""An outside listener gets a signed event for each finished stage, in order, at least once."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from schedules.events import EVENT_TYPE_BY_ASSET, build_event_sensor
from sparky_assets.cli.dagster_runner import ensure_dagster_home
from sparky_assets.definitions import build_defs
from sparky_assets.settings.schema import Settings
from tests.factories.sample_repository import DAY, run_job, settings_for
from tests.fakes.alert_receivers import HttpReceiver, http_receiver


@pytest.fixture
def listener() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(tmp_path: Path, newsroom_path: Path, listener: HttpReceiver) -> Settings:
    return settings_for(
        tmp_path / "home", [newsroom_path], events={"webhook": listener.url, "webhook_secret": "whistle"}
    )


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(ensure_dagster_home(settings))) as instance:
        yield instance


def tick(settings: Settings, instance: dg.DagsterInstance, cursor: str | None) -> tuple[str, str | None]:
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    data = build_event_sensor(settings).evaluate_tick(context)
    return str(data.skip_message), data.cursor


def types(listener: HttpReceiver) -> list[str]:
    return [json.loads(body)["type"] for _, _, body in listener.got]


def test_stages_of_a_day_are_sent_in_order_and_signed(
    settings: Settings, instance: dg.DagsterInstance, listener: HttpReceiver
) -> None:
    said, cursor = tick(settings, instance, None)
    assert said == "listening from now on"
    assert run_job(settings, "daily", DAY, instance=instance).success
    said, cursor = tick(settings, instance, cursor)
    assert said == "4 sent"
    assert types(listener) == ["CollectionComplete", "AnalysisComplete", "GenerationComplete", "PublishComplete"]
    for _, headers, body in listener.got:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        good = base64.b64encode(hmac.new(b"whistle", signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{good}"
    document = json.loads(listener.got[3][2])
    run = instance.get_runs()[0]
    assert document.pop("timestamp") > 0
    assert len(document.pop("data_version")) == 64
    assert document == {
        "type": "PublishComplete", "asset": "daily/publication", "run_id": run.run_id,
        "period": {"kind": "daily", "key": DAY, "label": DAY},
    }  # fmt: skip
    assert tick(settings, instance, cursor)[0] == "nothing new"


def test_each_day_of_a_range_is_sent_once(
    settings: Settings, instance: dg.DagsterInstance, listener: HttpReceiver
) -> None:
    assert run_job(settings, "collect", "2025-11-10", "2025-11-16", instance=instance).success
    said, cursor = tick(settings, instance, "0")
    assert said == "7 sent"
    keys = [json.loads(body)["period"]["key"] for _, _, body in listener.got]
    assert sorted(keys) == [f"2025-11-{day}" for day in range(10, 17)]
    assert tick(settings, instance, cursor)[0] == "nothing new"


def test_unreachable_listener_gets_the_same_event_again(
    settings: Settings, instance: dg.DagsterInstance, listener: HttpReceiver
) -> None:
    assert run_job(settings, "daily", DAY, instance=instance).success
    listener.answers.extend([(200, b"ok"), (404, b"gone")])
    said, cursor = tick(settings, instance, "0")
    assert said.startswith("1 sent, 3 wait: the webhook: refused (404)")
    assert tick(settings, instance, cursor)[0] == "3 sent"
    ids = [headers["webhook-id"] for _, headers, _ in listener.got]
    assert ids[1] == ids[2]
    assert len(set(ids)) == 4


def test_slow_listener_gets_events_until_the_tick_ends_in_time(
    settings: Settings, instance: dg.DagsterInstance, listener: HttpReceiver
) -> None:
    """A tick that is cut off forgets what it sent: the same fifty events would be sent forever, and none after them."""
    assert run_job(settings, "daily", DAY, instance=instance).success
    clock = iter(range(0, 1000, 15))
    sensor = build_event_sensor(settings, now=lambda: next(clock))
    first = sensor.evaluate_tick(dg.build_sensor_context(instance=instance, cursor="0"))
    assert str(first.skip_message) == "2 sent, 2 wait: the time of a tick is over"
    assert tick(settings, instance, first.cursor)[0] == "2 sent"
    assert len(set(types(listener))) == 4


def test_listener_that_asks_for_a_long_pause_gets_it_between_ticks(
    settings: Settings, instance: dg.DagsterInstance, listener: HttpReceiver
) -> None:
    assert run_job(settings, "daily", DAY, instance=instance).success
    listener.answers.append((429, b"slowly"))
    assert tick(settings, instance, "0")[0] == "0 sent, 4 wait: a rate limit of 30 seconds; a later tick tries again."


def test_every_event_names_an_existing_asset() -> None:
    keys = {key.to_user_string() for key in build_defs(Settings()).resolve_asset_graph().get_all_asset_keys()}
    assert set(EVENT_TYPE_BY_ASSET) <= keys


def test_sensor_without_an_address_is_off_and_says_so() -> None:
    sensor = build_event_sensor(Settings(schedules={"enabled": True}))
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
