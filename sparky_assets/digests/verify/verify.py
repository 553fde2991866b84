"""Read a finished text again, as a reader's program would, and account for every sentence, number and address.

One function for all products: Markdown is parsed as Markdown, HTML as HTML, plain text by its lines. It is run where a
text is made, and once more on the bytes that leave. What a form may hold is told in `accounting_*.py`.
"""

from collections.abc import Iterator

from sparky_assets.digests.models import ProductManifest, get_suffix
from sparky_assets.digests.render.templates import check_post_length
from sparky_assets.digests.selection import WORD_BUDGETS
from sparky_assets.digests.verify.allowed_content import AllowedContent
from sparky_assets.digests.verify.mail import verify_html, verify_text
from sparky_assets.digests.verify.markdown import verify_front_matter, verify_markdown
from sparky_assets.insights.models import Insight
from sparky_assets.text.words import FRONT_MATTER_BLOCK


def find_ungrounded(text: str, manifest: ProductManifest, insight: Insight, pictures_folder: str = "") -> Iterator[str]:
    """What a text holds that the store does not: each with the words it stands in.

    * a sentence that is no claim and nothing that the text says of itself (`Rendered.statements`),
    * a number that is no fact, no part of cited evidence and no date of the period,
    * a link that was not built from ids, a picture that is not ours, HTML, a block of code.

    `pictures_at` is the folder, relative to the page, into which a layout moved the pictures: `assets/`.
    """
    known = AllowedContent(manifest, insight)
    match get_suffix(manifest.product):
        case "html":
            yield from verify_html(text, known)
        case "txt":
            yield from verify_text(text, known)
        case _:
            yield from verify_front_matter(text, known)
            yield from verify_markdown(FRONT_MATTER_BLOCK.sub("", text, count=1), known, pictures_folder)


def check_length(text: str, manifest: ProductManifest) -> Iterator[str]:
    """Why a text has not the length that its product promises: too long, or short without being quiet."""
    budget = WORD_BUDGETS.get((manifest.product, manifest.period.kind))
    if budget and manifest.words > budget.max_words:
        noun = manifest.period.kind.noun
        yield f"{manifest.words} words, {budget.max_words} are the most for a {manifest.product} of a {noun}"
    if budget and manifest.words < budget.min_words and not manifest.is_quiet:
        yield (
            f"{manifest.words} words, {budget.min_words} are the least for a {manifest.product} of a "
            f"{manifest.period.kind.noun} in which more happened than it tells"
        )
    yield from check_post_length(text, manifest.product)
