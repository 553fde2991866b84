"""Settings: where they come from, which wins, and that every fault is named with its source, key and value."""

import subprocess
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from sparky_assets.settings import Settings
from sparky_assets.settings_load import ConfigurationError, load_settings, settings_file, shipped


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sparky.toml").touch()
    return tmp_path / "sparky.toml"


def refusal(file: Path, toml: str, overrides: dict[str, Any] | None = None) -> str:
    """The message with which a settings file is refused."""
    file.write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file, overrides)
    return str(caught.value)


# --- The files that come with Sparky


def leaves(model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    """Every setting by its dotted key, with its default as TOML would read it."""
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
    """Every key of a TOML document by its dotted name; a table that is itself a setting stays whole."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        is_section = isinstance(value, dict) and prefix + name not in settings
        found |= written(value, settings, f"{prefix}{name}.") if is_section else {prefix + name: value}
    return found


def shipped_file(name: str) -> Path:
    return shipped("config") / f"{name}.toml"


@pytest.mark.parametrize("name", ["development", "production"])
def test_a_shipped_file_names_every_setting_and_no_other(name: str) -> None:
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
def test_a_shipped_file_shows_the_default_of_every_setting(name: str, its_own: dict[str, Any]) -> None:
    settings = leaves(Settings)
    said = written(tomllib.loads(shipped_file(name).read_text(encoding="utf-8")), settings)
    assert {key: value for key, value in said.items() if value != settings.get(key)} == its_own


@pytest.mark.parametrize("name", ["development", "production"])
def test_a_setting_without_a_default_stands_in_a_comment(name: str) -> None:
    comments = [line for line in shipped_file(name).read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    without = [key.rpartition(".")[2] for key, default in leaves(Settings).items() if default is None]
    assert {"salt", "salt_file", "templates"} <= set(without)
    assert [name for name in without if not any(name in comment for comment in comments)] == []


def test_the_development_file_is_what_settings_are_without_any_file() -> None:
    assert load_settings(shipped_file("development")).model_dump() == Settings().model_dump()


def test_the_production_file_is_chosen_by_sparky_env(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_ENV", "production")
    assert load_settings().home == Path("/var/lib/sparky")


def test_every_setting_says_what_it_is_for() -> None:
    def undescribed(model: type[BaseModel], prefix: str = "") -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                found += undescribed(field.annotation, f"{prefix}{name}.")
            elif not field.description:
                found.append(prefix + name)
        return found

    assert undescribed(Settings) == []


# --- Which file


def test_without_any_choice_the_shipped_development_file_is_read() -> None:
    assert settings_file() == shipped_file("development")


def test_a_file_of_our_own_folder_goes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "development.toml").write_text("home = 'ours'")
    assert load_settings().home == Path("ours")


def test_sparky_config_names_a_file_and_goes_before_sparky_env(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_ENV", "production")
    monkeypatch.setenv("SPARKY_CONFIG", str(file))
    assert settings_file() == file


def test_a_file_named_outright_goes_before_everything(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_CONFIG", "/elsewhere.toml")
    assert settings_file(file) == file


def test_a_missing_file_is_named_with_the_way_to_choose_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.toml: no such settings file\. Name one with --config"):
        load_settings(tmp_path / "absent.toml")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such settings file"):
        load_settings(tmp_path)


def test_an_environment_without_a_file_is_named_with_those_that_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_ENV", "staging")
    with pytest.raises(
        ConfigurationError, match=r"SPARKY_ENV=staging: there is no config/staging\.toml\. Use development"
    ):
        load_settings()


@pytest.mark.parametrize("text", [b"a = = 1", b"[periods", b"home = 'x'\nhome = 'y'", b"\xff\xfe"])
def test_a_file_that_is_not_toml_is_named(file: Path, text: bytes) -> None:
    file.write_bytes(text)
    with pytest.raises(ConfigurationError, match=r"sparky\.toml: not valid TOML: "):
        load_settings(file)


def test_an_empty_file_leaves_every_default(file: Path) -> None:
    assert load_settings(file).model_dump() == Settings().model_dump()


# --- What wins over what


def test_the_environment_goes_before_the_file_and_leaves_its_neighbours(
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
    monkeypatch.setenv("SPARKY_PERIODS__SETTLE_MINUTES", "30")
    monkeypatch.setenv("SPARKY_SOURCES__GIT__ALL_BRANCHES", "true")
    monkeypatch.setenv("SPARKY_SOURCES__GIT__REPOSITORIES", '["a", "https://github.com/org/b"]')
    monkeypatch.setenv("SPARKY_PUBLISH__DESTINATIONS", '[{"name": "blog", "repository": "/srv/blog"}]')
    settings = load_settings(file)
    assert settings.home == Path("/data")
    assert settings.periods.start == date(2025, 2, 3)
    assert settings.periods.settle == timedelta(minutes=30)
    assert settings.sources.git.all_branches
    assert settings.sources.git.repositories == ("a", "https://github.com/org/b")
    assert [(one.name, one.repository) for one in settings.publish.destinations] == [("blog", "/srv/blog")]


@pytest.mark.parametrize("variable", ["SPARKY_HOME", "SPARKY_ORGANISATION__TIMEZONE", "SPARKY_PEOPLE__SALT"])
def test_an_empty_variable_counts_as_unset(file: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "")  # what compose files make of ${VARIABLE:-}
    assert load_settings(file).model_dump() == Settings().model_dump()


def test_other_variables_are_none_of_our_business(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_OF_SPARKY", "/elsewhere")
    monkeypatch.setenv("ORGANISATION__NAME", "somebody")
    assert load_settings(file).model_dump() == Settings().model_dump()


def test_settings_cannot_be_changed_afterwards(file: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(file).organisation.name = "other"  # type: ignore[misc]


# --- Unknown keys and variables


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("[perods]\nstart = 2025-01-01", "unknown key perods. Did you mean periods?"),
        ("[periods]\nstrat = 2025-01-01", "unknown key periods.strat. Did you mean start?"),
        ("[sources.git]\nrepos = []", "unknown key sources.git.repos. "),
        (
            "[[publish.destinations]]\nname = 'a'\nfoldr = 'x'",
            "unknown key publish.destinations.0.foldr. Did you mean folder?",
        ),
        ("[storage]\nxyz = 1", "unknown key storage.xyz. Known here: root."),
    ],
)
def test_an_unknown_key_is_refused_with_what_was_probably_meant(file: Path, toml: str, complaint: str) -> None:
    message = refusal(file, toml)
    assert message.startswith(f"{file}: {complaint}")


@pytest.mark.parametrize(
    ("variable", "complaint"),
    [
        ("SPARKY_HOMES", "environment: unknown variable SPARKY_HOMES. Did you mean SPARKY_HOME?"),
        (
            "SPARKY_ORGANIZATION__TIMEZONE",
            "environment: unknown variable SPARKY_ORGANIZATION__TIMEZONE. Did you mean SPARKY_ORGANISATION?",
        ),
        (
            "SPARKY_ORGANISATION__TIMEZON",
            "environment: SPARKY_ORGANISATION__TIMEZON: unknown key organisation.timezon. Did you mean timezone?",
        ),
        ("SPARKY_HOME__X", "environment: unknown variable SPARKY_HOME__X. Did you mean SPARKY_HOME?"),
    ],
)
def test_an_unknown_variable_is_refused_with_what_was_probably_meant(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, "x")
    assert refusal(file, "") == complaint


def test_an_unknown_override_is_not_blamed_on_the_file(file: Path) -> None:
    assert refusal(file, "", {"sources": {"git": {"repos": []}}}).startswith(
        "command line: unknown key sources.git.repos"
    )


# --- Bad values


@pytest.mark.parametrize(
    ("toml", "key_and_value", "reason"),
    [
        (
            "[organisation]\ntimezone = 'Mars/Base'",
            "organisation.timezone = 'Mars/Base'",
            "use an IANA name like Europe/",
        ),
        ("[organisation]\ntimezone = '../UTC'", "organisation.timezone = '../UTC'", "no such timezone"),
        ("[organisation]\ntimezone = ''", "organisation.timezone = ''", "no such timezone"),
        ("[organisation]\nname = 5", "organisation.name = 5", "valid string"),
        ("[organisation]\nowners = ['data']", "organisation.owners.0 = 'data'", "write it like team:data"),
        ("[organisation]\nowners = ['team:']", "organisation.owners.0 = 'team:'", "write it like team:data"),
        ("[organisation]\nowners = ['team:a@b.c']", "organisation.owners.0", "e-mail addresses are never shown"),
        ("[organisation]\nowners = 'team:data'", "organisation.owners = 'team:data'", ""),
        ("[periods]\nstart = 'soon'", "periods.start = 'soon'", "valid date"),
        ("[periods]\nsettle_minutes = -1", "periods.settle_minutes = -1", "greater than or equal to 0"),
        ("[periods]\nsettle_minutes = 1441", "periods.settle_minutes = 1441", "less than or equal to 1440"),
        ("[sources.git]\nrepositories = '.'", "sources.git.repositories = '.'", ""),
        ("[sources.git]\nrepositories = ['.', '']", "sources.git.repositories.1 = ''", "give a path or a clone URL"),
        ("[sources.git]\nrepositories = ['ftp://h/x']", "repositories.0 = 'ftp://h/x'", "not one of https, http, ssh"),
        ("[sources.git]\nrepositories = ['https:///x']", "repositories.0 = 'https:///x'", "the URL has no host"),
        ("[sources.git]\nrepositories = ['ext::sh -c id://']", "repositories.0 = 'ext::sh -c id://'", "the scheme"),
        (
            "[sources.git]\nrepositories = ['-x']",
            "repositories.0 = '-x'",
            "a path cannot start with '-'; write ./-name",
        ),
        ("[sources.git]\nvisibility = 'secret'", "visibility = 'secret'", "'public', 'internal' or 'private'"),
        ("[sources]\ngit = 5", "sources.git = 5", ""),
        ("[publish]\nauthor_email = 'nobody'", "publish.author_email = 'nobody'", ""),
        ("[publish]\nauthor_name = 'a <b>'", "publish.author_name = 'a <b>'", ""),
        ("[[publish.destinations]]\nname = 'A b'", "publish.destinations.0.name = 'A b'", ""),
        ("[[publish.destinations]]\nname = 'a'\nkind = 'ftp'", "publish.destinations.0.kind = 'ftp'", "'git'"),
    ],
)
def test_a_bad_value_is_named_with_file_key_value_and_what_would_be_right(
    file: Path, toml: str, key_and_value: str, reason: str
) -> None:
    message = refusal(file, toml)
    assert message.startswith(f"{file}: ")
    assert key_and_value in message
    assert reason in message


@pytest.mark.parametrize("folder", ["../x", "a/../../x", "/etc", ".git", "a/.git/hooks", ".GIT/hooks"])
def test_a_folder_outside_the_files_of_a_repository_is_refused(file: Path, folder: str) -> None:
    message = refusal(file, f"[[publish.destinations]]\nname = 'a'\nfolder = '{folder}'")
    assert f"publish.destinations.0.folder = '{folder}': must be a folder inside the repository" in message


def test_a_folder_is_one_line(file: Path) -> None:
    assert "publish.destinations.0.folder" in refusal(file, '[[publish.destinations]]\nname = "a"\nfolder = "a\\nb"')


BRANCHES = [
    "main",
    "feature/x-1",
    "v1.0",
    "a_b",
    "a..b",
    "a.lock",
    "a/",
    "a.",
    "-a",
    "@",
    "a b",
    "a~1",
    "",
    "a//b",
    "/a",
]
BRANCHES += ["a/.b", "a.lock/b", "a@{b", "a\\b", "HEAD", "a/b.lock", "a./b", "ünï"]


@pytest.mark.parametrize("branch", BRANCHES)
def test_no_branch_is_accepted_that_git_would_refuse(file: Path, branch: str) -> None:
    file.write_text(f"[[publish.destinations]]\nname = 'a'\nbranch = '{branch}'", encoding="utf-8")
    git = subprocess.run(["git", "check-ref-format", "--branch", branch], capture_output=True, check=False)
    try:
        load_settings(file)
    except ConfigurationError as error:
        assert f"publish.destinations.0.branch = '{branch}': not a branch name".replace("\\", "\\\\") in str(error)
    else:
        assert git.returncode == 0


@pytest.mark.parametrize("branch", ["main", "feature/x-1", "v1.0", "a_b"])
def test_an_ordinary_branch_is_accepted(file: Path, branch: str) -> None:
    file.write_text(f"[[publish.destinations]]\nname = 'a'\nbranch = '{branch}'")
    assert load_settings(file).publish.destinations[0].branch == branch


@pytest.mark.parametrize(
    "repository",
    [
        ".",
        "../other",
        "/srv/git/x.git",
        "https://github.com/org/repo",
        "ssh://git@host/x",
        "git@github.com:org/repo.git",
        "file:///srv/x",
        "https://user@host/x",
        "https://host:8443/x",
        "a folder/with spaces",
        "./-x",
    ],
)
def test_paths_and_clone_urls_are_accepted(file: Path, repository: str) -> None:
    file.write_text(f"[sources.git]\nrepositories = ['{repository}']")
    assert load_settings(file).sources.git.repositories == (repository,)


def test_all_faults_are_told_at_once_each_on_its_line(file: Path) -> None:
    lines = refusal(file, "[periods]\nstart = 'x'\nsettle_minutes = -1\n[organisation]\ntimezone = 'y'").splitlines()
    assert [line.split(" = ")[0] for line in lines] == [
        f"{file}: {key}" for key in ("organisation.timezone", "periods.start", "periods.settle_minutes")
    ]


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("SPARKY_ORGANISATION__TIMEZONE", "Mars", "organisation.timezone = 'Mars': no such timezone"),
        ("SPARKY_ORGANISATION__TIMEZONE__X", "Mars", "organisation.timezone = {'x': 'Mars'}"),
        ("SPARKY_PUBLISH__DESTINATIONS", '[{"name": "A"}]', "publish.destinations.0.name = 'A'"),
        ("SPARKY_PUBLISH__DESTINATIONS__0__NAME", "A", "publish.destinations = {'0': {'name': 'A'}}"),
        ("SPARKY_SOURCES__GIT__REPOSITORIES", "a,b", 'Lists are written as JSON: \'["a", "b"]\''),
        ("SPARKY_SOURCES__GIT__REPOSITORIES", '["a"', 'Lists are written as JSON: \'["a", "b"]\''),
        ("SPARKY_ORGANISATION", "Acme", ""),
    ],
)
def test_a_bad_value_of_a_variable_names_the_variable_and_not_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)
    message = refusal(file, "")
    assert message.startswith(f"environment: {variable}: ")
    assert complaint in message
    assert str(file) not in message


def test_a_bad_override_is_not_blamed_on_the_file(file: Path) -> None:
    message = refusal(file, "[sources.git]\nrepositories = ['.']", {"sources": {"git": {"repositories": ("-x",)}}})
    assert message.startswith("command line: sources.git.repositories.0 = '-x': ")


# --- Secrets


def test_a_secret_in_a_file_is_refused_with_the_variable_to_use_and_is_not_repeated(file: Path) -> None:
    message = refusal(file, "[people]\nsalt = 'hunter2'")
    assert message.startswith(f"{file}: people.salt is a secret and must not stand in a settings file.")
    assert "SPARKY_PEOPLE__SALT" in message
    assert "people.salt_file" in message
    assert "hunter2" not in message


def test_a_secret_from_a_variable_is_masked_wherever_it_is_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_PEOPLE__SALT", "hunter2")
    settings = load_settings(file)
    assert settings.people.salt is not None
    assert settings.people.salt.get_secret_value() == "hunter2"
    for shown in (str(settings), repr(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "hunter2" not in shown


def test_a_secret_is_read_from_the_file_that_salt_file_names(file: Path, tmp_path: Path) -> None:
    (tmp_path / "salt").write_text("hunter2\n")
    file.write_text(f"[people]\nsalt_file = '{tmp_path / 'salt'}'")
    settings = load_settings(file)
    assert settings.people.salt is not None
    assert settings.people.salt.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings) + settings.model_dump_json()


def test_the_variable_of_a_secret_goes_before_its_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_PEOPLE__SALT", "from the variable")
    monkeypatch.setenv("SPARKY_PEOPLE__SALT_FILE", "/absent")
    salt = load_settings(file).people.salt
    assert salt is not None
    assert salt.get_secret_value() == "from the variable"


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"", b" \n"])
def test_a_secret_file_that_is_absent_unreadable_or_empty_is_named(
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
def test_a_secret_given_in_the_wrong_way_is_not_repeated(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    message = refusal(file, "")
    assert variable in message
    assert "hunter2" not in message


def test_a_password_in_a_url_is_refused_and_not_repeated(file: Path) -> None:
    message = refusal(file, "[sources.git]\nrepositories = ['https://ada:hunter2@host/x']")
    assert "sources.git.repositories.0" in message
    assert "a URL must not carry a password; use a git credential helper" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "token",
    ["ghp_0123456789abcdefABCDEF0123456789abcd", "github_pat_11ABCDEFG0123456789_abcdef", "0123456789abcdef" * 2],
)
def test_a_token_in_place_of_a_user_is_refused_and_not_repeated(file: Path, token: str) -> None:
    message = refusal(file, f"[sources.git]\nrepositories = ['https://{token}@github.com/org/repo']")
    assert "sources.git.repositories.0" in message
    assert token not in message


# --- Where things lie


def test_the_store_lies_below_home_unless_it_is_told_elsewhere(file: Path) -> None:
    assert load_settings(file).store_root == str(Path.cwd() / ".sparky" / "store")
    file.write_text("home = '/data'\n[storage]\nroot = 's3://bucket/sparky'")
    assert load_settings(file).store_root == "s3://bucket/sparky"


def test_a_destination_without_a_repository_is_the_embedded_one_below_home(file: Path) -> None:
    file.write_text(
        "home = '/data'\n[[publish.destinations]]\nname = 'own'\n"
        "[[publish.destinations]]\nname = 'blog'\nrepository = '/srv/blog'"
    )
    settings = load_settings(file)
    own, blog = settings.publish.destinations
    assert settings.destination_path(own) == Path("/data/publications")
    assert settings.destination_path(blog) == Path("/srv/blog")


def test_the_templates_that_come_with_sparky_are_found() -> None:
    assert shipped("templates").is_dir()
