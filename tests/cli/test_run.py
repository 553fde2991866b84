"""`sparky run`, `backfill` and `publish`: one period, a range, and the last step alone."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from sparky_assets.cli.exit_codes import ExitCode
from tests.cli.conftest import as_process, type_call
from tests.factories.git_repositories import git
from tests.factories.sample_repository import DAY, WEEK, files_below
from tests.fakes.language_model import FakeModelServer

START = "2025-10-27"


def over(path: Path) -> dict[str, str]:
    """Return settings as variables: this repository, from before its first commit on."""
    return {"SPARKY_SOURCES__GIT__REPOSITORIES": json.dumps([str(path)]), "SPARKY_PERIODS__START": START}


def commits(home: Path) -> list[str]:
    return git(home / "publications", "log", "--format=%s").splitlines()


def test_run_of_a_day_writes_a_digest_and_a_commit(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    result = sparky("run", "day", DAY, **over(newsroom_path))
    assert result.exit_code == 0, result.output
    assert "day 2025-11-12: 2025-11-12 00:00 to 2025-11-13 00:00 (UTC)" in result.output
    assert commits(tmp_path / "home") == ["Publish the daily digest of 2025-11-12"]
    published = tmp_path / "home/publications/content/blog/2025/11/2025-11-12.md"
    assert published.read_bytes() == (tmp_path / f"home/store/digests/daily/{DAY}.md").read_bytes()
    assert "Stop the presses twice" in published.read_text()


def test_run_of_a_week_collects_its_days_first(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    result = sparky("run", "week", "2025-W46", **over(newsroom_path))
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "home/store/raw/commits").glob("*.parquet"))) == 7
    assert (tmp_path / "home/publications/content/blog/2025/11/week-2025-46.md").exists()


def test_run_with_a_model_says_what_it_chose_and_why_rules_did(sparky: type_call, newsroom_path: Path) -> None:
    model = {"SPARKY_LANGUAGE_MODEL__BACKEND": "ollama", "SPARKY_LANGUAGE_MODEL__MODEL": "tiny"}
    day = ("run", "day", DAY, "--until", "insights")
    away = sparky(*day, **over(newsroom_path), **model, SPARKY_LANGUAGE_MODEL__URL="http://127.0.0.1:9")
    assert "  model: no model was reachable, so rules chose everything\n" in away.output
    assert "cannot be reached" in away.output
    with FakeModelServer(lambda _: "Sure!") as server:
        chosen = sparky("run", "week", WEEK, "--until", "insights", SPARKY_LANGUAGE_MODEL__URL=server.url)
        asked = len(server.chats)
    assert asked
    assert f"  model tiny: {asked} calls, " in chosen.output
    assert "  model: rules chose for " in chosen.output
    assert "model" not in sparky(*day, SPARKY_LANGUAGE_MODEL__BACKEND="none").output


@pytest.mark.slow
def test_second_run_keeps_every_byte_and_adds_no_commit(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    sparky("run", "week", WEEK, **over(newsroom_path))
    before, log = files_below(tmp_path / "home/store"), commits(tmp_path / "home")
    again = sparky("run", "week", WEEK)
    assert again.exit_code == 0
    assert files_below(tmp_path / "home/store") == before
    assert commits(tmp_path / "home") == log


@pytest.mark.slow
def test_run_of_an_unchanged_period_makes_nothing_until_it_is_forced(
    sparky: type_call, newsroom_path: Path, tmp_path: Path
) -> None:
    first = sparky("run", "day", DAY, "--json", **over(newsroom_path))
    again = sparky("run", "day", DAY, "--json")
    made, unchanged = json.loads(first.stdout), json.loads(again.stdout)
    assert "unchanged_since" not in made
    assert unchanged.pop("unchanged_since")
    assert unchanged == {key: value for key, value in made.items() if key != "seconds"}
    assert "nothing has changed since the last run" in sparky("run", "day", DAY).output

    def count_runs() -> int:
        with dg.DagsterInstance.from_config(str(tmp_path / "home/dagster")) as instance:
            return instance.get_runs_count()

    assert count_runs() == 1
    assert sparky("run", "day", DAY, "--force").exit_code == 0
    assert count_runs() == 2


def test_until_stops_after_the_named_stage(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    assert sparky("run", "day", DAY, "--until", "insights", **over(newsroom_path)).exit_code == 0
    store = tmp_path / "home/store"
    assert (store / f"insights/daily/{DAY}.json").exists()
    assert not (store / "digests").exists()
    assert not (tmp_path / "home/publications").exists()


def test_dry_run_prints_the_diff_and_changes_nothing(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    result = sparky("run", "day", DAY, "--dry-run", **over(newsroom_path))
    assert result.exit_code == 0, result.output
    assert "+++ b/content/blog/2025/11/2025-11-12.md" in result.output
    assert "dry run" in result.output
    assert not (tmp_path / "home").exists()


def test_backfill_publishes_remotely_only_with_the_option(
    sparky: type_call, newsroom_path: Path, tmp_path: Path
) -> None:
    """A year of history that was mailed to everybody cannot be recalled."""
    remote = tmp_path / "docs.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    places = [{"name": "embedded"}, {"name": "docs", "mode": "on", "url": remote.as_uri()}]
    here = {**over(newsroom_path), "SPARKY_PUBLISH__DESTINATIONS": json.dumps(places)}
    command = ("backfill", f"{DAY}..{DAY}", "--kinds", "day", "--until", "publication")
    assert sparky(*command, **here).exit_code == 0
    assert commits(tmp_path / "home") == ["Publish the daily digest of 2025-11-12"]
    assert git(remote, "branch", "--list") == ""
    assert sparky(*command, "--force", "--all-destinations").exit_code == 0
    assert git(remote, "log", "--format=%s", "main") == "Publish the daily digest of 2025-11-12\n"


def test_dagster_interface_shows_runs_of_the_command_line(
    sparky: type_call, newsroom_path: Path, tmp_path: Path
) -> None:
    sparky("run", "day", DAY, **over(newsroom_path))
    with dg.DagsterInstance.from_config(str(tmp_path / "home/dagster")) as instance:
        assert instance.get_materialized_partitions(dg.AssetKey(["daily", "publication"])) == {DAY}
        (run,) = instance.get_runs()
        assert (run.job_name, run.status.value, run.tags["sparky/trigger"]) == ("daily", "SUCCESS", "cli")


@pytest.mark.slow
def test_backfill_writes_days_weeks_and_months_without_publishing(
    sparky: type_call, newsroom_path: Path, tmp_path: Path
) -> None:
    result = sparky("backfill", "2025-11-10..2025-11-16", **over(newsroom_path))
    assert result.exit_code == 0, result.output
    store = tmp_path / "home/store/digests"
    assert len(list((store / "daily").glob("*.md"))) == 7
    assert [path.stem for path in (store / "weekly").glob("*.md")] == [WEEK]
    assert not (store / "monthly").exists()
    assert not (tmp_path / "home/publications").exists()


def test_backfill_resumes_where_it_stopped(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    sparky("backfill", "2025-11-10..2025-11-12", "--until", "metrics", **over(newsroom_path))
    result = sparky("backfill", "2025-11-10..2025-11-14", "--until", "metrics")
    assert "2 days; 3 existed" in result.output
    assert len(list((tmp_path / "home/store/metrics/daily").glob("*.json"))) == 5


def test_publish_needs_only_the_digest_and_happens_once(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    sparky("run", "day", DAY, "--until", "digest", **over(newsroom_path))
    would = sparky("publish", "day", DAY, "--dry-run")
    assert would.exit_code == 3
    assert "+# newsroom 1.2.0 is out: Add a morning edition" in would.output
    assert not (tmp_path / "home/publications").exists()
    assert sparky("publish", "day", DAY).exit_code == 0
    assert sparky("publish", "day", DAY).exit_code == 0
    assert len(commits(tmp_path / "home")) == 1
    assert sparky("publish", "day", DAY, "--dry-run").exit_code == 0


@pytest.mark.slow
def test_digest_that_was_edited_in_the_store_is_not_published(
    sparky: type_call, newsroom_path: Path, tmp_path: Path
) -> None:
    sparky("run", "day", DAY, "--until", "digest", **over(newsroom_path))
    digest = tmp_path / f"home/store/digests/daily/{DAY}.md"
    digest.write_text(digest.read_text() + "\nWe fixed 50 issues.\n")
    result = as_process("publish", "day", DAY, cwd=tmp_path, variables=over(newsroom_path))
    assert result.returncode == 1
    assert "pre-publish check failed" in result.stderr
    assert "We fixed 50 issues" in result.stderr
    assert not (tmp_path / "home/publications").exists()


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (
            ("run", "day", "2099-01-01"),
            "day 2099-01-01 is not closed yet; it can be written from 2099-01-02 00:10 UTC",
            ExitCode.FAILED,
        ),
        (("run", "day", "2020-01-01"), "day 2020-01-01 begins before 2025-10-27", ExitCode.FAILED),
        (("run", "week", "2025-W60"), "'2025-W60' is not a week", ExitCode.USAGE),
        (("run", "month", "May"), "'May' is not a month. Write it like 2025-11", ExitCode.USAGE),
        (("backfill", "2025-11-12..2025-11-01"), "ends before it starts", ExitCode.USAGE),
        (("publish", "week", "2025-W45"), "Make it first", ExitCode.FAILED),
    ],
)
def test_invalid_option_is_one_clear_sentence(
    arguments: tuple[str, ...], said: str, code: ExitCode, tmp_path: Path, newsroom_path: Path
) -> None:
    result = as_process(*arguments, cwd=tmp_path, variables=over(newsroom_path))
    assert result.returncode == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_run_after_a_killed_run_gives_the_same_bytes(newsroom_path: Path, tmp_path: Path) -> None:
    """kill -9 at ten points: the next run succeeds with the bytes of a run that was never killed."""
    variables = {**os.environ, **over(newsroom_path), "SPARKY_PEOPLE__SALT": "pepper"}
    whole = {**variables, "SPARKY_HOME": str(tmp_path / "whole")}
    assert as_process("run", "day", DAY, cwd=tmp_path, variables=whole).returncode == 0
    killed = {**variables, "SPARKY_HOME": str(tmp_path / "killed")}
    program = [str(Path(sys.executable).with_name("sparky")), "run", "day", DAY]
    for marker in ("store/raw/commits", "store/metrics/daily", "store/digests/daily", "publications/content"):
        process = subprocess.Popen(
            program, cwd=tmp_path, env=killed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while not (tmp_path / "killed" / marker).exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = as_process("run", "day", DAY, cwd=tmp_path, variables=killed)
    assert last.returncode == 0, last.stderr
    stores = [files_below(tmp_path / home / "store") for home in ("whole", "killed")]
    ledger = f"publications/daily/{DAY}.json"  # it holds the commit's own hash
    assert {name: data for name, data in stores[0].items() if name != ledger} == {
        name: data for name, data in stores[1].items() if name != ledger and not name.endswith(".tmp")
    }
    assert commits(tmp_path / "killed") == ["Publish the daily digest of 2025-11-12"]
    with dg.DagsterInstance.from_config(str(tmp_path / "killed/dagster")) as instance:
        unfinished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
        assert not instance.get_runs(unfinished)


@pytest.mark.slow
def test_run_that_a_script_started_in_the_background_ends_on_termination(newsroom_path: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, **over(newsroom_path), "SPARKY_PEOPLE__SALT": "pepper", "SPARKY_HOME": str(home)}
    process = subprocess.Popen(
        # A shell without job control ignores SIGINT for what it starts in the background.
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", Path(sys.executable).with_name("sparky"), "run", "day", DAY],
        cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (home / "store/raw/commits").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    # Between two stages the signal ends the command itself, within one Dagster's run.
    assert process.returncode in {ExitCode.FAILED, ExitCode.INTERRUPTED}, errors
    assert "stopped from outside" in errors or "interrupted" in errors
    assert not (home / "publications/content").exists()


@pytest.mark.slow
def test_output_in_a_pipe_is_plain_text(newsroom_path: Path, tmp_path: Path) -> None:
    variables = {**over(newsroom_path), "SPARKY_HOME": str(tmp_path / "home"), "TERM": "xterm-256color"}
    result = as_process("run", "day", DAY, cwd=tmp_path, variables=variables)
    assert result.returncode == 0, result.stderr
    assert "\x1b" not in result.stdout
    assert "\r" not in result.stdout


def test_quiet_run_prints_the_path_of_the_digest_alone(sparky: type_call, newsroom_path: Path, tmp_path: Path) -> None:
    """Regression: `sparky -q run` printed nothing, so that a script did not learn what was written."""
    path = str(tmp_path / f"home/store/digests/daily/{DAY}.md")
    for _ in ("made", "unchanged"):
        result = sparky("-q", "run", "day", DAY, "--until", "digest", **over(newsroom_path))
        assert (result.exit_code, result.output.splitlines()) == (0, [path])
