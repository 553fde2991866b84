"""What would go to each destination, as final bytes, and why it may not. Nothing leaves here."""

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from resources.channels import OutgoingPost
from resources.storage import Storage
from sparky_assets.digests.models import FIRST_INSIGHT_PART, Product, get_suffix
from sparky_assets.periods import Period
from sparky_assets.publications.checks import CheckContext, check_picture, check_text
from sparky_assets.publications.stored_products import (
    ProductText,
    apply_layout,
    read_first_edition,
    read_insight,
    read_picture,
    read_product_text,
)
from sparky_assets.settings.destinations import AnyDestination, DevtoDestination, PagesDestination
from sparky_assets.settings.layouts import LAYOUT_PRESETS, build_page_path, build_picture_path, find_path_collisions
from sparky_assets.store import Audience
from sparky_assets.text.words import FRONT_MATTER_BLOCK

MESSAGE_PRODUCTS: Mapping[str, tuple[Product, ...]] = {
    "devto": (Product.DEVTO,),
    "slack": (Product.CHAT,),
    "discord": (Product.CHAT,),
    "webhook": (Product.DIGEST,),
    "email": (Product.EMAIL_TEXT, Product.EMAIL_HTML),
    "x": (Product.X,),
    "linkedin": (Product.LINKEDIN,),
}
"""What each kind of message is made from; the first is needed."""


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
        html = next((one.text for one in others if one.product is Product.EMAIL_HTML), "")
        about = main.manifest
        return OutgoingPost(
            key=f"{about.period.kind.value}/{about.period.label}/{self.destination.name}",
            title=about.title,
            text=FRONT_MATTER_BLOCK.sub("", main.text, count=1).lstrip("\n"),
            html=html,
            description=about.description,
            tags=about.tags,
            canonical_url=_build_canonical_url(self.destination, about.period),
        )


def build_bundle(
    destination: AnyDestination, period: Period, storage: Storage, context: CheckContext
) -> PublicationBundle:
    """The final bytes of a period for a destination, judged at the door.

    Raises:
        StorageError: when something that the store should hold is torn.
    """
    is_pages = isinstance(destination, PagesDestination)
    named = destination.products if isinstance(destination, PagesDestination) else ()
    wanted = tuple(map(Product, named)) if is_pages else MESSAGE_PRODUCTS[destination.kind]
    found = {product: read_product_text(storage, period, destination.audience, product) for product in wanted}
    missing = tuple(f"{product} of {period} is not in the store" for product, piece in found.items() if piece is None)
    pieces = tuple(piece for piece in found.values() if piece is not None)
    if not pieces or (not is_pages and found[wanted[0]] is None):
        return PublicationBundle(destination, (), missing=missing)
    if isinstance(destination, PagesDestination):
        return _build_pages_bundle(destination, pieces, missing, storage, context)
    problems = [f"{one.product}: {why}" for one in pieces for why in _list_problems(one, destination.audience, context)]
    return PublicationBundle(destination, pieces, missing=missing, problems=tuple(problems))


def _build_pages_bundle(
    destination: PagesDestination,
    product_texts: tuple[ProductText, ...],
    missing: tuple[str, ...],
    storage: Storage,
    context: CheckContext,
) -> PublicationBundle:
    files: dict[str, bytes] = {}
    pages, final, problems = [], [], []
    for piece in product_texts:
        part = "" if piece.product is Product.DIGEST else piece.product.value
        suffix = get_suffix(piece.product)
        page = build_page_path(destination.page_layout, piece.manifest.period, destination.folder, part, suffix)
        pictures, at = _read_pictures(destination, piece, page, storage)
        files |= pictures
        for picture, (path, data) in zip(piece.manifest.pictures, pictures.items(), strict=True):
            sha = hashlib.sha256(data).hexdigest()
            why = check_picture(data, picture.sha256, sha, destination.audience, context.visibility)
            problems += [f"{path}: {reason}" for reason in why]
        texts = [(page, piece, context)]
        if (first := read_first_edition(storage, piece)) is not None:
            path = posixpath.join(posixpath.dirname(page), piece.manifest.first_edition)
            texts.append((path, first, _build_first_edition_context(storage, first, context)))
        for path, text, stands_on in texts:
            ready = apply_layout(text, destination.page_layout.front_matter, at)
            problems += [f"{path}: {why}" for why in _list_problems(ready, destination.audience, stands_on)]
            files[path] = ready.text.encode()
            final.append(ready)
        pages.append(page)
    problems += [f"{one} and {two} are one file where case does not count" for one, two in find_path_collisions(files)]
    return PublicationBundle(destination, tuple(final), files, tuple(pages), missing, tuple(problems))  # type: ignore[arg-type]


def _read_pictures(
    destination: PagesDestination, product_text: ProductText, page: str, storage: Storage
) -> tuple[dict[str, bytes], str]:
    """The pictures of a page by path, and what stands before their files where the page names them."""
    layout, period, here, at = destination.page_layout, product_text.manifest.period, posixpath.dirname(page), ""
    found = {}
    for picture in product_text.manifest.pictures:
        path = build_picture_path(layout, period, destination.folder, page, picture.file)
        at = layout.picture_prefix or _get_folder_prefix(posixpath.relpath(path, here or "."))
        found[path] = read_picture(storage, period, destination.audience, picture)
    return found, at


def _build_first_edition_context(storage: Storage, first_edition: ProductText, context: CheckContext) -> CheckContext:
    insight, sha = read_insight(
        storage, first_edition.manifest.period, first_edition.manifest.audience, FIRST_INSIGHT_PART
    )
    return CheckContext(insight, sha, context.visibility)


def _list_problems(product_text: ProductText, audience: Audience, context: CheckContext) -> list[str]:
    return list(check_text(product_text, context, audience))


def _get_folder_prefix(path: str) -> str:
    folder = posixpath.dirname(path)
    return f"{folder}/" if folder else ""


def _build_canonical_url(destination: AnyDestination, period: Period) -> str:
    if not isinstance(destination, DevtoDestination):
        return ""
    return f"{destination.site_url}/{build_page_path(LAYOUT_PRESETS['quartz'], period, '').removesuffix('.md')}"
