"""Render templates. They hold no logic beyond loops and conditions; what stands in them is escaped by filters.

Lengths that networks enforce, counted as they count, and posts that keep them without cutting a sentence. Pure.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from html import escape as escape_html
from pathlib import Path
from traceback import extract_tb
from types import MappingProxyType

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from resources.channels import THREAD_SEPARATOR
from sparky_assets.digests.models import Digest, DigestItem, EvidenceLink, Product
from sparky_assets.digests.render.front_matter import (
    FrontMatter,
    FrontMatterFlavor,
    build_structured_data,
    format_front_matter,
)
from sparky_assets.errors import DataError
from sparky_assets.periods import PeriodKind
from sparky_assets.text.escape import (
    _BACKSLASH_REPLACEMENT,
    _MARKDOWN_SPECIAL,
    escape_markdown,
    format_html_text,
    neutralize_mentions,
    quote_yaml,
)


def format_link(reference: EvidenceLink) -> str:
    """A reference as Markdown: a link, or code where there is no page."""
    if reference.url is None:
        return f"`{reference.label.replace('`', '')}`"
    return f"[{_MARKDOWN_SPECIAL.sub(_BACKSLASH_REPLACEMENT, reference.label)}]({reference.url})"


def format_sentence(item: DigestItem) -> str:
    """An item as Markdown: the repository where needed, the sentence, its references, and what else is known."""
    told = f"{escape_markdown(item.text.rstrip('.'))}{_format_item_references(item)}."
    if not item.text:
        told = f"{', '.join(format_link(target) for target in item.links)}."
    if item.place:
        name = format_link(item.place) if item.place.url else escape_markdown(item.place.label)
        told = f"**{name}**: {told}"
    return " ".join([told, *(format_sentence(detail) for detail in item.details)])


def format_plain_sentence(item: DigestItem) -> str:
    """An item as plain text, without its references."""
    place = f"{item.place.label}: " if item.place else ""
    told = item.text or f"{', '.join(target.label for target in item.links)}."
    return neutralize_mentions(" ".join([f"{place}{told}", *(detail.text for detail in item.details)])).replace("`", "")


def find_page_url(item: DigestItem) -> str:
    """The first page that an item stands on; empty where it has none."""
    return next((target.url for target in item.links if target.url), "")


def format_html_sentence(item: DigestItem) -> str:
    """An item as HTML with links, every word of it escaped."""
    links = ", ".join(_format_html_link(target) for target in item.links)
    place = f"<strong>{_format_html_link(item.place)}</strong>: " if item.place else ""
    bare = format_html_text(item.text.rstrip("."))
    told = f"{place}{bare}{f' ({links})' if links and bare else links}."
    return " ".join([told, *(format_html_sentence(detail) for detail in item.details)])


def _format_item_references(item: DigestItem) -> str:
    return f" ({', '.join(format_link(target) for target in item.links)})" if item.links else ""


def _format_html_link(reference: EvidenceLink) -> str:
    label = escape_html(neutralize_mentions(reference.label))
    return f'<a href="{escape_html(reference.url)}">{label}</a>' if reference.url else f"<code>{label}</code>"


MAX_POST_LENGTH = {Product.X: 280, Product.LINKEDIN: 3000}


MAX_POSTS_PER_THREAD = 5


URL_PATTERN = re.compile(r"https?://\S+")


CHARACTERS_PER_URL = 23
"""X counts every address as so many characters, however long it is."""


def count_x_characters(text: str) -> int:
    """Characters as X counts them: 2 for wide and emoji, 1 for Latin and our like, 23 for an address."""
    addresses = len(URL_PATTERN.findall(text))
    return addresses * CHARACTERS_PER_URL + sum(_count_x_weight(char) for char in URL_PATTERN.sub("", text))


def check_post_length(text: str, product: Product) -> Iterator[str]:
    """Why a network would refuse a text."""
    if product is Product.X:
        for number, post in enumerate(text.strip().split(THREAD_SEPARATOR), start=1):
            if (length := count_x_characters(post)) > MAX_POST_LENGTH[product]:
                yield f"post {number} has {length} characters, {MAX_POST_LENGTH[product]} are the most"
    elif product in MAX_POST_LENGTH and len(text) > MAX_POST_LENGTH[product]:
        yield f"{len(text)} characters, {MAX_POST_LENGTH[product]} are the most"


def build_thread(opening_lines: Sequence[str], stories: Sequence[str], page_url: str = "") -> list[str]:
    """Posts for X: the lines of `first` and then as many stories as fit, a post when one is full.

    A story that is too long for a post of its own is left out, never cut. `last` (an address) closes the first post.
    """
    opening = "\n\n".join(line for line in (*opening_lines, page_url) if line)
    posts = [opening]
    for story in stories:
        if count_x_characters(story) > MAX_POST_LENGTH[Product.X]:
            continue
        longer = f"{posts[-1]}\n\n{story}"
        if len(posts) > 1 and count_x_characters(longer) <= MAX_POST_LENGTH[Product.X]:
            posts[-1] = longer
        elif len(posts) < MAX_POSTS_PER_THREAD:
            posts.append(story)
    return posts


def _count_x_weight(char: str) -> int:
    # https://docs.x.com: code points 0-4351, 8192-8205, 8208-8223 and 8242-8247 count 1, all others 2.
    code = ord(char)
    light = code <= 4351 or 8192 <= code <= 8205 or 8208 <= code <= 8223 or 8242 <= code <= 8247
    return 1 if light and unicodedata.category(char) != "So" else 2


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
