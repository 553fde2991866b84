"""compose.yaml: one machine, held to the rules of the cluster, and to the names that it shares with it."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sparky_assets.settings.load import load_settings
from tests.k8s.rendered import K8S, ROOT, containers
from tests.needs import require_tool

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = ROOT / "compose/env.example"

every_service = pytest.mark.parametrize("name", SERVICES)


def example() -> dict[str, str]:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@every_service
def test_a_service_is_hardened_bounded_and_looked_after(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert "test" in service["healthcheck"] or service["restart"] == "no"
    assert not service.get("privileged")


@every_service
def test_ports_are_open_to_this_machine_alone(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@every_service
def test_whatever_is_mounted_is_there(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source = mount.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
        else:
            assert source == "/" or source in COMPOSE["volumes"], source


@every_service
def test_whoever_is_waited_for_can_be_ready(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other == "migrate" else "service_healthy"
        assert how["condition"] == wanted
        assert other in SERVICES


def test_images_are_those_of_the_cluster() -> None:
    """Who raises a version raises it in both."""
    cluster = {c["image"].removeprefix("docker.io/") for _, c, _ in containers("k8s/overlays/k3d")}
    for name, service in SERVICES.items():
        if "build" not in service:
            assert service["image"].removeprefix("docker.io/") in cluster, name


def test_a_backup_is_made_by_the_script_of_the_cluster() -> None:
    service = SERVICES["backup"]
    mounts = {where: what for what, where, *_ in (volume.split(":") for volume in service["volumes"])}
    program, script, to, home = service["command"]
    assert (program, (ROOT / mounts["/scripts"] / Path(script).name).is_file()) == ("sh", True)
    assert {mounts[to], mounts[home]} == {"backup", "home"}


def test_prometheus_finds_here_what_it_finds_in_the_cluster() -> None:
    aliases = {a for s in SERVICES.values() for a in s.get("networks", {}).get("default", {}).get("aliases", [])}
    jobs = yaml.safe_load((K8S / "monitoring/config/prometheus.yml").read_text())["scrape_configs"]
    asked = {name for job in jobs for source in job.get("dns_sd_configs", []) for name in source["names"]}
    assert asked <= aliases | SERVICES.keys()


def test_every_variable_that_is_asked_for_stands_in_the_example() -> None:
    text = (ROOT / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+):?[?]", text)) | {one["environment"] for one in COMPOSE["secrets"].values()}
    assert asked <= example().keys()


def test_the_example_is_made_of_settings_that_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both .env and the services' own variables reach code server and reader: an unknown SPARKY_… would stop them."""
    given = {**example(), **SERVICES["code-server"]["environment"]}
    for name, value in given.items():
        if name.startswith("SPARKY_"):
            monkeypatch.setenv(name, value or "x" * 40)
    monkeypatch.chdir(tmp_path)
    settings = load_settings(ROOT / "config/production.toml")
    assert settings.sources.source == "github"
    assert settings.language_model.url == "http://ollama:11434"


def test_the_published_schema_takes_the_file() -> None:
    program = require_tool("check-jsonschema")
    command: list[str | Path] = [program, "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_itself_takes_the_file() -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("the docker compose plugin is not installed")
    given = {**os.environ, **{name: value or "x" for name, value in example().items()}}
    command = [docker, "compose", "--profile", "*", "config", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
