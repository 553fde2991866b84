"""Every error in settings is named with its source, key and value, and with a valid value."""

import subprocess
from pathlib import Path

import pytest

from sparky_assets.destinations.pages import GitDestination
from sparky_assets.settings.load import ConfigurationError, load_settings
from tests.settings.settings_errors import refusal

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
def test_unknown_key_is_refused_with_a_suggestion(file: Path, toml: str, complaint: str) -> None:
    message = refusal(file, toml)
    assert message.startswith(f"{file}: {complaint}")


@pytest.mark.parametrize(
    ("variable", "complaint"),
    [
        ("SPARKY_HOMES", "environment: unknown variable SPARKY_HOMES. Did you mean SPARKY_HOME?"),
        (
            "SPARKY_ORGANIZATION__TIMEZONE",
            "environment: unknown variable SPARKY_ORGANIZATION__TIMEZONE. Did you mean SPARKY_ORGANISATION__TIMEZONE?",
        ),
        (
            "SPARKY_ORGANISATION__TIMEZON",
            "environment: SPARKY_ORGANISATION__TIMEZON: unknown key organisation.timezon. Did you mean timezone?",
        ),
        ("SPARKY_HOME__X", "environment: unknown variable SPARKY_HOME__X. Did you mean SPARKY_HOME?"),
    ],
)
def test_unknown_variable_is_refused_with_a_suggestion(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, "x")
    assert refusal(file, "") == complaint


def test_unknown_override_does_not_name_the_file(file: Path) -> None:
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
        ("[periods]\ngrace_minutes = -1", "periods.grace_minutes = -1", "greater than or equal to 0"),
        ("[periods]\ngrace_minutes = 1441", "periods.grace_minutes = 1441", "less than or equal to 1440"),
        ("[sources.git]\nrepositories = '.'", "sources.git.repositories = '.'", ""),
        ("[sources.git]\nrepositories = ['.', '']", "sources.git.repositories.1 = ''", "give a path or a clone URL"),
        ("[sources.git]\nrepositories = ['ftp://h/x']", "repositories.0 = 'ftp://h/x'", "not one of https, http, ssh"),
        ("[sources.git]\nrepositories = ['https:///x']", "repositories.0 = 'https:///x'", "the URL has no host"),
        ("[sources.git]\nrepositories = ['ext::sh -c id://']", "repositories.0 = 'ext::sh -c id://'", "remote helper"),
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
def test_bad_value_is_named_with_file_key_value_and_a_valid_form(
    file: Path, toml: str, key_and_value: str, reason: str
) -> None:
    message = refusal(file, toml)
    assert message.startswith(f"{file}: ")
    assert key_and_value in message
    assert reason in message


@pytest.mark.parametrize("folder", ["../x", "a/../../x", "/etc", ".git", "a/.git/hooks", ".GIT/hooks", "a:b", "a/b."])
def test_folder_outside_the_repository_is_refused(file: Path, folder: str) -> None:
    message = refusal(file, f"[[publish.destinations]]\nname = 'a'\nfolder = '{folder}'")
    assert f"publish.destinations.0.folder = '{folder}': must be a folder inside the repository" in message


def test_folder_with_a_line_break_is_refused(file: Path) -> None:
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
def test_branch_name_that_git_rejects_is_refused(file: Path, branch: str) -> None:
    file.write_text(f"[[publish.destinations]]\nname = 'a'\nbranch = '{branch}'", encoding="utf-8")
    git = subprocess.run(["git", "check-ref-format", "--branch", branch], capture_output=True, check=False)
    try:
        load_settings(file)
    except ConfigurationError as error:
        assert f"publish.destinations.0.branch = '{branch}': not a branch name".replace("\\", "\\\\") in str(error)
    else:
        assert git.returncode == 0


@pytest.mark.parametrize("branch", ["main", "feature/x-1", "v1.0", "a_b"])
def test_ordinary_branch_is_accepted(file: Path, branch: str) -> None:
    file.write_text(f"[[publish.destinations]]\nname = 'a'\nbranch = '{branch}'")
    (there,) = load_settings(file).publish.destinations
    assert isinstance(there, GitDestination)
    assert there.branch == branch


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


def test_all_errors_are_reported_at_once_each_on_its_line(file: Path) -> None:
    lines = refusal(file, "[periods]\nstart = 'x'\ngrace_minutes = -1\n[organisation]\ntimezone = 'y'").splitlines()
    assert [line.split(" = ")[0] for line in lines] == [
        f"{file}: {key}" for key in ("organisation.timezone", "periods.start", "periods.grace_minutes")
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
def test_bad_value_of_a_variable_names_the_variable_and_not_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)
    message = refusal(file, "")
    assert message.startswith(f"environment: {variable}: ")
    assert complaint in message
    assert str(file) not in message


def test_bad_override_does_not_name_the_file(file: Path) -> None:
    message = refusal(file, "[sources.git]\nrepositories = ['.']", {"sources": {"git": {"repositories": ("-x",)}}})
    assert message.startswith("command line: sources.git.repositories.0 = '-x': ")


# --- Web addresses

ALL_WEB_URLS = [
    ("[alerts]\nui = '{}'", "alerts.ui"),
    ("[alerts]\nheartbeat_url = '{}'", "alerts.heartbeat_url"),
    ("[events]\nwebhook = '{}'", "events.webhook"),
    ("[reader]\ndagster_url = '{}'", "reader.dagster_url"),
    ("[digests]\npage_url = '{}/{{page}}'", "digests.page_url"),
    ("[[publish.destinations]]\nname = 'a'\nsite_url = '{}'", "publish.destinations.0.site_url"),
    ("[[publish.destinations]]\nname = 'a'\nkind = 'devto'\nsite_url = '{}'", "publish.destinations.0.site_url"),
    ("[[publish.destinations]]\nname = 'a'\nkind = 'webhook'\nurl = '{}'", "publish.destinations.0.url"),
]


@pytest.mark.parametrize(("toml", "key"), ALL_WEB_URLS)
@pytest.mark.parametrize("address", ["http://user:secret-pw@host", "https://user@host/x", "https://@host"])
def test_web_url_with_credentials_is_refused(file: Path, toml: str, key: str, address: str) -> None:
    message = refusal(file, toml.format(address))
    assert message.startswith(f"{file}: {key} = ")
    assert message.endswith(": an address must not carry a name or password.")
    assert "secret-pw" not in message


@pytest.mark.parametrize(("toml", "key"), ALL_WEB_URLS)
@pytest.mark.parametrize("address", ["ftp://host", "host", "https://", "https://a b"])
def test_web_url_of_another_form_is_refused(file: Path, toml: str, key: str, address: str) -> None:
    message = refusal(file, toml.format(address))
    assert message.startswith(f"{file}: {key} = ")
    assert "not an address; write it like https://" in message


def test_web_url_keeps_the_slash_that_an_endpoint_needs(file: Path) -> None:
    file.write_text("[events]\nwebhook = 'https://x.org/hook/'\n[reader]\ndagster_url = 'http://127.0.0.1:3000/'")
    settings = load_settings(file)
    assert settings.events.webhook == "https://x.org/hook/"
    assert settings.reader.dagster_url == "http://127.0.0.1:3000"


def test_variable_of_the_test_suite_is_not_a_setting(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKY_TESTS_GITHUB_SCHEMA", "/tmp/github.graphql")
    load_settings(file)
    monkeypatch.setenv("SPARKY_TEST", "x")
    assert refusal(file, "").startswith("environment: unknown variable SPARKY_TEST.")
