"""What would go to each destination, as final bytes, and why it may not. Nothing leaves here."""

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from resources.posts import Post
from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.digests.products import FIRST_INSIGHT, Product, suffix_of
from sparky_assets.digests.words import FRONT_MATTER
from sparky_assets.periods import Period
from sparky_assets.publications.checks import Ground, picture_refusals, refusals
from sparky_assets.publications.layouts import PRESETS, collisions, page_path, picture_path
from sparky_assets.publications.stock import Piece, laid_out, read_first_edition, read_insight, read_picture, read_piece
from sparky_assets.settings_destination import PagesDestination
from sparky_assets.settings_posts import DevtoDestination
from sparky_assets.settings_publishing import AnyDestination

POSTED: Mapping[str, tuple[Product, ...]] = {
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
class Parcel:
    """Everything of one period for one destination."""

    destination: AnyDestination
    pieces: tuple[Piece, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    pages: tuple[str, ...] = ()
    """The paths of the texts among the files, the main one first."""
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    site: Mapping[str, bytes] = field(default_factory=dict)
    """Index, archives and feeds by path: they change with every publication."""

    @property
    def post(self) -> Post:
        """The message, for a destination that takes one."""
        main, *others = self.pieces
        html = next((one.text for one in others if one.product is Product.EMAIL_HTML), "")
        about = main.about
        return Post(
            key=f"{about.period.kind.value}/{about.period.label}/{self.destination.name}",
            title=about.title,
            text=FRONT_MATTER.sub("", main.text, count=1).lstrip("\n"),
            html=html,
            description=about.description,
            tags=about.tags,
            address=_canonical(self.destination, about.period),
        )


def pack(destination: AnyDestination, period: Period, storage: Storage, ground: Ground) -> Parcel:
    """The final bytes of a period for a destination, judged at the door.

    Raises:
        StorageError: when something that the store should hold is torn.
    """
    is_pages = isinstance(destination, PagesDestination)
    named = destination.products if isinstance(destination, PagesDestination) else ()
    wanted = tuple(map(Product, named)) if is_pages else POSTED[destination.kind]
    found = {product: read_piece(storage, period, destination.audience, product) for product in wanted}
    missing = tuple(f"{product} of {period} is not in the store" for product, piece in found.items() if piece is None)
    pieces = tuple(piece for piece in found.values() if piece is not None)
    if not pieces or (not is_pages and found[wanted[0]] is None):
        return Parcel(destination, (), missing=missing)
    if isinstance(destination, PagesDestination):
        return _pages(destination, pieces, missing, storage, ground)
    problems = [f"{one.product}: {why}" for one in pieces for why in _why_not(one, destination.audience, ground)]
    return Parcel(destination, pieces, missing=missing, problems=tuple(problems))


def _pages(
    destination: PagesDestination, pieces: tuple[Piece, ...], missing: tuple[str, ...], storage: Storage, ground: Ground
) -> Parcel:
    files: dict[str, bytes] = {}
    pages, final, problems = [], [], []
    for piece in pieces:
        part = "" if piece.product is Product.DIGEST else piece.product.value
        suffix = suffix_of(piece.product)
        page = page_path(destination.paths, piece.about.period, destination.folder, part, suffix)
        pictures, at = _pictures(destination, piece, page, storage)
        files |= pictures
        for picture, (path, data) in zip(piece.about.pictures, pictures.items(), strict=True):
            sha = hashlib.sha256(data).hexdigest()
            why = picture_refusals(data, picture.sha256, sha, destination.audience, ground.now)
            problems += [f"{path}: {reason}" for reason in why]
        texts = [(page, piece, ground)]
        if (first := read_first_edition(storage, piece)) is not None:
            path = posixpath.join(posixpath.dirname(page), piece.about.first_edition)
            texts.append((path, first, _first_ground(storage, first, ground)))
        for path, text, stands_on in texts:
            ready = laid_out(text, destination.paths.front_matter, at)
            problems += [f"{path}: {why}" for why in _why_not(ready, destination.audience, stands_on)]
            files[path] = ready.text.encode()
            final.append(ready)
        pages.append(page)
    problems += [f"{one} and {two} are one file where case does not count" for one, two in collisions(files)]
    return Parcel(destination, tuple(final), files, tuple(pages), missing, tuple(problems))  # type: ignore[arg-type]


def _pictures(destination: PagesDestination, piece: Piece, page: str, storage: Storage) -> tuple[dict[str, bytes], str]:
    """The pictures of a page by path, and what stands before their files where the page names them."""
    layout, period, here, at = destination.paths, piece.about.period, posixpath.dirname(page), ""
    found = {}
    for picture in piece.about.pictures:
        path = picture_path(layout, period, destination.folder, page, picture.file)
        at = layout.pictures_at or _prefix(posixpath.relpath(path, here or "."))
        found[path] = read_picture(storage, period, destination.audience, picture)
    return found, at


def _first_ground(storage: Storage, first: Piece, ground: Ground) -> Ground:
    insight, sha = read_insight(storage, first.about.period, first.about.audience, FIRST_INSIGHT)
    return Ground(insight, sha, ground.now)


def _why_not(piece: Piece, audience: Audience, ground: Ground) -> list[str]:
    return list(refusals(piece, ground, audience))


def _prefix(path: str) -> str:
    folder = posixpath.dirname(path)
    return f"{folder}/" if folder else ""


def _canonical(destination: AnyDestination, period: Period) -> str:
    if not isinstance(destination, DevtoDestination):
        return ""
    return f"{destination.site_url}/{page_path(PRESETS['quartz'], period, '').removesuffix('.md')}"
