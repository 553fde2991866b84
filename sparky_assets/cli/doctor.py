"""`sparky doctor`, `sparky estimate` (the cost of a backfill from GitHub) and `sparky model-check`.

The checks of GitHub, of models and of destinations are in their own packages; this module calls them and prints.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from resources.checks import CheckResult
from sparky_assets.cli.console import (
    add_json_option,
    echo,
    echo_json,
    echo_result,
    format_check,
    output,
    show_terminal_progress,
)
from sparky_assets.cli.exit_codes import ExitCode
from sparky_assets.cli.run import describe_empty_destinations, load_command_settings
from sparky_assets.periods import parse_range
from sparky_assets.settings.schema import Settings
from sparky_assets.text.words import pluralize

if TYPE_CHECKING:
    from resources.git.repository import GitRepository
    from sparky_assets.raw.estimate import BackfillEstimate


MIN_FREE_BYTES = 1 << 30


@click.command(short_help="Check everything that a run needs.")
@add_json_option
@click.pass_obj
def doctor(config_file: str | None) -> None:
    """Check git, settings, folders, templates, repositories, GitHub, the language model, destinations,
    alerts and the history of runs.

    Nothing is published, sent or written. Each problem is printed with what to do about it. Exit code 4 when there is
    one.
    """
    from sparky_assets.settings.load import find_settings_file, load_settings

    settings = load_settings(config_file)
    echo(f"ok    settings: {find_settings_file(config_file)}")
    results: list[CheckResult] = []
    for check_name, check in (
        ("git", _check_git),
        ("home", _check_home),
        ("store", _check_storage),
        ("templates", _check_templates),
        ("repositories", _check_repositories),
        ("GitHub", check_github_access),
        ("language model", _check_language_model),
        ("destinations", check_destinations),
        ("alerts", _check_alerts),
        ("history of runs", _check_history),
    ):
        for result in _run_check(check_name, check, settings):
            results.append(result)
            # With --quiet only what needs a person is printed.
            show = echo if result.ok and not result.warnings else echo_result
            show(format_check(result), style="red" if not result.ok else "yellow" if result.warnings else None)
    if output.is_json:
        echo_json([{"name": result.name, "ok": result.ok, "detail": result.detail,
                    "warnings": list(result.warnings)} for result in results])  # fmt: skip
    raise SystemExit(ExitCode.DONE if all(result.ok for result in results) else ExitCode.UNHEALTHY)


def _run_check(
    name: str, check: Callable[[Settings], Iterator[CheckResult]], settings: Settings
) -> Iterator[CheckResult]:
    from resources.errors import ResourceError
    from sparky_assets.errors import DataError

    try:
        yield from check(settings)
    except (ResourceError, DataError, OSError) as error:
        yield CheckResult(name, False, str(error))


def _check_git(_: Settings) -> Iterator[CheckResult]:
    from resources.git.command import git

    version_info = git.Git().version_info
    version = ".".join(map(str, version_info))
    ok = version_info >= (2, 37)
    yield CheckResult("git", ok, version if ok else f"{version}; --since-as-filter needs 2.37 or later")


def _check_home(settings: Settings) -> Iterator[CheckResult]:
    home = settings.home.absolute()
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        yield CheckResult("home", False, f"{existing}: may not be written. Set SPARKY_HOME to another folder")
        return
    free = shutil.disk_usage(existing).free
    enough = free >= MIN_FREE_BYTES
    advice = "" if enough else "; free some space"
    made = "" if existing == home else ", made by the first run"
    yield CheckResult("home", enough, f"{home}{made}, {free / (1 << 30):.0f} GiB free{advice}")


def _check_storage(settings: Settings) -> Iterator[CheckResult]:
    from resources.storage import Storage

    root = settings.store_root
    if "://" not in root and not Path(root).exists():
        yield CheckResult("store", True, f"{root}, made by the first run")
        return
    storage = Storage(root=root)
    storage.write_text("doctor/probe", "probe", "written by sparky doctor\n")
    storage.read_text("doctor/probe", "probe")
    yield CheckResult("store", True, settings.store_root)


def _check_templates(settings: Settings) -> Iterator[CheckResult]:
    from sparky_assets.digests.compose import list_template_folders
    from sparky_assets.digests.render.templates import build_environment, list_template_names
    from sparky_assets.text.phrases import load_phrases

    folders = list_template_folders(settings)
    for folder in folders:
        yield CheckResult("templates", folder.is_dir(), str(folder) if folder.is_dir() else f"{folder}: no such folder")
    templates = build_environment([folder for folder in folders if folder.is_dir()])
    for name in list_template_names(templates):
        templates.get_template(name)
    load_phrases(folders)


def _check_repositories(settings: Settings) -> Iterator[CheckResult]:
    from resources.errors import GitError
    from resources.git.mirrors import derive_name
    from sparky_assets.orchestration.resources import build_git_sources

    if settings.sources.source == "github":
        return
    if not settings.sources.git.repositories:
        yield CheckResult("repositories", False, "none is configured; name some in [sources.git] repositories")
    sources = build_git_sources(settings)
    # A remote is asked and not cloned: this command makes no folder, and a clone may take an hour.
    new_urls = sources.list_new_urls()
    for url in new_urls:
        try:
            branch = sources.ask_branch(url)
        except GitError as error:
            yield CheckResult(f"repository {derive_name(url)}", False, str(error))
        else:
            detail = f"branch {branch}" if branch else "no commits yet"
            yield CheckResult(f"repository {derive_name(url)}", True, f"{detail}, cloned by the first run")
    others = [address for address in sources.repositories if address not in new_urls]
    opened, failed = replace(sources, repositories=others).open_all()
    yield from map(_check_repository, opened)
    for failure in failed:
        yield CheckResult(f"repository {failure.name}", False, failure.reason)


def _check_repository(repository: "GitRepository") -> CheckResult:
    """Check whether the newest commits of an opened repository have all their objects."""
    from resources.errors import GitError
    from resources.git.sources import build_read_failure, count_missing_objects

    name = f"repository {repository.name}"
    try:
        missing = count_missing_objects(repository)
    except GitError as error:
        return CheckResult(name, False, build_read_failure(repository, error).reason)
    if missing:
        advice = "Clone it again (of a mirror delete the folder), then run sparky backfill with --force"
        return CheckResult(
            name, False, f"{repository.git_dir} lacks {pluralize(missing, 'object')} of its newest commits. {advice}"
        )
    return CheckResult(name, True, repository.note or f"branch {repository.default_branch}")


def check_github_access(settings: Settings) -> Iterator[CheckResult]:
    """Check the organisations of the settings, if GitHub is a source; none is a problem."""
    from sparky_assets.orchestration.health import check_github

    if settings.sources.source != "git" and not settings.sources.github.owners:
        detail = "no organisation is configured; name one in [sources.github] organisations or users"
        yield CheckResult("GitHub", False, detail)
    yield from check_github(settings)


def _check_language_model(settings: Settings) -> Iterator[CheckResult]:
    from resources.storage import Storage
    from sparky_assets.orchestration.health import check_models
    from sparky_assets.orchestration.resources import build_language_models

    storage = Storage(root=settings.store_root)
    results = list(check_models(settings, build_language_models(settings), storage=storage))
    yield from results or [CheckResult("language model", True, "none; digests are written by rules")]


def check_destinations(settings: Settings) -> Iterator[CheckResult]:
    """Check access to each destination without sending anything."""
    from resources.errors import ResourceError
    from sparky_assets.orchestration.resources import build_publisher
    from sparky_assets.publications.verify import check_destination

    publisher = build_publisher(settings, dry_run=True)
    if problem := describe_empty_destinations(settings):
        yield CheckResult("destinations", False, problem)
    for destination in settings.publish.destinations:
        if destination.mode == "off":
            yield CheckResult(f"destination {destination.name}", True, "off")
            continue
        try:
            yield CheckResult(
                f"destination {destination.name}", True, check_destination(destination, settings, publisher)
            )
        except ResourceError as error:
            yield CheckResult(f"destination {destination.name}", False, str(error))


def _check_alerts(settings: Settings) -> Iterator[CheckResult]:
    from sparky_assets.orchestration.health import check_alerts
    from sparky_assets.orchestration.resources import build_alert_channels

    yield from check_alerts(settings, build_alert_channels(settings))


def _check_history(settings: Settings) -> Iterator[CheckResult]:
    from resources.history_database import read_history_database
    from sparky_assets.cli.dagster_runner import ensure_dagster_home
    from sparky_assets.cli.demo import find_dagster_home, has_dagster_history

    if not has_dagster_history(settings) and not os.environ.get("DAGSTER_PG_HOST"):
        yield CheckResult("history of runs", True, f"SQLite in {find_dagster_home(settings)}, made by the first run")
        return
    home = ensure_dagster_home(settings)
    database = read_history_database(home)
    if database is not None:
        database.check()
    yield CheckResult("history of runs", True, f"Postgres at {database.address}" if database else f"SQLite in {home}")


@click.command(short_help="Estimate the cost of a backfill from GitHub.")
@click.argument("days", metavar="FIRST..LAST")
@add_json_option
@click.pass_obj
def estimate(config_file: str | None, days: str) -> None:
    """Estimate the requests, rate limit points, minutes and disk space of collecting a range from GitHub.

    The estimate itself only counts records: about four points for 50 repositories.

    \b
    Example:
      sparky estimate 2025-01-01..2025-11-15
    """
    from sparky_assets.errors import DataError
    from sparky_assets.settings.load import load_settings

    settings = load_settings(config_file)
    first, last = parse_range(days)
    source = settings.sources.github
    if settings.sources.source == "git" or not source.owners:
        raise DataError(
            "an estimate needs GitHub as a source. Set sources.source, and name one in [sources.github] organisations."
        )
    with show_terminal_progress():
        estimates = [(owner, *_estimate_owner(settings, owner, first, last)) for owner in source.owners]
    days_count = (last - first).days + 1
    for owner, totals, repository_count in estimates:
        echo_result(f"{owner}: {repository_count} repositories, {days_count} days in {totals.run_count} sweeps")
        echo_result("\n".join(_format_estimate(totals)))
    if output.is_json:
        echo_json([{"owner": owner, "repositories": repository_count, "days": days_count, "sweeps": totals.run_count,
                    "requests": totals.request_count, "points": totals.point_count, "minutes": totals.minutes,
                    "disk_bytes": totals.disk_bytes} for owner, totals, repository_count in estimates])  # fmt: skip


def _estimate_owner(settings: Settings, owner: str, first: date, last: date) -> tuple["BackfillEstimate", int]:
    from sparky_assets.periods import TimeWindow
    from sparky_assets.raw.estimate import count_activity, list_sweep_windows
    from sparky_assets.raw.estimate import estimate_backfill as add_up
    from sparky_assets.raw.github.batching import QueryRunner
    from sparky_assets.raw.github.collect import open_github

    timezone = settings.organisation.timezone
    windows = list_sweep_windows(first, last, timezone)
    with open_github(settings.sources.github, owner) as github:
        began = time.monotonic()
        window = TimeWindow(windows[0].start, windows[-1].end, timezone)
        runner = QueryRunner(github, window, lists_discussions=settings.sources.github.discussions)
        activity = count_activity(runner, owner)
        seconds = (time.monotonic() - began - github.usage.waited_seconds) / max(github.usage.requests, 1)
        has_limit = github.usage.remaining is not None
    options = {} if has_limit else {"points_per_hour": None}
    days = (last - first).days + 1
    return add_up(activity, windows, days, datetime.now(UTC), seconds_per_request=seconds, **options), len(activity)


def _format_estimate(totals: "BackfillEstimate") -> Sequence[str]:
    return (
        f"  requests  {totals.request_count:,}",
        f"  points    {totals.point_count:,} of 5,000 an hour (12,500 for a GitHub App)",
        f"  minutes   {totals.minutes:,.0f}" if totals.minutes >= 1 else "  minutes   less than one",
        f"  disk      {totals.disk_bytes / 1e6:,.1f} MB",
    )


@click.command("model-check", short_help="Measure the configured language model on a labelled set.")
@click.option(
    "--model",
    "model_name",
    default="",
    help="Model to measure instead of the configured one; with the backend llamacpp a GGUF file.",
)
@click.option("--prose", "with_prose", is_flag=True, help="Measure the checks of marked sentences too.")
@add_json_option
@click.pass_obj
def model_check(config_file: str | None, model_name: str, with_prose: bool) -> None:
    """Ask the model of the settings a labelled set and print how often it chooses as a human editor did.

    The set has 71 questions about public changes. The rules answer them too: a model that agrees less often than they
    do gains nothing. The result is kept in the store, and sparky doctor repeats it.

    \b
    Examples:
      sparky model-check
      sparky model-check --model qwen3:8b --prose
    """
    from resources.errors import ModelError
    from resources.storage import Storage
    from sparky_assets.insights.llm.evaluation import evaluate_model, measure_prose, store_check, summarize_scores
    from sparky_assets.orchestration.resources import build_language_models

    settings = load_command_settings(config_file)
    models = settings.language_model
    factory = build_language_models(settings)
    if model_name and factory.backend == "llamacpp":
        factory = replace(factory, model_path=Path(model_name))
    model = factory.connect(model_name or models.get_model_name("weekly"))
    if model is None:
        raise click.ClickException("no language model is configured; set language_model.backend")
    try:
        info = model.identify(models.load_timeout_minutes * 60)
        model.warm_up(models.load_timeout_minutes * 60)
        scores = evaluate_model(model, models.call_timeout_seconds)
        rates = measure_prose(model, models.call_timeout_seconds) if with_prose else None
    except ModelError as error:
        raise click.ClickException(str(error)) from error
    finally:
        model.close()
    size = f", {info.billions:g} billion parameters" if info.billions else ""
    echo_result(f"{info.model} ({info.digest[:12] or 'no digest'}){size}, context {info.context_tokens:,} tokens")
    echo_result(
        f"{'task':<8}{'asked':>6}{'model':>8}{'rules':>8}{'refused':>9}{'failed':>8}{'seconds':>9}{'tokens':>8}"
    )
    for task, score in scores.items():
        echo_result(
            f"{task:<8}{score.asked:>6}{score.model / score.asked:>8.0%}{score.rules / score.asked:>8.0%}"
            f"{score.refused:>9}{score.failed:>8}{score.seconds:>9.1f}{score.tokens:>8,}"
        )
    agreement, rules = summarize_scores(scores)
    echo_result(f"mean of the tasks: model {agreement:.0%}, rules {rules:.0%}")
    for reason in sorted({reason for score in scores.values() for reason in score.reasons}):
        echo(f"not used: {reason}")
    if agreement <= rules:
        echo_result("The model agrees no more often than the rules: they do as well without it.")
    if rates:
        echo_result(
            f"marked sentences: {rates.format_rates(rates.by_both)} ({rates.failed} failed); by code alone "
            f"{rates.format_rates(rates.by_code)}"
        )
        bar = "reaches" if rates.is_good_enough else "does not reach"
        echo_result(f'This {bar} the bar for language_model.prose = "marked": 60% of true, 1% of false sentences.')
    if output.is_json:
        tasks = {task: vars(score) for task, score in scores.items()}
        echo_json({"model": info.model, "digest": info.digest, "tasks": tasks, "agreement": agreement, "rules": rules})
    if not any(score.failed for score in scores.values()):
        store_check(Storage(root=settings.store_root), info, scores)
