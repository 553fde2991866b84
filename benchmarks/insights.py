"""Costs of a language model.

    uv run python -m benchmarks.insights

A second run sends no request to the model. Beside calls and tokens it prints the minutes that models with published
speeds would take. Beyond five minutes the deadline stops the model and rules choose the rest. A fake server over a real
socket counts calls and tokens, four bytes each.
"""

import tempfile
from collections.abc import Mapping

from resources.llm.base import LanguageModelFactory
from resources.storage import Storage
from sparky_assets.insights.llm.editor import edit_stories
from sparky_assets.insights.llm.session import ModelUsage
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.services import LanguageModelSettings
from sparky_assets.stories.assemble import StoryMaterial, gather_material
from tests.factories.evidence import read_well
from tests.fakes.language_model import FakeModelServer
from tests.insights.test_model_choices import make_world

ACTIVE = {PeriodKind.DAILY: 0.10, PeriodKind.WEEKLY: 0.27, PeriodKind.MONTHLY: 0.53}
RECORDS = {PeriodKind.DAILY: 5, PeriodKind.WEEKLY: 12, PeriodKind.MONTHLY: 25}
"""Share of repositories that are active in a period, and their activity: a public organisation's, in the notes."""
MACHINES: Mapping[str, tuple[float, float]] = {
    "2 vCPU, 1.5B": (60, 9), "8-core laptop, 1.5B": (150, 25), "GB10, 7B Q8": (2250, 29.4), "H200, 9B": (8000, 197),
}  # fmt: skip
"""Tokens per second read and written: published measurements (notes, section 4), one call at a time."""
TARGET_MINUTES = 5
SLOW_READS, SLOW_WRITES = 60, 10
"""Tokens per second read and written by the slowest machine that must finish a week."""
BEFORE: Mapping[PeriodKind, Mapping[int, tuple[int, int]]] = {
    PeriodKind.DAILY: {30: (4, 4_700), 300: (13, 17_400), 3000: (13, 19_500)},
    PeriodKind.WEEKLY: {30: (9, 13_400), 300: (43, 69_900), 3000: (43, 82_900)},
    PeriodKind.MONTHLY: {30: (17, 38_800), 300: (64, 154_200), 3000: (64, 167_200)},
}
"""Calls and tokens (read and written) when the model worded sentences, by repositories: the notes' model of costs."""


def main() -> None:
    """Measure and print calls, tokens and minutes."""
    print(
        "period  repositories  calls (before)  tokens in  out  of before  second run  slow  minutes: "
        + ", ".join(MACHINES)
    )
    for kind in PeriodKind:
        for repositories in (30, 300, 3000):
            measure(kind, repositories)


def measure(kind: PeriodKind, repositories: int) -> None:
    """Return one line: the costs of the first run and of the second."""
    material = gather_material(make_world(max(1, round(repositories * ACTIVE[kind])), RECORDS[kind]).raw())
    with FakeModelServer(read_well, parameters="8B") as server, tempfile.TemporaryDirectory() as folder:
        first, second = (ask(material, kind, server, folder) for _ in range(2))
    minutes = [
        first.prompt_tokens / reads / 60 + first.answer_tokens / writes / 60 for reads, writes in MACHINES.values()
    ]
    shown = ", ".join(f"{value:.1f}{'' if value <= TARGET_MINUTES else ' (over)'}" for value in minutes)
    calls, tokens = BEFORE[kind][repositories]
    share = (first.prompt_tokens + first.answer_tokens) / tokens
    slow = first.prompt_tokens / SLOW_READS / 60 + first.answer_tokens / SLOW_WRITES / 60
    print(
        f"{kind.value:8} {repositories:11} {first.calls:6} ({calls}) {first.prompt_tokens:10,} {first.answer_tokens:6,}"
        f" {share:6.0%} {second.calls:9} calls  {slow:.1f} min  {shown}"
    )


def ask(material: StoryMaterial, kind: PeriodKind, server: FakeModelServer, folder: str) -> ModelUsage:
    """Run the model for one period, as the asset does."""
    factory = LanguageModelFactory(backend="ollama", url=server.url)
    settings = LanguageModelSettings(backend="ollama", model=server.model, parallel_calls=2)
    return edit_stories(material, kind, factory, Storage(root=folder), settings).usage


if __name__ == "__main__":
    main()
