"""`sparky preview`: all products of a period as a reader sees them, made anew from the store, which is not touched."""

import base64
import difflib
import tempfile
import webbrowser
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import say
from sparky_assets.cli.making import NOUNS, choose, settings_of
from sparky_assets.periods import PeriodKind

if TYPE_CHECKING:
    from sparky_assets.digests.composing import Composed
    from sparky_assets.digests.desk import Desk
    from sparky_assets.digests.gallery import Drawn
    from sparky_assets.digests.products import Product

MIME = {"svg": "image/svg+xml", "png": "image/png"}


@click.command(short_help="Show all products of a period as they would look.")
@click.argument("kind", type=NOUNS)
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
    from sparky_assets.audience import Audience
    from sparky_assets.digests.desk import Desk
    from sparky_assets.digests.products import products_of

    settings = settings_of(config_file)
    chosen = choose(PeriodKind.from_noun(kind), period, settings)
    audience = Audience.PUBLIC if public else Audience.INTERNAL
    desk = Desk(chosen, Storage(root=settings.store_root), settings, audience)
    products = products_of(chosen.kind)
    made = {product: _make(desk, product) for product in products}
    if diff:
        _show_differences(desk, {product: composed.text for product, (composed, _) in made.items()})
        return
    target = output or Path(tempfile.mkdtemp(prefix="sparky-preview-")) / f"{chosen.label}.html"
    target.write_text(_page(str(chosen), made), encoding="utf-8")
    say(f"{chosen}: {', '.join(f'{product} {composed.words} words' for product, (composed, _) in made.items())}")
    say(str(target))
    if show:
        webbrowser.open(target.absolute().as_uri())


def _make(desk: "Desk", product: "Product") -> "tuple[Composed, list[Drawn]]":
    from sparky_assets.digests.editions import edition_of, next_edition
    from sparky_assets.digests.products import INSIGHT, Rendered
    from sparky_assets.digests.writing import Material, draw, make, read_urls
    from sparky_assets.insights.models import Insight

    key = desk.period.key
    if desk.storage.has(desk.name(INSIGHT), key, "json"):
        edition, digest = edition_of(desk)
    else:
        insight = desk.storage.read_document(f"insights/{desk.shelf}", key, Insight)
        edition, digest = next_edition(desk, insight), ""
    material = Material(edition.insight, digest, read_urls(desk, edition.insight))
    drawn = draw(product, desk, material)
    composed, rendered = make(product, desk, material, drawn, edition)
    for problem in rendered.problems:
        say(f"{product}: {problem}", style="red")
    assert isinstance(rendered, Rendered)
    return composed, drawn


def _show_differences(desk: "Desk", texts: "dict[Product, str]") -> None:
    from sparky_assets.digests.products import suffix_of

    changed = False
    for product, text in texts.items():
        name, suffix = desk.name(product), suffix_of(product)
        stored = desk.storage.has(name, desk.period.key, suffix)
        before = desk.storage.read_text(name, desk.period.key, suffix) if stored else ""
        for line in difflib.unified_diff(before.splitlines(), text.splitlines(), f"{product} in the store",
                                         f"{product} now", lineterm=""):  # fmt: skip
            changed = True
            say(line)
    if not changed:
        say("no change")


def _page(title: str, made: "dict[Product, tuple[Composed, list[Drawn]]]") -> str:
    """One page with every product, one below the other; pictures are inside of it, so that it can be moved."""
    from sparky_assets.digests.pages import html_of, page_of_html
    from sparky_assets.digests.products import suffix_of

    parts = []
    for product, (composed, drawn) in made.items():
        files = {one.file.file: _data_url(one) for one in drawn}
        match suffix_of(product):
            case "md":
                body = html_of(composed.text, lambda file, known=files: known.get(file, file))  # type: ignore[misc]
            case "html":
                body = f'<iframe sandbox srcdoc="{escape(composed.text)}" style="width:100%;height:40rem"></iframe>'
            case _:
                body = f"<pre>{escape(composed.text)}</pre>"
        parts.append(
            f"<details open><summary><strong>{product}</strong>, {composed.words} words</summary>{body}</details>"
        )
    return page_of_html(title, "\n<hr>\n".join(parts))


def _data_url(one: "Drawn") -> str:
    return f"data:{MIME[one.file.suffix]};base64,{base64.b64encode(one.data).decode()}"
