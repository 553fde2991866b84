"""What a language model costs and what the gates catch.

    uv run python -m benchmarks.insights

Claims: a claim costs less than a millisecond of gates; every planted kind of fault is caught; a second run asks a model
nothing. Printed beside them: the minutes that models as fast as was measured elsewhere would take; where they exceed
five, the deadline stops the model and rules write the rest. A fake server over a real socket counts calls and tokens,
four bytes each.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from resources.llm.base import LanguageModelFactory
from resources.storage import Storage
from sparky_assets.insights.claims.overview import MAX_CHANGES
from sparky_assets.insights.llm.cache import AnswerCache
from sparky_assets.insights.llm.editor import select_changes
from sparky_assets.insights.llm.fallback import ask_for_highlights, ask_per_repository
from sparky_assets.insights.llm.gates import CandidateSentence, check_gates
from sparky_assets.insights.llm.session import ModelSession, ModelUsage
from sparky_assets.insights.models import Evidence, InsightMode
from sparky_assets.metrics.classify import classify_change
from sparky_assets.periods import PeriodKind
from tests.corpora.planted_faults import TITLES, corpus
from tests.factories.evidence import chooses, words
from tests.fakes.language_model import FakeModelServer

ACTIVE = {PeriodKind.DAILY: 0.10, PeriodKind.WEEKLY: 0.27, PeriodKind.MONTHLY: 0.53}
RECORDS = {PeriodKind.DAILY: 5, PeriodKind.WEEKLY: 12, PeriodKind.MONTHLY: 25}
"""Share of repositories that are active in a period and what each then holds: a public organisation's, in the notes."""
MACHINES: Mapping[str, tuple[float, float]] = {
    "2 vCPU, 1.5B": (60, 9), "8-core laptop, 1.5B": (150, 25), "GB10, 7B Q8": (2250, 29.4), "H200, 9B": (8000, 197),
}  # fmt: skip
"""Tokens a second read and written: what others measured (notes, section 4), one call at a time."""
TARGET_MINUTES = 5
REPEATS = 5


def main() -> None:
    """Gates, then calls, tokens and minutes."""
    gates()
    print("\nmode   period  repositories  calls  tokens in  out   second run  minutes: " + ", ".join(MACHINES))
    for mode in ("select", "phrase"):
        for kind in PeriodKind:
            for repositories in (30, 300, 3000):
                calls(mode, kind, repositories)


def gates() -> None:
    """Cost of a claim, and the share of each planted fault that is caught."""
    planted = corpus()
    started = time.perf_counter()
    for _ in range(REPEATS):
        judged = [
            (one.fault, bool(check_gates(CandidateSentence(one.text, (one.cited,), one.others)))) for one in planted
        ]
    cost = (time.perf_counter() - started) / (REPEATS * len(planted))
    print(f"gates: {cost * 1e6:.0f} microseconds a claim ({len(planted)} claims, 19 rivals each)")
    total, caught = Counter(fault for fault, _ in judged), Counter(fault for fault, refused in judged if refused)
    for fault, count in total.items():
        said = f"caught {caught[fault]} of {count}" if fault else f"passed {count - caught[fault]} of {count}"
        print(f"  {fault or 'true sentences':16} {said}")


def calls(mode: InsightMode, kind: PeriodKind, repositories: int) -> None:
    """One line: what the first run and the second cost."""
    evidence = made_evidence(max(1, round(repositories * ACTIVE[kind])), RECORDS[kind])
    with FakeModelServer(brain) as server, tempfile.TemporaryDirectory() as folder:
        first, second = (read(evidence, kind, mode, server, folder) for _ in range(2))
    minutes = [
        first.prompt_tokens / reads / 60 + first.answer_tokens / writes / 60 for reads, writes in MACHINES.values()
    ]
    shown = ", ".join(f"{one:.1f}{'' if one <= TARGET_MINUTES else ' (over)'}" for one in minutes)
    print(
        f"{mode:6} {kind.value:8} {repositories:11} {first.calls:6} {first.prompt_tokens:10,} {first.answer_tokens:6,}"
        f" {second.calls:9} calls  {shown}"
    )


def read(
    evidence: list[Evidence], kind: PeriodKind, mode: InsightMode, server: FakeModelServer, folder: str
) -> ModelUsage:
    """One run's asking, as the asset does it."""
    model = LanguageModelFactory(backend="ollama", url=server.url).connect(server.model)
    assert model
    asking = ModelSession(
        model,
        AnswerCache(Storage(root=folder)),
        model.identify(),
        deadline_seconds=600,
        call_timeout_seconds=60,
        load_timeout_seconds=60,
    )
    choice = ask_per_repository(evidence, kind, mode, asking, parallel_calls=2)
    ask_for_highlights(select_changes(evidence, MAX_CHANGES[kind], choice), kind, asking)
    model.close()
    return asking.usage


def brain(body: Mapping[str, Any]) -> str:
    """True sentences, so that nothing is asked twice; ids where ids are wanted."""
    true = {title.partition(" (part")[0]: text for title, text in TITLES}
    if "picks" in json.dumps(body["format"]):
        return chooses()(body)
    return words(lambda record: true[record["title"].partition(" (part")[0]])(body)


def made_evidence(repositories: int, records: int) -> list[Evidence]:
    """Pull requests with titles and bodies of the usual length (41 and 240 letters)."""
    at = datetime(2025, 11, 12, 10, tzinfo=UTC)
    return [
        Evidence(
            key=f"pr:acme/r{place}#{number}", kind="pull_request", repository=f"acme/r{place}", reference=f"#{number}",
            url=None, title=(title := f"{TITLES[(place + number) % len(TITLES)][0]} (part {number} of r{place})"),
            author="Ada", is_bot=False, state="merged", at=at, theme=classify_change(title), changed_lines=10,
            visibility="public", excerpt=("It reads and writes what was there before. " * 6)[:200],
        )
        for number in range(records)
        for place in range(repositories)
    ]  # fmt: skip


if __name__ == "__main__":
    main()
