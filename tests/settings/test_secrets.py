"""Secrets in settings: from variables and separate files, masked, and never repeated."""

from pathlib import Path

import pytest

from sparky_assets.settings.load import load_settings
from tests.settings.settings_errors import refusal


def test_secret_in_the_file_is_refused_with_the_variable_to_use(file: Path) -> None:
    message = refusal(file, "[people]\nsalt = 'hunter2'")
    assert message.startswith(f"{file}: people.salt is a secret and must not be in a settings file.")
    assert "SPARKY_PEOPLE__SALT" in message
    assert "people.salt_file" in message
    assert "hunter2" not in message


def test_secret_from_a_variable_is_masked_wherever_it_is_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_PEOPLE__SALT", "hunter2")
    settings = load_settings(file)
    assert settings.people.salt is not None
    assert settings.people.salt.get_secret_value() == "hunter2"
    for shown in (str(settings), repr(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "hunter2" not in shown


def test_secret_is_read_from_the_file_that_salt_file_names(file: Path, tmp_path: Path) -> None:
    (tmp_path / "salt").write_text("hunter2\n")
    file.write_text(f"[people]\nsalt_file = '{tmp_path / 'salt'}'")
    settings = load_settings(file)
    assert settings.people.salt is not None
    assert settings.people.salt.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings) + settings.model_dump_json()


def test_variable_of_a_secret_goes_before_its_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_PEOPLE__SALT", "from the variable")
    monkeypatch.setenv("SPARKY_PEOPLE__SALT_FILE", "/absent")
    salt = load_settings(file).people.salt
    assert salt is not None
    assert salt.get_secret_value() == "from the variable"


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"", b" \n"])
def test_secret_file_that_is_absent_unreadable_or_empty_is_named(
    file: Path, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "salt").write_bytes(content)
    message = refusal(file, f"[people]\nsalt_file = '{tmp_path / 'salt'}'")
    assert message.startswith(f"people.salt_file = {tmp_path / 'salt'}: ")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SPARKY_PEOPLE", '{"salt": ["hunter2"]}'),
        ("SPARKY_PEOPLE", '["hunter2"]'),
        ("SPARKY_PEOPLE", "hunter2"),
        ("SPARKY_PEOPLE__SALTT", "hunter2"),
        ("SPARKY_PEOPLE__SALT__X", "hunter2"),
    ],
)
def test_secret_given_in_the_wrong_way_is_not_repeated(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    message = refusal(file, "")
    assert variable in message
    assert "hunter2" not in message


def test_password_in_a_url_is_refused_and_not_repeated(file: Path) -> None:
    message = refusal(file, "[sources.git]\nrepositories = ['https://ada:hunter2@host/x']")
    assert "sources.git.repositories.0" in message
    assert "a URL must not carry a password; use a git credential helper" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "token",
    ["ghp_0123456789abcdefABCDEF0123456789abcd", "github_pat_11ABCDEFG0123456789_abcdef", "0123456789abcdef" * 2],
)
def test_token_in_place_of_a_user_is_refused_and_not_repeated(file: Path, token: str) -> None:
    message = refusal(file, f"[sources.git]\nrepositories = ['https://{token}@github.com/org/repo']")
    assert "sources.git.repositories.0" in message
    assert token not in message
