"""The checker of printed texts finds an error of each kind, and none in a text that is right."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.truth import PrintedText, TruthReport, check_text, find_window
from benchmarks.truth_clones import Clone, fold
from benchmarks.truth_counts import is_build
from benchmarks.truth_render import render_asciidoc
from tests.factories.git_repositories import BOB, History, Who, at, head

URL = "https://github.com/acme/app"
WINDOW = (datetime(2025, 11, 10, tzinfo=UTC), datetime(2025, 11, 17, tzinfo=UTC))
ASSISTANT = Who("Claude", "noreply@anthropic.com")

RIGHT = """# app 1.1.0 is out

app [1.1.0]({url}/releases/tag/v1.1.0) is out. Its notes say: “Sell day tickets at night.” Its notes list one CVE fix, \
two breaking changes, and three fixes. It contains three commits \
from two people since 1.0.0.

## [Sell day tickets]({url}/pull/7)

The message says: “The office asked for it.” The change, from Bob Stone, is in [app 1.1.0]({url}/releases/tag/v1.1.0).
[Draw a map]({url}/commit/{sha}), from Ada Lovelace, followed on November 13.

- **Breaking:** [Draw a map]({url}/commit/{sha}). It is in no release yet.


## People

[Bob Stone]({url}/pull/7) made a first commit.

![2025-W46: 4 commits on 2 of 7 days, most on November 12 (3).](calendar.svg)

---

One pull request merged and three other changes, from two people; one release.
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A repository with a merged branch, a release, and a commit behind it."""
    history = History()
    start = history.commit("Start the app", at("2025-11-01T10:00"), {"CHANGES.md": "# 1.0.0\n"})
    history.tag("v1.0.0", when=at("2025-11-01T11:00"), message="v1.0.0")
    sell = "Sell day tickets (#7)\n\nThe office asked for it."
    history.commit(sell, at("2025-11-12T10:00"), {"sell.py": "1"}, author=BOB)
    history.commit("Ring at midnight", at("2025-11-12T11:00"), {"ring.py": "1"}, author=ASSISTANT)
    fixes = "- Ring once\n- Draw all\n  - also at night\n- **breaking:** Close early\n- **fixed:** Open late\n"
    notes = "# 1.1.0\n\n- Sell day tickets at night.\n\n## Breaking changes\n\n* The bell is gone (CVE-2025-1234)\n"
    notes += f"* Bells ring twice.\n\n## Bug fixes\n\n{fixes}\n# 1.0.0\n\n## Bug fixes\n\n- Old\n- Older\n"
    release = history.commit("Write the notes", at("2025-11-12T12:00"), {"CHANGES.md": notes})
    history.tag("v1.1.0", release, at("2025-11-12T13:00"), "v1.1.0")
    history.commit("Draw a map", at("2025-11-13T10:00"), {"map.py": "1"})
    assert start
    path = history.at_path(tmp_path_factory.mktemp("truth") / "app", origin=f"{URL}.git")
    return Clone(path, "acme/app")


def check(clone: Clone, text: str) -> dict[str, list[str]]:
    report = TruthReport()
    shown = text.format(url=URL, sha=head(clone.path))
    check_text(PrintedText(Path("2025-11-10.md"), shown, WINDOW), [clone], report)
    assert sum(report.checked.values()) > 15
    return dict(report.wrong)


def test_text_that_is_right_has_no_wrong_item(clone: Clone) -> None:
    assert check(clone, RIGHT) == {}


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        ("three other changes", "four other changes", "numbers"),
        ("One pull request merged and", "Two pull requests merged and", "numbers"),
        ("from two people;", "from three people;", "numbers"),
        ("; one release", "; one pre-release", "numbers"),
        ("4 commits on 2", "5 commits on 2", "numbers"),
        ("most on November 12 (3)", "most on November 13 (3)", "numbers"),
        ("one CVE fix", "two CVE fixes", "listed"),
        ("two breaking changes", "five breaking changes", "listed"),
        ("three fixes", "one fix", "listed"),
        ("three fixes", "seven fixes", "listed"),
        ("three commits from two", "two commits from two", "contents"),
        ("commits from two people since", "commits from one person since", "contents"),
        ("“The office asked for it.”", "“The office asked it.”", "quotations"),
        ("at night.”", "at noon.”", "quotations"),
        ("change, from Bob Stone,", "change, from Ada Lovelace,", "people"),
        ("[Bob Stone]({url}/pull/7) made", "[Ada Lovelace]({url}/pull/7) made", "people"),
        ("/pull/7)\n", "/pull/8)\n", "links"),
        ("/releases/tag/v1.1.0) is out", "/releases/tag/v1.2.0) is out", "links"),
        ("/commit/{sha}", "/commit/0123456789012345678901234567890123456789", "links"),
        ("[Draw a map]", "[Sell a blue map]", "titles"),
        ("is in [app 1.1.0]", "is not in [app 1.1.0]", "containment"),
        ("on November 13.", "on November 12.", "days"),
    ],
)
def test_planted_error_is_found_with_its_kind(clone: Clone, right: str, wrong: str, kind: str) -> None:
    assert right in RIGHT
    assert kind in check(clone, RIGHT.replace(right, wrong, 1))


def test_released_change_that_is_said_to_be_in_no_release_is_found(clone: Clone) -> None:
    text = RIGHT.replace("[Draw a map]({url}/commit/{sha}). It", "[Sell day tickets]({url}/pull/7). It")
    assert "containment" in check(clone, text)


def test_first_commit_under_a_name_without_spaces_is_found(clone: Clone) -> None:
    text = RIGHT.replace("[Bob Stone]({url}/pull/7) made a first", "[AdaLovelace]({url}/pull/7) made a first")
    assert "AdaLovelace" in str(check(clone, text)["first commits"])


def test_first_commit_of_a_person_with_earlier_ones_is_found(clone: Clone) -> None:
    text = RIGHT + "\nAda Lovelace made a first commit.\n"
    assert "Ada Lovelace" in str(check(clone, text)["first commits"])


@pytest.fixture(scope="module")
def manifest_clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone whose one change of the window has another default and a higher minimum."""
    history = History()
    history.commit("Begin", at("2025-11-01"), {"a.py": "DEFAULT_LIMIT = 5\n", "go.mod": "module x\n\ngo 1.21\n"})
    history.commit("Raise", at("2025-11-12"), {"a.py": "DEFAULT_LIMIT = 9\n", "go.mod": "module x\n\ngo 1.22\n"})
    return Clone(history.at_path(tmp_path_factory.mktemp("manifest") / "app"), "acme/app")


@pytest.mark.parametrize(
    ("sentence", "is_right"),
    [
        ("In `a.py`, `DEFAULT_LIMIT = 5` became `DEFAULT_LIMIT = 9`.", True),
        ("In `a.py`, `DEFAULT_LIMIT = 5` became `DEFAULT_LIMIT = 8`.", False),
        ("In `b.py`, `DEFAULT_LIMIT = 5` became `DEFAULT_LIMIT = 9`.", False),
        ("`go` in `go.mod` rose from `1.21` to `1.22`.", True),
        ("`go` in `go.mod` rose from `1.20` to `1.22`.", False),
        ("`go` in `go.mod` rose from `1.22` to `1.21`.", False),
    ],
)
def test_statement_about_a_diff_is_looked_up_in_the_files(manifest_clone: Clone, sentence: str, is_right: bool) -> None:
    block = f"- **Changed default:** [Raise]({URL}/commit/{head(manifest_clone.path)}). {sentence}"
    report = TruthReport()
    check_text(PrintedText(Path("2025-11-10.md"), block, WINDOW), [manifest_clone], report)
    assert report.checked["diffs"] == 1
    assert ("diffs" not in report.wrong) == is_right


@pytest.mark.parametrize(("tag", "is_right"), [("v1.1.0", True), ("v1.0.0", False)])
def test_fix_of_an_advisory_is_looked_up_in_its_releases(tmp_path: Path, tag: str, is_right: bool) -> None:
    history = History()
    history.commit("Begin", at("2025-11-01"), {"a.py": "1"})
    history.tag("v1.0.0")
    history.commit("Limit the depth (CVE-2025-1234)", at("2025-11-12"), {"a.py": "2"})
    history.tag("v1.1.0")
    clone = Clone(history.at_path(tmp_path / "app"), "acme/app")
    block = f"- **CVE-2025-1234:** Limit the depth. The fix is in [app {tag[1:]}]({URL}/releases/tag/{tag})."
    report = TruthReport()
    check_text(PrintedText(Path("2025-11-10.md"), block, WINDOW), [clone], report)
    assert report.checked["fixes"] == 1
    assert ("fixes" not in report.wrong) == is_right


def test_number_that_follows_another_after_few_commits_is_a_deployment(tmp_path: Path) -> None:
    story = History()
    for number in (7, 8):
        story.commit(f"Change {number}", at(f"2026-05-0{number}T08:00"))
        story.tag(f"v{number}", when=at(f"2026-05-0{number}T09:00"), message="One")
    story.tag("v8.1", when=at("2026-05-08T10:00"), message="Two")
    clone = Clone(story.at_path(tmp_path / "app"), "acme/app")
    assert [is_build(clone, tag) for tag in ("v7", "v8", "v8.1")] == [False, True, False]


def test_folded_restructuredtext_is_as_it_is_printed() -> None:
    raw = "Use the `Direct URL syntax <https://x.example/a>`_ of :pep:`658`, and :func:`~acme.maps.draw`."
    assert fold(raw) == fold("Use the Direct URL syntax of PEP 658, and `draw`.")


# --- Altered quotations

SOURCE = """Add `Series.__getitem__` and Series.__setitem__ for [a-m-z], the __proto__ key, and f(**kw) and **x**

See **the map** of [the pier](https://x.example/pier) in `a_b*c`, &lt;T&gt; or Vec<T> with <kbd>Ctrl</kbd> and \\_x.
"""
NEWS = """1.1.0
=====

* Use :func:`~acme.maps.draw` and ``f(*args, **kw)`` of :pep:`8` and :rfc:`9110#section-5`, *not* `self.__map__`,
  see `the pier <https://x.y>`_.
"""


@pytest.fixture(scope="module")
def quoted_clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with names of code in a message, and a changelog of reStructuredText."""
    history = History()
    history.commit(SOURCE, at("2025-11-12T10:00"), {"NEWS.rst": NEWS})
    return Clone(history.at_path(tmp_path_factory.mktemp("quoted") / "app", origin=f"{URL}.git"), "acme/app")


@pytest.mark.parametrize(
    ("quotation", "is_right"),
    [
        ("Add `Series.__getitem__` and Series.\\_\\_setitem\\_\\_ for [a-m-z]", True),
        ("Add `Series.getitem` and Series", False),
        ("and Series.setitem for", False),
        ("and Series.__setitem__ for", False),  # a host shows the marks as bold
        ("for \\[a-m-z\\], the `__proto__` key", True),
        ("for a-m-z, the", False),
        ("the proto key", False),
        ("f(\\*\\*kw) and x", True),
        ("f(kw) and **x**", False),
        ("f(kw) and x", False),
        ("See the map of the pier in `a_b*c`", True),
        ("the pier in `ab*c`", False),
        ("&lt;T&gt; or Vec&lt;T&gt; with Ctrl and \\_x", True),
        ("or Vec with", False),
        ("add `Series.__getitem__`", False),  # another capital
        ("Use `draw` and `f(*args, **kw)` of PEP 8 and RFC 9110 Section 5, not `self.__map__`, see the pier.", True),
        ("Use `draw` and `f(args, kw)` of PEP 8", False),
        ("not `self.map`, see", False),
    ],
)
def test_quotation_is_compared_as_a_reader_sees_it(quoted_clone: Clone, quotation: str, is_right: bool) -> None:
    report = TruthReport()
    check_text(PrintedText(Path("2025-11-10.md"), f"The message says: “{quotation}”", WINDOW), [quoted_clone], report)
    assert report.checked["quotations"] == 1
    assert ("quotations" not in report.wrong) == is_right


@pytest.mark.parametrize("title", ["Added `Series.getitem` and more", "Added a key proto"])
def test_title_that_lost_characters_of_code_is_found(quoted_clone: Clone, title: str) -> None:
    report = TruthReport()
    text = f"[{title}]({URL}/commit/{head(quoted_clone.path)})."
    check_text(PrintedText(Path("2025-11-10.md"), text, WINDOW), [quoted_clone], report)
    assert report.wrong["titles"]


@pytest.mark.parametrize(
    ("name", "days"),
    [("acme+app-2025-W46", 7), ("app-2025-11", 30), ("2025-11-10", 1), ("week-46", None), ("v1.2025-46", None)],
)
def test_window_of_a_text_is_in_its_name(name: str, days: int | None) -> None:
    window = find_window(Path(f"{name}.md"))
    assert (window and (window[1] - window[0]).days) == days


def test_asciidoc_is_read_by_its_marks() -> None:
    text = "Use `+map(*)+`, *bold* and _slanted_ a_b_c with link:x.adoc[the pier] and `x*y*z`"
    assert render_asciidoc(text) == "Use map(*), bold and slanted a_b_c with the pier and x*y*z"
