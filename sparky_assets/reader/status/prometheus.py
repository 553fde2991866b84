"""/healthz, /readyz and /metrics. All answers come from snapshots that are kept for seconds, so scraping is cheap.

docs/reader.md lists the names of the metrics; alert rules depend on them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from resources.errors import ResourceError
from sparky_assets.insights.models import Insight
from sparky_assets.orchestration.health import StageState
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.models import PublicationLedger
from sparky_assets.reader.cached_store import Document
from sparky_assets.reader.responses import ReaderContext, get_audience, get_reader
from sparky_assets.reader.status.snapshot import StatusSnapshot
from sparky_assets.store import Audience, digest_path, insights_path, publications_path

GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sparky_store_readable": ("1 where the store can be read.", ()),
        "sparky_history_readable": ("1 where Dagster's history of runs can be read.", ()),
        "sparky_periods": ("Periods that a stage holds.", ("period", "stage")),
        "sparky_stage_last_success_timestamp_seconds": ("When its newest period was written.", ("period", "stage")),
        "sparky_stage_newest_period_timestamp_seconds": (
            "Midnight (UTC) of the first day of its newest period.",
            ("period", "stage"),
        ),
        "sparky_stage_age_seconds": ("Seconds since its newest period was written.", ("period", "stage")),
        "sparky_stage_recent_periods": (
            "Recent closed periods (14 days, 8 weeks, 6 months) by state: made, partial, running, failed, missing.",
            ("period", "stage", "state"),
        ),
        "sparky_periods_missing": ("Recent closed periods that are not done.", ("period",)),
        "sparky_last_closed_done": ("1 where the last closed period is done in every stage.", ("period",)),
        "sparky_runs": ("Runs in Dagster's history by status.", ("status",)),
        "sparky_queue_length": ("Runs that wait for their turn.", ()),
        "sparky_checks_failed": ("Asset checks whose last evaluation failed.", ()),
        "sparky_daemon_healthy": ("1 where a daemon of Dagster reports in time.", ("daemon",)),
        "sparky_daemon_last_heartbeat_timestamp_seconds": ("When a daemon reported last.", ("daemon",)),
        "sparky_dependency_healthy": ("1 where a language model or GitHub works; absent where not used.", ("what",)),
        "sparky_insight_sentences": (
            "Sentences of the newest insight. Its origin is always template: no model words a sentence.",
            ("period", "origin"),
        ),
        "sparky_unreadable_repositories": (
            "Repositories that the newest insight could not read, or could read in part only.",
            ("period",),
        ),
        "sparky_published_commits": ("Destinations at which the newest publication is a commit.", ("period",)),
        "sparky_model_fallback_ratio": (
            "Share of the questions to the model for the newest insight that rules answered; absent without a model.",
            ("period",),
        ),
        "sparky_model_calls": ("Calls of the language model for the newest insight.", ("asset",)),
        "sparky_model_prompt_tokens": ("Tokens that the model read for the newest insight.", ("asset",)),
        "sparky_model_answer_tokens": ("Tokens that the model wrote for the newest insight.", ("asset",)),
        "sparky_model_answers_refused": ("Answers of the model that the checks of its choices refused.", ("asset",)),
        "sparky_model_on_gpu_ratio": ("Share of the model on the GPU, where its server tells.", ("asset",)),
        "sparky_github_points_used": ("Points of GitHub's rate limit that the newest collection used.", ("asset",)),
        "sparky_github_points_left": ("Points of GitHub's rate limit that remained, where reported.", ("asset",)),
        "sparky_github_requests": ("Requests to GitHub of the newest collection.", ("asset",)),
    }
)
"""Description and labels by name. All are gauges; unknown values are absent."""

ASSET_GAUGES: Mapping[str, str] = MappingProxyType(
    {
        "model_calls": "sparky_model_calls",
        "prompt_tokens": "sparky_model_prompt_tokens",
        "answer_tokens": "sparky_model_answer_tokens",
        "answers_refused": "sparky_model_answers_refused",
        "model_on_gpu": "sparky_model_on_gpu_ratio",
        "github_points": "sparky_github_points_used",
        "github_points_left": "sparky_github_points_left",
        "github_requests": "sparky_github_requests",
    }
)
"""Numbers in the metadata of an asset's newest materialisation, and the gauge that each becomes."""


def check_liveness(request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


def check_readiness(request: Request) -> Response:
    """Answer 200 if the store can be read. History, model and GitHub are listed and do not decide."""
    reader = get_reader(request)
    snapshot = reader.status.snapshot(Audience.INTERNAL)
    try:
        reader.library.storage.list_keys(digest_path(PeriodKind.DAILY), "md")
    except ResourceError:
        return PlainTextResponse("store: cannot be read; the status page says why\n", 503)
    checks = [("store", True), ("history of runs", snapshot.history.is_readable)]
    # Names of organisations and models stay inside: this page is open to all.
    if snapshot.health:
        checks.append(("model and GitHub", all(check.ok for check in snapshot.health)))
    return PlainTextResponse("".join(f"{name}: {'ok' if ok else 'not ok'}\n" for name, ok in checks))


def export_metrics(request: Request) -> Response:
    """Serve all metrics."""
    reader = get_reader(request)
    if get_audience(request) is not Audience.INTERNAL and not reader.settings.reader.open_metrics:
        raise HTTPException(404, "There is nothing here for the public.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StatusCollector(reader))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class StatusCollector(Collector):
    """Turns a look at the pipeline into metrics."""

    def __init__(self, reader: ReaderContext) -> None:
        self._reader = reader

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: a look is taken when it is asked for."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The metrics of one look."""
        snapshot = self._reader.status.snapshot(Audience.INTERNAL)
        yield _make_single_gauge("sparky_store_readable", not snapshot.problem)
        yield from _collect_periods(snapshot)
        yield from _collect_runs(snapshot)
        yield from _collect_asset_numbers(snapshot)
        yield _collect_health(snapshot)
        yield from _collect_editions(self._reader, snapshot)


def _collect_periods(snapshot: StatusSnapshot) -> Iterator[Metric]:
    held = _make_gauge("sparky_periods")
    success = _make_gauge("sparky_stage_last_success_timestamp_seconds")
    newest = _make_gauge("sparky_stage_newest_period_timestamp_seconds")
    age = _make_gauge("sparky_stage_age_seconds")
    cells = _make_gauge("sparky_stage_recent_periods")
    missing = _make_gauge("sparky_periods_missing")
    overdue = _make_gauge("sparky_last_closed_done")
    for state in snapshot.kinds:
        kind = state.kind.value
        for stage, count in state.held.items():
            held.add_metric([kind, stage], count)
        for stage, (period, written) in state.newest.items():
            success.add_metric([kind, stage], written.timestamp())
            start = datetime(period.start.year, period.start.month, period.start.day, tzinfo=snapshot.at.tzinfo)
            newest.add_metric([kind, stage], start.timestamp())
            age.add_metric([kind, stage], max(0.0, (snapshot.at - written).total_seconds()))
        for stage in snapshot.stages:
            for cell in StageState:
                count = sum(row.cells[stage] is cell for row in state.rows)
                cells.add_metric([kind, stage, cell.value], count)
        missing.add_metric([kind], len(state.missing))
        overdue.add_metric([kind], int(bool(state.rows) and state.rows[-1].is_done))
    yield from (held, success, newest, age, cells, missing, overdue)


def _collect_runs(snapshot: StatusSnapshot) -> Iterator[Metric]:
    history = snapshot.history
    yield _make_single_gauge("sparky_history_readable", history.is_readable)
    runs = _make_gauge("sparky_runs")
    for status, count in history.runs_by_status.items():
        runs.add_metric([status], count)
    daemons = _make_gauge("sparky_daemon_healthy")
    beats = _make_gauge("sparky_daemon_last_heartbeat_timestamp_seconds")
    for daemon in history.daemons:
        name = daemon.name.replace(" ", "_")
        daemons.add_metric([name], int(daemon.is_healthy))
        if daemon.last_seen:
            beats.add_metric([name], daemon.last_seen.timestamp())
    yield from (runs, daemons, beats)
    yield _make_single_gauge("sparky_queue_length", history.runs_by_status.get("queued", 0))
    yield _make_single_gauge("sparky_checks_failed", len(history.failed_checks))


def _collect_asset_numbers(snapshot: StatusSnapshot) -> Iterator[Metric]:
    for key, name in ASSET_GAUGES.items():
        family = _make_gauge(name)
        for asset, numbers in snapshot.history.asset_numbers.items():
            if key in numbers:
                family.add_metric([asset], numbers[key])
        yield family


def _collect_health(snapshot: StatusSnapshot) -> Metric:
    family = _make_gauge("sparky_dependency_healthy")
    for check in snapshot.health:
        family.add_metric([check.name], int(check.ok))
    return family


def _collect_editions(reader: ReaderContext, snapshot: StatusSnapshot) -> Iterator[Metric]:
    """The newest insight and publication of each kind: at most six documents, and the library keeps them."""
    sentences = _make_gauge("sparky_insight_sentences")
    fallback = _make_gauge("sparky_model_fallback_ratio")
    unread = _make_gauge("sparky_unreadable_repositories")
    places = _make_gauge("sparky_published_commits")
    for state in snapshot.kinds:
        kind, newest = state.kind.value, state.newest
        insight = _load_newest_document(reader, insights_path(state.kind), newest.get("insights"), Insight)
        if insight is not None:
            sentences.add_metric([kind, "template"], len(insight.claims))
            unread.add_metric([kind], len(insight.unreadable) + len(insight.damaged))
            if insight.editor and insight.editor.questions:
                fallback.add_metric([kind], 1 - insight.editor.used / insight.editor.questions)
            elif insight.degraded:
                fallback.add_metric([kind], 1.0)
        ledger = _load_newest_document(
            reader, publications_path(state.kind), newest.get("publication"), PublicationLedger
        )
        if ledger is not None:
            places.add_metric([kind], sum(bool(place.commit) for place in ledger.places))
    yield from (sentences, fallback, unread, places)


def _load_newest_document(
    reader: ReaderContext, name: str, newest: tuple[Period, datetime] | None, model: type[Document]
) -> Document | None:
    return reader.library.load_document(name, newest[0].key, model) if newest else None


def _make_gauge(name: str) -> GaugeMetricFamily:
    about, labels = GAUGES[name]
    return GaugeMetricFamily(name, about, labels=labels)


def _make_single_gauge(name: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, GAUGES[name][0], value=float(value))
