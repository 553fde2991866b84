"""What a store's file system raises, a folder's or S3's, and the error of ours that says it. Pure."""

import sys

from resources.errors import StorageError, StorageUnavailableError


def storage_exceptions() -> tuple[type[Exception], ...]:
    """What a store raises when it does not do what it is asked."""
    return (OSError, *_find_s3_errors("BotoCoreError"))


def to_storage_error(problem: str, error: Exception, advice: str = "") -> StorageError:
    """The error to raise: one that may pass by itself when a server did not answer."""
    away = isinstance(error, _find_s3_errors("ConnectionError", "HTTPClientError"))
    kind = StorageUnavailableError if away else StorageError
    return kind(f"{problem}: {getattr(error, 'strerror', None) or error}.{advice}")


def _find_s3_errors(*names: str) -> tuple[type[Exception], ...]:
    """Errors of S3's client, which are no OSError; none where it is not loaded: it is an extra."""
    client = sys.modules.get("botocore.exceptions")
    return tuple(getattr(client, name) for name in names) if client else ()
