"""`sparky init`: ask what a newspaper needs, try each answer, and write a settings file of a few lines."""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from resources.checks import CheckResult
from sparky_assets.cli.console import add_json_option, echo, echo_json, echo_result, format_check, output
from sparky_assets.cli.demo import get_sparky_command
from sparky_assets.errors import DataError
from sparky_assets.periods import PeriodKind, period_of_day

if TYPE_CHECKING:
    from sparky_assets.settings.schema import Settings

GITHUB_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
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
        answers = ask_questions(answers, file, has_publish=publish is not None)
    text = build_settings_text(answers)
    settings = load_trial_settings(text, file)
    results = list(try_settings(settings))
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
    week = find_week_with_commits(settings)
    echo(f"  {get_sparky_command()}{config} run week" + (f" {week}   # the last week with commits" if week else ""))


def ask_questions(answers: InitAnswers, file: Path, *, has_publish: bool) -> InitAnswers:
    """Ask for what the options left open. An answer that cannot be used is asked for again, with the reason.

    Args:
        answers: what the options say.
        file: where the settings are going to be.
        has_publish: whether an option says where to publish, also by the empty text.

    Raises:
        DataError: when no one can answer, because standard input is not a terminal.
    """
    if not sys.stdin.isatty():
        raise DataError("there is no one to ask. Name --organisation LOGIN or --repository PATH_OR_URL.")

    def try_sources(text: str) -> InitAnswers:
        organisations, repositories = split_sources(text)
        timezone = answers.timezone or "UTC"
        asked = replace(answers, organisations=organisations, repositories=repositories, timezone=timezone)
        settings = _try_answers(asked, file)
        if asked.repositories:
            _refuse_failures(try_repository(repository) for repository in settings.sources.git.repositories)
        return replace(asked, timezone=answers.timezone)

    def try_timezone(name: str) -> str:
        _try_answers(replace(answers, timezone=name), file)
        return name

    def try_publish(address: str) -> str:
        from sparky_assets.cli.doctor import check_destinations

        _refuse_failures(check_destinations(_try_answers(replace(answers, publish=address), file)))
        return address

    question = "Repositories to read (paths or URLs, spaces between), or an organisation on GitHub"
    answers = click.prompt(question, value_proc=try_sources)
    if answers.organisations and not answers.token_file and not os.environ.get("GITHUB_TOKEN"):
        question = "File with the GitHub token (empty: ask `gh auth token`)"
        answers = replace(answers, token_file=click.prompt(question, default="", show_default=False))
    if not answers.timezone:
        name = click.prompt("Timezone", default=find_local_timezone(), value_proc=try_timezone)
        answers = replace(answers, timezone=name)
    if not has_publish:
        question = "Git repository for the digests (path or URL; empty: one below .sparky)"
        publish = click.prompt(question, default="", show_default=False, value_proc=try_publish)
        answers = replace(answers, publish=publish)
    return answers


def split_sources(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the organisations, and the repositories, that an answer names.

    A word that could be a login and names no file is an organisation.
    """
    words = text.split()
    organisations = tuple(word for word in words if GITHUB_LOGIN.fullmatch(word) and not Path(word).exists())
    return organisations, tuple(word for word in words if word not in organisations)


def _try_answers(answers: InitAnswers, file: Path) -> "Settings":
    from sparky_assets.settings.load import ConfigurationError

    try:
        return load_trial_settings(build_settings_text(answers), file)
    except ConfigurationError as error:
        raise click.UsageError(str(error).removeprefix(f"{file}: ")) from error


def _refuse_failures(results: Iterator[CheckResult]) -> None:
    problems = [result.detail for result in results if not result.ok]
    if problems:
        raise click.UsageError("\n".join(problems))


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
        lines += ["[[publish.destinations]]", 'name = "digests"', *_describe_git_destination(answers.publish)]
    lines += ["[schedules]", "enabled = true # by `sparky up`"]
    return "\n".join(lines) + "\n"


def _describe_git_destination(publish: str) -> list[str]:
    """Return the lines of a repository for the digests: one to push to, else a folder that Sparky commits in."""
    from resources.git.mirrors import is_url

    address = _write_absolute(publish)
    folder = Path(address).expanduser()
    is_bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    if not is_bare and not is_url(publish):
        return [f"repository = {_quote(address)}"]
    url = folder.absolute().as_uri() if is_bare else address
    return [f"url = {_quote(url)}", 'mode = "dry_run" # "on" pushes']


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


def load_trial_settings(text: str, file: Path) -> "Settings":
    """Return the settings of a text that is not written yet where a command would find it.

    Args:
        text: the settings file.
        file: where it is going to be.

    Raises:
        ConfigurationError: when a value is not allowed.
    """
    import tempfile

    from sparky_assets.settings.load import ConfigurationError, load_settings

    with tempfile.TemporaryDirectory(prefix="sparky-init-") as temporary:
        trial = Path(temporary) / "sparky.toml"
        trial.write_text(text, encoding="utf-8")
        overrides: dict[str, Any] = {"home": file.absolute().parent / ".sparky"}
        try:
            return load_settings(trial, overrides)
        except ConfigurationError as error:
            raise ConfigurationError(str(error).replace(str(trial), str(file))) from error


def try_settings(settings: "Settings") -> Iterator[CheckResult]:
    """Try what the settings name: repositories, GitHub and destinations."""
    from sparky_assets.cli.doctor import check_destinations, check_github_access

    yield CheckResult("timezone", True, settings.organisation.timezone)
    if settings.sources.source != "github":
        for repository in settings.sources.git.repositories:
            yield try_repository(repository)
    yield from check_github_access(settings)
    yield from check_destinations(settings)


def find_week_with_commits(settings: "Settings") -> str:
    """Return the last closed week with commits in local repositories; empty for the one that a run would choose.

    URLs are not cloned for it, and an organisation is not read.
    """
    from resources.git.log import find_latest_activity
    from resources.git.mirrors import is_url
    from resources.git.repository import open_repository

    last = settings.calendar.last_closed(PeriodKind.WEEKLY, datetime.now(UTC))
    addresses = settings.sources.git.repositories
    if settings.sources.source != "git" or any(map(is_url, addresses)):
        return ""
    end = settings.calendar.window(last).end
    activity = [find_latest_activity(open_repository(Path(address)), end) for address in addresses]
    times = [at for at in activity if at]
    week = period_of_day(PeriodKind.WEEKLY, settings.calendar.local_date(max(times))) if times else last
    return week.label if week != last and week.start >= settings.periods.start else ""


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
