"""Feeds: valid, complete, for their audience, and the same as those that destinations publish."""

import json
import re
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
from starlette.testclient import TestClient

from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.render.feeds import ATOM_NAMESPACE, FeedEntry, FeedInfo, render_atom, render_json_feed
from sparky_assets.digests.render.site import SiteInfo, render_site
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path
from tests.factories import reader_store
from tests.factories.sample_repository import store_of

KINDS = ("day", "week", "month")
JSON_FEED = {  # https://www.jsonfeed.org/version/1.1/
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string", "minLength": 1},
        "home_page_url": {"type": "string", "format": "uri"},
        "feed_url": {"type": "string", "format": "uri"},
        "language": {"type": "string"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "content_html"],
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "url": {"type": "string", "format": "uri"},
                    "content_html": {"type": "string", "minLength": 1},
                    "date_published": {"type": "string", "format": "date-time"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "authors": {"type": "array", "items": {"type": "object", "required": ["name"]}},
                },
                "additionalProperties": {"type": "string"},
            },
        },
    },
    "additionalProperties": False,
}


def faults_of_atom(text: str) -> list[str]:
    """Return the rules of RFC 4287 that a feed or its entries break."""
    root = ElementTree.fromstring(text)
    found = [] if root.tag == f"{{{ATOM_NAMESPACE}}}feed" else [f"root {root.tag}"]
    for where in (root, *root.findall(f"{{{ATOM_NAMESPACE}}}entry")):
        for name in ("id", "title", "updated"):
            if len(where.findall(f"{{{ATOM_NAMESPACE}}}{name}")) != 1:
                found.append(f"{where.tag}: not one {name}")
        if not urlsplit(where.findtext(f"{{{ATOM_NAMESPACE}}}id") or "").scheme:
            found.append("id: no IRI")
        when = where.findtext(f"{{{ATOM_NAMESPACE}}}updated") or ""
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", when) or not datetime.fromisoformat(
            when
        ):
            found.append(f"updated: {when}")
        links = [(one.get("rel"), one.get("href")) for one in where.findall(f"{{{ATOM_NAMESPACE}}}link")]
        if not any(rel == "alternate" for rel, _ in links) or not all(urlsplit(str(to)).scheme for _, to in links):
            found.append(f"links: {links}")
    if not root.findtext(f"{{{ATOM_NAMESPACE}}}author/{{{ATOM_NAMESPACE}}}name"):
        found.append("no author")
    ids = [one.text for one in root.iter(f"{{{ATOM_NAMESPACE}}}id")]
    return [*found, *([] if len(ids) == len(set(ids)) else ["an id stands twice"])]


@pytest.mark.parametrize("kind", KINDS)
def test_feeds_are_valid(inside: TestClient, outside: TestClient, kind: str) -> None:
    for client in (inside, outside):
        given = client.get(f"/feeds/{kind}.atom")
        assert given.headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert faults_of_atom(given.text) == []
        assert f'rel="self" href="http://localhost/feeds/{kind}.atom"' in given.text
        given = client.get(f"/feeds/{kind}.json")
        assert given.headers["content-type"] == "application/feed+json; charset=utf-8"
        jsonschema.Draft202012Validator(JSON_FEED, format_checker=jsonschema.FormatChecker()).validate(given.json())
        assert given.json()["items"]


def test_feed_validator_finds_faults() -> None:
    assert faults_of_atom(
        f'<feed xmlns="{ATOM_NAMESPACE}"><title>x</title><id>x</id><updated>today</updated></feed>'
    ) == [
        "id: no IRI",
        "updated: today",
        "links: []",
        "no author",
    ]


def test_feeds_have_whole_texts_for_their_audience(inside: TestClient, outside: TestClient) -> None:
    for client, is_told in ((inside, True), (outside, False)):
        (month,) = client.get("/feeds/month.json").json()["items"]
        assert month["content_html"].startswith(f"<h1>{month['title']}</h1>")
        (entry,) = ElementTree.fromstring(client.get("/feeds/week.atom").text).findall(f"{{{ATOM_NAMESPACE}}}entry")
        content = entry.findtext(f"{{{ATOM_NAMESPACE}}}content") or ""
        assert ("submarine" in content) is is_told
        assert "<h2>" in content
        (item,) = client.get("/feeds/week.json").json()["items"]
        assert item["content_html"] == content
        assert item["url"] == "http://localhost/week/2025-W46"


@pytest.mark.parametrize("audience", Audience)
def test_feed_entry_has_the_id_and_bytes_of_its_published_page(
    printed: Settings, inside: TestClient, outside: TestClient, audience: Audience
) -> None:
    store, name = store_of(printed), digest_path(reader_store.WEEK.kind, audience)
    rendered = store.read_document(name, reader_store.WEEK.key, ProductManifest)
    page = "https://paper.example.org/2025/11/week-2025-46"
    published = FeedEntry(rendered, "2025/11/week-2025-46.md", page, store.read_text(name, reader_store.WEEK.key))
    files = render_site([published], SiteInfo("Acme & Co", "https://paper.example.org"))

    def at_home(text: str) -> str:
        for picture in rendered.pictures:
            text = text.replace(f"https://paper.example.org/2025/11/{picture.file}",
                                f"http://localhost/week/2025-W46/pictures/{picture.name}.{picture.suffix}")  # fmt: skip
        return text.replace(page, "http://localhost/week/2025-W46")

    client = inside if audience is Audience.INTERNAL else outside
    entry = re.compile(r"<entry>.*</entry>", re.DOTALL)
    ours, theirs = client.get("/feeds/week.atom").text, at_home(files["feed.xml"])
    assert entry.search(ours)[0] == entry.search(theirs)[0]  # type: ignore[index]
    assert client.get("/feeds/week.json").json()["items"] == json.loads(at_home(files["feed.json"]))["items"]
    ids = {one["id"] for one in json.loads(files["digests.json"])["digests"]}
    assert ids == {f"tag:sparky,2025:Acme%20%26%20Co/weekly/2025-W46/digest/{audience}"}


def test_feed_without_entries_is_valid_too() -> None:
    empty = FeedInfo(
        "Acme", "Acme: every day", "tag:sparky,2025:Acme/daily", "https://x.example/", "https://x.example/f"
    )
    assert faults_of_atom(render_atom(empty, [])) == []
    jsonschema.validate(json.loads(render_json_feed(empty, [])), JSON_FEED)
