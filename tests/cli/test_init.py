"""`sparky init`: the settings that it writes, and the answers that it refuses."""

import contextlib
import os
import pty
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.cli.init import InitAnswers, build_settings_text, find_local_timezone, split_sources
from tests.cli.conftest import type_call


def test_init_writes_a_few_lines_that_a_run_can_use(
    sparky: type_call, newsroom_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPARKY_HOME")
    result = sparky("init", "--repository", str(newsroom_path), "--timezone", "Europe/Berlin", "--publish", "paper")
    assert result.exit_code == 0, result.output
    assert "run week" in result.output
    settings = tomllib.loads((tmp_path / "sparky.toml").read_text())
    assert settings["organisation"] == {"timezone": "Europe/Berlin"}
    assert settings["publish"]["destinations"] == [{"name": "digests", "repository": str(tmp_path / "paper")}]
    assert [path.name for path in tmp_path.iterdir()] == ["sparky.toml"]
    again = sparky("init", "--repository", str(newsroom_path))
    assert "exists already" in str(again.exception)


def test_init_pushes_to_a_bare_repository_after_a_dry_run(
    sparky: type_call, newsroom_path: Path, tmp_path: Path
) -> None:
    subprocess.run(("git", "init", "--quiet", "--bare", tmp_path / "docs.git"), check=True)
    result = sparky("init", "--repository", str(newsroom_path), "--timezone", "UTC", "--publish", "docs.git")
    assert result.exit_code == 0, result.output
    settings = tomllib.loads((tmp_path / "sparky.toml").read_text())
    url = (tmp_path / "docs.git").as_uri()
    assert settings["publish"]["destinations"] == [{"name": "digests", "url": url, "mode": "dry_run"}]


def test_init_writes_nothing_when_an_answer_cannot_be_used(sparky: type_call, tmp_path: Path) -> None:
    result = sparky("init", "--repository", str(tmp_path / "gone"), "--timezone", "UTC")
    assert "WRONG repository" in result.output
    assert "not written" in str(result.exception)
    short = sparky("init", "--repository", str(tmp_path), "--publish", "git@git.example.com:acme/docs.git")
    assert "ssh://git@" in str(short.exception)
    for address in ("ext::sh -c id", "http://169.254.169.254/x"):
        assert "sparky.toml: sources.git" in str(sparky("init", "--repository", address).exception)
    assert not (tmp_path / "sparky.toml").exists()


def test_init_without_a_person_or_options_says_what_to_name(sparky: type_call) -> None:
    assert "--repository" in str(sparky("init").exception)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_settings_text_is_toml_for_every_name(name: str) -> None:
    read = tomllib.loads(build_settings_text(InitAnswers((name,), (), "UTC")))
    assert read["sources"]["github"]["organisations"] == [name]


def test_timezone_of_the_machine_is_an_iana_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Europe/Berlin")
    assert find_local_timezone() == "Europe/Berlin"
    monkeypatch.setenv("TZ", "CET-1CEST")
    assert find_local_timezone() == "UTC"


def answer_questions(answers: list[str], folder: Path) -> tuple[int, str]:
    """Run `sparky init` in a terminal, answer each question; return its exit code and what it printed."""
    program = str(Path(sys.executable).with_name("sparky"))
    controller, terminal = pty.openpty()
    command = [program, "init"]
    process = subprocess.Popen(command, cwd=folder, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    printed = b""
    with contextlib.suppress(OSError):  # the terminal is closed when the process ends
        while chunk := os.read(controller, 4096):
            printed += chunk
            if printed.endswith(b": ") and answers:
                os.write(controller, answers.pop(0).encode() + b"\n")
    os.close(controller)
    return process.wait(60), printed.decode()


def test_init_asks_again_for_an_answer_that_cannot_be_used(newsroom_path: Path, tmp_path: Path) -> None:
    answers = ["gone/repository", "ext::sh", str(newsroom_path), "Berlin", "Europe/Berlin", ""]
    code, printed = answer_questions(answers, tmp_path)
    assert code == 0, printed
    assert "gone/repository: no such path" in printed
    assert "ext::sh" in printed
    assert printed.count("no such timezone") == 1
    settings = tomllib.loads((tmp_path / "sparky.toml").read_text())
    assert settings["sources"]["git"]["repositories"] == [str(newsroom_path)]
    assert settings["organisation"]["timezone"] == "Europe/Berlin"


def test_init_names_the_last_week_with_commits(sparky: type_call, newsroom_path: Path) -> None:
    """A newcomer often begins with a clone that is months old; the last closed week would be empty."""
    result = sparky("init", "--repository", str(newsroom_path), "--timezone", "UTC")
    (command,) = [line for line in result.output.splitlines() if "run week" in line]
    assert re.search(r"run week 20\d\d-W\d\d ", command), command


def test_answer_of_one_word_is_an_organisation_unless_it_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "llm").mkdir()
    organisations, repositories = split_sources("acme llm ~/x https://git.example.org/a.git")
    assert organisations == ("acme",)
    assert repositories == ("llm", "~/x", "https://git.example.org/a.git")
