"""The JSON API: all its operations. What they answer is in `api_digests.py` and `api_numbers.py`."""

from sparky_assets.reader.api_digest_models import DigestOut, DigestPage, FeedsOut, InsightOut, SearchOut
from sparky_assets.reader.api_digests import (
    ListQuery,
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
from sparky_assets.reader.api_number_models import (
    HistoryOut,
    MetricsOut,
    PeopleOut,
    PersonHistoryOut,
    RepositoriesOut,
    RepositoryHistoryOut,
)
from sparky_assets.reader.api_numbers import (
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
from sparky_assets.reader.api_status_models import StatusOut
from sparky_assets.reader.operations import Ask, LatestQuery, Operation
from sparky_assets.reader.status import as_json


def pipeline_status(ask: Ask) -> StatusOut:
    """What is made, what lacks, what runs."""
    return StatusOut.model_validate(as_json(ask.reader.status.look(ask.audience)))


WHICH = {"kind": "`day`, `week` or `month`.", "label": "Label like 2025-11-12, 2025-W46 or 2025-11."}
OPERATIONS = (
    Operation("/digests", "List digests", list_digests, DigestPage, ListQuery),
    Operation("/digests/latest", "The newest digest", latest_digest, DigestOut, LatestQuery),
    Operation("/digests/{kind}/{label}", "One digest", one_digest, DigestOut, about=WHICH),
    Operation("/digests/{kind}/{label}/markdown", "Its Markdown", digest_markdown, "text/markdown; charset=utf-8",
              about=WHICH),
    Operation("/digests/{kind}/{label}/html", "Its HTML", digest_html, "text/html; charset=utf-8", about=WHICH),
    Operation("/insights/{kind}/{label}", "Claims with evidence", insight_of, InsightOut, about=WHICH),
    Operation("/metrics/{kind}/{label}", "Numbers of a period", metrics_of, MetricsOut, MetricsQuery, about=WHICH),
    Operation("/history/{metric}", "A number over time", metric_history, HistoryOut, HistoryQuery,
              about={"metric": "Name of a metric, like `commits`."}),
    Operation("/repositories", "Repositories of a period", list_repositories, RepositoriesOut, PeriodQuery),
    Operation("/repositories/{owner}/{name}", "One repository", one_repository, RepositoryHistoryOut, PeriodQuery,
              about={"owner": "Its owner.", "name": "Its name."}),
    Operation("/people", "People of a period", list_people, PeopleOut, PeriodQuery),
    Operation("/people/{key}", "One person", one_person, PersonHistoryOut, PeriodQuery,
              about={"key": "The person's key, as lists give it."}),
    Operation("/search", "Search digests", search_digests, SearchOut, SearchQuery),
    Operation("/status", "State of the pipeline", pipeline_status, StatusOut),
    Operation("/feeds", "List feeds", list_feeds, FeedsOut),
)  # fmt: skip
