"""How much happened."""

from sparky_assets.metrics.definitions.definition import (
    BOTH,
    CODE,
    COMMITS,
    EVERYTHING,
    ISSUES,
    PULLS,
    RELEASES,
    REPOSITORIES,
    REVIEWS,
    Metric,
)
from sparky_assets.metrics.models import WHOLE

BY_CHANGE = (*BOTH, "type", "language")

VOLUME = (
    Metric(
        "commits",
        "Commits that are no merge.",
        "rows with at most one parent",
        COMMITS,
        excludes="merge commits",
        scopes=BY_CHANGE,
    ),
    Metric("merge_commits", "Merge commits.", "rows with more than one parent", COMMITS),
    Metric(
        "bot_commits",
        "Those of `commits` whose author is a bot.",
        "`commits` where the author's row says bot",
        COMMITS,
        excludes="merge commits",
    ),
    Metric(
        "insertions",
        "Lines added.",
        "sum over `commits`",
        COMMITS,
        "lines",
        "merge commits; commits without statistics",
        BY_CHANGE,
    ),
    Metric(
        "deletions",
        "Lines deleted.",
        "sum over `commits`",
        COMMITS,
        "lines",
        "merge commits; commits without statistics",
        BY_CHANGE,
    ),
    Metric(
        "changed_files",
        "Files that any commit changed, each once.",
        "distinct paths a repository",
        COMMITS,
        "files",
        "merge commits; repositories whose source names no files",
    ),
    Metric(
        "commits_without_statistics",
        "Commits whose lines are not known.",
        "`commits` without insertions",
        COMMITS,
        excludes="merge commits",
    ),
    Metric("pull_requests_opened", "Pull requests opened.", "distinct numbers with an opened event", PULLS),
    Metric(
        "pull_requests_merged",
        "Pull requests merged; from git alone, those that merge and squash subjects name.",
        "distinct numbers with a merged event",
        PULLS,
        scopes=(*BOTH, "type"),
    ),
    Metric(
        "pull_requests_closed", "Times that a pull request was closed without being merged.", "closed events", PULLS
    ),
    Metric("pull_requests_reopened", "Times that a pull request was opened again.", "reopened events", PULLS),
    Metric("reviews", "Reviews submitted, those of bots and authors too.", "rows", REVIEWS),
    Metric("issues_opened", "Issues opened.", "distinct numbers with an opened event", ISSUES),
    Metric("issues_closed", "Times that an issue was closed, for whatever reason.", "closed events", ISSUES),
    Metric("issues_reopened", "Times that an issue was opened again.", "reopened events", ISSUES),
    Metric("releases", "Releases published; from git alone, version tags.", "rows", RELEASES),
    Metric(
        "people",
        "People who wrote commits, co-authors included.",
        "distinct keys of authors and co-authors",
        COMMITS,
        excludes="bots; ghost; merge commits",
    ),
    Metric(
        "active_people",
        "People who did anything: wrote, opened, merged, closed, reviewed, released.",
        "distinct keys over all events",
        EVERYTHING,
        excludes="bots; ghost",
    ),
    Metric("active_bots", "Bots that did anything.", "distinct keys of bots over all events", EVERYTHING),
    Metric(
        "active_repositories",
        "Repositories with a commit (a merge too), a merged pull request or a release.",
        "repositories where `commits` + `merge_commits` + `pull_requests_merged` + `releases` > 0",
        CODE,
        excludes="repositories with discussion only",
        scopes=(WHOLE,),
    ),
    Metric("repositories", "Repositories asked for.", "rows of the window's last day", REPOSITORIES, scopes=(WHOLE,)),
)
