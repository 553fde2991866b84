"""Send a signed JSON document by standardwebhooks.com: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

The id of a publication never changes, so that a receiver can recognise a repeated delivery.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from resources.channels import PostResult
from resources.errors import PostDeniedError
from resources.http_client import ServiceClient

BASE64_KEY_PREFIX = "whsec_"
"""Prefix of a key in base64, as in the standard. Any other text is the key itself."""


class WebhookClient:
    """One receiver."""

    def __init__(self, url: str, key: SecretStr | None, clock: Callable[[], float] | None = None) -> None:
        self._key = decode_key(key) if key else None
        self.client = ServiceClient("the webhook", url)
        self._clock = clock or self.client.clock

    def publish(self, key: str, document: Mapping[str, Any]) -> PostResult:
        """Send a document. The same `key` means the same delivery."""
        body = json.dumps(document, ensure_ascii=False, sort_keys=True).encode()
        stamp = str(int(self._clock()))
        headers = {"content-type": "application/json", "webhook-id": key, "webhook-timestamp": stamp}
        if self._key is not None:
            headers["webhook-signature"] = f"v1,{compute_signature(self._key, key, stamp, body)}"
        answer = self.client.send("POST", content=body, headers=headers, idempotent=True)
        if answer.status >= 400:
            self.client.raise_error(answer)
        return PostResult(key)


def decode_key(secret: SecretStr) -> bytes:
    """Return the bytes of the signing key.

    Raises:
        PostDeniedError: the text after `whsec_` is not base64.
    """
    text = secret.get_secret_value()
    if not text.startswith(BASE64_KEY_PREFIX):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix(BASE64_KEY_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise PostDeniedError("the webhook: the key behind whsec_ is not base64. Copy it once more.") from None


def compute_signature(secret: bytes, key: str, timestamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of `id.timestamp.body` in base64."""
    return base64.b64encode(hmac.new(secret, f"{key}.{timestamp}.".encode() + body, sha256).digest()).decode()
