"""DORA's four."""

from sparky_assets.metrics.definitions.definition import RAW_COMMITS, RAW_RELEASES, MetricDefinition, define_statistics

DEPLOYMENT_METRICS = (
    MetricDefinition(
        "deployment_frequency",
        "Releases a week.",
        "7 × releases ÷ days of the window",
        RAW_RELEASES,
        "per week",
        "pre-releases",
    ),
    *define_statistics(
        "lead_time_for_changes",
        "time from a commit to the first release that holds it",
        "published − committed, by the commit graph",
        "merge commits; commits from before the window",
        (*RAW_COMMITS, *RAW_RELEASES),
    ),
    MetricDefinition(
        "change_failure_rate",
        "Share of releases whose next release repaired something.",
        "releases followed by one that ships a commit called hotfix, rollback or revert ÷ releases followed by any",
        (*RAW_COMMITS, *RAW_RELEASES),
        "percent",
        "the last release of each repository",
    ),
    *define_statistics(
        "time_to_restore",
        "time from such a release to the one that repaired it",
        "repair published − failed published",
        "pre-releases",
        (*RAW_COMMITS, *RAW_RELEASES),
    ),
)
