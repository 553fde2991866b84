"""What is sent to a service that takes one message a period, and what is known of it afterwards."""

from dataclasses import dataclass

THREAD_SEPARATOR = "\n\n---\n\n"
"""Separator between the posts of a thread."""


@dataclass(frozen=True)
class OutgoingPost:
    """One message. `key` names it for ever: sending the same key twice is sending it twice."""

    key: str
    title: str
    text: str
    html: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    canonical_url: str = ""
    """Where the page itself is, where that is known: an article's canonical address."""


@dataclass(frozen=True)
class PostResult:
    """What a service holds: its id for the message, its address, whether this call changed anything, and a word."""

    id: str
    url: str = ""
    is_new: bool = True
    note: str = ""


def neutralize_mentions(text: str) -> str:
    """A text in which no chat finds a mention of its own: `<@U1>`, `<!channel>`, `@everyone`, `@here`."""
    for sign in ("<@", "<!", "<#", "@everyone", "@here", "@channel"):
        text = text.replace(sign, f"{sign[0]}\u200b{sign[1:]}")
    return text
