"""Account for what programs read of a page: its front matter, and the structured data that search engines look for.

Nothing in them may say what the page does not.
"""

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from sparky_assets.digests.front_matter import OWN_WORDS
from sparky_assets.digests.known import Known, plain
from sparky_assets.digests.structured_data import SCHEMA_WORDS
from sparky_assets.digests.words import FRONT_MATTER

SCRIPT = re.compile(r'<script type="application/ld\+json">(.*)</script>', re.DOTALL)


def in_front_matter(text: str, known: Known) -> Iterator[str]:
    head = FRONT_MATTER.match(text)
    if head is None:
        return
    try:
        values = yaml.safe_load(head[0].removeprefix("---\n").removesuffix("---\n"))
    except yaml.YAMLError as error:
        yield f"front matter that is no YAML: {error}"
        return
    yield from (
        f"the front matter says what we do not: {leaf}" for leaf in _leaves(values) if not _is_ours(leaf, known)
    )


def in_structured_data(html: str, known: Known) -> Iterator[str]:
    """Raw HTML may be one thing only: what search engines read, and nothing in it that the page does not say."""
    found = SCRIPT.fullmatch(html)
    if found is None:
        yield f"HTML: {html[:80]}"
        return
    try:
        values = json.loads(found[1])
    except ValueError:
        yield f"HTML: {html[:80]}"
        return
    rendered = known.rendered
    yield from (
        f"the structured data says what we do not: {leaf}"
        for leaf in _leaves(values)
        if leaf not in {*SCHEMA_WORDS, str(rendered.date)}
        and not _is_ours(leaf, known)
        and plain(str(leaf)) not in known.labels
    )


def _is_ours(leaf: Any, known: Known) -> bool:
    rendered = known.rendered
    if isinstance(leaf, datetime.date):
        return (leaf.date() if isinstance(leaf, datetime.datetime) else leaf) == rendered.date
    if isinstance(leaf, str):
        ours = {rendered.title, rendered.description, rendered.url, ", ".join(rendered.tags), *rendered.tags}
        ours |= {*rendered.statements, *OWN_WORDS, *rendered.addresses, *(one.file for one in rendered.pictures)}
        ours |= {f"{rendered.url.rpartition('/')[0]}/{one.file}" for one in rendered.pictures}
        return leaf in ours
    return leaf is None or isinstance(leaf, bool)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value
