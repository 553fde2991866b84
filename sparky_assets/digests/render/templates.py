"""Render templates. They hold no logic beyond loops and conditions; what stands in them is escaped by filters."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from traceback import extract_tb
from types import MappingProxyType

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from sparky_assets.digests.limits import MAX_POST_LENGTH, build_thread, count_x_characters
from sparky_assets.digests.models import Digest
from sparky_assets.digests.products import Product
from sparky_assets.digests.render.front_matter import FrontMatter, FrontMatterFlavor, format_front_matter
from sparky_assets.digests.structured_data import build_structured_data
from sparky_assets.errors import DataError
from sparky_assets.periods import PeriodKind
from sparky_assets.text.escape import (
    escape_markdown,
    find_page_url,
    format_html_sentence,
    format_html_text,
    format_link,
    format_plain_sentence,
    format_sentence,
    neutralize_mentions,
    quote_yaml,
)

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
    """The template of a product: one each, and for the digest itself one a kind of period."""
    return f"{kind.value}.md.j2" if product is Product.DIGEST else PRODUCT_TEMPLATES[product]


def build_environment(folders: Sequence[Path]) -> SandboxedEnvironment:
    """Jinja2 over template folders, the first winning; a misspelt variable is an error, not an empty string."""
    templates = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    templates.filters.update(
        md=escape_markdown,
        link=format_link,
        yaml=quote_yaml,
        sentence=format_sentence,
        plain=format_plain_sentence,
        text=neutralize_mentions,
        page=find_page_url,
        html=format_html_text,
        html_sentence=format_html_sentence,
    )
    return templates


def list_template_names(environment: SandboxedEnvironment) -> list[str]:
    """The templates of texts and their partials; those below `site/` are the reader's pages."""
    return environment.list_templates(filter_func=lambda name: name.endswith(".j2") and not name.startswith("site/"))


def render_digest(digest: Digest, folders: Sequence[Path], flavor: FrontMatterFlavor = "quartz") -> str:
    """The text of a product.

    Raises:
        DataError: when a template is missing or wrong; the message names file, line and word.
    """
    name = get_template_name(digest.product, digest.period.kind)
    try:
        template = build_environment(folders).get_template(name)
        text = template.render(
            digest=digest,
            front_matter=build_front_matter(digest, flavor),
            structured_data=build_structured_data(digest),
            posts=build_posts(digest),
        )
    except TemplateSyntaxError as error:
        raise DataError(f"template {error.filename or error.name}, line {error.lineno}: {error.message}") from error
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        where = _find_template_line(error, folders) or name
        raise DataError(f"template {where}: {error}. Looked in {', '.join(map(str, folders))}") from error
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def build_front_matter(digest: Digest, flavor: FrontMatterFlavor) -> str:
    """The front matter of a page."""
    featured = digest.picture("featured")
    known = FrontMatter(
        title=digest.title if digest.product is Product.DIGEST else digest.short_title,
        description=digest.description,
        date=digest.date,
        tags=digest.tags,
        url=digest.url,
        image=featured.file if featured else "",
    )
    return format_front_matter(known, flavor)


def build_posts(digest: Digest) -> list[str]:
    """The posts of a thread for X: the headline, then a story a post with the page that it stands on."""
    openings = (
        [digest.title, format_plain_sentence(digest.lead)],
        [digest.title, digest.lead.text],
        [digest.short_title],
    )
    first = next(
        (one for one in openings if count_x_characters("\n\n".join([*one, digest.url])) <= MAX_POST_LENGTH[Product.X]),
        [],
    )
    stories = [
        " ".join(part for part in (format_plain_sentence(item), find_page_url(item)) if part) for item in digest.stories
    ]
    return build_thread([neutralize_mentions(line) for line in first], stories, digest.url)


def _find_template_line(error: BaseException, folders: Sequence[Path]) -> str:
    """The innermost line of a template in an error's traceback."""
    lines = [one for one in extract_tb(error.__traceback__) if Path(one.filename).suffix == ".j2"]
    ours = [one for one in lines if any(Path(one.filename).is_relative_to(folder) for folder in folders)]
    return f"{ours[-1].filename}, line {ours[-1].lineno}" if ours else ""
