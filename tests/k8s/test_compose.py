"""compose.yaml: one machine, held to the rules of the cluster, with the same names."""

import os
import re
import shutil
import subprocess
import time
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


def take_defaults(text: str) -> str:
    """Return a value as compose fills it in where no variable is set: `${NAME:-default}`."""
    while (filled := re.sub(r"\$\{\w+:-([^{}]*)\}", r"\1", text)) != text:
        text = filled
    return text


@every_service
def test_service_is_hardened_bounded_and_probed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert "test" in service["healthcheck"] or service["restart"] == "no"
    assert not service.get("privileged")


@every_service
def test_ports_are_open_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_links_of_alerts_lead_to_the_published_webserver() -> None:
    (port,) = SERVICES["webserver"]["ports"]
    address = f"http://{take_defaults(port.rpartition(':')[0])}"
    assert address == "http://127.0.0.1:3000"
    assert take_defaults(SERVICES["code-server"]["environment"]["SPARKY_ALERTS__UI"]) == address
    assert take_defaults(SERVICES["reader"]["environment"]["SPARKY_READER__DAGSTER_URL"]) == address


@every_service
def test_every_mount_has_a_source(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source = mount.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
        else:
            assert source == "/" or source in COMPOSE["volumes"], source


@every_service
def test_every_dependency_has_a_health_check(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other == "migrate" else "service_healthy"
        assert how["condition"] == wanted
        assert other in SERVICES


def test_code_server_is_the_program_of_the_cluster() -> None:
    # `dagster code-server start` is a proxy that answers health questions after its child died.
    (own,) = [c for owner, c, _ in containers("k8s/overlays/k3d") if c["name"] == "code-server"]
    assert SERVICES["code-server"]["command"] == own["args"]
    assert SERVICES["code-server"]["healthcheck"]["test"][1:4] == ["dagster", "api", "grpc-health-check"]


def test_images_have_the_versions_of_the_cluster() -> None:
    """A version must be raised in both files."""
    cluster = {c["image"].removeprefix("docker.io/") for _, c, _ in containers("k8s/overlays/k3d")}
    for name, service in SERVICES.items():
        if "build" not in service:
            assert service["image"].removeprefix("docker.io/") in cluster, name


def test_backup_uses_the_script_of_the_cluster() -> None:
    service = SERVICES["backup"]
    mounts = {where: what for what, where, *_ in (volume.split(":") for volume in service["volumes"])}
    program, script, to, home = service["command"]
    assert (program, mounts[script]) == ("sh", "./compose/nightly.sh")
    assert "sh /scripts/backup.sh " in (ROOT / mounts[script]).read_text()
    assert (ROOT / mounts["/scripts"] / "backup.sh").is_file()
    assert {mounts[to], mounts[home]} == {"backup", "home"}
    assert "profiles" not in service, "nobody makes a nightly backup who has to ask for it"


def run_nightly(folder: Path, *arguments: str, seconds: float = 20) -> "subprocess.CompletedProcess[str]":
    """Run compose/nightly.sh with a `sleep` that returns at once and a backup that fails the first time."""
    # A link, not a script: a script just written is "busy" for any program that starts it while another test forks.
    true = shutil.which("true")
    assert true
    (folder / "sleep").symlink_to(true)
    text = (ROOT / "compose/nightly.sh").read_text()
    backup = folder / "backup.sh"
    backup.write_text(
        f'echo "$@" >>{folder}/calls\n[ "$(wc -l <{folder}/calls)" -gt 1 ] || exit 1\n'
        f'[ "$(wc -l <{folder}/calls)" -lt 3 ] || kill -TERM "$PPID"\n'
    )
    script = folder / "nightly.sh"
    script.write_text(text.replace("/scripts/backup.sh", str(backup)).replace("/tmp/began", f"{folder}/began"))
    return subprocess.run(
        ["sh", str(script), *arguments], env={"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False, timeout=seconds,
    )  # fmt: skip


def test_failed_nightly_backup_is_retried_until_its_signal(tmp_path: Path) -> None:
    done = run_nightly(tmp_path, "/var/tmp", "/var/lib/sparky")
    assert done.returncode == 0
    assert (tmp_path / "calls").read_text().splitlines() == ["/var/tmp /var/lib/sparky"] * 3
    assert done.stderr.count("tried again in an hour") == 1


@pytest.mark.parametrize(("hours", "is_healthy"), [(5, True), (40, False)])
def test_nightly_backup_is_healthy_while_the_newest_is_of_last_night(
    tmp_path: Path, hours: int, *, is_healthy: bool
) -> None:
    folder = tmp_path / "20251112T031700Z"
    folder.mkdir()
    at = time.time() - hours * 3600
    os.utime(folder, (at, at))
    assert (run_nightly(tmp_path, "--check", str(tmp_path)).returncode == 0) is is_healthy


DOCKER = """#!/bin/sh
echo "$@" >>"$CALLS"
case "$*" in
    *"ps --services"*) printf 'daemon\ncode-server\npostgres\n' ;;
    *"run --rm"*) exit "$RESTORE_CODE" ;;
esac
"""


@pytest.mark.parametrize("code", [0, 1])
def test_restore_of_compose_restarts_services_after_any_result(tmp_path: Path, code: int) -> None:
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    variables = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "RESTORE_CODE": str(code),
    }
    command = ["bash", str(ROOT / "compose/restore.sh"), "20251112T031700Z"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is (code == 0)
    said = (tmp_path / "calls").read_text().splitlines()
    assert said[1] == "compose stop daemon code-server webserver reader backup"
    assert "run --rm --no-deps --env NAME=20251112T031700Z backup" in said[3]
    assert said[-1] == "compose up --detach --wait --no-build daemon code-server postgres"


def test_prometheus_has_the_targets_of_the_cluster() -> None:
    aliases = {a for s in SERVICES.values() for a in s.get("networks", {}).get("default", {}).get("aliases", [])}
    jobs = yaml.safe_load((K8S / "monitoring/config/prometheus.yml").read_text())["scrape_configs"]
    asked = {name for job in jobs for source in job.get("dns_sd_configs", []) for name in source["names"]}
    assert asked <= aliases | SERVICES.keys()


def test_every_variable_is_in_the_example() -> None:
    text = (ROOT / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+):?[?]", text)) | {one["environment"] for one in COMPOSE["secrets"].values()}
    assert asked <= example().keys()


def test_example_sets_only_existing_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both .env and the services' own variables reach code server and reader: an unknown SPARKY_… would stop them."""
    given = {**example(), **SERVICES["code-server"]["environment"]}
    for name, value in given.items():
        if name.startswith("SPARKY_"):
            monkeypatch.setenv(name, take_defaults(value) or "x" * 40)
    monkeypatch.chdir(tmp_path)
    settings = load_settings(ROOT / "config/production.toml")
    assert settings.sources.source == "github"
    assert settings.language_model.url == "http://ollama:11434"


def test_file_passes_the_published_schema() -> None:
    program = require_tool("check-jsonschema")
    command: list[str | Path] = [program, "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_docker_compose_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("the docker compose plugin is not installed")
    given = {**os.environ, **{name: value or "x" for name, value in example().items()}}
    command = [docker, "compose", "--profile", "*", "config", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
