"""Check the templates of the site: make each page with a sample store, as the reader does.

Each page is made for a reader who is signed in and for the public, over a sample and over an empty store. A branch of
a template that needs what the sample has not, such as a failed run, is compiled and not rendered.
"""

import asyncio
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
from jinja2 import TemplateError
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import Receive, Scope, Send

from resources.storage import Storage, TableSchema
from sparky_assets.digests.compose import (
    DigestOptions,
    ProductInputs,
    build_manifest,
    render_within_limits,
    store_product,
)
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.models import Product
from sparky_assets.digests.render.samples import SAMPLE_DAY, SAMPLE_TIME, build_sample
from sparky_assets.digests.render.templates import TEMPLATE_ERRORS, describe_template_error
from sparky_assets.metrics.models import CHANGE_TABLE, CONTRIBUTOR_TABLE, DAY_TABLE, REPOSITORY_TABLE, Metrics
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.raw.tables import COMMITS, REPOSITORIES, TABLES
from sparky_assets.reader.app import build_app
from sparky_assets.reader.auth import MAX_FREE_FAILURES, SESSION_COOKIE
from sparky_assets.reader.formatting import digest_url, evidence_url, person_url, repository_url, story_url
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, insights_path, metrics_path

SAMPLE_REPOSITORY, SAMPLE_PERSON, SAMPLE_TOKEN = "acme/tool", "ada", "the token of a sample store"

FRAME_PAGES = ("/", "/archive", "/search", "/search?q=tool", "/status", "/statistics", "/feeds", "/api", "/about",
               "/sign-in", "/no-such-page/at-all")  # fmt: skip


def find_site_problems(settings: Settings, folders: Sequence[Path]) -> Iterator[str]:
    """Yield the problems of the owner's templates of the site: each error once, with its file and line.

    Args:
        settings: the owner's settings; their store is not read.
        folders: the template folders, the owner's first.
    """
    site_folders = [folder / "site" for folder in folders]
    with tempfile.TemporaryDirectory(prefix="sparky-templates-") as folder, _without_warnings():
        digests = settings.digests.model_copy(update={"templates": folders[0]})
        settings = settings.model_copy(update={"digests": digests})
        sample, empty = (_build_settings(settings, Path(folder) / name) for name in ("sample", "empty"))
        _store_sample(Storage(root=sample.store_root))
        problems = asyncio.run(_check_pages(sample, [*FRAME_PAGES, *_list_sample_pages()], site_folders))
        problems += asyncio.run(_check_pages(empty, FRAME_PAGES, site_folders))
        problems += _check_syntax(sample, site_folders)
    yield from dict.fromkeys(problems)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep the reader from logging the wrong tokens and missing files of the sample."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _build_settings(settings: Settings, store: Path) -> Settings:
    reader = settings.reader.model_copy(update={"token": SecretStr(SAMPLE_TOKEN), "audience": Audience.PUBLIC})
    storage = settings.storage.model_copy(update={"root": str(store)})
    return settings.model_copy(update={"reader": reader, "storage": storage})


async def _check_pages(settings: Settings, pages: Sequence[str], folders: Sequence[Path]) -> list[str]:
    app = build_app(settings)
    session = app.state.reader.access_policy.make_session_cookie()
    # Without the outer middleware, which answers and logs an error instead of raising it.
    inner_app = ExceptionMiddleware(app.router, handlers={HTTPException: app.exception_handlers[HTTPException]})
    problems: list[str] = []
    for audience, headers in ((Audience.INTERNAL, {"cookie": f"{SESSION_COOKIE}={session}"}), (Audience.PUBLIC, {})):

        async def answer(scope: Scope, receive: Receive, send: Send, audience: Audience = audience) -> None:
            await inner_app({**scope, "app": app, "state": {"audience": audience}}, receive, send)

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(answer), base_url="http://localhost", headers=headers, follow_redirects=True
        ) as client:
            for page in pages:
                problems += await _ask_page(client, "GET", page, folders)
            for _ in range(MAX_FREE_FAILURES + 2):  # the form after a wrong token, and the form during the pause
                problems += await _ask_page(client, "POST", "/sign-in", folders)
    return problems


async def _ask_page(client: httpx.AsyncClient, method: str, page: str, folders: Sequence[Path]) -> list[str]:
    try:
        await client.request(method, page, data={"token": "wrong"} if method == "POST" else None)
    except TEMPLATE_ERRORS as error:
        return [describe_template_error(error, page, folders)]
    return []


def _check_syntax(settings: Settings, folders: Sequence[Path]) -> list[str]:
    """Return the errors of the owner's templates that no page of the sample uses."""
    templates = build_app(settings).state.reader.templates
    problems = []
    for path in sorted(folders[0].rglob("*.j2")):
        name = path.relative_to(folders[0]).as_posix()
        try:
            templates.compile(name)
        except TemplateError as error:
            problems.append(describe_template_error(error, name, folders))
    return problems


def _list_sample_pages() -> Iterator[str]:
    for kind in PeriodKind:
        insight = build_sample(kind)
        period = insight.period
        yield from (f"/archive/{kind.noun}", digest_url(period), evidence_url(period))
        yield from (story_url(period, story.group.id) for story in insight.stories.stories)
        yield f"/statistics/{kind.noun}/{period.label}"
        yield from (f"{url}?by={kind.noun}" for url in (repository_url(SAMPLE_REPOSITORY), person_url(SAMPLE_PERSON)))


def _store_sample(storage: Storage) -> None:
    """Write what a reader shows: the days of a month, and a digest with numbers for each kind of period."""
    month = period_of_day(PeriodKind.MONTHLY, SAMPLE_DAY)
    first = month.start - timedelta(days=7)  # a week of this month may begin in the one before
    for number in range(45):
        day = period_of_day(PeriodKind.DAILY, first + timedelta(days=number))
        for table in TABLES:
            rows = 1 if table in (COMMITS, REPOSITORIES) and day.start == SAMPLE_DAY else 0
            storage.write_table(table.path, day.key, _fill_table(table, rows), table)
    for kind in PeriodKind:
        for audience in Audience:
            _store_period(storage, period_of_day(kind, SAMPLE_DAY), audience)


def _store_period(storage: Storage, period: Period, audience: Audience) -> None:
    insight = build_sample(period.kind)
    rendered = render_within_limits(
        insight, DigestOptions(Product.DIGEST, audience), [find_shipped_folder("templates")], "quartz"
    )
    store_product(storage, rendered, build_manifest(rendered, ProductInputs(insight, "", {}), Edition(insight)), [])
    storage.write_document(insights_path(period.kind, audience), period.key, insight)
    metrics = Metrics(period=period, window=insight.window, facts=insight.facts)
    storage.write_document(metrics_path(period.kind, audience), period.key, metrics)
    for table in (REPOSITORY_TABLE, DAY_TABLE, CHANGE_TABLE, CONTRIBUTOR_TABLE):
        storage.write_table(metrics_path(period.kind, audience, table.suffix), period.key, _fill_table(table, 1), table)


SAMPLE_VALUES = {
    "repository": SAMPLE_REPOSITORY, "key": SAMPLE_PERSON, "name": "Ada", "day": SAMPLE_DAY.isoformat(),
    "kind": "language", "visibility": "public", "message": "fix: stop y from <b>failing</b> when a file is empty",
    "sha": "5" * 40, "repositories": [SAMPLE_REPOSITORY],
}  # fmt: skip


def _fill_table(schema: TableSchema, rows: int) -> pl.DataFrame:
    """Return a table with so many rows, with a value of its type in each column."""
    row = {name: SAMPLE_VALUES.get(name, _make_value(kind)) for name, kind in schema.columns.items()}
    return pl.DataFrame([row] * rows, schema=dict(schema.columns))


def _make_value(kind: pl.DataType) -> Any:
    if isinstance(kind, pl.Struct):
        return {field.name: SAMPLE_VALUES.get(field.name, _make_value(field.dtype)) for field in kind.fields}  # type: ignore[arg-type]
    if isinstance(kind, pl.Boolean):
        return False
    if isinstance(kind, pl.Datetime):
        return SAMPLE_TIME
    return 3 if kind.is_numeric() else "a" if isinstance(kind, pl.String) else None
