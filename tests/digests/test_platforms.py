"""Repository text on each platform, checked with the platform's own program where one is available.

Liquid is the language of Jekyll and dev.to, Hugo is the real program, remark-math (by node) is what Quartz uses.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquid import Environment
from markdown_it import MarkdownIt

from resources.channels import escape_little_text
from resources.channels.chat_text import build_slack_blocks, escape_slack_fallback, format_discord, parse_runs
from sparky_assets.digests.render.printing import print_markdown
from sparky_assets.stories.models import SentencePart, StorySentence
from sparky_assets.text.escape import ZERO_WIDTH_SPACE, encode_url, escape_markdown
from sparky_assets.text.redact import find_leaks, find_mentions

TITLES = (
    "Quote ${{ github.ref }} in the workflow",
    "Close the {% raw %} block",
    "Use {{% note %}} boxes",
    "Explain `{{< relref >}}` links",
    "Explain `{% include x %}` and `{{ x }}` and `${{ y }}`",
    "{{< youtube 12 >}} and {{</* x */>}}",
    "Write {: .class} and {::comment}x{:/} and {#id}",
    "Lower the fare from $5 to $4",
    "$HOME and $XDG_CONFIG_HOME and $$x$$",
    "Compare a == b and c == d, drop %%this%% comment",
    "Add the missing <!DOCTYPE html> to the ticket page",
    "Fix the <!here> mention and <@U1> and <#C1>",
    "Accept {{{x}}} and {{ '{{' }} and {%- x -%}",
    "[[wikilink]] and ![[embed]] and ^ref",
    "snake_case *star* **bold** ~strike~ || pipe || \\ back",
)

SIGNS = st.text(alphabet="{}%#$<>:=^[]()|~*_`\\!@&;/-. aé\U0001f680", max_size=60)


def print_link(label: str, url: str | None) -> str:
    """Return a title in Markdown, with its link."""
    return print_markdown(StorySentence(template="T", parts=(SentencePart(kind="title", text=label, url=url),)))


def read_visible(markdown: str) -> str:
    tokens = MarkdownIt("commonmark").parse(markdown)
    children = [child for token in tokens for child in token.children or ()]
    return clean("".join(child.content or " " for child in children))


def clean(text: str) -> str:
    return " ".join(text.replace(ZERO_WIDTH_SPACE, "").replace("`", "").split())


@pytest.mark.parametrize("title", TITLES)
def test_title_shows_exactly_itself(title: str) -> None:
    assert read_visible(escape_markdown(title)) == clean(title)


@pytest.mark.parametrize("title", TITLES)
def test_title_is_no_template_for_liquid(title: str) -> None:
    markdown = escape_markdown(title)
    assert Environment().from_string(markdown).render() == markdown


@given(SIGNS)
def test_any_text_is_no_template_for_liquid(text: str) -> None:
    for markdown in (escape_markdown(text), print_link(text, "https://x.y/1"),
                     print_link(text or "x", None)):  # fmt: skip
        assert Environment().from_string(markdown).render() == markdown
        assert "{{" not in markdown and "{%" not in markdown and "{#" not in markdown


def find_hugo() -> str | None:
    beside_python = Path(sys.executable).with_name("hugo")
    return str(beside_python) if beside_python.exists() else shutil.which("hugo")


@pytest.mark.skipif(find_hugo() is None, reason="Hugo is not installed: it comes with the development dependencies")
def test_titles_build_with_hugo(tmp_path: Path) -> None:
    (tmp_path / "hugo.toml").write_text('baseURL = "https://example.org/"\ntitle = "Acme"\n')
    (tmp_path / "layouts").mkdir()
    for name in ("single", "list", "home"):
        (tmp_path / "layouts" / f"{name}.html").write_text("{{ .Content }}")
    (tmp_path / "content").mkdir()
    lines = "\n".join(f"- {escape_markdown(title)}" for title in TITLES)
    (tmp_path / "content" / "page.md").write_text(f"---\ntitle: Page\n---\n\n{lines}\n", encoding="utf-8")
    run = subprocess.run([str(find_hugo()), "--source", str(tmp_path), "--quiet"], capture_output=True, text=True,
                         check=False)  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    html = (tmp_path / "public" / "page" / "index.html").read_text(encoding="utf-8")
    assert html.count("<li>") == len(TITLES)
    assert f"&lt;{ZERO_WIDTH_SPACE}!DOCTYPE" in html and "<!" not in html


NODE_FOLDER = os.environ.get("SPARKY_TESTS_NODE_FOLDER", ".")  # read here: a fixture hides SPARKY_* from each test

REMARK = """
import { createRequire } from 'node:module'
const load = async name => import(createRequire(process.cwd() + '/').resolve(name))
const { unified } = await load('unified'); const parse = (await load('remark-parse')).default
const math = (await load('remark-math')).default
const tree = unified().use(parse).use(math).parse(process.argv[1])
const types = new Set(); const walk = node => { types.add(node.type); (node.children || []).forEach(walk) }
walk(tree); console.log(JSON.stringify([...types]))
"""


def run_remark(markdown: str) -> list[str] | None:
    """Return the types of nodes that remark-math finds; None where node or the package is missing."""
    node = shutil.which("node")
    command = [node or "node", "--input-type=module", "-e", REMARK, markdown]
    run = subprocess.run(command, check=False, capture_output=True, text=True, cwd=NODE_FOLDER) if node else None
    return json.loads(run.stdout) if run and run.returncode == 0 else None


def test_titles_are_no_formulas_for_remark() -> None:
    types = run_remark("\n\n".join(map(escape_markdown, TITLES)))
    if types is None:
        pytest.skip("SPARKY_TESTS_NODE_FOLDER names no folder with remark-parse, remark-math and unified for node")
    assert "inlineMath" not in types and "math" not in types
    assert "inlineMath" in (run_remark("from $5 to $4") or []), "the judge itself finds formulas"


# --- LinkedIn

RESERVED = "|{}@[]()<>#\\*_~"


@given(st.text(alphabet=RESERVED + "ab \u200b1", max_size=40))
def test_every_reserved_character_is_escaped_for_linkedin(text: str) -> None:
    written = escape_little_text(text)
    position = 0
    shown = ""
    while position < len(written):
        if written.startswith("{hashtag|", position):
            end = written.index("}", position)
            shown += "#" + written[position + len("{hashtag|\\#|") : end]
            position = end + 1
            continue
        assert written[position] not in RESERVED or written[position] == "\\"
        position += written[position] == "\\"
        shown += written[position]
        position += 1
    assert shown == text


def test_sharp_without_a_word_is_escaped_for_linkedin() -> None:
    assert escape_little_text("Fix C# and F# builds") == r"Fix C\# and F\# builds"
    assert escape_little_text("Close #\u200b12") == "Close \\#\u200b12"
    assert escape_little_text("about #Python") == r"about {hashtag|\#|Python}"


# --- Slack and Discord


@pytest.mark.parametrize("title", TITLES)
def test_slack_shows_a_title_as_it_is_and_parses_nothing(title: str) -> None:
    (block,) = build_slack_blocks(f"**[{escape_markdown(title)}](https://x.y/1)** {escape_markdown(title)}")
    assert block["type"] == "rich_text"
    sections = cast("list[dict[str, Any]]", block["elements"])
    elements = sections[0]["elements"]
    assert len(sections) == 1
    assert {element["type"] for element in elements} <= {"text", "link"}
    assert clean("".join(element["text"] for element in elements)) == clean(f"{title} {title}")
    linked = [element for element in elements if element["type"] == "link"]
    assert linked and all(element["url"] == "https://x.y/1" and element["style"]["bold"] for element in linked)


def test_slack_fallback_has_no_control_character() -> None:
    assert escape_slack_fallback("<!here> & <@U1>") == "&lt;!here&gt; &amp; &lt;@U1&gt;"


@pytest.mark.parametrize("title", TITLES)
def test_discord_gets_no_entities_and_shows_a_title_as_it_is(title: str) -> None:
    text = format_discord(escape_markdown(f"{title} & more"))
    assert "&amp;" not in text and "&#" not in text and "&lt;" not in text
    # Discord's escapes are those of CommonMark, so a parser of CommonMark shows what it shows.
    assert read_visible(text.replace("&", "&amp;")) == clean(f"{title} & more")


@given(SIGNS)
def test_discord_markup_of_any_text_is_inert(text: str) -> None:
    written = format_discord(escape_markdown(text))
    types = {child.type for token in MarkdownIt("commonmark").parse(written.replace("&", "&amp;"))
             for child in token.children or ()}  # fmt: skip
    assert types <= {"text", "text_special", "code_inline", "softbreak"}


def test_discord_link_has_no_preview_and_keeps_its_label() -> None:
    markdown = f"**[{escape_markdown('A [b] week')}](https://x.y/a%20b)** first. - not a list"
    assert format_discord(markdown) == r"[**A \[b\] week**](<https://x.y/a%20b>) first. - not a list".replace(
        r"[**A \[b\] week**](<https://x.y/a%20b>)", r"**[A \[b\] week](<https://x.y/a%20b>)**"
    )
    assert [run.text for run in parse_runs(markdown)[0]] == ["A [b] week", " first. - not a list"]


# --- Links and labels


@pytest.mark.parametrize(
    ("label", "shown"),
    [("@acme/pier-map@1.4.0", "@acme/pier-map@1.4.0"), ("core@3.0.0.Final", "core@3.0.0.Final"), ("#12", "#12")],
)
def test_label_of_a_monorepo_tag_pings_no_one(label: str, shown: str) -> None:
    for url in (f"https://github.com/acme/x/releases/tag/{label}", None):
        markdown = print_link(label, url)
        assert list(find_mentions(markdown)) == []
        assert list(find_leaks(markdown)) == []
        assert read_visible(markdown) == shown


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://git.example.com/größe/fähre", "https://git.example.com/gr%C3%B6%C3%9Fe/f%C3%A4hre"),
        ("https://dev.azure.com/acme/My%20Project/_git/x", "https://dev.azure.com/acme/My%20Project/_git/x"),
        ("https://dev.azure.com/acme/My Project/_git/(x)", "https://dev.azure.com/acme/My%20Project/_git/%28x%29"),
        ("https://github.com/a/b/tag/@acme/map@1.4.0", "https://github.com/a/b/tag/%40acme/map%401.4.0"),
        ("https://größe.example/a?b=c&d=ß#e", "https://xn--gre-6ka8i.example/a?b=c&d=%C3%9F#e"),
        ("https://[::1]:8443/x/%zz/{{y}}", "https://[::1]:8443/x/%25zz/%7B%7By%7D%7D"),
        ("https://user:secret@host/x", "https://host/x"),
        ("page-first-edition.md", "page-first-edition.md"),
        ("https://[bad/x", "https://%5Bbad/x"),
    ],
)
def test_address_is_encoded_once(url: str, encoded: str) -> None:
    assert encode_url(url) == encoded
    assert encode_url(encoded) == encoded


@given(st.text(max_size=80))
def test_any_address_is_one_link_in_markdown(text: str) -> None:
    url = f"https://git.example.com/{text}"
    markdown = print_link("x", url)
    links = [child for token in MarkdownIt("commonmark").parse(markdown) for child in token.children or ()
             if child.type == "link_open"]  # fmt: skip
    assert len(links) == 1
    assert encode_url(encode_url(url)) == encode_url(url)
    assert encode_url(url).isascii()
