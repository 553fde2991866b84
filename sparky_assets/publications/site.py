"""Index pages, archives and feeds of a destination, built from everything that is published there.

The texts themselves come from `stored_products`; how an index or feed looks is `digests.render.site`.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

from resources.storage import Storage
from sparky_assets.destinations.base import PagesDestination
from sparky_assets.digests.context import non_public_names
from sparky_assets.digests.models import Product, get_suffix
from sparky_assets.digests.render.feeds import FeedEntry
from sparky_assets.digests.render.site import SiteInfo, render_site
from sparky_assets.orchestration.partitions import parse_partition_key
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.checks import CheckContext, find_non_public
from sparky_assets.publications.models import PublicationLedger
from sparky_assets.publications.stored_products import apply_layout, has_edition, load_insight, read_product_text
from sparky_assets.settings.layouts import SiteLayout, build_page_path, join_inside_folder
from sparky_assets.store import Audience, publications_path
from sparky_assets.text.redact import find_hidden_names, find_leaks

INDEX_FILE = "index.md"

_INDEX_LINK_PATTERN = re.compile(r"(\]\((?:\d{4}/)?(?:\d{2}/)?)index\.md\)")
"""A link from one index page to another: `2025/index.md`, `11/index.md`. No page of a period has this name."""


def build_destination_site(
    destination: PagesDestination, period: Period, storage: Storage, context: CheckContext, *,
    exclude_period: bool = False,
) -> dict[str, bytes]:  # fmt: skip
    """Return the site pages of a destination by path, as final bytes.

    An old page that cites a repository made private since is left out of a public site.

    Args:
        destination: Where the pages go; the result is empty when its `site` is off.
        period: The period that is about to be published or taken back.
        storage: The store with the ledgers and texts of all periods.
        context: Insight of the period, and the visibility of repositories now.
        exclude_period: Leave the period out, because it is being taken back.
    """
    if not destination.site:
        return {}
    periods = set(list_published_periods(destination.name, storage)) | {period}
    if exclude_period:
        periods.remove(period)
    entries: list[FeedEntry] = []
    for published in sorted(periods, key=lambda other: (other.key, other.kind.value)):
        if has_edition(storage, published, destination.audience) and (
            destination.audience is not Audience.PUBLIC or _is_public(published, period, storage, context)
        ):
            entries += _list_feed_entries(destination, published, storage, context.visibility)
    layout = destination.page_layout
    site = SiteInfo(
        context.insight.organisation or "Engineering",
        destination.site_url.rstrip("/"),
        flavor=layout.front_matter,
        feed_path_format=layout.feeds,
    )
    pages = {}
    for name, text in render_site(entries, site).items():
        if (path := _get_site_path(name, layout)) is not None:
            is_index = name.endswith(INDEX_FILE)
            linked = _INDEX_LINK_PATTERN.sub(rf"\1{layout.index})", text) if is_index else text
            pages[join_inside_folder(destination.folder, path)] = linked.encode()
    return pages


def check_site(site: Mapping[str, bytes], audience: Audience, visibility: Mapping[str, str]) -> Iterator[str]:
    """Yield each reason why the site pages may not be published."""
    hidden_names = non_public_names(visibility) if audience is Audience.PUBLIC else frozenset()
    for path, data in site.items():
        text = data.decode()
        for problem in (*find_leaks(text), *find_hidden_names(text, hidden_names)):
            yield f"{path}: {problem}"


def list_published_periods(destination_name: str, storage: Storage) -> Iterator[Period]:
    """Yield the periods that are published at a destination, according to the ledgers."""
    for kind in PeriodKind:
        for key in storage.list_keys(publications_path(kind), "json"):
            entry = storage.read_document(publications_path(kind), key, PublicationLedger).find_entry(destination_name)
            if entry is not None and entry.status == "published":
                yield parse_partition_key(kind, key)


def _is_public(published: Period, period: Period, storage: Storage, context: CheckContext) -> bool:
    """Return whether a public text cites public repositories alone, as they are now.

    Its insight is read for it: that of a month of 3,000 repositories takes 8 s and 300 MiB, at each publication.
    """
    insight = context.insight if published == period else load_insight(storage, published, Audience.PUBLIC)[0]
    return not any(find_non_public(insight, context.visibility))


def _list_feed_entries(
    destination: PagesDestination, period: Period, storage: Storage, visibility: Mapping[str, str]
) -> Iterator[FeedEntry]:
    audience, layout = destination.audience, destination.page_layout
    is_public = audience is Audience.PUBLIC
    for product in map(Product, destination.products):
        product_text = read_product_text(storage, period, audience, product) if get_suffix(product) == "md" else None
        if product_text is None:
            continue
        path = build_page_path(layout, period, "", "" if product is Product.DIGEST else product.value)
        text = apply_layout(product_text, layout.front_matter, "").text
        if is_public and any(find_hidden_names(text, non_public_names(visibility))):
            continue
        manifest = product_text.manifest
        yield FeedEntry(manifest, path, manifest.url or _build_page_url(destination.site_url, path), text)


def _build_page_url(site_url: str, path: str) -> str:
    """Return the URL of a page. All these site builders serve a page without its suffix."""
    bare = path.removesuffix(".md").removesuffix("/index")
    return f"{site_url.rstrip('/')}/{bare}" if site_url else ""


def _get_site_path(name: str, layout: SiteLayout) -> str | None:
    folder, base = posixpath.split(name)
    if base != INDEX_FILE:
        return layout.feeds.format(file=name)
    return posixpath.join(folder, layout.index) if layout.index else None
