"""`sparky preview`: render all products of a period without writing to the store.

`sparky templates`: list, show and check the templates.
"""

import base64
import difflib
import tempfile
import webbrowser
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import add_json_option, echo, echo_json, echo_result, output
from sparky_assets.cli.run import PERIOD_NOUNS, complete_period, load_command_settings, require_stored, resolve_period
from sparky_assets.periods import PeriodKind

if TYPE_CHECKING:
    from sparky_assets.digests.charts.images import PictureData
    from sparky_assets.digests.compose import RenderedProduct
    from sparky_assets.digests.context import ProductContext
    from sparky_assets.digests.models import Product
    from sparky_assets.settings.schema import Settings


MIME_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@click.command(short_help="Render all products of a period on one page.")
@click.argument("kind", type=PERIOD_NOUNS)
@click.argument("period", required=False, shell_complete=complete_period)
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--diff", is_flag=True, help="Print the differences to the texts in the store.")
@click.option("--public", is_flag=True, help="Use the public edition instead of the internal one.")
@click.option(
    "--output", "target", type=click.Path(path_type=Path), help="File for the page.  [default: a temporary file]"
)
@add_json_option
@click.pass_obj
def preview(
    config_file: str | None, kind: str, period: str | None, *, show: bool, diff: bool, public: bool, target: Path | None
) -> None:
    """Render the products of a period with the current templates and settings. The store is not changed.

    The period needs insights: sparky run week 2025-W46 --until insights. PERIOD defaults to the last closed one.

    \b
    Examples:
      sparky preview week 2025-W46 --open
      sparky preview day --diff
    """
    from resources.storage import Storage
    from sparky_assets.digests.context import ProductContext
    from sparky_assets.store import Audience

    settings = load_command_settings(config_file)
    chosen = resolve_period(PeriodKind.from_noun(kind), period, settings)
    audience = Audience.PUBLIC if public else Audience.INTERNAL
    require_stored(settings, chosen, "insights", audience)
    context = ProductContext(chosen, Storage(root=settings.store_root), settings, audience)
    made = _render_products(context)
    if diff:
        _show_differences(context, {product: composed.text for product, (composed, _) in made.items()})
        return
    target = target or Path(tempfile.mkdtemp(prefix="sparky-preview-")) / f"{chosen.label}.html"
    target.write_text(_build_page(str(chosen), made), encoding="utf-8")
    echo(f"{chosen}: {', '.join(f'{product} {composed.word_count} words' for product, (composed, _) in made.items())}")
    echo_result(str(target))
    if output.is_json:
        words = {product: composed.word_count for product, (composed, _) in made.items()}
        echo_json({"kind": kind, "period": chosen.label, "file": str(target.absolute()), "words": words})
    if show:
        webbrowser.open(target.absolute().as_uri())


def _render_products(context: "ProductContext") -> "dict[Product, tuple[RenderedProduct, list[PictureData]]]":
    """Render each product of a period. What they share is read once."""
    from sparky_assets.digests.compose import (
        ProductInputs,
        draw_pictures,
        load_current_pictures,
        load_repository_urls,
        render_product,
    )
    from sparky_assets.digests.editions import load_edition, prepare_edition
    from sparky_assets.digests.models import INSIGHT_PART, list_products
    from sparky_assets.insights.models import Insight

    key = context.period.key
    if context.storage.has(context.get_part_path(INSIGHT_PART), key, "json"):
        edition, digest = load_edition(context)
    else:
        insight = context.storage.read_document(context.insights_path, key, Insight)
        edition, digest = prepare_edition(context, insight), ""
    inputs = ProductInputs(edition.insight, digest, load_repository_urls(context, edition.insight))
    made = {}
    for product in list_products(context.period.kind):
        pictures = load_current_pictures(product, context, inputs)
        if pictures is None:
            pictures = draw_pictures(product, context, inputs)
        rendered, manifest = render_product(product, context, inputs, pictures, edition)
        for problem in manifest.problems:
            echo(f"{product}: {problem}", style="red")
        for remark in manifest.remarks:
            echo(f"{product}: {remark}", style="yellow")
        made[product] = rendered, pictures
    return made


def _show_differences(context: "ProductContext", texts: "dict[Product, str]") -> None:
    from sparky_assets.digests.models import get_suffix

    lines: list[str] = []
    for product, text in texts.items():
        name, suffix = context.get_part_path(product), get_suffix(product)
        stored = context.storage.has(name, context.period.key, suffix)
        before = context.storage.read_text(name, context.period.key, suffix) if stored else ""
        lines += difflib.unified_diff(before.splitlines(), text.splitlines(), f"{product} in the store",
                                      f"{product} now", lineterm="")  # fmt: skip
    for line in lines:
        echo_result(line)
    if not lines:
        echo("no change")
    if output.is_json:
        echo_json({"period": context.period.label, "diff": "\n".join(lines)})


def _build_page(title: str, rendered_products: "dict[Product, tuple[RenderedProduct, list[PictureData]]]") -> str:
    """Build one page with all products. Pictures are embedded, so that the file can be moved."""
    from sparky_assets.digests.models import get_suffix
    from sparky_assets.digests.render.html import render_html, wrap_html_page

    parts = []
    for product, (composed, drawn) in rendered_products.items():
        files = {picture.file.file: _build_data_url(picture) for picture in drawn}
        match get_suffix(product):
            case "md":
                body = render_html(composed.text, lambda file, urls=files: urls.get(file, file))  # type: ignore[misc]
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


@click.group()
def templates() -> None:
    """List, show, copy and check the templates of the digests. How to override one: docs/templates.md."""


@templates.command("list")
@add_json_option
@click.pass_obj
def list_templates(config_file: str | None) -> None:
    """List templates, partials and the table of phrases, each with its folder."""
    from sparky_assets.digests.render.templates import build_environment, list_template_names
    from sparky_assets.text.phrases import PHRASES_FILE

    folders = _find_template_folders(load_command_settings(config_file))
    names = [*list_template_names(build_environment(folders)), PHRASES_FILE]
    rows = {name: _find_folder(name, folders) for name in sorted(names)}
    for name, folder in rows.items():
        echo_result(f"{name:<34} {folder}")
    if output.is_json:
        echo_json([{"name": name, "folder": str(folder)} for name, folder in rows.items()])


@templates.command("show")
@click.argument("name")
@click.pass_obj
def show_template(config_file: str | None, name: str) -> None:
    """Print a template. `sparky templates copy NAME` writes it where it overrides the shipped one."""
    folders = _find_template_folders(load_command_settings(config_file))
    click.echo(_read_template(name, folders), nl=False)


@templates.command("copy", short_help="Copy shipped templates into your folder, to change them.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--force", is_flag=True, help="Replace a copy that is there.")
@add_json_option
@click.pass_obj
def copy_templates(config_file: str | None, names: tuple[str, ...], *, force: bool) -> None:
    """Copy shipped templates into the folder of `digests.templates`, to change them there.

    The table of phrases is copied with each phrase behind a comment sign: uncomment those that you change.

    \b
    Example:
      sparky templates copy weekly.md.j2 partials/stories.md.j2
      sparky templates copy phrases.toml
    """
    from sparky_assets.errors import DataError
    from sparky_assets.settings.load import find_shipped_folder
    from sparky_assets.text.phrases import PHRASES_FILE, comment_out_phrases

    own = load_command_settings(config_file).digests.templates
    if own is None:
        raise DataError('digests.templates is not set. Name a folder first, for example templates = "mine".')
    texts = {name: _read_template(name, [find_shipped_folder("templates")]) for name in names}
    if PHRASES_FILE in texts:
        texts[PHRASES_FILE] = comment_out_phrases(texts[PHRASES_FILE])
    for name, text in texts.items():
        if (own / name).exists() and not force:
            raise DataError(f"{own / name}: exists already. Replace it with --force.")
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(text, encoding="utf-8")
        echo_result(str(own / name))
    if output.is_json:
        echo_json([str((own / name).absolute()) for name in texts])


@templates.command("check")
@add_json_option
@click.pass_obj
def check_templates(config_file: str | None) -> None:
    """Check the phrases, and render all templates with sample data. A failure names file, line and key or variable.
    Exit code 1 when one fails.

    Your templates of the reader (`site/` in the folder of digests.templates) are rendered as pages of a sample store.
    """
    from sparky_assets.digests.render.samples import check_templates as find_template_problems
    from sparky_assets.errors import DataError

    settings = load_command_settings(config_file)
    folders = _find_template_folders(settings)
    problems = list(find_template_problems(folders))
    if (folders[0] / "site").is_dir() and len(folders) > 1:
        from sparky_assets.reader.site_check import find_site_problems

        problems += find_site_problems(settings, folders)
    if output.is_json:
        echo_json(problems)
    if problems:
        raise DataError("\n".join(problems))
    echo("all templates render; no ungrounded text")


def _find_template_folders(settings: "Settings") -> list[Path]:
    from sparky_assets.digests.compose import list_template_folders
    from sparky_assets.errors import DataError

    folders = list_template_folders(settings)
    for folder in folders:
        if not folder.is_dir():
            raise DataError(f"digests.templates: {folder}: no such folder. `sparky templates copy NAME` makes it.")
    return folders


def _read_template(name: str, folders: list[Path]) -> str:
    from sparky_assets.digests.render.templates import build_environment, list_template_names
    from sparky_assets.errors import DataError
    from sparky_assets.text.phrases import PHRASES_FILE

    folder = _find_folder(name, folders)
    # Only names of the list: `../settings` would be read from beside the folder.
    if folder is None or name not in [*list_template_names(build_environment(folders)), PHRASES_FILE]:
        raise DataError(f"{name}: no such template. See `sparky templates list`.")
    return (folder / name).read_text(encoding="utf-8")


def _find_folder(name: str, folders: list[Path]) -> Path | None:
    return next((folder for folder in folders if (folder / name).is_file()), None)
