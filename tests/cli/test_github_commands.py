"""`sparky estimate` and `sparky doctor` against the fake GitHub."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sparky_assets.cli import cli
from sparky_assets.cli.exit_codes import ExitCode
from tests.fakes.github import TOKEN, FakeGitHub, serving
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import day


def sparky(fake: FakeGitHub, home: Path, *arguments: str, token: str = TOKEN) -> Result:
    file = home / "sparky.toml"
    file.write_text(
        f'home = "{home}/home"\n[sources]\nsource = "github"\n'
        f'[sources.github]\norganisations = ["acme"]\napi = "{fake.address}"\n'
    )
    return CliRunner().invoke(cli, ["--config", str(file), *arguments], env={"SPARKY_SOURCES__GITHUB__TOKEN": token})


def test_estimate_reports_requests_points_minutes_and_disk(tmp_path: Path) -> None:
    with serving(make_world(120, day("2026-11-20"), days=40)) as fake:
        result = sparky(fake, tmp_path, "estimate", "2026-10-15..2026-11-19")
        assert fake.requests <= 6
    assert result.exit_code == 0, result.output
    assert "acme: 120 repositories, 36 days in 2 sweeps" in result.output
    assert re.search(r"requests +\d+\n +points +\d+ of 5,000.*\n +minutes .*\n +disk +\d+\.\d MB", result.output)


def test_doctor_checks_github(tmp_path: Path) -> None:
    with serving(make_world(35, day("2026-11-20"))) as fake:
        result = sparky(fake, tmp_path, "doctor")
    assert result.exit_code == 0, result.output
    assert "GitHub, acme: 35 repositories are visible" in result.output


def test_doctor_reports_a_wrong_token_without_printing_it(tmp_path: Path) -> None:
    with serving(make_world(35, day("2026-11-20"))) as fake:
        result = sparky(fake, tmp_path, "doctor", token="ghp_wrong-and-secret")
    assert result.exit_code == ExitCode.UNHEALTHY
    assert "unknown, expired or revoked" in result.output
    assert "wrong-and-secret" not in result.output


def test_token_in_the_settings_file_is_refused(tmp_path: Path) -> None:
    from sparky_assets.settings.load import ConfigurationError, load_settings

    file = tmp_path / "sparky.toml"
    file.write_text('[sources.github]\ntoken = "ghp_in-a-file"\n')
    with pytest.raises(ConfigurationError, match=r"sources\.github\.token is a secret") as refusal:
        load_settings(file)
    assert "ghp_in-a-file" not in str(refusal.value)
