"""The last run of a period by the command line: what it depended on, to tell that nothing has changed since.

A run that changes nothing took 9 s of processor time: half to import Dagster, the rest to read and count the same
again. A record below `home/last_runs` holds a fingerprint of everything that the run read and wrote: code, settings,
references of the repositories, the stored periods up to this one, and the docs repository. Where all of it is the same,
a run would write the same bytes, so it is not made.

Only what this machine alone decides can be known without a run: sources read with git, a store in a folder, no language
model, and for a publication only local repositories as destinations. `read_fingerprint` returns None for the rest.
"""

import contextlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

import sparky_assets
from resources.errors import ResourceError
from resources.files import write_atomic
from resources.git.command import run_git
from resources.git.mirrors import find_mirror_path, is_url, list_remote_refs
from resources.git.repository import open_repository
from resources.history_database import read_history_database
from sparky_assets.destinations.pages import GitDestination
from sparky_assets.periods import Period
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.settings.schema import Settings
from sparky_assets.store import publications_path

SQLITE_HISTORY = "history/runs.db"
"""Dagster's list of runs, below its home."""

FOLDER = "last_runs"
"""Folder below `home`. It may be deleted: the next run is made."""

MAX_PARALLEL_GITS = 8
"""Repositories that are asked for their references at the same time."""


class RunRecord(BaseModel):
    """What a run depended on and what it printed."""

    until: str
    inputs: str
    """Hash of code, settings and references, taken before the run: what changed while it ran, counts as changed."""
    file_stats: str
    """Hash of path, size and time of the stored files, after the run."""
    file_contents: str
    """Hash of path and bytes of the same files: another period's run may write them again as they were."""
    docs_repository: str
    """State of the local docs repositories after the run; empty when the run did not publish."""
    finished_at: datetime
    assets: dict[str, dict[str, Any]]
    """Metadata of the assets of the period, as the command prints them."""


@dataclass(frozen=True)
class Fingerprint:
    """What a run of a period depends on before it starts."""

    settings: Settings
    period: Period
    until: str
    inputs: str
    publishes: bool

    @property
    def file(self) -> Path:
        """Return the file of the record."""
        return self.settings.home / FOLDER / self.period.kind.value / f"{self.period.key}.json"

    def find_unchanged(self) -> RunRecord | None:
        """Return the record of the last run when another would change nothing; None when it has to be made."""
        try:
            record = RunRecord.model_validate_json(self.file.read_bytes())
        except (OSError, ValidationError):
            return None
        if (record.until, record.inputs) != (self.until, self.inputs):
            return None
        if self.publishes and record.docs_repository != _hash_docs_repositories(self.settings, self.period):
            return None
        store = Path(self.settings.store_root)
        files = _list_files(store, self.period)
        if record.file_stats == _hash_stats(store, files):
            return record
        return record if record.file_contents == _hash_contents(store, files) else None

    def write_record(self, assets: Mapping[str, Mapping[str, Any]], finished_at: datetime) -> None:
        """Write down that the run succeeded, unless a destination still waits for its publication.

        Args:
            assets: plain metadata by asset, without types of Dagster.
            finished_at: when the run ended.
        """
        store = Path(self.settings.store_root)
        if self.publishes and _read_ledger(self.settings, self.period).get("owed"):
            return
        files = _list_files(store, self.period)
        record = RunRecord(
            until=self.until,
            inputs=self.inputs,
            file_stats=_hash_stats(store, files),
            file_contents=_hash_contents(store, files),
            docs_repository=_hash_docs_repositories(self.settings, self.period) if self.publishes else "",
            finished_at=finished_at,
            assets=json.loads(json.dumps(assets, default=str)),
        )
        # Without a record the next run is only slower, so that a full disk is no reason to fail this one.
        with contextlib.suppress(OSError):
            write_atomic(self.file, record.model_dump_json().encode())


def read_fingerprint(settings: Settings, period: Period, until: str, dagster_home: Path) -> Fingerprint | None:
    """Return what a run of a period depends on, or None where only a run can tell whether something has changed.

    Args:
        settings: all settings.
        period: the period.
        until: the last stage of the run.
        dagster_home: where Dagster's history is; a history that was replaced has to learn of the period again.
    """
    publishes = until == "publication"
    active = [destination for destination in settings.publish.destinations if destination.mode != "off"]
    is_local = all(
        isinstance(destination, GitDestination) and not destination.url and destination.mode == "on"
        for destination in active
    )
    has_model = settings.language_model.backend != "none" and until not in {"collect", "metrics"}
    if settings.sources.source != "git" or "://" in settings.store_root or has_model or (publishes and not is_local):
        return None
    history = dagster_home / SQLITE_HISTORY
    try:
        if not history.exists() or read_history_database(dagster_home) is not None:
            return None
        references = _read_references(settings)
    except (ResourceError, OSError):
        return None  # the run says what is wrong
    inputs = [_hash_code(settings), _hash_settings(settings), *references, str(history.stat().st_ino)]
    return Fingerprint(settings, period, until, _hash_lines(inputs), publishes)


def _hash_lines(lines: list[str]) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()


def _hash_code(settings: Settings) -> str:
    """Hash path, size and time of each file of the code and the templates, so that a developer's change counts."""
    root = Path(sparky_assets.__file__).parents[1]
    folders = [root / package for package in ("resources", "schedules", "sparky_assets")]
    folders += [find_shipped_folder("templates"), *([settings.digests.templates] if settings.digests.templates else [])]
    return _hash_lines(
        [
            f"{path} {status.st_size} {status.st_mtime_ns}"
            for folder in folders
            for path in sorted(folder.rglob("*"))
            # Bytecode is written beside its name first, by a file that is gone a moment later.
            if path.suffix and "__pycache__" not in path.parts and (status := path.stat())
        ]
    )


def _hash_settings(settings: Settings) -> str:
    def reveal(value: object) -> str:
        # Only the hash is written: with another salt people get other keys.
        return str(value.get_secret_value()) if isinstance(value, SecretStr) else str(value)

    salt = settings.home / "salt"
    text = json.dumps(settings.model_dump(), default=reveal, sort_keys=True)
    return _hash_lines([text, salt.read_text() if salt.exists() else ""])


def _read_references(settings: Settings) -> list[str]:
    """Return a text for each repository: its references, and those of its remote where the run would fetch.

    Raises:
        GitError: a repository cannot be read, or a remote does not answer.
    """
    git = settings.sources.git

    def read(repository: str) -> str:
        if not is_url(repository):
            return f"{repository}\n{_read_local_references(Path(repository))}"
        mirror = find_mirror_path(repository, settings.home / "mirrors")
        remote = list_remote_refs(repository, ca_file=git.ca_file) if git.fetch else ""
        return f"{repository}\n{remote}\n{_read_local_references(mirror) if mirror.exists() else ''}"

    with ThreadPoolExecutor(MAX_PARALLEL_GITS) as pool:
        return list(pool.map(read, git.repositories))


def _read_local_references(path: Path) -> str:
    repository = open_repository(path)
    references = run_git(repository.git_dir, "for-each-ref", "--format=%(objectname) %(refname)")
    # The name and address are in print, and an unshallowed clone has more history with the same references.
    state = [repository.name, repository.url, repository.default_branch, sorted(repository.shallow_commits)]
    return f"{state}\n{references}"


def _list_files(store: Path, period: Period) -> list[Path]:
    """Return the stored files that a run may read or write: those of periods that began before this one ended."""
    return [path for path in sorted(store.rglob("*")) if path.is_file() and _begins_before(path.name, period.end)]


def _begins_before(name: str, end: date) -> bool:
    try:
        return date.fromisoformat(name[:10]) < end
    except ValueError:
        return True  # a registry of people, or what is known of heads


def _hash_stats(store: Path, files: list[Path]) -> str:
    stats = ((path, path.stat()) for path in files)
    return _hash_lines([f"{path.relative_to(store)} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats])


def _hash_contents(store: Path, files: list[Path]) -> str:
    return _hash_lines([f"{path.relative_to(store)} {_hash_file(path)}" for path in files])


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _read_ledger(settings: Settings, period: Period) -> dict[str, Any]:
    """Return the ledger of a period as it is stored; empty when nothing was published."""
    file = Path(settings.store_root, publications_path(period.kind), f"{period.key}.json")
    try:
        ledger: dict[str, Any] = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return ledger


def _hash_docs_repositories(settings: Settings, period: Period) -> str:
    """Hash the branches of the local docs repositories and the period's pages in their work trees."""
    lines = []
    for destination in settings.publish.destinations:
        if not isinstance(destination, GitDestination) or destination.mode == "off":
            continue
        folder = settings.resolve_destination_path(destination)
        try:
            lines.append(run_git(folder / ".git", "for-each-ref", "--format=%(objectname) %(refname)"))
        except (ResourceError, OSError):
            lines.append("missing")
        places = _read_ledger(settings, period).get("places", ())
        pages = [
            file["path"] for place in places if place["destination"] == destination.name for file in place["files"]
        ]
        for page in pages:
            path = folder / page
            lines.append(sha256(path.read_bytes()).hexdigest() if path.is_file() else f"{page} missing")
    return _hash_lines(lines)
