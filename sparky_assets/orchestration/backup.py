"""Back up and restore one box without Docker: Sparky's home, a store outside of it, and Dagster's history.

A backup is a folder named by its time, with archives and their SHA-256 sums; it appears whole or not at all. Its layout
is that of `k8s/base/scripts/backup.sh`, so that a box can move to a cluster and back.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from resources.history_database import HistoryDatabase
from sparky_assets.errors import DataError

NAME_FORMAT = "%Y%m%dT%H%M%SZ"
SUMS_FILE = "SHA256SUMS"
HOME_ARCHIVE, STORE_ARCHIVE = "home.tar.gz", "store.tar.gz"
SQLITE_ARCHIVE, POSTGRES_DUMP = "history.tar.gz", "history.dump"
SKIPPED_TOP_FOLDERS = frozenset({"mirrors", "lost+found"})
"""Mirrors of git are made again by the first run that needs them."""
SKIPPED_SUFFIXES = (".tmp", ".lock")
SQLITE_SUFFIXES = (".db", ".db-wal", ".db-shm", ".db-journal")
ASIDE_PREFIX, WORK_PREFIX = ".before-", ".restore-"
HASH_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class BackupScope:
    """What a backup holds: the home with its history, the store where it is a folder elsewhere, and the database."""

    home: Path
    store: Path | None
    database: HistoryDatabase | None


def make_backup(scope: BackupScope, target: Path, now: datetime, keep: int) -> Path:
    """Write one backup below `target`, delete all but the last `keep`, and return its folder.

    Raises:
        DataError: when something cannot be read or written. No half backup is left, and no old one is deleted.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in target.glob(".*.part"):
        shutil.rmtree(leftover, ignore_errors=True)
    work = target / f".{now.strftime(NAME_FORMAT)}.part"
    work.mkdir(mode=0o700)
    try:
        if scope.database is None:
            _archive_sqlite(scope.home / "dagster", work)
        else:
            _run_postgres_program("pg_dump", scope.database, ["--format=custom", f"--file={work / POSTGRES_DUMP}"])
        _archive_folder(scope.home, work / HOME_ARCHIVE)
        if scope.store is not None:
            _archive_folder(scope.store, work / STORE_ARCHIVE)
        _write_sums(work)
        for file in work.iterdir():  # who copies one out of the folder shares neither salt nor private titles
            file.chmod(0o600)
        folder = target / now.strftime(NAME_FORMAT)
        work.rename(folder)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise DataError(f"no backup was made in {target}: {error}.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for old in list_backups(target)[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def list_backups(target: Path) -> list[Path]:
    """Return the folders of whole backups, oldest first."""
    return sorted(path for path in target.glob("2*Z") if (path / SUMS_FILE).is_file())


def find_backup(target: Path, name: str = "") -> Path:
    """Return the backup of that name; without a name, the newest.

    Raises:
        DataError: there is none.
    """
    backups = list_backups(target)
    chosen = [path for path in backups if not name or path.name == name]
    if not chosen:
        names = ", ".join(path.name for path in backups[-5:]) or "none"
        raise DataError(f"{target}: no backup{f' {name}' if name else ''}. There are: {names}.")
    return chosen[-1]


def restore_backup(backup: Path, scope: BackupScope, now: datetime) -> Path:
    """Bring back one backup and return the folder to which the present files were moved.

    Nothing of Sparky may run meanwhile. When a step fails, files and history are as they were.

    Raises:
        DataError: when the backup is torn, or a step fails.
    """
    check_sums(backup)
    has_dump = (backup / POSTGRES_DUMP).exists()
    if has_dump is (scope.database is None):
        kind = "Postgres" if has_dump else "SQLite"
        raise DataError(
            f"{backup}: its history is of {kind}, and the history here is not. Change DAGSTER_PG_HOST first."
        )
    stamp = now.strftime(NAME_FORMAT)
    archives: list[tuple[Path, tuple[str, ...]]] = [(scope.home, (HOME_ARCHIVE, SQLITE_ARCHIVE))]
    if (backup / STORE_ARCHIVE).exists():
        if scope.store is None:
            raise DataError(f"{backup}: it holds a store outside of the home, and storage.root names none here.")
        archives.append((scope.store, (STORE_ARCHIVE,)))
    undo: list[Callable[[], None]] = []
    try:
        for folder, names in archives:
            _replace_folder(folder, [backup / name for name in names if (backup / name).exists()], stamp, undo)
        if scope.database is not None:
            options = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
            arguments = [*options, f"--dbname={scope.database.name}", str(backup / POSTGRES_DUMP)]
            _run_postgres_program("pg_restore", scope.database, arguments)
    except BaseException as error:
        for step in reversed(undo):
            step()
        if isinstance(error, (OSError, tarfile.TarError, EOFError)):
            raise DataError(f"{backup} was not restored: {error}. Files and history are as they were.") from error
        raise
    finally:
        for folder, _ in archives:
            shutil.rmtree(folder / f"{WORK_PREFIX}{stamp}", ignore_errors=True)
    return scope.home / f"{ASIDE_PREFIX}{stamp}"


def check_sums(backup: Path) -> None:
    """Compare the files of a backup with their sums.

    Raises:
        DataError: a file is missing or differs.
    """
    try:
        lines = (backup / SUMS_FILE).read_text().splitlines()
        for line in lines:
            expected, _, name = line.partition("  ")
            if _hash_file(backup / Path(name).name) != expected:
                raise DataError(f"{backup / name}: it is not as it was written. Take another backup.")
    except OSError as error:
        raise DataError(f"{backup}: not a whole backup: {error.strerror or error}.") from error


# Python 3.11.2, which Debian 12 has, knows no filter. Sums say that the archive is one that Sparky wrote.
_TAR_OPTIONS: dict[str, Any] = {"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}


def _replace_folder(folder: Path, archives: Sequence[Path], stamp: str, undo: list[Callable[[], None]]) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in folder.glob(f"{WORK_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    work, aside = folder / f"{WORK_PREFIX}{stamp}" / "new", folder / f"{ASIDE_PREFIX}{stamp}"
    work.mkdir(mode=0o700, parents=True)
    for archive in archives:
        with tarfile.open(archive) as opened:
            opened.extractall(work, **_TAR_OPTIONS)  # noqa: S202 - compared with its sum before
    aside.mkdir(mode=0o700)

    def put_back() -> None:
        failed = folder / f"{WORK_PREFIX}{stamp}" / "failed"
        failed.mkdir(exist_ok=True)
        for path in new_paths:
            if path.exists() or path.is_symlink():
                path.rename(failed / path.name)
        _move_content(aside, folder)
        aside.rmdir()

    new_paths: list[Path] = []
    undo.append(put_back)
    _move_content(folder, aside)
    for path in sorted(work.iterdir()):
        new_paths.append(folder / path.name)
        path.rename(folder / path.name)


def _move_content(source: Path, target: Path) -> None:
    for path in sorted(source.iterdir()):
        if not path.name.startswith((ASIDE_PREFIX, WORK_PREFIX)) and path.name != "lost+found":
            path.rename(target / path.name)


def _archive_folder(folder: Path, archive: Path) -> None:
    with tarfile.open(archive, "w:gz", compresslevel=6) as opened:
        for path in _list_files(folder, is_top=True):
            try:
                opened.add(path, arcname=f"./{path.relative_to(folder)}", recursive=False)
            except FileNotFoundError:
                continue  # removed since it was listed: it is no part of now


def _list_files(folder: Path, *, is_top: bool = False) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.endswith((*SKIPPED_SUFFIXES, *SQLITE_SUFFIXES)):
            continue
        if is_top and (path.name in SKIPPED_TOP_FOLDERS or path.name.startswith((ASIDE_PREFIX, WORK_PREFIX))):
            continue
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _list_files(path)


def _archive_sqlite(dagster_home: Path, work: Path) -> None:
    """Copy each database by SQLite's own backup: whole, though a run writes meanwhile."""
    with tarfile.open(work / SQLITE_ARCHIVE, "w:gz", compresslevel=6) as archive:
        for path in sorted(dagster_home.rglob("*.db")):
            copy = work / "copy.db"
            with (
                closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(copy)) as destination,
            ):
                source.backup(destination)
            archive.add(copy, arcname=f"./{path.relative_to(dagster_home.parent)}")
            copy.unlink()


def _run_postgres_program(name: str, database: HistoryDatabase, arguments: Sequence[str]) -> None:
    program = shutil.which(name)
    if program is None:
        raise DataError(f"{name} is not installed: apt-get install postgresql-client.")
    variables = {
        "PGHOST": database.host,
        "PGPORT": database.port,
        "PGUSER": database.user,
        "PGDATABASE": database.name,
        "PGPASSWORD": database.password,
    }
    done = subprocess.run(
        [program, *arguments], env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise DataError(f"{name}: {lines[-1]}. Files and history are as they were.")


def _write_sums(folder: Path) -> None:
    lines = [f"{_hash_file(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS_FILE).write_text("".join(lines))


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def hold_service_lock(home: Path) -> Iterator[None]:
    """Keep `sparky up` from starting while files are replaced.

    Raises:
        DataError: it runs.
    """
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError("`sparky up` runs in this home. Stop it first, and start it again afterwards.") from error
        yield
