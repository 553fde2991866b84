"""Checks that stop nothing: how much of a model's part came to nothing, how well its words stand, and what it cost.

A document is published whatever they say; they are for whoever chooses the model and the machine.
"""

from statistics import fmean

from sparky_assets.insights.editor import Edited
from sparky_assets.materialising import Remark
from sparky_assets.settings_language_model import LanguageModelSettings

REMARKS = {
    "model_answers": "Of what was left to the model, how much came back usable and passed the gates.",
    "model_words_are_supported": "How many of a model's words its evidence holds.",
    "model_cost": "Calls, tokens and seconds of the model, against the deadline; where it lay.",
}
MOST_FALLBACKS = 0.5
"""Beyond half, most of what readers see is by rules, and the model is not worth its time."""
LEAST_SUPPORT = 0.7
"""Means over a period. A gate refuses single sentences below 0.5; true ones of the corpus have 0.87 and more."""
MOST_TIME = 0.9


def remarks_of(edited: Edited, settings: LanguageModelSettings) -> dict[str, Remark]:
    """One remark a check; without a model there is nothing to remark on."""
    if edited.identity is None:
        return dict.fromkeys(REMARKS, Remark({"model": "none took part"}, list(edited.warnings)[:1]))
    return dict(zip(REMARKS, (_answers(edited), _support(edited), _cost(edited, settings)), strict=True))


def _answers(edited: Edited) -> Remark:
    tally = edited.tally
    asked = tally.calls + tally.kept + tally.left
    unanswered = sum(tally.fallbacks.values())
    worded = [claim for claim in edited.insight.claims if claim.wording or claim.rejected]
    refused = [claim for claim in worded if claim.rejected]
    shares = {
        "questions_without_an_answer": unanswered / asked if asked else 0.0,
        "sentences_refused": len(refused) / len(worded) if worded else 0.0,
    }
    problems = [
        f"{share:.0%} {name.replace('_', ' ')} (at most {MOST_FALLBACKS:.0%} is usual)"
        for name, share in shares.items()
        if share > MOST_FALLBACKS
    ]
    figures = {name: round(share, 3) for name, share in shares.items()}
    return Remark(figures | {"questions": asked}, [*edited.insight.degraded[:1], *problems])


def _support(edited: Edited) -> Remark:
    support = [claim.wording.support for claim in edited.insight.claims if claim.wording]
    if not support:
        return Remark({"sentences_worded": 0})
    mean = fmean(support)
    odd = [f"{mean:.0%} of the model's words are in its evidence, at least {LEAST_SUPPORT:.0%} is usual"]
    figures = {"sentences_worded": len(support), "mean_support": round(mean, 3), "least_support": min(support)}
    return Remark(figures, odd if mean < LEAST_SUPPORT else [])


def _cost(edited: Edited, settings: LanguageModelSettings) -> Remark:
    tally = edited.tally
    deadline = settings.deadline_minutes * 60
    figures = {
        "calls": tally.calls, "answers_kept": tally.kept, "prompt_tokens": tally.prompt_tokens,
        "answer_tokens": tally.answer_tokens, "seconds": round(tally.seconds, 1), "deadline_seconds": deadline,
    }  # fmt: skip
    # Calls run side by side: their seconds may exceed the deadline, which is by the clock.
    slow = tally.seconds / settings.parallel_calls > MOST_TIME * deadline
    odd = [f"the model took {tally.seconds:.0f} s of {deadline:.0f} s; a smaller one would finish"] if slow else []
    return Remark(figures, [*odd, *edited.warnings])
