"""Files of this machine: atomic writes, the random salt of a deployment, and file names that collide.

This module does not import git, since the check of the settings uses it too.
"""

import filecmp
import os
import secrets
import shutil
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from resources.errors import StorageError

MAX_PATH_LENGTH = 240


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file with `data` and create its folders. A power cut leaves the old bytes or the new ones.

    Raises:
        OSError: the write failed; the old file is unchanged.
    """
    with _make_temporary(path) as temporary:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def write_atomic_parts(path: Path, parts: Iterable[bytes]) -> tuple[int, str]:
    """Write a file as `write_atomic` does, and return its size in bytes and its SHA-256. An equal file stays.

    Raises:
        OSError: the write failed; the old file is unchanged.
    """
    size, digest = 0, sha256()
    with _make_temporary(path) as temporary:
        with temporary.open("wb") as file:
            for part in parts:
                file.write(part)
                digest.update(part)
                size += len(part)
            file.flush()
            os.fsync(file.fileno())
        if not (path.is_file() and filecmp.cmp(temporary, path, shallow=False)):
            temporary.replace(path)
    return size, digest.hexdigest()


@contextmanager
def _make_temporary(path: Path) -> Iterator[Path]:
    """Give the path of a temporary file beside `path`, whose folder is created. Afterwards it is gone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def link_file(source: Path, target: Path) -> None:
    """Make `target` a hard link to `source`, or a copy where the file system knows no links. An equal file stays.

    Both are only ever replaced, never written in place, so that a new text of one leaves the other as it is.

    Raises:
        OSError: `source` is missing, or `target` cannot be written.
    """
    if target.is_file() and filecmp.cmp(source, target, shallow=False):
        return
    with _make_temporary(target) as temporary:
        try:
            temporary.hardlink_to(source)
        except OSError:
            shutil.copyfile(source, temporary)
        temporary.replace(target)


def load_deployment_salt(file: Path) -> bytes:
    """Return the salt in `file`, and create it if it is missing. Processes that create it at once agree on one salt.

    Raises:
        StorageError: the file cannot be read or created.
    """
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as handle:
                handle.write(secrets.token_hex(32))
            try:
                os.link(fresh, file)  # fails if another process was first; then its salt is used
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        if salt := file.read_text(encoding="ascii").strip().encode():
            return salt
        raise OSError("it is empty; delete it to have a new one made")
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{file}: the salt for people's identities cannot be read or made: {error}.") from error


def find_path_problem(path: str) -> str | None:
    """Return why a relative path may not be written below a folder; None when it is safe on every file system."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        return "leaves the folder"
    if not path or any(part in {"", "."} for part in parts) or len(path) > MAX_PATH_LENGTH:
        return "is not a plain path"
    if any(part.casefold().rstrip(". ") == ".git" or part.casefold().startswith("git~") for part in parts):
        return "is reserved by git"
    if not path.isprintable() or any(char in path for char in '\\:*?"<>|') or any(part[-1] in ". " for part in parts):
        return "has a character that some file systems refuse"
    return None


def fold_name(name: str) -> str:
    """Return a name without differences of case and of Unicode normalization, which some file systems ignore."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def find_case_twin(name: str, names: Iterable[str]) -> str | None:
    """Return another name that is the same file on a case-insensitive file system; None if there is none."""
    folded = fold_name(name)
    return next((other for other in names if other != name and fold_name(other) == folded), None)


def find_path_collisions(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of paths, or of their folders, that are the same file on a case-insensitive file system."""
    first_spellings: dict[str, str] = {}
    collisions = []
    for path in sorted(set(paths)):
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            prefix = "/".join(parts[:depth])
            spelling = first_spellings.setdefault(fold_name(prefix), prefix)
            if spelling != prefix:
                collisions.append((spelling, prefix))
    return collisions


def format_case_collision(path: str, twin: str) -> str:
    """Return the sentence about two names that differ only in case."""
    return (
        f"{path} and {twin} beside it differ only in case; on some machines they are one file. "
        "Rename that one, or change the path's template."
    )
