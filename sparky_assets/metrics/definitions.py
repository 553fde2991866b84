"""The definition of every metric: name, sentence, formula, sources, unit, exclusions, scopes. Data only."""

from collections.abc import Iterator
from dataclasses import dataclass

from sparky_assets.metrics.models import SCOPE_ALL, MetricUnit
from sparky_assets.metrics.rounding import STATISTICS

SCOPE_REPOSITORY = "repository"


DEFAULT_SCOPES = (SCOPE_ALL, SCOPE_REPOSITORY)


RAW_COMMITS, RAW_PULL_REQUESTS, RAW_REVIEWS = ("raw/commits",), ("raw/pull_requests",), ("raw/reviews",)


RAW_DEPLOYMENTS, RAW_RESPONSES = ("raw/deployments",), ("raw/responses",)


RESPONSE_EXCLUSIONS = (
    "bots, assistants and deleted accounts as responders; bots as authors; answers to oneself; those whose first 5 "
    "comments are all such ones, unless a review came before the last of them: unknown"
)


RAW_ISSUES, RAW_RELEASES, RAW_REPOSITORIES = ("raw/issues",), ("raw/releases",), ("raw/repositories",)


RAW_CODE_TABLES = (*RAW_COMMITS, *RAW_PULL_REQUESTS, *RAW_RELEASES)


RAW_EVENT_TABLES = (*RAW_COMMITS, *RAW_PULL_REQUESTS, *RAW_REVIEWS, *RAW_ISSUES, *RAW_RELEASES)


@dataclass(frozen=True)
class MetricDefinition:
    """One metric. `name` is the name everywhere: in code, in a fact, in a table and in docs/metrics.md."""

    name: str
    sentence: str
    formula: str
    sources: tuple[str, ...]
    unit: MetricUnit = "count"
    exclusions: str = ""
    scopes: tuple[str, ...] = DEFAULT_SCOPES


STATISTIC_PHRASES = {
    "count": "How many",
    "mean": "Mean of the",
    "median": "Median of the",
    "p90": "90th percentile of the",
}


def define_statistics(
    name: str,
    duration: str,
    formula: str,
    exclusions: str,
    sources: tuple[str, ...],
    *,
    statistics_unit: MetricUnit = "hours",
) -> Iterator[MetricDefinition]:
    """The definitions of a duration or another number: count, mean, median, p90."""
    for statistic in STATISTICS:
        unit: MetricUnit = "count" if statistic == "count" else statistics_unit
        sentence = (
            f"How many have a {duration}." if statistic == "count" else f"{STATISTIC_PHRASES[statistic]} {duration}."
        )
        yield MetricDefinition(f"{name}_{statistic}", sentence, formula, sources, unit, exclusions)


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
        "merge commits; commits without statistics; lock files, generated and vendored files, where files are known",
        CHANGE_SCOPES,
    ),
    MetricDefinition(
        "deletions",
        "Lines deleted.",
        "sum over `commits`",
        RAW_COMMITS,
        "lines",
        "merge commits; commits without statistics; lock files, generated and vendored files, where files are known",
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

FLOW_METRICS = (
    *define_statistics(
        "time_to_first_review",
        "time from being ready for review to the first review by another person",
        "first review − ready, of pull requests whose first review is in the window, whenever opened",
        "pull requests of which it is not known when they became ready; bots, assistants and deleted accounts as "
        "reviewers; bots as authors; self-reviews; reviews of a draft and after the merge",
        (*RAW_PULL_REQUESTS, *RAW_REVIEWS),
    ),
    *define_statistics(
        "time_to_first_response",
        "time from being ready for review to the first comment or review by another person",
        "first response − ready, of pull requests whose first response is in the window, whenever opened, also after "
        "closing",
        f"{RESPONSE_EXCLUSIONS}; comments on a draft",
        RAW_RESPONSES,
    ),
    *define_statistics(
        "time_to_merge",
        "time from being ready for review to merging",
        "merged − ready, of pull requests merged in the window, whenever opened",
        "bots; pull requests of which it is not known when they became ready",
        RAW_PULL_REQUESTS,
    ),
    *define_statistics(
        "time_in_review",
        "time from the first review to merging",
        "merged − first review, of pull requests merged in the window, whenever opened; the review as in "
        "`time_to_first_review`",
        "bots; pull requests without such a review",
        (*RAW_PULL_REQUESTS, *RAW_REVIEWS),
    ),
    *define_statistics(
        "time_in_draft",
        "time as a draft until merging",
        "sum of the times from opening as a draft, or turning into one, to becoming ready; of pull requests merged in "
        "the window",
        "bots; pull requests that never were drafts",
        RAW_PULL_REQUESTS,
    ),
    MetricDefinition(
        "review_coverage",
        "Share of merged pull requests that another person reviewed before the merge.",
        "reviewed ÷ merged, of pull requests merged in the window, whenever opened; the review as in "
        "`time_to_first_review`",
        (*RAW_PULL_REQUESTS, *RAW_REVIEWS),
        "percent",
        "bots; repositories read from git alone",
    ),
    MetricDefinition(
        "pull_requests_awaiting_review",
        "Pull requests that were opened, reopened or made ready in the window, and are open at its end without a "
        "review by another person.",
        "last state is open, and no review as in `time_to_first_review`",
        (*RAW_PULL_REQUESTS, *RAW_REVIEWS),
        exclusions="pull requests that are still drafts; bots",
    ),
    *(
        MetricDefinition(
            f"pull_requests_of_size_{size}",
            f"Merged pull requests with {lines} lines changed.",
            "insertions + deletions of the commit that squashed it, where its files are known, else as reported",
            (*RAW_PULL_REQUESTS, *RAW_COMMITS),
            exclusions="bots; pull requests without statistics; lock files, generated and vendored files, where known",
        )
        for size, lines in (
            ("xs", "0–9"),
            ("s", "10–29"),
            ("m", "30–99"),
            ("l", "100–499"),
            ("xl", "500–999"),
            ("xxl", "1,000 or more"),
        )
    ),
    *define_statistics(
        "issue_time_to_close",
        "time from opening to closing an issue",
        "closed − opened, of issues whose last event in the window is a closing",
        "issues by bots; issues opened again",
        RAW_ISSUES,
    ),
    *define_statistics(
        "issue_time_to_first_response",
        "time from opening an issue to the first comment by another person",
        "first response − opened, of issues whose first response is in the window, whenever opened, also after closing",
        RESPONSE_EXCLUSIONS,
        RAW_RESPONSES,
    ),
    *define_statistics(
        "comments_per_pull_request",
        "known number of comments",
        "GitHub's count of comments (conversation and code, by anybody) when the day was read, of pull requests merged "
        "or closed in the window, whenever opened",
        "pull requests by bots; drafts; pull requests opened again",
        RAW_PULL_REQUESTS,
        statistics_unit="comments",
    ),
)

DEPLOYMENT_METRICS = (
    MetricDefinition(
        "deployment_frequency",
        "Deliveries a week.",
        "7 × successful deployments to production, or releases ÷ days of the window",
        (*RAW_DEPLOYMENTS, *RAW_RELEASES),
        "per week",
        "pre-releases; releases of repositories with deployments to production",
    ),
    *define_statistics(
        "lead_time_for_changes",
        "time from a commit to the first release that holds it",
        "published − committed, of all commits that a release is the first to hold, by the commit graph",
        "merge commits; releases of which some commits lie before the window and are not known",
        (*RAW_COMMITS, *RAW_RELEASES),
    ),
    MetricDefinition(
        "change_failure_rate",
        "Share of deliveries that failed.",
        "deployments to production that failed, or that an earlier commit replaced ÷ all that ended; of releases: "
        "those that hold a hotfix, a rollback or a revert of released work, or are a patch release with a fix within "
        "24 hours ÷ releases with one before them of the same package and line",
        (*RAW_DEPLOYMENTS, *RAW_COMMITS, *RAW_RELEASES),
        "percent",
        "the first release of each package; releases of repositories with deployments to production",
    ),
    *define_statistics(
        "time_to_restore",
        "time from such a delivery to the one that repaired it",
        "next success in the environment − failure; of releases: repair published − failed published",
        "pre-releases; failures that nothing repaired in the window",
        (*RAW_DEPLOYMENTS, *RAW_COMMITS, *RAW_RELEASES),
    ),
)

CHECK_EXCLUSIONS = "commits without finished checks; the time before the first checked commit of the window"


CHECK_METRICS = (
    MetricDefinition(
        "default_branch_red_hours",
        "Hours for which the default branch was red.",
        "from the landing of a commit whose checks failed to the landing of the next one whose checks passed, or the "
        "end of the window; all of the window where nothing landed and the checks of the head had failed",
        (*RAW_COMMITS, *RAW_REPOSITORIES),
        "hours",
        CHECK_EXCLUSIONS,
    ),
    MetricDefinition(
        "default_branch_red_count",
        "Times that the default branch turned red.",
        "commits whose checks failed, after one whose checks passed or none",
        RAW_COMMITS,
        exclusions=CHECK_EXCLUSIONS,
    ),
    MetricDefinition(
        "check_failure_rate",
        "Share of commits on the line of the default branch whose checks failed.",
        "failed ÷ failed + passed, as the checks were when the day was read",
        RAW_COMMITS,
        "percent",
        "commits without finished checks; commits that a merge brought",
    ),
)

PATTERN_METRICS = (
    MetricDefinition(
        "commits_by_people",
        "Commits by people at an hour or on a weekday of the organisation's timezone.",
        "`commits` without those of bots, by author date",
        RAW_COMMITS,
        exclusions="bots; deleted accounts; merge commits",
        scopes=("hour", "weekday"),
    ),
    MetricDefinition(
        "busiest_hour",
        "The hour in which people wrote most commits; of equals the earliest.",
        "0 to 23, local time, by author date",
        RAW_COMMITS,
        "hour of day",
        "bots; deleted accounts; merge commits",
        (SCOPE_ALL,),
    ),
    MetricDefinition(
        "busiest_weekday",
        "The weekday on which people wrote most commits; of equals the earliest.",
        "1 Monday to 7 Sunday, local time, by author date",
        RAW_COMMITS,
        "weekday",
        "bots; deleted accounts; merge commits",
        (SCOPE_ALL,),
    ),
    MetricDefinition(
        "commits_touching",
        "Commits that touch one of the ten most touched files or directories.",
        "commits naming the path, at least 3; a directory holds its files, not its directories",
        RAW_COMMITS,
        exclusions="bots; dependency updates; merge commits; lock files, generated and vendored files",
        scopes=("file", "directory"),
    ),
    MetricDefinition(
        "assisted_commits",
        "Those of `commits` that name a coding assistant. By repository only where there are any.",
        "author, co-author, or a trailer such as `Generated with …` or `Assisted-by: …`",
        RAW_COMMITS,
        exclusions="merge commits",
    ),
    MetricDefinition(
        "dependency_commits",
        "Commits that only move a dependency.",
        "`commits` of type dependencies",
        RAW_COMMITS,
        exclusions="merge commits",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "top_person_share",
        "Share of a repository's commits by the person who wrote most of them.",
        "most by one ÷ all by people, from 5 commits on",
        RAW_COMMITS,
        "percent",
        "bots; deleted accounts; merge commits",
        (SCOPE_REPOSITORY,),
    ),
    MetricDefinition(
        "bus_factor",
        "The fewest people who wrote at least half of a repository's commits.",
        "CHAOSS contributor absence factor, from 5 commits on",
        RAW_COMMITS,
        exclusions="bots; deleted accounts; merge commits",
        scopes=(SCOPE_REPOSITORY,),
    ),
    MetricDefinition(
        "reverts",
        "Commits that revert another.",
        'subject `Revert "…"` or `revert: …`, or `This reverts commit …`',
        RAW_COMMITS,
        exclusions="merge commits; reverts of a revert",
    ),
    MetricDefinition(
        "reapplied_commits",
        "Commits that bring back what a revert took.",
        'subject `Reapply "…"` or `Revert "Revert "…""`',
        RAW_COMMITS,
        exclusions="merge commits",
    ),
    MetricDefinition(
        "fix_ups",
        "Commits that say which earlier one they mend.",
        "`Fixes: <sha>`, `fixup!`, `squash!`, `amend!`",
        RAW_COMMITS,
        exclusions="merge commits",
    ),
    MetricDefinition(
        "repair_chains",
        "Chains of commits linked by reverts and fix-ups, all in the window.",
        "connected links",
        RAW_COMMITS,
        exclusions="links to commits outside the window",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "longest_repair_chain", "Commits in the longest such chain.", "maximum", RAW_COMMITS, scopes=(SCOPE_ALL,)
    ),
    MetricDefinition(
        "repositories_sharing_word",
        "Repositories whose titles share a word; the ten most shared, from 3 on.",
        "distinct repositories a word of commit subjects and merged pull requests",
        (*RAW_COMMITS, *RAW_PULL_REQUESTS),
        exclusions="dependency updates; everyday words",
        scopes=("word",),
    ),
)

CONTRIBUTOR_SOURCES = ("metrics/contributors",)


OPEN_ITEM_SOURCES = ("raw/open_items", "raw/pull_requests", "raw/issues")


OPEN_ITEM_EXCLUSIONS = (
    "archived repositories; those neither listed soon after the window's end nor in the store from their first day; "
    "the whole where one is unknown"
)

LOOKBACK_METRICS = (
    MetricDefinition(
        "first_time_contributors",
        "People with their first commit in a repository.",
        "distinct authors of commits before which the whole history of the repository names neither them nor their "
        "address",
        RAW_COMMITS,
        exclusions="bots; ghost; the whole where the history of a repository with commits is not known",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "returning_contributors",
        "People active again after a pause.",
        "active now and before, but not in the last 28 days, 8 weeks or 3 months",
        CONTRIBUTOR_SOURCES,
        exclusions="bots; ghost; only with enough history",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "newcomers_merged",
        "People with a merged pull request, and none in the earlier periods in the store.",
        "merged now, in no earlier period of the unbroken row",
        CONTRIBUTOR_SOURCES,
        exclusions="bots; ghost; only with enough history",
        scopes=(SCOPE_ALL,),
    ),
    MetricDefinition(
        "people_on_a_streak",
        "People active in several periods in a row.",
        "active in at least 4 periods in a row, this one counted",
        CONTRIBUTOR_SOURCES,
        exclusions="bots; ghost; only with enough history",
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
