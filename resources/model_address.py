"""Where a model server is. Apart from speaking with it, so that checking the settings does not load a client."""

import re
from urllib.parse import urlsplit

from resources.errors import ModelRefusedError


def normalize_server_url(text: str) -> str:
    """An address as people write it (`gpu-box:11434`, `0.0.0.0`) as a URL without a path.

    Raises:
        ModelRefusedError: when it is no http address.
    """
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[A-Za-z0-9._:-]+", parts.hostname or ""):
        raise ModelRefusedError(f"{text}: not an address of a model server; write it like http://127.0.0.1:11434")
    # 0.0.0.0 is what a server listens on, and nothing that a client can reach everywhere.
    host = "127.0.0.1" if parts.hostname == "0.0.0.0" else str(parts.hostname)  # noqa: S104
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
