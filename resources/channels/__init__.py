"""Post and result that all channels share, and how services read a text."""

import re
from dataclasses import dataclass

THREAD_SEPARATOR = "\n\n---\n\n"
"""Separator between the posts of a thread."""

_LINKEDIN_RESERVED = re.compile(r"([|{}@\[\]()<>#\\*_~])")
"""Reserved characters of LinkedIn's `little` text. It cuts a post at one that is not escaped, without an error."""

_HASHTAG = re.compile(r"(?<!\w)\\#(\w+)")


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


def escape_little_text(text: str) -> str:
    """Return a text in LinkedIn's `little` format: every reserved character escaped, hashtags kept.

    A `#` without a word behind it (`C#`, `# 12`, `#` and a zero-width space) is no hashtag and is escaped.
    """
    return _HASHTAG.sub(r"{hashtag|\\#|\1}", _LINKEDIN_RESERVED.sub(r"\\\1", text))
