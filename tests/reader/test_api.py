"""The JSON API: answers and errors."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from sparky_assets.reader.api.openapi import build_openapi_document
from sparky_assets.reader.api.operations import router
from sparky_assets.settings.schema import Settings
from tests.factories import reader_store
from tests.factories.sample_repository import store_of
from tests.reader.conftest import TOKEN, reading


def answer(client: TestClient, path: str) -> dict[str, Any]:
    given = client.get(f"/api/v1{path}")
    assert given.status_code == 200, given.text
    assert given.headers["content-type"] == "application/json"
    return given.json()


def test_digests_are_listed_newest_first_page_by_page(inside: TestClient) -> None:
    first = answer(inside, "/digests?kind=day&limit=2")
    assert [one["period"]["label"] for one in first["items"]] == ["2025-11-15", "2025-11-14"]
    second = inside.get(first["next"]).json()
    assert [one["period"]["label"] for one in second["items"]] == ["2025-11-12"]
    assert second["next"] is None


def test_newest_digest_and_one_by_its_label_are_the_same(inside: TestClient) -> None:
    assert answer(inside, "/digests/latest?kind=week") == answer(inside, "/digests/week/2025-W46")


def test_digest_has_its_markdown_html_and_sentences_with_evidence(inside: TestClient, printed: Settings) -> None:
    digest = answer(inside, "/digests/week/2025-W46")
    stored = store_of(printed).read_text("digests/weekly", reader_store.WEEK.key)
    assert digest["markdown"] == stored
    assert inside.get("/api/v1/digests/week/2025-W46/markdown").text == stored
    assert "<h2>" in inside.get("/api/v1/digests/week/2025-W46/html").text
    records = {record["key"] for record in answer(inside, "/insights/week/2025-W46")["evidence"]}
    cited = [key for sentence in digest["sentences"] for key in sentence["evidence"]]
    assert len(set(cited)) > 3
    assert set(cited) <= records


def test_insight_holds_the_evidence_of_every_claim(inside: TestClient) -> None:
    insight = answer(inside, "/insights/week/2025-W46")
    evidence, facts = ({one["key"] for one in insight[name]} for name in ("evidence", "facts"))
    for claim in insight["claims"]:
        assert set(claim["evidence"]) <= evidence
        assert set(claim["facts"]) <= facts
        assert claim["evidence"] or claim["facts"]
    assert any(claim["is_told"] for claim in insight["claims"])


def test_numbers_can_be_asked_for_by_scope_and_metric(inside: TestClient) -> None:
    (fact,) = answer(inside, "/metrics/week/2025-W46?scope=all&metric=commits")["facts"]
    assert (fact["key"], fact["value"], fact["unit"]) == ("commits@all", 9, "count")
    history = answer(inside, "/history/commits?kind=day")
    assert [point["period"] for point in history["points"]] == ["2025-11-12", "2025-11-14", "2025-11-15"]


def test_repositories_and_people_lead_to_their_histories(inside: TestClient) -> None:
    repositories = answer(inside, "/repositories?kind=week")["items"]
    assert [one["name"] for one in repositories] == ["acme/newsroom", reader_store.SECRET]
    assert inside.get(repositories[0]["self"]).json()["periods"][0]["period"] == "2025-W46"
    people = answer(inside, "/people?kind=week&period=2025-W46")["items"]
    ada = next(one for one in people if one["name"] == "Ada Lovelace")
    assert inside.get(ada["self"]).json()["totals"]["commits"] == ada["counts"]["commits"]
    assert "@" not in json.dumps([one["name"] for one in people] + [one["key"] for one in people])


def test_search_finds_words_in_titles_and_texts(inside: TestClient) -> None:
    found = answer(inside, "/search?q=presses+twice")
    assert {hit["period"]["label"] for hit in found["items"]} >= {"2025-11-12", "2025-W46"}
    assert answer(inside, "/search?q=zeppelin")["count"] == 0
    assert answer(inside, '/search?q=" OR NEAR( * ^')["count"] >= 0


def test_status_of_the_pipeline_is_reported(inside: TestClient, outside: TestClient) -> None:
    days, weeks, _ = answer(inside, "/status")["periods"]
    assert days["held"] == {"metrics": 3, "insights": 3, "digest": 3, "publication": 0}
    assert next(row for row in weeks["grid"] if row["period"] == "2025-W46")["stages"] == {
        "collect": "made", "metrics": "made", "insights": "made", "digest": "made", "publication": "missing",
    }  # fmt: skip
    assert set(answer(outside, "/status")["periods"][0]["held"]) == {"metrics", "insights", "digest"}


def test_refused_or_torn_digest_is_not_published(printed: Settings, tmp_path: Path) -> None:
    settings = reader_store.copied(printed, tmp_path)
    record = Path(settings.store_root) / "publications" / "weekly" / f"{reader_store.WEEK.key}.json"

    def said() -> str:
        with reading(settings) as client:
            weeks = answer(client, "/status")["periods"][1]
        row = next(row for row in weeks["grid"] if row["period"] == "2025-W46")
        return str(row["stages"]["publication"])

    reader_store.publish(settings, reader_store.WEEK, owed=("blog",))
    assert said() == "missing"
    record.write_text("{torn")
    assert said() == "missing"
    reader_store.publish(settings, reader_store.WEEK)
    assert said() == "made"


def test_unchanged_answer_is_not_sent_again(inside: TestClient) -> None:
    first = inside.get("/api/v1/digests/week/2025-W46")
    again = inside.get("/api/v1/digests/week/2025-W46", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    since = {"if-modified-since": first.headers["last-modified"]}
    assert inside.get("/api/v1/digests/week/2025-W46", headers=since).status_code == 304
    old = {"if-modified-since": "Mon, 01 Jan 2024 00:00:00 GMT"}
    assert inside.get("/api/v1/digests/week/2025-W46", headers=old).status_code == 200
    wrong = {**since, "if-none-match": '"other"'}
    assert inside.get("/api/v1/digests/week/2025-W46", headers=wrong).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/digests?limit=0", 400, "limit"),
        ("/digests?colour=red", 400, "colour is wrong: unknown; known here: kind, limit, before"),
        ("/digests/year/2025", 404, "write day, week or month"),
        ("/digests/week/2025-W99", 404, "2025-W99"),
        ("/digests/week/2025-W01", 404, "There is no digest of the week 2025-W01."),
        ("/people/nobody", 404, "knows this person"),
        ("/history/happiness", 404, "no such metric"),
        ("/nowhere", 404, ""),
    ],
)
def test_refusal_is_a_problem_document_with_its_reason(inside: TestClient, path: str, status: int, said: str) -> None:
    given = inside.get(f"/api/v1{path}")
    assert given.status_code == status
    assert given.headers["content-type"] == "application/problem+json"
    assert given.json()["status"] == status
    assert said in given.json()["detail"]


def test_writing_is_refused(inside: TestClient) -> None:
    given = inside.post("/api/v1/digests")
    assert given.status_code == 405
    assert given.headers["content-type"] == "application/problem+json"


def test_without_the_token_machines_get_a_challenge(printed: Settings) -> None:
    with reading(printed, token=SecretStr(TOKEN)) as client:
        given = client.get("/api/v1/digests")
        assert given.status_code == 401
        assert given.headers["www-authenticate"] == "Bearer"
        assert given.json()["title"] == "Sign in first"


def test_every_operation_is_documented_and_answers_by_its_schema(inside: TestClient) -> None:
    described = inside.get("/api/v1/openapi.json").json()
    assert described == json.loads(json.dumps(build_openapi_document()))
    assert len(described["paths"]) == len(router.routes)
    operations = [item["get"]["operationId"] for item in described["paths"].values()]
    assert "list_digests" in operations, "clients are generated with these names"
    assert len(set(operations)) == len(operations)
    for name, schema in described["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema.get("description"), name
