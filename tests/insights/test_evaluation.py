"""The labelled set and the trial question, against a server over a real socket."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from resources.llm.base import LanguageModelFactory
from sparky_assets.cli import cli
from sparky_assets.insights.llm.evaluation import (
    evaluate_model,
    load_cases,
    score_order,
    score_partition,
    try_constrained_question,
)
from tests.factories.evidence import get_properties
from tests.fakes.language_model import FakeModelServer


def answer_as_labelled(body: Mapping[str, Any]) -> str:
    """Answer each question of the labelled set by its labels."""
    records = [json.loads(line) for line in body["messages"][1]["content"].splitlines() if line.startswith("{")]
    titles = [record.get("title") or record["text"] for record in records]
    for case in load_cases():
        match case["task"]:
            case "quote" if case["title"] in titles:
                ids = {record["text"].replace("'", "`"): record["id"] for record in records}
                return json.dumps({key: ids.get(case[key], "none") for key in ("do", "what", "why")})
            case "group" if case["titles"] == titles:
                return json.dumps({"groups": [[f"C{place + 1}" for place in group] for group in case["groups"]]})
            case "rank" if case["stories"] == titles:
                return json.dumps({"order": [f"R{place + 1}" for place in (*case["first"], *case["last"])]})
            case "lead" if case["stories"] == titles:
                first = [f"L{place + 1}" for place in case["first"]]
                return json.dumps({"lead": first[0], "next": first[1:]})
    raise AssertionError(f"no case for {titles} {get_properties(body)}")


def test_labels_are_sentences_that_may_be_chosen() -> None:
    with FakeModelServer(answer_as_labelled) as server:
        model = LanguageModelFactory(backend="ollama", url=server.url).connect("tiny")
        assert model
        scores = evaluate_model(model, 10)
    assert {task: score.model / score.asked for task, score in scores.items()} == dict.fromkeys(scores, 1.0)
    assert set(scores) == {"quote", "group", "rank", "lead"}
    rules = scores["quote"].rules
    assert rules is not None
    assert 0 < rules < scores["quote"].asked


def test_model_without_a_form_scores_nothing() -> None:
    with FakeModelServer(lambda _: "{}") as server:
        model = LanguageModelFactory(backend="ollama", url=server.url).connect("tiny")
        assert model
        scores = evaluate_model(model, 10)
    assert all(score.model == 0 and score.refused == score.asked for score in scores.values())


def test_scores_of_partitions_and_orders() -> None:
    assert score_partition([[0, 1], [2]], [[0, 1], [2]]) == 1
    assert score_partition([[0], [1], [2]], [[0, 1], [2]]) == pytest.approx(2 / 3)
    assert score_order([0, 1, 2], first=[0], last=[2]) == 1
    assert score_order([2, 1, 0], first=[0], last=[2]) == 0
    assert score_order([], first=[0], last=[2]) == 0


@pytest.mark.parametrize(("text", "ok"), [(None, True), ("Sure! I choose S1.", False), ('{"what": "S99"}', False)])
def test_trial_question_tells_a_server_that_forces_no_schema(text: str | None, ok: bool) -> None:
    with FakeModelServer(answer_as_labelled if text is None else lambda _: text) as server:
        model = LanguageModelFactory(backend="ollama", url=server.url).connect("tiny")
        assert model
        result = try_constrained_question(model, "tiny")
    assert result.ok is ok
    assert ok or "rules would choose" in result.detail


def test_model_check_prints_the_model_beside_the_rules(tmp_path: Path) -> None:
    with FakeModelServer(answer_as_labelled) as server:
        file = tmp_path / "sparky.toml"
        file.write_text(
            f'home = "{tmp_path}"\n[language_model]\nbackend = "ollama"\nmodel = "tiny"\nurl = "{server.url}"\n'
        )
        result = CliRunner().invoke(cli, ["--config", str(file), "model-check"])
    assert result.exit_code == 0, result.output
    rows = {line.split()[0]: line.split() for line in result.output.splitlines() if line}
    assert rows["quote"][2] == "100%"
    assert rows["quote"][3] != "-"
    assert "rules" in rows["task"]
