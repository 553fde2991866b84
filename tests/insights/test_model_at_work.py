"""A model at work: what it chooses and words, and that nothing it does or fails to do costs a document."""

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resources.llm.base import LanguageModelFactory
from resources.storage import Storage
from sparky_assets.insights.checks import find_ungrounded_claims
from sparky_assets.insights.evidence import gather_evidence
from sparky_assets.insights.llm.editor import EditResult, InsightInputs, build_insight, choose_mode
from sparky_assets.insights.llm.fallback import MAX_HIGHLIGHTS
from sparky_assets.insights.models import Claim
from sparky_assets.periods import PeriodKind, period_of_day
from sparky_assets.settings.services import LanguageModelSettings
from tests.corpora.planted_faults import TITLES
from tests.factories.evidence import chooses, ids_of, records_of, words
from tests.fakes.language_model import RECORDED, FakeModelServer, Reply, said
from tests.strategies.git_history import AUTHORS, DAY, WEEK, Told, World, commit, sha

TRUE = dict(TITLES)


def world(repositories: int = 2, each: int = 5) -> World:
    titles = iter([title for title, _ in TITLES] * 20)
    return World(
        WEEK,
        tuple(
            Told(
                f"acme/r{place:02}", None, "ok",
                tuple(
                    commit(number % 23, next(titles), author=AUTHORS[number % 2])._replace(sha=sha(place, number))
                    for number in range(each)
                ), (),
            )
            for place in range(repositories)
        ),
    )  # fmt: skip


def run(where: World, server: FakeModelServer, root: Path, **values: Any) -> EditResult:
    way = LanguageModelFactory(backend="ollama", url=server.url, context_tokens=values.get("context_tokens", 8192))
    settings = LanguageModelSettings(**({"backend": "ollama", "model": server.model} | values))
    edited = build_insight(
        InsightInputs(where.metrics(), gather_evidence(where.raw()), "Acme"), way, Storage(root=str(root)), settings
    )
    assert list(find_ungrounded_claims(edited.insight)) == []
    return edited


def told(edited: EditResult, *sections: str) -> list[Claim]:
    return [claim for claim in edited.insight.claims if claim.section in (sections or ("highlight", "change"))]


def by_title(record: dict[str, str]) -> str:
    return TRUE[record["title"]]


@pytest.fixture
def chooser() -> Iterator[FakeModelServer]:
    with FakeModelServer(chooses(lambda ids: ids[::-1])) as server:
        yield server


# --- What it does


def test_a_choosing_model_decides_the_order_and_what_comes_first_and_no_word(
    chooser: FakeModelServer, tmp_path: Path
) -> None:
    edited = run(world(), chooser, tmp_path)
    rules = {claim.id: claim.text for claim in world().insight().claims}
    assert edited.insight.mode == "select"
    assert {claim.origin for claim in edited.insight.claims} == {"template"}
    for claim in told(edited):
        prefix = f"{(claim.repository or '').partition('/')[2]}: " if claim.section == "highlight" else ""
        assert claim.text == prefix + rules[claim.id]
    assert len(told(edited, "highlight")) == min(MAX_HIGHLIGHTS[PeriodKind.WEEKLY], 10 // 3)
    assert len({key for claim in told(edited) for key in claim.evidence}) == 10
    assert edited.insight.writer
    assert edited.insight.writer.model == "tiny"


def test_a_wording_model_words_what_passes_and_templates_word_the_rest(tmp_path: Path) -> None:
    def sometimes(record: dict[str, str]) -> str:
        return by_title(record) if "the" in record["title"] else "Grace Hopper fixed fifty issues for all the users."

    with FakeModelServer(words(sometimes), parameters="8B") as server:
        edited = run(world(), server, tmp_path)
    worded = [claim for claim in told(edited) if claim.origin == "model"]
    fallen = [claim for claim in told(edited) if claim.rejected]
    assert edited.insight.mode == "phrase"
    assert worded
    assert fallen
    assert all(claim.wording and claim.wording.text in TRUE.values() for claim in worded)
    assert all(claim.origin == "template" and claim.chosen_by == "model" for claim in fallen)
    assert "Grace" not in " ".join(claim.text for claim in edited.insight.claims)


def test_a_sentence_that_failed_is_asked_for_once_more_with_what_was_wrong(tmp_path: Path) -> None:
    def second_time(body: Any) -> str:
        again = len(body["messages"]) == 3
        claims = [
            {"cites": [one["id"]], "text": by_title(one) if again else "It was improved in 7 ways for everybody here."}
            for one in records_of(body)[:6]
        ]
        return json.dumps({"claims": claims})

    with FakeModelServer(second_time, parameters="8B") as server:
        edited = run(world(1, 3), server, tmp_path)
    first, again = server.chats
    assert again["options"]["seed"] == 8
    assert "counted something" in again["messages"][2]["content"]
    assert "everybody" not in json.dumps(again)  # never its own prose
    assert [claim.origin for claim in told(edited)] == ["model"] * 3
    assert len(first["messages"]) == 2


def test_the_step_over_everything_reads_evidence_and_never_a_sentence_of_the_model(tmp_path: Path) -> None:
    with FakeModelServer(words(by_title), parameters="8B") as server:
        run(world(), server, tmp_path)
    *_, whole = server.chats
    assert "picks" in whole["format"]["properties"]
    assert {one["title"] for one in records_of(whole)} <= {title for title, _ in TITLES}
    assert {one["repository"] for one in records_of(whole)} == {"r00", "r01"}


def test_no_name_of_a_person_is_ever_sent(tmp_path: Path) -> None:
    with FakeModelServer(words(by_title), parameters="8B") as server:
        run(world(), server, tmp_path)
    sent = json.dumps(server.chats)
    assert not [name for name, _ in AUTHORS[:2] if name.split()[0] in sent]


@pytest.mark.parametrize(
    ("wanted", "billions", "mode"),
    [("auto", 1.5, "select"), ("auto", 3.0, "select"), ("auto", 4.0, "phrase"), ("auto", None, "select"),
     ("phrase", 0.6, "phrase"), ("select", 70, "select")],
)  # fmt: skip
def test_the_mode_follows_the_size_where_nothing_else_is_said(wanted: str, billions: float | None, mode: str) -> None:
    assert choose_mode(wanted, billions) == mode


# --- What it costs


def test_a_second_run_asks_nothing_and_writes_the_same(tmp_path: Path) -> None:
    with FakeModelServer(words(by_title), parameters="8B") as server:
        first = run(world(), server, tmp_path)
        asked = len(server.chats)
        second = run(world(), server, tmp_path)
        assert len(server.chats) == asked
    assert (second.usage.calls, second.usage.cached_answers) == (0, first.usage.calls)
    assert second.insight == first.insight


def test_kept_answers_serve_while_the_server_is_away(chooser: FakeModelServer, tmp_path: Path) -> None:
    first = run(world(), chooser, tmp_path)
    away = LanguageModelFactory(backend="ollama", url="http://127.0.0.1:9")
    settings = LanguageModelSettings(backend="ollama", model="tiny")
    material = InsightInputs(world().metrics(), gather_evidence(world().raw()), "Acme")
    assert build_insight(material, away, Storage(root=str(tmp_path)), settings).insight == first.insight


def test_a_torn_kept_answer_is_asked_for_again(chooser: FakeModelServer, tmp_path: Path) -> None:
    first = run(world(), chooser, tmp_path)
    for file in (tmp_path / "insights/answers").iterdir():
        file.write_text('{"text": "half of')
    again = run(world(), chooser, tmp_path)
    assert again.usage.calls == first.usage.calls
    assert again.insight == first.insight


def test_a_server_that_is_away_with_nothing_kept_is_said(chooser: FakeModelServer, tmp_path: Path) -> None:
    run(world(1, 3), chooser, tmp_path)  # the model is known, these questions are not
    away = LanguageModelFactory(backend="ollama", url="http://127.0.0.1:9")
    material = InsightInputs(world(3, 6).metrics(), gather_evidence(world(3, 6).raw()), "Acme")
    settings = LanguageModelSettings(backend="ollama", model="tiny")
    insight = build_insight(material, away, Storage(root=str(tmp_path)), settings).insight
    assert insight.degraded == ("rules chose for 3 of 3 repositories: the model was away",)


@pytest.mark.parametrize(("kind", "most"), [(PeriodKind.DAILY, 12), (PeriodKind.WEEKLY, 40)])
def test_only_so_many_repositories_are_read_by_the_model(kind: PeriodKind, most: int, tmp_path: Path) -> None:
    where = World(period_of_day(kind, DAY), world(45, 3).repositories)
    with FakeModelServer(chooses()) as server:
        edited = run(where, server, tmp_path, parallel_calls=4)
    # A daily has no step over the whole.
    assert edited.usage.calls + edited.usage.cached_answers == most + (kind is not PeriodKind.DAILY)


def test_what_is_metadata_tells_where_the_model_lay(tmp_path: Path) -> None:
    with FakeModelServer(chooses(), on_gpu=0.5) as server:
        metadata = run(world(), server, tmp_path).metadata
    assert metadata["model_on_gpu"] == 0.5
    assert "50%" in metadata["model_warnings"]
    assert metadata["model_calls"] == 3
    assert metadata["prompt_tokens"] > 0


# --- What it fails to do


FATAL = [name for name in RECORDED if name not in {"busy", "too long", "longer than context", "cut", "remote"}]


@pytest.mark.parametrize("name", FATAL)
@pytest.mark.parametrize("size", ["1.5B", "8B"])
def test_no_recorded_failure_costs_a_document(name: str, size: str, tmp_path: Path) -> None:
    with FakeModelServer(words(by_title), parameters=size) as server:
        server.script.extend([RECORDED[name]] * 100)
        edited = run(world(4, 4), server, tmp_path)
        assert len(server.chats) <= 10
    assert {claim.text for claim in told(edited)} == {
        claim.text for claim in world(4, 4).insight().claims if claim.section == "change"
    }
    assert edited.insight.mode == "rules"
    assert edited.insight.degraded


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", '{"picks": []}', '{"picks": [{"cites": ["E99"]}]}', '{"picks": [{"cites": "E1"}]}',
     '{"claims": [{"cites": ["E1"]}]}', '{"picks": [{"cites": ["E1"], "praise": "great"}]}', '{"a": ' * 500],
)  # fmt: skip
@pytest.mark.parametrize("size", ["1.5B", "8B"])
def test_no_answer_that_was_not_asked_for_costs_a_document(text: str, size: str, tmp_path: Path) -> None:
    with FakeModelServer(lambda _: text, parameters=size) as server:
        edited = run(world(), server, tmp_path)
    assert edited.insight.mode == "rules"


def test_a_server_that_keeps_failing_is_left_alone_after_two_calls(tmp_path: Path) -> None:
    with FakeModelServer(chooses()) as server:
        server.script.extend([RECORDED["runner died"]] * 50)
        edited = run(world(10, 4), server, tmp_path)
        assert len(server.chats) == 2
    assert edited.insight.degraded == ("rules chose for 10 of 10 repositories: the model did not answer",)


def test_time_that_is_used_up_leaves_the_rest_to_rules(tmp_path: Path) -> None:
    with FakeModelServer(chooses(), seconds_a_call=0.25) as server:
        edited = run(world(12, 4), server, tmp_path, deadline_minutes=0.9 / 60)
        assert 1 <= len(server.chats) <= 5
    chosen = {claim.chosen_by for claim in told(edited)}
    assert chosen == {"model", "template"}
    assert edited.insight.degraded


def test_a_prompt_that_does_not_fit_is_split_by_the_servers_own_count(tmp_path: Path) -> None:
    with FakeModelServer(chooses(), bytes_a_token=1) as server:
        edited = run(world(1, 40), server, tmp_path, context_tokens=4096)
        again = run(world(1, 40), server, tmp_path, context_tokens=4096)
    sizes = [len(ids_of(body)) for body in server.chats]
    assert sizes[0] == 40
    assert max(sizes[1:]) < 40
    assert any(claim.chosen_by == "model" for claim in told(edited))
    assert again.usage.calls == 0  # the refusal is kept too


def test_a_server_that_refuses_patterns_gets_the_plain_schema_and_the_gates_judge(tmp_path: Path) -> None:
    def picky(body: Any) -> str:
        return words(by_title)(body)

    with FakeModelServer(picky, parameters="8B") as server:
        server.script.append(RECORDED["schema"])
        edited = run(world(1, 3), server, tmp_path)
    assert "pattern" not in json.dumps(server.chats[1]["format"])
    assert [claim.origin for claim in told(edited)] == ["model"] * 3


def test_a_model_that_is_missing_is_said_in_the_digest_and_in_the_metadata(tmp_path: Path) -> None:
    with FakeModelServer(installed=False) as server:
        edited = run(world(), server, tmp_path)
    assert edited.insight.degraded == ("no model was reachable, so rules chose and worded everything",)
    assert "ollama pull tiny" in edited.metadata["model_warnings"]


def test_a_model_that_would_leave_the_machine_gets_no_text(tmp_path: Path) -> None:
    with FakeModelServer(chooses(), model="big:cloud") as server:
        edited = run(world(), server, tmp_path)
        assert server.chats == []
    assert edited.insight.mode == "rules"


def test_an_answer_that_a_remote_host_gave_is_not_used(tmp_path: Path) -> None:
    with FakeModelServer(chooses(), script=deque([Reply(body=said("{}", remote_host="https://ollama.com"))])) as server:
        edited = run(world(), server, tmp_path)
        assert len(server.chats) == 1
    assert edited.insight.mode == "rules"
