"""How much happened."""

from sparky_assets.metrics.definitions.definition import (
    DEFAULT_SCOPES,
    RAW_CODE_TABLES,
    RAW_COMMITS,
    RAW_EVENT_TABLES,
    RAW_ISSUES,
    RAW_PULL_REQUESTS,
    RAW_RELEASES,
    RAW_REPOSITORIES,
    RAW_REVIEWS,
    MetricDefinition,
)
from sparky_assets.metrics.models import SCOPE_ALL

CHANGE_SCOPES = (*DEFAULT_SCOPES, "type", "language")

VOLUME_METRICS = (
    MetricDefinition(
        "commits",
        "Commits that are no merge.",
        "rows with at most one parent",
        RAW_COMMITS,
        exclusions="merge commits",
        scopes=CHANGE_SCOPES,
    ),
    MetricDefinition("merge_commits", "Merge commits.", "rows with more than one parent", RAW_COMMITS),
    MetricDefinition(
        "bot_commits",
        "Those of `commits` whose author is a bot.",
        "`commits` where the author's row says bot",
        RAW_COMMITS,
        exclusions="merge commits",
    ),
    MetricDefinition(
        "insertions",
        "Lines added.",
        "sum over `commits`",
        RAW_COMMITS,
        "lines",
        "merge commits; commits without statistics",
        CHANGE_SCOPES,
    ),
    MetricDefinition(
        "deletions",
        "Lines deleted.",
        "sum over `commits`",
        RAW_COMMITS,
        "lines",
        "merge commits; commits without statistics",
        CHANGE_SCOPES,
    ),
    MetricDefinition(
        "changed_files",
        "Files that any commit changed, each once.",
        "distinct paths a repository",
        RAW_COMMITS,
        "files",
        "merge commits; repositories whose source names no files",
    ),
    MetricDefinition(
        "commits_without_statistics",
        "Commits whose lines are not known.",
        "`commits` without insertions",
        RAW_COMMITS,
        exclusions="merge commits",
    ),
    MetricDefinition(
        "pull_requests_opened", "Pull requests opened.", "distinct numbers with an opened event", RAW_PULL_REQUESTS
    ),
    MetricDefinition(
        "pull_requests_merged",
        "Pull requests merged; from git alone, those that merge and squash subjects name.",
        "distinct numbers with a merged event",
        RAW_PULL_REQUESTS,
        scopes=(*DEFAULT_SCOPES, "type"),
    ),
    MetricDefinition(
        "pull_requests_closed",
        "Times that a pull request was closed without being merged.",
        "closed events",
        RAW_PULL_REQUESTS,
    ),
    MetricDefinition(
        "pull_requests_reopened", "Times that a pull request was opened again.", "reopened events", RAW_PULL_REQUESTS
    ),
    MetricDefinition("reviews", "Reviews submitted, those of bots and authors too.", "rows", RAW_REVIEWS),
    MetricDefinition("issues_opened", "Issues opened.", "distinct numbers with an opened event", RAW_ISSUES),
    MetricDefinition(
        "issues_closed", "Times that an issue was closed, for whatever reason.", "closed events", RAW_ISSUES
    ),
    MetricDefinition("issues_reopened", "Times that an issue was opened again.", "reopened events", RAW_ISSUES),
    MetricDefinition("releases", "Releases published; from git alone, version tags.", "rows", RAW_RELEASES),
    MetricDefinition(
        "people",
        "People who wrote commits, co-authors included.",
        "distinct keys of authors and co-authors",
        RAW_COMMITS,
        exclusions="bots; ghost; merge commits",
    ),
    MetricDefinition(
        "active_people",
        "People who did anything: wrote, opened, merged, closed, reviewed, released.",
        "distinct keys over all events",
        RAW_EVENT_TABLES,
        exclusions="bots; ghost",
    ),
    MetricDefinition(
        "active_bots", "Bots that did anything.", "distinct keys of bots over all events", RAW_EVENT_TABLES
    ),
    MetricDefinition(
        "active_repositories",
        "Repositories with a commit (a merge too), a merged pull request or a release.",
        "repositories where `commits` + `merge_commits` + `pull_requests_merged` + `releases` > 0",
        RAW_CODE_TABLES,
        exclusions="repositories with discussion only",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "repositories",
        "Repositories asked for.",
        "rows of the window's last day",
        RAW_REPOSITORIES,
        scopes=(SCOPE_ALL,),
    ),
)
