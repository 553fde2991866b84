"""`sparky status`, `doctor`, `config` and `--help`."""

import json
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat

from sparky_assets.cli.demo import make_home
from sparky_assets.cli.exit_codes import ExitCode
from sparky_assets.periods import Calendar, PeriodKind
from sparky_assets.settings.schema import Settings
from tests.cli.conftest import as_process, type_call
from tests.factories.git_repositories import History, at, break_object
from tests.factories.sample_repository import DAY
from tests.fakes.language_model import FakeModelServer


def over(path: Path) -> dict[str, str]:
    return {"SPARKY_SOURCES__GIT__REPOSITORIES": json.dumps([str(path)]), "SPARKY_PERIODS__START": "2025-10-27"}


def last_closed_day() -> date:
    """Return yesterday, or the day before in the first ten minutes of a day."""
    return Calendar("UTC", Settings().periods.grace).last_closed(PeriodKind.DAILY, datetime.now(UTC)).start


def test_status_names_what_is_missing_and_says_so_by_its_exit_code(sparky: type_call, newsroom_path: Path) -> None:
    sparky("run", "day", DAY, **over(newsroom_path))
    result = sparky("status", "--json")
    assert result.exit_code == 3
    day = json.loads(result.output)["periods"][0]
    assert (day["written"], day["published"], day["latest"]["period"]) == (1, 1, DAY)
    assert day["latest"]["places"][0]["path"] == f"content/blog/2025/11/{DAY}.md"
    assert len(day["missing"]) in {13, 14}  # in the first ten minutes of a day yesterday is not closed, nor missing


def test_status_shows_the_last_stage_of_each_unfinished_period(sparky: type_call, newsroom_path: Path) -> None:
    closed = last_closed_day()
    yesterday, before = closed.isoformat(), (closed - timedelta(days=1)).isoformat()
    settings = {**over(newsroom_path), "SPARKY_PERIODS__START": before}
    sparky("run", "day", yesterday, **settings)
    sparky("backfill", f"{before}..{before}", "--until", "metrics", **settings)
    grid = json.loads(sparky("status", "--json", "--local", **settings).output)["periods"][0]["grid"]
    assert [row["period"] for row in grid] == [before, yesterday]
    assert set(grid[1]["stages"].values()) == {"made"}
    assert list(grid[0]["stages"].values()) == ["made", "made", "missing", "missing", "missing"]
    told = sparky("status", "--local", **settings).output
    (shown,) = [line for line in told.splitlines() if line.strip().startswith(before)]
    assert shown.split() == [before, "made", "made", "missing", "missing", "missing"]


def test_status_shows_a_table_to_people(sparky: type_call, newsroom_path: Path) -> None:
    result = sparky("status", **over(newsroom_path))
    assert "last closed" in result.output
    assert all(noun in result.output for noun in ("day", "week", "month", "store:"))


def test_status_fits_a_terminal_of_eighty_characters(sparky: type_call, newsroom_path: Path) -> None:
    sparky("run", "day", DAY, **over(newsroom_path))
    lines = sparky("status", "--local", SPARKY_ORGANISATION__TIMEZONE="Europe/Berlin").output.splitlines()
    day, week, month = lines[1:4]
    assert (day.split()[:5], week.split()[2], month.split()[2]) == (["day", day.split()[1], "1", "to", DAY], "0", "0")
    assert [line.partition(":")[0] for line in lines[4:7]] == ["missing days", "missing weeks", "missing months"]
    assert max(map(len, lines[:4])) <= 80


def test_doctor_passes_on_a_working_setup(sparky: type_call, newsroom_path: Path) -> None:
    result = sparky("doctor", **over(newsroom_path))
    assert result.exit_code == 0, result.output
    for part in ("settings", "git", "home", "store", "templates", "repository acme/newsroom"):
        assert f"ok    {part}:" in result.output


@pytest.mark.parametrize(
    ("lost", "detail"),
    [
        ("HEAD:src/pier.py", "lacks 1 object of its newest commits. Clone it again"),
        ("HEAD~1:src", "lacks 1 object of its newest commits."),
        ("HEAD~1", "broken: "),
    ],
)
def test_doctor_names_a_clone_that_lacks_objects(sparky: type_call, tmp_path: Path, lost: str, detail: str) -> None:
    history = History()
    for number in (1, 2, 3):
        history.commit(f"Add gauge {number}", at(f"2025-11-1{number}T08:00"), {"src/pier.py": f"gauge = {number}\n"})
    clone = history.at_path(tmp_path / "pier", origin="https://github.com/acme/pier")
    assert "ok    repository acme/pier: branch main" in sparky("doctor", **over(clone)).output
    break_object(clone, lost)
    result = sparky("doctor", **over(clone))
    assert result.exit_code == ExitCode.UNHEALTHY
    assert "WRONG repository acme/pier: " in result.output
    assert detail in result.output


def test_doctor_asks_a_remote_without_making_a_folder(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    """Regression: the doctor cloned the remote, and left a home that other users could read."""
    addresses = [f"file://{newsroom_path}", f"file://{tmp_path}/gone"]
    result = sparky("doctor", SPARKY_SOURCES__GIT__REPOSITORIES=json.dumps(addresses))
    assert "branch main, cloned by the first run" in result.output
    assert f"WRONG repository gone: file://{tmp_path}/gone: fatal:" in result.output
    assert "ok    history of runs: SQLite in " in result.output
    assert not (tmp_path / "home").exists()


def test_doctor_checks_the_model(sparky: type_call, newsroom_path: Path) -> None:
    away = {"SPARKY_LANGUAGE_MODEL__BACKEND": "ollama", "SPARKY_LANGUAGE_MODEL__URL": "http://127.0.0.1:9"}
    result = sparky("doctor", **over(newsroom_path), **away)
    assert result.exit_code == 4
    assert "WRONG language model qwen3:1.7b: http://127.0.0.1:9: cannot be reached" in result.output


def test_doctor_names_each_fault(sparky: type_call, tmp_path: Path) -> None:
    result = sparky("doctor", **over(tmp_path / "gone"), SPARKY_DIGESTS__TEMPLATES=str(tmp_path / "none"))
    assert result.exit_code == 4
    assert f"{tmp_path / 'gone'}: no such path" in result.output
    assert f"WRONG templates: {tmp_path / 'none'}: no such folder" in result.output


def test_config_show_masks_secrets(sparky: type_call) -> None:
    result = sparky("config", "show", SPARKY_PEOPLE__SALT="very-secret-pepper")
    assert result.exit_code == 0
    assert "very-secret-pepper" not in result.output
    assert json.loads(result.stdout)["people"]["salt"] == "**********"


def test_config_validate_names_source_key_and_value(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[periods]\ngrace_minutes = -5\n[organisaton]\n")
    result = as_process("--config", "mine.toml", "config", "validate", cwd=tmp_path, variables={})
    assert result.returncode == 1
    assert "mine.toml: periods.grace_minutes = -5" in result.stderr
    assert "unknown key organisaton. Did you mean organisation?" in result.stderr


@pytest.mark.parametrize("command", ["demo", "run", "backfill", "publish", "status", "doctor", "config", "ui", "up"])
def test_help_shows_examples(sparky: type_call, command: str) -> None:
    result = sparky(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output
    if command in {"demo", "run", "backfill", "publish", "ui"}:
        assert "Examples:" in result.output


def test_help_does_not_load_dagster(tmp_path: Path) -> None:
    """Dagster takes 1.5 seconds to import, too long for a list of commands."""
    import subprocess
    import sys

    code = "import sys, sparky_assets.cli; sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0


def test_new_home_is_private_and_an_existing_home_keeps_its_mode(tmp_path: Path) -> None:
    make_home(tmp_path / "new" / "home")
    assert stat.S_IMODE((tmp_path / "new" / "home").stat().st_mode) == 0o700
    (tmp_path / "shared").mkdir(mode=0o750)
    make_home(tmp_path / "shared")
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o750


def test_home_that_cannot_be_created_is_named(tmp_path: Path, newsroom_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    variables = {**over(newsroom_path), "SPARKY_HOME": str(tmp_path / "taken/home")}
    result = as_process("run", "day", DAY, cwd=tmp_path, variables=variables)
    assert result.returncode == 1
    assert "Set SPARKY_HOME to a folder that you may write." in result.stderr
    assert "Traceback" not in result.stderr


def test_status_shows_the_last_run_the_next_period_and_dead_daemons(
    sparky: type_call, newsroom_path: Path, tmp_path: Path
) -> None:
    yesterday = last_closed_day()
    settings = {**over(newsroom_path), "SPARKY_PERIODS__START": yesterday.isoformat()}
    assert sparky("run", "day", **settings).exit_code == 0
    result = sparky("status", "--json", "--local")
    assert result.exit_code == 0, result.output
    day, week, _ = json.loads(result.output)["periods"]
    assert (day["missing"], week["last_closed"]) == ([], None)
    assert (day["last_run"]["period"], day["last_run"]["status"]) == (yesterday.isoformat(), "success")
    assert day["last_run"]["by"] == "cli"
    assert datetime.fromisoformat(day["next"]["from"]) > datetime.now(UTC)
    with dg.DagsterInstance.from_config(str(tmp_path / "home/dagster")) as instance:
        instance.add_daemon_heartbeat(DaemonHeartbeat(timestamp=0.0, daemon_type="SENSOR", daemon_id=None, errors=[]))
    alone = sparky("status", SPARKY_SCHEDULES__ENABLED="true")
    assert alone.exit_code == 4
    assert "WRONG daemons: no recent heartbeat: " in alone.output


def test_status_asks_the_model_unless_it_should_be_quick(sparky: type_call, newsroom_path: Path) -> None:
    away = {"SPARKY_LANGUAGE_MODEL__BACKEND": "ollama", "SPARKY_LANGUAGE_MODEL__URL": "http://127.0.0.1:9"}
    assert "WRONG language model qwen3:1.7b" in sparky("status", **over(newsroom_path), **away).output
    assert "language model" not in sparky("status", "--local").output


def test_status_names_periods_for_which_a_model_would_now_choose(sparky: type_call, newsroom_path: Path) -> None:
    day = last_closed_day().isoformat()
    model = {"SPARKY_LANGUAGE_MODEL__BACKEND": "ollama", "SPARKY_LANGUAGE_MODEL__MODEL": "tiny"}
    away = {**over(newsroom_path), **model, "SPARKY_LANGUAGE_MODEL__URL": "http://127.0.0.1:9"}
    sparky("run", "day", day, **away)
    line = f"rules chose for {day}, because no model answered; it would now"
    assert line not in sparky("status", **away).output
    with FakeModelServer() as server:
        back = {**away, "SPARKY_LANGUAGE_MODEL__URL": server.url}
        assert line in sparky("status", **back).output
        assert json.loads(sparky("status", "--json", **back).output)["chosen_by_rules"] == [day]
        assert server.chats == []


def test_status_of_a_clock_that_went_back_asks_to_set_it(sparky: type_call, tmp_path: Path) -> None:
    """Regression: at a clock of last year nothing was missing, and all daemons were alive."""
    folder = tmp_path / "home/store/raw/repositories"
    folder.mkdir(parents=True)
    (folder / "2099-01-02.parquet").touch()
    result = sparky("status", "--local")
    (line,) = [line for line in result.output.splitlines() if "WRONG clock" in line]
    assert f"WRONG clock: it is {datetime.now(UTC):%Y-%m-%d}" in line
    assert line.endswith("UTC here, and 2099-01-02 is stored; set the time of this machine")
    (folder / "2099-01-02.parquet").rename(folder / f"{last_closed_day()}.parquet")
    assert "WRONG clock" not in sparky("status", "--local").output


@pytest.mark.parametrize("has_run", [False, True])
def test_status_before_the_first_start_says_that_nothing_runs_yet(
    sparky: type_call, newsroom_path: Path, *, has_run: bool
) -> None:
    """Regression: daemons that were never started were WRONG, and the exit code said that something does not work."""
    yesterday = last_closed_day()
    settings = {**over(newsroom_path), "SPARKY_PERIODS__START": yesterday.isoformat()}
    if has_run:
        assert sparky("run", "day", **settings).exit_code == 0
    result = sparky("status", "--local", **settings, SPARKY_SCHEDULES__ENABLED="true")
    assert "-     daemons: not started yet; sparky up starts them" in result.output
    assert "WRONG" not in result.output
    assert result.exit_code == (ExitCode.DONE if has_run else ExitCode.OUT_OF_DATE)


def test_status_before_the_first_start_names_a_database_that_is_away(sparky: type_call, newsroom_path: Path) -> None:
    away = {"DAGSTER_PG_HOST": "127.0.0.1", "DAGSTER_PG_PORT": "9", "DAGSTER_PG_USER": "sparky",
            "DAGSTER_PG_PASSWORD": "pepper", "DAGSTER_PG_DB": "dagster"}  # fmt: skip
    shown = sparky("status", "--local", **over(newsroom_path), **away).output
    assert "WRONG history of runs: cannot reach Postgres at 127.0.0.1:9: Connection refused." in shown
    assert "last closed" in shown  # what the store holds is still shown
