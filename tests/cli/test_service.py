"""`sparky service`: valid systemd units, and a backup of one machine that can be restored."""

import dataclasses
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from resources.history_database import HistoryDatabase
from sparky_assets.cli import cli
from sparky_assets.cli.operations import installed_units
from sparky_assets.cli.operations.service_account import check_account, list_written_folders
from sparky_assets.errors import DataError
from sparky_assets.orchestration.backup import (
    BackupScope,
    find_backup,
    hold_service_lock,
    list_backups,
    make_backup,
    restore_backup,
)
from sparky_assets.orchestration.service_units import (
    OBSOLETE_UNIT,
    UP_UNIT,
    ServicePlan,
    build_log_configuration,
    build_units,
    parse_environment_file,
    parse_unit,
    quote_word,
)
from sparky_assets.settings.schema import Settings
from tests.fakes.postgres import absence, postgres, program

NOW = datetime(2025, 11, 12, 3, 17, tzinfo=UTC)


def make_plan(folder: Path, account: str = "") -> ServicePlan:
    return ServicePlan(
        program=folder / "bin/sparky",
        settings_file=folder / "my settings/sparky.toml",
        home=folder / "home 100%",
        backups=folder / "backups$now",
        environment_file=folder / "sparky.env",
        account=account,
        written_folders=[folder / "disk/my store"],
    )


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze: apt-get install systemd")
@pytest.mark.parametrize("account", ["", "root"])
def test_systemd_takes_the_units(tmp_path: Path, account: str) -> None:
    plan = make_plan(tmp_path, account)
    plan.program.parent.mkdir()
    plan.program.write_text("#!/bin/sh\n")
    plan.program.chmod(0o755)
    units = build_units(plan)
    for name, text in units.items():
        (tmp_path / name).write_text(text)
    command = ["systemd-analyze", *([] if account else ["--user"]), "--man=no", "--generators=no", "verify"]
    variables = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([*command, *(str(tmp_path / name) for name in units)],
                          env=variables, capture_output=True, text=True, check=False)  # fmt: skip
    said = [line for line in (done.stdout + done.stderr).splitlines() if "sparky" in line]
    assert (done.returncode, said) == (0, []), done.stderr


def test_units_of_the_machine_have_an_account_and_bounded_logs(tmp_path: Path) -> None:
    units = build_units(make_plan(tmp_path, "sparky"))
    for name in ("sparky.service", "sparky-backup.service"):
        assert "\nUser=sparky\n" in units[name]
        assert "\nLogNamespace=sparky\n" in units[name]
        assert "\nEnvironmentFile=-" in units[name]
        assert "\nProtectSystem=strict\n" in units[name]
    assert "ExecStartPre=-" in units[UP_UNIT]
    assert "doctor" in units[UP_UNIT]
    assert "OnCalendar=" in units["sparky-backup.timer"]
    assert "SystemMaxUse=" in build_log_configuration()


def test_units_may_write_a_store_and_destinations_outside_the_home(tmp_path: Path) -> None:
    """Regression: they were read-only for the services."""
    there = Settings.model_validate(
        {
            "storage": {"root": f"file://{tmp_path}/disk/store"},
            "publish": {
                "destinations": [
                    {"name": "site", "repository": str(tmp_path / "www/site")},
                    {"name": "inside"},
                    {"name": "folder", "kind": "folder", "path": str(tmp_path / "folder"), "mode": "on"},
                    {"name": "not", "kind": "folder", "path": str(tmp_path / "not"), "mode": "off"},
                ]
            },
            "alerts": {"heartbeat_file": str(tmp_path / "run/beat")},
        }
    )
    folders = list_written_folders(there, tmp_path / "home", tmp_path / "backups")
    # A local repository has its lock beside it.
    assert folders == [tmp_path / name for name in ("disk/store", "www", "folder", "run")]
    assert list_written_folders(Settings(), tmp_path / "home", tmp_path / "backups") == []
    units = build_units(make_plan(tmp_path, "sparky"))
    (line,) = [line for line in units[UP_UNIT].splitlines() if line.startswith("ReadWritePaths=")]
    assert line.endswith(f' "-{tmp_path}/disk/my store"')


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every account may enter; those of pytest are closed."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts programs as another account")
def test_account_that_cannot_run_the_program_is_named_before_it_installs(open_folder: Path) -> None:
    """Regression: after `uv tool install` into a home of 0750 systemd could not start Sparky (203/EXEC)."""
    plan = dataclasses.replace(make_plan(open_folder, "nobody"), written_folders=[open_folder / "disk"])
    for file, text in ((plan.program, "#!/bin/sh\necho sparky\n"), (plan.settings_file, "")):
        file.parent.mkdir()
        file.write_text(text)
        file.chmod(0o755)
    check_account(plan)
    plan.program.parent.chmod(0o750)
    with pytest.raises(DataError) as caught:
        check_account(plan)
    said = str(caught.value)
    assert f"the account nobody cannot run it: {plan.program.parent} is closed to it. Nothing was installed." in said
    assert "UV_TOOL_DIR=/opt/uv/tools" in said
    plan.program.parent.chmod(0o755)
    plan.program.write_text(f"#!{open_folder}/gone\n")
    with pytest.raises(DataError, match="gone is closed to it"):
        check_account(plan)
    plan.program.write_text("#!/bin/sh\necho 'no module named sparky_assets' >&2\nexit 1\n")
    with pytest.raises(DataError, match="cannot run it: no module named sparky_assets"):
        check_account(plan)
    plan.program.write_text("#!/bin/sh\n")
    plan.settings_file.chmod(0o600)
    with pytest.raises(DataError, match="cannot read it"):
        check_account(plan)
    plan.settings_file.chmod(0o644)
    (open_folder / "disk").mkdir()
    with pytest.raises(DataError, match="disk: the account nobody may not write there"):
        check_account(plan)


paths = st.text(st.characters(min_codepoint=32, exclude_characters="/\x7f", exclude_categories=("C", "Z")), min_size=1)


@given(paths, paths)
def test_any_path_is_read_back_from_the_unit(name: str, other: str) -> None:
    plan = ServicePlan(
        program=Path("/opt/sparky"),
        settings_file=Path("/etc") / name,
        home=Path("/srv") / other,
        backups=Path("/var") / name,
        environment_file=Path("/etc/sparky.env"),
    )
    units = build_units(plan)
    assert parse_unit(units[UP_UNIT]).settings_file == str(plan.settings_file)
    assert parse_unit(units[UP_UNIT]).environment["SPARKY_HOME"] == str(plan.home)
    assert parse_unit(units["sparky-backup.service"]).backups == str(plan.backups)
    assert (parse_unit(units[UP_UNIT]).program, parse_unit(units[UP_UNIT]).account) == (str(plan.program), "")


def test_path_with_a_line_break_is_refused() -> None:
    with pytest.raises(DataError, match="control"):
        quote_word("/srv/a\nExecStart=/bin/sh")


def test_environment_file_is_read_as_systemd_reads_it() -> None:
    text = "# a comment\nA=1\nB=\"two words\"\n\n#C=3\nD='x'\nnot a variable\nE=a=b\n"
    assert parse_environment_file(text) == {"A": "1", "B": "two words", "D": "x", "E": "a=b"}


def test_install_for_one_user_writes_units_and_secrets_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    if Path("/run/systemd/system").exists():
        pytest.skip("systemd runs here, and would start the units")
    settings = tmp_path / "sparky.toml"
    settings.write_text(f'home = "{tmp_path / "home"}"\n')
    arguments = ["--config", str(settings), "service"]
    first = CliRunner().invoke(cli, [*arguments, "install", "--user"])
    assert first.exit_code == 0, first.output
    assert "systemctl --user enable --now sparky.service" in first.output
    secrets = tmp_path / "config/sparky/sparky.env"
    assert secrets.stat().st_mode & 0o777 == 0o600
    before = secrets.read_text()
    (tmp_path / "config/systemd/user" / OBSOLETE_UNIT).write_text("[Unit]\n")
    assert len(parse_environment_file(before)["SPARKY_PEOPLE__SALT"]) >= 32
    second = CliRunner().invoke(cli, [*arguments, "install", "--user", "--port", "3100"])
    assert second.exit_code == 0, second.output
    assert secrets.read_text() == before
    units = tmp_path / "config/systemd/user"
    assert "--port 3100" in (units / UP_UNIT).read_text()
    assert not (units / OBSOLETE_UNIT).exists()
    shown = CliRunner().invoke(cli, [*arguments, "status", "--user"])
    assert shown.exit_code == 4
    assert "backup: there is none" in shown.output
    removed = CliRunner().invoke(cli, [*arguments, "uninstall", "--user"])
    assert removed.exit_code == 0, removed.output
    assert list(units.iterdir()) == []
    assert secrets.exists()


def test_command_of_a_person_has_settings_and_variables_of_the_units(tmp_path: Path) -> None:
    """Regression: `sparky status` beside a service looked into another home and said that all is missing."""
    units, program = tmp_path / "config/systemd/user", tmp_path / "sparky"
    variables = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}
    command = [str(Path(sys.executable).with_name("sparky")), "service", "exec", "--user", "status", "--json"]

    def call() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, env=variables, cwd="/", capture_output=True, text=True, check=False)

    missing = call()
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "no unit of Sparky is installed here: sparky service install" in missing.stderr
    program.write_text('#!/bin/sh\necho "$SPARKY_HOME" "$DAGSTER_PG_HOST" "$PWD" "$@"\n')
    program.chmod(0o755)
    home, secrets = tmp_path / "home", tmp_path / "config/sparky/sparky.env"
    units.mkdir(parents=True)
    home.mkdir()
    plan = ServicePlan(program, tmp_path / "sparky.toml", home, tmp_path / "backups", secrets)
    (units / UP_UNIT).write_text(build_units(plan)[UP_UNIT])
    secrets.parent.mkdir()
    secrets.write_text("DAGSTER_PG_HOST=db.example\n")
    done = call()
    assert done.stdout.split() == [
        str(home), "db.example", str(home), "--config", str(plan.settings_file), "status", "--json",
    ]  # fmt: skip


def make_home(folder: Path) -> BackupScope:
    """Return a home with a store, a published repository, history, a mirror and files that no backup needs."""
    home = folder / "home"
    for name in ("store/day.json", "publications/.git/HEAD", "mirrors/big", "dagster/up.lock", "dagster/dagster.yaml"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"{name} as it was")
    with closing(sqlite3.connect(home / "dagster/runs.db")) as history, history:
        history.execute("CREATE TABLE runs (id INTEGER)")
        history.execute("INSERT INTO runs VALUES (1)")
    return BackupScope(home, None, None)


def count_runs(scope: BackupScope) -> int:
    with closing(sqlite3.connect(scope.home / "dagster/runs.db")) as history:
        return int(history.execute("SELECT COUNT(*) FROM runs").fetchone()[0])


def test_lost_home_and_history_come_back(tmp_path: Path) -> None:
    scope = make_home(tmp_path)
    folder = make_backup(scope, tmp_path / "backups", NOW, 14)
    shutil.rmtree(scope.home / "store")
    (scope.home / "later").write_text("of the time between")
    with closing(sqlite3.connect(scope.home / "dagster/runs.db")) as history, history:
        history.execute("DELETE FROM runs")
    aside = restore_backup(folder, scope, NOW + timedelta(hours=1))
    assert (scope.home / "store/day.json").read_text() == "store/day.json as it was"
    assert (scope.home / "publications/.git/HEAD").exists()
    assert not (scope.home / "mirrors").exists()
    assert count_runs(scope) == 1
    assert (aside / "later").read_text() == "of the time between"
    assert not list(scope.home.glob(".restore-*"))


def test_history_that_is_written_meanwhile_is_whole_in_the_backup(tmp_path: Path) -> None:
    scope, is_over = make_home(tmp_path), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(scope.home / "dagster/runs.db", timeout=30)) as history:
            history.execute("PRAGMA journal_mode=WAL")
            while not is_over.is_set():
                with history:
                    history.executemany("INSERT INTO runs VALUES (?)", [(number,) for number in range(100)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        folder = make_backup(scope, tmp_path / "backups", NOW, 14)
    finally:
        is_over.set()
        writer.join()
    restore_backup(folder, scope, NOW)
    with closing(sqlite3.connect(scope.home / "dagster/runs.db")) as history:
        assert history.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert count_runs(scope) % 100 == 1


def test_store_outside_of_the_home_is_in_the_backup(tmp_path: Path) -> None:
    scope = make_home(tmp_path)
    store = tmp_path / "disk/store"
    store.mkdir(parents=True)
    (store / "day").write_text("as it was")
    scope = BackupScope(scope.home, store, None)
    folder = make_backup(scope, tmp_path / "backups", NOW, 14)
    (store / "day").write_text("torn")
    restore_backup(folder, scope, NOW)
    assert (store / "day").read_text() == "as it was"
    with pytest.raises(DataError, match="names none here"):
        restore_backup(folder, BackupScope(scope.home, None, None), NOW + timedelta(hours=1))


@pytest.mark.parametrize("name", ["home.tar.gz", "history.tar.gz"])
def test_torn_backup_is_refused_before_anything_is_touched(tmp_path: Path, name: str) -> None:
    scope = make_home(tmp_path)
    folder = make_backup(scope, tmp_path / "backups", NOW, 14)
    (folder / name).write_bytes((folder / name).read_bytes()[:-20])
    with pytest.raises(DataError, match="not as it was written"):
        restore_backup(folder, scope, NOW)
    assert not list(scope.home.glob(".before-*"))
    assert count_runs(scope) == 1


def test_restore_that_fails_halfway_puts_everything_back(tmp_path: Path) -> None:
    """The user may not write to the folder of the store. The home is restored by then."""
    scope = make_home(tmp_path)
    store = tmp_path / "store"
    store.mkdir()
    (store / "day").write_text("as it was")
    folder = make_backup(BackupScope(scope.home, store, None), tmp_path / "backups", NOW, 14)
    (scope.home / "later").write_text("of the time between")
    shutil.rmtree(store)
    store.write_text("a file in the way")
    with pytest.raises(DataError, match="as they were"):
        restore_backup(folder, BackupScope(scope.home, store, None), NOW)
    assert (scope.home / "later").read_text() == "of the time between"
    assert (scope.home / "mirrors/big").exists()
    assert not list(scope.home.glob(".before-*"))
    assert not list(scope.home.glob(".restore-*"))


def test_backup_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    folder = make_backup(make_home(tmp_path), tmp_path / "backups", NOW, 1)
    modes = {path.stat().st_mode & 0o777 for path in (folder, folder.parent)}
    assert modes == {0o700}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_only_the_last_backups_are_kept_and_the_newest_is_found(tmp_path: Path) -> None:
    scope, target = make_home(tmp_path), tmp_path / "backups"
    made = [make_backup(scope, target, NOW + timedelta(days=day), 2) for day in range(4)]
    assert list_backups(target) == made[2:]
    assert find_backup(target) == made[-1]
    assert find_backup(target, made[2].name) == made[2]
    with pytest.raises(DataError, match=r"no backup 19990101T000000Z"):
        find_backup(target, "19990101T000000Z")


def test_backup_that_cannot_be_made_leaves_the_old_ones_and_no_half_one(tmp_path: Path) -> None:
    scope, target = make_home(tmp_path), tmp_path / "backups"
    old = make_backup(scope, target, NOW, 1)
    away = HistoryDatabase("127.0.0.1", "1", "sparky", "dagster", "pepper")
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump: apt-get install postgresql-client")
    with pytest.raises(DataError, match="pg_dump"):
        make_backup(BackupScope(scope.home, None, away), target, NOW + timedelta(days=1), 1)
    assert list(target.iterdir()) == [old]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of another account")
def test_backup_that_root_makes_by_hand_belongs_to_the_account(tmp_path: Path) -> None:
    """Regression: the nightly backup of the account could not look into it, and failed from then on."""
    scope, target = make_home(tmp_path), tmp_path / "home-backups"
    (tmp_path / "sparky.toml").write_text(f'home = "{scope.home}"\n')
    target.mkdir()
    shutil.chown(target, "nobody")
    done = CliRunner().invoke(cli, ["--config", str(tmp_path / "sparky.toml"), "service", "backup", "--user"])
    assert done.exit_code == 0, done.output
    (made,) = target.iterdir()
    assert {path.owner() for path in (made, *made.iterdir())} == {"nobody"}


def test_files_are_not_replaced_below_a_running_service(tmp_path: Path) -> None:
    with hold_service_lock(tmp_path), pytest.raises(DataError, match="Stop it first"), hold_service_lock(tmp_path):
        pass


SYSTEMCTL = """#!/bin/sh
echo "$@" >> "{calls}"
case "$*" in *is-active*) echo active ;; esac
"""


@pytest.mark.parametrize("is_torn", [False, True])
def test_restore_of_one_box_stops_the_units_and_starts_them_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_torn: bool
) -> None:
    """The units start whatever came of it, and a torn backup changes nothing."""
    units, programs, calls = tmp_path / "config/systemd/user", tmp_path / "bin", tmp_path / "calls"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.delenv("SPARKY_HOME", raising=False)
    monkeypatch.setattr(installed_units, "SYSTEMD_MARK", tmp_path)
    programs.mkdir()
    (programs / "systemctl").write_text(SYSTEMCTL.format(calls=calls))
    (programs / "systemctl").chmod(0o755)
    scope, settings = make_home(tmp_path), tmp_path / "sparky.toml"
    settings.write_text(f'home = "{scope.home}"\n')
    units.mkdir(parents=True)
    plan = ServicePlan(tmp_path / "sparky", settings, scope.home, tmp_path / "home-backups", tmp_path / "none")
    for name, text in build_units(plan).items():
        (units / name).write_text(text)
    made = CliRunner().invoke(cli, ["--config", str(settings), "service", "backup", "--user"])
    assert made.exit_code == 0, made.output
    (scope.home / "store/day.json").write_text("torn")
    if is_torn:
        (backup,) = list_backups(plan.backups)
        (backup / "home.tar.gz").write_bytes(b"")
    # As a person calls it: the settings are those of the unit.
    done = CliRunner().invoke(cli, ["service", "restore", "--user"])
    assert isinstance(done.exception, DataError) if is_torn else done.exit_code == 0, done.output
    assert (scope.home / "store/day.json").read_text() == ("torn" if is_torn else "store/day.json as it was")
    said = [line for line in calls.read_text().splitlines() if "is-active" not in line]
    both = f"{UP_UNIT} sparky-backup.timer"
    assert said == [f"--user stop {both}", f"--user start {both}"]


@contextmanager
def real_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[HistoryDatabase]:
    if absence():
        pytest.skip(absence())
    programs = Path(program("initdb") or "").resolve().parent
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    with postgres() as variables:
        yield HistoryDatabase("127.0.0.1", variables["PORT"], "sparky", "postgres", "pepper")


def ask(database: HistoryDatabase, statement: str) -> str:
    variables = {"PGPASSWORD": database.password, "PATH": os.environ["PATH"]}
    command = ["psql", "-h", database.host, "-p", database.port, "-U", database.user, "-Atc", statement, database.name]
    return subprocess.run(command, env=variables, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.slow
def test_history_in_postgres_comes_back_or_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with real_database(monkeypatch) as database:
        scope = BackupScope(make_home(tmp_path).home, None, database)
        ask(database, "CREATE TABLE runs (id INTEGER)")
        ask(database, "INSERT INTO runs VALUES (1)")
        folder = make_backup(scope, tmp_path / "backups", NOW, 14)
        ask(database, "DELETE FROM runs")
        (scope.home / "store/day.json").write_text("torn")
        with pytest.raises(DataError, match="history is of"):
            restore_backup(folder, BackupScope(scope.home, None, None), NOW)
        wrong = HistoryDatabase(database.host, database.port, database.user, database.name, "wrong")
        with pytest.raises(DataError, match="pg_restore"):
            restore_backup(folder, BackupScope(scope.home, None, wrong), NOW)
        assert (scope.home / "store/day.json").read_text() == "torn"
        restore_backup(folder, scope, NOW + timedelta(hours=1))
        assert ask(database, "SELECT COUNT(*) FROM runs") == "1"
        assert (scope.home / "store/day.json").read_text() == "store/day.json as it was"
