"""The JSON API: all its operations. What they answer is in `api_digests.py` and `api_numbers.py`."""

from sparky_assets.reader.api.digests import (
    DigestListQuery,
    SearchQuery,
    digest_html,
    digest_markdown,
    insight_of,
    latest_digest,
    list_digests,
    list_feeds,
    one_digest,
    search_digests,
)
from sparky_assets.reader.api.models import (
    DigestOut,
    DigestPage,
    FeedsOut,
    HistoryOut,
    InsightOut,
    MetricsOut,
    PeopleOut,
    PersonHistoryOut,
    RepositoriesOut,
    RepositoryHistoryOut,
    SearchOut,
    StatusOut,
)
from sparky_assets.reader.api.numbers import (
    HistoryQuery,
    MetricsQuery,
    PeriodQuery,
    list_people,
    list_repositories,
    metric_history,
    metrics_of,
    one_person,
    one_repository,
)
from sparky_assets.reader.api.operations import ApiOperation, ApiRequest, LatestQuery
from sparky_assets.reader.status.snapshot import to_status_json


def pipeline_status(request: ApiRequest) -> StatusOut:
    """What is made, what lacks, what runs."""
    return StatusOut.model_validate(to_status_json(request.reader.status.snapshot(request.audience)))


PERIOD_PATH_PARAMETERS = {"kind": "`day`, `week` or `month`.", "label": "Label like 2025-11-12, 2025-W46 or 2025-11."}


OPERATIONS = (
    ApiOperation("/digests", "List digests", list_digests, DigestPage, DigestListQuery),
    ApiOperation("/digests/latest", "The newest digest", latest_digest, DigestOut, LatestQuery),
    ApiOperation(
        "/digests/{kind}/{label}", "One digest", one_digest, DigestOut, path_param_descriptions=PERIOD_PATH_PARAMETERS
    ),
    ApiOperation(
        "/digests/{kind}/{label}/markdown",
        "Its Markdown",
        digest_markdown,
        "text/markdown; charset=utf-8",
        path_param_descriptions=PERIOD_PATH_PARAMETERS,
    ),
    ApiOperation(
        "/digests/{kind}/{label}/html",
        "Its HTML",
        digest_html,
        "text/html; charset=utf-8",
        path_param_descriptions=PERIOD_PATH_PARAMETERS,
    ),
    ApiOperation(
        "/insights/{kind}/{label}",
        "Claims with evidence",
        insight_of,
        InsightOut,
        path_param_descriptions=PERIOD_PATH_PARAMETERS,
    ),
    ApiOperation(
        "/metrics/{kind}/{label}",
        "Numbers of a period",
        metrics_of,
        MetricsOut,
        MetricsQuery,
        path_param_descriptions=PERIOD_PATH_PARAMETERS,
    ),
    ApiOperation(
        "/history/{metric}",
        "A number over time",
        metric_history,
        HistoryOut,
        HistoryQuery,
        path_param_descriptions={"metric": "Name of a metric, like `commits`."},
    ),
    ApiOperation("/repositories", "Repositories of a period", list_repositories, RepositoriesOut, PeriodQuery),
    ApiOperation(
        "/repositories/{owner}/{name}",
        "One repository",
        one_repository,
        RepositoryHistoryOut,
        PeriodQuery,
        path_param_descriptions={"owner": "Its owner.", "name": "Its name."},
    ),
    ApiOperation("/people", "People of a period", list_people, PeopleOut, PeriodQuery),
    ApiOperation(
        "/people/{key}",
        "One person",
        one_person,
        PersonHistoryOut,
        PeriodQuery,
        path_param_descriptions={"key": "The person's key, as lists give it."},
    ),
    ApiOperation("/search", "Search digests", search_digests, SearchOut, SearchQuery),
    ApiOperation("/status", "State of the pipeline", pipeline_status, StatusOut),
    ApiOperation("/feeds", "List feeds", list_feeds, FeedsOut),
)
