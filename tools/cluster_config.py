"""Write the cluster's copies of the files that local runs use: `just k8s-config`.

kustomize refuses files above its root, so the ConfigMaps cannot be made from config/ itself. What is written here is
never edited; a test holds it against its sources.
"""

from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIES = ROOT / "k8s/base/config"
SOURCES = {
    "sparky.toml": ("config/production.toml",),
    "postgres.yaml": ("config/dagster-postgres.yaml",),
    "dagster.yaml": ("config/dagster-postgres.yaml", "k8s/fragments/instance.yaml"),
}
"""Each copy, and the files that it is the text of, one after the other."""


def main() -> None:
    """Write every copy."""
    for name in SOURCES:
        (COPIES / name).write_text(content(name))


def content(name: str) -> str:
    """What a copy has to hold."""
    first = f"# Written by `just k8s-config` from {' and '.join(SOURCES[name])}. Do not edit.\n"
    return first + "".join((ROOT / source).read_text() for source in SOURCES[name])


if __name__ == "__main__":
    main()
