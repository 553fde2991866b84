"""Write what docs/ says of metrics from the code: `just docs`."""

from pathlib import Path

from sparky_assets.metrics.catalog import render_metrics_reference, render_schema_reference


def main() -> None:
    """Write both documents."""
    Path("docs/metrics.md").write_text(render_metrics_reference())
    Path("docs/metrics-schema.md").write_text(render_schema_reference())


if __name__ == "__main__":
    main()
