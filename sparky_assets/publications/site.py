"""The index, the archives and the feeds of a destination: everything that is published there, this period among it."""

import posixpath
import re
from collections.abc import Iterator, Mapping

from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.digests.feeds import Entry
from sparky_assets.digests.products import Product, suffix_of
from sparky_assets.digests.site import Site, make_site
from sparky_assets.partitions import period_of
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.layouts import Layout, below, page_path
from sparky_assets.publications.leaks import leaks, names_in
from sparky_assets.publications.models import Publication
from sparky_assets.publications.stock import has_edition, laid_out, read_insight, read_piece
from sparky_assets.publications.visibility import closed_to_the_world, hidden_now
from sparky_assets.settings_destination import PagesDestination

INDEX = "index.md"
_ARCHIVE = re.compile(r"(\]\((?:\d{4}/)?(?:\d{2}/)?)index\.md\)")
"""A link from one index page to another: `2025/index.md`, `11/index.md`; no page of a period is called like that."""


def site_of(
    destination: PagesDestination, period: Period, storage: Storage, now: Mapping[str, str], *, without: bool = False
) -> dict[str, bytes]:
    """The site pages by path, as final bytes; with a period that is about to be published, or `without` it.

    What the world may not see any more is left out: an old page of a repository that was made private since.
    """
    if not destination.site:
        return {}
    periods = {*published_at(destination.name, storage), period} - ({period} if without else set())
    entries = [entry for one in sorted(periods, key=_order) for entry in _entries(destination, one, storage, now)]
    insight, _ = read_insight(storage, period, destination.audience)
    layout = destination.paths
    site = Site(
        insight.organisation or "Engineering",
        destination.site_url.rstrip("/"),
        flavour=layout.front_matter,
        feeds=layout.feeds,
    )
    found = {}
    for name, text in make_site(entries, site).items():
        if (path := _place(name, layout)) is not None:
            linked = _ARCHIVE.sub(rf"\1{layout.index})", text) if name.endswith(INDEX) else text
            found[below(destination.folder, path)] = linked.encode()
    return found


def site_refusals(site: Mapping[str, bytes], audience: Audience, now: Mapping[str, str]) -> Iterator[str]:
    """Why site pages may not leave."""
    hidden = hidden_now(now) if audience is Audience.PUBLIC else frozenset()
    for path, data in site.items():
        text = data.decode()
        yield from (f"{path}: {why}" for why in (*leaks(text), *names_in(text, hidden)))


def published_at(name: str, storage: Storage) -> Iterator[Period]:
    """The periods that the ledger says are published at a destination."""
    for kind in PeriodKind:
        for key in storage.list_keys(f"publications/{kind.value}", "json"):
            place = storage.read_document(f"publications/{kind.value}", key, Publication).place(name)
            if place is not None and place.status == "published":
                yield period_of(kind, key)


def _entries(
    destination: PagesDestination, period: Period, storage: Storage, now: Mapping[str, str]
) -> Iterator[Entry]:
    audience, layout = destination.audience, destination.paths
    if not has_edition(storage, period, audience):
        return
    is_public = audience is Audience.PUBLIC
    if is_public and any(closed_to_the_world(read_insight(storage, period, audience)[0], now)):
        return
    for product in map(Product, destination.products):
        if suffix_of(product) != "md" or (piece := read_piece(storage, period, audience, product)) is None:
            continue
        path = page_path(layout, period, "", "" if product is Product.DIGEST else product.value)
        text = laid_out(piece, layout.front_matter, "").text
        if not (is_public and any(names_in(text, hidden_now(now)))):
            yield Entry(piece.about, path, piece.about.url or _address(destination.site_url, path), text)


def _address(site_url: str, path: str) -> str:
    """Where a page is served: without its suffix, as all these site builders do."""
    bare = path.removesuffix(".md").removesuffix("/index")
    return f"{site_url.rstrip('/')}/{bare}" if site_url else ""


def _place(name: str, layout: Layout) -> str | None:
    folder, base = posixpath.split(name)
    if base != INDEX:
        return layout.feeds.format(file=name)
    return posixpath.join(folder, layout.index) if layout.index else None


def _order(period: Period) -> tuple[str, str]:
    return period.key, period.kind.value
