"""Markdown as HTML: sentences are matched to their claims, and foreign text cannot run."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.digests.render.html import render_html
from sparky_assets.reader.annotate import HtmlBlock, SentenceMatcher, SentencePattern, build_blocks
from sparky_assets.reader.formatting import split_last_word
from sparky_assets.text.escape import escape_markdown
from tests.corpora.hostile_text import HOSTILE

HARMLESS = {
    "p", "ul", "ol", "li", "a", "em", "strong", "code", "pre", "br", "hr", "img", "table", "thead", "tbody", "tr", "th",
    "td", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
ATTRIBUTES = {"href", "title", "rel", "src", "alt", "loading", "class", "start"}


class Judge(HTMLParser):
    """Collect every element and attribute that could make a browser act."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HARMLESS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.found.append(f"{tag} {name}")
            if name in {"href", "src"} and not str(value).startswith(("http://", "https://", "mailto:", "/ours/")):
                self.found.append(f"{tag} {name}={value}")

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")


def dangers(html: str) -> list[str]:
    judge = Judge()
    judge.feed(html)
    judge.close()
    return judge.found


def html_in(blocks: list[HtmlBlock]) -> str:
    return "".join(block.html + "".join(one.html for one in block.all_sentences) for block in blocks)


def keys_in(markdown: str, *known: SentencePattern) -> list[str | None]:
    return [one.key for block in build_blocks(markdown, SentenceMatcher(known)) for one in block.sentences]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_shown_and_never_runs(text: str) -> None:
    # As it is (a template that forgot to escape), and as the shipped templates write it.
    for markdown in (
        text,
        f"- {escape_markdown(text)} ([#1](https://github.com/a/b/pull/1)).",
        f"# {text}",
        f"| {text} |\n|---|",
    ):
        assert dangers(html_in(build_blocks(markdown))) == []
        assert dangers(render_html(markdown)) == []


@given(st.text(max_size=300), st.sampled_from(["", "- ", "# ", "![x](", "[x](", "<", "| a |\n|---|\n| "]))
def test_no_text_at_all_runs(text: str, before: str) -> None:
    assert dangers(html_in(build_blocks(before + text))) == []
    assert dangers(render_html(before + text)) == []


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,<script>", "vbscript:x", "file:///etc/passwd", "//evil.example/x"],
)
def test_link_has_a_web_address_or_none(address: str) -> None:
    assert "href" not in render_html(f"[x]({address})")
    assert dangers(render_html(f"[x]({address})")) == []


def test_only_pictures_of_the_store_are_shown() -> None:
    markdown = "![ours](a.svg) ![theirs](https://evil.example/pixel.png)"
    html = render_html(markdown, {"a.svg": "/ours/a.svg"}.get)
    assert 'src="/ours/a.svg"' in html
    assert "evil" not in html


def test_sentence_is_found_with_its_references_and_code() -> None:
    known = SentencePattern("c1", "Add `retry` to the client, by Ada.", ("#7",))
    (block,) = build_blocks("Add `retry` to the client, by Ada ([#7](https://x.example/7)).", SentenceMatcher([known]))
    assert [one.key for one in block.sentences] == ["c1"]
    assert "<code>retry</code>" in block.sentences[0].html


def test_several_sentences_of_one_paragraph_are_distinguished() -> None:
    known = [
        SentencePattern("c1", "Read the wires, by Bob.", ("#7",)),
        SentencePattern("d1", "It changed 1 file."),
        SentencePattern("d2", "Merged by Ada."),
    ]
    (block,) = build_blocks(
        "Read the wires, by Bob ([#7](https://x.example/7)). It changed 1 file. Merged by Ada.", SentenceMatcher(known)
    )
    assert [one.key for one in block.sentences] == ["c1", "d1", "d2"]
    assert [one.html for one in block.sentences][1:] == ["It changed 1 file. ", "Merged by Ada."]


def test_escaped_characters_and_broken_mentions_do_not_hide_a_sentence() -> None:
    text = "Ask @ada about values_of <x> & #12."
    (block,) = build_blocks(
        escape_markdown(text), SentenceMatcher([SentencePattern("c1", text), SentencePattern("c2", "Next.")])
    )
    assert [one.key for one in block.sentences] == ["c1"]


def test_equal_claims_are_distinguished_by_their_reference() -> None:
    known = [SentencePattern("one", "Update README.", ("#1",)), SentencePattern("two", "Update README.", ("#2",))]
    markdown = "- Update README ([#2](https://x.example/2)).\n- Update README ([#1](https://x.example/1))."
    assert keys_in(markdown, *known) == ["two", "one"]


def test_longer_of_two_sentences_with_one_beginning_is_matched() -> None:
    known = [SentencePattern("short", "Fix it."), SentencePattern("long", "Fix it for good.")]
    assert keys_in("Fix it for good.\n\nFix it.", *known) == ["long", "short"]


def test_words_inside_other_words_are_no_sentence() -> None:
    assert keys_in("Prefix it.", SentencePattern("c1", "fix it.")) == [None]


def test_sentence_inside_emphasis_is_found() -> None:
    assert keys_in("**12 commits from 3 people.**", SentencePattern("c1", "12 commits from 3 people.")) == ["c1"]


def test_front_matter_is_not_shown_and_headings_have_anchors() -> None:
    blocks = build_blocks('---\ntitle: "x"\n---\n\n# Title\n\n## [acme/tool](https://x.example)\n')
    assert [(block.kind, block.anchor) for block in blocks] == [("h1", "title"), ("h2", "acme-tool")]


@pytest.mark.parametrize(
    ("html", "cut"),
    [
        ("Fix it, by Ada.", ("Fix it, by ", "Ada.")),
        ('Fix (<a href="https://x.example">#7</a>).', ("Fix ", '(<a href="https://x.example">#7</a>).')),
        ("All <strong>in bold words.</strong>", ("All ", "<strong>in bold words.</strong>")),
        ("<strong>So many in bold.</strong>", ("<strong>So many in </strong>", "<strong>bold.</strong>")),
        ("<em>So many words in italics here.</em>", ("<em>So many words in italics here.</em>", "")),
        ("one", ("one", "")),
        ("a " + "x" * 60, ("a " + "x" * 60, "")),
    ],
)
def test_last_word_is_cut_off_outside_of_markup_alone(html: str, cut: tuple[str, str]) -> None:
    assert split_last_word(html) == (*cut, "")


def test_comma_after_a_sentence_follows_its_mark() -> None:
    assert split_last_word("Ada (#1), ") == ("Ada ", "(#1)", ",")
    assert split_last_word("A &amp; B &lt;") == ("A &amp; B ", "&lt;", "")


def test_column_of_numbers_is_aligned_by_a_class() -> None:
    assert '<td class="right">1</td>' in render_html("| a | b |\n|---|---:|\n| c | 1 |")
    (table,) = build_blocks("| a | b |\n|---|---:|\n| c | 1 |", SentenceMatcher((), [SentencePattern("row:c", "c")]))
    assert table.sides == ("", "right")
    assert [[(cell.html, cell.key) for cell in row] for row in table.rows] == [
        [("a", None), ("b", None)], [("c", "row:c"), ("1", None)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("markdown", "keys"),
    [
        ("Fix it ([#1](https://x.example/1)); Stop it ([#2](https://x.example/2)).", ["one", "two"]),
        ("First: Fix it ([#1](https://x.example/1)), Stop it.", [None, "one", "two"]),
        ("Fix it. Whatever else somebody wrote. Stop it.", ["one", None, "two"]),
        ("Fix it ([#9](https://x.example/9)). And more", ["one", None]),
        ("“Stop it”.", ["two"]),
        ("**tool**: Fix it; **[tool](https://x.example)**: Stop it.", ["tool one", "tool two"]),
        ("Fix items. Stop it", [None, "two"]),
        ("`#1`", [None]),
        ("", []),
    ],
)
def test_text_without_a_claim_is_not_taken_for_a_sentence(markdown: str, keys: list[str | None]) -> None:
    known = [
        SentencePattern("one", "Fix it.", ("#1",)),
        SentencePattern("two", "Stop it.", ("#2",)),
        SentencePattern("tool one", "tool: Fix it."),
        SentencePattern("tool two", "tool: Stop it."),
    ]
    assert keys_in(markdown, *known) == keys


@given(
    st.lists(st.sampled_from(["Fix it", "Stop it", "other words", "(#1)", "**", "`x`", ". ", "; ", " "]), max_size=12)
)
def test_text_that_is_split_loses_nothing(parts: list[str]) -> None:
    markdown = "".join(parts)
    known = [SentencePattern("one", "Fix it.", ("#1",)), SentencePattern("two", "Stop it.")]
    assert html_in(build_blocks(markdown, SentenceMatcher(known))) == html_in(build_blocks(markdown))


def test_link_to_the_first_edition_is_relative_to_its_page() -> None:
    markdown = "[The first edition](week-2025-46-first-edition.md)"
    known = {"week-2025-46-first-edition.md": "/ours/first"}
    assert 'href="/ours/first"' in html_in(build_blocks(markdown, find_url=known.get))
    assert "href" not in html_in(build_blocks(markdown))
