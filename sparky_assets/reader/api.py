"""The JSON API: what each address answers. Reads through the library, so that an audience sees its own shelf alone."""

from typing import Any, Literal

from pydantic import Field

from sparky_assets.digests.products import products_of
from sparky_assets.insights.models import Evidence
from sparky_assets.metrics.catalogue import METRICS
from sparky_assets.metrics.models import CONTRIBUTIONS, VOLUME, WHOLE, Fact
from sparky_assets.metrics.trends import Trend
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader import api_models as out
from sparky_assets.reader import statistics
from sparky_assets.reader.editions import claims_shown, sections, told
from sparky_assets.reader.library import Card
from sparky_assets.reader.operations import PREFIX, Ask, Operation, Query, Refused, period_in
from sparky_assets.reader.rendering import blocks_of, html_of
from sparky_assets.reader.status import as_json
from sparky_assets.reader.words import page_of, page_of_person, page_of_repository

KEY = r"^\d{4}-\d{2}-\d{2}$"
KINDS = tuple(kind.noun for kind in PeriodKind)


class ListQuery(Query):
    """Which digests of a list."""

    kind: out.Kind = Field("day", description="Digests of days, weeks or months.")
    limit: int = Field(20, ge=1, le=100, description="How many at most.")
    before: str | None = Field(None, pattern=KEY, description="Only periods that began before this day.")


class LatestQuery(Query):
    """The newest of which kind."""

    kind: out.Kind = Field("day", description="Of days, weeks or months.")


class PeriodQuery(LatestQuery):
    """One period, or the newest."""

    period: str | None = Field(None, max_length=20, description="Label like 2025-W46; the newest that was counted.")


class HistoryQuery(LatestQuery):
    """A history of which kind and scope."""

    scope: str = Field(WHOLE, max_length=200, description="`all`, or a thing like `repository:owner/name`.")
    limit: int = Field(30, ge=1, le=400, description="How many periods at most.")


class MetricsQuery(Query):
    """Which facts."""

    scope: str | None = Field(None, max_length=200, description="Only facts of this scope, like `all`.")
    metric: str | None = Field(None, max_length=100, description="Only facts of this metric.")


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
    return html_of(_text(ask, ask.period)[1], _pictures(ask, ask.period))


def insight_of(ask: Ask) -> out.InsightOut:
    """Every claim of a period with the evidence and facts that it stands on."""
    period, library = ask.period, ask.reader.library
    insight = library.insight(period, ask.audience)
    if insight is None:
        raise Refused(404, f"There is no insight of the {period}.")
    markdown = library.markdown(period, ask.audience)
    shown = claims_shown(sections(markdown, insight, {})[1]) if markdown else set()
    return out.InsightOut(
        period=_period(period),
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
        facts=[_fact(fact) for fact in insight.facts],
    )  # fmt: skip


def metrics_of(ask: Ask) -> out.MetricsOut:
    """The numbers of a period, what could not be told, and how it stands against earlier ones."""
    period, query = ask.period, ask.query
    metrics = ask.reader.library.metrics(period, ask.audience)
    if metrics is None:
        raise Refused(404, f"The {period} was not counted.")
    back = ask.reader.library.looking_back(period, ask.audience)
    wanted = [
        fact for fact in metrics.facts if query.scope in {None, fact.scope} and query.metric in {None, fact.metric}
    ]
    return out.MetricsOut(
        period=_period(period),
        facts=[_fact(fact) for fact in wanted],
        absent=[out.AbsentOut(metrics=list(one.metrics), scope=one.scope, reason=one.reason) for one in metrics.absent],
        trends=[_trend(one) for one in (back.trends if back else ()) if query.metric in {None, one.metric}],
    )


def metric_history(ask: Ask) -> out.HistoryOut:
    """One metric over periods."""
    name, query = ask.path["metric"], ask.query
    if name not in METRICS:
        raise Refused(404, "There is no such metric; docs/metrics.md lists them.")
    kind = PeriodKind.from_noun(query.kind)
    counted = ask.reader.library.counted(kind, ask.audience)
    points = (
        statistics.history(ask.reader.library, ask.audience, counted[-1], name, scope=query.scope, count=query.limit)
        if counted
        else []
    )
    return out.HistoryOut(
        metric=name, scope=query.scope, unit=METRICS[name].unit, about=METRICS[name].sentence,
        points=[out.PointOut(period=point.period.label, value=point.value) for point in points],
    )  # fmt: skip


def list_repositories(ask: Ask) -> out.RepositoriesOut:
    """Repositories in which anything happened in a period."""
    period = _counted(ask)
    rows = statistics.repositories(ask.reader.library, ask.audience, period) if period else []
    items = [
        out.RepositoryOut(
            name=row["repository"],
            page=page_of_repository(row["repository"]),
            self=f"{PREFIX}/repositories/{page_of_repository(row['repository']).removeprefix('/repository/')}?kind={ask.query.kind}",
            counts={name: row[name] for name in VOLUME},
        )
        for row in rows
    ]
    return out.RepositoriesOut(period=_period(period) if period else None, items=items)


def one_repository(ask: Ask) -> out.RepositoryHistoryOut:
    """One repository over periods."""
    name = f"{ask.path['owner']}/{ask.path['name']}"
    last = _counted(ask)
    found = statistics.repository_history(ask.reader.library, ask.audience, name, last) if last else []
    if not found:
        raise Refused(404, "No period that was counted knows this repository.")
    periods = [out.PeriodCounts(period=period.label, counts={one: row[one] for one in VOLUME}) for period, row in found]
    return out.RepositoryHistoryOut(name=name, kind=ask.query.kind, periods=periods)


def list_people(ask: Ask) -> out.PeopleOut:
    """Who contributed in a period, in the order of names."""
    period = _counted(ask)
    rows = statistics.people(ask.reader.library, ask.audience, period) if period else []
    items = [
        out.PersonOut(
            key=row["key"], name=row["name"], login=row["login"], is_bot=row["is_bot"],
            page=page_of_person(row["key"]),
            self=f"{PREFIX}/people/{page_of_person(row['key']).removeprefix('/person/')}?kind={ask.query.kind}",
            counts={name: row[name] or 0 for name in CONTRIBUTIONS}, repositories=list(row["repositories"] or ()),
        )
        for row in rows
    ]  # fmt: skip
    return out.PeopleOut(period=_period(period) if period else None, items=items)


def one_person(ask: Ask) -> out.PersonHistoryOut:
    """One person over periods."""
    last = _counted(ask)
    found = statistics.someone(ask.reader.library, ask.audience, ask.path["key"], last) if last else None
    if found is None:
        raise Refused(404, "No period that was counted knows this person.")
    return out.PersonHistoryOut(
        key=found.key, name=found.name, login=found.login, is_bot=found.is_bot, kind=ask.query.kind,
        repositories=list(found.repositories), totals=dict(found.totals),
        periods=[
            out.PeriodCounts(period=period.label, counts={one: row[one] for one in CONTRIBUTIONS})
            for period, row in found.history
        ],
    )  # fmt: skip


def search_digests(ask: Ask) -> out.SearchOut:
    """Digests that hold all words, best first."""
    query = ask.query
    kind = PeriodKind.from_noun(query.kind) if query.kind else None
    count, hits = ask.reader.search.find(query.q, ask.audience, kind, query.limit)
    items = [
        out.HitOut(
            period=_period(hit.period), title=hit.title, snippet="".join(text for text, _ in hit.snippet),
            page=page_of(hit.period), self=_address(hit.period),
        )
        for hit in hits
    ]  # fmt: skip
    return out.SearchOut(query=query.q, count=count, items=items)


def pipeline_status(ask: Ask) -> out.StatusOut:
    """What is made, what lacks, what runs."""
    return out.StatusOut.model_validate(as_json(ask.reader.status.look(ask.audience)))


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


def _counted(ask: Ask) -> Period | None:
    """The period asked for, else the newest that was counted."""
    kind = PeriodKind.from_noun(ask.query.kind)
    if ask.query.period is not None:
        return period_in(kind, ask.query.period)
    return next(reversed(ask.reader.library.counted(kind, ask.audience)), None)


def _text(ask: Ask, period: Period) -> tuple[Card, str]:
    card, markdown = ask.reader.library.card(period, ask.audience), ask.reader.library.markdown(period, ask.audience)
    if card is None or markdown is None:
        raise Refused(404, f"There is no digest of the {period}.")
    ask.modified = card.modified
    return card, markdown


def _whole(ask: Ask, period: Period) -> out.DigestOut:
    card, markdown = _text(ask, period)
    rendered = ask.reader.library.rendered(period, ask.audience)
    insight = ask.reader.library.insight(period, ask.audience)
    pictures = _pictures(ask, period)
    blocks = blocks_of(markdown, told(insight), pictures)
    return out.DigestOut(
        **_summary(card),
        markdown=markdown,
        html=html_of(markdown, pictures),
        sentences=[out.SentenceOut(html=one.html, claim=one.claim) for block in blocks for one in block.sentences],
        corrections=list(rendered.corrections) if rendered else [],
        pictures=[
            out.Picture(name=one.name, alt=one.alt, url=pictures[one.file])
            for one in (rendered.pictures if rendered else ())
        ],
        texts=[
            f"{page_of(period)}/texts/{product}"
            for product in products_of(period.kind)[1:]
            if ask.reader.library.rendered(period, ask.audience, product)
        ],
    )


def _pictures(ask: Ask, period: Period) -> dict[str, str]:
    rendered = ask.reader.library.rendered(period, ask.audience)
    found = rendered.pictures if rendered else ()
    return {one.file: f"{page_of(period)}/pictures/{one.name}.{one.suffix}" for one in found}


def _period(period: Period) -> out.PeriodOut:
    last = period.days[-1].start
    return out.PeriodOut.model_validate(
        {"kind": period.kind.noun, "label": period.label, "first_day": period.start, "last_day": last}
    )


def _summary(card: Card) -> dict[str, Any]:
    return {
        "period": _period(card.period), "title": card.title, "headline": card.headline, "words": card.words,
        "is_quiet": card.is_quiet, "edition": card.edition, "page": page_of(card.period), "self": _address(card.period),
    }  # fmt: skip


def _address(period: Period) -> str:
    return f"{PREFIX}/digests/{period.kind.noun}/{period.label}"


def _evidence(item: Evidence) -> out.EvidenceOut:
    return out.EvidenceOut(
        key=item.key, kind=item.kind, repository=item.repository, reference=item.reference, url=item.url,
        title=item.title, author=item.author, state=item.state, at=item.at,
    )  # fmt: skip


def _trend(one: Trend) -> out.TrendOut:
    low, high = one.usual or (None, None)
    return out.TrendOut(
        metric=one.metric, value=one.value, previous=one.previous, usual_from=low, usual_to=high, standing=one.standing
    )


def _fact(fact: Fact) -> out.FactOut:
    return out.FactOut(
        key=fact.key, metric=fact.metric, scope=fact.scope, value=fact.value, unit=fact.unit, sources=list(fact.sources)
    )


WHICH = {"kind": "`day`, `week` or `month`.", "label": "Label like 2025-11-12, 2025-W46 or 2025-11."}
OPERATIONS = (
    Operation("/digests", "List digests", list_digests, out.DigestPage, ListQuery),
    Operation("/digests/latest", "The newest digest", latest_digest, out.DigestOut, LatestQuery),
    Operation("/digests/{kind}/{label}", "One digest", one_digest, out.DigestOut, about=WHICH),
    Operation("/digests/{kind}/{label}/markdown", "Its Markdown", digest_markdown, "text/markdown; charset=utf-8",
              about=WHICH),
    Operation("/digests/{kind}/{label}/html", "Its HTML", digest_html, "text/html; charset=utf-8", about=WHICH),
    Operation("/insights/{kind}/{label}", "Claims with evidence", insight_of, out.InsightOut, about=WHICH),
    Operation("/metrics/{kind}/{label}", "Numbers of a period", metrics_of, out.MetricsOut, MetricsQuery, about=WHICH),
    Operation("/history/{metric}", "A number over time", metric_history, out.HistoryOut, HistoryQuery,
              about={"metric": "Name of a metric, like `commits`."}),
    Operation("/repositories", "Repositories of a period", list_repositories, out.RepositoriesOut, PeriodQuery),
    Operation("/repositories/{owner}/{name}", "One repository", one_repository, out.RepositoryHistoryOut, PeriodQuery,
              about={"owner": "Its owner.", "name": "Its name."}),
    Operation("/people", "People of a period", list_people, out.PeopleOut, PeriodQuery),
    Operation("/people/{key}", "One person", one_person, out.PersonHistoryOut, PeriodQuery,
              about={"key": "The person's key, as lists give it."}),
    Operation("/search", "Search digests", search_digests, out.SearchOut, SearchQuery),
    Operation("/status", "State of the pipeline", pipeline_status, out.StatusOut),
    Operation("/feeds", "List feeds", list_feeds, out.FeedsOut),
)  # fmt: skip
