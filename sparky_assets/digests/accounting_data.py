"""Account for what programs read of a page: its front matter, and the structured data that search engines look for.

Nothing in them may say what the page does not.
"""

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from sparky_assets.digests.render.front_matter import FLAVOR_VALUES
from sparky_assets.digests.structured_data import SCHEMA_ORG_TERMS
from sparky_assets.digests.verify.allowed_content import AllowedContent, normalize
from sparky_assets.text.words import FRONT_MATTER_BLOCK

JSON_LD_SCRIPT = re.compile(r'<script type="application/ld\+json">(.*)</script>', re.DOTALL)


def verify_front_matter(text: str, allowed: AllowedContent) -> Iterator[str]:
    head = FRONT_MATTER_BLOCK.match(text)
    if head is None:
        return
    try:
        values = yaml.safe_load(head[0].removeprefix("---\n").removesuffix("---\n"))
    except yaml.YAMLError as error:
        yield f"front matter that is no YAML: {error}"
        return
    yield from (
        f"the front matter says what we do not: {leaf}"
        for leaf in _walk_leaves(values)
        if not _is_allowed_value(leaf, allowed)
    )


def verify_structured_data(html: str, allowed: AllowedContent) -> Iterator[str]:
    """Raw HTML may be one thing only: what search engines read, and nothing in it that the page does not say."""
    found = JSON_LD_SCRIPT.fullmatch(html)
    if found is None:
        yield f"HTML: {html[:80]}"
        return
    try:
        values = json.loads(found[1])
    except ValueError:
        yield f"HTML: {html[:80]}"
        return
    rendered = allowed.manifest
    yield from (
        f"the structured data says what we do not: {leaf}"
        for leaf in _walk_leaves(values)
        if leaf not in {*SCHEMA_ORG_TERMS, str(rendered.date)}
        and not _is_allowed_value(leaf, allowed)
        and normalize(str(leaf)) not in allowed.labels
    )


def _is_allowed_value(value: Any, allowed: AllowedContent) -> bool:
    rendered = allowed.manifest
    if isinstance(value, datetime.date):
        return (value.date() if isinstance(value, datetime.datetime) else value) == rendered.date
    if isinstance(value, str):
        ours = {rendered.title, rendered.description, rendered.url, ", ".join(rendered.tags), *rendered.tags}
        ours |= {*rendered.statements, *FLAVOR_VALUES, *rendered.addresses, *(one.file for one in rendered.pictures)}
        ours |= {f"{rendered.url.rpartition('/')[0]}/{one.file}" for one in rendered.pictures}
        return value in ours
    return value is None or isinstance(value, bool)


def _walk_leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _walk_leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk_leaves(inner)
    else:
        yield value
