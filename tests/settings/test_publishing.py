"""Settings of destinations: keys of each kind, local destinations by default, no secret in a file or a message."""

import json
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from sparky_assets.destinations.base import ProductName
from sparky_assets.destinations.pages import GitDestination
from sparky_assets.destinations.registry import DESTINATION_TYPES
from sparky_assets.digests.models import Product
from sparky_assets.settings.load import ConfigurationError, load_settings
from sparky_assets.settings.schema import Settings


def refusal(tmp_path: Path, toml: str) -> str:
    file = tmp_path / "sparky.toml"
    file.write_text(f"[[publish.destinations]]\nname = 'a'\n{toml}\n")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file)
    return str(caught.value).removeprefix(f"{file}: ")


def test_product_names_are_those_of_stage_4() -> None:
    assert set(get_args(ProductName)) == {product.value for product in Product}


def test_only_local_destinations_are_on_by_default() -> None:
    given = [
        {"name": "own"},
        {"name": "remote", "url": "https://example.com/x.git"},
        {"name": "pull", "kind": "github", "repository": "acme/docs"},
        {"name": "site", "kind": "folder", "path": "/srv/site"},
        {"name": "dev", "kind": "devto", "site_url": "https://blog.example.com"},
        {"name": "chat", "kind": "slack"},
        {"name": "game", "kind": "discord"},
        {"name": "hook", "kind": "webhook", "url": "https://example.com/hook"},
        {"name": "mail", "kind": "email", "host": "mx", "sender": "a@b.org", "recipients": ["c@d.org"]},
        {"name": "x", "kind": "x"},
        {"name": "in", "kind": "linkedin"},
    ]
    settings = Settings.model_validate({"publish": {"destinations": given}})
    assert {type(one) for one in settings.publish.destinations} == set(DESTINATION_TYPES)
    assert [one.name for one in settings.publish.destinations if one.mode == "on"] == ["own"]
    assert [one.name for one in settings.publish.destinations if one.is_local] == ["own", "site", "x", "in"]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("kind = 'ftp'", "publish.destinations.0.kind = 'ftp': must be one of 'git', 'github', 'folder'"),
        ("chanel = 'C1'\nkind = 'slack'", "unknown key publish.destinations.0.chanel. Did you mean channel?"),
        ("kind = 'folder'", "publish.destinations.0.path"),
        ("url = 'https://ada:pw@example.com/x'", "a URL must not carry a password"),
        ("url = 'https://ada@example.com/x'", "a URL must not carry a name"),
        ("url = 'https://ghp_abc@example.com/x'", "a URL must not carry a token"),
        ("url = 'https://example.com/x?token=1'", "a clone URL has no '?'"),
        ("url = 'ext::sh -c id'", "not a URL"),
        ("url = 'file:///etc'", "not a git repository"),
        ("url = 'git@github.com:acme/docs.git'", "not a URL; write it like https://github.com/org/repo or ssh://git@"),
        ("url = 'https://example.com/x'\nrepository = '/srv/x'", "not both"),
        ("parent_url = 'https://example.com/x'", "a parent needs `url` and `parent_path`"),
        ("kind = 'devto'\nsite_url = 'https://x.org'\naudience = 'internal'", "everybody can read it there"),
        ("kind = 'webhook'\nurl = 'https://a:b@example.com'", "must not carry a name or password"),
        ("kind = 'email'\nhost = 'mx'\nsender = 'a@b'\nrecipients = []", "publish.destinations.0.recipients"),
        ("kind = 'email'\nhost = 'mx'\nsender = 'a@b'\nrecipients = ['a@b,c@d']", "recipients.0"),
        ("daily_path = '../{key}.md'", "leaves the folder"),
        ("daily_path = '{kind}.md'", "would be one file for several days"),
        ("weekly_path = '{key}.md'\nmonthly_path = '{key}.md'", "days, weeks and months need paths that differ"),
        ("picture_path = 'p/{page}.svg'", "needs {file}"),
        ("periods = []", "publish.destinations.0.periods"),
    ],
)  # fmt: skip
def test_bad_destination_is_named_with_a_valid_form(tmp_path: Path, toml: str, said: str) -> None:
    assert said in refusal(tmp_path, toml)


def test_two_destinations_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "two destinations are called a" in refusal(tmp_path, "[[publish.destinations]]\nname = 'a'")


@pytest.mark.parametrize("key", ["token", "webhook"])
def test_secret_in_a_file_is_refused_without_its_value(tmp_path: Path, key: str) -> None:
    said = refusal(tmp_path, f"kind = 'slack'\n{key} = 'very-secret'")
    assert f"publish.destinations.0.{key} is a secret" in said
    assert f"Use {key}_file" in said
    assert "very-secret" not in said


def test_secret_is_read_from_its_file_and_masked(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("very-secret\n")
    file = tmp_path / "sparky.toml"
    file.write_text(
        f"[[publish.destinations]]\nname = 'a'\nurl = 'https://example.com/x'\ntoken_file = '{tmp_path}/token'\n"
    )
    (destination,) = load_settings(file).publish.destinations
    assert isinstance(destination, GitDestination)
    assert destination.token == SecretStr("very-secret")
    assert "very-secret" not in repr(destination) + destination.model_dump_json()


def test_file_of_a_disabled_destination_may_be_missing(tmp_path: Path) -> None:
    missing = "url = 'https://example.com/x'\ntoken_file = '/nowhere'"
    assert "the token_file of the destination a = /nowhere: cannot be read" in refusal(tmp_path, missing)
    (tmp_path / "sparky.toml").write_text(f"[[publish.destinations]]\nname = 'a'\nmode = 'off'\n{missing}\n")
    load_settings(tmp_path / "sparky.toml")


def test_secret_in_a_variable_is_in_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sparky.toml").touch()
    places = [{"name": "a", "url": "https://example.com/x", "repository": "/x", "token": "very-secret"}]
    monkeypatch.setenv("SPARKY_PUBLISH__DESTINATIONS", json.dumps(places))
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / "sparky.toml")
    assert "not both" in str(caught.value)
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("message", ["{kidn}", "{kind.__class__}", "{0}", "{kind"])
def test_error_lists_only_existing_names(message: str) -> None:
    with pytest.raises(ValueError, match="may name only"):
        Settings.model_validate({"publish": {"message": message}})
