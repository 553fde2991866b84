"""Deliver messages: each is sent once, and corrected where the service can.

The ledger is written before and after sending, because a chat or a mail server cannot be asked whether a message
arrived. What a service's answers mean is in `resources.channels`, and which kind can do what in `destinations`.
"""

import hashlib
from collections.abc import Callable

from resources.channels import OutgoingPost
from resources.errors import PostUncertainError, ResourceError
from sparky_assets.destinations.base import MessageDelivery, PostDestination
from sparky_assets.destinations.registry import AnyDestination
from sparky_assets.publications.bundle import PublicationBundle
from sparky_assets.publications.models import LedgerEntry
from sparky_assets.publications.pages import DeliveryResult, PublishJob

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
    assert isinstance(destination, PostDestination), destination
    sha = hashlib.sha256("\0".join((post.title, post.text, post.html)).encode()).hexdigest()
    entry = LedgerEntry(destination=destination.name, repository=destination.location, kind=destination.kind,
                      sha256=sha, edition=bundle.texts[0].manifest.edition, word="; ".join(bundle.missing))  # fmt: skip
    published = previous if previous and previous.status == "published" else None
    if published and published.sha256 == sha:
        return DeliveryResult(published, is_new=False)
    if published and not destination.can_correct(published.id):
        note = "already posted; this service takes no corrections"
        return DeliveryResult(published.model_copy(update={"word": note}), is_new=False)
    if previous and previous.status == "pending" and not (destination.is_repeatable or destination.is_local):
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
        posted = destination.send(_build_delivery(bundle, job, published))
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


def _build_delivery(bundle: PublicationBundle, job: PublishJob, published: LedgerEntry | None) -> MessageDelivery:
    name = bundle.destination.name
    return MessageDelivery(
        post=bundle.post,
        message_id=published.id if published else "",
        edition=bundle.texts[0].manifest.edition,
        document=_build_document(bundle, job),
        paste_folder=job.settings.home / "to-paste",
        paste_name=f"{job.period.label}-{name}.txt",
        get_lock=lambda folder: job.get_clone_path(str(folder), name),
    )


def _build_document(bundle: PublicationBundle, job: PublishJob) -> dict[str, object]:
    manifest = bundle.texts[0].manifest
    return {
        "event": "publication", "kind": job.period.kind.value, "period": job.period.label, "edition": manifest.edition,
        "audience": manifest.audience.value, "title": manifest.title, "description": manifest.description,
        "markdown": bundle.post.text, "data_sha256": job.data_sha256,
    }  # fmt: skip


def _format_post_diff(destination: AnyDestination, post: OutgoingPost) -> str:
    text = "\n".join(f"+{line}" for line in (post.title, "", *post.text.splitlines()))
    return f"--- /dev/null\n+++ {destination.location}\n{text}\n"
