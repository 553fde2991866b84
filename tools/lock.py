"""Pin every version of the whole tree: `just lock`.

uv.lock contains download addresses of this machine, so it is not in git. Its versions go into pyproject.toml as
`constraint-dependencies`, which uv honors only there. For images, `requirements.lock` has the hashes of the run-time
tree, and `requirements-build.lock` those of the build tools.
"""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

PYPROJECT = Path("pyproject.toml")
REQUIREMENTS = Path("requirements.lock")
BUILD_REQUIREMENTS = Path("requirements-build.lock")
CONSTRAINTS = re.compile(r"(constraint-dependencies = \[\n).*?(^\])", re.DOTALL | re.MULTILINE)


def main() -> None:
    """Resolve again, then write the three files."""
    write_constraints([])
    subprocess.run(["uv", "lock", "--upgrade"], check=True)
    write_constraints(pins(tomllib.loads(Path("uv.lock").read_text())))
    subprocess.run(["uv", "lock"], check=True)
    export(REQUIREMENTS, "--no-default-groups", "--all-extras")
    export(BUILD_REQUIREMENTS, "--only-group", "image")


def export(file: Path, *what: str) -> None:
    """Write versions and hashes of a part of the tree."""
    command = ["uv", "export", "--no-emit-project", "--no-header", "--no-annotate", *what]
    file.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def pins(lock: dict[str, Any]) -> list[str]:
    """Return `name==version` of every package of a uv.lock except Sparky; markers separate alternatives."""
    packages = [package for package in lock["package"] if "editable" not in package["source"]]
    names = [package["name"] for package in packages]
    found = []
    for package in packages:
        # Alternatives differ by Python here; a split by platform would only repeat them.
        pythons = sorted({one.partition(" and sys_platform")[0] for one in package.get("resolution-markers", [])})
        several = names.count(package["name"]) > 1
        # A package in two versions without a marker to tell them apart cannot be pinned here.
        if not several or pythons:
            marker = f" ; {' or '.join(pythons)}" if several else ""
            found.append(f"{package['name']}=={package['version']}{marker}")
    return sorted(found)


def write_constraints(constraints: list[str]) -> None:
    """Replace the list in pyproject.toml."""
    lines = "".join(f"    {json.dumps(pin)},\n" for pin in constraints)
    text, count = CONSTRAINTS.subn(lambda match: match[1] + lines + match[2], PYPROJECT.read_text())
    if count != 1:
        raise SystemExit("pyproject.toml: no [tool.uv] constraint-dependencies list to write to")
    PYPROJECT.write_text(text)


if __name__ == "__main__":
    main()
