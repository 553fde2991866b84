"""`sparky templates` and `sparky preview`: list, check and preview templates."""

import json
import re
from pathlib import Path

import pytest

from sparky_assets.reader.site_check import find_site_problems
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.settings.schema import Settings
from tests.cli.conftest import type_call
from tests.factories.sample_repository import DAY, files_below


def with_own(sparky: type_call, folder: Path, *arguments: str) -> tuple[int, str]:
    """Call with a folder of user templates; return the exit code and the whole output."""
    result = sparky(*arguments, SPARKY_DIGESTS__TEMPLATES=str(folder))
    return result.exit_code, f"{result.output}{result.exception or ''}"


def test_each_template_is_listed_with_its_folder(sparky: type_call, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "daily.md.j2").write_text("# Mine\n")
    code, said = with_own(sparky, own, "templates", "list")
    lines = {line.split()[0]: line.split()[1] for line in said.splitlines()}
    assert code == 0
    assert lines["daily.md.j2"] == str(own)
    assert lines["weekly.md.j2"].endswith("/templates")
    assert with_own(sparky, own, "templates", "show", "daily.md.j2") == (0, "# Mine\n")
    assert "nothing.j2: no such template" in with_own(sparky, own, "templates", "show", "nothing.j2")[1]


def test_shipped_templates_pass(sparky: type_call) -> None:
    result = sparky("templates", "check")
    assert (result.exit_code, result.output) == (
        0, "all templates render; no ungrounded text\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("daily.md.j2", "# {{ digest.title | md }}\n\n{{ digest.titel }}\n", "daily.md.j2, line 3: "),
        ("daily.md.j2", "fine\n{% if %}\n", "daily.md.j2, line 2: "),
        ("partials/footer.md.j2", "---\n\n{{ digest.foot }}\n", "partials/footer.md.j2, line 3: "),
        ("daily.md.j2", "# {{ digest.title | md }}\n\nA {{ 'great' }} day.\n", "no record says: great day."),
        (
            "daily.md.j2",
            "# {{ digest.title | md }}\n\n<blink>New!</blink>\n",
            "daily.md.j2, line 3: html inline: <blink>",
        ),
        ("email.html.j2", "<p><img src='https://x.y/z.png'></p>\n", "HTML: <img src>"),
    ],
)
def test_fault_is_named_with_template_and_line_or_sentence(
    sparky: type_call, tmp_path: Path, name: str, text: str, said: str
) -> None:
    file = tmp_path / "own" / name
    file.parent.mkdir(parents=True)
    file.write_text(text)
    code, output = with_own(sparky, tmp_path / "own", "templates", "check")
    assert code == 1
    assert said in output
    if said.endswith("line 3: "):
        assert "has no attribute" in output


SITE = find_shipped_folder("templates") / "site"


@pytest.mark.parametrize(
    ("pattern", "place"),
    [("[a-z]*.j2", r"{% block main %}"), ("_*.j2", r"{% macro [^%]*%}"), ("base.html.j2", "<body>")],
    ids=["pages", "macros", "frame"],
)
def test_fault_in_each_template_of_the_site_is_named(tmp_path: Path, pattern: str, place: str) -> None:
    own = tmp_path / "own/site"
    own.mkdir(parents=True)
    names = {path.name for path in SITE.glob(pattern) if pattern == "base.html.j2" or path.name != "base.html.j2"}
    for name in names:
        text = re.sub(f"({place})", r"\1{{ no_such_value }}", (SITE / name).read_text(encoding="utf-8"))
        assert "no_such_value" in text
        (own / name).write_text(text, encoding="utf-8")
    problems = list(find_site_problems(Settings(), [tmp_path / "own", SITE.parent]))
    faults = [re.match(r"template (\S+), line \d+: 'no_such_value' is undefined", problem) for problem in problems]
    assert {Path(fault[1]).name for fault in faults if fault} == names


def test_check_names_faults_of_own_pages_until_they_are_mended(sparky: type_call, tmp_path: Path) -> None:
    own = tmp_path / "own/site"
    own.mkdir(parents=True)
    files = {"about.html.j2": "{{ organisation }}\n{{ organization }}\n", "_mine.html.j2": "fine\n{% if %}\n"}
    for name, text in files.items():  # no page uses the second
        (own / name).write_text(text)
    code, output = with_own(sparky, own.parent, "templates", "check")
    assert code == 1
    assert all(f"{name}, line 2: " in output for name in files)
    assert "wrong token" not in output
    for name in files:
        (own / name).write_text("")
    assert with_own(sparky, own.parent, "templates", "check")[0] == 0


def test_check_names_an_own_page_that_would_leave_the_sandbox(sparky: type_call, tmp_path: Path) -> None:
    file = tmp_path / "own/site/about.html.j2"
    file.parent.mkdir(parents=True)
    file.write_text("{{ cycler.__init__.__globals__ }}\n")
    code, output = with_own(sparky, tmp_path / "own", "templates", "check")
    assert code == 1
    assert "about.html.j2, line 1: access to attribute" in output


def test_preview_shows_all_products_and_changes_nothing(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    over = {
        "SPARKY_SOURCES__GIT__REPOSITORIES": json.dumps([str(newsroom_path)]),
        "SPARKY_PERIODS__START": "2025-10-27",
    }
    assert sparky("run", "day", DAY, "--until", "digest", **over).exit_code == 0
    before = files_below(tmp_path / "home/store")
    result = sparky("preview", "day", DAY, "--output", str(tmp_path / "page.html"))
    assert result.exit_code == 0, result.output
    page = (tmp_path / "page.html").read_text()
    assert "Stop the presses twice" in page
    for product in ("digest", "devto", "linkedin", "x", "chat", "email_text", "email_html"):
        assert f"<strong>{product}</strong>" in page
    assert sparky("preview", "day", DAY, "--diff").output == "no change\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own/daily.md.j2").write_text("# {{ digest.title | md }}\n")
    code, said = with_own(sparky, tmp_path / "own", "preview", "day", DAY, "--diff")
    assert code == 0
    assert "-## Also" in said
    assert files_below(tmp_path / "home/store") == before


def test_table_of_phrases_is_listed_shown_and_copied_behind_comment_signs(sparky: type_call, tmp_path: Path) -> None:
    own = tmp_path / "own"
    assert with_own(sparky, own, "templates", "copy", "phrases.toml") == (0, f"{own / 'phrases.toml'}\n")
    copied = (own / "phrases.toml").read_text()
    assert '\n# also = "Also"\n' in copied
    assert "\n[sections]\n" in copied
    assert with_own(sparky, own, "templates", "check") == (0, "all templates render; no ungrounded text\n")
    listed = with_own(sparky, own, "templates", "list")[1]
    assert re.search(rf"(?m)^phrases\.toml +{re.escape(str(own))}$", listed)
    assert with_own(sparky, own, "templates", "show", "phrases.toml") == (0, copied)
    assert "exists already" in with_own(sparky, own, "templates", "copy", "phrases.toml")[1]


@pytest.mark.parametrize("command", [("templates", "check"), ("config", "validate"), ("doctor",)])
def test_fault_of_the_table_of_phrases_is_named_once(
    sparky: type_call, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "own/phrases.toml"
    file.parent.mkdir()
    file.write_text('[releases]\nin = "It is there."\n')
    code, output = with_own(sparky, file.parent, *command)
    assert code != 0
    fault = f"{file}, line 2: releases.in: lacks the placeholder {{releases}}. It takes {{releases}}."
    assert "".join(output.split()).count("".join(fault.split())) == 1


def test_preview_shows_what_phrases_change(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    over = {
        "SPARKY_SOURCES__GIT__REPOSITORIES": json.dumps([str(newsroom_path)]),
        "SPARKY_PERIODS__START": "2025-10-27",
    }
    assert sparky("run", "day", DAY, "--until", "digest", **over).exit_code == 0
    (tmp_path / "own").mkdir()
    (tmp_path / "own/phrases.toml").write_text('[headlines]\nrelease_news = "{news}: that is {project} {version}"\n')
    code, output = with_own(sparky, tmp_path / "own", "preview", "day", DAY, "--diff")
    assert code == 0
    assert "-# newsroom 1.2.0 is out: Add a morning edition" in output
    assert "+# Add a morning edition: that is newsroom 1.2.0" in output
