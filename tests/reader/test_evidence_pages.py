"""Pages of evidence: the texts of a period with scores, for each audience what it may see."""

from typing import Any

from starlette.testclient import TestClient

from sparky_assets.documents.models import Quotation
from sparky_assets.reader.pages.evidence import arrange_sentences
from tests.factories.reader_store import SECRET_WORDS

ADDRESS = "/evidence/week/2025-W46"


def test_page_shows_texts_with_scores_and_its_digest_links_to_it(inside: TestClient) -> None:
    page = inside.get(ADDRESS)
    assert page.status_code == 200
    assert "records have text" in page.text
    assert '<th scope="col">Sentence</th>' in page.text
    assert f'href="{ADDRESS}"' in inside.get("/week/2025-W46").text


def test_page_of_one_record_shows_it_alone(inside: TestClient) -> None:
    listing = inside.get(ADDRESS).text
    address = listing.partition(f'href="{ADDRESS}?of=')[2].partition('"')[0]
    page = inside.get(f"{ADDRESS}?of={address}")
    assert page.status_code == 200
    assert page.text.count('class="part"') == 1


def test_public_sees_no_text_of_a_private_repository(outside: TestClient, inside: TestClient) -> None:
    for address in (ADDRESS, "/evidence/day/2025-11-12"):
        answer = outside.get(address)
        assert answer.status_code in {200, 404}
        assert not any(word in answer.text for word in SECRET_WORDS)
    assert inside.get(f"{ADDRESS}?of=commit:acme/bunker@{'a' * 40}").status_code == 404


def test_unknown_period_and_odd_pages_are_answered(inside: TestClient) -> None:
    assert inside.get("/evidence/week/2019-W01").status_code == 404
    assert inside.get("/evidence/year/2019").status_code == 404
    assert inside.get("/evidence/week/2025-11-12").headers["location"] == ADDRESS
    for page in ("0", "-1", "x", "99999", "9" * 40):
        assert inside.get(f"{ADDRESS}?page={page}").status_code == 200


def test_printed_sentence_comes_first_and_the_rest_is_counted() -> None:
    rows: list[dict[str, Any]] = [
        {"span": [start, start + 5], "score": start, "printed_as": "x"} for start in (10, 20, 30)
    ]
    document: dict[str, Any] = {"key": "message:acme/tool@1", "sentences": rows}
    arrange_sentences(document, [Quotation(source="message:acme/tool@1", start=12, end=14, text="x")], 2)
    assert [(row["span"][0], row["is_printed"]) for row in document["sentences"]] == [(10, True), (30, False)]
    assert document["more"] == 1
