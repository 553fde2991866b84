"""The settings of schedules, alerts and events; all others are in settings.py.

The settings of the language model; all others are in settings.py.

The settings of the reader (`sparky serve`); all others are in settings.py.
"""

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from resources.errors import ModelRefusedError
from resources.llm.base import normalize_server_url
from sparky_assets.settings.fields import SettingsSection
from sparky_assets.store import Audience


def _check_server_url(text: str) -> str:
    try:
        normalize_server_url(text)
    except (ModelRefusedError, ValueError) as error:
        raise ValueError("not an address of a model server; write it like http://127.0.0.1:11434") from error
    return text


class LanguageModelSettings(SettingsSection):
    """Which language model may choose and word, where it runs, and how long it may take. None is needed."""

    backend: Literal["none", "ollama", "openai"] = Field(
        "none", description="Server: none (rules write everything), ollama, or openai for vLLM and others with /v1."
    )
    url: Annotated[str, AfterValidator(_check_server_url)] = Field(
        "http://127.0.0.1:11434", description="Address of the server, without a path."
    )
    model: str = Field("qwen3:1.7b", min_length=1, description="Model by the server's name for it; see docs/models.md.")
    daily_model: str = Field("", description="Model for daily digests. Empty: `model`.")
    weekly_model: str = Field("", description="Model for weekly digests. Empty: `model`.")
    monthly_model: str = Field("", description="Model for monthly digests. Empty: `model`.")
    mode: Literal["auto", "rules", "select", "phrase"] = Field(
        "auto",
        description="What it may do: select (return ids only), phrase (word sentences that must pass every gate), "
        "auto (select up to 3 billion parameters, phrase above), or rules (nothing).",
    )
    context_tokens: int = Field(
        8192, ge=2048, le=262_144, description="Context of every call; one value, for another loads the model again."
    )
    parallel_calls: int = Field(
        1, ge=1, le=64, description="Calls at a time: Ollama's OLLAMA_NUM_PARALLEL; 16 or more for vLLM."
    )
    deadline_minutes: float = Field(
        5, gt=0, le=24 * 60, description="Minutes for all calls of one digest; what is left then is written by rules."
    )
    call_timeout_seconds: float = Field(120, gt=0, le=3600, description="Seconds for one call.")
    load_timeout_minutes: float = Field(
        10, gt=0, le=120, description="Minutes for loading the model, which is not counted as calling it."
    )
    retry_failed: bool = Field(
        False,
        description="Ask once more what an earlier run left to rules because time ran out or the model failed. "
        "Otherwise a second run writes the same bytes.",
    )
    gpu: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="Whether the server has a GPU, so that a model on the CPU is worth a warning. "
        "auto: when it runs on this machine and this machine has the driver of one.",
    )
    keep_alive: str = Field("10m", pattern=r"^(-1|0|\d+[smh]?)$", description="How long Ollama keeps the model loaded.")
    pull_missing: bool = Field(False, description="Let Ollama download a model that it does not have.")
    allow_remote: bool = Field(
        False, description="Allow models that Ollama runs in its cloud: texts leave the machine."
    )
    api_key: SecretStr | None = Field(None, description="Secret: key of a server with /v1, where it wants one.")
    api_key_file: Path | None = Field(None, description="File that holds `api_key`, for container secrets.")

    def get_model_name(self, kind: str) -> str:
        """The model for `daily`, `weekly` or `monthly`."""
        return {"daily": self.daily_model, "weekly": self.weekly_model, "monthly": self.monthly_model}[
            kind
        ] or self.model


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


def _check_endpoint_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("not a web address; write it like https://example.com/path")
    return text


def _check_email_address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or any(char.isspace() or char in "<>,;\0" for char in text):
        raise ValueError("not an e-mail address; write it like team@example.com")
    return text


EndpointUrl = Annotated[str, AfterValidator(_check_endpoint_url)]


EmailAddress = Annotated[str, AfterValidator(_check_email_address)]


class SchedulesSettings(SettingsSection):
    """When periods are made by themselves."""

    enabled: bool = Field(
        False, description="Run schedules and sensors from the start. What is switched in the UI later wins over it."
    )
    catch_up_days: int = Field(
        14, ge=1, le=62, description="Closed days, and weeks and months that ended within them, are made when missing."
    )
    max_wait_hours: int = Field(
        20, ge=1, le=14 * 24, description="Hours after its end that a week or month waits for missing days."
    )
    publish_incomplete: bool = Field(
        True, description="After that, write it with the missing days named in the text; false: leave it unwritten."
    )

    @property
    def max_wait(self) -> timedelta:
        """`max_wait_hours` as a duration."""
        return timedelta(hours=self.max_wait_hours)


class AlertsSettings(SettingsSection):
    """Who is told when the graph cannot help itself."""

    slack_webhook: SecretStr | None = Field(None, description="Secret: address of a Slack incoming webhook.")
    slack_webhook_file: Path | None = Field(None, description="File that holds `slack_webhook`.")
    email_to: tuple[EmailAddress, ...] = Field((), description="Addresses that get alerts by e-mail.")
    email_from: EmailAddress = Field("sparky@localhost", description="Sender of alerts by e-mail.")
    smtp_host: str = Field("localhost", min_length=1, description="Mail server that takes alerts.")
    smtp_port: int = Field(25, ge=1, le=65_535, description="Its port: 25, 587 (starttls) or 465 (tls).")
    smtp_security: Literal["none", "starttls", "tls"] = Field("none", description="How the connection is encrypted.")
    smtp_user: str = Field("", description="User at the mail server. Empty: without logging in.")
    smtp_password: SecretStr | None = Field(None, description="Secret: password of `smtp_user`.")
    smtp_password_file: Path | None = Field(None, description="File that holds `smtp_password`.")
    overdue_hours: int = Field(
        26, ge=1, le=14 * 24, description="Hours after its end from which a period that is not published is told."
    )
    ui: EndpointUrl = Field("http://127.0.0.1:3000", description="Address of Dagster's interface, for links.")
    heartbeat_file: Path | None = Field(None, description="File touched every minute while all is alive.")
    heartbeat_url: EndpointUrl = Field("", description="Address asked every minute while all is alive. Empty: none.")

    @property
    def overdue_after(self) -> timedelta:
        """`overdue_hours` as a duration."""
        return timedelta(hours=self.overdue_hours)


class EventsSettings(SettingsSection):
    """Who else follows what is made."""

    webhook: EndpointUrl = Field(
        "", description="Address that gets a JSON event for each finished stage of a period. Empty: none."
    )
    webhook_secret: SecretStr | None = Field(
        None, description="Secret: key of the signature that each event carries; see docs/events.md."
    )
    webhook_secret_file: Path | None = Field(None, description="File that holds `webhook_secret`.")
