"""Checks that stop nothing: how much of a model's part came to nothing, how well its words stand, and what it cost.

A document is published whatever they say; they are for whoever chooses the model and the machine.
"""

from statistics import fmean

from sparky_assets.insights.llm.editor import EditResult
from sparky_assets.orchestration.materialize import CheckReport
from sparky_assets.settings_language_model import LanguageModelSettings

MODEL_CHECK_DESCRIPTIONS = {
    "model_answers": "Of what was left to the model, how much came back usable and passed the gates.",
    "model_words_are_supported": "How many of a model's words its evidence holds.",
    "model_cost": "Calls, tokens and seconds of the model, against the deadline; where it lay.",
}


MAX_FALLBACK_SHARE = 0.5
"""Beyond half, most of what readers see is by rules, and the model is not worth its time."""


MIN_MEAN_SUPPORT = 0.7
"""Means over a period. A gate refuses single sentences below 0.5; true ones of the corpus have 0.87 and more."""


MAX_DEADLINE_SHARE = 0.9


def model_checks(result: EditResult, settings: LanguageModelSettings) -> dict[str, CheckReport]:
    """One remark a check; without a model there is nothing to remark on."""
    if result.model_info is None:
        return dict.fromkeys(
            MODEL_CHECK_DESCRIPTIONS, CheckReport({"model": "none took part"}, list(result.warnings)[:1])
        )
    return dict(
        zip(
            MODEL_CHECK_DESCRIPTIONS,
            (_check_answers(result), _check_support(result), _check_cost(result, settings)),
            strict=True,
        )
    )


def _check_answers(result: EditResult) -> CheckReport:
    tally = result.usage
    asked = tally.calls + tally.cached_answers + tally.skipped_questions
    unanswered = sum(tally.fallbacks.values())
    worded = [claim for claim in result.insight.claims if claim.wording or claim.rejected]
    refused = [claim for claim in worded if claim.rejected]
    shares = {
        "questions_without_an_answer": unanswered / asked if asked else 0.0,
        "sentences_refused": len(refused) / len(worded) if worded else 0.0,
    }
    problems = [
        f"{share:.0%} {name.replace('_', ' ')} (at most {MAX_FALLBACK_SHARE:.0%} is usual)"
        for name, share in shares.items()
        if share > MAX_FALLBACK_SHARE
    ]
    figures = {name: round(share, 3) for name, share in shares.items()}
    return CheckReport(figures | {"questions": asked}, [*result.insight.degraded[:1], *problems])


def _check_support(result: EditResult) -> CheckReport:
    support = [claim.wording.support for claim in result.insight.claims if claim.wording]
    if not support:
        return CheckReport({"sentences_worded": 0})
    mean = fmean(support)
    odd = [f"{mean:.0%} of the model's words are in its evidence, at least {MIN_MEAN_SUPPORT:.0%} is usual"]
    figures = {"sentences_worded": len(support), "mean_support": round(mean, 3), "least_support": min(support)}
    return CheckReport(figures, odd if mean < MIN_MEAN_SUPPORT else [])


def _check_cost(result: EditResult, settings: LanguageModelSettings) -> CheckReport:
    tally = result.usage
    deadline = settings.deadline_minutes * 60
    figures = {
        "calls": tally.calls, "answers_kept": tally.cached_answers, "prompt_tokens": tally.prompt_tokens,
        "answer_tokens": tally.answer_tokens, "seconds": round(tally.seconds, 1), "deadline_seconds": deadline,
    }  # fmt: skip
    # Calls run side by side: their seconds may exceed the deadline, which is by the clock.
    slow = tally.seconds / settings.parallel_calls > MAX_DEADLINE_SHARE * deadline
    odd = [f"the model took {tally.seconds:.0f} s of {deadline:.0f} s; a smaller one would finish"] if slow else []
    return CheckReport(figures, [*odd, *result.warnings])
