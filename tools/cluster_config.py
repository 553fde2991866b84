"""Write the cluster's copies of the files that local runs use: `just k8s-config`.

kustomize refuses files above its root, so the ConfigMaps cannot use config/ itself. The copies are never edited; a test
compares them with their sources.
"""

from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIES = ROOT / "k8s/base/config"
SOURCES = {
    "sparky.toml": ("config/production.toml",),
    "postgres.yaml": ("config/dagster-postgres.yaml",),
    "dagster.yaml": ("config/dagster-postgres.yaml", "k8s/fragments/instance.yaml"),
}
"""Each copy, and the files that it concatenates."""
CHANGES = {
    "dagster.yaml": {
        "start_timeout_seconds: 300\n": "start_timeout_seconds: 21600            # a pod may wait for room for hours; "
        "one that cannot start is ended after\n                                          # minutes by "
        "resources/kubernetes.py\n",
    }
}
"""Lines of a copy that differ from the source."""


def main() -> None:
    """Write every copy."""
    for name in SOURCES:
        (COPIES / name).write_text(content(name))


def content(name: str) -> str:
    """Return the content of a copy."""
    first = f"# Written by `just k8s-config` from {' and '.join(SOURCES[name])}. Do not edit.\n"
    text = "".join((ROOT / source).read_text() for source in SOURCES[name])
    for line, replacement in CHANGES.get(name, {}).items():
        if text.count(line) != 1:
            raise ValueError(f"{name}: {line!r} does not stand there once")
        text = text.replace(line, replacement)
    return first + text


if __name__ == "__main__":
    main()
