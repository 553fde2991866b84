"""Interrupted runs: the state after a deleted and after a killed pod."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._daemon.auto_run_reexecution.auto_run_reexecution import should_retry
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from tests.fakes import github
from tests.fakes.github_organisation import make_world
from tests.k8s.cluster import Cluster

pytestmark = pytest.mark.slow


@contextmanager
def held_at_github(cluster: Cluster) -> Iterator[tuple[dg.DagsterRun, threading.Event]]:
    """Return a run in the middle of its work: GitHub does not answer it until the event is set."""
    asked, answer = threading.Event(), threading.Event()

    def wait(_: Any, request: int) -> None:
        if request == 3:
            asked.set()
            answer.wait(300)

    world = make_world(35, datetime(2025, 11, 20, 12, tzinfo=UTC), days=9)
    with github.serving(world, github.Settings(before=wait)) as fake:
        cluster.kubelet.more |= {
            "SPARKY_SOURCES__SOURCE": "github",
            "SPARKY_SOURCES__GITHUB__API": fake.address,
            "SPARKY_SOURCES__GITHUB__TOKEN": github.TOKEN,
            "SPARKY_SOURCES__GITHUB__ORGANISATIONS": f'["{world.owner}"]',
        }
        run = cluster.submitted("collect")
        cluster.launch(run)
        assert asked.wait(300), cluster.kubelet.printed(f"dagster-run-{run.run_id}")
        try:
            yield run, answer
        finally:
            answer.set()


def left_behind(cluster: Cluster) -> list[Path]:
    """Return partial files and locks in the home."""
    home = cluster.kubelet.place("/var/lib/sparky")
    return [path for path in home.rglob("*") if path.suffix in {".tmp", ".lock"}]


def will_be_retried(cluster: Cluster, run: dg.DagsterRun) -> bool:
    """Return whether the daemon would retry a run that has ended."""
    return should_retry(cluster.again(run), cluster.instance)


def slots(cluster: Cluster) -> int:
    return int(cluster.instance.event_log_storage.get_concurrency_info("github").active_slot_count)


def test_canceled_run_leaves_no_torn_file_no_lock_and_no_slot(cluster: Cluster) -> None:
    with held_at_github(cluster) as (run, answer):
        assert slots(cluster) == 1
        assert cluster.launcher.terminate(run.run_id) is True
        assert cluster.again(run).status is dg.DagsterRunStatus.CANCELED
        assert cluster.kubelet.processes[f"dagster-run-{run.run_id}"].returncode == 0  # by itself: not killed
        assert left_behind(cluster) == []
        assert slots(cluster) == 0
        assert not will_be_retried(cluster, run)
        answer.set()
        assert cluster.run("collect").status is dg.DagsterRunStatus.SUCCESS


def test_run_on_a_drained_node_ends_in_order_and_is_started_again(cluster: Cluster) -> None:
    """Draining evicts: the pod gets a SIGTERM that no person requested in Dagster."""
    with held_at_github(cluster) as (run, _):
        job = f"dagster-run-{run.run_id}"
        cluster.kubelet.end(job)
        assert cluster.again(run).status is dg.DagsterRunStatus.FAILURE, cluster.kubelet.printed(job)
        assert left_behind(cluster) == []
        assert slots(cluster) == 0
        assert will_be_retried(cluster, run)


def test_failed_run_is_not_started_again(cluster: Cluster) -> None:
    """Its asset has used all its attempts; the schedules request it again later."""
    cluster.kubelet.more["SPARKY_SOURCES__GIT__REPOSITORIES"] = '["/no/such/repository"]'
    run = cluster.run("collect")
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert not will_be_retried(cluster, run)


def test_run_whose_pod_was_killed_is_detected_and_the_next_one_works(cluster: Cluster) -> None:
    with held_at_github(cluster) as (run, answer):
        cluster.kubelet.processes[f"dagster-run-{run.run_id}"].kill()
        cluster.kubelet.processes[f"dagster-run-{run.run_id}"].wait()
        assert cluster.again(run).status is dg.DagsterRunStatus.STARTED  # no process could report its end
        (record,) = cluster.instance.get_run_records(dg.RunsFilter(run_ids=[run.run_id]))
        monitor_started_run(cluster.instance, None, record, logging.getLogger("monitoring"))  # type: ignore[arg-type]
        assert cluster.again(run).status is dg.DagsterRunStatus.FAILURE
        assert left_behind(cluster) == []
        assert will_be_retried(cluster, run)
        # The daemon does this free_slots_after_run_end_seconds after the end.
        cluster.instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        answer.set()
        assert cluster.run("collect").status is dg.DagsterRunStatus.SUCCESS
