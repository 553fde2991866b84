"""The settings of services: language model, reader (`sparky serve`), schedules, alerts, events.

Destinations have their own module; all other settings are in `schema.py`.
"""

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from resources.errors import ModelRefusedError
from resources.llm.base import normalize_server_url
from sparky_assets.settings.fields import BaseUrl, SettingsSection, WebUrl
from sparky_assets.store import Audience


def _check_server_url(text: str) -> str:
    try:
        normalize_server_url(text)
    except (ModelRefusedError, ValueError) as error:
        raise ValueError("not an address of a model server; write it like http://127.0.0.1:11434") from error
    return text


class LanguageModelSettings(SettingsSection):
    """The language model: its server, its tasks and its time limits. Sparky also works without one."""

    backend: Literal["none", "ollama", "openai", "llamacpp"] = Field(
        "none",
        description="Server: none (rules choose everything), ollama, openai for vLLM and others "
        "with /v1, or llamacpp: Sparky runs the model of `model_path` itself (sparky[local-model]).",
    )
    url: Annotated[str, AfterValidator(_check_server_url)] = Field(
        "http://127.0.0.1:11434", description="Address of the server, without a path."
    )
    model: str = Field("qwen3:1.7b", min_length=1, description="Name of the model on the server; see docs/models.md.")
    model_path: Path | None = Field(None, description="GGUF file of the backend llamacpp.")
    daily_model: str = Field("", description="Model for daily digests. Empty: `model`.")
    weekly_model: str = Field("", description="Model for weekly digests. Empty: `model`.")
    monthly_model: str = Field("", description="Model for monthly digests. Empty: `model`.")
    mode: Literal["auto", "rules", "select"] = Field(
        "auto",
        description="Tasks of the model, which only returns ids: auto (quote, rank and lead, and group from 3 billion "
        "parameters on), select (all four), or rules (none). Nothing that a model writes is printed.",
    )
    prose: Literal["off", "marked"] = Field(
        "off",
        description="marked: below an author's words, the page of a digest may print a sentence that the model wrote, "
        "with its name, if it passes two checks (docs/models.md has their rates). Never in posts, mail or chat.",
    )
    context_tokens: int = Field(
        8192,
        ge=2048,
        le=262_144,
        description="Context of every call, in tokens. One value for all calls: a change reloads the model.",
    )
    model_billions: float | None = Field(
        None,
        gt=0,
        description="Parameters of the model in billions, for the tasks that `auto` gives it. Unset: what the server "
        "reports (`/api/show`, `meta` of `/v1/models`), or the number in its name.",
    )
    parallel_calls: int = Field(
        1, ge=1, le=64, description="Concurrent calls. Ollama: its OLLAMA_NUM_PARALLEL; vLLM: 16 or more."
    )
    deadline_minutes: float = Field(
        5, gt=0, le=24 * 60, description="Minutes for all calls of one digest; after that, rules choose the rest."
    )
    call_timeout_seconds: float = Field(120, gt=0, le=3600, description="Seconds for one call.")
    load_timeout_minutes: float = Field(
        10, gt=0, le=120, description="Minutes for loading the model, in addition to the deadline."
    )
    gpu: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="Whether the server has a GPU; if so, a model that runs on the CPU causes a warning. "
        "auto: yes if the server runs on this machine and a GPU driver is installed.",
    )
    keep_alive: str = Field("10m", pattern=r"^(-1|0|\d+[smh]?)$", description="How long Ollama keeps the model loaded.")
    pull_missing: bool = Field(False, description="Let Ollama download a model that it does not have.")
    allow_remote: bool = Field(
        False, description="Allow models that Ollama runs in its cloud: texts leave the machine."
    )
    api_key: SecretStr | None = Field(None, description="Secret: key of a server with /v1, if it needs one.")
    api_key_file: Path | None = Field(None, description="File that holds `api_key`, for container secrets.")

    @model_validator(mode="after")
    def _require_model_path(self) -> "LanguageModelSettings":
        if self.backend == "llamacpp" and self.model_path is None:
            raise ValueError("backend llamacpp needs model_path, a GGUF file")
        return self

    def get_model_name(self, kind: str) -> str:
        """Return the model for a kind of period: `daily`, `weekly` or `monthly`."""
        if self.backend == "llamacpp" and self.model_path:
            return self.model_path.stem
        return {"daily": self.daily_model, "weekly": self.weekly_model, "monthly": self.monthly_model}[
            kind
        ] or self.model


MIN_TOKEN_LENGTH = 16
"""Minimum characters of a token: shorter ones can be guessed over a network in the lifetime of an installation."""


def _check_network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise ValueError("not an address or network like 10.0.0.0/8") from error


def _check_header(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text):
        raise ValueError("not the name of a header, like X-Forwarded-User")
    return text


def _check_token(token: SecretStr | None) -> SecretStr | None:
    if token is not None and len(token.get_secret_value()) < MIN_TOKEN_LENGTH:
        raise ValueError(f"shorter than {MIN_TOKEN_LENGTH} characters; make one with `openssl rand -hex 32`")
    return token


class ReaderSettings(SettingsSection):
    """The reader (`sparky serve`): where it listens, and who may read the internal editions."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 for all interfaces.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 takes any free one.")
    audience: Audience = Field(
        Audience.INTERNAL,
        description="Editions for a caller without a credential: internal (only on loopback without a token; otherwise "
        "none), or public.",
    )
    token: Annotated[SecretStr | None, AfterValidator(_check_token)] = Field(
        None,
        description="Secret: token that grants access to internal editions, as a bearer token or in the sign-in form.",
    )
    token_file: Path | None = Field(None, description="File that holds `token`, for container secrets.")
    previous_token: Annotated[SecretStr | None, AfterValidator(_check_token)] = Field(
        None, description="Secret: the token before a change; it still works, so that machines can be changed in turn."
    )
    previous_token_file: Path | None = Field(None, description="File that holds `previous_token`.")
    address: BaseUrl = Field(
        "",
        description="Address at which people reach the reader, for links in feeds, like https://news.example.com. "
        "Empty: the host of the request.",
    )
    proxy_header: Annotated[str, AfterValidator(_check_header)] = Field(
        "", description="Header in which an authenticating proxy sends the user's name. Empty: no header is trusted."
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_check_network)], ...] = Field(
        (), description="Addresses or networks of that proxy; from others the header is ignored."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="Accepted host names. Empty: localhost and 127.0.0.1 on loopback, otherwise any."
    )
    open_metrics: bool = Field(
        False,
        description="Let Prometheus read /metrics without a credential; it counts private repositories too.",
    )
    refresh_seconds: float = Field(
        5, gt=0, le=3600, description="Seconds for which the state of the store and of the runs is cached."
    )
    dagster_url: BaseUrl = Field(
        "", description="Address of Dagster's interface, for links from the status page. Empty: no links."
    )
    mcp: bool = Field(
        False, description="Serve a read-only MCP endpoint for assistants at /mcp; needs `pip install 'sparky[mcp]'`."
    )


def _check_email_address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or any(char.isspace() or char in "<>,;\0" for char in text):
        raise ValueError("not an e-mail address; write it like team@example.com")
    return text


EmailAddress = Annotated[str, AfterValidator(_check_email_address)]


class SchedulesSettings(SettingsSection):
    """Automatic runs."""

    enabled: bool = Field(
        False,
        description="Run schedules and sensors from the start. A switch in Dagster's interface overrides this later.",
    )
    catch_up_days: int = Field(
        14, ge=1, le=62, description="Days to look back: missing periods that ended within them are made."
    )
    max_wait_hours: int = Field(
        20, ge=1, le=14 * 24, description="Hours after its end for which a week or month waits for missing days."
    )
    publish_incomplete: bool = Field(
        True, description="After that, write the period and name the missing days; false: do not write it."
    )

    @property
    def max_wait(self) -> timedelta:
        """Return `max_wait_hours` as a duration."""
        return timedelta(hours=self.max_wait_hours)


class AlertsSettings(SettingsSection):
    """Alerts for problems that need a person, and the heartbeat."""

    slack_webhook: SecretStr | None = Field(None, description="Secret: address of a Slack incoming webhook.")
    slack_webhook_file: Path | None = Field(None, description="File that holds `slack_webhook`.")
    email_to: tuple[EmailAddress, ...] = Field((), description="Addresses that get alerts by e-mail.")
    email_from: EmailAddress = Field("sparky@localhost", description="Sender of alerts by e-mail.")
    smtp_host: str = Field("localhost", min_length=1, description="Mail server that takes alerts.")
    smtp_port: int = Field(25, ge=1, le=65_535, description="Its port: 25, 587 (starttls) or 465 (tls).")
    smtp_security: Literal["none", "starttls", "tls"] = Field("none", description="How the connection is encrypted.")
    smtp_user: str = Field("", description="User at the mail server. Empty: no login.")
    smtp_password: SecretStr | None = Field(None, description="Secret: password of `smtp_user`.")
    smtp_password_file: Path | None = Field(None, description="File that holds `smtp_password`.")
    overdue_hours: int = Field(
        26, ge=1, le=14 * 24, description="Hours after its end at which a period that is not published causes an alert."
    )
    ui: BaseUrl = Field(
        "",
        description="Address of Dagster's interface, for links. Empty: `reader.dagster_url`, or where `sparky up` or "
        "`sparky ui` serves it.",
    )
    heartbeat_file: Path | None = Field(None, description="File that is touched every minute while all daemons run.")
    heartbeat_url: WebUrl = Field("", description="Address requested every minute while all daemons run. Empty: none.")

    @property
    def overdue_after(self) -> timedelta:
        """Return `overdue_hours` as a duration."""
        return timedelta(hours=self.overdue_hours)


class EventsSettings(SettingsSection):
    """Events for other programs."""

    webhook: WebUrl = Field(
        "", description="Address that gets a JSON event for each finished stage of a period. Empty: none."
    )
    webhook_secret: SecretStr | None = Field(
        None, description="Secret: key of the signature that each event carries; see docs/events.md."
    )
    webhook_secret_file: Path | None = Field(None, description="File that holds `webhook_secret`.")
