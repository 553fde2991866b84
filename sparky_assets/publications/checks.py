"""The door: what must hold of the final bytes before they leave. Pure; each gives the problems it found."""

import hashlib
from collections.abc import Iterator

from sparky_assets.digests.checks import unaccounted
from sparky_assets.digests.products import Rendered
from sparky_assets.insights.models import Insight
from sparky_assets.raw.git_history import EMAIL


def refusals(markdown: str, record: Rendered, insight: Insight) -> Iterator[str]:
    """Why this text may not leave: it is not the text that was checked, is ungrounded, or names an e-mail address."""
    if hashlib.sha256(markdown.encode()).hexdigest() != record.text_sha256:
        yield "the Markdown was changed after it was rendered; make the digest again"
    yield from unaccounted(markdown, record, insight)
    for number, line in enumerate(markdown.splitlines(), start=1):
        if EMAIL.search(line):
            yield f"line {number} holds an e-mail address"
