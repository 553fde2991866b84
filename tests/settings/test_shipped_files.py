"""The shipped settings files: every setting, its default and its description."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from sparky_assets.settings.load import find_shipped_folder, load_settings
from sparky_assets.settings.schema import Settings


def leaves(model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    """Return every setting by its dotted key, with its default as TOML reads it."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found |= leaves(field.annotation, f"{prefix}{name}.")
        else:
            found[prefix + name] = as_toml(field.get_default(call_default_factory=True))
    return found


def as_toml(value: Any) -> Any:
    if isinstance(value, BaseModel):
        given = {name: getattr(value, name) for name in type(value).model_fields}
        return {name: as_toml(one) for name, one in given.items() if one is not None}
    if isinstance(value, tuple):
        return [as_toml(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def written(document: dict[str, Any], settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return every key of a TOML document by its dotted name; a table that is itself a setting stays whole."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        is_section = isinstance(value, dict) and prefix + name not in settings
        found |= written(value, settings, f"{prefix}{name}.") if is_section else {prefix + name: value}
    return found


def shipped_file(name: str) -> Path:
    return find_shipped_folder("config") / f"{name}.toml"


@pytest.mark.parametrize("name", ["development", "production"])
def test_shipped_file_names_every_setting_and_no_other(name: str) -> None:
    settings = leaves(Settings)
    said = written(tomllib.loads(shipped_file(name).read_text(encoding="utf-8")), settings)
    assert said.keys() == {key for key, default in settings.items() if default is not None}


@pytest.mark.parametrize(
    ("name", "its_own"),
    [
        ("development", {}),
        ("production", {"home": "/var/lib/sparky", "sources.git.repositories": [], "schedules.enabled": True}),
    ],
)
def test_shipped_file_shows_the_default_of_every_setting(name: str, its_own: dict[str, Any]) -> None:
    settings = leaves(Settings)
    said = written(tomllib.loads(shipped_file(name).read_text(encoding="utf-8")), settings)
    assert {key: value for key, value in said.items() if value != settings.get(key)} == its_own


@pytest.mark.parametrize("name", ["development", "production"])
def test_setting_without_a_default_is_in_a_comment(name: str) -> None:
    comments = [line for line in shipped_file(name).read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    without = [key.rpartition(".")[2] for key, default in leaves(Settings).items() if default is None]
    assert {"salt", "salt_file", "templates"} <= set(without)
    assert [name for name in without if not any(name in comment for comment in comments)] == []


def test_development_file_equals_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(find_shipped_folder("config").parent)  # relative paths of the file begin there
    assert load_settings(shipped_file("development")).model_dump() == Settings().model_dump()


def test_production_file_is_chosen_by_sparky_env(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_ENV", "production")
    assert load_settings().home == Path("/var/lib/sparky")


def test_every_setting_has_a_description() -> None:
    def undescribed(model: type[BaseModel], prefix: str = "") -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                found += undescribed(field.annotation, f"{prefix}{name}.")
            elif not field.description:
                found.append(prefix + name)
        return found

    assert undescribed(Settings) == []
