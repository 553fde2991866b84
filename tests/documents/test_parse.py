"""Documents: sections, what is set apart, footers, examples, references, and hostile texts."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparky_assets.documents.models import ParsedDocument, SourceText
from sparky_assets.documents.parse import fold_space, parse_document
from sparky_assets.documents.quotes import quote
from sparky_assets.text.references import find_advisories, find_references

SECRET = "ghp_" + "a1" * 20

BODY = """\
<!-- Thank you for the pull request. Describe it. -->
## Description

Currently, importing a module also imports its sub-modules.
This is unexpected (and really annoying).

## User-facing changes (Release notes)

Importing a module no longer imports its
sub-modules. To keep the old behavior, use `export use`:

```nu
export use sub
```

## Tests

- [x] I ran the tests
All tests pass.

## Checklist

- [ ] Docs

<details><summary>Upstream notes</summary>

Upstream now supports everything.

</details>

Fixes #12, see owner/name#34.

BREAKING CHANGE: clients must call
/v2 from now on.

Co-authored-by: Ada Lovelace
"""


def parse(text: str, **fields: object) -> ParsedDocument:
    source = SourceText.model_validate(
        {"key": "message:o/r@1", "kind": "message", "repository": "o/r", "text": text, **fields}
    )
    return parse_document(source)


def list_quotable(document: ParsedDocument) -> list[str]:
    return [sentence.text for sentence in document.sentences if sentence.is_quotable]


def test_body_is_read_as_sections_with_kinds() -> None:
    document = parse(BODY)
    kinds = {section.heading: section.kind for section in document.sections}
    assert kinds["Description"] == "what"
    assert kinds["User-facing changes (Release notes)"] == "user_facing"
    assert kinds["Tests"] == kinds["Checklist"] == "skipped"
    assert kinds["BREAKING CHANGE"] == "breaking"
    assert [quotation.text for quotation in document.breaking] == ["clients must call /v2 from now on."]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Bug fix: a live lamp could be deleted", "fixes"),
        ("Lamps silently dropped", "other"),
        ("The night map was removed", "removed"),
        ("Dropped support", "removed"),
        ("Removals", "removed"),
        ("Removed: the old map", "removed"),
        ("How to reproduce the loss of lamps", "skipped"),
    ],
)
def test_heading_about_a_loss_has_the_kind_of_what_is_said_of_it(heading: str, kind: str) -> None:
    assert parse(f"# {heading}\n\nThe map has it.\n").sections[-1].kind == kind


def test_body_gives_only_the_sentences_of_its_author() -> None:
    document = parse(BODY)
    skipped = {number for number, section in enumerate(document.sections) if section.kind == "skipped"}
    quotable = [s.text for s in document.sentences if s.is_quotable and s.section not in skipped]
    assert quotable == [
        "Currently, importing a module also imports its sub-modules.",
        "This is unexpected (and really annoying).",
        "Importing a module no longer imports its sub-modules.",
        "To keep the old behavior, use `export use`:",
        "clients must call /v2 from now on.",
    ]


def test_every_sentence_is_the_text_at_its_span() -> None:
    document = parse(BODY)
    for sentence in document.sentences:
        assert fold_space(BODY[sentence.start : sentence.end]) == sentence.text


def test_example_keeps_its_lines_and_section() -> None:
    document = parse(BODY)
    (example,) = document.examples
    assert (example.language, example.lines) == ("nu", ("export use sub",))
    assert BODY[example.start : example.end] == "export use sub"
    assert document.sections[example.section].kind == "user_facing"


def test_only_the_first_block_of_a_squash_speaks_for_the_change() -> None:
    document = parse(
        "* Add a cache for queries\n\nIt saves requests for users.\n\n* wip\n\nNow it breaks everything.\n"
    )
    skipped = [document.sections[sentence.section].kind == "skipped" for sentence in document.sentences]
    assert skipped == [False, False, True, True]


def test_fence_broken_by_wrapping_does_not_swallow_the_rest() -> None:
    text = "- This line clones:\n  ```rs\nlet a = b;\n  ```\nThe command now returns completions.\n"
    assert "The command now returns completions." in list_quotable(parse(text))


def test_notes_underlined_with_equal_signs_have_headings() -> None:
    document = parse(
        "=====\n8.0-M01   Released Thu\n=====\n\nPotentially breaking changes\n----\n\n- #12 `GET` is gone\n"
    )
    assert [section.kind for section in document.sections][-1] == "breaking"


def test_label_of_unknown_kind_ends_the_label_before_it_in_notes() -> None:
    lists = (
        "Features:\n\n* Add x.\n* Add y.",
        "Adaptations:\n\n* Prefer z.",
        "Fixes for q:\n\n* Stop w.",
        "Internal:\n\n* Go.",
    )
    source = SourceText(key="k", kind="release_notes", repository="acme/tool", text="\n\n".join(lists))
    document = parse_document(source)
    kinds = [document.sections[sentence.section].kind for sentence in document.sentences]
    assert kinds == ["features", "features", "other", "fixes", "other"]


def test_prose_over_a_line_of_hyphens_stays_prose() -> None:
    text = "A first long line of prose that goes\non in a second line here.\n---\nMore.\n"
    assert "A first long line of prose that goes on in a second line here." in list_quotable(parse(text))


def test_table_cells_and_list_items_are_units() -> None:
    document = parse("| a | b |\n|---|---|\n| It now works | `x` |\n\n1. The server rejects an unknown type.\n")
    texts = {sentence.text: sentence.is_list_item for sentence in document.sentences}
    assert texts["It now works"]
    assert texts["The server rejects an unknown type."]


def test_references_and_advisories_are_found_once() -> None:
    text = "Fixes #12 and o/r#3, https://github.com/a/b/pull/7, #12. cve-2024-1234 GHSA-abcd"
    assert find_references(text) == ("#12", "o/r#3", "a/b#7")
    assert find_advisories(text) == ("CVE-2024-1234",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Fix a crash of cookies on builds with the :cve:`2026-3644` patch.", ()),
        ("Fix a regression because of the CVE-2026-3644 fix", ()),
        ("Security fix for CVE-2026-3644", ("CVE-2026-3644",)),
        ("Backport the CVE-2026-3644 fix", ("CVE-2026-3644",)),
        (
            "Limit maps - this completes the fix for CVE-2026-3644, which had piers only (CVE-2026-4711)",
            ("CVE-2026-4711",),
        ),
        ("Complete the earlier fix for CVE-2026-3644", ("CVE-2026-3644",)),
    ],
)
def test_fix_of_another_advisory_is_none_of_its_own(text: str, named: tuple[str, ...]) -> None:
    assert find_advisories(text) == named


def test_roles_of_advisories_are_read_as_their_numbers() -> None:
    text = "Escape names. :issue:`1792`, :ghsa:`gmj6-6f8f-6699`, :cve:`2024-56326`, GHSA-gmj6-6f8f-6699"
    assert find_advisories(text) == ("GHSA-gmj6-6f8f-6699", "CVE-2024-56326")


@pytest.mark.parametrize(
    "text",
    [
        f"The token {SECRET} is now used by clients.",
        "Write to ada@example.com when it fails now.",
        "Added 12,345 lines of code in this change now.",
        "Closes #12, see also #13.",
        f"This reverts commit {'c85dbae944' * 4}, reversing changes made to {'be765bd39e' * 4}.",
        "N/A",
        "Co-Authored-By: Claude",
        "🤖 Generated with an assistant",
        "What does this pull request do?",
        "> Somebody else wrote that it can crash.",
        "- [ ] Users can now log in",
        "The following sections list the changes in this version.",
        "24.7.0.rc2 fixed an unreleased regression of the map.",
        "Benchmark_Map and Benchmark_Pier answered with an error every time.",
        "I added a case to each builder; it fails before the change and passes after.",
        "The comment claimed that the map is sent to all users now.",
    ],
)
def test_text_that_may_not_be_printed_gives_no_quotation(text: str) -> None:
    document = parse(text)
    assert all(quote(document, sentence) is None for sentence in document.sentences)


HOSTILE_TEXTS = {
    "quotes": ">" * 40_000,
    "lists": "".join("  " * depth + "- a\n" for depth in range(200)) * 4,
    "comments": "<!-- " * 8_000,
    "closed comments": "<!---->a " * 5_000,
    "details": "<details>" * 4_000 + "</details>" * 4_000,
    "ticks": "`" * 20_000 + "a" * 20_000,
    "open ticks": "`a " * 13_000,
    "brackets": "[" * 40_000,
    "links": "](" * 20_000,
    "stars": "* " * 20_000,
    "hex": "a" * 40_000,
    "numbers": "1.0" * 13_000,
    "dots": ". " * 20_000,
    "fences": "```\n" * 10_000,
    "tables": "|a" * 200 + "\n" + "|-" * 200 + "\n" + ("|a" * 200 + "\n") * 90,
    "squash": "* a\n\n" * 8_000,
    "words": "word " * 8_000,
    "hashes": "#1 " * 13_000,
    "slashes": "a/" * 20_000,
    "footers": "BREAKING CHANGE: a\n" * 2_000,
    "headings": "# Breaking\n" * 3_600,
    "negation": "no longer not " * 2_800,
}


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_hostile_text_costs_bounded_time(name: str) -> None:
    started = time.process_time()
    document = parse(HOSTILE_TEXTS[name], title="word a")
    for sentence in document.sentences:
        quote(document, sentence)
    assert time.process_time() - started < 4


@settings(max_examples=150)
@given(
    st.text(alphabet=st.sampled_from("aB `*_-#>|[](){}<!/&\\:.\n\r\t\0\u2028\u200b1"), max_size=300)
    | st.text(max_size=200)
)
def test_any_text_gives_valid_spans(text: str) -> None:
    document = parse(text)
    for sentence in document.sentences:
        assert fold_space(text[sentence.start : sentence.end]) == sentence.text
        quotation = quote(document, sentence)
        assert quotation is None or fold_space(text[quotation.start : quotation.end]) == quotation.text
    positions = [section.start for section in document.sections]
    assert positions == sorted(positions)
    for example in document.examples:
        assert 0 <= example.start <= example.end <= len(text)


def test_details_in_code_hide_nothing() -> None:
    text = "The state of `<details>` is kept.\n\n```html\n<details open>\n```\n\nMaps are drawn at night.\n"
    source = SourceText(key="k", kind="release_notes", repository="o/r", text=text)
    assert all(sentence.is_quotable for sentence in parse_document(source).sentences)
    hidden = source.model_copy(update={"text": text.replace("```html\n", "").replace("```\n", "")})
    assert not parse_document(hidden).sentences[-1].is_quotable
