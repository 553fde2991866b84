"""The index, the archives and the feeds of a destination: everything that is published there, this period among it."""

import posixpath
import re
from collections.abc import Iterator, Mapping

from resources.storage import Storage
from sparky_assets.digests.models import Product, get_suffix
from sparky_assets.digests.render.feeds import FeedEntry
from sparky_assets.digests.render.site import SiteInfo, render_site
from sparky_assets.orchestration.partitions import parse_partition_key
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.checks import find_non_public, non_public_names
from sparky_assets.publications.models import PublicationLedger
from sparky_assets.publications.stored_products import apply_layout, has_edition, read_insight, read_product_text
from sparky_assets.settings.destinations import PagesDestination
from sparky_assets.settings.layouts import SiteLayout, build_page_path, join_inside_folder
from sparky_assets.store import Audience, publications_path
from sparky_assets.text.redact import find_hidden_names, find_leaks

INDEX_FILE = "index.md"


_INDEX_LINK_PATTERN = re.compile(r"(\]\((?:\d{4}/)?(?:\d{2}/)?)index\.md\)")
"""A link from one index page to another: `2025/index.md`, `11/index.md`; no page of a period is called like that."""


def build_destination_site(
    destination: PagesDestination,
    period: Period,
    storage: Storage,
    visibility: Mapping[str, str],
    *,
    exclude_period: bool = False,
) -> dict[str, bytes]:
    """The site pages by path, as final bytes; with a period that is about to be published, or `without` it.

    What the world may not see any more is left out: an old page of a repository that was made private since.
    """
    if not destination.site:
        return {}
    periods = {*list_published_periods(destination.name, storage), period} - ({period} if exclude_period else set())
    entries = [
        entry
        for one in sorted(periods, key=_get_sort_key)
        for entry in _list_feed_entries(destination, one, storage, visibility)
    ]
    insight, _ = read_insight(storage, period, destination.audience)
    layout = destination.page_layout
    site = SiteInfo(
        insight.organisation or "Engineering",
        destination.site_url.rstrip("/"),
        flavor=layout.front_matter,
        feed_path_format=layout.feeds,
    )
    found = {}
    for name, text in render_site(entries, site).items():
        if (path := _get_site_path(name, layout)) is not None:
            linked = _INDEX_LINK_PATTERN.sub(rf"\1{layout.index})", text) if name.endswith(INDEX_FILE) else text
            found[join_inside_folder(destination.folder, path)] = linked.encode()
    return found


def check_site(site: Mapping[str, bytes], audience: Audience, visibility: Mapping[str, str]) -> Iterator[str]:
    """Why site pages may not leave."""
    hidden = non_public_names(visibility) if audience is Audience.PUBLIC else frozenset()
    for path, data in site.items():
        text = data.decode()
        yield from (f"{path}: {why}" for why in (*find_leaks(text), *find_hidden_names(text, hidden)))


def list_published_periods(destination_name: str, storage: Storage) -> Iterator[Period]:
    """The periods that the ledger says are published at a destination."""
    for kind in PeriodKind:
        for key in storage.list_keys(publications_path(kind), "json"):
            place = storage.read_document(publications_path(kind), key, PublicationLedger).find_entry(destination_name)
            if place is not None and place.status == "published":
                yield parse_partition_key(kind, key)


def _list_feed_entries(
    destination: PagesDestination, period: Period, storage: Storage, visibility: Mapping[str, str]
) -> Iterator[FeedEntry]:
    audience, layout = destination.audience, destination.page_layout
    if not has_edition(storage, period, audience):
        return
    is_public = audience is Audience.PUBLIC
    if is_public and any(find_non_public(read_insight(storage, period, audience)[0], visibility)):
        return
    for product in map(Product, destination.products):
        if get_suffix(product) != "md" or (piece := read_product_text(storage, period, audience, product)) is None:
            continue
        path = build_page_path(layout, period, "", "" if product is Product.DIGEST else product.value)
        text = apply_layout(piece, layout.front_matter, "").text
        if not (is_public and any(find_hidden_names(text, non_public_names(visibility)))):
            yield FeedEntry(
                piece.manifest, path, piece.manifest.url or _build_page_url(destination.site_url, path), text
            )


def _build_page_url(site_url: str, path: str) -> str:
    """Where a page is served: without its suffix, as all these site builders do."""
    bare = path.removesuffix(".md").removesuffix("/index")
    return f"{site_url.rstrip('/')}/{bare}" if site_url else ""


def _get_site_path(name: str, layout: SiteLayout) -> str | None:
    folder, base = posixpath.split(name)
    if base != INDEX_FILE:
        return layout.feeds.format(file=name)
    return posixpath.join(folder, layout.index) if layout.index else None


def _get_sort_key(period: Period) -> tuple[str, str]:
    return period.key, period.kind.value
