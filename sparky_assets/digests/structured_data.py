"""What search engines read of a blog post: schema.org's BlogPosting as JSON-LD. Pure."""

import json

from sparky_assets.digests.models import Digest

SCHEMA_ORG_TERMS = {"https://schema.org", "BlogPosting", "Organization", "WebPage"}
"""Strings that are the vocabulary's, not ours."""


def build_structured_data(digest: Digest) -> str:
    """One line of JSON that cannot end its script element; empty where the page has no address."""
    if not digest.url:
        return ""
    featured = digest.picture("featured")
    name = digest.organisation or "Engineering"
    values = {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "headline": digest.short_title,
        "description": digest.description,
        "datePublished": digest.date.isoformat(),
        "mainEntityOfPage": {"@type": "WebPage", "@id": digest.url},
        "author": {"@type": "Organization", "name": name},
        "keywords": list(digest.tags),
        **({"image": f"{digest.url.rpartition('/')[0]}/{featured.file}"} if featured else {}),
    }
    return json.dumps(values, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
