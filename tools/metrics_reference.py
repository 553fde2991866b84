"""Write what docs/ says of metrics from the code: `just docs`."""

from pathlib import Path

from sparky_assets.metrics.catalogue import reference
from sparky_assets.metrics.schema import schema_reference


def main() -> None:
    """Write both documents."""
    Path("docs/metrics.md").write_text(reference())
    Path("docs/metrics-schema.md").write_text(schema_reference())


if __name__ == "__main__":
    main()
