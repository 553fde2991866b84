"""`sparky init`: ask what a newspaper needs, try each answer, and write a settings file of a few lines."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from resources.checks import CheckResult
from sparky_assets.cli.console import add_json_option, echo, echo_json, echo_result, format_check, output
from sparky_assets.cli.demo import get_sparky_command
from sparky_assets.errors import DataError

LOCAL_TIME_FILE = Path("/etc/localtime")


@dataclass(frozen=True)
class InitAnswers:
    """The answers that `sparky init` has, from options or questions."""

    organisations: tuple[str, ...]
    repositories: tuple[str, ...]
    timezone: str
    token_file: str = ""
    publish: str = ""


@click.command(short_help="Ask for your repositories, and write sparky.toml.")
@click.option(
    "--organisation", "organisations", multiple=True, metavar="LOGIN", help="Organisation or user to read from GitHub."
)
@click.option("--repository", "repositories", multiple=True, metavar="PATH_OR_URL", help="Repository to read with git.")
@click.option("--timezone", metavar="NAME", help="IANA timezone in which days end.  [default: this machine's]")
@click.option(
    "--token-file", metavar="PATH", help="File with GitHub's token.  [default: GITHUB_TOKEN, then `gh auth token`]"
)
@click.option("--publish", metavar="PATH_OR_URL",
              help="Git repository for the digests.  [default: one below the home folder]")  # fmt: skip
@click.option("--file", "file", type=click.Path(path_type=Path), default=Path("sparky.toml"), show_default=True,
              help="File to write.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@add_json_option
def init(  # noqa: PLR0917 - click passes them by name
    organisations: tuple[str, ...], repositories: tuple[str, ...], timezone: str | None, token_file: str | None,
    publish: str | None, file: Path, *, force: bool,
) -> None:  # fmt: skip
    """Write a settings file of a few lines. What no option says is asked; each answer is tried before it is written.

    Nothing is sent: a remote repository for the digests begins as a dry run. --organisation and --repository can be
    repeated.

    \b
    Examples:
      sparky init
      sparky init --repository ~/src/llm --repository https://github.com/encode/httpx --timezone Europe/Berlin
      sparky init --organisation your-organisation --token-file ~/.config/sparky/token
    """
    if file.exists() and not force:
        raise DataError(f"{file}: exists already. Change it, or replace it with --force.")
    answers = InitAnswers(organisations, repositories, timezone or "", token_file or "", publish or "")
    if not (organisations or repositories):
        answers = ask_questions(answers, has_publish=publish is not None)
    text = build_settings_text(answers)
    results = list(try_settings(text, file))
    for result in results:
        echo_result(format_check(result), style=None if result.ok else "red")
    problems = [result.detail for result in results if not result.ok]
    if problems:
        raise DataError(f"{file}: not written, because {len(problems)} of the answers cannot be used. See above.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    if output.is_json:
        echo_json({"file": str(file.absolute()), "checks": [vars(result) for result in results]})
    config = "" if file.absolute() == Path("sparky.toml").absolute() else f" --config {file}"
    echo()
    echo(f"Wrote {file}. Next:", style="bold")
    echo(f"  {get_sparky_command()}{config} run week")


def ask_questions(answers: InitAnswers, *, has_publish: bool) -> InitAnswers:
    """Ask for what the options left open.

    Raises:
        DataError: when no one can answer, because standard input is not a terminal.
    """
    if not sys.stdin.isatty():
        raise DataError("there is no one to ask. Name --organisation LOGIN or --repository PATH_OR_URL.")
    from_github = click.confirm("Read an organisation from GitHub? (no: repositories with git)", default=False)
    question = "Organisation" if from_github else "Repositories (paths or URLs, spaces between)"
    names = tuple(click.prompt(question).split())
    token_file = answers.token_file
    if from_github and not token_file and not os.environ.get("GITHUB_TOKEN"):
        token_file = click.prompt("File with the token (empty: ask `gh auth token`)", default="", show_default=False)
    timezone = answers.timezone or click.prompt("Timezone", default=find_local_timezone())
    publish = answers.publish
    if not has_publish:
        question = "Git repository for the digests (path or URL; empty: one below .sparky)"
        publish = click.prompt(question, default="", show_default=False)
    return InitAnswers(names if from_github else (), () if from_github else names, timezone, token_file, publish)


def find_local_timezone() -> str:
    """Return this machine's IANA timezone: TZ, else where /etc/localtime leads, else UTC."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if not name and LOCAL_TIME_FILE.is_symlink():
        name = str(LOCAL_TIME_FILE.readlink()).rpartition("zoneinfo/")[2]
    return name if "/" in name and not name.startswith("/") else "UTC"


def build_settings_text(answers: InitAnswers) -> str:
    """Return the settings file: only what differs from the defaults."""
    has_both = answers.organisations and answers.repositories
    lines = ["# Written by `sparky init`. All settings: sparky config reference", "[organisation]"]
    lines += [f"timezone = {_quote(answers.timezone or find_local_timezone())}"]
    if answers.organisations:
        lines += ["[sources]", f'source = "{"both" if has_both else "github"}"', "[sources.github]"]
        lines += [f"organisations = {_quote_all(answers.organisations)}"]
        lines += [f"token_file = {_quote(_write_absolute(answers.token_file))}"] if answers.token_file else []
    if answers.repositories:
        repositories = [_write_absolute(repository) for repository in answers.repositories]
        lines += ["[sources.git]", f"repositories = {_quote_all(repositories)}"]
    if answers.publish:
        key = "url" if "://" in answers.publish else "repository"
        lines += ["[[publish.destinations]]", 'name = "digests"', f"{key} = {_quote(_write_absolute(answers.publish))}"]
    lines += ["[schedules]", "enabled = true # by `sparky up`"]
    return "\n".join(lines) + "\n"


def _write_absolute(path: str) -> str:
    """Return a path that means the same in the settings file; `~`, addresses and `ext::…` stay as they are."""
    if "://" in path or path.startswith("~") or ":" in path.partition("/")[0]:
        return path
    return str(Path(path).absolute())


def _quote(text: str) -> str:
    # A string of JSON is one of TOML, except that TOML has no surrogates; ensure_ascii would make some.
    return json.dumps(text, ensure_ascii=False)


def _quote_all(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quote, texts))}]"


def try_settings(text: str, file: Path) -> Iterator[CheckResult]:
    """Try the settings before they are written where a command would find them.

    Args:
        text: the settings file.
        file: where it is going to be.

    Raises:
        ConfigurationError: when a value is not allowed.
    """
    import tempfile

    from sparky_assets.cli.doctor import check_destinations, check_github_access
    from sparky_assets.settings.load import ConfigurationError, load_settings

    with tempfile.TemporaryDirectory(prefix="sparky-init-") as temporary:
        trial = Path(temporary) / "sparky.toml"
        trial.write_text(text, encoding="utf-8")
        overrides: dict[str, Any] = {"home": file.absolute().parent / ".sparky"}
        try:
            settings = load_settings(trial, overrides)
        except ConfigurationError as error:
            raise ConfigurationError(str(error).replace(str(trial), str(file))) from error
    yield CheckResult("timezone", True, settings.organisation.timezone)
    if settings.sources.source != "github":
        for repository in settings.sources.git.repositories:
            yield try_repository(repository)
    yield from check_github_access(settings)
    yield from check_destinations(settings)


def try_repository(address: str) -> CheckResult:
    """Try to read a repository: a path is opened, the branches of a URL are listed; nothing is cloned."""
    from resources.errors import GitError
    from resources.git.mirrors import is_url, list_remote_refs
    from resources.git.repository import open_repository

    name = f"repository {address}"
    try:
        if is_url(address):
            count = len(list_remote_refs(address, options=("--heads",)).splitlines())
            return CheckResult(name, True, f"{count} branches")
        repository = open_repository(Path(address))
    except (GitError, OSError) as error:
        return CheckResult(name, False, str(error))
    return CheckResult(name, True, repository.note or f"branch {repository.default_branch}")
