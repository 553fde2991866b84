"""Say why a post is not worth its readers' time, and when a blog post is short (EDITORIAL.md, page 1). Pure.

A post that is withheld is made and stored like any other. It is not sent: its manifest says why.
"""

from collections.abc import Iterator

from sparky_assets.digests.models import Digest, Product, ProductManifest
from sparky_assets.insights.models import Insight

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
