"""Two hundred runs against a server with false answers: no product contains a character that the model wrote."""

import json
import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from resources.llm.base import LanguageModelFactory
from resources.storage import Storage
from sparky_assets.digests.models import Product
from sparky_assets.insights.llm.answers import (
    NO_DIFFERENCE,
    NOT_IN_FORM,
    REPEATS_ITSELF,
    REPEATS_QUESTION,
    SAME_ANSWER,
)
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
from tests.fakes.language_model import Brain, FakeModelServer
from tests.insights.test_model_choices import make_world

WORLD = make_world(2, 3)
RAW = WORLD.raw()
MATERIAL = gather_material(RAW)
BY_RULES = WORLD.insight()
KNOWN_KEYS = {record.change.key for record in MATERIAL.records} | {group.id for group in MATERIAL.build_groups()}
SPAN_WORDS = 3
RUNS = 200


class LyingModel:
    """A model that wraps false sentences in every shape that a server can send, and sometimes in valid ids."""

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


def run_against(model: Brain, server: FakeModelServer, root: Path) -> EditResult:
    server.brain = model
    server.requests.clear()
    factory = LanguageModelFactory(backend="openai" if server.openai else "ollama", url=server.url)
    given_settings = LanguageModelSettings(backend=factory.backend, model=server.model, mode="select")
    return edit_stories(MATERIAL, PeriodKind.WEEKLY, factory, Storage(root=str(root)), given_settings)


def list_spans(text: str) -> set[str]:
    """Return every three consecutive words of a text, without markup."""
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[start : start + SPAN_WORDS]) for start in range(len(words) - SPAN_WORDS + 1)}


def list_chosen(choices: StoryChoices) -> Iterator[str]:
    yield from (key for part in choices.parts for key in part)
    yield from (*choices.order, *choices.lead, *choices.quotes)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[FakeModelServer, FakeModelServer]]:
    """Run one server of each protocol; every run brings its own model."""
    with FakeModelServer(parameters="8B") as ollama, FakeModelServer(parameters="8B", openai=True) as openai:
        yield ollama, openai


@pytest.fixture(scope="module")
def spans_by_code(servers: tuple[FakeModelServer, FakeModelServer]) -> set[str]:
    """Return the spans that may be printed without a model: records, products by rules, reasons for refused answers.

    A model whose every answer is empty brings the sentences about a model into the products.
    """
    texts = [source.text for source in MATERIAL.library.sources.values()]
    texts += [record.change.raw_title for record in MATERIAL.records]
    texts += [NOT_IN_FORM, REPEATS_ITSELF, REPEATS_QUESTION, SAME_ANSWER, NO_DIFFERENCE]
    with TemporaryDirectory() as folder:
        by_empty_answers = tell_choices(run_against(lambda _: "{}", servers[0], Path(folder)))
    for insight in (BY_RULES, by_empty_answers):
        texts += [made(insight, product)[0].text for product in Product]
    return {span for text in texts for span in list_spans(text)}


@cache
def list_spans_by_product(insight: str) -> Mapping[Product, set[str]]:
    """Return the spans of every product of an insight in JSON; cached, because a third of the runs end with an equal
    one.
    """
    return {product: list_spans(made(Insight.model_validate_json(insight), product)[0].text) for product in Product}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(RUNS))
def test_products_contain_nothing_that_a_lying_server_wrote(
    seed: int, servers: tuple[FakeModelServer, FakeModelServer], spans_by_code: set[str]
) -> None:
    model = LyingModel(seed)
    with TemporaryDirectory() as folder:
        result = run_against(model, servers[seed % 2], Path(folder))
    assert set(list_chosen(result.choices)) <= KNOWN_KEYS
    stored = tell_choices(result).model_dump_json()
    lies = {span for lie in model.lies for span in list_spans(lie)} - spans_by_code
    for spans in (list_spans(stored), *list_spans_by_product(stored).values()):
        assert not lies & spans
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
