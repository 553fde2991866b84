"""Raw rows from git: merged pull requests, version tags, people, and no e-mail address."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.git.log import GitCommit, GitFileChange, GitTag
from sparky_assets.raw.git_rows import (
    MAX_DATE,
    build_git_tables,
    to_instant,
)
from sparky_assets.raw.merge_messages import parse_merged_pull_request
from sparky_assets.raw.tables import COMMITS, MAX_BODY_LENGTH, MAX_SUBJECT_LENGTH, PULL_REQUESTS, RELEASES
from sparky_assets.text.redact import EMAIL_PATTERN, redact_emails
from tests.strategies.git_history import AUTHORS, PEOPLE, World, commit, worlds


def tag(name: str, subject: str = "") -> GitTag:
    return GitTag(name, "a" * 40, *AUTHORS[0], 1_762_939_200, subject)


def row_of(one: GitCommit, table: str = "commits") -> dict[str, object]:
    return dict(build_git_tables("acme/tool", [one], [], PEOPLE, "private")[table].row(0, named=True))


# --- Merged pull requests


@pytest.mark.parametrize(
    ("subject", "body", "number", "title", "head"),
    [
        ("Merge pull request #7 from octocat/morning", "\nAdd a morning edition\n", 7, "Add a morning edition",
         "octocat/morning"),
        ("Merge pull request #7 from octocat/morning", "", 7, "", "octocat/morning"),
        ("Merged in morning (pull request #8)", "Add a morning edition", 8, "Add a morning edition", "morning"),
        ("Merged in morning (pull request #8)", "", 8, "", "morning"),
        ("Merge branch 'morning' into 'main'", "Add a morning edition\n\nSee merge request acme/tool!9", 9,
         "Add a morning edition", None),
        ("Add a morning edition (#11)", "Its description", 11, "Add a morning edition", None),
        ("Merge branch 'morning' into 'main'", "Add it\n\nCloses #3\n\nSee merge request !10\n", 10, "Add it", None),
    ],
)  # fmt: skip
def test_merge_names_its_pull_request_as_its_host_writes_it(
    subject: str, body: str, number: int, title: str, head: str | None
) -> None:
    merged = parse_merged_pull_request(subject, body, is_merge=True)
    assert merged is not None
    assert (merged.number, merged.title, merged.head) == (number, title, head)
    assert parse_merged_pull_request(subject, "", is_merge=False) is None or subject.endswith(
        ("(pull request #8)", "(#11)")
    )


@pytest.mark.parametrize(
    ("subject", "number", "title"),
    [
        ("Add x (#12)", 12, "Add x"),
        ("Add x (!12)", 12, "Add x"),
        ('Revert "Add x (#12)" (#15)', 15, 'Revert "Add x (#12)"'),
        ("Add x (#12) (#13)", 13, "Add x (#12)"),
        ("Add (x) (#12)", 12, "Add (x)"),
        ("Add x (pull request #4)", 4, "Add x"),
    ],
)
def test_squash_names_its_own_pull_request_last(subject: str, number: int, title: str) -> None:
    merged = parse_merged_pull_request(subject, "", is_merge=False)
    assert merged is not None
    assert (merged.number, merged.title, merged.head) == (number, title, None)


@pytest.mark.parametrize(
    "subject",
    ["Add x", "Fix #12", "(#12)", "Add x (#12).", "Add x (#12) again", "Add x (#)", 'Revert "Add x (#12)"', "Add x#12",
     "Add x (#1234567890123)", "Add x (see #12)", "fix: Close the gangway, closes (#13)", "Add x; fixes (#13)",
     "It resolves (#13)", "Merge pull request #7 from octocat/x"],
)  # fmt: skip
def test_other_subjects_name_no_pull_request(subject: str) -> None:
    assert parse_merged_pull_request(subject, "See merge request acme/tool!9", is_merge=False) is None


@pytest.mark.parametrize(
    "subject",
    [
        "Merge branch 'main' into x",
        "Merge branch 'x' (#12)",
        "Merge tag 'v1'",
        "Add x",
        "I Merge pull request #1",
        "Merge pull request from GHSA-2g68-c3qc-8985",
    ],
)
def test_other_merges_name_no_pull_request(subject: str) -> None:
    assert parse_merged_pull_request(subject, "nothing about it", is_merge=True) is None


def test_pull_request_of_a_squash_carries_its_author_and_lines() -> None:
    one = commit(1, "Add x (#5)\n\nWhy.", files=(GitFileChange("a.py", 3, 1), GitFileChange("b.png", None, None)))
    row = row_of(one, "pull_requests")
    assert (row["number"], row["event"], row["title"], row["body"]) == (5, "merged", "Add x", "Why.")
    assert (row["insertions"], row["deletions"], row["changed_files"]) == (3, 1, 2)
    assert row["commit"] == one.sha
    assert row["is_derived"] is True
    assert row["author"] == row["actor"]


def test_number_at_the_end_of_a_long_text_is_found() -> None:
    assert row_of(commit(1, f"{'x' * 400} (#5)"), "pull_requests")["number"] == 5
    merge = commit(2, f"Merge branch 'x'\n\n{'word ' * 2000}\n\nSee merge request a/b!6", parents=("a" * 40, "b" * 40))
    assert row_of(merge, "pull_requests")["number"] == 6


# --- Tags


@pytest.mark.parametrize(
    ("name", "is_prerelease"),
    [
        ("v1.0", False), ("1.0.0", False), ("web/v2.1.3", False), ("tool@1.2.3", False), ("release-2025.11", False),
        ("v1.0.0-rc1", True), ("v2.0b3", True), ("1.0.0-alpha", True), ("1.0.0.dev4", True), ("v3.0.0-beta.2", True),
        ("v1.0.0-nightly", True), ("1.2.3+build.5", False), ("v1.0.0-hotfix", False),
    ],
)  # fmt: skip
def test_version_tag_is_a_release(name: str, is_prerelease: bool) -> None:
    releases = build_git_tables("acme/tool", [], [tag(name, "One oh")], PEOPLE, "public")["releases"]
    assert releases.select("tag", "title", "is_prerelease", "is_derived", "visibility").rows() == [
        (name, "One oh", is_prerelease, True, "public")
    ]


@pytest.mark.parametrize("name", ["nightly", "latest", "backup/ada", "2025", "before-1-2"])
def test_other_tag_is_no_release(name: str) -> None:
    assert build_git_tables("acme/tool", [], [tag(name)], PEOPLE, "public")["releases"].height == 0


def test_release_without_words_has_no_title() -> None:
    assert build_git_tables("acme/tool", [], [tag("v1.0")], PEOPLE, "public")["releases"]["title"].to_list() == [None]


# --- Fields of a row


def test_row_has_person_subject_and_size() -> None:
    message = "Add x\n\nBody.\n\nCo-authored-by: Bob <bob@example.com>\nCo-authored-by: Ada <ada@example.com>\n"
    row = row_of(commit(1, message, files=(GitFileChange("a.py", 3, 1), GitFileChange("b.py", 2, 0))))
    assert row["subject"] == "Add x"
    assert (row["insertions"], row["deletions"], row["changed_files"], row["is_merge"]) == (5, 1, 2, False)
    # The author is no co-author.
    assert [person["name"] for person in row["co_authors"]] == ["Bob"]  # type: ignore[attr-defined]


def test_statistics_that_git_lacks_stay_unknown() -> None:
    row = row_of(commit(1, "Add x", files=None))
    assert (row["insertions"], row["deletions"], row["changed_files"], row["files"]) == (None, None, None, None)


def test_long_texts_are_kept_to_their_start() -> None:
    row = row_of(commit(1, f"{'s' * 500}\n\n{'b' * 20_000}"))
    assert (row["subject"], row["body"]) == ("s" * MAX_SUBJECT_LENGTH, "b" * MAX_BODY_LENGTH)


def test_rows_fit_their_tables() -> None:
    for tables in (build_git_tables("a", [], [], PEOPLE, "private"), build_git_tables(
        "a", [commit(1, "x (#1)")], [tag("v1.0")], PEOPLE, "private"
    )):  # fmt: skip
        for table in (COMMITS, PULL_REQUESTS, RELEASES):
            assert dict(tables[table.asset].schema) == dict(table.columns)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, datetime(1970, 1, 1, tzinfo=UTC)), (-5, datetime(1970, 1, 1, tzinfo=UTC)),
     (2**32, datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC)), (10**18, MAX_DATE)],
)  # fmt: skip
def test_impossible_times_become_the_nearest_possible(seconds: int, expected: datetime) -> None:
    assert to_instant(seconds) == expected


# --- No address is kept

addresses = st.sampled_from(["ada@example.com", "<a.b+c@x-y.co.uk>", "1+octocat@users.noreply.github.com"])
words = st.lists(
    addresses
    | st.sampled_from(["<", ">", "@", ".", "a", " ", "\n", "é", "x@", "@y.zz", "mailto:"])
    | st.text(max_size=5),
    max_size=9,
)
mails = words.map("".join)


@given(mails)
def test_text_without_addresses_holds_none(text: str) -> None:
    assert not EMAIL_PATTERN.search(redact_emails(text))


def test_taking_one_address_out_leaves_no_other() -> None:
    assert "@example.com" not in redact_emails("ada<b@c.de>@example.com")


def test_long_line_is_read_in_one_go() -> None:
    # Read again from every letter, a line of a million of them would never end.
    assert redact_emails("x" * 1_000_000 + "@") == "x" * 1_000_000 + "@"


@settings(max_examples=60)
@given(mails, mails, mails)
def test_no_table_keeps_an_address(message: str, name: str, subject: str) -> None:
    one = commit(1, f"{message} (#5)\n\nSigned-off-by: {name} <bob@example.com>", author=(name, "ada@example.com"))
    merge = commit(2, f"Merge pull request #6 from x\n\n{message}", parents=(one.sha, "b" * 40))
    tables = build_git_tables("acme/tool", [one, merge], [tag("v1.0", subject)], PEOPLE, "private")
    for frame in tables.values():
        for row in frame.iter_rows(named=True):
            assert not [text for text in strings(row) if EMAIL_PATTERN.search(text)]


def strings(value: object) -> Iterator[str]:
    """Yield every text in a row, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


@settings(max_examples=40)
@given(worlds())
def test_reading_again_gives_equal_rows(world: World) -> None:
    first, second = world.raw(), world.raw()
    assert first.commits.equals(second.commits)
    assert first.pull_requests.equals(second.pull_requests)
