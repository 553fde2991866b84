"""Whether a destination could be published to: what can be asked without sending anything, for `sparky doctor`."""

from datetime import date

from resources.docs_repository import Publisher
from resources.git_change import Change
from resources.slack import SlackBot
from resources.smtp import Mailbox
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.delivery import Job, remote_of
from sparky_assets.publications.messages import needed, open_devto, open_slack
from sparky_assets.publications.proposals import connect
from sparky_assets.settings import Settings
from sparky_assets.settings_posts import (
    DevtoDestination,
    DiscordDestination,
    EmailDestination,
    LinkedInDestination,
    SlackDestination,
    XDestination,
)
from sparky_assets.settings_publishing import AnyDestination, GitDestination, GitHubDestination


def examine(destination: AnyDestination, settings: Settings, publisher: Publisher) -> str:
    """What is known of a destination, in a few words.

    Raises:
        ResourceError: when it could not be published to, with what to do.
    """
    mode = "on" if destination.mode == "on" else "only rehearsed"
    return f"{destination.place}, {mode}, {_found(destination, settings, publisher)}"


def _found(destination: AnyDestination, settings: Settings, publisher: Publisher) -> str:
    match destination:
        case GitDestination(url=""):
            folder = settings.destination_path(destination)
            publisher.publish(folder, destination.branch, Change({}, ""), dry_run=True)
            return "a repository of our own" if folder.exists() else "will be made"
        case GitDestination():
            job = Job(Period(PeriodKind.DAILY, date(2025, 1, 1)), "", publisher, settings, dry_run=True)
            remote = remote_of(destination, job)
            with remote.opened():
                remote.fetch(destination.branch)
            return f"branch {destination.branch} can be read; whether we may push shows the first time"
        case GitHubDestination():
            _, pulls = connect(destination)
            with pulls.sender:
                pulls.of_branch("sparky/doctor")
            return "its pull requests can be read"
        case DevtoDestination():
            devto = open_devto(destination)
            with devto.sender:
                next(devto.articles(), None)
            return "the key is accepted"
        case _:
            return _of_message(destination)


def _of_message(destination: AnyDestination) -> str:
    match destination:
        case EmailDestination():
            box = Mailbox(destination.host, destination.port, destination.security, destination.username,
                          destination.password, destination.ca_file)  # fmt: skip
            box.greet()
            return "the login is accepted" if destination.username else "the server answers"
        case SlackDestination():
            slack = open_slack(destination)
            slack.sender.__exit__()
            return "by a bot" if isinstance(slack, SlackBot) else "by a webhook"
        case DiscordDestination():
            needed(destination.webhook, destination.name, "webhook_file")
        case XDestination() | LinkedInDestination() if destination.token is None:
            return "as a file"
    return "nothing can be asked without sending"
