"""When and where work happens, and what was undone."""

from sparky_assets.metrics.definitions.definition import (
    RAW_COMMITS,
    RAW_PULL_REQUESTS,
    SCOPE_REPOSITORY,
    MetricDefinition,
)
from sparky_assets.metrics.models import SCOPE_ALL

PATTERN_METRICS = (
    MetricDefinition(
        "commits_by_people",
        "Commits by people at an hour or on a weekday of the organisation's timezone.",
        "`commits` without those of bots",
        RAW_COMMITS,
        exclusions="bots; merge commits",
        scopes=("hour", "weekday"),
    ),
    MetricDefinition(
        "busiest_hour",
        "The hour that most commits by people fall in; of equals the earliest.",
        "0 to 23, local time",
        RAW_COMMITS,
        "hour of day",
        "bots; merge commits",
        (SCOPE_ALL,),
    ),
    MetricDefinition(
        "busiest_weekday",
        "The weekday that most commits by people fall on; of equals the earliest.",
        "1 Monday to 7 Sunday, local time",
        RAW_COMMITS,
        "weekday",
        "bots; merge commits",
        (SCOPE_ALL,),
    ),
    MetricDefinition(
        "commits_touching",
        "Commits that touch one of the ten most touched files or directories.",
        "commits naming the path, at least 3; a directory holds its files, not its directories",
        RAW_COMMITS,
        exclusions="bots; dependency updates; merge commits",
        scopes=("file", "directory"),
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
        "bots; merge commits",
        (SCOPE_REPOSITORY,),
    ),
    MetricDefinition(
        "bus_factor",
        "The fewest people who wrote at least half of a repository's commits.",
        "CHAOSS contributor absence factor, from 5 commits on",
        RAW_COMMITS,
        exclusions="bots; merge commits",
        scopes=(SCOPE_REPOSITORY,),
    ),
    MetricDefinition(
        "reverts",
        "Commits that revert another.",
        'subject `Revert "…"` or `revert: …`, or `This reverts commit …`',
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
