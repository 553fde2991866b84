"""Themes, titles and addresses of a change."""

import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.insights.evidence import build_commit_url, build_pull_request_url, build_release_url
from sparky_assets.metrics.classify import ChangeTheme, classify_change, parse_conventional_type
from sparky_assets.text.clean import MAX_TITLE_LENGTH, clean_title, display_title
from sparky_assets.text.redact import EMAIL_PATTERN

# --- Themes


@pytest.mark.parametrize(
    ("title", "theme"),
    [
        ("feat: read the wires", ChangeTheme.FEATURE),
        ("feat(api)!: read the wires", ChangeTheme.FEATURE),
        ("Fix: stop it", ChangeTheme.FIX),
        ("perf(parser): skip blanks", ChangeTheme.PERFORMANCE),
        ("docs: fix a crash in the example", ChangeTheme.DOCS),
        ("chore: tidy", ChangeTheme.OTHER),
        ("ci: run on arm", ChangeTheme.BUILD),
        ("style: wrap lines", ChangeTheme.REFACTOR),
        ("security: drop old ciphers", ChangeTheme.SECURITY),
        ("revert: feat: read the wires", ChangeTheme.FIX),
        ("chore(deps): bump ink", ChangeTheme.DEPENDENCIES),
        ("build(deps-dev): bump ink", ChangeTheme.DEPENDENCIES),
        ("Bump ink from 1.0 to 1.1", ChangeTheme.DEPENDENCIES),
        ("Bump the actions group with 2 updates", ChangeTheme.DEPENDENCIES),
        ("Bump the python-requirements group across 1 directory with 5 updates", ChangeTheme.DEPENDENCIES),
        ("Bump the limit of the group", ChangeTheme.OTHER),
        ("Update dependency ink to v2", ChangeTheme.DEPENDENCIES),
        ("[pre-commit.ci] pre-commit autoupdate", ChangeTheme.DEPENDENCIES),
        ("Add the morning edition", ChangeTheme.FEATURE),
        ("Support arm64", ChangeTheme.FEATURE),
        ("Fixed a crash on start", ChangeTheme.FIX),
        ('Revert "Add x"', ChangeTheme.FIX),
        ("Address CVE-2025-1234", ChangeTheme.SECURITY),
        ("Upgrade ink for GHSA-2g68-c3qc-8985", ChangeTheme.SECURITY),
        ("Fix mypy findings", ChangeTheme.BUILD),
        ("Fixed the last clippy warnings", ChangeTheme.BUILD),
        ("Fix CI", ChangeTheme.BUILD),
        ("Fix mypy crash on empty files", ChangeTheme.FIX),
        ("Fix lint rules that never fire", ChangeTheme.FIX),
        ("Make parsing faster", ChangeTheme.PERFORMANCE),
        ("Rename the wires", ChangeTheme.REFACTOR),
        ("Correct typos", ChangeTheme.DOCS),
        ("Improve the README", ChangeTheme.DOCS),
        ("More coverage for the parser", ChangeTheme.TESTS),
        ("builtin/gc: move code", ChangeTheme.REFACTOR),
        ("Say hello", ChangeTheme.OTHER),
        ("Addendum to the letter", ChangeTheme.OTHER),
        ("", ChangeTheme.OTHER),
    ],
)
def test_title_decides_its_theme(title: str, theme: ChangeTheme) -> None:
    assert classify_change(title) is theme


@pytest.mark.parametrize(
    ("paths", "theme"),
    [
        (["README.md", "docs/x.py"], ChangeTheme.DOCS),
        (["tests/a.py", "src/test_b.py"], ChangeTheme.TESTS),
        ([".github/workflows/ci.yml"], ChangeTheme.BUILD),
        (["README.md", "src/a.py"], ChangeTheme.FEATURE),
        ([], ChangeTheme.FEATURE),
    ],
)
def test_agreeing_files_have_precedence_over_words(paths: list[str], theme: ChangeTheme) -> None:
    assert classify_change("Add something", paths) is theme


def test_declared_type_has_precedence_over_files() -> None:
    assert classify_change("feat: add an example", ["docs/example.md"]) is ChangeTheme.FEATURE


def test_change_of_an_advisory_is_security_with_any_title() -> None:
    assert (
        classify_change("Bump ink from 1.0 to 1.1", ["README.md"], advisory="GHSA-2g68-c3qc-8985")
        is ChangeTheme.SECURITY
    )


def test_update_by_a_bot_is_a_dependency_bump() -> None:
    assert classify_change("Update ink", is_bot=True) is ChangeTheme.DEPENDENCIES
    assert classify_change("Update ink") is ChangeTheme.OTHER


# --- Titles

anything = st.text(max_size=300)


@given(anything)
def test_clean_title_is_one_visible_line_without_addresses(text: str) -> None:
    clean = clean_title(text)
    assert len(clean) <= MAX_TITLE_LENGTH
    assert clean == clean.strip()
    assert "  " not in clean
    assert not [char for char in clean if unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}]
    assert not EMAIL_PATTERN.search(clean)


@given(anything)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_title(clean_title(text)) == clean_title(text)


@given(st.sampled_from(["ada@example.com", "<a.b+c@x-y.co.uk>"]), anything, anything)
def test_address_is_removed_anywhere_in_a_title(address: str, before: str, after: str) -> None:
    assert not EMAIL_PATTERN.search(clean_title(f"{before}{address}{after}"))


@given(anything)
def test_plain_words_stay_unchanged(text: str) -> None:
    words = " ".join(part for part in text.split() if part.isalnum() and part.isprintable())[:100].strip()
    assert clean_title(words) == words


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("feat(core)!: read the wires", "Read the wires"),
        ("fix: stop it (#12)", "Stop it"),
        ("Fix it!", "Fix it!"),
        ("Stop it.", "Stop it"),
        ("note: nothing declared", "note: nothing declared"),
        ("feat:without a space", "feat:without a space"),
        ("...", "..."),
        ("(#12)", "(#12)"),
        ("Merge !7 (!7)", "Merge !7"),
        ("docs: é", "É"),
    ],
)
def test_generated_parts_are_removed_from_a_headline(title: str, shown: str) -> None:
    assert display_title(title) == shown


@given(anything.map(clean_title).filter(bool))
def test_headline_is_never_empty_and_adds_no_word(title: str) -> None:
    shown = display_title(title)
    assert shown
    assert shown[1:] in title


def test_only_known_types_are_types() -> None:
    assert parse_conventional_type("Feat(x): y") == "feat"
    assert parse_conventional_type("note: y") is None
    assert parse_conventional_type("feature branch: y") is None


# --- Addresses


@pytest.mark.parametrize(
    ("page", "commit", "pull_request", "release"),
    [
        ("https://github.com/a/b", "commit/abc", "pull/7", "releases/tag/v1%2F0"),
        ("https://gitlab.com/a/b/c", "-/commit/abc", "-/merge_requests/7", "-/tags/v1%2F0"),
        ("https://bitbucket.org/a/b", "commits/abc", "pull-requests/7", "commits/tag/v1%2F0"),
        ("https://codeberg.org/a/b", "commit/abc", "pulls/7", "releases/tag/v1%2F0"),
        (
            "https://host.example.com/projects/FER/repos/app",
            "commits/abc",
            "pull-requests/7",
            "commits?until=refs%2Ftags%2Fv1%2F0",
        ),
        ("https://git.example.com/a/b", "commit/abc", "pull/7", "releases/tag/v1%2F0"),
    ],
)
def test_each_host_has_pages_of_its_own_form(page: str, commit: str, pull_request: str, release: str | None) -> None:
    assert build_commit_url(page, "abc") == f"{page}/{commit}"
    assert build_pull_request_url(page, 7) == f"{page}/{pull_request}"
    assert build_release_url(page, "v1/0") == (f"{page}/{release}" if release else None)


def test_item_of_a_repository_without_a_page_has_no_address() -> None:
    assert (build_commit_url(None, "abc"), build_pull_request_url("", 7), build_release_url(None, "v1")) == (
        None,
        None,
        None,
    )


@given(st.text(min_size=1, max_size=40))
def test_no_tag_address_leaves_the_pages_of_its_repository(tag: str) -> None:
    try:
        tag.encode()
    except UnicodeEncodeError:
        return
    url = build_release_url("https://github.com/a/b", tag)
    assert url is not None
    assert urlsplit(url).hostname == "github.com"
    assert urlsplit(url).path.startswith("/a/b/releases/tag/")
    assert not set(url) & set(' ()<>[]"\n')
