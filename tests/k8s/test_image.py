"""The image: checks of the Dockerfile. tools/image_from_debian.sh tests that it builds."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.needs import require_tool

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def final_stage() -> str:
    return DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_dockerfile_passes_the_linter() -> None:
    done = subprocess.run([require_tool("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_both_stages_use_one_configurable_base() -> None:
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${BASE_IMAGE}", "${BASE_IMAGE}"]
    assert re.search(r"^ARG BASE_IMAGE=\S+:\d\S+$", DOCKERFILE, re.MULTILINE)


def test_container_user_is_a_number_other_than_root() -> None:
    assert re.findall(r"^USER (.+)$", final_stage(), re.MULTILINE) == ["10001:10001"]


def test_build_context_has_only_the_contents_of_the_wheel() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    shown = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert all((ROOT / name).exists() for name in shown)
    assert not shown & {".git", ".sparky", "tests", "k8s", ".venv"}
    assert {"sparky_assets", "resources", "schedules", "templates", "config"} <= shown


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock"])
def test_each_locked_version_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for requirement in text.strip().splitlines():
        assert re.match(r"[\w.-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert "://" not in text


def test_build_tools_are_not_in_the_final_stage() -> None:
    assert "pip install" not in final_stage()
    assert re.findall(r"COPY --from=(\S+) (\S+)", final_stage()) == [("build", "/opt/sparky")]


STUB = """#!/bin/sh
echo "$(basename "$0") TMPDIR=${TMPDIR:-} $*" >> "$CALLS"
[ "$(basename "$0") $1" = "buildah inspect" ] && exit 1
exit 0
"""
"""A program of the build that records its call; there is no base image yet."""


def test_programs_in_the_base_get_no_temporary_folder_of_the_host(tmp_path: Path) -> None:
    """With another TMPDIR update-ca-certificates in the chroot searched for it there, and the build failed."""
    programs, folder, calls = tmp_path / "bin", tmp_path / "elsewhere", tmp_path / "calls"
    programs.mkdir()
    folder.mkdir()
    for name in ("buildah", "debootstrap", "chroot"):
        (programs / name).write_text(STUB)
        (programs / name).chmod(0o755)
    (programs / "debootstrap").write_text(STUB.replace("exit 0", 'for root; do :; done; mkdir -p "$root/usr/local"'))
    environment = {"PATH": f"{programs}:/usr/bin:/bin", "TMPDIR": str(folder), "CALLS": str(calls)}
    done = subprocess.run(
        [ROOT / "tools/image_from_debian.sh", "sparky:try"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = calls.read_text().splitlines()
    (debootstrap,) = [line for line in lines if line.startswith("debootstrap")]
    assert str(folder) in debootstrap.split()[-1]  # the base itself is built in the requested folder
    assert "chroot TMPDIR= " in "\n".join(lines)
    assert list(folder.iterdir()) == []
    assert "docker-archive:sparky.tar:docker.io/library/sparky:try" in done.stdout
    assert "ctr -n k8s.io images import" in done.stdout
