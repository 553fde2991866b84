"""One Job per run: the requests to Kubernetes, and the state of a run when Kubernetes or the pod fails."""

import json
import logging
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.launcher.base import WorkerStatus
from dagster._daemon.monitoring.run_monitoring import monitor_started_run
from dagster_k8s.client import DagsterK8sAPIRetryLimitExceeded, DagsterK8sUnrecoverableAPIError

from resources.kubernetes import StartWatch, find_broken_reason
from sparky_assets.orchestration.failures import failure_cause
from tests.factories.sample_repository import DAY, WEEK
from tests.k8s.cluster import FOLDER, IMAGE, Cluster
from tests.k8s.rendered import objects


def started(cluster: Cluster, job: str = "daily", partition: str = DAY) -> dg.DagsterRun:
    """Return a run whose Job was created, on a node that never starts it."""
    cluster.api.kubelet = None
    run = cluster.submitted(job, partition)
    cluster.launch(run)
    return run


def health(cluster: Cluster, run: dg.DagsterRun) -> WorkerStatus:
    return cluster.launcher.check_run_worker_health(cluster.again(run)).status


def under_way(cluster: Cluster) -> dg.DagsterRun:
    """Return a run that reported its start; its pod does not exist here."""
    run = started(cluster)
    cluster.instance.report_dagster_event(
        DagsterEvent(DagsterEventType.RUN_START.value, job_name=run.job_name, message="started"), run_id=run.run_id
    )
    return run


def monitored(cluster: Cluster, run: dg.DagsterRun) -> None:
    """Do what the daemon does each minute with a run that has started."""
    (record,) = cluster.instance.get_run_records(dg.RunsFilter(run_ids=[run.run_id]))
    nowhere: Any = None  # it calls the launcher, and needs the code location only to resume
    monitor_started_run(cluster.instance, nowhere, record, logging.getLogger("monitoring"))


def test_job_is_hardened_as_every_other_pod(cluster: Cluster) -> None:
    run = started(cluster)
    pod = cluster.api.jobs[f"dagster-run-{run.run_id}"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert (container["image"], pod["serviceAccountName"]) == (IMAGE, "sparky-run")
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_job_runs_once_with_a_time_limit_and_is_removed(cluster: Cluster) -> None:
    """Retries are Dagster's part: a second pod of the same run would write beside the first."""
    run = started(cluster)
    spec = cluster.api.jobs[f"dagster-run-{run.run_id}"]["spec"]
    assert (spec["backoffLimit"], spec["ttlSecondsAfterFinished"]) == (0, 3600)
    assert spec["activeDeadlineSeconds"] > cluster.instance.run_monitoring_max_runtime_seconds
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_run_over_many_days_gets_more_memory_than_one_day(cluster: Cluster) -> None:
    limits = {}
    for job, partition in (("daily", DAY), ("weekly", WEEK), ("history", DAY)):
        run = started(cluster, job, partition)
        (container,) = cluster.api.jobs[f"dagster-run-{run.run_id}"]["spec"]["template"]["spec"]["containers"]
        limits[job] = container["resources"]["limits"]["memory"]
    assert limits == {"daily": "2Gi", "weekly": "3Gi", "history": "4Gi"}


def test_job_holds_no_password(cluster: Cluster) -> None:
    run = started(cluster)
    text = json.dumps(cluster.api.jobs[f"dagster-run-{run.run_id}"])
    assert cluster.kubelet.secrets["sparky-postgres"]["password"] not in text
    assert "DAGSTER_PG_PASSWORD" in text


def test_network_policies_allow_what_a_job_needs(cluster: Cluster) -> None:
    run = started(cluster)
    labels = cluster.api.jobs[f"dagster-run-{run.run_id}"]["spec"]["template"]["metadata"]["labels"]
    reached = {
        policy["metadata"]["name"]
        for policy in objects(FOLDER, "NetworkPolicy")
        if policy["spec"]["podSelector"].get("matchLabels", {}).items() <= labels.items()
    }
    assert reached == {
        "nothing-else",
        "dns",
        "from-clients-of-postgres",
        "from-clients-of-ollama",
        "from-internet-users",
    }


@pytest.mark.slow
def test_run_completes_with_the_command_of_its_job(cluster: Cluster) -> None:
    run = cluster.run("daily")
    assert run.status is dg.DagsterRunStatus.SUCCESS, cluster.kubelet.printed(f"dagster-run-{run.run_id}")
    assert health(cluster, run) is WorkerStatus.SUCCESS
    home = cluster.kubelet.place("/var/lib/sparky")
    assert list((home / "store/digests/daily").glob("*.md"))
    assert (home / "publications/.git").is_dir()
    assert not (cluster.kubelet.folder / "node/opt-dagster/dagster.yaml").exists()  # nothing but its arguments


def test_dead_pod_is_detected(cluster: Cluster) -> None:
    run = started(cluster)
    assert health(cluster, run) is WorkerStatus.RUNNING
    cluster.api.jobs[f"dagster-run-{run.run_id}"]["status"] = {"failed": 1}
    assert health(cluster, run) is WorkerStatus.FAILED


@pytest.mark.slow
@pytest.mark.parametrize("answer", [None, 403, 503], ids=["cut", "forbidden", "unavailable"])
def test_unreachable_api_ends_no_run(cluster: Cluster, answer: int | None) -> None:
    """Dagster takes unknown for dead: a restart of k3s would fail every run, and start it beside its living pod."""
    run = under_way(cluster)
    cluster.api.answers = [answer] * 8
    assert health(cluster, run) is WorkerStatus.RUNNING
    monitored(cluster, run)
    assert cluster.again(run).status is dg.DagsterRunStatus.STARTED


def test_run_whose_job_was_deleted_is_ended(cluster: Cluster) -> None:
    run = under_way(cluster)
    cluster.api.jobs.clear()
    assert health(cluster, run) is WorkerStatus.UNKNOWN
    monitored(cluster, run)
    assert cluster.again(run).status is dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize(("status", "reason"), [(403, "Forbidden"), (409, "AlreadyExists")])
def test_job_that_kubernetes_refuses_is_reported_and_not_retried(cluster: Cluster, status: int, reason: str) -> None:
    run = cluster.submitted("daily")
    cluster.api.answers = [status]
    with pytest.raises(DagsterK8sUnrecoverableAPIError) as refused:
        cluster.launch(run)
    assert reason in str(refused.value.k8s_api_exception)
    assert cluster.api.requests == ["POST /apis/batch/v1/namespaces/sparky/jobs"]


@pytest.mark.slow
def test_job_whose_answer_was_lost_is_not_created_twice(cluster: Cluster) -> None:
    cluster.api.kubelet = None
    run = cluster.submitted("daily")
    cluster.api.answers = [503, 409]  # it was created, the answer was lost, the second attempt finds it
    cluster.launcher.launch_run(cluster.context(run))
    assert len(cluster.api.requests) == 2


@pytest.mark.slow
def test_run_cannot_start_while_the_api_is_down(cluster: Cluster) -> None:
    run = cluster.submitted("daily")
    cluster.api.answers = [503] * 4
    with pytest.raises(DagsterK8sAPIRetryLimitExceeded):
        cluster.launch(run)
    assert cluster.api.jobs == {}


def test_ending_a_run_deletes_its_job_and_pod(cluster: Cluster) -> None:
    run = started(cluster)
    assert cluster.launcher.terminate(run.run_id) is True
    name = f"dagster-run-{run.run_id}"
    assert cluster.api.jobs == {}
    assert f"DELETE /api/v1/namespaces/sparky/pods/{name}-pod" in cluster.api.requests
    assert cluster.again(run).status is dg.DagsterRunStatus.CANCELING


def test_ending_a_missing_run_says_so(cluster: Cluster) -> None:
    run = started(cluster)
    cluster.api.jobs.clear()
    assert cluster.launcher.terminate(run.run_id) is False


def test_every_request_is_allowed_by_the_role_of_the_launcher(cluster: Cluster) -> None:
    run = started(cluster)
    health(cluster, run)
    cluster.launcher.get_run_worker_debug_info(cluster.again(run))
    cluster.launcher.terminate(run.run_id)
    rules = [rule for role in objects(FOLDER, "Role") for rule in role["rules"]]
    granted = {(resource, verb) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]}
    assert {right(request) for request in cluster.api.requests} <= granted


def right(request: str) -> tuple[str, str]:
    """Return the right that Kubernetes requires in the Role for a request."""
    method, _, path = request.partition(" ")
    kind, *rest = path.partition("/namespaces/sparky/")[2].split("/")
    resource = "/".join([kind, *rest[1:]])
    reading = "get" if rest else "list"
    return resource, {"POST": "create", "DELETE": "delete"}.get(method, reading)


IMAGE_IS_MISSING = {
    "phase": "Pending",
    "containerStatuses": [
        {
            "name": "dagster",
            "image": IMAGE,
            "imageID": "",
            "ready": False,
            "restartCount": 0,
            "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image sparky:0.1.0"}},
        }
    ],
}
NO_ROOM = {
    "phase": "Pending",
    "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes: Insufficient cpu"}
    ],
}


def starting(cluster: Cluster) -> dg.DagsterRun:
    """Return a run as the daemon launches it: it is STARTING until its pod reports its start."""
    run = started(cluster)
    event = DagsterEvent(DagsterEventType.RUN_STARTING.value, job_name=run.job_name, message="starting")
    cluster.instance.report_dagster_event(event, run_id=run.run_id)
    return run


def look_for_hours(cluster: Cluster, hours: float) -> list[str]:
    """Return the state after so many hours of the daemon's watch over starting runs."""
    watch, now = StartWatch(), [0.0]
    cluster.launcher.monotonic = lambda: now[0]
    ended: list[str] = []
    while now[0] <= hours * 3600:
        ended += cluster.launcher.end_hopeless_runs(watch)
        now[0] += 60
    return ended


def test_run_whose_image_is_missing_ends_after_minutes_and_says_why(cluster: Cluster) -> None:
    run = starting(cluster)
    name = f"dagster-run-{run.run_id}"
    cluster.api.pod_statuses[name] = IMAGE_IS_MISSING
    assert look_for_hours(cluster, 0.05) == []
    assert look_for_hours(cluster, 0.2) == [run.run_id]
    assert cluster.again(run).status is dg.DagsterRunStatus.FAILURE
    assert name not in cluster.api.jobs
    assert "its pod cannot start: ImagePullBackOff: Back-off pulling image sparky:0.1.0" in failure_cause(
        cluster.instance, run.run_id
    )


@pytest.mark.slow
@pytest.mark.parametrize("status", [NO_ROOM, {"phase": "Pending"}, {}, {"phase": "Running", "containerStatuses": []}])
def test_run_that_waits_for_resources_waits_for_hours(cluster: Cluster, status: dict[str, Any]) -> None:
    """Regression: it failed after five minutes, and was retried under the same conditions."""
    run = starting(cluster)
    cluster.api.pod_statuses[f"dagster-run-{run.run_id}"] = status
    assert look_for_hours(cluster, 2) == []
    assert cluster.again(run).status is dg.DagsterRunStatus.STARTING
    assert cluster.instance.run_monitoring_start_timeout_seconds >= 6 * 3600


def test_registry_that_is_back_in_time_ends_no_run() -> None:
    watch = StartWatch()
    assert list(watch.find_hopeless({"a": "ImagePullBackOff"}, 0)) == []
    assert list(watch.find_hopeless({"a": ""}, 299)) == []
    assert list(watch.find_hopeless({"a": "ImagePullBackOff"}, 301)) == []
    assert list(watch.find_hopeless({"a": "ImagePullBackOff"}, 601)) == [("a", "ImagePullBackOff")]


@pytest.mark.parametrize("pod", [{}, {"status": None}, {"status": {"containerStatuses": [{}]}}])
def test_pod_with_an_incomplete_status_is_not_failed(pod: dict[str, Any]) -> None:
    assert find_broken_reason(pod) == ""
