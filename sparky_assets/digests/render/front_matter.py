"""Front matter in the flavors of site generators, and structured data for search engines. Pure.

All four flavors are YAML between `---` lines and differ in few fields: Hugo and Jekyll need a time with the date, Hugo
has `canonicalURL` and `images`, Jekyll has `layout` and `image`, and Quartz has `socialImage`. The structured data of a
blog post is schema.org's BlogPosting as JSON-LD.
"""

import datetime
import json
from typing import Any, Literal

import yaml

from sparky_assets.digests.models import Digest
from sparky_assets.errors import DataError
from sparky_assets.store import StoredModel
from sparky_assets.text.escape import escape_template_openings, quote_yaml
from sparky_assets.text.words import FRONT_MATTER_BLOCK

FrontMatterFlavor = Literal["quartz", "hugo", "jekyll", "mkdocs", "none"]


_YAML_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where PyYAML has it, a tenth of the time: each publication parses the front matter of all pages of its site."""

AUTHOR = "Sparky"
REQUIRED_FIELDS = {"title", "description", "date"}
FLAVOR_VALUES = {"post", AUTHOR}
"""Constant values that a flavor adds."""

SCHEMA_ORG_TERMS = {"https://schema.org", "BlogPosting", "Organization", "WebPage"}
"""Constant values of the structured data."""


class FrontMatter(StoredModel):
    """The metadata of a page, independent of the flavor."""

    title: str
    description: str
    date: datetime.date
    tags: tuple[str, ...] = ()
    url: str = ""
    image: str = ""
    """File of the picture that is shown when the page is shared."""


def format_front_matter(front_matter: FrontMatter, flavor: FrontMatterFlavor) -> str:
    """Return the front matter from `---` to `---`, or an empty string for `none`."""
    if flavor == "none":
        return ""
    fields = _FIELD_BUILDERS[flavor](front_matter).items()
    lines = [_format_field(name, value) for name, value in fields if value or name in REQUIRED_FIELDS]
    return "\n".join(["---", *lines, "---", ""])


def parse_front_matter(text: str) -> FrontMatter | None:
    """Parse the front matter of a page in any flavor; None if the page has none.

    Raises:
        DataError: If Sparky did not write the front matter.
    """
    head = FRONT_MATTER_BLOCK.match(text)
    if head is None:
        return None
    try:
        values = yaml.load(head[0].removeprefix("---\n").removesuffix("---\n"), Loader=_YAML_LOADER)  # noqa: S506 - a safe loader
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


def replace_front_matter(text: str, flavor: FrontMatterFlavor) -> str:
    """Return a text with its front matter in another flavor; its body is unchanged.

    Raises:
        DataError: If the text has no front matter, or one that Sparky did not write.
    """
    front_matter = parse_front_matter(text)
    if front_matter is None:
        raise DataError("the text has no front matter to replace. Make the digest again.")
    body = FRONT_MATTER_BLOCK.sub("", text, count=1)
    return format_front_matter(front_matter, flavor) + body if flavor != "none" else body.lstrip("\n")


def _build_quartz_fields(front_matter: FrontMatter) -> dict[str, Any]:
    return {
        "title": front_matter.title,
        "description": front_matter.description,
        "date": front_matter.date,
        "author": AUTHOR,
        "canonical_url": front_matter.url,
        "socialImage": front_matter.image,
        "tags": list(front_matter.tags),
    }


def _build_hugo_fields(front_matter: FrontMatter) -> dict[str, Any]:
    return {
        "title": front_matter.title,
        "description": front_matter.description,
        "date": _to_midnight(front_matter.date),
        "author": AUTHOR,
        "canonicalURL": front_matter.url,
        "images": [front_matter.image] if front_matter.image else [],
        "tags": list(front_matter.tags),
    }


def _build_jekyll_fields(front_matter: FrontMatter) -> dict[str, Any]:
    return {
        "layout": "post",
        "title": front_matter.title,
        "description": front_matter.description,
        "date": _to_midnight(front_matter.date),
        "author": AUTHOR,
        "canonical_url": front_matter.url,
        "image": front_matter.image,
        "tags": list(front_matter.tags),
    }


def _build_mkdocs_fields(front_matter: FrontMatter) -> dict[str, Any]:
    return {
        "title": front_matter.title,
        "description": front_matter.description,
        "date": front_matter.date,
        "author": AUTHOR,
        "canonical_url": front_matter.url,
        "image": front_matter.image,
        "tags": list(front_matter.tags),
    }


_FIELD_BUILDERS = {
    "quartz": _build_quartz_fields,
    "hugo": _build_hugo_fields,
    "jekyll": _build_jekyll_fields,
    "mkdocs": _build_mkdocs_fields,
}


def _format_field(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "\n".join([f"{name}:", *(f"  - {_format_scalar(item)}" for item in value)])
    return f"{name}: {_format_scalar(value)}"


def _format_scalar(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime.date) else quote_yaml(value)


def _to_midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)


def build_structured_data(digest: Digest) -> str:
    """Return one line of JSON that cannot close its script element; empty if the page has no address."""
    if not digest.url:
        return ""
    featured = digest.picture("featured")
    name = digest.organisation or "Engineering"
    values = {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "headline": digest.title,
        "description": digest.description,
        "datePublished": digest.date.isoformat(),
        "mainEntityOfPage": {"@type": "WebPage", "@id": digest.url},
        "author": {"@type": "Organization", "name": name},
        "keywords": list(digest.tags),
        **({"image": f"{digest.url.rpartition('/')[0]}/{featured.file}"} if featured else {}),
    }
    written = json.dumps(values, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return escape_template_openings(written)
