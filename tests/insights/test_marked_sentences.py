"""Marked sentences of a model: off by default, checked by code and by a second pass, and only in a digest's page."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from resources.llm.base import LanguageModelFactory
from resources.storage import Storage
from sparky_assets.digests.footer import HOW_LINE, MARKED_HOW_LINE
from sparky_assets.digests.models import Product
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.llm.answers import NOT_IN_FORM, RefusedAnswerError
from sparky_assets.insights.llm.editor import EditResult
from sparky_assets.insights.llm.evaluation import measure_prose
from sparky_assets.insights.llm.marked import COUNTEREXAMPLE_PASSED, NOT_ENTAILED
from sparky_assets.insights.llm.prose import (
    build_counterexamples,
    flip_direction,
    judge_sentence,
    read_written_answer,
    swap_roles,
)
from sparky_assets.insights.models import Insight
from tests.factories.evidence import get_properties, read_well
from tests.factories.products import made
from tests.fakes.language_model import FakeModelServer
from tests.insights.test_lying_model import BY_RULES, tell_choices
from tests.insights.test_model_choices import edit

SENTENCE = "The importer now reads archives in pieces of a megabyte."
GIVEN = ("feat: read large archives in pieces", "The importer now reads them in pieces of a megabyte.")


def list_records(body: Mapping[str, Any]) -> list[dict[str, str]]:
    return [json.loads(line) for line in body["messages"][1]["content"].splitlines() if line.startswith("{")]


class WritingModel:
    """A model that writes one sentence about each change, and judges as set: first the true claim, then
    counterexamples.
    """

    def __init__(self, true: str = "yes", false: str = "no", sentence: str = SENTENCE) -> None:
        self.true, self.false, self.sentence = true, false, sentence
        self.claims: list[str] = []

    def __call__(self, body: Mapping[str, Any]) -> str:
        properties = get_properties(body)
        if "sentence" in properties:
            records = list_records(body)
            cited = [record["id"] for record in records if "importer" in record["text"].lower()][:3]
            return json.dumps({"cites": cited or ["R1"], "sentence": self.sentence})
        if "entailed" in properties:
            claim = list_records(body)[-1]["claim"]
            self.claims.append(claim)
            return json.dumps({"entailed": self.true if claim == self.sentence else self.false})
        return read_well(body)


def run(model: WritingModel, root: Path, prose: str = "marked") -> tuple[EditResult, FakeModelServer]:
    return edit(model, root, prose=prose)


def tell(result: EditResult) -> Insight:
    return tell_choices(result).model_copy(update={"marked": result.marked})


def test_sentences_are_not_requested_by_default(tmp_path: Path) -> None:
    result, server = edit(WritingModel(), tmp_path)
    assert result.marked == ()
    assert not [body for body in server.chats if "sentence" in get_properties(body)]


def test_sentence_that_passes_is_stored_with_its_quotations_and_counted(tmp_path: Path) -> None:
    model = WritingModel()
    result, _ = run(model, tmp_path)
    assert {sentence.text for sentence in result.marked} == {SENTENCE}
    assert all(sentence.quotations and sentence.model == "tiny" for sentence in result.marked)
    assert result.metadata["marked_sentences"] == f"{len(result.marked)} of {result.marked_count.asked}"
    assert set(model.claims) == {SENTENCE, *build_counterexamples(SENTENCE)}
    again, server = run(model, tmp_path)
    assert server.chats == []
    assert again.marked == result.marked


@pytest.mark.parametrize(
    ("true", "false", "reason"),
    [("no", "no", NOT_ENTAILED), ("yes", "yes", COUNTEREXAMPLE_PASSED), ("no", "yes", NOT_ENTAILED)],
)
def test_model_that_agrees_or_denies_everything_prints_nothing(
    true: str, false: str, reason: str, tmp_path: Path
) -> None:
    result, _ = run(WritingModel(true, false), tmp_path)
    assert result.marked == ()
    assert any(name == f"prose: {reason}" for name in result.usage.refused)


def test_marked_sentence_is_in_the_page_with_its_label_and_nowhere_else(tmp_path: Path) -> None:
    result, _ = run(WritingModel(), tmp_path)
    insight = tell(result)
    texts = {product: made(insight, product) for product in Product}
    printed = {
        product for product, (rendered, _) in texts.items() if "archives in pieces of a megabyte" in rendered.text
    }
    assert printed == {Product.DIGEST}
    page, manifest = texts[Product.DIGEST]
    assert f"> The model tiny writes, and no person has read it: {SENTENCE}" in page.text
    assert MARKED_HOW_LINE in page.text.replace("\\", "")
    assert list(find_ungrounded(page.text, manifest, insight)) == []
    assert HOW_LINE in texts[Product.EMAIL_TEXT][0].text
    forged = page.text.replace(SENTENCE, "The importer now deletes archives in pieces.")
    assert list(find_ungrounded(forged, manifest, insight))


def test_page_without_marked_sentences_has_the_usual_footer() -> None:
    assert HOW_LINE in made(BY_RULES)[0].text.replace("\\", "")


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        (SENTENCE, ""),
        ("The importer now reads archives in 3 pieces of a megabyte.", "number"),
        ("The importer of Grace now reads archives in pieces of a megabyte.", "name"),
        ("The importer now reads read_all archives in pieces of a megabyte.", "code"),
        ("The importer now removes archives in pieces of a megabyte.", "direction"),
        ("The importer now reads all archives in pieces of a megabyte.", "quantity"),
        ("The importer now reads huge archives in pieces of a megabyte.", "judgement"),
        ("The importer now reads archives in pieces. It is good for you.", "more than one"),
        ("The importer now reads archives " + "-" * 170 + " in pieces.", "run of punctuation"),
        ("The importer now reads archives, see https://evil.example/x.", "link"),
        ("The importer now reads <b>archives</b> in pieces of it.", "link or markup"),
        ("the importer now reads archives in pieces of a megabyte", "plain sentence"),
        ("The importer now reads ghp_abcdefghijklmnopqrstuvwxyz0123456789 in pieces.", "secret"),
        ("Short words in it.", "plain sentence"),
    ],
)
def test_code_refuses_what_is_mechanical(sentence: str, reason: str) -> None:
    found = judge_sentence(sentence, GIVEN)
    assert reason in found
    assert bool(reason) == bool(found)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"sentence": "x"}', json.dumps({"cites": [], "sentence": SENTENCE}),
     json.dumps({"cites": ["R9"], "sentence": SENTENCE}), json.dumps({"cites": ["R1"], "sentence": SENTENCE, "x": 1})],
)  # fmt: skip
def test_answer_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(RefusedAnswerError, match=NOT_IN_FORM):
        read_written_answer(text, GIVEN)


def test_sentence_is_judged_by_the_cited_records_alone() -> None:
    other = ("Add 7 printers", "The printer adds 7 colours to each page.")
    answer = json.dumps({"cites": ["R1"], "sentence": "The printer adds 7 colours to each page."})
    with pytest.raises(RefusedAnswerError, match="number"):
        read_written_answer(answer, (GIVEN[0], *other))


def test_counterexamples_differ_in_direction_and_in_roles() -> None:
    assert flip_direction("The server no longer accepts old tokens.") == "The server no longer rejects old tokens."
    assert flip_direction("The tokens no longer expire.") == "The tokens now expire."
    assert flip_direction("The client can retry.") == "The client cannot retry."
    assert swap_roles("Reads return an error instead of a panic.") == "Reads return an panic instead of a error."
    assert build_counterexamples("Nothing testable here.") == ()


def test_rates_of_code_alone_are_those_of_the_documentation() -> None:
    rates = measure_prose(None, 1)
    assert not rates.is_good_enough
    documented = Path("docs/models.md").read_text("utf-8")
    assert rates.format_rates(rates.by_code).replace("%", " %") in documented.replace("\n", " ")


def test_judge_that_knows_the_labels_reaches_the_bar() -> None:
    claims = json.loads(Path("sparky_assets/insights/llm/claims.json").read_text("utf-8"))["claims"]
    true = {claim["text"] for claim in claims if claim["is_true"]}

    def judge(body: Mapping[str, Any]) -> str:
        return json.dumps({"entailed": "yes" if list_records(body)[-1]["claim"] in true else "no"})

    with FakeModelServer(judge) as server:
        model = LanguageModelFactory(backend="ollama", url=server.url).connect("tiny")
        assert model
        assert measure_prose(model, 10).is_good_enough


def test_storage_of_an_insight_without_marked_sentences_reads_as_before(tmp_path: Path) -> None:
    storage = Storage(root=str(tmp_path))
    storage.write_document("insights/weekly", "2025-W46", BY_RULES)
    assert storage.read_document("insights/weekly", "2025-W46", Insight).marked == ()
