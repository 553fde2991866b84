"""What needs more than the window: people seen before, and items still open."""

from sparky_assets.metrics.definitions.definition import DEFAULT_SCOPES, MetricDefinition
from sparky_assets.metrics.models import SCOPE_ALL

CONTRIBUTOR_SOURCES = ("metrics/contributors",)


OPEN_ITEM_SOURCES = ("raw/open_items", "raw/pull_requests", "raw/issues")


OPEN_ITEM_EXCLUSIONS = (
    "archived repositories; those neither listed soon after the window's end nor in the store from their first day; "
    "the whole where one is unknown"
)

LOOKBACK_METRICS = (
    MetricDefinition(
        "first_time_contributors",
        "People active in this period and in no earlier one.",
        "keys of this period − keys of the unbroken row of earlier periods in the store",
        CONTRIBUTOR_SOURCES,
        exclusions="bots; ghost; told only with enough history",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "returning_contributors",
        "People active again after a pause.",
        "active now and before, but not in the last 28 days, 8 weeks or 3 months",
        CONTRIBUTOR_SOURCES,
        exclusions="bots; ghost; told only with enough history",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "newcomers_merged",
        "People whose first merged pull request is of this period.",
        "merged now, in no earlier period",
        CONTRIBUTOR_SOURCES,
        exclusions="bots; ghost; told only with enough history",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "people_on_a_streak",
        "People active in several periods in a row.",
        "active in at least 4 periods in a row, this one counted",
        CONTRIBUTOR_SOURCES,
        exclusions="bots; ghost; told only with enough history",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "pull_requests_open",
        "Pull requests open and ready at the end of the window (work in progress).",
        "listed as open; else opened or reopened and not since closed or merged",
        OPEN_ITEM_SOURCES,
        exclusions=f"drafts; {OPEN_ITEM_EXCLUSIONS}",
        scopes=DEFAULT_SCOPES,
    ),
    MetricDefinition(
        "draft_pull_requests_open",
        "Drafts open at the end of the window.",
        "as `pull_requests_open`, of drafts",
        OPEN_ITEM_SOURCES,
        exclusions=OPEN_ITEM_EXCLUSIONS,
        scopes=DEFAULT_SCOPES,
    ),
    MetricDefinition(
        "pull_requests_stale",
        "Those of `pull_requests_open` that nothing happened to for 14 days.",
        "listed: GitHub's `updatedAt`, else last event or review, before end − 14 days",
        (*OPEN_ITEM_SOURCES, "raw/reviews"),
        exclusions=OPEN_ITEM_EXCLUSIONS,
        scopes=DEFAULT_SCOPES,
    ),
    MetricDefinition(
        "issues_open",
        "Issues open at the end of the window.",
        "listed as open; else opened or reopened and not since closed",
        OPEN_ITEM_SOURCES,
        exclusions=OPEN_ITEM_EXCLUSIONS,
        scopes=DEFAULT_SCOPES,
    ),
    MetricDefinition(
        "issue_age_median",
        "Median age of `issues_open`.",
        "end of the window − opened",
        OPEN_ITEM_SOURCES,
        "hours",
        OPEN_ITEM_EXCLUSIONS,
        DEFAULT_SCOPES,
    ),
    MetricDefinition(
        "issue_age_p90",
        "90th percentile of the age of `issues_open`.",
        "end of the window − opened",
        OPEN_ITEM_SOURCES,
        "hours",
        OPEN_ITEM_EXCLUSIONS,
        DEFAULT_SCOPES,
    ),
)
