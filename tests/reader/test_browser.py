"""The pages in a real headless Chromium: no script error, no overflow, axe clean, keyboard, live updates.

Screenshots for people go to the folder in SCREENSHOTS_OF_THE_READER if it is set.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from pydantic import SecretStr

from resources.clock import Clock
from sparky_assets.reader.app import build_app
from sparky_assets.settings.schema import Settings
from tests.factories import reader_store, sample_repository
from tests.reader.conftest import TOKEN

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]

PAGES = {
    "front": "/", "week": "/week/2025-W46", "archive": "/archive/day", "search": "/search?q=edition",
    "statistics": "/statistics/week/2025-W46", "repository": "/repository/acme/newsroom", "status": "/status",
    "api": "/api", "sign-in": "/sign-in", "refused": "/day/2025-01-01",
}  # fmt: skip
WIDTHS = (360, 768, 1440)
SCREENSHOTS = os.environ.get("SCREENSHOTS_OF_THE_READER")


class Serving:
    """The reader on a real socket, in its own thread."""

    def __init__(self, settings: Settings, **reader: object) -> None:
        changed = settings.reader.model_copy(update={"refresh_seconds": 0.1, **reader})
        app = build_app(settings.model_copy(update={"reader": changed}), Clock(fixed_time=sample_repository.NOW))
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture(scope="module")
def address(printed: Settings) -> Iterator[str]:
    with Serving(printed) as given:
        yield given


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        # In a container Chromium cannot create its sandbox.
        one = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield one
        one.close()


@pytest.fixture
def opened(browser: object) -> Iterator[object]:
    """Open a page and record its console messages."""
    contexts = []

    def open_page(url: str, width: int = 1440, scheme: str = "light", **options: object) -> object:
        context = browser.new_context(  # type: ignore[attr-defined]
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        answer = page.goto(url)
        assert answer.status == (404 if url.endswith(PAGES["refused"]) else 200)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_every_screen_and_is_accessible(opened, address: str, name: str, scheme: str) -> None:  # type: ignore[no-untyped-def]
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = opened(address + PAGES[name], WIDTHS[0], scheme)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{SCREENSHOTS}/{name}-{width}-{scheme}.png", full_page=True)
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(one["id"], [node["html"][:150] for node in one["nodes"][:3]]) for one in found] == []
    missing = ["Failed to load resource: the server responded with a status of 404 (Not Found)"]
    assert page.complaints == (missing if name == "refused" else [])


def test_hover_over_a_sentence_shows_its_evidence(opened, address: str) -> None:  # type: ignore[no-untyped-def]
    page = opened(f"{address}/week/2025-W46")
    claim = page.locator(".claim", has_text="Stop the presses twice").first
    claim.hover()
    note = page.locator(f"#{claim.locator('.why').get_attribute('popovertarget')}")
    sync_api.expect(note).to_be_visible()
    sync_api.expect(note).to_contain_text("pull request merged")
    page.mouse.move(2, 2)
    sync_api.expect(note).to_be_hidden()


@pytest.mark.parametrize("has_script", [True, False])
def test_keyboard_opens_and_closes_evidence_also_without_script(opened, address: str, has_script: bool) -> None:  # type: ignore[no-untyped-def]
    page = opened(f"{address}/week/2025-W46", java_script_enabled=has_script)
    mark = page.locator(".why").first
    note = page.locator(".note").first
    mark.focus()
    page.keyboard.press("Enter")
    if has_script:
        sync_api.expect(note).to_be_visible()
    else:
        assert note.bounding_box()
    page.keyboard.press("Escape")
    assert not note.bounding_box()


def test_enter_on_evidence_that_focus_opened_keeps_it_open(opened, address: str) -> None:  # type: ignore[no-untyped-def]
    page = opened(f"{address}/week/2025-W46")
    mark, note = page.locator(".why").first, page.locator(".note").first
    page.keyboard.press("Tab")  # what follows is focus by the keyboard
    mark.focus()
    sync_api.expect(note).to_be_visible()
    page.keyboard.press("Enter")
    page.mouse.move(2, 2)
    page.wait_for_timeout(400)  # longer than it takes to close what is not kept open
    sync_api.expect(note).to_be_visible()
    page.keyboard.press("Enter")
    sync_api.expect(note).to_be_hidden()


def test_tap_opens_evidence_on_a_phone(opened, address: str) -> None:  # type: ignore[no-untyped-def]
    page = opened(f"{address}/week/2025-W46", 360, has_touch=True)
    page.locator(".why").nth(2).tap()
    note = page.locator(".note:popover-open")
    sync_api.expect(note).to_be_visible()
    assert note.bounding_box()["width"] == 360


def test_change_of_the_pipeline_is_shown_without_reloading(opened, printed: Settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings = reader_store.copied(printed, tmp_path)
    with Serving(settings) as address:
        page = opened(f"{address}/status")
        row = page.locator("#grid-month ~ .table-frame tr", has_text="2025-11")
        sync_api.expect(row.locator("td").nth(4)).to_have_text("missing")
        reader_store.publish(settings, reader_store.MONTH)
        sync_api.expect(row.locator("td").nth(4)).to_have_text("made", timeout=10_000)
        page.context.close()


def test_person_signs_in_with_the_token(opened, printed: Settings) -> None:  # type: ignore[no-untyped-def]
    with Serving(printed, token=SecretStr(TOKEN)) as address:
        page = opened(f"{address}/week/2025-W46")
        assert page.url == f"{address}/sign-in"
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Sign in").click()
        sync_api.expect(page.locator(".edition-head")).to_contain_text("November 2025")


def test_api_page_can_send_a_request(opened, address: str) -> None:  # type: ignore[no-untyped-def]
    page = opened(f"{address}/api")
    operation = page.locator("#list_digests")
    operation.locator("summary").click()
    operation.get_by_role("button", name="Try it").click()
    sync_api.expect(operation.locator(".answer")).to_contain_text("2025-11-12")


def test_printed_digest_leaves_out_screen_elements(opened, address: str) -> None:  # type: ignore[no-untyped-def]
    page = opened(f"{address}/week/2025-W46")
    page.emulate_media(media="print")
    sync_api.expect(page.locator(".edition h1")).to_be_visible()
    for hidden in (".bar", ".margin", ".turn", ".why >> nth=0"):
        sync_api.expect(page.locator(hidden)).to_be_hidden()
