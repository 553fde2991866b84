"""`sparky doctor`: try everything that a run needs, and say what to do about what does not work."""

import shutil
from collections.abc import Callable, Iterator

import click

from sparky_assets.cli.console import echo
from sparky_assets.cli.home import make_home
from sparky_assets.settings.schema import Settings

MIN_FREE_BYTES = 1 << 30


DoctorCheck = tuple[str, bool, str]


@click.command(short_help="Try everything that a run needs, and say what to do.")
@click.pass_obj
def doctor(config_file: str | None) -> None:
    """Check git, settings, folders, repositories, templates and destinations. Exit code 1 when something is wrong."""
    from sparky_assets.settings.load import find_settings_file, load_settings

    settings = load_settings(config_file)
    echo(f"ok    settings: {find_settings_file(config_file)}")
    wrong = 0
    for check in (
        _check_git,
        _check_home,
        _check_storage,
        _check_templates,
        _check_repositories,
        _check_github,
        _check_language_model,
        _check_destinations,
    ):
        for what, works, word in _run_check(check, settings):
            wrong += not works
            echo(f"{'ok   ' if works else 'WRONG'} {what}: {word}", style=None if works else "red")
    raise SystemExit(1 if wrong else 0)


def _run_check(check: Callable[[Settings], Iterator[DoctorCheck]], settings: Settings) -> Iterator[DoctorCheck]:
    from resources.errors import ResourceError
    from sparky_assets.errors import DataError

    try:
        yield from check(settings)
    except (ResourceError, DataError, OSError) as error:
        yield check.__name__.strip("_"), False, str(error)


def _check_git(_: Settings) -> Iterator[DoctorCheck]:
    import git

    found = git.Git().version_info
    version = ".".join(map(str, found))
    yield "git", found >= (2, 37), f"{version}; --since-as-filter needs 2.37 or later" if found < (2, 37) else version


def _check_home(settings: Settings) -> Iterator[DoctorCheck]:
    make_home(settings.home)
    free = shutil.disk_usage(settings.home).free
    enough = free >= MIN_FREE_BYTES
    yield "home", enough, f"{settings.home.resolve()}, {free / (1 << 30):.0f} GiB free{'' if enough else '; make room'}"


def _check_storage(settings: Settings) -> Iterator[DoctorCheck]:
    from resources.storage import Storage

    storage = Storage(root=settings.store_root)
    storage.write_text("doctor/probe", "probe", "written by sparky doctor\n")
    storage.read_text("doctor/probe", "probe")
    yield "store", True, settings.store_root


def _check_templates(settings: Settings) -> Iterator[DoctorCheck]:
    from sparky_assets.digests.render.templates import build_environment, list_template_names
    from sparky_assets.digests.writing import list_template_folders

    folders = list_template_folders(settings)
    for folder in folders:
        yield "templates", folder.is_dir(), str(folder) if folder.is_dir() else f"{folder}: no such folder"
    templates = build_environment([folder for folder in folders if folder.is_dir()])
    for name in list_template_names(templates):
        templates.get_template(name)


def _check_repositories(settings: Settings) -> Iterator[DoctorCheck]:
    from sparky_assets.definitions import build_resources

    if settings.sources.source == "github":
        return
    if not settings.sources.git.repositories:
        yield "repositories", False, "none are configured; name some in [sources.git] repositories"
    opened, failed = build_resources(settings)["git"].open_all()
    for one in opened:
        yield f"repository {one.name}", True, one.note or f"branch {one.default_branch}"
    for broken in failed:
        yield f"repository {broken.name}", False, broken.reason


def _check_github(settings: Settings) -> Iterator[DoctorCheck]:
    from resources.errors import GitHubError
    from sparky_assets.raw.github.collect import open_github
    from sparky_assets.raw.github.diagnostics import diagnose_github

    source = settings.sources.github
    if settings.sources.source == "git":
        return
    if not source.owners:
        yield "GitHub", False, "no organisation is configured; name one in [sources.github] organisations or users"
    for owner in source.owners:
        try:
            with open_github(source, owner) as github:
                for finding in diagnose_github(github, owner):
                    yield f"GitHub, {finding.name}", finding.ok, finding.detail
        except GitHubError as error:
            yield f"GitHub, {owner}", False, str(error)


def _check_language_model(settings: Settings) -> Iterator[DoctorCheck]:
    from sparky_assets.definitions import build_resources

    for name in sorted({settings.language_model.get_model_name(kind) for kind in ("daily", "weekly", "monthly")}):
        model = build_resources(settings)["language_models"].connect(name)
        if model is None:
            yield "language model", True, "none; rules write everything"
            return
        health = model.check_health()
        model.close()
        yield f"language model {name}", health.ok, "; ".join((health.detail, *health.warnings))


def _check_destinations(settings: Settings) -> Iterator[DoctorCheck]:
    from resources.errors import ResourceError
    from sparky_assets.definitions import build_publisher
    from sparky_assets.publications.examination import check_destination

    publisher = build_publisher(settings, dry_run=True)
    for destination in settings.publish.destinations:
        if destination.mode == "off":
            yield f"destination {destination.name}", True, "off"
            continue
        try:
            yield f"destination {destination.name}", True, check_destination(destination, settings, publisher)
        except ResourceError as error:
            yield f"destination {destination.name}", False, str(error)
