"""The error message of an invalid settings file."""

from pathlib import Path
from typing import Any

import pytest

from sparky_assets.settings.load import ConfigurationError, load_settings


def refusal(file: Path, toml: str, overrides: dict[str, Any] | None = None) -> str:
    """Return the error message of a settings file."""
    file.write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file, overrides)
    return str(caught.value)
