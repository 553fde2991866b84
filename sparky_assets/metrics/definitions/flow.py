"""How work flows: reviews, merges, sizes, closings."""

from sparky_assets.metrics.definitions.definition import (
    RAW_ISSUES,
    RAW_PULL_REQUESTS,
    RAW_REVIEWS,
    MetricDefinition,
    define_statistics,
)

FLOW_METRICS = (
    *define_statistics(
        "time_to_first_review",
        "time from being ready for review to the first review by another person",
        "first review since − ready, of pull requests opened in the window and reviewed in it",
        "pull requests that are still drafts, or of which it is not known when they became ready; bots as authors or "
        "reviewers; self-reviews",
        (*RAW_PULL_REQUESTS, *RAW_REVIEWS),
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
        "merged − first review since ready, of pull requests opened and merged in the window; only where the review "
        "came first",
        "bots; self-reviews; reviews of a draft",
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
        "Share of merged pull requests that another person reviewed.",
        "reviewed ÷ merged, of pull requests opened and merged in the window",
        (*RAW_PULL_REQUESTS, *RAW_REVIEWS),
        "percent",
        "bots; self-reviews",
    ),
    MetricDefinition(
        "pull_requests_awaiting_review",
        "Pull requests opened in the window that nobody else reviewed, open at its end.",
        "opened − closed − merged − reviewed",
        (*RAW_PULL_REQUESTS, *RAW_REVIEWS),
        exclusions="pull requests that are still drafts; bots",
    ),
    *(
        MetricDefinition(
            f"pull_requests_of_size_{size}",
            f"Merged pull requests with {lines} lines changed.",
            "insertions + deletions of the merged pull request",
            RAW_PULL_REQUESTS,
            exclusions="bots; pull requests without statistics",
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
)
