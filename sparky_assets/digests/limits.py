"""Lengths that networks enforce, counted as they count, and posts that keep them without cutting a sentence. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from resources.posts import BETWEEN_POSTS
from sparky_assets.digests.products import Product

LONGEST = {Product.X: 280, Product.LINKEDIN: 3000}
LONGEST_THREAD = 5
ADDRESS = re.compile(r"https?://\S+")
ADDRESS_COUNTS = 23
"""X counts every address as so many characters, however long it is."""


def length_on_x(text: str) -> int:
    """Characters as X counts them: 2 for wide and emoji, 1 for Latin and our like, 23 for an address."""
    addresses = len(ADDRESS.findall(text))
    return addresses * ADDRESS_COUNTS + sum(_weight(char) for char in ADDRESS.sub("", text))


def too_long(text: str, product: Product) -> Iterator[str]:
    """Why a network would refuse a text."""
    if product is Product.X:
        for number, post in enumerate(text.strip().split(BETWEEN_POSTS), start=1):
            if (length := length_on_x(post)) > LONGEST[product]:
                yield f"post {number} has {length} characters, {LONGEST[product]} are the most"
    elif product in LONGEST and len(text) > LONGEST[product]:
        yield f"{len(text)} characters, {LONGEST[product]} are the most"


def thread(first: Sequence[str], stories: Sequence[str], last: str = "") -> list[str]:
    """Posts for X: the lines of `first` and then as many stories as fit, a post when one is full.

    A story that is too long for a post of its own is left out, never cut. `last` (an address) closes the first post.
    """
    opening = "\n\n".join(line for line in (*first, last) if line)
    posts = [opening]
    for story in stories:
        if length_on_x(story) > LONGEST[Product.X]:
            continue
        longer = f"{posts[-1]}\n\n{story}"
        if len(posts) > 1 and length_on_x(longer) <= LONGEST[Product.X]:
            posts[-1] = longer
        elif len(posts) < LONGEST_THREAD:
            posts.append(story)
    return posts


def _weight(char: str) -> int:
    # https://docs.x.com: code points 0-4351, 8192-8205, 8208-8223 and 8242-8247 count 1, all others 2.
    code = ord(char)
    light = code <= 4351 or 8192 <= code <= 8205 or 8208 <= code <= 8223 or 8242 <= code <= 8247
    return 1 if light and unicodedata.category(char) != "So" else 2
