"""What needs more than the window: people seen before, and items still open."""

from sparky_assets.metrics.definitions.definition import BOTH, Metric
from sparky_assets.metrics.models import WHOLE

CONTRIBUTORS = ("metrics/contributors",)
ITEMS = ("raw/open_items", "raw/pull_requests", "raw/issues")
COMPLETE = (
    "archived repositories; those neither listed soon after the window's end nor in the store from their first day; "
    "the whole where one is unknown"
)

LOOKING_BACK = (
    Metric(
        "first_time_contributors",
        "People active in this period and in no earlier one.",
        "keys of this period − keys of the unbroken row of earlier periods in the store",
        CONTRIBUTORS,
        excludes="bots; ghost; told only with enough history",
        scopes=(WHOLE,),
    ),
    Metric(
        "returning_contributors",
        "People active again after a pause.",
        "active now and before, but not in the last 28 days, 8 weeks or 3 months",
        CONTRIBUTORS,
        excludes="bots; ghost; told only with enough history",
        scopes=(WHOLE,),
    ),
    Metric(
        "newcomers_merged",
        "People whose first merged pull request is of this period.",
        "merged now, in no earlier period",
        CONTRIBUTORS,
        excludes="bots; ghost; told only with enough history",
        scopes=(WHOLE,),
    ),
    Metric(
        "people_on_a_streak",
        "People active in several periods in a row.",
        "active in at least 4 periods in a row, this one counted",
        CONTRIBUTORS,
        excludes="bots; ghost; told only with enough history",
        scopes=(WHOLE,),
    ),
    Metric(
        "pull_requests_open",
        "Pull requests open and ready at the end of the window (work in progress).",
        "listed as open; else opened or reopened and not since closed or merged",
        ITEMS,
        excludes=f"drafts; {COMPLETE}",
        scopes=BOTH,
    ),
    Metric(
        "draft_pull_requests_open",
        "Drafts open at the end of the window.",
        "as `pull_requests_open`, of drafts",
        ITEMS,
        excludes=COMPLETE,
        scopes=BOTH,
    ),
    Metric(
        "pull_requests_stale",
        "Those of `pull_requests_open` that nothing happened to for 14 days.",
        "listed: GitHub's `updatedAt`, else last event or review, before end − 14 days",
        (*ITEMS, "raw/reviews"),
        excludes=COMPLETE,
        scopes=BOTH,
    ),
    Metric(
        "issues_open",
        "Issues open at the end of the window.",
        "listed as open; else opened or reopened and not since closed",
        ITEMS,
        excludes=COMPLETE,
        scopes=BOTH,
    ),
    Metric(
        "issue_age_median", "Median age of `issues_open`.", "end of the window − opened", ITEMS, "hours", COMPLETE, BOTH
    ),
    Metric(
        "issue_age_p90",
        "90th percentile of the age of `issues_open`.",
        "end of the window − opened",
        ITEMS,
        "hours",
        COMPLETE,
        BOTH,
    ),
)
