"""The sensor that says all is alive, for whoever watches from outside."""

import dagster as dg

from resources.channels.alerts import AlertChannels
from resources.errors import ResourceError
from sparky_assets.health import unhealthy_daemons
from sparky_assets.orchestration.run_tags import clear_dead_runs
from sparky_assets.settings.schema import Settings

SENSOR_INTERVAL_SECONDS = 60


def build_heartbeat_sensor(settings: Settings) -> dg.SensorDefinition:
    """Says that all is alive, for whoever watches from outside, and buries runs whose process was killed."""

    @dg.sensor(
        name="heartbeat",
        minimum_interval_seconds=SENSOR_INTERVAL_SECONDS,
        default_status=get_sensor_status(settings),
        description="Touches a file and asks an address every minute while every daemon is healthy: what watches from "
        "outside notices when nobody here can tell. Marks runs whose process was killed as failed.",
    )
    def beat(context: dg.SensorEvaluationContext, notifications: dg.ResourceParam[AlertChannels]) -> dg.SkipReason:
        instance = context.instance
        dead = clear_dead_runs(instance)
        buried = f"; {len(dead)} runs of killed processes are marked as failed" if dead else ""
        if ill := unhealthy_daemons(instance):
            return dg.SkipReason(f"no heartbeat: not healthy: {', '.join(ill)}{buried}")
        try:
            notifications.send_heartbeat()
        except ResourceError as error:
            return dg.SkipReason(f"no heartbeat: {error}{buried}")
        return dg.SkipReason(f"alive{buried}")

    return beat


def get_sensor_status(settings: Settings) -> dg.DefaultSensorStatus:
    """Whether sensors run before anybody switched them in the UI."""
    return dg.DefaultSensorStatus.RUNNING if settings.schedules.enabled else dg.DefaultSensorStatus.STOPPED
