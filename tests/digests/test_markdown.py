"""Escaping and templates: text is shown exactly as it is, and template errors name their file and word."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sparky_assets.digests.models import Digest
from sparky_assets.digests.render.printing import print_markdown
from sparky_assets.digests.render.templates import build_environment, list_template_names, render_digest
from sparky_assets.errors import DataError
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.stories.models import SentencePart, StorySentence
from sparky_assets.text.escape import ZERO_WIDTH_SPACE, escape_markdown, quote_yaml
from tests.factories.products import made
from tests.strategies.git_history import SUBJECTS, WEEK, RepositoryLog, World, commit

HOSTILE = st.lists(
    st.sampled_from([*SUBJECTS, "`", "``", "\\", "*", "_", "[", "](", ")", "<", ">", "!", "&", "#", "|", "~", "@",
                     "://", "www.", "1.", "12)", "-", "+", "=", " ", "\t", "a", "http://x.y", "&#64;", "<b>", "\u200b",
                     ":", "$"]),
    max_size=8,
).map("".join)  # fmt: skip
lines = HOSTILE | st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=60)


def parsed(markdown: str) -> list[Token]:
    """Parse as GitHub does: CommonMark with tables, strikethrough and bare addresses as links."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)


def shown(tokens: list[Token]) -> str:
    """Return the visible text, without the invisible characters that make it inert."""
    children = [child for token in tokens for child in token.children or ()]
    return "".join(child.content for child in children if child.type in {"text", "code_inline", "text_special"})


def visible(text: str) -> str:
    return " ".join(text.replace(ZERO_WIDTH_SPACE, "").split())


# --- Escaping


@given(lines)
@example("`code` and `open")
@example("&amp; &#64; &copy;")
@example("``a`` ` `b` ``` c")
@example("1. one")
@example("# x")
@example("\\`a`")
@example("\\\\`a` `*b*`")
@example("` a `")
@example("\u200b")
def test_escaped_text_shows_exactly_itself(text: str) -> None:
    tokens = parsed(escape_markdown(text))
    expected = visible(text)
    assert [token.type for token in tokens] == (["paragraph_open", "inline", "paragraph_close"] if expected else [])
    # The ticks of code become its frame.
    assert visible(shown(tokens).replace("`", "")) == visible(expected.replace("`", ""))


def test_escaped_text_with_a_missing_backtick_keeps_its_words_apart() -> None:
    text = "The type of `write() changed from `Promise` to `void` due to the switch"
    children = [child for token in parsed(escape_markdown(text)) for child in token.children or ()]
    assert "".join(child.content for child in children) == text.replace("`Promise`", "Promise").replace(
        "`void`", "void"
    )
    assert [child.content for child in children if child.type == "code_inline"] == ["Promise", "void"]


@given(lines)
def test_escaped_text_has_no_active_markup(text: str) -> None:
    children = [child for token in parsed(f"- {escape_markdown(text)}") for child in token.children or ()]
    assert {child.type for child in children} <= {"text", "text_special", "code_inline"}


@given(lines)
@example("@_")
@example("ask @_ada_ about #1")
def test_escaped_text_has_no_active_mention_or_address(text: str) -> None:
    # Code between two pieces of prose separates them: `@` before it is no mention of the text after it.
    prose = "".join(child.content if child.type != "code_inline" else "`" for token in parsed(escape_markdown(text))
                    for child in token.children or ())  # fmt: skip
    assert not re.search(r"@[\w/]|(?<!\w)#\d|GH-\d|\bwww\.\w|://\w", prose)


@given(lines, lines)
def test_escaped_text_stays_in_its_cell(left: str, right: str) -> None:
    tokens = parsed(f"| a | b |\n|---|---|\n| {escape_markdown(left)} | {escape_markdown(right)} |\n")
    assert sum(token.type == "td_open" for token in tokens) == 2


@given(lines)
@example("Learn C #")
def test_escaped_text_in_a_heading_shows_exactly_itself(text: str) -> None:
    if not visible(text):
        return
    (_, inline, _) = parsed(f"# {escape_markdown(text)}")
    assert visible(shown([inline])).replace("`", "").replace(" ", "") == visible(text).replace("`", "").replace(" ", "")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("say `code` here", "say `code` here"),
        ("a*b_c", r"a\*b\_c"),
        ("# one", r"\# one"),
        ("12. one", r"12\. one"),
        ("@ada", f"@{ZERO_WIDTH_SPACE}ada"),
        ("#12", f"\\#{ZERO_WIDTH_SPACE}12"),
        ("see https://x.y", f"see https://{ZERO_WIDTH_SPACE}x.y"),
        ("two\nlines", "two lines"),
        ("", ""),
    ],
)
def test_escaped_examples_stay_readable(text: str, markdown: str) -> None:
    assert escape_markdown(text) == markdown


@pytest.mark.parametrize("text", ["- item.", "+ item", "# item", "12. item", "3) item", "-v prints it", "12.5 is"])
def test_sentence_opens_no_list_or_heading_inside_an_item(text: str) -> None:
    sentence = StorySentence(template="T", parts=(SentencePart(kind="title", text=text),))
    assert [token.type for token in parsed(f"- {print_markdown(sentence)}") if token.type.endswith("_open")] == [
        "bullet_list_open", "list_item_open", "paragraph_open",
    ]  # fmt: skip


# --- Links and front matter


@given(lines.filter(lambda text: bool(visible(text).replace("`", ""))))
def test_title_is_one_link_with_its_text(label: str) -> None:
    label = visible(label)
    part = SentencePart(kind="title", text=label, url="https://x.y/1")
    tokens = parsed(print_markdown(StorySentence(template="T", parts=(part,))))
    children = [child for token in tokens for child in token.children or ()]
    assert [child.attrs.get("href") for child in children if child.type == "link_open"] == ["https://x.y/1"]
    assert visible(shown(tokens)).replace("`", "").replace(" ", "") == label.replace("`", "").replace(" ", "")


@given(st.text(max_size=60))
def test_quoted_yaml_value_is_one_line_that_reads_back(text: str) -> None:
    import json

    value = quote_yaml(text)
    assert len(value.splitlines()) == 1
    assert json.loads(value) == " ".join(text.split())


# --- Templates


@pytest.fixture(scope="module")
def digest() -> object:
    world = World(
        WEEK,
        (
            RepositoryLog(
                "acme/tool",
                "https://github.com/acme/tool",
                "ok",
                (commit(1, "feat: add x (#5)"), commit(2, "Draw y")),
                (),
            ),
        ),
    )
    return made(world.insight(), urls=world.urls())[0].digest


def test_every_shipped_template_loads() -> None:
    templates = build_environment([find_shipped_folder("templates")])
    names = list_template_names(templates)
    assert {"daily.md.j2", "weekly.md.j2", "monthly.md.j2"} <= set(names)
    for name in names:
        templates.get_template(name)


def test_user_template_replaces_the_shipped_one(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "weekly.md.j2").write_text("# Ours is {{ digest.title | md }}\n")
    assert render_digest(digest, [tmp_path, find_shipped_folder("templates")]).startswith("# Ours is tool: Add x")


def test_user_template_can_include_shipped_partials(tmp_path: Path, digest: object) -> None:
    (tmp_path / "weekly.md.j2").write_text('{% include "partials/also.md.j2" %}')
    assert render_digest(digest, [tmp_path, find_shipped_folder("templates")]).startswith("- [Add x]")  # type: ignore[arg-type]


def test_unknown_variable_is_reported_with_template_and_word(tmp_path: Path, digest: object) -> None:
    (tmp_path / "weekly.md.j2").write_text("{{ digest.titel }}")
    with pytest.raises(DataError, match=r"weekly\.md\.j2.*titel"):
        render_digest(digest, [tmp_path])  # type: ignore[arg-type]


def test_syntax_error_is_reported_with_file_and_line(tmp_path: Path, digest: object) -> None:
    (tmp_path / "weekly.md.j2").write_text("fine\n{% if %}\n")
    with pytest.raises(DataError) as caught:
        render_digest(digest, [tmp_path])  # type: ignore[arg-type]
    assert str(caught.value).startswith(f"template {tmp_path}/weekly.md.j2, line 2: ")


def test_missing_template_is_reported_with_the_searched_folders(tmp_path: Path, digest: object) -> None:
    with pytest.raises(DataError, match=rf"weekly\.md\.j2.*Looked in {tmp_path}"):
        render_digest(digest, [tmp_path])  # type: ignore[arg-type]


@pytest.mark.parametrize("attack", ["{{ digest.__class__.__mro__ }}", "{{ ''.__class__.__base__.__subclasses__() }}"])
def test_template_cannot_access_python_internals(tmp_path: Path, digest: object, attack: str) -> None:
    (tmp_path / "weekly.md.j2").write_text(attack)
    with pytest.raises(DataError, match=r"access to attribute '__class__' of .* is unsafe"):
        render_digest(digest, [tmp_path])  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["{{ 1 / 0 }}", "{{ digest.date + 1 }}", "{{ digest.edition.missing() }}"])
def test_rendering_error_is_reported_with_the_template(tmp_path: Path, digest: object, wrong: str) -> None:
    (tmp_path / "weekly.md.j2").write_text(wrong)
    with pytest.raises(DataError, match=r"weekly\.md\.j2"):
        render_digest(digest, [tmp_path])  # type: ignore[arg-type]


def test_template_that_is_not_text_is_reported(tmp_path: Path, digest: object) -> None:
    (tmp_path / "weekly.md.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"weekly\.md\.j2"):
        render_digest(digest, [tmp_path])  # type: ignore[arg-type]


def test_fence_named_in_a_sentence_is_no_code() -> None:
    (inline,) = (
        token for token in parsed(escape_markdown("Blocks with ```ts or ```typescript are coloured")) if token.children
    )
    assert (
        "".join(child.content for child in inline.children or ()) == "Blocks with ```ts or ```typescript are coloured"
    )
    assert all(child.type != "code_inline" for child in inline.children or ())


def test_exclamation_mark_in_front_of_a_link_makes_no_picture() -> None:
    words = SentencePart(kind="words", text="Out now!")
    link = SentencePart(kind="title", text="Sell maps", url="https://example.org/12")
    tokens = parsed(print_markdown(StorySentence(template="T", parts=(words, link))))
    children = [child for token in tokens for child in token.children or ()]
    assert [child.type for child in children if child.type in {"image", "link_open"}] == ["link_open"]
    assert "".join(child.content for child in children) == "Out now!Sell maps"
