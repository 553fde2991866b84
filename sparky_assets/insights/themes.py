"""What a change is about, for evidence: the one definition lies with the metrics, which count by it."""

from sparky_assets.metrics.changes import Theme, theme_of

__all__ = ["Theme", "theme_of"]
