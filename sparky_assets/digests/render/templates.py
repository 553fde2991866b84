"""Render templates: the Jinja environment, its filters, and posts that keep the limits of their network.

Templates have loops and conditions and no other logic. Every text in them is escaped by a filter. The filters for plain
strings belong to `text/escape.py`, those for sentences to `printing.py`. What `digest` contains is decided by
`stories/printing/layout.py`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from traceback import extract_tb
from types import MappingProxyType

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from resources.channels import THREAD_SEPARATOR, escape_little_text
from resources.channels.chat_text import MAX_DISCORD_LENGTH, count_discord_characters, format_discord
from sparky_assets.digests.models import Digest, Product
from sparky_assets.digests.render.front_matter import (
    FrontMatter,
    FrontMatterFlavor,
    build_structured_data,
    format_front_matter,
)
from sparky_assets.digests.render.printing import (
    print_all_html,
    print_all_markdown,
    print_all_plain,
    print_code_block,
)
from sparky_assets.errors import DataError
from sparky_assets.periods import PeriodKind
from sparky_assets.text.escape import (
    encode_url,
    escape_markdown,
    format_html_text,
    neutralize_mentions,
    quote_yaml,
)
from sparky_assets.text.phrases import load_phrases
from sparky_assets.text.x_rules import MAX_X_LENGTH, count_x_characters, neutralize_post

TEMPLATE_ERRORS = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a template raises that cannot be rendered."""

MAX_POST_LENGTH = {Product.X: MAX_X_LENGTH, Product.LINKEDIN: 3000, Product.CHAT: MAX_DISCORD_LENGTH}
"""Characters of a post, as each network counts them."""

PRODUCT_TEMPLATES: Mapping[Product, str] = MappingProxyType(
    {
        Product.BLOG_POST: "blog_post.md.j2",
        Product.DEVTO: "devto.md.j2",
        Product.LINKEDIN: "linkedin.txt.j2",
        Product.X: "x.txt.j2",
        Product.CHAT: "chat.md.j2",
        Product.EMAIL_TEXT: "email.txt.j2",
        Product.EMAIL_HTML: "email.html.j2",
    }
)


def get_template_name(product: Product, kind: PeriodKind) -> str:
    """Return the template of a product. The digest has one for each kind of period."""
    return f"{kind.value}.md.j2" if product is Product.DIGEST else PRODUCT_TEMPLATES[product]


def load_environment(folders: Sequence[Path]) -> SandboxedEnvironment:
    """Return the environment over template folders; built again when a template was added, removed or changed.

    Compiling the templates of one product takes 30 to 60 ms, and a week has eight products.
    """
    return _load_cached_environment(tuple(folders), _list_template_versions(folders))


@lru_cache(maxsize=8)
def _load_cached_environment(
    folders: tuple[Path, ...], _versions: tuple[tuple[str, int, int], ...]
) -> SandboxedEnvironment:
    return build_environment(folders)


def _list_template_versions(folders: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """Return path, time of the last change and size of every template: an added one may hide one of a later folder."""
    files = sorted(path.absolute() for folder in folders for path in folder.rglob("*.j2"))
    statistics = [(str(path), path.stat()) for path in files]
    return tuple((path, status.st_mtime_ns, status.st_size) for path, status in statistics)


def build_environment(folders: Sequence[Path]) -> SandboxedEnvironment:
    """Build a sandboxed Jinja environment over template folders, the first of which wins.

    An unknown variable is an error and not an empty string.
    """
    environment = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(
        md=escape_markdown,
        yaml=quote_yaml,
        text=format_plain_text,
        url=encode_url,
        html=format_html_text,
        print_md=print_all_markdown,
        print_text=print_all_plain,
        print_html=print_all_html,
        code_block=print_code_block,
    )
    return environment


def list_template_names(environment: SandboxedEnvironment) -> list[str]:
    """Return the names of the templates of texts and their partials; those below `site/` are the reader's pages."""
    return environment.list_templates(filter_func=lambda name: name.endswith(".j2") and not name.startswith("site/"))


def render_digest(digest: Digest, folders: Sequence[Path], flavor: FrontMatterFlavor = "quartz") -> str:
    """Render the text of a product.

    Raises:
        DataError: If a template is missing or invalid; the message names the file, the line and the word.
    """
    name = get_template_name(digest.product, digest.period.kind)
    try:
        template = load_environment(folders).get_template(name)
        text = template.render(
            digest=digest,
            front_matter=build_front_matter(digest, flavor),
            structured_data=build_structured_data(digest),
            sections=load_phrases(folders).list_group("sections"),
        )
    except TEMPLATE_ERRORS as error:
        raise DataError(describe_template_error(error, name, folders)) from error
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def describe_template_error(error: Exception, name: str, folders: Sequence[Path]) -> str:
    """Return what is wrong with a template: its file, the line, the reason. `name` is what was asked for."""
    if isinstance(error, TemplateSyntaxError):
        return f"template {error.filename or error.name}, line {error.lineno}: {error.message}"
    location = _find_template_line(error, folders) or name
    return f"template {location}: {error}. Looked in {', '.join(str(folder) for folder in folders)}"


def build_front_matter(digest: Digest, flavor: FrontMatterFlavor) -> str:
    """Return the front matter of a page."""
    featured = digest.picture("featured")
    front_matter = FrontMatter(
        title=digest.title,
        description=digest.description,
        date=digest.date,
        tags=digest.tags,
        url=digest.url,
        image=featured.file if featured else "",
    )
    return format_front_matter(front_matter, flavor)


def _find_template_line(error: BaseException, folders: Sequence[Path]) -> str:
    """Return the innermost template line of an error's traceback; empty if there is none."""
    frames = [
        frame
        for frame in extract_tb(error.__traceback__)
        if Path(frame.filename).suffix == ".j2"
        and any(Path(frame.filename).is_relative_to(folder) for folder in folders)
    ]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else ""


def format_plain_text(text: str) -> str:
    """Format a text for a plain-text product: without backticks and mentions."""
    return neutralize_post(neutralize_mentions(text.replace("`", "")))


def check_post_length(text: str, product: Product) -> Iterator[str]:
    """Yield why a network would refuse a text for its length."""
    max_length = MAX_POST_LENGTH.get(product)
    if max_length is None:
        return
    if product is Product.X:
        for number, post in enumerate(text.strip().split(THREAD_SEPARATOR), start=1):
            if (length := count_x_characters(post)) > max_length:
                yield f"post {number} has {length} characters, but X allows {max_length}"
        return
    is_chat = product is Product.CHAT
    length = count_discord_characters(format_discord(text)) if is_chat else len(escape_little_text(text))
    if length > max_length:
        yield f"the post has {length} characters, but {product} allows {max_length}"
