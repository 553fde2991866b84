"""Pages: content, links and caching."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from sparky_assets.digests.models import ProductManifest
from sparky_assets.reader.auth import SESSION_COOKIE, AccessPolicy
from sparky_assets.settings.schema import Settings
from sparky_assets.settings.services import ReaderSettings
from sparky_assets.store import Audience, digest_path
from tests.factories import reader_store
from tests.factories.sample_repository import settings_for, store_of
from tests.reader.conftest import TOKEN, reading

SESSION = f"{SESSION_COOKIE}={AccessPolicy(ReaderSettings(token=SecretStr(TOKEN))).make_session_cookie()}"

PAGES = (
    "/", "/archive", "/archive/day", "/archive/week", "/archive/month", "/day/2025-11-12", "/week/2025-W46",
    "/month/2025-11", "/search", "/search?q=edition", "/statistics/week/2025-W46", "/statistics/month/2025-11",
    "/repository/acme/newsroom", "/status", "/feeds", "/api", "/about", "/sign-in",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_page_is_small_and_loads_nothing_external(inside: TestClient, path: str) -> None:
    given = inside.get(path)
    assert given.status_code == 200
    assert len(given.content) < 100_000
    fetched = re.findall(
        r'<(?:script|link rel="(?:stylesheet|preload|icon)"|img)[^>]+(?:src|href)="([^"]+)"', given.text
    )
    assert fetched
    assert all(address.startswith("/") and not address.startswith("//") for address in fetched)
    assert "style=" not in given.text
    assert "<script>" not in given.text


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_works(inside: TestClient, path: str) -> None:
    for address in set(re.findall(r'(?:href|src)="(/[^"#]*)', inside.get(path).text)):
        assert inside.get(address.replace("&amp;", "&")).status_code in {200, 303, 307}, address


def test_front_page_is_the_newest_digest_with_activity(inside: TestClient) -> None:
    text = inside.get("/").text
    assert "November 2025" in re.search(r'<p class="kicker">(.*?)</p>', text)[1]  # type: ignore[index]
    assert "November 10–16, 2025" in text


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({}, {}),
        ({"audience": Audience.PUBLIC}, {}),
        ({"audience": Audience.PUBLIC, "token": SecretStr(TOKEN)}, {"cookie": SESSION}),
        ({"token": SecretStr(TOKEN)}, {"cookie": SESSION}),
    ],
    ids=["internal", "public", "signed-in beside the public", "signed-in"],
)
def test_front_page_is_made_before_the_first_request(
    printed: Settings, tmp_path: Path, settings: dict[str, Any], headers: dict[str, str]
) -> None:
    copied = reader_store.copied(printed, tmp_path)
    with reading(copied, refresh_seconds=3600, **settings) as client:
        shutil.rmtree(copied.store_root)  # so nothing can be read for this request
        page = client.get("/", headers=headers)
    assert page.status_code == 200
    assert "November 10–16, 2025" in page.text
    assert ("Sign out" in page.text) is bool(headers)


def test_front_page_that_cannot_be_made_does_not_stop_the_start(printed: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "site").mkdir(parents=True)
    (own / "site/digest.html.j2").write_text("{{ no_such_value }}")
    settings = printed.model_copy(update={"digests": printed.digests.model_copy(update={"templates": own})})
    with reading(settings) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/archive/week").status_code == 200


def test_digest_page_is_headed_by_its_headline_with_the_dates_above(inside: TestClient) -> None:
    text = inside.get("/week/2025-W46").text
    title = inside.get("/api/v1/digests/week/2025-W46").json()["title"]
    assert f'<p class="kicker">The week · November 10–16, 2025 · 2025-W46</p>\n<h1>{title}</h1>' in text
    assert "<em>" not in text[text.index("</h1>") : text.index("</p>", text.index("</h1>"))], "the head has the dates"


def test_each_sentence_of_a_digest_links_to_its_evidence(inside: TestClient) -> None:
    text = inside.get("/week/2025-W46").text
    targets = re.findall(r'popovertarget="(\w+)"', text)
    notes = re.findall(r'<div class="note" popover id="(\w+)"', text)
    assert len(targets) >= 8
    assert set(targets) == set(notes)
    assert len(notes) == len(set(notes))
    note = text[text.index('popover id="') :]
    assert "<h4>Evidence" in note
    assert "https://github.com/acme/newsroom/pull/8" in note


def test_address_in_another_spelling_redirects_to_the_canonical_one(inside: TestClient) -> None:
    assert inside.get("/week/2025-11-12").headers["location"] == "/week/2025-W46"
    assert inside.get("/week").headers["location"] == "/week/2025-W46"
    assert inside.get("/statistics/week?period=2025-11-12").headers["location"] == "/statistics/week/2025-W46"


def test_pictures_of_a_digest_are_shown_without_scripts(inside: TestClient) -> None:
    text = inside.get("/month/2025-11").text
    addresses = re.findall(r'src="(/month/2025-11/pictures/[^"]+)"', text)
    assert addresses
    for given in map(inside.get, addresses):
        assert given.headers["content-type"] == "image/svg+xml"
        assert given.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert inside.get("/month/2025-11/pictures/other.svg").status_code == 404


def test_unchanged_page_is_not_sent_again(inside: TestClient) -> None:
    first = inside.get("/week/2025-W46")
    assert inside.get("/week/2025-W46", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert first.headers["cache-control"] == "private, no-cache"
    style = re.search(r'href="(/static/[^"]+\.css)"', first.text)[1]  # type: ignore[index]
    assert "immutable" in inside.get(style).headers["cache-control"]


def test_missing_page_says_so(inside: TestClient) -> None:
    for path in ("/day/2025-11-13", "/nowhere", "/week/x", "/repository/acme/none", "/person/none", "/year/2025"):
        given = inside.get(path)
        assert given.status_code == 404, path
        assert "Not in this paper" in given.text


def test_hostile_search_words_are_shown_as_text(inside: TestClient) -> None:
    text = inside.get("/search", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_empty_store_says_what_to_do(home: object) -> None:
    with reading(settings_for(home, [])) as client:  # type: ignore[arg-type]
        assert "sparky run day" in client.get("/").text
        for path in ("/archive", "/status", "/search?q=x", "/feeds/day.atom", "/statistics"):
            assert client.get(path).status_code == 200, path


def test_rewritten_digest_is_shown_at_once(printed: Settings, tmp_path: Path) -> None:
    settings = reader_store.copied(printed, tmp_path)
    store = store_of(settings)
    name = digest_path(reader_store.WEEK.kind, Audience.INTERNAL)
    client = reading(settings, refresh_seconds=1e-6)
    assert "zeppelin" not in client.get("/week/2025-W46").text
    assert "zeppelin" not in client.get("/archive/week").text
    store.write_text(name, reader_store.WEEK.key, "# News\n\nThe zeppelin has landed.\n")
    assert "zeppelin" in client.get("/week/2025-W46").text
    assert client.get("/api/v1/search?q=zeppelin").json()["count"] == 1
    about = store.read_document(name, reader_store.WEEK.key, ProductManifest)
    store.write_document(
        name, reader_store.WEEK.key, about.model_copy(update={"description": "A zeppelin has landed."})
    )
    assert "A zeppelin has landed." in client.get("/archive/week").text
    (Path(settings.store_root) / "digests" / "weekly" / f"{reader_store.WEEK.key}.json").write_text("{torn")
    assert client.get("/week/2025-W46").status_code == 404
    assert "zeppelin" not in client.get("/archive/week").text


def test_text_is_listed_once_its_document_exists(printed: Settings, tmp_path: Path) -> None:
    settings = reader_store.copied(printed, tmp_path)
    document = Path(settings.store_root) / "digests" / "weekly" / f"{reader_store.WEEK.key}.json"
    written = document.read_text()
    document.unlink()
    client = reading(settings, refresh_seconds=1e-6)
    assert "Nothing yet." in client.get("/archive/week").text
    document.write_text(written)
    assert "November 10–16, 2025" in client.get("/archive/week").text


@pytest.mark.parametrize("path", ["/week/2025-W46", "/static", "/api/v1/openapi.json", "/feeds/week.atom"])
def test_long_answer_is_compressed_if_the_client_accepts_it(inside: TestClient, path: str) -> None:
    if path == "/static":
        path = re.search(r'href="(/static/[^"]+\.css)"', inside.get("/").text)[1]  # type: ignore[index]
    packed = inside.get(path)
    plain = inside.get(path, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content
    assert "Accept-Encoding" in packed.headers["vary"]
    # A client that has one form has the other.
    held = {"if-none-match": packed.headers["etag"], "accept-encoding": "identity"}
    assert inside.get(path, headers=held).status_code == 304
