"""Fill a store as the pipeline does: a public and a private repository, so that the two audiences see different papers."""

from pathlib import Path

from sparky_assets.settings import Settings
from tests import newsroom
from tests.newsroom import run_job, settings_for

SECRET_PROJECT = "acme/bunker"
DAYS = ("2025-11-10", "2025-11-12", "2025-11-14")


def print_editions(folder: Path) -> Settings:
    """Run the real graph over two repositories, and give the settings that it ran with."""
    public = newsroom.build(folder / "newsroom")
    settings = settings_for(folder / "home", [public], organisation={"name": "Acme & Co", "timezone": "Europe/Berlin"})
    result = run_job(settings, "collect", "2025-11-01", "2025-11-30")
    assert result.success
    return settings
