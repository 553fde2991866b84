"""Render templates. They hold no logic beyond loops and conditions; what stands in them is escaped by filters."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from traceback import extract_tb
from types import MappingProxyType

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from sparky_assets.digests.escaping import (
    escape,
    html_sentence,
    html_text,
    inert_text,
    link,
    page_of,
    plain_sentence,
    quoted,
    sentence,
)
from sparky_assets.digests.front_matter import Flavour, FrontMatter, write_front_matter
from sparky_assets.digests.limits import LONGEST, length_on_x, thread
from sparky_assets.digests.models import Digest
from sparky_assets.digests.products import Product
from sparky_assets.digests.structured_data import structured_data
from sparky_assets.errors import DataError
from sparky_assets.periods import PeriodKind

TEMPLATES: Mapping[Product, str] = MappingProxyType(
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


def template_name(product: Product, kind: PeriodKind) -> str:
    """The template of a product: one each, and for the digest itself one a kind of period."""
    return f"{kind.value}.md.j2" if product is Product.DIGEST else TEMPLATES[product]


def environment(folders: Sequence[Path]) -> SandboxedEnvironment:
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
        md=escape, link=link, yaml=quoted, sentence=sentence, plain=plain_sentence, text=inert_text, page=page_of,
        html=html_text, html_sentence=html_sentence,
    )  # fmt: skip
    return templates


def names_in(templates: SandboxedEnvironment) -> list[str]:
    """The templates of texts and their partials; those below `site/` are the reader's pages."""
    return templates.list_templates(filter_func=lambda name: name.endswith(".j2") and not name.startswith("site/"))


def render(digest: Digest, folders: Sequence[Path], flavour: Flavour = "quartz") -> str:
    """The text of a product.

    Raises:
        DataError: when a template is missing or wrong; the message names file, line and word.
    """
    name = template_name(digest.product, digest.period.kind)
    try:
        template = environment(folders).get_template(name)
        text = template.render(
            digest=digest,
            front_matter=head_of(digest, flavour),
            structured_data=structured_data(digest),
            posts=posts_of(digest),
        )
    except TemplateSyntaxError as error:
        raise DataError(f"template {error.filename or error.name}, line {error.lineno}: {error.message}") from error
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        where = _where(error, folders) or name
        raise DataError(f"template {where}: {error}. Looked in {', '.join(map(str, folders))}") from error
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def head_of(digest: Digest, flavour: Flavour) -> str:
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
    return write_front_matter(known, flavour)


def posts_of(digest: Digest) -> list[str]:
    """The posts of a thread for X: the headline, then a story a post with the page that it stands on."""
    openings = ([digest.title, plain_sentence(digest.lead)], [digest.title, digest.lead.text], [digest.short_title])
    first = next((one for one in openings if length_on_x("\n\n".join([*one, digest.url])) <= LONGEST[Product.X]), [])
    stories = [" ".join(part for part in (plain_sentence(item), page_of(item)) if part) for item in digest.stories]
    return thread([inert_text(line) for line in first], stories, digest.url)


def _where(error: BaseException, folders: Sequence[Path]) -> str:
    """The innermost line of a template in an error's traceback."""
    lines = [one for one in extract_tb(error.__traceback__) if Path(one.filename).suffix == ".j2"]
    ours = [one for one in lines if any(Path(one.filename).is_relative_to(folder) for folder in folders)]
    return f"{ours[-1].filename}, line {ours[-1].lineno}" if ours else ""
