"""Send a message once, and know it again: what each service can be asked, and what it can correct."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from resources.devto import Devto
from resources.discord import Discord
from resources.errors import PostDeniedError, PostUncertainError, ResourceError
from resources.folder import write_folder
from resources.git_change import Change
from resources.linkedin import LinkedIn
from resources.posts import Post, Posted
from resources.slack import SlackBot, SlackWebhook
from resources.smtp import Mailbox
from resources.webhook import Webhook
from resources.x import X
from sparky_assets.publications.delivery import Delivered, Job
from sparky_assets.publications.models import Published
from sparky_assets.publications.parcels import Parcel
from sparky_assets.settings_posts import (
    DevtoDestination,
    DiscordDestination,
    EmailDestination,
    LinkedInDestination,
    SlackDestination,
    WebhookDestination,
    XDestination,
)
from sparky_assets.settings_publishing import AnyDestination

REPEATABLE = {"devto", "webhook", "x", "linkedin"}
"""Where sending again after a death is safe: the service knows the message again."""
Remember = Callable[[Published], None]


def deliver_post(parcel: Parcel, job: Job, before: Published | None, remember: Remember) -> Delivered:
    """Send the message of a period, unless it was sent; correct it where the service can.

    `remember` is told before and after, so that whoever dies in between leaves a word of it.

    Raises:
        PostUncertainError: an earlier run died while sending, and the service cannot be asked.
        ResourceError: with what to do.
    """
    destination, post = parcel.destination, parcel.post
    sha = hashlib.sha256("\0".join((post.title, post.text, post.html)).encode()).hexdigest()
    place = Published(destination=destination.name, repository=destination.place, kind=destination.kind,
                      sha256=sha, edition=parcel.pieces[0].about.edition, word="; ".join(parcel.missing))  # fmt: skip
    known = before if before and before.status == "published" else None
    if known and known.sha256 == sha:
        return Delivered(known, is_new=False)
    if known and not _can_correct(destination, known):
        word = "it was posted already, and a correction cannot be sent after it"
        return Delivered(known.model_copy(update={"word": word}), is_new=False)
    if before and before.status == "pending" and not is_repeatable(destination):
        raise PostUncertainError(
            f"{destination.name}: an earlier run died while sending, so that nobody knows whether it arrived. Look "
            f"there; then run `sparky publish {job.period.kind.noun} {job.period.label} --arrived {destination.name}` "
            f"if it did, or `--again {destination.name}` if it did not."
        )
    if job.dry_run:
        return Delivered(place, is_new=True, diff=_shown(destination, post))
    if not known:
        remember(place.model_copy(update={"status": "pending"}))
    try:
        posted = _send(destination, parcel, job, known)
    except PostUncertainError:
        raise
    except ResourceError:
        # It was refused or not reached, so that it did not arrive: the next run may simply try again.
        remember(before or place.model_copy(update={"status": "left_out", "word": "was refused; the next run tries"}))
        raise
    words = "; ".join(word for word in (place.word, posted.note) if word)
    changed = {"id": posted.id or (known.id if known else ""), "address": posted.address, "word": words}
    return Delivered(place.model_copy(update=changed), posted.is_new)


def is_repeatable(destination: AnyDestination) -> bool:
    """Whether sending a message again does no harm."""
    return destination.kind in REPEATABLE or destination.is_local


def _can_correct(destination: AnyDestination, known: Published) -> bool:
    if isinstance(destination, SlackDestination):
        return bool(destination.token and known.id)
    return (
        destination.kind in {"devto", "webhook"}
        or (destination.kind == "discord" and bool(known.id))
        or destination.is_local
    )


def _send(destination: AnyDestination, parcel: Parcel, job: Job, known: Published | None) -> Posted:
    post, before = parcel.post, known.id if known else ""
    match destination:
        case DevtoDestination():
            devto = open_devto(destination)
            with devto.sender:
                return devto.publish(post)
        case SlackDestination():
            slack = open_slack(destination)
            with slack.sender:
                return slack.publish(post, before) if isinstance(slack, SlackBot) else slack.publish(post)
        case DiscordDestination():
            discord = Discord(needed(destination.webhook, destination.name, "webhook_file"))
            with discord.sender:
                return discord.publish(post, before)
        case WebhookDestination():
            hook = Webhook(destination.url, destination.key)
            with hook.sender:
                return hook.publish(f"{post.key}/{parcel.pieces[0].about.edition}", _document(parcel, job))
        case EmailDestination():
            mailbox = Mailbox(destination.host, destination.port, destination.security, destination.username,
                              destination.password, destination.ca_file)  # fmt: skip
            return mailbox.send(post, destination.sender, destination.recipients)
        case XDestination() | LinkedInDestination():
            return _to_network(destination, post, job)
    raise AssertionError(destination.kind)


def _to_network(destination: XDestination | LinkedInDestination, post: Post, job: Job) -> Posted:
    if destination.token is None:
        folder = destination.folder or job.settings.home / "to-paste"
        name = f"{job.period.label}-{destination.name}.txt"
        change = Change({name: post.text.encode()}, "")
        done = write_folder(folder, change, job.clone_of(str(folder), destination.name))
        return Posted("", address=str(Path(folder, name).absolute()), is_new=done.is_new, note="ready to paste")
    if isinstance(destination, XDestination):
        x = X(destination.api, destination.token)
        with x.sender:
            return x.publish(post)
    if not destination.author:
        raise PostDeniedError(f"{destination.name}: set `author`, the URN of who posts on LinkedIn.")
    linkedin = LinkedIn(destination.api, destination.token, destination.author, destination.version)
    with linkedin.sender:
        return linkedin.publish(post)


def open_devto(destination: DevtoDestination) -> Devto:
    """The account."""
    key = needed(destination.key, destination.name, "key_file")
    return Devto(destination.api, key, draft=destination.draft, organization=destination.organization_id)


def open_slack(destination: SlackDestination) -> SlackBot | SlackWebhook:
    """The bot where a token is given, else the webhook."""
    if destination.token is not None:
        if not destination.channel:
            raise PostDeniedError(f"{destination.name}: a token needs `channel`, the id of the channel.")
        return SlackBot(destination.api, destination.token, destination.channel)
    return SlackWebhook(needed(destination.webhook, destination.name, "webhook_file"))


def needed(secret: SecretStr | None, name: str, field: str) -> SecretStr:
    """The secret.

    Raises:
        PostDeniedError: when none was given.
    """
    if secret is None:
        raise PostDeniedError(f"{name}: has no secret to send with. Set {field}.")
    return secret


def _document(parcel: Parcel, job: Job) -> dict[str, object]:
    about = parcel.pieces[0].about
    return {
        "event": "publication", "kind": job.period.kind.value, "period": job.period.label, "edition": about.edition,
        "audience": about.audience.value, "title": about.title, "description": about.description,
        "markdown": parcel.post.text, "data_sha256": job.data_sha256,
    }  # fmt: skip


def _shown(destination: AnyDestination, post: Post) -> str:
    text = "\n".join(f"+{line}" for line in (post.title, "", *post.text.splitlines()))
    return f"--- /dev/null\n+++ {destination.place}\n{text}\n"
