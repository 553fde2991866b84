"""What the API answers of digests: lists, texts, what their sentences stand on, search and feeds."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from sparky_assets.digests.pages import html_of
from sparky_assets.digests.products import products_of
from sparky_assets.insights.models import Evidence
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader import api_digest_models as out
from sparky_assets.reader.api_models import Kind, fact_out, period_out
from sparky_assets.reader.editions import keys_shown
from sparky_assets.reader.grounds import Grounds
from sparky_assets.reader.library import Card
from sparky_assets.reader.operations import PREFIX, Ask, Query, Refused
from sparky_assets.reader.rendering import blocks_of
from sparky_assets.reader.words import page_of

KEY = r"^\d{4}-\d{2}-\d{2}$"


class ListQuery(Query):
    """Which digests of a list."""

    kind: Kind = Field("day", description="Digests of days, weeks or months.")
    limit: int = Field(20, ge=1, le=100, description="How many at most.")
    before: str | None = Field(None, pattern=KEY, description="Only periods that began before this day.")


class SearchQuery(Query):
    """What to look for."""

    q: str = Field(max_length=200, description="Words that a digest must all hold.")
    kind: Literal["day", "week", "month"] | None = Field(None, description="Only digests of this kind.")
    limit: int = Field(20, ge=1, le=50, description="How many at most.")


def list_digests(ask: Ask) -> out.DigestPage:
    """Digests, newest first."""
    kind, query = PeriodKind.from_noun(ask.query.kind), ask.query
    there = [
        one for one in ask.reader.library.periods(kind, ask.audience) if not query.before or one.key < query.before
    ]
    chosen = there[::-1][: query.limit]
    cards = [card for period in chosen if (card := ask.reader.library.card(period, ask.audience))]
    ask.modified = max((card.modified for card in cards), default=None)
    more = len(there) > len(chosen)
    after = f"{PREFIX}/digests?kind={query.kind}&limit={query.limit}&before={chosen[-1].key}" if more else None
    return out.DigestPage(items=[out.DigestSummary(**_summary(card)) for card in cards], next=after)


def latest_digest(ask: Ask) -> out.DigestOut:
    """The newest digest of a kind."""
    kind = PeriodKind.from_noun(ask.query.kind)
    period = ask.reader.library.latest(kind, ask.audience)
    if period is None:
        raise Refused(404, f"There is no digest of a {kind.noun} yet.")
    return _whole(ask, period)


def one_digest(ask: Ask) -> out.DigestOut:
    """One digest with its text, its sentences and their claims."""
    return _whole(ask, ask.period)


def digest_markdown(ask: Ask) -> str:
    """The text of a digest, exactly as it was written."""
    return _text(ask, ask.period)[1]


def digest_html(ask: Ask) -> str:
    """The text of a digest as a fragment of HTML."""
    return html_of(_text(ask, ask.period)[1], ask.reader.library.addresses(ask.period, ask.audience).get)


def insight_of(ask: Ask) -> out.InsightOut:
    """Every claim of a period with the evidence and facts that it stands on."""
    period, library = ask.period, ask.reader.library
    insight = library.insight(period, ask.audience)
    if insight is None:
        raise Refused(404, f"There is no insight of the {period}.")
    grounds = library.grounds(period, ask.audience) or Grounds(insight)
    said = keys_shown(blocks_of(library.markdown(period, ask.audience) or "", grounds.reading))
    shown = {claim for key in said for claim in grounds.claims(key)}
    return out.InsightOut(
        period=period_out(period),
        organisation=insight.organisation,
        mode=insight.mode,
        model=insight.writer.model if insight.writer else None,
        records=insight.records,
        claims=[
            out.ClaimOut(
                id=claim.id, section=claim.section, repository=claim.repository, text=claim.text, origin=claim.origin,
                evidence=list(claim.evidence), facts=list(claim.facts), is_told=claim.id in shown,
            )
            for claim in insight.claims
        ],
        evidence=[_evidence(item) for item in insight.evidence],
        facts=[fact_out(fact) for fact in insight.facts],
    )  # fmt: skip


def search_digests(ask: Ask) -> out.SearchOut:
    """Digests that hold all words, best first."""
    query = ask.query
    kind = PeriodKind.from_noun(query.kind) if query.kind else None
    count, hits = ask.reader.search.find(query.q, ask.audience, kind, query.limit)
    items = [
        out.HitOut(
            period=period_out(hit.period), title=hit.title, snippet="".join(text for text, _ in hit.snippet),
            page=page_of(hit.period), self=_address(hit.period),
        )
        for hit in hits
    ]  # fmt: skip
    return out.SearchOut(query=query.q, count=count, items=items)


def list_feeds(ask: Ask) -> out.FeedsOut:
    """The feeds: Atom and JSON Feed for each kind of period."""
    kinds = [kind.noun for kind in PeriodKind]
    return out.FeedsOut(
        items=[
            out.FeedOut.model_validate({"kind": kind, "format": form, "url": f"/feeds/{kind}.{form}"})
            for kind in kinds
            for form in ("atom", "json")
        ]
    )


def _text(ask: Ask, period: Period) -> tuple[Card, str]:
    card, markdown = ask.reader.library.card(period, ask.audience), ask.reader.library.markdown(period, ask.audience)
    if card is None or markdown is None:
        raise Refused(404, f"There is no digest of the {period}.")
    ask.modified = card.modified
    return card, markdown


def _whole(ask: Ask, period: Period) -> out.DigestOut:
    card, markdown = _text(ask, period)
    rendered = ask.reader.library.rendered(period, ask.audience)
    grounds = ask.reader.library.grounds(period, ask.audience)
    addresses = ask.reader.library.addresses(period, ask.audience)
    return out.DigestOut(
        **_summary(card),
        markdown=markdown,
        html=html_of(markdown, addresses.get),
        sentences=list(_sentences(markdown, grounds)),
        corrections=list(rendered.corrections) if rendered else [],
        pictures=[
            out.Picture(name=one.name, alt=one.alt, url=addresses[one.file])
            for one in (rendered.pictures if rendered else ())
        ],
        texts=[
            f"{page_of(period)}/texts/{product}"
            for product in products_of(period.kind)[1:]
            if ask.reader.library.rendered(period, ask.audience, product)
        ],
    )


def _sentences(markdown: str, grounds: Grounds | None) -> Iterator[out.SentenceOut]:
    for block in blocks_of(markdown, grounds.reading if grounds else None):
        for one in block.sentences:
            claims = grounds.claims(one.key) if grounds and one.key else ()
            yield out.SentenceOut(html=one.html, claim=next(iter(claims), None), claims=list(claims))


def _summary(card: Card) -> dict[str, Any]:
    return {
        "period": period_out(card.period), "title": card.title, "headline": card.headline, "words": card.words,
        "is_quiet": card.is_quiet, "edition": card.edition, "page": page_of(card.period), "self": _address(card.period),
    }  # fmt: skip


def _address(period: Period) -> str:
    return f"{PREFIX}/digests/{period.kind.noun}/{period.label}"


def _evidence(item: Evidence) -> out.EvidenceOut:
    return out.EvidenceOut(
        key=item.key, kind=item.kind, repository=item.repository, reference=item.reference, url=item.url,
        title=item.title, author=item.author, state=item.state, at=item.at,
    )  # fmt: skip
