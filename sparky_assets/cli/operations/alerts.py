"""`sparky alerts test`: try every channel of `[alerts]`, and the heartbeat."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from resources.checks import CheckResult
from sparky_assets.cli.console import add_json_option, echo, echo_json, format_check, output
from sparky_assets.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from resources.channels.alerts import AlertChannels
    from sparky_assets.settings.schema import Settings


@click.group(short_help="Try the alerts.")
def alerts() -> None:
    """Alerts for problems that need a person: by Slack, by e-mail, and a heartbeat that stops."""


@alerts.command("test", short_help="Send a test alert by every channel.")
@add_json_option
@click.pass_obj
def send_test(config_file: str | None) -> None:
    """Send one test alert by every channel of [alerts], and one heartbeat. Exit code 4 when one does not arrive.

    \b
    Example:
      sparky alerts test
    """
    from sparky_assets.orchestration.resources import build_alert_channels
    from sparky_assets.settings.load import load_settings

    settings = load_settings(config_file)
    results = list(try_channels(build_alert_channels(settings), datetime.now(UTC)))
    if not results:
        results = [describe_missing_channel(settings)]
    for result in results:
        echo(format_check(result), style=None if result.ok else "red")
    if output.is_json:
        echo_json([vars(result) for result in results])
    raise SystemExit(ExitCode.DONE if all(result.ok for result in results) else ExitCode.UNHEALTHY)


def try_channels(channels: "AlertChannels", now: datetime) -> Iterator[CheckResult]:
    """Send a test alert by each channel and a heartbeat; yield what came of each, nothing where none is set."""
    from resources.channels.alerts import Alert
    from resources.errors import ResourceError

    text = "This is a test by `sparky alerts test`. Nothing is wrong, and nothing is to be done."
    alert = Alert(f"test {now.isoformat()}", "Sparky: a test of alerts", ((text, ""),))
    for name, send in channels.channels.items():
        try:
            send(alert)
        except ResourceError as error:
            yield CheckResult(f"alerts by {name}", False, str(error))
        else:
            yield CheckResult(f"alerts by {name}", True, "a test alert was accepted; see that it arrived")
    if channels.heartbeat_file or channels.heartbeat_url:
        try:
            channels.send_heartbeat()
        except ResourceError as error:
            yield CheckResult("heartbeat", False, str(error))
        else:
            yield CheckResult("heartbeat", True, "sent")


def describe_missing_channel(settings: "Settings") -> CheckResult:
    """Return what to do where no alert can reach anybody."""
    is_needed = settings.schedules.enabled
    detail = "no channel is configured, so failures reach no person: set alerts.slack_webhook or alerts.email_to"
    return CheckResult("alerts", not is_needed, detail if is_needed else f"{detail} before schedules are switched on")
