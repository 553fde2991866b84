"""Pages of evidence: what people wrote about each change and release of a period, with scores, and what was printed.

They read the raw days, with the rows that the reader's audience may see. A period without raw days has no such page.
"""

from collections.abc import Iterator
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sparky_assets.documents.library import DocumentLibrary, collect_sources
from sparky_assets.documents.models import Quotation
from sparky_assets.documents.report import build_entry, list_subjects
from sparky_assets.errors import DataError
from sparky_assets.insights.models import Insight
from sparky_assets.periods import Period
from sparky_assets.raw.window import read_audience_window
from sparky_assets.reader.formatting import evidence_url
from sparky_assets.reader.pages.common import frame_version, period_from_path, render_html
from sparky_assets.reader.responses import (
    HTML_MEDIA_TYPE,
    ReaderContext,
    conditional_response,
    get_audience,
    get_reader,
)
from sparky_assets.store import Audience
from sparky_assets.stories.models import PeriodStories, StorySentence

RECORDS_PER_PAGE = 30

MAX_SHOWN_SENTENCES = 8
"""Sentences of a text in a list of records; the page of one record has all."""


def show_evidence(request: Request) -> Response:
    """Show the texts of a period, or with `?of=` those of one change, release or issue."""
    reader, audience, period = get_reader(request), get_audience(request), period_from_path(request)
    if evidence_url(period) != request.url.path:
        return RedirectResponse(evidence_url(period), 308)
    # A digest that is hidden from an audience hides its evidence too.
    if reader.library.load_card(period, audience) is None:
        raise HTTPException(404, f"There is no digest of the {period}.")
    wanted = request.query_params.get("of", "")[:400]
    number = request.query_params.get("page", "1")
    page = min(int(number), 10_000) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
    key = ("evidence", reader.library.page_version(period, audience), wanted, page, frame_version(request))
    body = reader.library.cached_page(
        key,
        lambda: render_html(request, "evidence.html.j2", _build_values(reader, audience, period, wanted, max(1, page))),
    )
    return conditional_response(request, body, HTML_MEDIA_TYPE)


def _build_values(reader: ReaderContext, audience: Audience, period: Period, wanted: str, page: int) -> dict[str, Any]:
    people = reader.settings.people
    try:
        window = read_audience_window(
            reader.library.storage, period, audience, people.opt_out, join_names=people.join_names
        )
    except DataError:
        raise HTTPException(404, f"The raw days of the {period} are not in the store.") from None
    library = DocumentLibrary(collect_sources(window))
    subjects = list_subjects(window, library)
    if wanted and wanted not in subjects:
        raise HTTPException(404, f"The {period} has no text of such a record.")
    pages = max(1, -(-len(subjects) // RECORDS_PER_PAGE))
    page = min(page, pages)
    shown = [wanted] if wanted else list(subjects)[(page - 1) * RECORDS_PER_PAGE : page * RECORDS_PER_PAGE]
    printed = list(list_printed_quotations(reader.library.load_insight(period, audience)))
    entries = [build_entry(subject, subjects[subject], library) for subject in shown]
    for entry in entries:
        for document in entry["documents"]:
            arrange_sentences(document, printed, None if wanted else MAX_SHOWN_SENTENCES)
    return {
        "period": period, "entries": entries, "count": len(subjects), "wanted": wanted, "page": page, "pages": pages,
        "address": evidence_url(period),
    }  # fmt: skip


def arrange_sentences(document: dict[str, Any], printed: list[Quotation], limit: int | None) -> None:
    """Mark the sentences of a report that are printed, put the best first, and count those beyond a limit."""
    for row in document["sentences"]:
        start, end = row["span"]
        row["is_printed"] = any(
            quoted.source == document["key"] and quoted.start < end and start < quoted.end for quoted in printed
        )
    ranked = sorted(
        document["sentences"], key=lambda row: (not row["is_printed"], row["printed_as"] is None, -row["score"])
    )
    document["more"] = max(0, len(ranked) - limit) if limit else 0
    document["sentences"] = ranked[:limit]


def list_printed_quotations(insight: Insight | None) -> Iterator[Quotation]:
    """Yield the quotations of the sentences that products of a period may print."""
    for sentence in _list_sentences(insight.stories) if insight else ():
        yield from (part.quotation for part in sentence.parts if part.quotation)


def _list_sentences(stories: PeriodStories) -> Iterator[StorySentence]:
    for story in stories.stories:
        yield from (story.heading, *story.sentences, *story.closing)
        yield from (sentence for item in story.items for sentence in item.sentences)
    yield from (sentence for sentences in stories.release_sentences.values() for sentence in sentences)
    yield from (sentence for row in stories.box_rows for sentence in row.sentences)
    yield from stories.coming
    yield from (sentence for item in stories.doubts for sentence in item.sentences)
