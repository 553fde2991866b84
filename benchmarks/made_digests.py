"""A store with generated digests of so many days, their weeks and months, for the benchmark of the reader."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from resources.storage import Storage
from sparky_assets.digests.models import Product, ProductManifest
from sparky_assets.digests.titles import format_period
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import Fact, Metrics
from sparky_assets.periods import Period, PeriodKind, periods_between
from sparky_assets.store import Audience, digest_path

LAST = date(2025, 12, 31)
SENTENCES = {PeriodKind.DAILY: 15, PeriodKind.WEEKLY: 45, PeriodKind.MONTHLY: 90}
VERBS = ("Read", "Stop", "Cache", "Rename", "Speed up", "Document", "Test", "Retry")
THINGS = ("the wires", "the presses", "a morning edition", "compressed archives", "the session", "empty answers")


def made_digests(storage: Storage, days: int) -> list[Period]:
    """Write digests, insights and numbers of `days` days up to the end of 2025; return their periods."""
    periods = [one for kind in PeriodKind for one in periods_between(kind, LAST - timedelta(days=days - 1), LAST)]
    for period in periods:
        insight = _insight(period)
        text = _markdown(insight)
        rendered = ProductManifest(
            product=Product.DIGEST, audience=Audience.INTERNAL, period=period, title=f"Acme: {format_period(period)}",
            description=insight.claims[0].text, text_sha256="0" * 64, words=len(text.split()), is_quiet=False,
        )  # fmt: skip
        storage.write_text(digest_path(period.kind, Audience.INTERNAL), period.key, text)
        storage.write_document(digest_path(period.kind, Audience.INTERNAL), period.key, rendered)
        storage.write_document(f"insights/{period.kind.value}", period.key, insight)
        metrics = Metrics(period=period, window=period.window("UTC"), facts=insight.facts)
        storage.write_document(f"metrics/{period.kind.value}", period.key, metrics)
    return periods


def _insight(period: Period) -> Insight:
    commits = Fact(metric="commits", scope="all", value=SENTENCES[period.kind], unit="count", sources=("raw/commits",))
    claims = [Claim(id="headline", section="headline", repository=None, text=f"{commits.value} commits.",
                    facts=(commits.key,))]  # fmt: skip
    evidence = list(_evidence(period))
    claims += [
        Claim(id=f"change/{item.key}", section="change", repository=item.repository, text=f"{item.title}, by Ada.",
              evidence=(item.key,))
        for item in evidence
    ]  # fmt: skip
    return Insight(
        period=period, window=period.window("UTC"), mode="rules", organisation="Acme", claims=tuple(claims),
        evidence=tuple(evidence), facts=(commits,), unreadable=(), notes=(), records=len(evidence),
    )  # fmt: skip


def _evidence(period: Period) -> Iterator[Evidence]:
    for number in range(SENTENCES[period.kind]):
        thing = THINGS[(number + period.start.day) % len(THINGS)]
        pull = period.start.toordinal() * 100 + number
        repository = f"acme/tool-{number % 12}"
        yield Evidence(
            key=f"pr:{repository}#{pull}",
            kind="pull_request",
            repository=repository,
            reference=f"#{pull}",
            url=f"https://github.com/{repository}/pull/{pull}",
            title=f"{VERBS[number % 8]} {thing} number {number}",
            author="Ada",
            is_bot=False,
            state="merged",
            at=datetime(2025, 1, 1, 12, tzinfo=UTC),
            theme=ChangeTheme.FEATURE,
            changed_lines=10,
            visibility="private",
        )


def _markdown(insight: Insight) -> str:
    head = f'---\ntitle: "Acme"\n---\n\n# Acme: {format_period(insight.period)}\n\n**{insight.claims[0].text}**\n'
    lines = []
    for claim in insight.claims[1:]:
        (item,) = insight.get_cited_evidence(claim)
        lines.append(f"- {claim.text.rstrip('.')} ([{item.reference}]({item.url})).")
    return f"{head}\n## What changed\n\n" + "\n".join(lines) + "\n"
