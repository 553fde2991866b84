"""The random salt of this deployment: made once, kept in a file that only its owner can read."""

import os
import secrets
from pathlib import Path

from resources.errors import StorageError


def load_deployment_salt(file: Path) -> bytes:
    """The salt in `file`, made when it is not there; two processes that make it at once agree on one.

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
