"""Lengths that networks enforce, counted as they count, and posts that keep them without cutting a sentence. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from resources.channels import THREAD_SEPARATOR
from sparky_assets.digests.products import Product

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
