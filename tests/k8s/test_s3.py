"""The store in S3 with the component s3: a run as a Job, and the reader, against a server on loopback."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.factories.sample_repository import DAY
from tests.fakes.s3 import KEYS, S3, serving
from tests.k8s.cluster import Cluster
from tests.k8s.rendered import objects, one
from tests.k8s.server import Server
from tests.k8s.test_services import TOKEN, started, status, wait

pytestmark = pytest.mark.slow


OVERLAY = "k8s/overlays/k3d"
SAID = ("SPARKY_STORAGE__ROOT", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION")


@pytest.fixture
def s3(cluster: Cluster) -> Iterator[S3]:
    """Return the overlay's variables and the keys of its Secret; only the address differs."""
    variables = one(OVERLAY, "ConfigMap", "sparky-env")["data"]
    cluster.kubelet.config_maps["sparky-env"] |= {name: variables[name] for name in SAID}
    cluster.kubelet.secrets["sparky-secrets"] = dict(KEYS)
    with serving() as server:
        cluster.kubelet.more["AWS_ENDPOINT_URL"] = server.address
        yield server


def test_run_writes_into_the_bucket_and_a_reader_shows_it(
    cluster: Cluster, s3: S3, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = cluster.run("daily")
    assert run.status is dg.DagsterRunStatus.SUCCESS, cluster.kubelet.printed(f"dagster-run-{run.run_id}")
    assert f"store/digests/daily/{DAY}.md" in s3.objects()
    home = cluster.kubelet.place("/var/lib/sparky")
    assert (home / "publications/.git").is_dir()
    assert not (home / "store").exists(), "what the bucket holds lies nowhere else"

    root = one(OVERLAY, "ConfigMap", "sparky-env")["data"]["SPARKY_STORAGE__ROOT"]
    for name, value in {**s3.variables, "SPARKY_STORAGE__ROOT": root}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "reader").mkdir()
    with started("reader", tmp_path / "reader", postgres) as (port, process):
        wait(process, tmp_path / "reader", lambda: status(port, "/readyz") == 200)
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/v1/digests/day/{DAY}", headers={"authorization": f"Bearer {TOKEN}"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            assert DAY.encode() in answer.read()


def test_run_without_the_bucket_fails_with_a_sentence(cluster: Cluster, s3: S3) -> None:
    s3.client.delete_bucket(Bucket="sparky")
    run = cluster.run("daily")
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert "s3://sparky/store/" in cluster.kubelet.printed(f"dagster-run-{run.run_id}")


def test_pods_that_read_the_store_may_connect_and_it_is_backed_up() -> None:
    variables = one(OVERLAY, "ConfigMap", "sparky-env")["data"]
    (service,) = [item for item in objects(OVERLAY, "Service") if item["metadata"]["name"] == "s3"]
    assert variables["AWS_ENDPOINT_URL"] == f"http://s3:{service['spec']['ports'][0]['port']}"
    bucket = variables["SPARKY_STORAGE__ROOT"].removeprefix("s3://").split("/")[0]
    pod = one(OVERLAY, "Deployment", "s3")["spec"]["template"]["spec"]
    assert pod["containers"][0]["args"][-1] == "/bucket/objects"
    assert f"/bucket/objects/{bucket}" in pod["initContainers"][0]["command"]
    backup = one(OVERLAY, "CronJob", "backup")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = backup["containers"]
    where = {variable["name"]: variable.get("value") for variable in container["env"]}["BUCKET"]
    assert where in {mount["mountPath"] for mount in container["volumeMounts"]}
    claims = [volume["persistentVolumeClaim"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume]
    assert claims[0] in [volume.get("persistentVolumeClaim") for volume in backup["volumes"]]
