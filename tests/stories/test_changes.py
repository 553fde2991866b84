"""Changes of a window: each once, with what its message names."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.git.landing import Landing
from resources.git.log import GitCommit, GitFileChange, GitTag
from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.metrics.events import build_events
from sparky_assets.raw.tables import ISSUES
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.noise_titles import TITLE_PATTERNS
from sparky_assets.stories.records import build_change_records
from sparky_assets.stories.releases import build_releases
from sparky_assets.stories.signals import read_signals
from tests.strategies.git_history import AUTHORS, WEEK, RepositoryLog, World, commit, worlds

MONA, BOT = AUTHORS[3], AUTHORS[4]
URL = "https://github.com/acme/tool"


def build_records(*commits: GitCommit, tags: tuple[GitTag, ...] = ()) -> dict[str, ChangeRecord]:
    window = World(WEEK, (RepositoryLog("acme/tool", URL, "ok", commits, tags),)).raw()
    return {record.change.title: record for record in build_change_records(window)}


def test_squash_commit_is_one_change_with_number_and_link() -> None:
    record = build_records(commit(1, "feat(core)!: WS-04: Add x (#5)\n\nCloses #3 and #4. See #9."))["Add x"]
    change = record.change
    assert (change.key, change.number, change.url) == ("pr:acme/tool#5", 5, f"{URL}/pull/5")
    assert (change.type, change.scope, change.is_marked_breaking, change.trackers) == ("feat", "core", True, ("WS-04",))
    assert change.closes == (3, 4)
    assert change.references == (3, 4, 9)


def test_publisher_of_a_release_made_no_first_commit() -> None:
    commits = (commit(1, "Publish 8.9.0"), commit(2, "Add x (#5)"))
    records = build_records(*(own._replace(is_first_contribution=True) for own in commits))
    assert {title: record.change.is_first_contribution for title, record in records.items()} == {
        "Publish 8.9.0": False, "Add x": True,
    }  # fmt: skip


def test_users_asked_by_reactions_and_on_the_issues_that_a_change_closes() -> None:
    commits = (commit(1, "Add x (#5)\n\nCloses #3."), commit(2, "Add y (#6)\n\nSee #3."))
    window = World(WEEK, (RepositoryLog("acme/tool", URL, "ok", commits, ()),)).raw()
    issue = {"repository": "acme/tool", "number": 3, "event": "closed", "reactions": 4, "comments": None}
    window = replace(window, issues=pl.concat([ISSUES.make_empty(), pl.DataFrame([issue])], how="diagonal_relaxed"))
    assert {record.change.number: record.asked for record in build_change_records(window)} == {5: 4, 6: 0}


def test_numbers_of_a_form_or_of_code_are_no_references() -> None:
    # Each pull request of nushell held its form: 20 of one month "closed #123 and #456" and were one story.
    form = "<!--\nLink issues here:\n- fixes #123\n- closes #456\n-->"
    code = "```\n$ gh issue view '#7'\nFixes #8\n```"
    record = build_records(commit(1, f"Add x (#5)\n\n{form}\n\nFixes #3.\n\n{code}"))["Add x"]
    assert (record.change.closes, record.change.references) == ((3,), (3,))


def test_merged_commits_belong_to_the_change_of_their_merge() -> None:
    base = commit(1, "Base of it all")
    half = commit(2, "First half of x", parents=(base.sha,), files=(GitFileChange("a.py", 5, 0),))
    merge = commit(3, "Merge pull request #5 from octocat/x\n\nBoth halves", parents=(base.sha, half.sha))
    records = build_records(merge, half, base)
    assert sorted(records) == ["Base of it all", "Both halves"]
    assert records["Both halves"].change.paths == ("a.py",)
    assert records["Both halves"].change.new_paths == ("a.py",)


@pytest.mark.parametrize(
    ("title", "scope", "paths", "noise"),
    [
        ("Go mod tidy", "deps", ["go.mod", "examples/go.sum"], "dependency"),  # bubbletea
        ("Update huh", "deps", ["go.mod", "choose/command.go"], "dependency"),  # gum
        ("Read maps of the moon", "deps", ["go.mod", "moon.go"], None),
        ("Go mod tidy", "", ["go.mod", "moon.go"], None),
        ("Combined dependencies PR", "", ["core/build.gradle"], "dependency"),  # testcontainers-java
        ("Combine dependabot updates", "", [], "dependency"),
        ("Combined dependencies of maps are drawn", "", [], None),
        ("Update Zig", "", [], "dependency"),  # ghostty
        ("Update Go maps", "", [], None),
        ("Fix tabs", "", [], "formatting"),  # Odin
        ("Fix tabs of the map", "", [], None),
        ("Minor formatting change", "", [], "formatting"),
    ],
)
def test_small_housekeeping_is_known_by_its_title_and_scope(
    title: str, scope: str, paths: list[str], noise: str | None
) -> None:
    assert classify_noise(title, paths=paths, scope=scope) == noise


def make_branch(count: int, *, body: str = "") -> list[GitCommit]:
    """A base, a branch of so many commits of one person, the last with a text, and its merge; the newest first."""
    base = commit(1, "Base of it all")
    branch = [base]
    for number in range(2, count + 2):
        text = f"Step {number}\n\n{body.format(branch[-1].sha)}" if number == count + 1 else f"Step {number}"
        branch.append(commit(number, text, parents=(branch[-1].sha,)))
    merge = commit(count + 2, "Merge pull request #5 from octocat/x\n\nAll steps", parents=(base.sha, branch[-1].sha))
    return [merge, *reversed(branch)]


def test_merge_knows_how_many_commits_its_branch_has() -> None:
    change = build_records(*make_branch(3))["All steps"].change
    assert change.branch_commits == 3
    assert change.branch_began_at is not None
    assert change.branch_began_at.timestamp() == commit(2, "Step 2").authored_at


@pytest.mark.parametrize(("commits", "message"), [(3, "The north was lost."), (12, "All steps")])
def test_late_commit_of_a_long_branch_does_not_speak_for_it(commits: int, message: str) -> None:
    assert build_records(*make_branch(commits, body="The north was lost."))["All steps"].message == message


def test_revert_within_a_branch_is_none_of_its_merge() -> None:
    # ghostty#1584 was never headline, since one of its 428 commits took back another.
    # The commit that it takes back has another sha since the branch was moved.
    for body in ("This reverts commit {}.", f"This reverts commit {'ab12' * 10}."):
        change = build_records(*make_branch(3, body=body))["All steps"].change
        assert change.reverts is None
        assert len(change.sources) == 2


def test_revert_of_a_merged_commit_takes_back_its_merge() -> None:
    base = commit(1, "Base of it all")
    half = commit(2, "feat: Stablize the layout of x", parents=(base.sha,), files=(GitFileChange("a.py", 5, 0),))
    merge = commit(3, "Merge pull request #5 from octocat/x\n\nStabilize the layout of x", parents=(base.sha, half.sha))
    half = half._replace(landing=Landing(merge.committed_at, merge.sha), is_on_line=False)
    text = f'Revert "feat: Stablize the layout of x" (#6)\n\nThis takes back the last commit\n({half.sha}) of it.'
    records = build_records(commit(4, text, parents=(merge.sha,)), merge, half, base)
    changes = [record.change for record in records.values()]
    taken_back = records["Stabilize the layout of x"].change.key
    assert taken_back in find_taken_back_changes(changes)


def test_repair_of_a_merged_commit_is_one_of_its_merge() -> None:
    base = commit(1, "Base of it all")
    half = commit(2, "First half of x", parents=(base.sha,), files=(GitFileChange("a.py", 5, 0),))
    merge = commit(3, "Merge pull request #5 from octocat/x\n\nBoth halves", parents=(base.sha, half.sha))
    fix = commit(4, "Fix x (#6)", parents=(merge.sha,))
    window = World(WEEK, (RepositoryLog("acme/tool", URL, "ok", (fix, merge, half, base), ()),)).raw()
    landings = dict(window.commits.select("sha", "landed_by").iter_rows())
    row = {"repository": "acme/tool", "kind": "repair", "sha": fix.sha, "references": [half.sha]}
    notes = pl.concat([window.notes, pl.DataFrame([row])], how="diagonal_relaxed")
    records = {record.change.title: record for record in build_change_records(replace(window, notes=notes))}
    assert records["Fix x"].repaired == (landings[half.sha],)
    assert records["Both halves"].repaired == ()


def test_first_commit_speaks_for_a_merge_without_a_text() -> None:
    base = commit(1, "Base of it all")
    half = commit(2, "First half of x\n\nIt is off by default.", parents=(base.sha,))
    review = commit(3, "Answer the review\n\nUse a tuple.", parents=(half.sha,))
    merge = commit(4, "Merge pull request #5 from octocat/x\n\nBoth halves", parents=(base.sha, review.sha))
    record = build_records(merge, review, half, base)["Both halves"]
    assert record.message == "It is off by default."
    assert record.change.sources[-1] == f"message:acme/tool@{half.sha}"


def test_first_commit_that_is_no_preparation_speaks_for_a_merge() -> None:
    base = commit(1, "Base of it all")
    case = commit(2, "test(map): Show the pier of x\n\nThe case records the current behavior.", parents=(base.sha,))
    half = commit(3, "fix(map): Draw the pier of x\n\nThe pier is drawn by its own map.", parents=(case.sha,))
    merge = commit(4, "Merge pull request #5 from octocat/x\n\nBoth halves", parents=(base.sha, half.sha))
    assert build_records(merge, half, case, base)["Both halves"].message == "The pier is drawn by its own map."


def test_same_sha_in_two_repositories_is_one_change() -> None:
    shared = commit(1, "Add the gauge")
    told = tuple(RepositoryLog(name, None, "ok", (shared,), ()) for name in ("acme/fork", "acme/tool"))
    (record,) = build_change_records(World(WEEK, told).raw())
    assert record.change.repository == "acme/fork"


def test_revert_names_what_it_takes_back() -> None:
    records = build_records(
        commit(1, 'Revert "Add the gauge (#4)" (#6)\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.'),
        commit(2, "Revert the gauge\n\nReverts acme/tool#4"),
    )
    assert {record.change.reverts for record in records.values()} == {"pr:acme/tool#4"}


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("Co-Authored-By: Claude <noreply@anthropic.com>", True),
        ("🤖 Generated with [Claude Code](https://claude.com/claude-code)", True),
        ("Assisted-by: Codex", True),
        ("Co-authored-by: Claude Martin <claude.martin@example.com>", False),
        ("Signed-off-by: Gemini Rossi <gemini@example.com>", False),
        ("See https://claude.ai/code for what it does.", False),
    ],
)
def test_assistant_of_a_change_is_named_by_the_rule_of_metrics(text: str, is_named: bool) -> None:
    message = f"Add the gauge\n\nIt was missing.\n\n{text}"
    window = World(WEEK, (RepositoryLog("acme/tool", URL, "ok", (commit(1, message, author=MONA),), ()),)).raw()
    (record,) = build_change_records(window)
    assert record.change.names_assistant is is_named
    assert build_events(window).own_commits["names_assistant"].to_list() == [is_named]


def test_numbers_in_the_text_of_a_bot_are_no_references() -> None:
    message = "Bump ink from 1.0 to 1.1 (#8)\n\n- fix by @ada in #33\n- closes #34"
    (record,) = build_records(commit(1, message, author=BOT)).values()
    assert (record.change.references, record.change.closes, record.change.noise) == ((), (), "dependency")


def test_release_has_its_version_and_its_own_date() -> None:
    window = World(
        WEEK,
        (
            RepositoryLog(
                "acme/tool",
                URL,
                "ok",
                (commit(1, "x y"),),
                (GitTag("v2.10.0-rc1", "a" * 40, *AUTHORS[0], WEEK_SECONDS, "2.10"),),
            ),
        ),
    ).raw()
    (release,) = build_releases(window)
    assert (release.version, release.is_prerelease, release.url) == (
        "2.10.0-rc1",
        True,
        f"{URL}/releases/tag/v2.10.0-rc1",
    )


WEEK_SECONDS = int(WEEK.window("UTC").start.timestamp()) + 3600


# --- Noise


def test_noise_titles_have_their_class() -> None:
    expected = {
        "Bump serde from 1.0 to 1.1": "dependency",
        "Update roxmltree to 0.21": "dependency",
        "Fix typos in developer docs": "typo",
        "Initial commit": "initial",
        "wip": "wip",
        "stuff": "wip",
        "Fixes some mistakes and missing details in documentation": "changelog",
        "Remove broken link from `CONTRIBUTING.md`": "changelog",
        "Create dependabot.yml": "wip",
        "Update src/qt_sinks.h": "wip",
        "Update three.js": None,
        "Update Immer to v11 for better update performance": None,
        "Update Immer to v11": "dependency",
        "Update Ruby to version 4": None,
        "Upgrade to Rails 8.0": None,
        "Bump postgres from 16 to 17": None,
        "Update Ruby to 3.4.2": "dependency",
        "Bump rails from 7.1 to 7.2": "dependency",
        "Update pytest to v9 for CI": "dependency",
        "Merge branch 'main' into x": "merge",
        "Bump version to `0.100.0`": "version_bump",
        "Release 1.2.3": "version_bump",
        "Update changelog": "changelog",
        "Fix simple Clippy error": "formatting",
        "Update submodules": "submodule",
        "Add nolints to work around haywire linters": "formatting",
        "admin: Fix tests locally, properly isolate storage": "tests",
        "Fix a few flaky tests": "tests",
        "Make build and node test scripts cross-platform": "tests",
        "Run scripts before tests": None,
        "added some tests": "tests",
        "Pin docs build": "dependency",
        "Show 20 slowest tests in pytest report": "tests",
        "Add Benchmark (jmh) benchmark result for 153a221bcf963c0e59cff191c0b8adf068336b1c": "tests",
        "Add documentation hint for fallback values": "changelog",
        "Fix condition in TestRedirectSlashes": "tests",
        "Add test coverage for `StreamActions` export": "tests",
        "fixed #289": "wip",
        "Fix for #2677": "wip",
        "Add TestLogs and TestIO integration tests in new integration test suite": "tests",
        "Fix BuilderStart race, parallelize `container build` tests": "tests",
        "Add commit/issue alert to PR template": "ci",
        "auto-update files": "generated",
        "Remove obsolete comment in `ech.go`": "typo",
        "Fix some function names in comments": "typo",
        "Comment why the floating pane requires TMUX_PANE": "typo",
        "dep: upgrade cel-go": "dependency",
        "Merge v0.63.1 to master": "merge",
        "Bring back v1.48.1 changes to main": "merge",
        "Backport 2.4.1 into develop": "merge",
        "Version bump": "version_bump",
        "Fix lamp changes to fix CI tests": "ci",
        "Designate 3.6 release": "version_bump",
        "Fetch new translations from Transifex": "generated",
        "Add BenchmarkStoreReadsAtOnce": "tests",
        "Add Python 3.14 to testing matrix": "tests",
        "De-flake `TestDrawingOfPiers`": "tests",
        "Add release notes, including details of removed piers": "changelog",
        "fix sphinx warnings 3.6rc": "changelog",
        "Update translations from Crowdin": "generated",
        "Update NEWS.md and AUTHORS for 1.8.0": "changelog",
        "Update jq documentation for jq 1.8.0 release": "version_bump",
        "Create a test case to reproduce the lost lock": "tests",
        "Version Packages (next)": "version_bump",
        "Prepare Tokio v1.53.0": "version_bump",
        "Release 💎 v4.4.1": "version_bump",
        "Merge 'tokio-1.52.4' into 'master'": "merge",
        "Add release post for v4.4.0": "changelog",
        "Release notes (in the about plugin) for the 0.45 release": "changelog",
        "Addresses code review comments:": "wip",
        "Apply suggestions from code review": "wip",
        "Pull request 4304": "wip",
        "Add link to video": "wip",
        "Rename identifiers": "wip",
        "Add a few blank lines": "typo",
        "Add missing space in log-level flag docs": "typo",
        "cookie-signature@^1.2.1": "dependency",
        "Use consistent function order": "formatting",
        "Adding copyright and license identifiers in install scripts": "formatting",
        "Switch to github.com/acme/httpcache for HTTP caching": "dependency",
        "MAP_VERSION -> 1.11": "version_bump",
        "Fix run-tests.sh cutting its globs": "tests",
        "Misc updates and fixes": "wip",
        "Automatic Rustup": "dependency",
        "Mark v0.32.0 release": "version_bump",
        "Add copyright header enforcement": "formatting",
        "Update CITATION.cff for v1.10": "version_bump",
        "Various dependency updates": "dependency",
        "Updates dependencies and container pins": "dependency",
        "Translated using Weblate (Turkish)": "generated",
        "Documentation improvements": "wip",
        "[release checklist] QUARTO_VERSION -> 1.11": "ci",
        "Update the release script of maps": "ci",
        "Updates CI action pins": "ci",
        "Migrate from test-results-action to codecov-action": "ci",
        'Revert "Fix flaky tests of the pier"': "tests",
        "Bugfixes #3": "wip",
        "Name change, part 2": "wip",
        "Resolve merge conflicts with main": "merge",
        "Other code refactoring and improvements.": "wip",
        "Disable mypy allow_any_generics": "formatting",
        "Update map-controller API to v1.9.0": "dependency",
        "pre-commit.ci: Auto fixes from pre-commit.com hooks": "formatting",
        "Exit prerelease mode": "version_bump",
        "Updated Go Modules": "dependency",
        "Resolve no newline at end of file": "typo",
        "Test on Python 3.14 free-threaded": "tests",
        "Fix pier.map tests with OpenSSH >= 9.8": "tests",
        "Add Miri to more crates": "tests",
        "Add Alpine to github actions CI": "ci",
        "Cache docker images used by CI": "ci",
        "Bugfix news fragment added": "changelog",
        "Add CVE to the newsfragment": "changelog",
        "Automatic formatting changes": "formatting",
        "Fix Pier#bulk_fetch return-type comment": "typo",
        "vendor: example.org/acme/archive v0.2.1": "dependency",
        "- 1.19.0": "version_bump",
        "Squashed 'docs/' changes from 1f8ddb8a52..e17426e2b6": "merge",
        "unittests: Add unittest for rewriter failing on nasm": "tests",
        "Add read-only source directory testcase": "tests",
        "[Dev Deps] update `semver`": "dependency",
        "Increment version number to 1.1.0": "version_bump",
        "Version 1.19.1 placeholder": "version_bump",
        "Changelog update for 10.8.0": "changelog",
        "G118: Goroutine uses context.Background/TODO (gosec)": "formatting",
    }
    assert {title: classify_noise(title) for title in expected} == expected


def test_titles_of_stories_are_no_noise() -> None:
    titles = (
        "Add cooldown for new versions", "Bump the minimum Python to 3.12 and drop 3.9", "Format durations in ISO 8601",
        "Update `ignore` to really ignore", "Release the lock before waiting", "Fix crash in changelog parser on CRLF",
        "Merge overlapping ranges in the planner", "Fix crash on trailing comments", "Fix test collection on Windows",
        "Some maps have fixes", "Draw phase 2 of the moon", "Add link to the map of a pier", "Switch to maps of piers",
        'Revert "Draw the moon"',
        "Show documentation improvements of maps", "Translate maps with the moon", "Resolve conflicts of maps by date",
        "Version packages by hash", "More robust updates", "Prepare maps for tiles",
        "Update translations when the language changes", "Upgrade PyJWT to 2.12.1 to address CVE-2026-32597",
    )  # fmt: skip
    assert {title: classify_noise(title) for title in titles} == dict.fromkeys(titles)


def test_scope_of_ci_is_noise_without_files_for_users() -> None:
    title = "Retry merges of pull requests"
    assert classify_noise(title, "feat", scope="ci") == "ci"
    assert classify_noise(title, "feat", ["src/merge.py"], scope="ci") is None
    assert classify_noise(title, "feat", scope="merges") is None


@pytest.mark.parametrize(
    ("title", "paths", "noise"),
    [
        ("Update actions/checkout action to v4", [".github/workflows/ci.yml"], "dependency"),
        ("Update dependency prettier to v3.9.6", [], "dependency"),
        ("Update github/codeql-action digest to f0e3dfb", [], "dependency"),  # detekt
        ("Update com.android.tools.build", ["gradle/plugins.gradle.kts"], "dependency"),
        ("Bump attrs from 25.4.0 to 26.1.0", [], "dependency"),
        ("[pre-commit.ci] pre-commit autoupdate", [], "dependency"),
        ("Update the map of piers", ["Cargo.toml", "Cargo.lock"], "dependency"),
        ("Update README", ["README.md"], "wip"),  # eslint: GitHub Actions Bot
        ("gui, man, authors: Update docs, translations, and contributors", ["man/a.1"], "generated"),  # syncthing
        ("Update common Prometheus files", ["Makefile.common"], "generated"),  # alertmanager
        ("[automated] Update plugin list", ["doc/plugins.rst"], "generated"),  # pytest
        ("Update version to 1.37.0.dev/0.58b0.dev", ["pyproject.toml"], "version_bump"),  # opentelemetry-python
    ],
)
def test_update_by_a_bot_is_of_dependencies_only_if_it_says_so(title: str, paths: list[str], noise: str) -> None:
    assert classify_noise(title, paths=paths, is_bot=True) == noise


def test_breaking_change_is_never_noise() -> None:
    assert classify_noise("Bump ink from 1 to 2", "deps", is_marked_breaking=True) is None


def test_paths_decide_lock_files_tests_and_ci() -> None:
    assert classify_noise("Refresh things here", paths=["uv.lock", "web/package-lock.json"]) == "lock_file"
    assert classify_noise("Make the import optional", paths=["tool/pom.xml", "tool/src/test/ToolIT.java"]) is None
    assert classify_noise("Make the import optional", paths=["docs/a.md", "tool/src/test/ToolIT.java"]) == "tests"
    assert classify_noise("Cover the parser", paths=["tests/test_parser.py"]) == "tests"
    assert classify_noise("Cache more things", paths=[".github/workflows/ci.yml"]) == "ci"
    assert classify_noise("Cover the parser", paths=["tests/test_parser.py", "src/parser.py"]) is None
    assert classify_noise("Cut the glob of the runner", paths=["tests/run.sh", "docs/testing.md"]) == "tests"
    assert classify_noise("Order the entries of maps", paths=["news/changelog-1.10.md"]) == "changelog"


# --- Signals


def test_section_for_users_that_says_none_denies_an_effect() -> None:
    signals = read_signals(
        "Use fewer clones", "# Description\nRemoves clones.\n\n# User-Facing Changes\n\nNone\n\n# Tests\nadded"
    )
    assert signals.denies_effect
    assert not signals.has_effect


def test_breaking_is_read_from_sections_and_not_from_its_denial() -> None:
    assert read_signals("x", "# Breaking changes\n\nThe flag is gone.").is_breaking
    assert read_signals("x", "BREAKING CHANGE: the flag is gone").is_breaking
    assert read_signals("x", "This is a breaking change.").is_breaking
    assert not read_signals("x", "This is not a breaking change.").is_breaking
    assert not read_signals("x", "# Breaking changes\n\nNone.").is_breaking
    assert not read_signals("x", "No breaking changes are expected").is_breaking


def test_figure_needs_a_word_of_gain() -> None:
    assert read_signals("x", "SSCAN shows an improvement of 60% on a set.").has_figure
    assert not read_signals("x", "The list holds 60 entries, 40% of them old.").has_figure


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_changes_of_any_window_are_unique_and_repeatable(world: World) -> None:
    records = build_change_records(world.raw())
    assert len({record.change.key for record in records}) == len(records)
    assert len({record.change.sha for record in records}) == len(records)
    assert records == build_change_records(world.raw())
    assert build_releases(world.raw()) == build_releases(world.raw())


@settings(max_examples=200, deadline=5000)
@given(
    st.text(max_size=400)
    | st.sampled_from(["#" * 5000, "a " * 3000, "no " * 2000 + "breaking", "Merge " * 900, "1%" * 3000])
)
def test_hostile_texts_cost_bounded_time(text: str) -> None:
    read_signals(text[:300], text)
    classify_noise(text[:300], paths=[text[:100]])
    for _, pattern in TITLE_PATTERNS:
        pattern.search(text[:300])


def test_titles_of_releases_of_packages_are_noise() -> None:
    for title in ("Release axum v0.8.8 and axum-extra v0.12.3", "Release axum-extra v0.12.4", "Released pier 1.2.0"):
        assert classify_noise(title) == "version_bump", title
    assert classify_noise("Release memory of maps of version 1.2") is None
    for title in ("mitmproxy 12.0.0", "Reopen main for development", "Prepare repository for 0.164.0-DEV"):
        assert classify_noise(title) == "version_bump", title
    assert classify_noise("Python 3.14") is None


def test_change_of_scripts_and_settings_of_tools_alone_is_housekeeping() -> None:
    assert classify_noise("Minor release patches", paths=[".github/workflows/a.yml", "scripts/release.py"]) == "ci"
    assert classify_noise("Sort the maps faster", paths=["scripts/a.py", "src/maps.py"]) is None


def test_new_version_of_a_language_is_noise_for_bots_and_in_workflows() -> None:
    assert classify_noise("Update Ruby to version 4", paths=("Gemfile", ".ruby-version")) is None
    assert classify_noise("Update Ruby to version 4", paths=(".github/workflows/ci.yml",)) is not None
    assert classify_noise("Update Ruby to version 4", is_bot=True) is not None


@pytest.mark.parametrize(
    ("title", "noise"),
    [
        ("Clean up code (removes ~3700 LOC)", "refactoring"),
        ("Refactor the codebase", "refactoring"),
        ("Clean up code of conduct links", None),
        ("Clean up the map when it closes", None),
    ],
)
def test_work_on_code_alone_is_no_news_whatever_its_message_says(title: str, noise: str | None) -> None:
    """hackclub/hackatime, May 2026: the second part of the headline of a month."""
    assert classify_noise(title, has_effect=True) == noise
