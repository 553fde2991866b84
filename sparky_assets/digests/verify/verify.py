"""Verify a finished text: every sentence, number and link must come from the store.

Markdown is parsed as Markdown, HTML as HTML, plain text by line. This runs when a text is made, and again on the bytes
that are published. What a text may contain is defined in `allowed_content.py`.
"""

from collections.abc import Iterator
from dataclasses import replace

from sparky_assets.digests.models import Digest, Product, ProductManifest, get_suffix
from sparky_assets.digests.render.templates import check_post_length
from sparky_assets.digests.verify.allowed_content import AllowedContent, LocatedProblem
from sparky_assets.digests.verify.mail import locate_html_problems, locate_text_problems
from sparky_assets.digests.verify.markdown import locate_markdown_problems, verify_front_matter
from sparky_assets.insights.models import Insight
from sparky_assets.stories.printing.products.limits import BLOG_LIMITS, DIGEST_LIMITS
from sparky_assets.text.words import FRONT_MATTER_BLOCK


def find_ungrounded(text: str, manifest: ProductManifest, insight: Insight, pictures_folder: str = "") -> Iterator[str]:
    """Yield what a text contains and the store does not, quoting the words.

    * a sentence that is neither of its stories (`ProductManifest.sentences`) nor about the text itself (`statements`),
    * a number that is no fact, no part of cited evidence and no date of the period,
    * a link that was not built from ids, an unknown picture, raw HTML, a code block.

    Args:
        text: The finished text.
        manifest: Its manifest.
        insight: The insight that it was made from.
        pictures_folder: The folder, relative to the page, that a layout moved the pictures to: `assets/`.
    """
    allowed = AllowedContent(manifest, insight)
    if get_suffix(manifest.product) == "md":
        yield from verify_front_matter(text, allowed)
    yield from (problem.message for problem in locate_problems(text, allowed, pictures_folder))


def locate_problems(text: str, allowed: AllowedContent, pictures_folder: str = "") -> Iterator[LocatedProblem]:
    """Yield the problems of a text with their lines; those of its front matter have no lines and are not among them."""
    match get_suffix(allowed.manifest.product):
        case "html":
            yield from locate_html_problems(text, allowed)
        case "txt":
            yield from locate_text_problems(text, allowed)
        case _:
            front_matter = FRONT_MATTER_BLOCK.match(text)
            offset = front_matter[0].count("\n") if front_matter else 0
            body = FRONT_MATTER_BLOCK.sub("", text, count=1)
            for problem in locate_markdown_problems(body, allowed, pictures_folder):
                yield replace(problem, start=problem.start + offset, end=problem.end + offset)


def check_length(text: str, manifest: ProductManifest) -> Iterator[str]:
    """Yield why a text has the wrong length: for its network, or too long for its period."""
    yield from check_word_budget(manifest)
    yield from check_post_length(text, manifest.product)


def check_word_budget(manifest: ProductManifest) -> Iterator[str]:
    """Yield why a text has too many words."""
    is_post = manifest.product in {Product.BLOG_POST, Product.DEVTO}
    limits = BLOG_LIMITS if is_post else DIGEST_LIMITS[manifest.period.kind]
    if manifest.words > limits.words:
        noun = manifest.period.kind.noun
        yield f"{manifest.words} words, but a {manifest.product} of a {noun} has at most {limits.words}"


PUBLIC_POSTS = frozenset({Product.X, Product.LINKEDIN})
MIN_BLOG_WORDS = 800
"""Words of a blog post from which it tells more than the digest beside it."""
MIN_POSTED_STORIES, MIN_POSTED_CHANGES = 2, 2
"""Stories with a section of their own, or changes of one, from which a period without a release has a post."""


def find_reason_to_withhold(digest: Digest, insight: Insight) -> str:
    """Return why a post is not sent; empty if it is, and for other products.

    Args:
        digest: the content of the text.
        insight: what the period is about.
    """
    edition = digest.edition
    if digest.product not in PUBLIC_POSTS or insight.stories.releases or edition.all_rows:
        return ""
    is_large = any(len(story.group.changes) >= MIN_POSTED_CHANGES for story in edition.stories)
    if is_large or len(edition.stories) >= MIN_POSTED_STORIES:
        return ""
    return "no release, nothing to do before an upgrade, and no story of several changes"


def remark_short_blog_post(manifest: ProductManifest) -> Iterator[str]:
    """Yield that a blog post is shorter than one of its own should be: the period carries no more."""
    if manifest.product is Product.BLOG_POST and manifest.words < MIN_BLOG_WORDS:
        yield f"{manifest.words} words, but a blog post has at least {MIN_BLOG_WORDS}: the digest says as much"
