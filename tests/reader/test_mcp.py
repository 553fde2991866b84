"""The MCP endpoint for assistants, called by the official client."""

import html
import json
from typing import Any

import anyio
import pytest
from pydantic import SecretStr

from resources.clock import Clock
from sparky_assets.errors import DataError
from sparky_assets.reader import mcp as assistants
from sparky_assets.reader.app import build_app
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from tests.factories import sample_repository
from tests.factories.sample_repository import store_of
from tests.needs import require_package
from tests.reader.conftest import TOKEN, reading

Client = require_package("mcp").Client
streamable_http_client = require_package("mcp.client.streamable_http").streamable_http_client
httpx2 = require_package("httpx2")

WEEK = {"kind": "week", "label": "2025-W46"}


def ask(
    settings: Settings, tool: str, given: dict[str, Any], headers: dict[str, str] | None = None, **reader: Any
) -> str:
    """Return the answer of a tool to the official client."""
    changed = settings.reader.model_copy(update={"mcp": True, **reader})
    app = build_app(settings.model_copy(update={"reader": changed}), Clock(fixed_time=sample_repository.NOW))

    async def talk() -> str:
        transport = httpx2.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as http,
            Client(streamable_http_client("http://localhost/mcp", http_client=http)) as client,
        ):
            tools = await client.list_tools()
            assert all(one.annotations and one.annotations.read_only_hint for one in tools.tools)
            answered = await client.call_tool(tool, given)
            return str(answered.content[0].text)

    return anyio.run(talk)


def test_newest_digest_is_read(printed: Settings) -> None:
    digest = ask(printed, "latest_digest", {"kind": "week"})
    assert digest == store_of(printed).read_text("digests/weekly", "2025-11-10")
    assert "Acme & Co" in html.unescape(digest)
    assert "2025-11-12" in ask(printed, "digest", {"kind": "day", "label": "2025-11-12"})


def test_sentence_is_traced_to_its_evidence(printed: Settings) -> None:
    found = json.loads(ask(printed, "evidence", {**WEEK, "sentence": "stop the presses twice"}))
    assert "https://github.com/acme/newsroom/pull/8" in {item["url"] for item in found["evidence"]}
    assert ask(printed, "evidence", {**WEEK, "sentence": "we grew by 300 %"}) == "No claim of this period says that."


def test_words_and_numbers_are_found(printed: Settings) -> None:
    assert json.loads(ask(printed, "search", {"words": "presses"}))["count"] > 1
    assert {"commits@all"} <= {one["key"] for one in json.loads(ask(printed, "metrics", WEEK))["facts"]}


def test_refusal_is_a_readable_message(printed: Settings) -> None:
    assert ask(printed, "digest", {"kind": "week", "label": "2025-W01"}).startswith("Refused: There is no digest")
    assert ask(printed, "latest_digest", {"kind": "year"}).startswith("Refused:")


def test_public_assistant_reads_public_editions(printed: Settings) -> None:
    asked = {"kind": "week", "label": "2025-W46"}
    public: dict[str, Any] = {"audience": Audience.PUBLIC, "token": SecretStr(TOKEN)}
    assert "submarine" not in ask(printed, "digest", asked, **public)
    assert "submarine" in ask(printed, "digest", asked, {"authorization": f"Bearer {TOKEN}"}, **public)


def test_endpoint_is_off_by_default_and_requires_the_token(printed: Settings) -> None:
    with reading(printed) as client:
        assert client.post("/mcp", json={}).status_code in {404, 405}
    with reading(printed, mcp=True, token=SecretStr(TOKEN)) as client:
        assert client.post("/mcp", json={}).status_code == 401


def test_endpoint_without_its_packages_says_what_to_install(printed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistants, "MCPServer", None)
    with pytest.raises(DataError, match=r"pip install 'sparky\[mcp\]'"), reading(printed, mcp=True):
        pass
