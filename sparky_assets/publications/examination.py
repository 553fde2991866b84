"""Whether a destination could be published to: what can be asked without sending anything, for `sparky doctor`."""

from datetime import date

from resources.channels.chat import SlackBot
from resources.channels.smtp import SmtpClient
from resources.docs_repository import Publisher
from resources.git_change import CommitSpec
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.messages import open_devto, open_slack, require_secret
from sparky_assets.publications.pages import PublishJob, build_git_remote
from sparky_assets.publications.proposals import connect_github_pulls
from sparky_assets.settings.destinations import AnyDestination, GitDestination, GitHubDestination
from sparky_assets.settings.schema import Settings
from sparky_assets.settings_posts import (
    DevtoDestination,
    DiscordDestination,
    EmailDestination,
    LinkedInDestination,
    SlackDestination,
    XDestination,
)


def check_destination(destination: AnyDestination, settings: Settings, publisher: Publisher) -> str:
    """What is known of a destination, in a few words.

    Raises:
        ResourceError: when it could not be published to, with what to do.
    """
    mode = "on" if destination.mode == "on" else "only rehearsed"
    return f"{destination.location}, {mode}, {_check_connection(destination, settings, publisher)}"


def _check_connection(destination: AnyDestination, settings: Settings, publisher: Publisher) -> str:
    match destination:
        case GitDestination(url=""):
            folder = settings.resolve_destination_path(destination)
            publisher.publish(folder, destination.branch, CommitSpec({}, ""), dry_run=True)
            return "a repository of our own" if folder.exists() else "will be made"
        case GitDestination():
            job = PublishJob(Period(PeriodKind.DAILY, date(2025, 1, 1)), "", publisher, settings, dry_run=True)
            remote = build_git_remote(destination, job)
            with remote.open_clone():
                remote.fetch(destination.branch)
            return f"branch {destination.branch} can be read; whether we may push shows the first time"
        case GitHubDestination():
            _, pulls = connect_github_pulls(destination)
            with pulls.client:
                pulls.list_by_branch("sparky/doctor")
            return "its pull requests can be read"
        case DevtoDestination():
            devto = open_devto(destination)
            with devto.client:
                next(devto.list_articles(), None)
            return "the key is accepted"
        case _:
            return _check_message_service(destination)


def _check_message_service(destination: AnyDestination) -> str:
    match destination:
        case EmailDestination():
            box = SmtpClient(destination.host, destination.port, destination.security, destination.username,
                          destination.password, destination.ca_file)  # fmt: skip
            box.check_login()
            return "the login is accepted" if destination.username else "the server answers"
        case SlackDestination():
            slack = open_slack(destination)
            slack.client.__exit__()
            return "by a bot" if isinstance(slack, SlackBot) else "by a webhook"
        case DiscordDestination():
            require_secret(destination.webhook, destination.name, "webhook_file")
        case XDestination() | LinkedInDestination() if destination.token is None:
            return "as a file"
    return "nothing can be asked without sending"
