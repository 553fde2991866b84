"""Command-line conventions: JSON, quiet mode, named days, completion, exit codes and safe terminal output."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from sparky_assets.cli import cli
from sparky_assets.cli.console import strip_controls
from sparky_assets.cli.exit_codes import EXIT_CODE_MEANINGS, ExitCode
from sparky_assets.cli.manual import SHELLS, escape_roff
from sparky_assets.cli.preview import copy_templates
from sparky_assets.cli.run import describe_empty_destinations, find_named_day
from sparky_assets.cli.serve import override_address
from sparky_assets.cli.up import ROUTINE_PATTERN, describe_service, format_interface_address
from sparky_assets.settings.load import load_settings
from tests.cli.conftest import type_call
from tests.docs.pages import ROOT


def test_every_exit_code_is_in_the_help_the_manual_and_the_page(sparky: type_call) -> None:
    table = (ROOT / "docs/cli.md").read_text()
    usage, manual = (" ".join(sparky(word).output.split()) for word in ("--help", "man"))
    assert set(EXIT_CODE_MEANINGS) == set(ExitCode)
    for code, meaning in EXIT_CODE_MEANINGS.items():
        assert f"| {code.value} | {meaning} |" in table
        assert f"{code.value} {meaning}" in usage
        assert escape_roff(meaning) in manual


def list_commands(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from list_commands(inner, *path, name)


def test_every_example_of_a_help_text_is_a_command_with_options_that_exist() -> None:
    commands = dict(list_commands(cli))
    examples = [
        shlex.split(example, comments=True)
        for command in commands.values()
        for example in re.findall(r"^ *(?:sudo (?:-u sparky )?|SPARKY_\w+=\w+ )?(sparky .+?)(?: {2,}.*| [|>] .*)?$",
                                  command.help or "", re.MULTILINE)
    ]  # fmt: skip
    assert len(examples) >= 40
    for _, *words in examples:
        path = max((path for path in commands if tuple(words[: len(path)]) == path), key=len)
        if not path and words[0].startswith("--"):
            continue
        assert path, words
        command = commands[path]
        command.make_parser(click.Context(command)).parse_args(words[len(path) :])


def test_template_of_an_example_is_shipped() -> None:
    names = re.findall(r"\S+\.j2", copy_templates.help or "")
    assert len(names) == 2
    assert all((ROOT / "templates" / name).exists() for name in names)


PROGRAMS = {"serve", "up", "ui", "service exec"}
"""Commands that run until they are stopped, or run another command."""

TEXTS = {"completion", "man", "config reference", "templates show"}
"""Commands whose output is a file of its own format."""

UNITS = {"service install", "service uninstall"}
"""Commands that change units of systemd, which systemctl shows."""


def test_every_command_that_lists_or_does_something_has_json() -> None:
    commands = {" ".join(path): command for path, command in list_commands(cli) if not hasattr(command, "commands")}
    with_json = {name for name, command in commands.items() if any("--json" in param.opts for param in command.params)}
    assert set(commands) - with_json == PROGRAMS | TEXTS | UNITS


def test_settings_are_checked_with_json(sparky: type_call, tmp_path: Path) -> None:
    (tmp_path / "sparky.toml").write_text('[organisation]\nname = "Acme"\n')
    assert json.loads(sparky("config", "validate", "--json").output) == {"file": "sparky.toml", "is_valid": True}
    assert json.loads(sparky("config", "show", "--json").stdout)["organisation"]["name"] == "Acme"
    assert json.loads(sparky("templates", "check", "--json").output) == []
    assert [check["ok"] for check in json.loads(sparky("alerts", "test", "--json").output)] == [True]
    state = sparky("service", "status", "--user", "--json", HOME=str(tmp_path))
    assert state.exit_code == ExitCode.UNHEALTHY
    assert json.loads(state.output)["backup"] is None


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_script_is_valid_in_its_shell(sparky: type_call, shell: str) -> None:
    result = sparky("completion", shell)
    assert result.exit_code == 0
    assert "_SPARKY_COMPLETE" in result.output
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=result.output, text=True, check=True)


@pytest.mark.parametrize("command", [("man",), ("templates", "list"), ("config", "reference"), ("status", "--json")])
def test_command_in_a_closed_pipe_ends_with_a_code_of_its_own(command: tuple[str, ...], tmp_path: Path) -> None:
    program = shutil.which("sparky")
    assert program
    reading_end, writing_end = os.pipe()
    os.close(reading_end)
    try:
        result = subprocess.run(
            [program, *command], stdout=writing_end, stderr=subprocess.PIPE, cwd=tmp_path, text=True, check=False
        )
    finally:
        os.close(writing_end)
    assert (result.returncode, result.stderr) == (ExitCode.BROKEN_PIPE, "")


def test_completion_offers_the_words_for_a_period(sparky: type_call) -> None:
    variables = {"_SPARKY_COMPLETE": "bash_complete", "COMP_WORDS": "sparky run week ", "COMP_CWORD": "3"}
    program = shutil.which("sparky")
    assert program
    result = subprocess.run([program], env={**os.environ, **variables}, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["plain,last", "plain,yesterday", "plain,today"]


def test_manual_has_examples_as_they_are_and_no_control_characters(sparky: type_call) -> None:
    manual = sparky("man").output
    assert ".nf\nExamples:\n  sparky run day yesterday\n" in manual
    assert not re.search(r"[^\n\x20-\x7e\u00a0-\uffff]", manual)
    filled = re.sub(r"\.nf\n.*?\.fi\n", "", manual, flags=re.DOTALL)
    assert not [line for line in filled.splitlines() if not line or line.startswith(" ")]
    if program := shutil.which("mandoc"):
        lint = [program, "-T", "lint", "-W", "warning"]
        assert subprocess.run(lint, input=manual, capture_output=True, text=True, check=False).stdout == ""


@pytest.mark.parametrize("text", ["\x1b[31mred\x1b[0m", "\x9b2J", "a\u202eb", "bell\x07", "\x1b]0;title\x07"])
def test_foreign_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(strip_controls(text))


def test_emoji_codes_and_markup_of_titles_are_printed_as_they_are(
    sparky: type_call, capsys: pytest.CaptureFixture[str]
) -> None:
    from sparky_assets.cli import console

    console.configure_output()
    console.echo("Fix :x: in [red]parser[/red]")
    assert capsys.readouterr().out == "Fix :x: in [red]parser[/red]\n"


def test_status_of_an_empty_folder_reads_and_makes_nothing(sparky: type_call, tmp_path: Path) -> None:
    result = sparky("status", "--local", "--json", SPARKY_ORGANISATION__TIMEZONE="Europe/Berlin")
    assert result.exit_code == ExitCode.OUT_OF_DATE
    (day, _, _) = json.loads(result.output)["periods"]
    assert datetime.fromisoformat(day["next"]["from"]).strftime("%z") in {"+0100", "+0200"}
    table = sparky("-q", "status", "--local")
    assert "next: " not in table.output
    assert list(tmp_path.iterdir()) == []


def test_yesterday_is_a_day_of_the_organisation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_ORGANISATION__TIMEZONE", "Pacific/Auckland")
    now = datetime(2025, 11, 12, 12, tzinfo=UTC)  # the 13th in Auckland
    settings = load_settings()
    assert str(find_named_day("yesterday", settings, now)) == "2025-11-12"
    assert str(find_named_day("today", settings, now)) == "2025-11-13"
    assert find_named_day("2025-W46", settings, now) is None


def test_public_destination_of_private_repositories_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "sparky.toml"
    text = '[[publish.destinations]]\nname = "blog"\naudience = "public"\nrepository = "blog"\n[sources.git]\n'
    file.write_text(f'{text}visibility = "private"\n')
    assert "blog is public, but sources.git.visibility is 'private'" in describe_empty_destinations(load_settings(file))
    file.write_text(f'{text}visibility = "public"\n')
    assert describe_empty_destinations(load_settings(file)) == ""


def test_service_says_what_comes_next_in_the_organisations_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2025, 11, 12, 12, tzinfo=UTC)
    assert "schedules are off" in describe_service(load_settings(), no_ui=True, now=now)
    monkeypatch.setenv("SPARKY_SCHEDULES__ENABLED", "true")
    monkeypatch.setenv("SPARKY_ORGANISATION__TIMEZONE", "Europe/Berlin")
    said = describe_service(load_settings(), no_ui=False, now=now)
    assert said.endswith("next: day 2025-11-12 at 2025-11-13 00:10 CET")
    assert "http://127.0.0.1:8000/dagster" in said


def test_alerts_link_to_the_interface_of_one_box_where_it_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: they led to port 3000, while `sparky up` serves the interface behind the reader."""
    settings = load_settings()
    assert settings.build_interface_link("/runs/1") == "", "without an address there is no link"
    served = override_address(settings, "0.0.0.0", 8080, has_interface=True)
    assert format_interface_address(served) == "http://127.0.0.1:8080/dagster"
    assert format_interface_address(override_address(settings, "::", 1, has_interface=True)) == "http://[::1]:1/dagster"
    monkeypatch.setenv("SPARKY_READER__ADDRESS", "https://news.example")
    assert format_interface_address(load_settings()) == "https://news.example/dagster"
    monkeypatch.setenv("SPARKY_READER__DAGSTER_URL", "https://dagster.example")
    assert load_settings().build_interface_link("/runs/1") == "https://dagster.example/runs/1"
    monkeypatch.setenv("SPARKY_ALERTS__UI", "https://news.example/dagster/")
    assert load_settings().build_interface_link("/runs/1") == "https://news.example/dagster/runs/1"


@pytest.mark.parametrize(
    ("line", "is_routine"),
    [
        ("2025-11-12 12:00:00 +0000 - dagster.daemon.SensorDaemon - INFO - Sensor heartbeat skipped: alive", True),
        ("2025-11-12 12:00:00 +0000 - dagster.daemon.QueuedRunCoordinatorDaemon - INFO - Launched 1 runs.", False),
        ("2025-11-12 12:00:00 +0000 - dagster.sparky.runs - INFO - daily/2025-11-11: run 1 succeeded", False),
        ("2025-11-12 12:00:00 +0000 - dagster.daemon - ERROR - Sensor daemon caught an error", False),
        ("Traceback (most recent call last):", False),
    ],
)
def test_service_log_leaves_out_what_happens_every_minute(line: str, is_routine: bool) -> None:
    assert bool(ROUTINE_PATTERN.search(line)) == is_routine
