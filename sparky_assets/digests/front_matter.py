"""What stands between `---` at the head of a page, as each site generator wants it, and swapping one. Pure.

All four read YAML. What differs: Hugo and Jekyll want a time with the date; Hugo has `canonicalURL` and `images`,
Jekyll `layout` and `image`, Quartz `socialImage`.
"""

import datetime
from typing import Any, Literal

import yaml

from sparky_assets.digests.escaping import quoted
from sparky_assets.digests.words import FRONT_MATTER
from sparky_assets.errors import DataError
from sparky_assets.metrics.models import Model

Flavour = Literal["quartz", "hugo", "jekyll", "mkdocs", "none"]
AUTHOR = "Sparky"
ALWAYS = {"title", "description", "date"}
OWN_WORDS = {"post", AUTHOR}
"""Strings that a flavour adds of its own."""


class FrontMatter(Model):
    """What is known of a page, whatever its flavour."""

    title: str
    description: str
    date: datetime.date
    tags: tuple[str, ...] = ()
    url: str = ""
    image: str = ""
    """The file of the picture that is shown where the page is shared."""


def write_front_matter(known: FrontMatter, flavour: Flavour) -> str:
    """The lines from `---` to `---`, or nothing for `none`."""
    if flavour == "none":
        return ""
    values = {name: value for name, value in _FIELDS[flavour](known).items() if name in ALWAYS or value}
    lines = ["---", *(f"{name}: {_scalar(value)}" if not isinstance(value, list) else _list(name, value)
                      for name, value in values.items()), "---", ""]  # fmt: skip
    return "\n".join(lines)


def read_front_matter(text: str) -> FrontMatter | None:
    """What the head of a page says, in any flavour; None where it has none.

    Raises:
        DataError: when it is no front matter of ours.
    """
    head = FRONT_MATTER.match(text)
    if head is None:
        return None
    try:
        values = yaml.safe_load(head[0].removeprefix("---\n").removesuffix("---\n"))
        day = values["date"]
        cover = values.get("cover") or {}
        images = values.get("images") or [values.get("image") or values.get("socialImage") or cover.get("image", "")]
        return FrontMatter(
            title=values["title"],
            description=values.get("description", ""),
            date=day.date() if isinstance(day, datetime.datetime) else day,
            tags=tuple(values.get("tags") or ()),
            url=values.get("canonicalURL") or values.get("canonical_url") or "",
            image=images[0],
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(f"the front matter of the text cannot be read: {error}. Make the digest again.") from error


def with_front_matter(text: str, flavour: Flavour) -> str:
    """A finished text with its front matter in another flavour; not a byte of its body changes.

    Raises:
        DataError: when it has none, or one that is not ours.
    """
    known = read_front_matter(text)
    if known is None:
        raise DataError("the text has no front matter that another could replace. Make the digest again.")
    body = FRONT_MATTER.sub("", text, count=1)
    return write_front_matter(known, flavour) + body if flavour != "none" else body.lstrip("\n")


def _quartz(known: FrontMatter) -> dict[str, Any]:
    return {
        "title": known.title, "description": known.description, "date": known.date, "author": AUTHOR,
        "canonical_url": known.url, "socialImage": known.image, "tags": list(known.tags),
    }  # fmt: skip


def _hugo(known: FrontMatter) -> dict[str, Any]:
    return {
        "title": known.title, "description": known.description, "date": _midnight(known.date),
        "author": AUTHOR, "canonicalURL": known.url, "images": [known.image] if known.image else [],
        "tags": list(known.tags),
    }  # fmt: skip


def _jekyll(known: FrontMatter) -> dict[str, Any]:
    return {
        "layout": "post", "title": known.title, "description": known.description,
        "date": _midnight(known.date), "author": AUTHOR, "canonical_url": known.url, "image": known.image,
        "tags": list(known.tags),
    }  # fmt: skip


def _mkdocs(known: FrontMatter) -> dict[str, Any]:
    return {
        "title": known.title, "description": known.description, "date": known.date, "author": AUTHOR,
        "canonical_url": known.url, "image": known.image, "tags": list(known.tags),
    }  # fmt: skip


_FIELDS = {"quartz": _quartz, "hugo": _hugo, "jekyll": _jekyll, "mkdocs": _mkdocs}


def _scalar(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime.date) else quoted(value)


def _list(name: str, values: list[str]) -> str:
    return "\n".join([f"{name}:", *(f"  - {_scalar(value)}" for value in values)])


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)
