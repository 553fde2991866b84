"""Every command in README and docs is run, or has a reason why not. Every setting that they show exists."""

import importlib.util
import json
import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sparky_assets.cli import cli
from sparky_assets.settings.load import ConfigurationError, load_settings
from sparky_assets.settings.schema import Settings
from tests.docs.commands import NEEDS_GITHUB, NOT_RUN, ONCE, added, allowed_codes, reason
from tests.docs.pages import PAGES, ROOT, Command, blocks, commands, simple_commands, spans
from tests.fakes.github import TOKEN, serving
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import day
from tests.needs import require_tool

pytestmark = pytest.mark.slow


SHOWN = {page: commands(page.read_text()) for page in PAGES}
with_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture
def desk(tmp_path: Path, newsroom_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return settings of a small organisation. Its folder is a clone, which `sparky demo` reads."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(newsroom_path), str(clone)], check=True)
    monkeypatch.chdir(clone)
    return {
        "SPARKY_HOME": str(tmp_path / "home"),
        "SPARKY_SOURCES__GIT__REPOSITORIES": json.dumps([str(newsroom_path)]),
        "SPARKY_PERIODS__START": "2025-01-01",
        # Pages show `yesterday`, which is not closed in the first minutes of a day: CI failed at 00:05 for it.
        "SPARKY_PERIODS__GRACE_MINUTES": "0",
        "SPARKY_PEOPLE__SALT": "pepper",
    }


def try_out(command: Command, desk: dict[str, str]) -> None:
    """Run one Sparky command. Variables of the command override those of the fixture."""
    words = " ".join(command.words)
    asked = dict(one.split("=", 1) for one in command.variables if one.startswith("SPARKY_"))
    result = CliRunner().invoke(cli, [*command.words[1:], *added(words)], env=desk | asked)
    assert result.exit_code in allowed_codes(words), f"{command}\n{result.output}\n{result.exception!r}"


def needs_github(command: Command) -> bool:
    return any(re.fullmatch(pattern, " ".join(command.words)) for pattern in NEEDS_GITHUB)


@with_page
def test_commands_of_a_page_work_in_order(page: Path, desk: dict[str, str]) -> None:
    for command in SHOWN[page]:
        words = " ".join(command.words)
        if command.words[:1] != ("sparky",) or reason(words) or needs_github(command):
            continue
        if words in ONCE and any(command in SHOWN[other] for other in PAGES[: PAGES.index(page)]):
            continue
        try_out(command, desk)


def test_commands_that_need_github_work_with_the_fake(desk: dict[str, str]) -> None:
    with serving(make_world(30, day("2025-11-20"), days=60)) as fake:
        github = {
            "SPARKY_SOURCES__SOURCE": "github",
            "SPARKY_SOURCES__GITHUB__API": fake.address,
            "SPARKY_SOURCES__GITHUB__ORGANISATIONS": '["acme"]',
            "SPARKY_SOURCES__GITHUB__TOKEN": TOKEN,
        }
        found = {command for page in PAGES for command in SHOWN[page] if needs_github(command)}
        assert found
        for command in sorted(found, key=str):
            try_out(command, desk | github)


@with_page
def test_command_that_is_not_run_has_a_reason(page: Path) -> None:
    command_line = [str(require_tool("just")), "--summary"]
    listed = subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, check=True)
    recipes = set(listed.stdout.split())
    for command in SHOWN[page]:
        words = " ".join(command.words)
        match command.words:
            case ():
                continue  # only an assignment
            case ("sparky", *_):
                assert_it_can_be_called(command.words[1:])
            case ("just", *rest):
                assert not rest or rest[0].startswith("--") or rest[0] in recipes, f"no recipe: {command}"
            case _:
                assert reason(words), f"{page.name} shows `{command}`: run it in tests/docs/commands.py, or say why not"
        if module := re.match(r"python -m ((?:benchmarks|tools)\.\w+)", words):
            assert importlib.util.find_spec(module[1]), f"no such module: {command}"


@with_page
def test_command_inside_of_a_sentence_exists_with_its_options(page: Path) -> None:
    for span in spans(page.read_text()):
        for command in simple_commands(span) if re.match(r"(uv run )?sparky ", span) else ():
            assert_it_can_be_called(command.words[1:])


def assert_it_can_be_called(words: tuple[str, ...]) -> None:
    """Assert that a command and all its options exist."""
    here: click.Command = cli
    for word in words:
        if isinstance(here, click.Group) and not word.startswith("-") and word != "…":
            found = here.get_command(click.Context(here), word)
            # `--config FILE` may stand before the command.
            if found is None and Path(word).suffix == ".toml":
                continue
            assert found, f"sparky {' '.join(words)}: there is no command {word}"
            here = found
        elif word.startswith("-"):
            options = {name for one in (*here.params, *cli.params) for name in (*one.opts, *one.secondary_opts)}
            options |= {"--help", "-h", "--version"}
            assert word.split("=")[0] in options, f"sparky {' '.join(words)}: there is no option {word}"


@with_page
def test_settings_on_a_page_exist(page: Path) -> None:
    for block in blocks(page.read_text(), "toml"):
        given = tomllib.loads(block)
        if not given.keys() & Settings.model_fields.keys():
            continue  # of another program
        Settings.model_validate(given)


def test_block_pasted_below_the_shipped_settings_is_explained(tmp_path: Path) -> None:
    """This is the most common first mistake of a reader of the README."""
    file = tmp_path / "sparky.toml"
    file.write_text((ROOT / "config/development.toml").read_text() + "\n[schedules]\nenabled = true\n")
    with pytest.raises(ConfigurationError, match="Change the lines of the existing table"):
        load_settings(file)


def test_each_reason_still_matches_a_command() -> None:
    """A pattern that covers all of `sparky …` would switch these tests off."""
    for pattern in NOT_RUN:
        assert not re.fullmatch(pattern, "sparky run week")
        assert not re.fullmatch(pattern, "sparky doctor")


def test_commands_are_split_as_a_shell_does() -> None:
    page = (
        "```sh\npip install uv && uv run sparky demo   # now\nexport A_B=1 \nX=y uv run --no-sync just a \\\n  b\n```\n"
    )
    page += "- a\n\n  ```console\n  $ sparky status | less\n  all is well\n  ```\n```toml\nsparky = 1\n```\n"
    assert commands(page) == [
        Command(("pip", "install", "uv")),
        Command(("sparky", "demo")),
        Command((), ("A_B=1",)),
        Command(("just", "a", "b"), ("X=y",)),
        Command(("sparky", "status")),
        Command(("less",)),
    ]
