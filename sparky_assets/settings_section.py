"""What every table of the settings file has in common."""

from pydantic import BaseModel, ConfigDict


class SettingsSection(BaseModel):
    """A table of the settings file. Unknown keys are refused, so that a typing error is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
