"""Bad input: one clear sentence, a non-zero exit code and no traceback."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sparky_assets.cli.exit_codes import ExitCode
from tests.cli.command_line import Said, Shell, settings_file
from tests.factories import sample_repository
from tests.factories.git_repositories import break_object, empty

TODAY = datetime.now(UTC).date()


def sentence(said: Said, code: int = 1) -> str:
    """Return the single line on standard error. Anything else on standard error fails the test."""
    assert said.code == code
    (line,) = said.err.splitlines()
    assert "Traceback" not in said.out + said.err
    assert line.startswith("sparky: ")
    return line.removeprefix("sparky: ")


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@pytest.fixture
def sparky(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    """Call `sparky …` up to its exit code, in an empty folder without settings."""
    return Shell(monkeypatch, capsys, tmp_path / "here")


@pytest.fixture
def config(tmp_path: Path, newsroom_path: Path) -> Path:
    return settings_file(tmp_path / "settings", [newsroom_path])


# --- Periods


def test_period_that_is_not_over_is_refused_with_its_earliest_time(sparky: Shell, config: Path) -> None:
    tomorrow = TODAY + timedelta(days=1)
    said = sentence(sparky("--config", config, "run", "day", TODAY))
    assert said == f"day {TODAY} is not closed yet; it can be written from {tomorrow} 00:10 UTC on."


def test_period_in_the_future_is_refused(sparky: Shell, config: Path) -> None:
    year = TODAY.year + 2
    assert "is not closed yet" in sentence(sparky("--config", config, "run", "month", f"{year}-01"))
    assert "is not closed yet" in sentence(sparky("--config", config, "run", "week", monday(TODAY)))
    assert "is not closed yet" in sentence(sparky("--config", config, "publish", "day", f"{year}-01-01"))
    assert "is not closed yet" in sentence(sparky("--config", config, "backfill", f"2025-11-01..{year}-01-01"))


def test_period_before_the_first_day_is_refused_with_the_setting(sparky: Shell, config: Path) -> None:
    said = sentence(sparky("--config", config, "run", "day", "2025-10-26"))
    assert said == (
        "day 2025-10-26 begins before 2025-10-27, the first day of the store. Set periods.start to an earlier day."
    )
    assert "month 2025-10 begins before" in sentence(sparky("--config", config, "run", "month", "2025-10"))
    assert "begins before" in sentence(sparky("--config", config, "backfill", "2025-10-01..2025-11-02"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("run", "day", "sometime"), "'sometime' is not a day. Write it like 2025-11-12."),
        (("run", "week", "2025-W54"), "'2025-W54' is not a week: "),
        (("run", "month", "2025-13"), "'2025-13' is not a month: "),
        (("run", "day", "2025-02-29"), "'2025-02-29' is not a day: "),
        (("run", "day", "1969-12-31"), "'1969-12-31' is not a day: the year must be between 1970 and 2105. "),
        (("publish", "week", "46"), "'46' is not a week. Write it like 2025-W46."),
        (("backfill", "2025-11-12..2025-11-10"), "the range 2025-11-12..2025-11-10 ends before it starts. "),
        (("backfill", "2025-11"), "'2025-11' is not a day. Write it like 2025-11-12."),
    ],
)  # fmt: skip
def test_text_that_is_no_period_is_refused_with_an_example(
    sparky: Shell, config: Path, arguments: tuple[str, ...], expected: str
) -> None:
    assert sentence(sparky("--config", config, *arguments), ExitCode.USAGE).startswith(expected)


def test_unknown_period_kind_is_refused_with_the_valid_kinds(sparky: Shell, config: Path) -> None:
    said = sparky("--config", config, "run", "fortnight")
    assert said.code == 2
    assert "'fortnight' is not one of 'day', 'week', 'month'" in said.err


# --- Repositories


def test_path_that_is_no_repository_is_named(sparky: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    step = "Give a clone, a bare mirror or a URL."
    for name, word in (("gone", "no such path"), ("folder", "not a git repository"),
                       ("file", "a file, not a git repository")):  # fmt: skip
        said = sparky("demo", tmp_path / name)
        assert sentence(said) == f"{tmp_path / name}: {word}. {step}"
        assert said.out == ""


def test_run_on_a_path_that_is_no_repository_names_it(sparky: Shell, tmp_path: Path) -> None:
    config = settings_file(tmp_path / "settings", [tmp_path / "gone"])
    said = sentence(sparky("--config", config, "run", "day", "2025-11-12"))
    assert f"{tmp_path}/gone: no such path. Give a clone, a bare mirror or a URL." in said


def test_folder_outside_of_a_repository_is_named(sparky: Shell) -> None:
    assert sentence(sparky("demo", ".")) == ".: not a git repository. Give a clone, a bare mirror or a URL."


def test_unreachable_address_is_named(sparky: Shell) -> None:
    said = sentence(sparky("demo", "http://127.0.0.1:9/acme/tool.git"))
    assert said.startswith("http://127.0.0.1:9/acme/tool.git: fatal: unable to access ")
    assert said.endswith("Check the address, your access and the network.")


def test_broken_repository_is_named_and_stored_data_stays(sparky: Shell, tmp_path: Path) -> None:
    path = sample_repository.build(tmp_path / "newsroom")
    config = settings_file(tmp_path / "settings", [path])
    assert sparky("--config", config, "run", "day", "2025-11-12", "--until", "collect").code == 0
    before = sample_repository.files_below(tmp_path / "settings" / "home" / "store")
    break_object(path, "HEAD~2")
    said = sentence(sparky("--config", config, "run", "day", "2025-11-12"))
    assert "acme/newsroom: broken: " in said
    assert sample_repository.files_below(tmp_path / "settings" / "home" / "store") == before


def test_run_without_repositories_names_the_setting(sparky: Shell, tmp_path: Path) -> None:
    config = settings_file(tmp_path / "settings", [])
    said = sentence(sparky("--config", config, "run", "day", "2025-11-12"))
    assert "no repository is configured. Name some in [sources.git] repositories." in said


# --- Missing data


def test_publishing_a_missing_digest_names_it(sparky: Shell, config: Path) -> None:
    for more in ((), ("--dry-run",)):
        said = sentence(sparky("--config", config, "publish", "day", "2025-11-12", *more))
        assert "day 2025-11-12: its digest is not in the store. Make it first: " in said


# --- Settings and folders


def test_missing_settings_file_is_named(sparky: Shell) -> None:
    assert sentence(sparky("--config", "gone.toml", "status")) == (
        "gone.toml: no such settings file. Name one with --config or SPARKY_CONFIG."
    )


def test_wrong_setting_is_named_with_file_key_and_suggestion(sparky: Shell, tmp_path: Path) -> None:
    config = settings_file(tmp_path / "settings", ["."], more="[organisation]\ntimezome = 'UTC'\n")
    assert sentence(sparky("--config", config, "config", "validate")) == (
        f"{config}: unknown key organisation.timezome. Did you mean timezone?"
    )


def test_home_that_cannot_be_created_is_named_with_its_variable(
    sparky: Shell, tmp_path: Path, newsroom_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "blocked").write_text("a file where the home should be")
    monkeypatch.setenv("SPARKY_HOME", str(tmp_path / "blocked" / "home"))
    config = settings_file(tmp_path / "settings", [newsroom_path])
    said = sentence(sparky("--config", config, "run", "day", "2025-11-12"))
    assert said.startswith(f"{tmp_path}/blocked/home/dagster: cannot be created: ")
    assert said.endswith("Set SPARKY_HOME to a folder that you may write.")


def test_demo_with_an_unwritable_home_names_it(sparky: Shell, tmp_path: Path, newsroom_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where the home should be")
    assert str(tmp_path / "blocked") in sentence(sparky("demo", newsroom_path, "--home", tmp_path / "blocked" / "home"))


def test_foreign_destination_is_refused_and_left_unchanged(sparky: Shell, tmp_path: Path, newsroom_path: Path) -> None:
    theirs = empty(tmp_path / "theirs")
    more = f'[[publish.destinations]]\nname = "blog"\nrepository = "{theirs}"\n'
    config = settings_file(tmp_path / "settings", [newsroom_path], more=more)
    said = sentence(sparky("--config", config, "run", "day", "2025-11-12"))
    assert f"{theirs}: not a repository that Sparky made" in said
    assert [one.name for one in theirs.iterdir()] == [".git"]


def test_template_with_a_misspelled_variable_is_named(sparky: Shell, tmp_path: Path, newsroom_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "daily.md.j2").write_text("# {{ digest.titel }}\n")
    config = settings_file(
        tmp_path / "settings", [newsroom_path], more=f'[digests]\ntemplates = "{tmp_path}/templates"\n'
    )
    said = sentence(sparky("--config", config, "run", "day", "2025-11-12", "--until", "digest"))
    assert "daily.md.j2, line " in said
    assert "titel" in said
