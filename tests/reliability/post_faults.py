"""Faults of services that take a message: refused, busy, limited, lost before and after arrival, killed."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from resources.errors import TransientError
from sparky_assets.errors import DataError
from sparky_assets.publications.publish import load_ledger
from tests.factories.published_store import WEEK, Desk
from tests.fakes.git_servers import bare, http_git
from tests.fakes.services import KEY, SERVICES, Asked, Fault, Service, handle, pulls, serving
from tests.reliability.git_world import HERE
from tests.reliability.registry import ASKED, REFUSED_POST, SENT, one_sentence, scenario

NAMES = {
    "devto": "Dev.to", "slack": "Slack, webhook", "slack bot": "Slack, bot", "discord": "Discord",
    "webhook": "webhook", "x": "X", "linkedin": "LinkedIn", "github": "GitHub pull request",
}  # fmt: skip
SAFE = {"devto", "webhook", "x", "linkedin", "github"}
"""Services that recognize a message that they already have."""
WORK = """
import json, sys
from pathlib import Path
from tests.factories.published_store import Desk
Desk(Path(sys.argv[1]), json.loads(sys.argv[2])).publish()
"""
SECRET_PATH = "/api/webhooks/1/key-0123456789abcdef"
OWN_REFUSAL = {
    "devto": Fault(403, {}, {"error": "forbidden", "status": 403}),
    "slack": Fault(403, {}, "invalid_token"),
    "slack bot": Fault(200, {}, {"ok": False, "error": "invalid_auth"}),
    "discord": Fault(401, {}, {"message": "Invalid Webhook Token", "code": 50027}),
    "webhook": Fault(401, {}, "no"),
    "x": Fault(401, {}, {"title": "Unauthorized", "status": 401}),
    "linkedin": Fault(401, {}, {"message": "Invalid access token", "status": 401}),
    "github": Fault(401, {}, {"message": "Bad credentials"}),
}


def settings_of(kind: str, service: Service) -> dict[str, Any]:
    """Return the settings of the destination, with its secrets in files."""
    if kind in {"slack", "discord"}:
        return {"kind": kind, "webhook": service.url}
    own: dict[str, dict[str, Any]] = {
        "devto": {"api": service.url, "key": KEY, "site_url": "https://blog.example.org", "draft": False},
        "slack bot": {"kind": "slack", "token": KEY, "channel": "C1", "api": service.url},
        "webhook": {"url": f"{service.url}/hook", "key": KEY},
        "x": {"api": service.url, "token": KEY},
        "linkedin": {"api": service.url, "token": KEY, "author": "urn:li:organization:7"},
        "github": {"api": service.url, "repository": "acme/docs", "token": KEY},
    }
    return {"kind": kind, **own[kind]}


@contextlib.contextmanager
def at(kind: str, tmp: Path) -> Iterator[tuple[Service, Desk]]:
    """Run the service, and return a publisher to it."""
    with contextlib.ExitStack() as running:
        if kind == "github":
            service = running.enter_context(github(tmp))
        else:
            service = Service(path=SECRET_PATH if kind in {"slack", "discord"} else "")
            running.enter_context(serving(service, SERVICES[kind]))
        yield service, Desk(tmp, settings_of(kind, service))


@contextlib.contextmanager
def github(tmp: Path) -> Iterator[Service]:
    """Run an Enterprise Server: its REST API below /api/v3, and the repository acme/docs."""
    (tmp / "served").mkdir()
    bare(tmp / "served" / "acme" / "docs.git")
    service = Service()

    def api(method: str, path: str, headers: dict[str, str], data: bytes) -> tuple[int, dict[str, str], bytes] | None:
        given = handle(service, pulls, Asked(method, path, headers, data))
        return (given[0], dict(given[1]), b"" if given[2] is None else json.dumps(given[2]).encode()) if given else None

    with http_git(tmp / "served") as server:
        server.login, server.api, service.port = f"x-access-token:{KEY}", api, server.port
        yield service


def sent(service: Service, desk: Desk) -> str:
    """Assert that the message arrived once, and that publishing again sends nothing."""
    assert len(service.held) == 1, service.held
    before = dict(service.held)
    assert not desk.publish().has_changes
    assert service.held == before
    (place,) = load_ledger(WEEK, desk.storage).places
    assert place.status == "published"
    assert KEY not in place.model_dump_json()
    return SENT


def same_again(kind: str, tmp: Path) -> str:
    with at(kind, tmp) as (service, desk):
        assert desk.publish().has_changes
        return sent(service, desk)


def refused(kind: str, tmp: Path) -> str:
    with at(kind, tmp) as (service, desk):
        service.faults.append(OWN_REFUSAL[kind])
        with pytest.raises(DataError) as caught:
            desk.publish()
        one_sentence(caught.value, "refused")
        assert not service.held
        desk.publish()
        sent(service, desk)
        return REFUSED_POST


def limited(kind: str, tmp: Path) -> str:
    with at(kind, tmp) as (service, desk):
        service.faults.append(Fault(429, {"retry-after": "0"}, {"message": "slow down", "retry_after": 0.0}))
        desk.publish()
        return f"waited as asked; {sent(service, desk)}"


def limited_for_long(kind: str, tmp: Path) -> str:
    with at(kind, tmp) as (service, desk):
        service.faults.append(Fault(429, {"retry-after": "3600"}))
        with pytest.raises(TransientError) as caught:
            desk.publish()
        one_sentence(caught.value, "a rate limit until")
        desk.publish()
        sent(service, desk)
        return REFUSED_POST


def busy(kind: str, tmp: Path) -> str:
    with at(kind, tmp) as (service, desk):
        service.faults.append(Fault(503, {}, "busy"))
        desk.publish()
        return f"tried again; {sent(service, desk)}"


def away(kind: str, tmp: Path) -> str:
    with at(kind, tmp) as (service, desk):
        pass
    with pytest.raises(TransientError) as caught:
        desk.publish()
    one_sentence(caught.value)
    assert not service.held
    return "refused in one sentence; may be tried again"


def lost(kind: str, tmp: Path) -> str:
    with at(kind, tmp) as (service, desk):
        service.after_write = lambda: None
        if kind in SAFE:
            desk.publish()
            return f"known again; {sent(service, desk)}"
        with pytest.raises(DataError) as caught:
            desk.publish()
        one_sentence(caught.value, "the message may have arrived or not", "--mark-delivered", "--republish")
        return _undecided(service, desk)


def killed(kind: str, tmp: Path) -> str:
    with at(kind, tmp) as (service, desk):
        command = [sys.executable, "-c", WORK, str(tmp), json.dumps(settings_of(kind, service))]
        process = subprocess.Popen(command, cwd=HERE, env={**os.environ, "PYTHONPATH": str(HERE)})
        service.after_write = process.kill
        assert process.wait() == -9
        assert len(service.held) == 1
        if kind in SAFE:
            desk.publish()
            return f"known again; {sent(service, desk)}"
        return _undecided(service, desk)


def _undecided(service: Service, desk: Desk) -> str:
    """Assert that a message that may have arrived is not sent again until a person decides."""
    with pytest.raises(DataError) as caught:
        desk.publish()
    one_sentence(caught.value, "an earlier run died while sending", "--mark-delivered there", "--republish there")
    assert len(service.held) == 1
    assert not desk.publish(mark_delivered=frozenset({"there"})).has_changes
    sent(service, desk)
    return ASKED


for name, spoken in NAMES.items():
    scenario(spoken, "the same content again")(partial(same_again, name))
    scenario(spoken, "401 or 403")(partial(refused, name))
    scenario(spoken, "429 with a short Retry-After")(partial(limited, name))
    scenario(spoken, "429 for an hour")(partial(limited_for_long, name))
    scenario(spoken, "503")(partial(busy, name))
    scenario(spoken, "the service is away")(partial(away, name))
    scenario(spoken, "the answer is lost after it arrived")(partial(lost, name))
for name in ("devto", "slack", "x", "github"):  # the other destinations behave the same
    scenario(NAMES[name], "kill -9 after it arrived")(partial(killed, name))
