"""Whether what makes things is alive: daemons, the language model, GitHub; and which checks failed last."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._daemon.controller import get_daemon_statuses

from resources.errors import ResourceError
from sparky_assets.settings.schema import Settings


@dataclass(frozen=True)
class CheckResult:
    """One thing, whether it works, and a word about it."""

    what: str
    works: bool
    word: str


def unhealthy_daemons(instance: dg.DagsterInstance) -> list[str]:
    """The daemons that have not been heard of lately."""
    statuses = get_daemon_statuses(instance, instance.get_required_daemon_types())
    return sorted(name.lower() for name, status in statuses.items() if not status.healthy)


def list_failed_checks(instance: dg.DagsterInstance, graph: Any) -> list[str]:
    """The checks whose latest evaluation failed, as `daily/metrics: nothing_is_missing`."""
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(graph.asset_check_keys))
    return sorted(
        f"{key.asset_key.to_user_string()}: {key.name}"
        for key, record in latest.items()
        if record.status is AssetCheckExecutionRecordStatus.FAILED
    )


def check_models(settings: Settings, models: Any) -> Iterator[CheckResult]:
    """Each model of the settings; nothing where rules write everything."""
    for name in sorted({settings.language_model.get_model_name(kind) for kind in ("daily", "weekly", "monthly")}):
        model = models.connect(name)
        if model is None:
            return
        health = model.check_health()
        model.close()
        yield CheckResult(f"language model {name}", health.ok, "; ".join((health.detail, *health.warnings)))


def check_github(settings: Settings) -> Iterator[CheckResult]:
    """Each organisation of the settings, as the token sees it; nothing where GitHub is not read."""
    # Imported here: the client and its signatures cost 0.2 s, which a status over git alone need not wait for.
    from sparky_assets.raw.github.collect import open_github  # noqa: PLC0415
    from sparky_assets.raw.github.diagnostics import diagnose_github  # noqa: PLC0415

    source = settings.sources.github
    for owner in source.owners if settings.sources.source != "git" else ():
        try:
            with open_github(source, owner) as github:
                for finding in diagnose_github(github, owner):
                    yield CheckResult(f"GitHub, {finding.name}", finding.ok, finding.detail)
        except ResourceError as error:
            yield CheckResult(f"GitHub, {owner}", False, str(error))
