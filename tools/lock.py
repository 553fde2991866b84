"""Pin every version of the whole tree: `just lock`.

uv.lock names the download addresses of whoever made it, so it stays out of git. The versions in it go into
pyproject.toml as `constraint-dependencies`, which uv honours there and nowhere else; `requirements.lock` carries the
hashes of the run-time tree, for images.
"""

import re
import subprocess
import tomllib
from pathlib import Path

PYPROJECT = Path("pyproject.toml")
REQUIREMENTS = Path("requirements.lock")
CONSTRAINTS = re.compile(r"(constraint-dependencies = \[\n).*?(^\])", re.DOTALL | re.MULTILINE)


def main() -> None:
    """Resolve afresh, then write both files."""
    write_constraints([])
    subprocess.run(["uv", "lock", "--upgrade"], check=True)
    write_constraints(pins(tomllib.loads(Path("uv.lock").read_text())))
    subprocess.run(["uv", "lock"], check=True)
    export = ["uv", "export", "--no-dev", "--all-extras", "--no-emit-project", "--no-header", "--no-annotate"]
    REQUIREMENTS.write_text(subprocess.run(export, check=True, capture_output=True, text=True).stdout)


def pins(lock: dict) -> list[str]:
    """`name==version` of every package of a uv.lock but our own; markers keep alternatives apart."""
    found = []
    for package in lock["package"]:
        if "editable" not in package["source"]:
            markers = package.get("resolution-markers", [])
            found.append(f"{package['name']}=={package['version']}" + (f" ; {markers[0]}" if len(markers) == 1 else ""))
    names = [pin.partition("==")[0] for pin in found]
    # A package in two versions without a marker to tell them apart cannot be pinned here.
    return sorted(pin for pin, name in zip(found, names, strict=True) if names.count(name) == 1 or ";" in pin)


def write_constraints(constraints: list[str]) -> None:
    """Replace the list in pyproject.toml."""
    lines = "".join(f"    {pin!r},\n".replace("'", '"') for pin in constraints)
    text, count = CONSTRAINTS.subn(lambda match: match[1] + lines + match[2], PYPROJECT.read_text())
    if count != 1:
        raise SystemExit("pyproject.toml: no [tool.uv] constraint-dependencies list to write to")
    PYPROJECT.write_text(text)


if __name__ == "__main__":
    main()
