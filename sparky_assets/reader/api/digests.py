"""API operations on digests: lists, texts, sentences with their evidence, search and feeds."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import HTMLResponse
from pydantic import Field
from starlette.responses import Response

from sparky_assets.digests.models import list_products
from sparky_assets.digests.render.html import render_html
from sparky_assets.insights.models import Evidence
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader.annotate import build_blocks
from sparky_assets.reader.api import models as out
from sparky_assets.reader.api.models import PeriodNoun, to_fact_out, to_period_out
from sparky_assets.reader.api.operations import (
    API_PREFIX,
    ApiError,
    ApiRequest,
    CurrentRequest,
    LatestQuery,
    PeriodInPath,
    QueryParams,
    router,
)
from sparky_assets.reader.evidence import EvidenceIndex
from sparky_assets.reader.formatting import digest_url
from sparky_assets.reader.library import DigestCard
from sparky_assets.reader.pages.digests import list_shown_keys

DATE_PATTERN = r"^\d{4}-\d{2}-\d{2}$"


class DigestListQuery(QueryParams):
    """Which digests of a list."""

    kind: PeriodNoun = Field("day", description="Digests of days, weeks or months.")
    limit: int = Field(20, ge=1, le=100, description="How many at most.")
    before: str | None = Field(None, pattern=DATE_PATTERN, description="Only periods that began before this day.")


class SearchQuery(QueryParams):
    """What to look for."""

    q: str = Field(max_length=200, description="Words that a digest must all hold.")
    kind: Literal["day", "week", "month"] | None = Field(None, description="Only digests of this kind.")
    limit: int = Field(20, ge=1, le=50, description="How many at most.")


class MarkdownResponse(Response):
    """A text in Markdown."""

    media_type = "text/markdown"


@router.get("/digests", summary="List digests")
def list_digests(request: CurrentRequest, query: Annotated[DigestListQuery, Query()]) -> out.DigestPage:
    """Return digests, newest first."""
    kind = PeriodKind.from_noun(query.kind)
    earlier = [
        period
        for period in request.reader.library.list_periods(kind, request.audience)
        if not query.before or period.key < query.before
    ]
    chosen = earlier[::-1][: query.limit]
    cards = [card for period in chosen if (card := request.reader.library.load_card(period, request.audience))]
    request.modified = max((card.modified for card in cards), default=None)
    more = len(earlier) > len(chosen)
    after = f"{API_PREFIX}/digests?kind={query.kind}&limit={query.limit}&before={chosen[-1].key}" if more else None
    return out.DigestPage(items=[out.DigestSummary(**_build_summary_fields(card)) for card in cards], next=after)


@router.get("/digests/latest", summary="The newest digest")
def latest_digest(request: CurrentRequest, query: Annotated[LatestQuery, Query()]) -> out.DigestOut:
    """Return the newest digest of a kind."""
    kind = PeriodKind.from_noun(query.kind)
    period = request.reader.library.find_latest(kind, request.audience)
    if period is None:
        raise ApiError(404, f"There is no digest of a {kind.noun} yet.")
    return _build_digest_out(request, period)


@router.get("/digests/{kind}/{label}", summary="One digest")
def one_digest(request: CurrentRequest, period: PeriodInPath) -> out.DigestOut:
    """Return one digest with its text, its sentences and their claims."""
    return _build_digest_out(request, period)


@router.get("/digests/{kind}/{label}/markdown", summary="Its Markdown", response_class=MarkdownResponse)
def digest_markdown(request: CurrentRequest, period: PeriodInPath) -> str:
    """Return the text of a digest, exactly as it was written."""
    return _load_text(request, period)[1]


@router.get("/digests/{kind}/{label}/html", summary="Its HTML", response_class=HTMLResponse)
def digest_html(request: CurrentRequest, period: PeriodInPath) -> str:
    """Return the text of a digest as a fragment of HTML."""
    return render_html(
        _load_text(request, period)[1], request.reader.library.list_file_urls(period, request.audience).get
    )


@router.get("/insights/{kind}/{label}", summary="Claims with evidence")
def insight_of(request: CurrentRequest, period: PeriodInPath) -> out.InsightOut:
    """Return every claim of a period with its evidence and facts."""
    library = request.reader.library
    insight = library.load_insight(period, request.audience)
    if insight is None:
        raise ApiError(404, f"There is no insight of the {period}.")
    grounds = library.load_evidence_index(period, request.audience) or EvidenceIndex(insight)
    shown_keys = list_shown_keys(build_blocks(library.load_markdown(period, request.audience) or "", grounds.matcher))
    shown = {evidence for key in shown_keys for evidence in grounds.find_evidence_keys(key)}
    return out.InsightOut(
        period=to_period_out(period),
        organisation=insight.organisation,
        mode=insight.mode,
        model=insight.editor.model if insight.editor else None,
        records=insight.records,
        claims=[
            out.ClaimOut(
                id=claim.id, section=claim.section, repository=claim.repository, text=claim.text,
                evidence=list(claim.evidence), facts=list(claim.facts),
                is_told=bool(shown.intersection(claim.evidence)),
            )
            for claim in insight.claims
        ],
        evidence=[_to_evidence_out(item) for item in insight.evidence],
        facts=[to_fact_out(fact) for fact in insight.facts],
    )  # fmt: skip


@router.get("/search", summary="Search digests")
def search_digests(request: CurrentRequest, query: Annotated[SearchQuery, Query()]) -> out.SearchOut:
    """Return digests that hold all words, best first."""
    kind = PeriodKind.from_noun(query.kind) if query.kind else None
    count, hits = request.reader.search.find(query.q, request.audience, kind, query.limit)
    items = [
        out.HitOut(
            period=to_period_out(hit.period), title=hit.title, snippet="".join(text for text, _ in hit.snippet),
            page=digest_url(hit.period), self=_digest_api_url(hit.period),
        )
        for hit in hits
    ]  # fmt: skip
    return out.SearchOut(query=query.q, count=count, items=items)


@router.get("/feeds", summary="List feeds")
def list_feeds(request: CurrentRequest) -> out.FeedsOut:
    """Return the feeds: Atom and JSON Feed for each kind of period."""
    kinds = [kind.noun for kind in PeriodKind]
    return out.FeedsOut(
        items=[
            out.FeedOut.model_validate({"kind": kind, "format": form, "url": f"/feeds/{kind}.{form}"})
            for kind in kinds
            for form in ("atom", "json")
        ]
    )


def _load_text(request: ApiRequest, period: Period) -> tuple[DigestCard, str]:
    card, markdown = (
        request.reader.library.load_card(period, request.audience),
        request.reader.library.load_markdown(period, request.audience),
    )
    if card is None or markdown is None:
        raise ApiError(404, f"There is no digest of the {period}.")
    request.modified = card.modified
    return card, markdown


def _build_digest_out(request: ApiRequest, period: Period) -> out.DigestOut:
    card, markdown = _load_text(request, period)
    rendered = request.reader.library.load_manifest(period, request.audience)
    grounds = request.reader.library.load_evidence_index(period, request.audience)
    addresses = request.reader.library.list_file_urls(period, request.audience)
    return out.DigestOut(
        **_build_summary_fields(card),
        markdown=markdown,
        html=render_html(markdown, addresses.get),
        sentences=list(_build_sentences_out(markdown, grounds)),
        corrections=list(rendered.corrections) if rendered else [],
        pictures=[
            out.PictureOut(name=picture.name, alt=picture.alt, url=addresses[picture.file])
            for picture in (rendered.pictures if rendered else ())
        ],
        texts=[
            f"{digest_url(period)}/texts/{product}"
            for product in list_products(period.kind)[1:]
            if request.reader.library.load_manifest(period, request.audience, product)
        ],
    )


def _build_sentences_out(markdown: str, evidence_index: EvidenceIndex | None) -> Iterator[out.SentenceOut]:
    for block in build_blocks(markdown, evidence_index.matcher if evidence_index else None):
        for sentence in block.sentences:
            keys = evidence_index.find_evidence_keys(sentence.key) if evidence_index and sentence.key else ()
            yield out.SentenceOut(html=sentence.html, evidence=list(keys))


def _build_summary_fields(card: DigestCard) -> dict[str, Any]:
    return {
        "period": to_period_out(card.period),
        "title": card.title,
        "headline": card.headline,
        "words": card.words,
        "is_quiet": card.is_quiet,
        "edition": card.edition,
        "page": digest_url(card.period),
        "self": _digest_api_url(card.period),
    }


def _digest_api_url(period: Period) -> str:
    return f"{API_PREFIX}/digests/{period.kind.noun}/{period.label}"


def _to_evidence_out(item: Evidence) -> out.EvidenceOut:
    return out.EvidenceOut(
        key=item.key, kind=item.kind, repository=item.repository, reference=item.reference, url=item.url,
        title=item.title, author=item.author, state=item.state, at=item.at,
    )  # fmt: skip
