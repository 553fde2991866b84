"""Read a finished text again, as a reader's program would, and account for every sentence, number and address.

One function for all products: Markdown is parsed as Markdown, HTML as HTML, plain text by its lines. It is run where a
text is made, and once more on the bytes that leave. What a form may hold is told in `accounting_*.py`.
"""

from collections.abc import Iterator

from sparky_assets.digests.accounting_data import in_front_matter
from sparky_assets.digests.accounting_mail import in_html, in_plain_text
from sparky_assets.digests.accounting_markdown import in_markdown
from sparky_assets.digests.budget import BUDGETS
from sparky_assets.digests.known import Known
from sparky_assets.digests.limits import too_long
from sparky_assets.digests.products import Rendered, suffix_of
from sparky_assets.digests.words import FRONT_MATTER
from sparky_assets.insights.models import Insight


def unaccounted(text: str, rendered: Rendered, insight: Insight, pictures_at: str = "") -> Iterator[str]:
    """What a text holds that the store does not: each with the words it stands in.

    * a sentence that is no claim and nothing that the text says of itself (`Rendered.statements`),
    * a number that is no fact, no part of cited evidence and no date of the period,
    * a link that was not built from ids, a picture that is not ours, HTML, a block of code.

    `pictures_at` is the folder, relative to the page, into which a layout moved the pictures: `assets/`.
    """
    known = Known(rendered, insight)
    match suffix_of(rendered.product):
        case "html":
            yield from in_html(text, known)
        case "txt":
            yield from in_plain_text(text, known)
        case _:
            yield from in_front_matter(text, known)
            yield from in_markdown(FRONT_MATTER.sub("", text, count=1), known, pictures_at)


def out_of_range(text: str, rendered: Rendered) -> Iterator[str]:
    """Why a text has not the length that its product promises: too long, or short without being quiet."""
    budget = BUDGETS.get((rendered.product, rendered.period.kind))
    if budget and rendered.words > budget.most:
        noun = rendered.period.kind.noun
        yield f"{rendered.words} words, {budget.most} are the most for a {rendered.product} of a {noun}"
    if budget and rendered.words < budget.least and not rendered.is_quiet:
        yield (
            f"{rendered.words} words, {budget.least} are the least for a {rendered.product} of a "
            f"{rendered.period.kind.noun} in which more happened than it tells"
        )
    yield from too_long(text, rendered.product)
