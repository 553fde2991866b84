"""`sparky preview`: all products of a period as a reader sees them, made anew from the store, which is not touched."""

import base64
import difflib
import tempfile
import webbrowser
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import echo
from sparky_assets.cli.making import PERIOD_NOUNS, load_command_settings, resolve_period
from sparky_assets.periods import PeriodKind

if TYPE_CHECKING:
    from sparky_assets.digests.compose import RenderedProduct
    from sparky_assets.digests.context import ProductContext
    from sparky_assets.digests.gallery import PictureData
    from sparky_assets.digests.products import Product


MIME_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@click.command(short_help="Show all products of a period as they would look.")
@click.argument("kind", type=PERIOD_NOUNS)
@click.argument("period", required=False)
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--diff", is_flag=True, help="Show what would change against the text in the store.")
@click.option("--public", is_flag=True, help="The edition for the world instead of the internal one.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Where the page is written.  [default: a temporary file]"
)
@click.pass_obj
def preview(
    config_file: str | None, kind: str, period: str | None, *, show: bool, diff: bool, public: bool, output: Path | None
) -> None:
    """Show the products of a period that has insights, with the templates and settings of now.

    \b
    Examples:
      sparky preview week 2025-W46 --open
      sparky preview day --diff
    """
    from resources.storage import Storage
    from sparky_assets.digests.context import ProductContext
    from sparky_assets.digests.products import list_products
    from sparky_assets.store import Audience

    settings = load_command_settings(config_file)
    chosen = resolve_period(PeriodKind.from_noun(kind), period, settings)
    audience = Audience.PUBLIC if public else Audience.INTERNAL
    desk = ProductContext(chosen, Storage(root=settings.store_root), settings, audience)
    products = list_products(chosen.kind)
    made = {product: _render_product(desk, product) for product in products}
    if diff:
        _show_differences(desk, {product: composed.text for product, (composed, _) in made.items()})
        return
    target = output or Path(tempfile.mkdtemp(prefix="sparky-preview-")) / f"{chosen.label}.html"
    target.write_text(_build_page(str(chosen), made), encoding="utf-8")
    echo(f"{chosen}: {', '.join(f'{product} {composed.word_count} words' for product, (composed, _) in made.items())}")
    echo(str(target))
    if show:
        webbrowser.open(target.absolute().as_uri())


def _render_product(context: "ProductContext", product: "Product") -> "tuple[RenderedProduct, list[PictureData]]":
    from sparky_assets.digests.editions import load_edition, prepare_edition
    from sparky_assets.digests.products import INSIGHT_PART, ProductManifest
    from sparky_assets.digests.writing import ProductInputs, draw_pictures, load_repository_urls, render_product
    from sparky_assets.insights.models import Insight

    key = context.period.key
    if context.storage.has(context.get_part_path(INSIGHT_PART), key, "json"):
        edition, digest = load_edition(context)
    else:
        insight = context.storage.read_document(f"insights/{context.period_path}", key, Insight)
        edition, digest = prepare_edition(context, insight), ""
    material = ProductInputs(edition.insight, digest, load_repository_urls(context, edition.insight))
    drawn = draw_pictures(product, context, material)
    composed, rendered = render_product(product, context, material, drawn, edition)
    for problem in rendered.problems:
        echo(f"{product}: {problem}", style="red")
    assert isinstance(rendered, ProductManifest)
    return composed, drawn


def _show_differences(context: "ProductContext", texts: "dict[Product, str]") -> None:
    from sparky_assets.digests.products import get_suffix

    changed = False
    for product, text in texts.items():
        name, suffix = context.get_part_path(product), get_suffix(product)
        stored = context.storage.has(name, context.period.key, suffix)
        before = context.storage.read_text(name, context.period.key, suffix) if stored else ""
        for line in difflib.unified_diff(before.splitlines(), text.splitlines(), f"{product} in the store",
                                         f"{product} now", lineterm=""):  # fmt: skip
            changed = True
            echo(line)
    if not changed:
        echo("no change")


def _build_page(title: str, rendered_products: "dict[Product, tuple[RenderedProduct, list[PictureData]]]") -> str:
    """One page with every product, one below the other; pictures are inside of it, so that it can be moved."""
    from sparky_assets.digests.products import get_suffix
    from sparky_assets.digests.render.html import render_html, wrap_html_page

    parts = []
    for product, (composed, drawn) in rendered_products.items():
        files = {one.file.file: _build_data_url(one) for one in drawn}
        match get_suffix(product):
            case "md":
                body = render_html(composed.text, lambda file, known=files: known.get(file, file))  # type: ignore[misc]
            case "html":
                body = f'<iframe sandbox srcdoc="{escape(composed.text)}" style="width:100%;height:40rem"></iframe>'
            case _:
                body = f"<pre>{escape(composed.text)}</pre>"
        parts.append(
            f"<details open><summary><strong>{product}</strong>, {composed.word_count} words</summary>{body}</details>"
        )
    return wrap_html_page(title, "\n<hr>\n".join(parts))


def _build_data_url(picture: "PictureData") -> str:
    return f"data:{MIME_TYPES[picture.file.suffix]};base64,{base64.b64encode(picture.data).decode()}"
