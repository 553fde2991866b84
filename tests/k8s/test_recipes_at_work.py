"""Scripts of k8s/bin with a kubectl that records its calls: their order, and the failures that stop them."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes import kubectl
from tests.k8s.rendered import K8S, objects, one

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of programs in which `kubectl` is the fake."""
    program = tmp_path / "kubectl"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {kubectl.__file__} "$@"\n')
    program.chmod(0o755)
    return tmp_path


def calls(folder: Path, script: str, *arguments: str, code: int = 0, **state: Any) -> list[str]:
    """Run a script; return the calls of kubectl, in order."""
    return run_script(folder, script, *arguments, code=code, **state)[0]


def run_script(folder: Path, script: str, *arguments: str, code: int = 0, **state: Any) -> tuple[list[str], str]:
    """Run a script; return the calls of kubectl, in order, and what it printed."""
    cron = one("k8s/base", "CronJob", "backup")["spec"]["jobTemplate"]
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "restore"}, **cron}
    variables = {
        "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "PAUSE": "0",
        "KUBECTL_CALLS": str(folder / "calls"), "KUBECTL_STATE": json.dumps({"job": job, **state}),
    }  # fmt: skip
    command = ["bash", str(K8S / "bin" / script), *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return (folder / "calls").read_text().splitlines(), done.stdout + done.stderr


def position(said: list[str], beginning: str) -> int:
    """Return the position of the only call that begins so."""
    (found,) = [number for number, call in enumerate(said) if call.startswith(beginning)]
    return found


def test_restore_waits_for_the_last_writer_and_restarts_everything(folder: Path) -> None:
    said = calls(folder, "restore.sh", "k3d", present=["deployment/s3"], pods=3, replicas={"reader": "2"})
    stopped = "deployment/daemon deployment/code-server deployment/webserver deployment/reader deployment/s3"
    order = [
        f"scale {stopped} --replicas=0",
        "create job restore",
        "apply --filename=-",
        "get job restore",
        "logs",
        "scale deployment/daemon --replicas=1",
        "scale deployment/reader --replicas=2",
    ]
    places = [position(said, beginning) for beginning in order]
    assert places == sorted(places)
    looked = [number for number, call in enumerate(said) if call.startswith("get pods")]
    assert len(looked) == 4
    assert places[0] < looked[0] < looked[-1] < places[1]
    assert said[-1] == "scale deployment/s3 --replicas=1"


def test_restore_stops_no_s3_gateway_if_there_is_none(folder: Path) -> None:
    assert not any("deployment/s3" in call for call in calls(folder, "restore.sh", "dgx") if call.startswith("scale"))


def test_restore_beside_a_run_that_does_not_end_is_refused(folder: Path) -> None:
    said = calls(folder, "restore.sh", "dgx", code=1, pods=1000)
    assert not [call for call in said if call.startswith(("create", "apply"))]


@pytest.mark.parametrize(
    "state", [{"condition": "Failed"}, {"fails": "create job restore"}, {"pods": 1000}, {"fails": "delete job"}]
)
def test_failed_restore_starts_what_it_stopped(folder: Path, state: dict[str, Any]) -> None:
    said = calls(folder, "restore.sh", "dgx", code=1, replicas={"webserver": "2"}, **state)
    started = [call for call in said if call.startswith("scale") and not call.endswith("=0")]
    assert started == [
        "scale deployment/daemon --replicas=1",
        "scale deployment/code-server --replicas=1",
        "scale deployment/webserver --replicas=2",
        "scale deployment/reader --replicas=1",
    ]


def test_restore_after_an_interrupted_one_starts_one_replica_each(folder: Path) -> None:
    said = calls(folder, "restore.sh", "dgx", replicas={"daemon": "0"})
    assert "scale deployment/daemon --replicas=1" in said


@pytest.mark.parametrize(("condition", "seconds", "reason"), [("Failed", "600", "failed"), ("", "0", "not complete")])
def test_job_that_does_not_complete_is_not_waited_for(
    folder: Path, condition: str, seconds: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    said = calls(folder, "wait-for-job.sh", "migrate", seconds, code=1, condition=condition)
    assert [call for call in said if call.startswith("logs job/migrate")]


def backup_in_an_archive(folder: Path) -> Path:
    """Return what the pod's tar sends: one whole backup."""
    taken = folder / "cluster/20251112T031700Z"
    taken.mkdir(parents=True)
    (taken / "history.dump").write_text("history")
    (taken / "SHA256SUMS").write_text(f"{sha256(b'history').hexdigest()}  history.dump\n")
    subprocess.run(["tar", "-cf", folder / "archive", "-C", taken.parent, taken.name], check=True)
    return folder / "archive"


def test_newest_backup_is_copied_and_its_pod_is_removed(folder: Path) -> None:
    archive = backup_in_an_archive(folder)
    to = folder / "here"
    said = calls(folder, "fetch-backup.sh", str(to), prints="20251112T031700Z", archive=str(archive))
    assert (to / "20251112T031700Z/history.dump").read_text() == "history"
    assert said[-1] == "delete job fetch-backup --ignore-not-found"


def test_fetching_without_a_backup_says_so(folder: Path) -> None:
    said = calls(folder, "fetch-backup.sh", str(folder / "here"), code=1, prints="")
    assert said[-1] == "delete job fetch-backup --ignore-not-found"


GPU_ANSWERS = {
    "get nodes": "spark 1",
    "exec deployment/ollama -- nvidia-smi": "NVIDIA GB10, [N/A], [N/A]",
    "exec deployment/ollama -- awk": "MemTotal: 119 GiB, shared by CPU and GPU",
    "get configmap sparky-env": "qwen3:8b",
    "exec deployment/ollama -- ollama ps": "qwen3:8b  500a1f067a9f  6.0 GB  100% GPU  8192  4 minutes from now",
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, ""),
        ({"get nodes": "spark "}, "no node offers nvidia.com/gpu"),
        (
            {"exec deployment/ollama -- ollama ps": "qwen3:8b  500a1f067a9f  6.0 GB  40%/60% CPU/GPU  8192"},
            "qwen3:8b: not wholly on the GPU",
        ),
    ],
)
def test_gpu_check_names_what_is_missing_and_shared_memory(
    folder: Path, changes: dict[str, str], sentence: str
) -> None:
    """Regression: a GPU that shares the memory of the CPU answers [N/A], and nothing useful was printed."""
    answers = {**GPU_ANSWERS, **changes}
    said, printed = run_script(folder, "check-gpu.sh", code=1 if sentence else 0, answers=answers)
    assert sentence in printed
    if "nodes" not in "".join(changes):
        assert "MemTotal: 119 GiB, shared by CPU and GPU" in printed
        assert any(call.startswith("exec deployment/ollama -- ollama run qwen3:8b") for call in said)


def test_deployment_creates_secrets_first_and_restarts_after_migration(folder: Path) -> None:
    said = calls(folder, "deploy.sh", "dgx")
    order = ["create namespace", "delete job migrate", "apply --kustomize k8s/overlays/dgx",
             "--namespace=default get service kubernetes", "get job migrate", "rollout restart",
             "rollout status --timeout=10m deployment/reader"]  # fmt: skip
    places = [position(said, beginning) for beginning in order]
    assert places == sorted(places)
    made = [call.split()[3] for call in said if call.startswith("create secret generic")]
    assert made == ["sparky-postgres", "sparky-grafana", "sparky-secrets"]


def test_failed_migration_restarts_nothing(folder: Path) -> None:
    said = calls(folder, "deploy.sh", "dgx", code=1, condition="Failed")
    assert not [call for call in said if call.startswith("rollout")]


def test_deployment_with_examples_in_its_overlay_applies_nothing(folder: Path) -> None:
    manifests = yaml.safe_dump_all(objects("k8s/overlays/dgx"))
    said = calls(folder, "deploy.sh", "dgx", code=1, answers={"kustomize": manifests})
    assert not [call for call in said if call.startswith(("apply", "create", "delete"))]


def test_policy_of_launchers_is_narrowed_to_the_addresses_of_the_api(folder: Path) -> None:
    answers = {
        "--namespace=default get service": "10.43.0.1",
        "--namespace=default get endpointslices": "192.0.2.7\nfd00::7",
    }
    (patch,) = [call for call in calls(folder, "narrow-api.sh", answers=answers) if call.startswith("patch")]
    (operation,) = json.loads(patch.partition("--patch=")[2])
    assert operation["path"] == "/spec/egress/0/to"
    assert [peer["ipBlock"]["cidr"] for peer in operation["value"]] == ["10.43.0.1/32", "192.0.2.7/32", "fd00::7/128"]


def test_policy_of_launchers_is_unchanged_if_the_api_is_unknown(folder: Path) -> None:
    assert not [call for call in calls(folder, "narrow-api.sh") if call.startswith("patch")]


def test_existing_secrets_stay_and_no_value_is_in_a_command(folder: Path) -> None:
    there = ["secret/sparky-postgres", "secret/sparky-secrets"]
    said = calls(folder, "secrets.sh", present=there)
    made = [call for call in said if call.startswith("create secret")]
    assert len(made) == 1
    assert made[0].startswith("create secret generic sparky-grafana --from-env-file=/dev/stdin <")
