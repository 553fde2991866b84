"""Paths of a settings file: relative to the file, with `~`, and addresses that are refused."""

import json
from pathlib import Path

import pytest

from sparky_assets.settings.load import ConfigurationError, find_settings_file, load_settings
from tests.factories.git_repositories import History, at, git


def test_relative_paths_begin_at_the_folder_of_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "paper").mkdir()
    file = tmp_path / "paper/sparky.toml"
    file.write_text('[digests]\ntemplates = "mine"\n[sources.git]\nrepositories = ["a", "https://example.com/o/r"]\n')
    monkeypatch.chdir(tmp_path)
    settings = load_settings(file)
    assert settings.home == tmp_path / "paper/.sparky"
    assert settings.digests.templates == tmp_path / "paper/mine"
    assert settings.sources.git.repositories == (str(tmp_path / "paper/a"), "https://example.com/o/r")


def test_paths_of_a_file_in_config_begin_at_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "paper/config").mkdir(parents=True)
    file = tmp_path / "paper/config/development.toml"
    file.write_text('home = ".sparky"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARKY_CONFIG", str(file))
    assert load_settings().home == tmp_path / "paper/.sparky"


def test_variable_and_shipped_file_begin_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings().home == Path(".sparky")
    monkeypatch.setenv("SPARKY_HOME", "elsewhere")
    assert load_settings().home == Path("elsewhere")


def test_own_settings_file_of_the_working_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sparky.toml").write_text('[organisation]\nname = "Acme"\n')
    assert load_settings().organisation.name == "Acme"
    monkeypatch.setenv("SPARKY_ENV", "production")
    assert find_settings_file().name == "production.toml"


def test_tilde_is_the_home_folder_in_every_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SPARKY_SOURCES__GIT__REPOSITORIES", '["~/src/llm"]')
    monkeypatch.setenv("SPARKY_HOME", "~/paper")
    settings = load_settings()
    assert (settings.home, settings.sources.git.repositories) == (tmp_path / "paper", (f"{tmp_path}/src/llm",))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ext::sh -c id", "remote helper"),
        ("fd::3", "remote helper"),
        ("http://169.254.169.254/latest", "link-local"),
        ("https://[fe80::1]/r.git", "link-local"),
        ("https://[::ffff:169.254.169.254]/r.git", "link-local"),
        ("ftp://example.com/r", "scheme ftp"),
        ("file:///etc", "not a git repository"),
        ("file:///etc/passwd", "not a git repository"),
        ("file://localhost/%65tc", "not a git repository"),
        ("~no-such-person/r", "no such home folder"),
    ],
)
def test_dangerous_address_is_refused_by_the_settings(
    address: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARKY_SOURCES__GIT__REPOSITORIES", f'["{address}"]')
    with pytest.raises(ConfigurationError, match=reason):
        load_settings()


def test_file_url_of_repository_bundle_or_missing_folder_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History()
    history.commit("Add a map", at("2025-11-12 09:00"), {"map.txt": "x"})
    clone = history.at_path(tmp_path / "a clone")
    bare = history.at_path(tmp_path / "bare.git", bare=True)
    git(clone, "bundle", "create", "--quiet", str(tmp_path / "all.bundle"), "HEAD")
    addresses = [path.as_uri() for path in (clone, bare, tmp_path / "all.bundle", tmp_path / "of another machine")]
    monkeypatch.setenv("SPARKY_SOURCES__GIT__REPOSITORIES", json.dumps(addresses))
    assert load_settings().sources.git.repositories == tuple(addresses)


def test_variable_with_one_underscore_gets_the_right_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_ORGANISATION_TIMEZONE", "Europe/Berlin")
    with pytest.raises(ConfigurationError, match="Did you mean SPARKY_ORGANISATION__TIMEZONE"):
        load_settings()
