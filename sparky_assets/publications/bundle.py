"""Build what goes to a destination as final bytes, with the problems that the pre-publish checks found.

Nothing is sent here: `pages` delivers files, `messages` delivers messages.
"""

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from resources.channels import OutgoingPost
from resources.files import find_path_collisions
from resources.storage import Storage
from sparky_assets.destinations.base import PagesDestination, PostDestination, ProductName
from sparky_assets.destinations.registry import AnyDestination
from sparky_assets.digests.models import FIRST_INSIGHT_PART, Product, get_suffix
from sparky_assets.periods import Period
from sparky_assets.publications.checks import CheckContext, check_picture, check_text
from sparky_assets.publications.stored_products import (
    ProductText,
    apply_layout,
    load_insight,
    read_first_edition,
    read_picture,
    read_product_text,
)
from sparky_assets.settings.layouts import build_page_path, build_picture_path
from sparky_assets.text.words import FRONT_MATTER_BLOCK


@dataclass(frozen=True)
class PublicationBundle:
    """Everything of one period for one destination."""

    destination: AnyDestination
    texts: tuple[ProductText, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    page_paths: tuple[str, ...] = ()
    """The paths of the texts among the files, the main one first."""
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    site: Mapping[str, bytes] = field(default_factory=dict)
    """Index, archives and feeds by path: they change with every publication."""

    @property
    def post(self) -> OutgoingPost:
        """The message, for a destination that takes one."""
        main, *others = self.texts
        html = next((text.text for text in others if text.product is Product.EMAIL_HTML), "")
        manifest = main.manifest
        canonical_url = ""
        if isinstance(self.destination, PostDestination):
            canonical_url = self.destination.build_canonical_url(manifest.period)
        return OutgoingPost(
            key=f"{manifest.period.kind.value}/{manifest.period.label}/{self.destination.name}",
            title=manifest.title,
            text=FRONT_MATTER_BLOCK.sub("", main.text, count=1).lstrip("\n"),
            html=html,
            description=manifest.description,
            tags=manifest.tags,
            canonical_url=canonical_url,
        )


def list_products(destination: AnyDestination) -> tuple[ProductName, ...]:
    """Return the products that a destination takes."""
    if isinstance(destination, PostDestination):
        return destination.message_products
    assert isinstance(destination, PagesDestination), destination
    return destination.products


def build_bundle(
    destination: AnyDestination, period: Period, storage: Storage, context: CheckContext
) -> PublicationBundle:
    """Build the final bytes of a period for a destination, and check them.

    Raises:
        StorageError: when a stored text, picture or manifest is missing or torn.
    """
    is_post = isinstance(destination, PostDestination)
    wanted = tuple(map(Product, list_products(destination)))
    stored = {product: read_product_text(storage, period, destination.audience, product) for product in wanted}
    missing = tuple(f"{product} of {period} is not in the store" for product, text in stored.items() if text is None)
    withheld = {product: text.manifest.withheld for product, text in stored.items() if text and text.manifest.withheld}
    missing += tuple(f"{product} of {period} is withheld: {reason}" for product, reason in withheld.items())
    texts = tuple(text for product, text in stored.items() if text is not None and product not in withheld)
    if not texts or (is_post and (stored[wanted[0]] is None or wanted[0] in withheld)):
        return PublicationBundle(destination, (), missing=missing)
    if isinstance(destination, PagesDestination):
        return _build_pages_bundle(destination, texts, missing, storage, context)
    problems = [
        f"{text.product}: {problem}" for text in texts for problem in check_text(text, context, destination.audience)
    ]
    return PublicationBundle(destination, texts, missing=missing, problems=tuple(problems))


def _build_pages_bundle(
    destination: PagesDestination,
    product_texts: tuple[ProductText, ...],
    missing: tuple[str, ...],
    storage: Storage,
    context: CheckContext,
) -> PublicationBundle:
    files: dict[str, bytes] = {}
    page_paths: list[str] = []
    final_texts: list[ProductText] = []
    problems: list[str] = []
    for product_text in product_texts:
        manifest = product_text.manifest
        part = "" if product_text.product is Product.DIGEST else product_text.product.value
        suffix = get_suffix(product_text.product)
        page = build_page_path(destination.page_layout, manifest.period, destination.folder, part, suffix)
        pictures, picture_prefix = _read_pictures(destination, product_text, page, storage)
        files |= pictures
        for picture, (path, data) in zip(manifest.pictures, pictures.items(), strict=True):
            sha256 = hashlib.sha256(data).hexdigest()
            reasons = check_picture(data, picture.sha256, sha256, destination.audience, context.visibility)
            problems += [f"{path}: {reason}" for reason in reasons]
        editions = [(page, product_text, context)]
        if (first_edition := read_first_edition(storage, product_text)) is not None:
            path = posixpath.join(posixpath.dirname(page), manifest.first_edition)
            editions.append((path, first_edition, _build_first_edition_context(storage, first_edition, context)))
        for path, edition, edition_context in editions:
            final_text = apply_layout(edition, destination.page_layout.front_matter, picture_prefix)
            reasons = check_text(final_text, edition_context, destination.audience)
            problems += [f"{path}: {reason}" for reason in reasons]
            files[path] = final_text.text.encode()
            final_texts.append(final_text)
        page_paths.append(page)
    for path, other in find_path_collisions(files):
        problems.append(f"{path} and {other} are the same file where case does not count")
    return PublicationBundle(
        destination,
        tuple(final_texts),
        files,
        tuple(page_paths),
        missing,
        tuple(problems),
    )


def _read_pictures(
    destination: PagesDestination, product_text: ProductText, page: str, storage: Storage
) -> tuple[dict[str, bytes], str]:
    """Return the pictures of a page by path, and the prefix of their files in the links of the page."""
    layout, period, prefix = destination.page_layout, product_text.manifest.period, ""
    pictures = {}
    for picture in product_text.manifest.pictures:
        path = build_picture_path(layout, period, destination.folder, page, picture.file)
        relative_path = posixpath.relpath(path, posixpath.dirname(page) or ".")
        prefix = layout.picture_prefix or _get_folder_prefix(relative_path)
        pictures[path] = read_picture(storage, period, destination.audience, picture)
    return pictures, prefix


def _build_first_edition_context(storage: Storage, first_edition: ProductText, context: CheckContext) -> CheckContext:
    insight, insight_sha256 = load_insight(
        storage, first_edition.manifest.period, first_edition.manifest.audience, FIRST_INSIGHT_PART
    )
    return CheckContext(insight, insight_sha256, context.visibility)


def _get_folder_prefix(path: str) -> str:
    folder = posixpath.dirname(path)
    return f"{folder}/" if folder else ""
