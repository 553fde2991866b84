"""Deliver messages: each is sent once, and corrected where the service can.

The ledger is written before and after sending, because a chat or a mail server cannot be asked whether a message
arrived. What a service's answers mean is in `resources.channels`.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from resources.channels import OutgoingPost, PostResult
from resources.channels.chat import DiscordWebhook, SlackBot, SlackWebhook
from resources.channels.smtp import SmtpClient
from resources.channels.social import DevtoClient, LinkedInClient, XClient
from resources.channels.webhook import WebhookClient
from resources.errors import PostDeniedError, PostUncertainError, ResourceError
from resources.folder import write_folder
from resources.git.objects import CommitSpec
from sparky_assets.publications.bundle import PublicationBundle
from sparky_assets.publications.models import LedgerEntry
from sparky_assets.publications.pages import DeliveryResult, PublishJob
from sparky_assets.settings.destinations import (
    AnyDestination,
    DevtoDestination,
    DiscordDestination,
    EmailDestination,
    LinkedInDestination,
    SlackDestination,
    WebhookDestination,
    XDestination,
)

REPEATABLE_KINDS = {"devto", "webhook", "x", "linkedin"}
"""Kinds where sending again after a crash is safe: the service recognises the message."""


EntryRecorder = Callable[[LedgerEntry], None]


def deliver_post(
    bundle: PublicationBundle, job: PublishJob, previous: LedgerEntry | None, record_entry: EntryRecorder
) -> DeliveryResult:
    """Send the message of a period unless it was sent already; correct it where the service can.

    Args:
        bundle: The texts for the destination.
        job: The publication, and whether it is a dry run.
        previous: The ledger entry of an earlier run; None when there is none.
        record_entry: Writes an entry to the ledger, before and after sending.

    Raises:
        PostUncertainError: when an earlier run died while sending, and the service cannot be asked.
        ResourceError: when the service refused or was not reached, with what to do.
    """
    destination, post = bundle.destination, bundle.post
    sha = hashlib.sha256("\0".join((post.title, post.text, post.html)).encode()).hexdigest()
    entry = LedgerEntry(destination=destination.name, repository=destination.location, kind=destination.kind,
                      sha256=sha, edition=bundle.texts[0].manifest.edition, word="; ".join(bundle.missing))  # fmt: skip
    published = previous if previous and previous.status == "published" else None
    if published and published.sha256 == sha:
        return DeliveryResult(published, is_new=False)
    if published and not _can_correct(destination, published):
        note = "already posted; this service takes no corrections"
        return DeliveryResult(published.model_copy(update={"word": note}), is_new=False)
    if previous and previous.status == "pending" and not is_repeatable(destination):
        command = f"sparky publish {job.period.kind.noun} {job.period.label}"
        raise PostUncertainError(
            f"{destination.name}: an earlier run died while sending, so it is unknown whether the message arrived. "
            f"Look there; then run `{command} --mark-delivered {destination.name}` if it did, or "
            f"`--republish {destination.name}` if it did not."
        )
    if job.dry_run:
        return DeliveryResult(entry, is_new=True, diff=_format_post_diff(destination, post))
    if not published:
        record_entry(entry.model_copy(update={"status": "pending"}))
    try:
        posted = _send_post(destination, bundle, job, published)
    except PostUncertainError:
        raise
    except ResourceError:
        # Refused or not reached means not arrived: the next run may try again.
        record_entry(
            previous or entry.model_copy(update={"status": "left_out", "word": "refused; the next run tries again"})
        )
        raise
    notes = "; ".join(note for note in (entry.word, posted.note) if note)
    changed = {"id": posted.id or (published.id if published else ""), "address": posted.url, "word": notes}
    return DeliveryResult(entry.model_copy(update=changed), posted.is_new)


def is_repeatable(destination: AnyDestination) -> bool:
    """Whether sending a message twice is harmless."""
    return destination.kind in REPEATABLE_KINDS or destination.is_local


def _can_correct(destination: AnyDestination, published_entry: LedgerEntry) -> bool:
    if isinstance(destination, SlackDestination):
        return bool(destination.token and published_entry.id)
    return (
        destination.kind in {"devto", "webhook"}
        or (destination.kind == "discord" and bool(published_entry.id))
        or destination.is_local
    )


def _send_post(
    destination: AnyDestination, bundle: PublicationBundle, job: PublishJob, published_entry: LedgerEntry | None
) -> PostResult:
    post = bundle.post
    message_id = published_entry.id if published_entry else ""
    match destination:
        case DevtoDestination():
            devto = open_devto(destination)
            with devto.client:
                return devto.publish(post)
        case SlackDestination():
            slack = open_slack(destination)
            with slack.client:
                return slack.publish(post, message_id) if isinstance(slack, SlackBot) else slack.publish(post)
        case DiscordDestination():
            discord = DiscordWebhook(require_secret(destination.webhook, destination.name, "webhook_file"))
            with discord.client:
                return discord.publish(post, message_id)
        case WebhookDestination():
            hook = WebhookClient(destination.url, destination.key)
            with hook.client:
                return hook.publish(
                    f"{post.key}/{bundle.texts[0].manifest.edition}", _build_webhook_payload(bundle, job)
                )
        case EmailDestination():
            mailbox = SmtpClient(destination.host, destination.port, destination.security, destination.username,
                              destination.password, destination.ca_file)  # fmt: skip
            return mailbox.send(post, destination.sender, destination.recipients)
        case XDestination() | LinkedInDestination():
            return _send_to_network(destination, post, job)
    raise AssertionError(destination.kind)


def _send_to_network(
    destination: XDestination | LinkedInDestination, post: OutgoingPost, job: PublishJob
) -> PostResult:
    if destination.token is None:
        folder = destination.folder or job.settings.home / "to-paste"
        name = f"{job.period.label}-{destination.name}.txt"
        change = CommitSpec({name: post.text.encode()}, "")
        written = write_folder(folder, change, job.get_clone_path(str(folder), destination.name))
        return PostResult("", url=str(Path(folder, name).absolute()), is_new=written.is_new, note="ready to paste")
    if isinstance(destination, XDestination):
        x = XClient(destination.api, destination.token)
        with x.client:
            return x.publish(post)
    if not destination.author:
        raise PostDeniedError(
            f"{destination.name}: set `author`, the URN of the member or organisation that posts on LinkedIn."
        )
    linkedin = LinkedInClient(destination.api, destination.token, destination.author, destination.version)
    with linkedin.client:
        return linkedin.publish(post)


def open_devto(destination: DevtoDestination) -> DevtoClient:
    """Return a client of the account."""
    key = require_secret(destination.key, destination.name, "key_file")
    return DevtoClient(destination.api, key, draft=destination.draft, organization=destination.organization_id)


def open_slack(destination: SlackDestination) -> SlackBot | SlackWebhook:
    """Return the bot where a token is configured, else the webhook."""
    if destination.token is not None:
        if not destination.channel:
            raise PostDeniedError(f"{destination.name}: a token needs `channel`, the id of the channel.")
        return SlackBot(destination.api, destination.token, destination.channel)
    return SlackWebhook(require_secret(destination.webhook, destination.name, "webhook_file"))


def require_secret(secret: SecretStr | None, name: str, field: str) -> SecretStr:
    """Return the secret.

    Raises:
        PostDeniedError: when none is configured.
    """
    if secret is None:
        raise PostDeniedError(f"{name}: no secret is configured. Set {field}.")
    return secret


def _build_webhook_payload(bundle: PublicationBundle, job: PublishJob) -> dict[str, object]:
    manifest = bundle.texts[0].manifest
    return {
        "event": "publication", "kind": job.period.kind.value, "period": job.period.label, "edition": manifest.edition,
        "audience": manifest.audience.value, "title": manifest.title, "description": manifest.description,
        "markdown": bundle.post.text, "data_sha256": job.data_sha256,
    }  # fmt: skip


def _format_post_diff(destination: AnyDestination, post: OutgoingPost) -> str:
    text = "\n".join(f"+{line}" for line in (post.title, "", *post.text.splitlines()))
    return f"--- /dev/null\n+++ {destination.location}\n{text}\n"
