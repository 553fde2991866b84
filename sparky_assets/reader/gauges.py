"""The names of everything that `/metrics` tells, with labels and what they mean. docs/reader.md lists them."""

from collections.abc import Mapping
from types import MappingProxyType

GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sparky_store_readable": ("1 where the store can be read.", ()),
        "sparky_history_readable": ("1 where Dagster's history of runs can be read.", ()),
        "sparky_periods": ("Periods that a stage holds.", ("period", "stage")),
        "sparky_stage_last_success_timestamp_seconds": ("When its newest period was written.", ("period", "stage")),
        "sparky_stage_newest_period_timestamp_seconds": (
            "Midnight (UTC) of the first day of its newest period.",
            ("period", "stage"),
        ),
        "sparky_stage_age_seconds": ("Seconds since its newest period was written.", ("period", "stage")),
        "sparky_stage_recent_periods": (
            "Recent closed periods (14 days, 8 weeks, 6 months) by state: made, partial, running, failed, missing.",
            ("period", "stage", "state"),
        ),
        "sparky_periods_missing": ("Recent closed periods that are not done.", ("period",)),
        "sparky_last_closed_done": ("1 where the last closed period is done in every stage.", ("period",)),
        "sparky_runs": ("Runs in Dagster's history by status.", ("status",)),
        "sparky_queue_length": ("Runs that wait for their turn.", ()),
        "sparky_checks_failed": ("Asset checks whose last evaluation failed.", ()),
        "sparky_daemon_healthy": ("1 where a daemon of Dagster reports in time.", ("daemon",)),
        "sparky_daemon_last_heartbeat_timestamp_seconds": ("When a daemon reported last.", ("daemon",)),
        "sparky_dependency_healthy": ("1 where a language model or GitHub works; absent where not used.", ("what",)),
        "sparky_insight_sentences": (
            "Sentences of the newest insight by who worded them: model or template.",
            ("period", "origin"),
        ),
        "sparky_unreadable_repositories": (
            "Repositories that the newest insight could not read: a partial day.",
            ("period",),
        ),
        "sparky_published_commits": ("Destinations at which the newest publication is a commit.", ("period",)),
        "sparky_model_fallback_ratio": (
            "Share of the model's sentences in the newest insight that rules replaced; absent without a model.",
            ("period",),
        ),
        "sparky_model_calls": ("Calls of the language model for the newest insight.", ("asset",)),
        "sparky_model_prompt_tokens": ("Tokens that the model read for the newest insight.", ("asset",)),
        "sparky_model_answer_tokens": ("Tokens that the model wrote for the newest insight.", ("asset",)),
        "sparky_model_sentences_refused": ("Sentences of the model that did not pass the gates.", ("asset",)),
        "sparky_model_on_gpu_ratio": ("Share of the model on the GPU, where its server tells.", ("asset",)),
        "sparky_github_points_used": ("Points of GitHub's rate limit that the newest collection used.", ("asset",)),
        "sparky_github_points_left": ("Points of GitHub's rate limit that it left, where it was told.", ("asset",)),
        "sparky_github_requests": ("Requests to GitHub of the newest collection.", ("asset",)),
    }
)
"""Name → what it is, and its labels. All are gauges; what was not told is absent."""

ASSET_GAUGES: Mapping[str, str] = MappingProxyType(
    {
        "model_calls": "sparky_model_calls",
        "prompt_tokens": "sparky_model_prompt_tokens",
        "answer_tokens": "sparky_model_answer_tokens",
        "sentences_refused": "sparky_model_sentences_refused",
        "model_on_gpu": "sparky_model_on_gpu_ratio",
        "github_points": "sparky_github_points_used",
        "github_points_left": "sparky_github_points_left",
        "github_requests": "sparky_github_requests",
    }
)
"""Numbers in the metadata of an asset's newest materialisation, and the gauge that each becomes."""
