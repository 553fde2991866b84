"""Settings: which file is read, the order of precedence, and default paths."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from sparky_assets.destinations.pages import GitDestination
from sparky_assets.settings.load import ConfigurationError, find_settings_file, find_shipped_folder, load_settings
from sparky_assets.settings.schema import Settings

# --- Files


def test_without_any_choice_the_shipped_development_file_is_read() -> None:
    assert find_settings_file() == find_shipped_folder("config") / "development.toml"


def test_file_in_the_working_directory_has_precedence_over_the_shipped(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "development.toml").write_text("home = 'ours'")
    assert load_settings().home == Path("ours")


def test_sparky_config_names_a_file_and_goes_before_sparky_env(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_ENV", "production")
    monkeypatch.setenv("SPARKY_CONFIG", str(file))
    assert find_settings_file() == file


def test_explicit_file_has_precedence_over_everything(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_CONFIG", "/elsewhere.toml")
    assert find_settings_file(file) == file


def test_missing_file_is_named_with_the_way_to_choose_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.toml: no such settings file\. Name one with --config"):
        load_settings(tmp_path / "absent.toml")


def test_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such settings file"):
        load_settings(tmp_path)


def test_environment_without_a_file_is_named_with_those_that_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_ENV", "staging")
    with pytest.raises(
        ConfigurationError, match=r"SPARKY_ENV=staging: there is no config/staging\.toml\. Use development"
    ):
        load_settings()


@pytest.mark.parametrize("text", [b"a = = 1", b"[periods", b"home = 'x'\nhome = 'y'", b"\xff\xfe"])
def test_file_that_is_not_toml_is_named(file: Path, text: bytes) -> None:
    file.write_bytes(text)
    with pytest.raises(ConfigurationError, match=r"sparky\.toml: not valid TOML: "):
        load_settings(file)


def test_empty_file_leaves_every_default(file: Path) -> None:
    assert load_settings(file).model_dump() == Settings().model_dump()


# --- Precedence


def test_environment_goes_before_the_file_and_leaves_its_neighbours(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("[organisation]\nname = 'Acme'\ntimezone = 'Europe/Berlin'\n[periods]\nstart = 2025-06-01")
    monkeypatch.setenv("SPARKY_ORGANISATION__TIMEZONE", "Asia/Tokyo")
    settings = load_settings(file)
    assert (settings.organisation.name, settings.organisation.timezone) == ("Acme", "Asia/Tokyo")
    assert settings.periods.start == date(2025, 6, 1)


def test_overrides_go_before_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_SOURCES__GIT__REPOSITORIES", '["from-environment"]')
    monkeypatch.setenv("SPARKY_SOURCES__GIT__FETCH", "false")
    settings = load_settings(file, {"sources": {"git": {"repositories": ["from-command-line"]}}})
    assert settings.sources.git.repositories == ("from-command-line",)
    assert settings.sources.git.fetch is False


def test_each_kind_of_value_can_be_set_by_a_variable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_HOME", "/data")
    monkeypatch.setenv("SPARKY_PERIODS__START", "2025-02-03")
    monkeypatch.setenv("SPARKY_PERIODS__GRACE_MINUTES", "30")
    monkeypatch.setenv("SPARKY_SOURCES__GIT__ALL_BRANCHES", "true")
    monkeypatch.setenv("SPARKY_SOURCES__GIT__REPOSITORIES", '["a", "https://github.com/org/b"]')
    monkeypatch.setenv("SPARKY_PUBLISH__DESTINATIONS", '[{"name": "blog", "repository": "/srv/blog"}]')
    settings = load_settings(file)
    assert settings.home == Path("/data")
    assert settings.periods.start == date(2025, 2, 3)
    assert settings.periods.grace == timedelta(minutes=30)
    assert settings.sources.git.all_branches
    assert settings.sources.git.repositories == ("a", "https://github.com/org/b")
    (blog,) = settings.publish.destinations
    assert isinstance(blog, GitDestination)
    assert (blog.name, blog.repository) == ("blog", "/srv/blog")


@pytest.mark.parametrize("variable", ["SPARKY_HOME", "SPARKY_ORGANISATION__TIMEZONE", "SPARKY_PEOPLE__SALT"])
def test_empty_variable_counts_as_unset(file: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "")  # what compose files make of ${VARIABLE:-}
    assert load_settings(file).model_dump() == Settings().model_dump()


def test_other_variables_are_ignored(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_OF_SPARKY", "/elsewhere")
    monkeypatch.setenv("ORGANISATION__NAME", "somebody")
    assert load_settings(file).model_dump() == Settings().model_dump()


def test_settings_cannot_be_changed_afterwards(file: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(file).organisation.name = "other"  # type: ignore[misc]


# --- Default paths


def test_store_is_below_home_by_default(file: Path) -> None:
    assert load_settings(file).store_root == str(Path.cwd() / ".sparky" / "store")
    file.write_text("home = '/data'\n[storage]\nroot = 's3://bucket/sparky'")
    assert load_settings(file).store_root == "s3://bucket/sparky"


def test_destination_without_a_repository_is_the_embedded_one(file: Path) -> None:
    file.write_text(
        "home = '/data'\n[[publish.destinations]]\nname = 'own'\n"
        "[[publish.destinations]]\nname = 'blog'\nrepository = '/srv/blog'"
    )
    settings = load_settings(file)
    own, blog = settings.publish.destinations
    assert isinstance(own, GitDestination)
    assert isinstance(blog, GitDestination)
    assert settings.resolve_destination_path(own) == Path("/data/publications")
    assert settings.resolve_destination_path(blog) == Path("/srv/blog")


def test_shipped_templates_are_found() -> None:
    assert (find_shipped_folder("templates") / "weekly.md.j2").is_file()
