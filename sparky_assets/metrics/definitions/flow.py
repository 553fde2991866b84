"""How work flows: reviews, merges, sizes, closings."""

from sparky_assets.metrics.definitions.definition import ISSUES, PULLS, REVIEWS, Metric, statistics

FLOW = (
    *statistics(
        "time_to_first_review",
        "time from opening to the first review by another person",
        "first review − opened, of pull requests opened in the window and reviewed in it",
        "drafts; bots as authors or reviewers; self-reviews",
        (*PULLS, *REVIEWS),
    ),
    *statistics(
        "time_to_merge",
        "time from opening to merging",
        "merged − opened, of pull requests merged in the window, whenever opened",
        "drafts; bots; pull requests whose opening is not known",
        PULLS,
    ),
    *statistics(
        "time_in_review",
        "time from the first review to merging",
        "merged − first review, of pull requests opened and merged in the window; only where the review came first",
        "drafts; bots; self-reviews",
        (*PULLS, *REVIEWS),
    ),
    Metric(
        "review_coverage",
        "Share of merged pull requests that another person reviewed.",
        "reviewed ÷ merged, of pull requests opened and merged in the window",
        (*PULLS, *REVIEWS),
        "percent",
        "drafts; bots; self-reviews",
    ),
    Metric(
        "pull_requests_awaiting_review",
        "Pull requests opened in the window that nobody else reviewed, open at its end.",
        "opened − closed − merged − reviewed",
        (*PULLS, *REVIEWS),
        excludes="drafts; bots",
    ),
    *(
        Metric(
            f"pull_requests_of_size_{size}",
            f"Merged pull requests with {lines} lines changed.",
            "insertions + deletions of the merged pull request",
            PULLS,
            excludes="drafts; bots; pull requests without statistics",
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
    *statistics(
        "issue_time_to_close",
        "time from opening to closing an issue",
        "closed − opened, of issues whose last event in the window is a closing",
        "issues by bots; issues opened again",
        ISSUES,
    ),
)
