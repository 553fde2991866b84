"""What a language model costs.

    uv run python -m benchmarks.insights

A second run asks a model nothing. Printed beside calls and tokens: the minutes that models as fast as was measured
elsewhere would take; where they exceed five, the deadline stops the model and rules choose the rest. A fake server over
a real socket counts calls and tokens, four bytes each.
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
"""Share of repositories that are active in a period and what each then holds: a public organisation's, in the notes."""
MACHINES: Mapping[str, tuple[float, float]] = {
    "2 vCPU, 1.5B": (60, 9), "8-core laptop, 1.5B": (150, 25), "GB10, 7B Q8": (2250, 29.4), "H200, 9B": (8000, 197),
}  # fmt: skip
"""Tokens a second read and written: what others measured (notes, section 4), one call at a time."""
TARGET_MINUTES = 5


def main() -> None:
    """Calls, tokens and minutes."""
    print("period  repositories  calls  tokens in  out   second run  minutes: " + ", ".join(MACHINES))
    for kind in PeriodKind:
        for repositories in (30, 300):
            measure(kind, repositories)


def measure(kind: PeriodKind, repositories: int) -> None:
    """One line: what the first run and the second cost."""
    material = gather_material(make_world(max(1, round(repositories * ACTIVE[kind])), RECORDS[kind]).raw())
    with FakeModelServer(read_well, parameters="8B") as server, tempfile.TemporaryDirectory() as folder:
        first, second = (ask(material, kind, server, folder) for _ in range(2))
    minutes = [
        first.prompt_tokens / reads / 60 + first.answer_tokens / writes / 60 for reads, writes in MACHINES.values()
    ]
    shown = ", ".join(f"{value:.1f}{'' if value <= TARGET_MINUTES else ' (over)'}" for value in minutes)
    print(
        f"{kind.value:8} {repositories:11} {first.calls:6} {first.prompt_tokens:10,} {first.answer_tokens:6,}"
        f" {second.calls:9} calls  {shown}"
    )


def ask(material: StoryMaterial, kind: PeriodKind, server: FakeModelServer, folder: str) -> ModelUsage:
    """One run's asking, as the asset does it."""
    factory = LanguageModelFactory(backend="ollama", url=server.url)
    settings = LanguageModelSettings(backend="ollama", model=server.model, parallel_calls=2)
    return edit_stories(material, kind, factory, Storage(root=folder), settings).usage


if __name__ == "__main__":
    main()
