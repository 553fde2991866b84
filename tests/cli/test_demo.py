"""`sparky demo`: the first command of a new user."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sparky_assets.cli.demo import choose_periods, make_folder_name
from sparky_assets.settings.schema import Settings
from tests.cli.conftest import as_process, type_call
from tests.factories.git_repositories import History, empty, git, head
from tests.factories.sample_repository import files_below

pytestmark = pytest.mark.slow


def yesterday_at_noon() -> datetime:
    """Return noon of a closed day. Shortly after midnight yesterday is not closed yet, so that the test would fail."""
    settled = datetime.now(UTC) - timedelta(minutes=11)
    return settled.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def the_blog(home: Path) -> dict[str, bytes]:
    """Return the pages of periods, without pictures, indexes and feeds."""
    files = files_below(home / "publications/content/blog")
    return {name: text for name, text in files.items() if name.endswith(".md") and not name.endswith("index.md")}


def test_dot_reads_the_repository_of_the_working_directory(tmp_path: Path) -> None:
    story = History()
    story.commit("feat: print the first page (#1)", yesterday_at_noon(), {"page.txt": "one\n"})
    path = story.at_path(tmp_path / "press", origin="https://github.com/acme/press.git")
    result = as_process("demo", ".", cwd=path, variables={})
    assert result.returncode == 0, result.stderr
    assert "reading acme/press" in result.stdout
    (home,) = (path / ".sparky/demo").iterdir()
    assert any(b"Print the first page" in text for text in the_blog(home).values())
    assert len(the_blog(home)) == 3
    assert git(path, "status", "--porcelain", "--untracked-files=all") == "", "our home must not show in a checkout"
    for word in ("Read it:", "collect", "s in total", "day 20", "week 20", "month 20"):
        assert word in result.stdout


def test_old_activity_is_named_and_the_same_again_commits_nothing_more(
    sparky: type_call, newsroom_path: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    arguments = ("demo", str(newsroom_path), "--home", str(home), "--timezone", "Europe/Berlin")
    result = sparky(*arguments)
    assert result.exit_code == 0, result.output
    assert "no activity in the last closed week; this is the most recent one with activity" in result.output
    assert "day 2025-11-12\n  (the busiest of the 7 days up to the last one with activity)" in result.output
    assert "week 2025-W46" in result.output
    assert "month 2025-11" in result.output
    before = head(home / "publications")
    assert sparky(*arguments).exit_code == 0
    assert head(home / "publications") == before
    # What the graph reads: the settings are kept in the home.
    shown = sparky("--config", str(home / "sparky.toml"), "config", "show", SPARKY_HOME=str(home))
    settings = json.loads(shown.stdout)
    assert settings["sources"]["git"]["repositories"] == [str(newsroom_path)]
    assert settings["organisation"]["timezone"] == "Europe/Berlin"


def test_clones_mirrors_and_urls_go_together_and_a_broken_one_is_named(
    sparky: type_call, newsroom_path: Path, tmp_path: Path
) -> None:
    story = History()
    story.commit("fix: feed the cat (#4)", datetime(2025, 11, 14, 9, tzinfo=UTC), {"cat.txt": "fed\n"})
    bare = story.at_path(tmp_path / "cat.git", bare=True)
    other = story.at_path(tmp_path / "dog.git", bare=True)
    home, nowhere = tmp_path / "home", tmp_path / "nowhere"
    sources = (str(newsroom_path), str(bare), f"file://{other}", str(nowhere))
    result = sparky("demo", *sources, "--home", str(home))
    assert result.exit_code == 0, result.output
    assert [line for line in result.output.splitlines() if line.startswith("reading ")] == [
        "reading acme/newsroom", "reading cat", "reading dog",
    ]  # fmt: skip
    assert list((home / "mirrors").glob("*.git"))
    assert f"skipped: {nowhere}: no such path" in result.output
    assert len(the_blog(home)) == 3
    assert all(b"could not be read" in text for text in the_blog(home).values())


def test_empty_repository_gives_a_quiet_paper(sparky: type_call, tmp_path: Path) -> None:
    path = empty(tmp_path / "empty")
    result = sparky("demo", str(path), "--home", str(tmp_path / "home"))
    assert result.exit_code == 0, result.output
    assert "has no commits yet" in result.output
    assert "No closed period has activity." in result.output


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.mkdir(), "not a git repository"),
        (lambda path: None, "no such path"),
        (lambda path: path.write_text("x"), "a file, not a git repository"),
    ],
)
def test_nothing_to_read_is_one_clear_sentence(make: object, said: str, tmp_path: Path) -> None:
    make(tmp_path / "thing")  # type: ignore[operator]
    result = as_process("demo", str(tmp_path / "thing"), cwd=tmp_path, variables={})
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_unreachable_url_says_what_to_check(tmp_path: Path) -> None:
    result = as_process("demo", "http://127.0.0.1:9/acme/press", cwd=tmp_path, variables={})
    assert result.returncode == 1
    assert "http://127.0.0.1:9/acme/press" in result.stderr
    assert "Check the address, your access and the network." in result.stderr


def test_each_choice_of_repositories_has_a_folder_of_its_own() -> None:
    names = {make_folder_name(one) for one in (("/a/x",), ("/b/x",), ("/a/x", "/b/x"), ("https://host/a/x.git",))}
    assert len(names) == 4
    assert (
        make_folder_name(("/a/x", "/b/y")).rpartition("-")[2] == make_folder_name(("/b/y", "/a/x")).rpartition("-")[2]
    )


def test_commit_from_the_future_does_not_choose_the_period(tmp_path: Path) -> None:
    from resources.git.repository import open_repository

    story = History()
    story.commit("Now", datetime(2025, 11, 12, 9, tzinfo=UTC), {"a.txt": "1\n"})
    story.commit("Broken clock", datetime(2105, 1, 1, tzinfo=UTC), {"a.txt": "2\n"})
    repository = open_repository(story.at_path(tmp_path / "press"))
    choices = choose_periods([repository], datetime(2025, 11, 20, 9, tzinfo=UTC), Settings())
    assert [choice.period.label for choice in choices] == ["2025-11-12", "2025-W46", "2025-10"]


def test_demo_shows_the_busiest_of_the_last_days(tmp_path: Path) -> None:
    from resources.git.repository import open_repository

    story = History()
    for day, hours in ((4, (8, 9, 10, 11)), (11, (8, 9, 10)), (13, (8, 9, 10)), (15, (9,))):
        for hour in hours:
            story.commit(
                f"Change {day} {hour}", datetime(2025, 11, day, hour, tzinfo=UTC), {"a.txt": f"{day} {hour}\n"}
            )
    repository = open_repository(story.at_path(tmp_path / "press"))
    chosen_day, chosen_week, _ = choose_periods([repository], datetime(2025, 11, 18, 9, tzinfo=UTC), Settings())
    assert (chosen_day.period.label, chosen_week.period.label) == ("2025-11-13", "2025-W46")
    assert chosen_day.note == "the busiest of the 7 days up to the last one with activity"


def test_demo_shows_the_month_before_one_of_few_changes(tmp_path: Path) -> None:
    """On December 1 the sample organisation had one change in the month that had just closed: a page of 21 words."""
    from resources.git.repository import open_repository

    story = History()
    for day in range(10, 20):
        story.commit(f"Change {day}", datetime(2025, 10, day, 9, tzinfo=UTC), {"a.txt": f"{day}\n"})
    story.commit("Change the year", datetime(2025, 11, 2, 9, tzinfo=UTC), {"a.txt": "2\n"})
    repository = open_repository(story.at_path(tmp_path / "press"))
    _, _, month = choose_periods([repository], datetime(2025, 12, 1, 9, tzinfo=UTC), Settings())
    assert (month.period.label, month.note) == ("2025-10", "2025-11 has few changes; this is the month before it")
    for number in range(4):
        story.commit(f"Draw {number}", datetime(2025, 11, 3 + number, 9, tzinfo=UTC), {"a.txt": f"3{number}\n"})
    repository = open_repository(story.at_path(tmp_path / "fuller"))
    _, _, month = choose_periods([repository], datetime(2025, 12, 1, 9, tzinfo=UTC), Settings())
    assert (month.period.label, month.note) == ("2025-11", "")


def test_demo_counts_the_commits_of_a_branch_on_the_day_of_its_merge(tmp_path: Path) -> None:
    """Regression: the demo showed a day of which it then said that nothing landed."""
    from resources.git.repository import open_repository

    story = History()
    first = story.commit("First", datetime(2025, 11, 10, 8, tzinfo=UTC), {"a.txt": "1\n"})
    side = first
    for hour in (8, 9, 10):
        at = datetime(2025, 11, 12, hour, tzinfo=UTC)
        side = story.commit(f"Side {hour}", at, {"b.txt": f"{hour}\n"}, branch="side", parents=[side])
    story.commit("Merge side", datetime(2025, 11, 13, 8, tzinfo=UTC), {"b.txt": "10\n"}, parents=[first, side])
    story.commit("Second", datetime(2025, 11, 13, 9, tzinfo=UTC), {"a.txt": "2\n"})
    repository = open_repository(story.at_path(tmp_path / "press"))
    chosen_day, _, _ = choose_periods([repository], datetime(2025, 11, 18, 9, tzinfo=UTC), Settings())
    assert chosen_day.period.label == "2025-11-13"


def test_repository_without_closed_activity_is_named(sparky: type_call, tmp_path: Path) -> None:
    story = History()
    story.commit("Begin", datetime.now(UTC), {"page.txt": "one\n"})
    path = story.at_path(tmp_path / "new", origin="https://github.com/acme/new.git")
    result = sparky("demo", str(path), "--home", str(tmp_path / "home"))
    assert result.exit_code == 0, result.output
    assert "Choose a repository with older commits: sparky demo PATH_OR_URL." in result.output
    assert f"sparky serve --home {tmp_path / 'home'}" in result.output
