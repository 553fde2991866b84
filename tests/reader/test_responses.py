"""Conditional responses, JSON with stable bytes, code spans, and static files with URLs by content."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError
from starlette.requests import Request

from sparky_assets.reader.responses import (
    SiteTemplates,
    StaticFile,
    conditional_json_response,
    conditional_response,
    render_code_spans,
)

MODIFIED = datetime(2025, 11, 12, 9, 30, 15, 999, tzinfo=UTC)


def make_request(**headers: str) -> Request:
    """Return a GET request; an underscore in the name of a header is a hyphen."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


def get_status(modified: datetime | None = MODIFIED, **headers: str) -> int:
    return conditional_response(make_request(**headers), "text", "text/plain", modified=modified).status_code


def test_response_has_a_tag_of_its_bytes_and_a_date() -> None:
    response = conditional_response(make_request(), "text", "text/plain", modified=MODIFIED)
    assert (response.status_code, response.body) == (200, b"text")
    assert response.headers["last-modified"] == "Wed, 12 Nov 2025 09:30:15 GMT"
    same = conditional_response(make_request(), b"text", "text/plain")
    other = conditional_response(make_request(), b"text 2", "text/plain")
    assert response.headers["etag"] == same.headers["etag"] != other.headers["etag"]


def test_response_with_a_known_tag_is_not_sent_again() -> None:
    tag = conditional_response(make_request(), "text", "text/plain").headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        response = conditional_response(make_request(if_none_match=known), "text", "text/plain")
        assert (response.status_code, response.body, response.headers["etag"]) == (304, b"", tag)
    assert get_status(if_none_match='"other"') == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Wed, 12 Nov 2025 09:30:15 GMT", 304),
        ("Wed, 12 Nov 2025 09:30:14 GMT", 200),
        ("Wed, 12 Nov 2025 10:30:15 +0100", 304),
        ("Wed, 12 Nov 2025 09:30:15", 200),
        ("yesterday", 200),
        ("", 200),
    ],
)
def test_date_of_the_caller_decides_if_it_can_be_read(since: str, status: int) -> None:
    assert get_status(if_modified_since=since) == status
    assert get_status(None, if_modified_since=since) == 200


def test_tag_decides_if_both_headers_are_sent() -> None:
    assert get_status(if_none_match='"other"', if_modified_since="Wed, 12 Nov 2025 09:30:15 GMT") == 200


def test_error_is_always_sent() -> None:
    response = conditional_response(make_request(if_none_match="*"), "missing", "text/plain", status=404)
    assert (response.status_code, response.body) == (404, b"missing")


def test_equal_values_are_equal_bytes_of_json() -> None:
    first = conditional_json_response(make_request(), {"b": "ü", "a": [1]})
    assert first.body == '{"a":[1],"b":"ü"}'.encode()
    assert first.headers["etag"] == conditional_json_response(make_request(), {"a": [1], "b": "ü"}).headers["etag"]


def test_words_between_backticks_are_code_and_markup_is_text() -> None:
    assert render_code_spans("Read `a<b` & c") == "Read <code>a&lt;b</code> &amp; c"
    assert render_code_spans("A lonely ` stays") == "A lonely ` stays"
    assert render_code_spans("") == ""


def make_site(folder: Path, **files: str) -> Path:
    """Write files of a site; two underscores in a name are a dot, and static files are in their folder."""
    (folder / "site" / "static").mkdir(parents=True)
    for key, text in files.items():
        name = key.replace("__", ".")
        (folder / "site" / ("" if name.endswith(".html") else "static") / name).write_text(text)
    return folder


def test_static_file_has_a_url_that_changes_with_its_bytes() -> None:
    first, second = (StaticFile("site.js", data, "text/javascript") for data in (b"1", b"2"))
    assert first.url.endswith("/site.js")
    assert first.url != second.url == StaticFile("site.js", b"2", "x").url


def test_style_sheet_names_the_urls_of_its_files(tmp_path: Path) -> None:
    style = 'a { background: url("sign.svg") } b { background: url("other.svg") }'
    templates = SiteTemplates([make_site(tmp_path, site__css=style, sign__svg="<svg/>", notes__txt="x")])
    files = {file.name: file for file in templates.static_files.values()}
    assert sorted(files) == ["sign.svg", "site.css"]
    assert f'url("{files["sign.svg"].url}")'.encode() in files["site.css"].data
    assert b'url("other.svg")' in files["site.css"].data


def test_file_of_the_first_folder_replaces_that_of_the_second(tmp_path: Path) -> None:
    own = make_site(tmp_path / "own", page__html="own {{ name }}", site__js="own")
    shipped = make_site(tmp_path / "shipped", page__html="shipped", other__html="other", site__js="shipped")
    templates = SiteTemplates([own, shipped])
    assert [file.data for file in templates.static_files.values()] == [b"own"]
    assert templates.render("page.html", {"name": "<b>"}) == "own &lt;b&gt;"
    assert templates.render("other.html", {}) == "other"
    with pytest.raises(TemplateNotFound):
        templates.render("missing.html", {})


def test_template_reaches_nothing_but_its_values(tmp_path: Path) -> None:
    folder = make_site(
        tmp_path, undefined__html="{{ missing }}", unsafe__html="{{ ''.__class__.__mro__[1].__subclasses__() }}"
    )
    templates = SiteTemplates([folder])
    with pytest.raises(UndefinedError, match="missing"):
        templates.render("undefined.html", {})
    with pytest.raises(SecurityError):
        templates.render("unsafe.html", {})
