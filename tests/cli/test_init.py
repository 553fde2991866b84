"""`sparky init`: the settings that it writes, and the answers that it refuses."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.cli.init import InitAnswers, build_settings_text, find_local_timezone
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


def test_init_writes_nothing_when_an_answer_cannot_be_used(sparky: type_call, tmp_path: Path) -> None:
    result = sparky("init", "--repository", str(tmp_path / "gone"), "--timezone", "UTC")
    assert "WRONG repository" in result.output
    assert "not written" in str(result.exception)
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
