"""Read-only comparisons: the ledger with the destinations (`publish --verify`), and access for `sparky doctor`.

Nothing is sent or written here.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from resources.channels.chat import DiscordWebhook, SlackBot
from resources.channels.smtp import SmtpClient
from resources.errors import ResourceError
from resources.folder import read_below
from resources.git.local import Publisher
from resources.git.objects import CommitSpec, GitObjects
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.messages import open_devto, open_slack, require_secret
from sparky_assets.publications.models import LedgerEntry, PublicationLedger
from sparky_assets.publications.pages import PublishJob, build_git_remote, connect_github_pulls
from sparky_assets.settings.destinations import (
    AnyDestination,
    DevtoDestination,
    DiscordDestination,
    EmailDestination,
    FolderDestination,
    GitDestination,
    GitHubDestination,
    LinkedInDestination,
    SlackDestination,
    XDestination,
)
from sparky_assets.settings.schema import Settings

ComparisonState = Literal["same", "differs", "unknown"]


@dataclass(frozen=True)
class VerificationResult:
    """Result of comparing one ledger entry with its destination."""

    entry: LedgerEntry
    state: ComparisonState
    detail: str


def verify_ledger(ledger: PublicationLedger, settings: Settings, publisher: Publisher) -> Iterator[VerificationResult]:
    """Yield the result of each destination of a ledger."""
    destinations = {destination.name: destination for destination in settings.publish.destinations}
    job = PublishJob(ledger.period, ledger.data_sha256, publisher, settings, dry_run=True)
    for entry in ledger.places:
        destination = destinations.get(entry.destination)
        if entry.status != "published":
            state: ComparisonState = "unknown" if entry.status == "pending" else "same"
            note = f": {entry.word}" if entry.word else ""
            yield VerificationResult(entry, state, entry.status.replace("_", " ") + note)
        elif destination is None or destination.mode == "off":
            yield VerificationResult(entry, "unknown", "the destination is no longer configured, or is off")
        else:
            try:
                yield _compare_entry(entry, destination, job)
            except ResourceError as error:
                yield VerificationResult(entry, "unknown", str(error))


def _compare_entry(entry: LedgerEntry, destination: AnyDestination, job: PublishJob) -> VerificationResult:
    match destination:
        case GitDestination(url=""):
            folder = job.settings.resolve_destination_path(destination)
            return _compare_with_branch(
                entry, GitObjects(folder / ".git", str(folder)), f"refs/heads/{destination.branch}"
            )
        case GitDestination():
            remote = build_git_remote(destination, job)
            with remote.open_clone() as objects:
                remote.fetch(destination.branch)
                return _compare_with_branch(entry, objects, f"refs/sparky/{destination.branch}")
        case FolderDestination():
            return _compare_files(entry, lambda path: read_below(destination.path, path))
        case _:
            return _compare_with_service(entry, destination)


def _compare_with_service(entry: LedgerEntry, destination: AnyDestination) -> VerificationResult:
    match destination:
        case GitHubDestination():
            _, pulls = connect_github_pulls(destination)
            with pulls.client:
                state = pulls.get_state(entry.id) if entry.id else "merged"
            return VerificationResult(
                entry, "differs" if state in {"closed", "missing"} else "same", f"pull request {state}"
            )
        case DevtoDestination():
            devto = open_devto(destination)
            with devto.client:
                is_present = any(str(article.get("id")) == entry.id for article in devto.list_articles())
            return _report_presence(entry, is_present)
        case DiscordDestination() if entry.id:
            discord = DiscordWebhook(require_secret(destination.webhook, destination.name, "webhook_file"))
            with discord.client:
                return _report_presence(entry, discord.has_message(entry.id))
    return VerificationResult(entry, "unknown", "this service cannot be queried")


def _compare_with_branch(entry: LedgerEntry, objects: GitObjects, ref: str) -> VerificationResult:
    tip = objects.resolve_commit(ref)
    if tip is None or (entry.commit and not objects.contains(tip, entry.commit)):
        return VerificationResult(entry, "differs", f"commit {entry.commit[:10]} is not in {ref.rpartition('/')[2]}")
    return _compare_files(entry, lambda path: objects.read_blob(tip, path))


def _compare_files(entry: LedgerEntry, read_file: Callable[[str], bytes | None]) -> VerificationResult:
    for file in entry.files:
        data = read_file(file.path)
        if data is None:
            return VerificationResult(entry, "differs", f"{file.path} is gone")
        if hashlib.sha256(data).hexdigest() != file.sha256:
            return VerificationResult(entry, "differs", f"{file.path} was changed since it was published")
    return VerificationResult(entry, "same", f"{len(entry.files)} files as published")


def _report_presence(entry: LedgerEntry, is_present: bool) -> VerificationResult:
    return VerificationResult(
        entry, "same" if is_present else "differs", f"{entry.id} {'exists' if is_present else 'is gone'}"
    )


def check_destination(destination: AnyDestination, settings: Settings, publisher: Publisher) -> str:
    """Check access to a destination without sending anything; return a short description.

    Raises:
        ResourceError: when the destination cannot be published to, with what to do.
    """
    mode = "on" if destination.mode == "on" else "dry run only"
    return f"{destination.location}, {mode}, {_check_connection(destination, settings, publisher)}"


def _check_connection(destination: AnyDestination, settings: Settings, publisher: Publisher) -> str:
    match destination:
        case GitDestination(url=""):
            folder = settings.resolve_destination_path(destination)
            publisher.publish(folder, destination.branch, CommitSpec({}, ""), dry_run=True)
            return "a repository that Sparky made" if folder.exists() else "will be created"
        case GitDestination():
            job = PublishJob(Period(PeriodKind.DAILY, date(2025, 1, 1)), "", publisher, settings, dry_run=True)
            remote = build_git_remote(destination, job)
            with remote.open_clone():
                remote.fetch(destination.branch)
            return f"branch {destination.branch} can be read; write access shows at the first push"
        case GitHubDestination():
            _, pulls = connect_github_pulls(destination)
            with pulls.client:
                pulls.list_by_branch("sparky/doctor")
            return "pull requests can be read"
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
            mailbox = SmtpClient(destination.host, destination.port, destination.security, destination.username,
                          destination.password, destination.ca_file)  # fmt: skip
            mailbox.check_login()
            return "the login is accepted" if destination.username else "the server answers"
        case SlackDestination():
            slack = open_slack(destination)
            slack.client.__exit__()
            return "with a bot token" if isinstance(slack, SlackBot) else "with a webhook"
        case DiscordDestination():
            require_secret(destination.webhook, destination.name, "webhook_file")
        case XDestination() | LinkedInDestination() if destination.token is None:
            return "writes a file to paste"
    return "cannot be checked without sending"
