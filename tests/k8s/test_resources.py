"""Memory that the manifests ask for and allow, against what `python -m benchmarks.cluster` measured."""

import json

import pytest

from sparky_assets.definitions import DAY_RANGE_TAGS, K8S_CONFIG_TAG
from tests.k8s.rendered import K8S, one

MEASURED: dict[str, dict[str, int]] = json.loads((K8S / "measured.json").read_text())
MARGIN = 2
"""The measured repositories are small: a limit leaves at least as much again."""


def mebibytes(quantity: str) -> int:
    """What Kubernetes calls 384Mi or 4Gi."""
    return int(quantity[:-2]) * {"Mi": 1, "Gi": 1024}[quantity[-2:]]


def resources(name: str) -> dict[str, dict[str, str]]:
    """What a Deployment's container, or the run of a backfill, asks for and may have."""
    if name == "backfill":
        found = json.loads(DAY_RANGE_TAGS[K8S_CONFIG_TAG])["container_config"]["resources"]
    else:
        found = one("k8s/base", "Deployment", name)["spec"]["template"]["spec"]["containers"][0]["resources"]
    return dict(found)


@pytest.mark.parametrize("name", MEASURED)
def test_what_is_asked_for_is_what_is_held_at_rest(name: str) -> None:
    assert mebibytes(resources(name)["requests"]["memory"]) >= MEASURED[name]["rest"]


@pytest.mark.parametrize("name", MEASURED)
def test_the_limit_is_twice_what_a_backfill_took(name: str) -> None:
    assert mebibytes(resources(name)["limits"]["memory"]) >= MARGIN * MEASURED[name]["backfill"]


def test_every_process_of_ours_was_measured() -> None:
    assert MEASURED.keys() == {"code-server", "webserver", "daemon", "reader", "backfill"}
