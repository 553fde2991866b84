"""The settings of the language model; all others are in settings.py."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from resources.errors import ModelRefusedError
from resources.model_address import normalize_server_url
from sparky_assets.settings_section import SettingsSection


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
