"""The settings of the reader (`sparky serve`); all others are in settings.py."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from sparky_assets.settings_section import SettingsSection
from sparky_assets.store import Audience

MIN_TOKEN_LENGTH = 16
"""Characters of a token: shorter ones can be guessed over a network in the lifetime of an installation."""


def _check_network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise ValueError("not an address or network like 10.0.0.0/8") from error


def _check_header(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text):
        raise ValueError("not the name of a header, like X-Forwarded-User")
    return text


def _check_dagster_url(text: str) -> str:
    if text and (urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).hostname):
        raise ValueError("not an address like http://127.0.0.1:3000")
    return text.rstrip("/")


def _check_token(token: SecretStr | None) -> SecretStr | None:
    if token is not None and len(token.get_secret_value()) < MIN_TOKEN_LENGTH:
        raise ValueError(f"shorter than {MIN_TOKEN_LENGTH} characters; make one with `openssl rand -hex 32`")
    return token


class ReaderSettings(SettingsSection):
    """What `sparky serve` shows, where it listens, and who may read the internal editions."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 for all interfaces.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 takes any free one.")
    audience: Audience = Field(
        Audience.INTERNAL,
        description="What a caller without a credential gets: internal (on loopback without a token only; else "
        "nothing), or public editions.",
    )
    token: Annotated[SecretStr | None, AfterValidator(_check_token)] = Field(
        None, description="Secret: whoever sends it (bearer, or once in the sign-in form) reads internal editions."
    )
    token_file: Path | None = Field(None, description="File that holds `token`, for container secrets.")
    proxy_header: Annotated[str, AfterValidator(_check_header)] = Field(
        "", description="Header by which a proxy that signs people in names them. Empty: none is believed."
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_check_network)], ...] = Field(
        (), description="Addresses or networks of that proxy; the header is believed from nobody else."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="Host names it answers to. Empty: localhost and 127.0.0.1 on loopback, else any."
    )
    open_metrics: bool = Field(
        False,
        description="Let Prometheus read /metrics without a credential; it counts private repositories too.",
    )
    refresh_seconds: float = Field(5, gt=0, le=3600, description="How long a look at the store and the runs is kept.")
    dagster_url: Annotated[str, AfterValidator(_check_dagster_url)] = Field(
        "", description="Address of Dagster's interface, for links from the status page. Empty: no links."
    )
    mcp: bool = Field(False, description="Answer assistants at /mcp (read-only); needs `pip install 'sparky[mcp]'`.")
