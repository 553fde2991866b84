"""Types of all channels: the post that is sent, and the result of sending it."""

from dataclasses import dataclass

THREAD_SEPARATOR = "\n\n---\n\n"
"""Separator between the posts of a thread."""


@dataclass(frozen=True)
class OutgoingPost:
    """One message. `key` identifies it permanently: the same key means the same message."""

    key: str
    title: str
    text: str
    html: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    canonical_url: str = ""
    """Canonical address of the page; empty if it has none."""


@dataclass(frozen=True)
class PostResult:
    """Result of sending: id and address at the service, whether the call changed anything, and a note."""

    id: str
    url: str = ""
    is_new: bool = True
    note: str = ""


def neutralize_mentions(text: str) -> str:
    """Return the text with mentions of chats disabled: `<@U1>`, `<!channel>`, `@everyone`, `@here`."""
    for sign in ("<@", "<!", "<#", "@everyone", "@here", "@channel"):
        text = text.replace(sign, f"{sign[0]}\u200b{sign[1:]}")
    return text
