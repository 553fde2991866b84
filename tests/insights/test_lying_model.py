"""Two hundred runs against a server that lies: no product holds a character that the model wrote."""

import json
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.llm.base import LanguageModelFactory
from resources.storage import Storage
from sparky_assets.digests.models import Product
from sparky_assets.insights.llm.editor import EditResult, edit_stories
from sparky_assets.insights.models import Insight
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.services import LanguageModelSettings
from sparky_assets.stories.assemble import build_material_stories, gather_material
from sparky_assets.stories.choices import StoryChoices
from tests.corpora.hostile_text import HOSTILE
from tests.corpora.model_lies import MODEL_LIES
from tests.factories.evidence import get_properties, read_well
from tests.factories.products import made
from tests.fakes.language_model import FakeModelServer
from tests.insights.test_model_choices import make_world

WORLD = make_world(2, 3)
RAW = WORLD.raw()
MATERIAL = gather_material(RAW)
BY_RULES = WORLD.insight()
KNOWN_KEYS = {record.change.key for record in MATERIAL.records} | {group.id for group in MATERIAL.build_groups()}
SPAN_WORDS = 3


class LyingModel:
    """Wraps lies in every shape that a server can send, and sometimes in ids that are right."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lies: set[str] = set()

    def __call__(self, body: Mapping[str, Any]) -> str:
        lie = self.random.choice((*MODEL_LIES, *HOSTILE))
        self.lies.add(lie)
        properties = get_properties(body)
        well = json.loads(read_well(body))
        shapes = (
            lie,
            json.dumps(dict.fromkeys(properties, lie)),
            json.dumps(well | {"text": lie}),
            json.dumps({**well, self.random.choice(list(properties)): lie}),
            json.dumps({key: [lie] if isinstance(value, list) else value for key, value in well.items()}),
            f"{lie}\n```json\n{json.dumps(well)}\n```\n{lie}",
            f"<think>{lie}</think>{json.dumps(well)}",
            json.dumps({lie: well}),
            json.dumps(well),
        )
        return self.random.choice(shapes)


def run_against(model: LyingModel, root: Path, *, openai: bool) -> EditResult:
    with FakeModelServer(model, parameters="8B", openai=openai) as server:
        factory = LanguageModelFactory(backend="openai" if openai else "ollama", url=server.url)
        given_settings = LanguageModelSettings(backend=factory.backend, model=server.model, mode="select")
        return edit_stories(MATERIAL, PeriodKind.WEEKLY, factory, Storage(root=str(root)), given_settings)


def list_spans(text: str) -> set[str]:
    """Every three words of a text that follow each other, without markup."""
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[start : start + SPAN_WORDS]) for start in range(len(words) - SPAN_WORDS + 1)}


def list_chosen(choices: StoryChoices) -> Iterator[str]:
    yield from (key for part in choices.parts for key in part)
    yield from (*choices.order, *choices.lead, *choices.quotes)


@pytest.fixture(scope="module")
def spans_by_rules() -> set[str]:
    """Spans of everything that may be printed without a model: the texts of the records and the products by rules."""
    texts = [source.text for source in MATERIAL.library.sources.values()]
    texts += [record.change.raw_title for record in MATERIAL.records]
    texts += [made(BY_RULES, product)[0].text for product in Product]
    return {span for text in texts for span in list_spans(text)}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), openai=st.booleans())
def test_products_of_runs_against_a_lying_server_hold_nothing_it_wrote(
    seed: int, openai: bool, tmp_path_factory: pytest.TempPathFactory, spans_by_rules: set[str]
) -> None:
    model = LyingModel(seed)
    result = run_against(model, tmp_path_factory.mktemp("run"), openai=openai)
    assert set(list_chosen(result.choices)) <= KNOWN_KEYS
    insight = tell_choices(result)
    lies = {span for lie in model.lies for span in list_spans(lie)} - spans_by_rules
    stored = insight.model_dump_json()
    products = [made(insight, product)[0].text for product in Product]
    for text in (stored, *products):
        assert not lies & list_spans(text)
    assert not result.editor or result.editor.used <= result.editor.questions


def tell_choices(result: EditResult) -> Insight:
    stories = build_material_stories(MATERIAL, "UTC", result.choices)
    return BY_RULES.model_copy(
        update={
            "stories": stories,
            "mode": result.mode,
            "editor": result.editor,
            "degraded": result.degraded,
        }
    )
