"""Files on this machine: atomic writes, the deployment's random salt, and names as file systems compare them.

Nothing here needs git, since the settings are checked with it too.
"""

import os
import secrets
import unicodedata
import uuid
from pathlib import Path

from resources.errors import StorageError


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file with `data`, and make its folders. A power cut leaves the old bytes or the new ones.

    Raises:
        OSError: when the disk refuses; what was there before is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load_deployment_salt(file: Path) -> bytes:
    """Return the salt in `file`, made when it is missing; two processes that make it at once agree on one.

    Raises:
        StorageError: when it cannot be read or made.
    """
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as handle:
                handle.write(secrets.token_hex(32))
            try:
                os.link(fresh, file)  # fails where another process was first; then theirs counts
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        if salt := file.read_text(encoding="ascii").strip().encode():
            return salt
        raise OSError("it is empty; delete it to have a new one made")
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{file}: the salt for people's identities cannot be read or made: {error}.") from error


def fold_name(name: str) -> str:
    """Return a name as a file system compares it that ignores case and the two ways to write an accent."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
