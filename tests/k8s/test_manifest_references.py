"""Every name in the manifests exists: ports of Services, keys of mounts, settings of variables."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from sparky_assets.settings.load import SELECTOR_VARIABLES, load_settings
from tests.k8s.rendered import K8S, containers, kustomizations, objects, one, pod_templates
from tools import cluster_config

OUTSIDE = {"sparky-postgres", "sparky-secrets", "sparky-alerts", "sparky-oauth2", "sparky-tls", "sparky-grafana"}
"""Secrets that people create; k8s/secrets/ has examples."""

every_folder = pytest.mark.parametrize("folder", [folder for folder in kustomizations() if "monitoring" not in folder])
with_sparky = pytest.mark.parametrize(
    "folder", [folder for folder in kustomizations() if "monitoring" not in folder and "base" not in folder]
)
"""k8s/monitoring uses objects of Sparky; the overlays hold both."""


def matches(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


@pytest.mark.parametrize("name", cluster_config.SOURCES)
def test_cluster_files_equal_the_files_of_local_runs(name: str) -> None:
    assert (cluster_config.COPIES / name).read_text() == cluster_config.content(name), "run `just k8s-config`"


@pytest.mark.parametrize(
    "name", ["dagster.yaml", "config/dagster.yaml", "config/dagster-postgres.yaml",
             "k8s/base/config/dagster.yaml", "k8s/base/config/postgres.yaml"],
)  # fmt: skip
def test_killed_run_is_noticed_within_half_a_minute(name: str) -> None:
    """Regression: with Dagster's default of 120 s a killed run was done again after 4 min 17 s."""
    monitoring = yaml.safe_load((K8S.parent / name).read_text())["run_monitoring"]
    assert (monitoring["enabled"], monitoring["poll_interval_seconds"]) == (True, 30)


def test_instance_file_has_no_duplicate_section() -> None:
    sections = re.findall(r"^(\w+):", (cluster_config.COPIES / "dagster.yaml").read_text(), re.MULTILINE)
    assert len(sections) == len(set(sections))


@every_folder
def test_every_service_has_a_port_of_a_container(folder: str) -> None:
    for service in objects(folder, "Service"):
        found = [
            pod for _, pod in pod_templates(folder) if matches(service["spec"]["selector"], pod["metadata"]["labels"])
        ]
        assert found, service["metadata"]["name"]
        for port in service["spec"]["ports"]:
            for pod in found:
                names = {p["name"] for c in pod["spec"]["containers"] for p in c.get("ports", [])}
                assert port["targetPort"] in names, service["metadata"]["name"]


@every_folder
def test_every_probe_uses_an_existing_port(folder: str) -> None:
    for name, container, _ in containers(folder):
        ports = {p["name"]: p["containerPort"] for p in container.get("ports", [])}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            for way in ("httpGet", "grpc", "tcpSocket"):
                if way in container.get(probe, {}):
                    assert container[probe][way]["port"] in {*ports, *ports.values()}, f"{name}: {probe}"


@every_folder
def test_every_mount_has_a_volume_and_every_volume_a_source(folder: str) -> None:
    maps = {item["metadata"]["name"]: item for item in objects(folder, "ConfigMap")}
    claims = {item["metadata"]["name"] for item in objects(folder, "PersistentVolumeClaim")}
    claimed = {
        c["metadata"]["name"] for s in objects(folder, "StatefulSet") for c in s["spec"].get("volumeClaimTemplates", [])
    }
    for name, container, pod in containers(folder):
        volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
        for mount in container.get("volumeMounts", []):
            assert mount["name"] in volumes.keys() | claimed, f"{name}: {mount['name']}"
            source = volumes.get(mount["name"], {})
            if "configMap" in source:
                held = maps[source["configMap"]["name"]]["data"]
                keys = {item["path"] for item in source["configMap"].get("items", [])} or held.keys()
                assert mount.get("subPath", next(iter(keys))) in keys, f"{name}: {mount}"
            if "persistentVolumeClaim" in source:
                assert source["persistentVolumeClaim"]["claimName"] in claims, name
            if "secret" in source:
                assert source["secret"]["secretName"] in OUTSIDE, name


@every_folder
def test_every_variable_comes_from_an_existing_key(folder: str) -> None:
    maps = {item["metadata"]["name"]: item["data"] for item in objects(folder, "ConfigMap")}
    for name, container, _ in containers(folder):
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {})
            if reference := source.get("configMapKeyRef"):
                assert reference.get("optional") or reference["key"] in maps[reference["name"]], f"{name}: {variable}"
            if reference := source.get("secretKeyRef"):
                assert reference["name"] in OUTSIDE, f"{name}: {variable}"
        for source in container.get("envFrom", []):
            if reference := source.get("configMapRef"):
                assert reference["name"] in maps, name
            if reference := source.get("secretRef"):
                assert reference["name"] in OUTSIDE, name


@with_sparky
def test_every_variable_is_a_setting_that_exists(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as a run reads them: the file of the ConfigMap, overridden by the variables."""
    file = tmp_path / "sparky.toml"
    file.write_text(one(folder, "ConfigMap", "sparky-settings")["data"]["sparky.toml"])
    variables: dict[str, str] = one(folder, "ConfigMap", "sparky-env")["data"]
    for variable, value in variables.items():
        if variable not in SELECTOR_VARIABLES:
            monkeypatch.setenv(variable, value)
    settings = load_settings(file)
    assert str(settings.home) == "/var/lib/sparky"
    if settings.language_model.backend == "ollama":
        assert settings.language_model.url == "http://ollama.sparky.svc.cluster.local:11434"
    hosts = [rule["host"] for item in objects(folder) if item["kind"] == "Ingress" for rule in item["spec"]["rules"]]
    for address in (settings.alerts.ui, settings.reader.dagster_url):  # without an ingress by `kubectl port-forward`
        assert urlsplit(address).hostname in (hosts or ["127.0.0.1"]), "links of alerts lead to no page"
    direct = {v["name"] for _, c, _ in containers(folder) for v in c.get("env", []) if v["name"].startswith("SPARKY_")}
    assert not direct, "settings go through sparky-env, so that runs have them too"


@with_sparky
def test_model_server_accepts_as_many_calls_as_are_sent(folder: str) -> None:
    if "ollama" not in names(folder, "Deployment"):
        pytest.skip("no Ollama here")
    variables: dict[str, str] = one(folder, "ConfigMap", "sparky-env")["data"]
    (container,) = one(folder, "Deployment", "ollama")["spec"]["template"]["spec"]["containers"]
    taken = {variable["name"]: variable["value"] for variable in container["env"]}
    assert taken["OLLAMA_NUM_PARALLEL"] == variables.get("SPARKY_LANGUAGE_MODEL__PARALLEL_CALLS", "1")
    assert taken["OLLAMA_HOST"].startswith("0.0.0.0:")


@with_sparky
def test_files_of_the_instance_file_exist(folder: str) -> None:
    instance = yaml.safe_load(instance_file(folder))
    launcher = instance["run_launcher"]["config"]
    assert launcher["service_account_name"] in names(folder, "ServiceAccount")
    assert set(launcher["env_config_maps"]) <= names(folder, "ConfigMap")
    for volume in launcher["volumes"]:
        if claim := volume.get("persistentVolumeClaim"):
            assert claim["claimName"] in names(folder, "PersistentVolumeClaim")
        if settings := volume.get("configMap"):
            assert settings["name"] in names(folder, "ConfigMap")
    assert {mount["name"] for mount in launcher["volume_mounts"]} == {volume["name"] for volume in launcher["volumes"]}


@with_sparky
def test_runs_use_the_image_of_the_services(folder: str) -> None:
    code = one(folder, "Deployment", "code-server")["spec"]["template"]["spec"]["containers"][0]["image"]
    given = {
        f"{name}: {v['value']}"
        for name, c, _ in containers(folder)
        for v in c.get("env", [])
        if v["name"] == "RUN_IMAGE" and v["value"] != code
    }
    assert not given
    asking = {name for name, c, _ in containers(folder) if any(v["name"] == "RUN_IMAGE" for v in c.get("env", []))}
    assert asking == {"Deployment/daemon/daemon", "Deployment/webserver/webserver"}


@with_sparky
def test_pods_with_the_postgres_password_may_connect_to_it(folder: str) -> None:
    for name, template in pod_templates(folder):
        variables = [variable for one in template["spec"]["containers"] for variable in one.get("env", [])]
        secrets = [variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name") for variable in variables]
        reaches = template["metadata"]["labels"].get("sparky/postgres") == "true"
        assert ("sparky-postgres" in secrets) == reaches or name == "StatefulSet/postgres", name


@every_folder
def test_every_network_policy_selects_existing_pods(folder: str) -> None:
    labels = [pod["metadata"]["labels"] for _, pod in pod_templates(folder)]
    if not (policies := objects(folder, "NetworkPolicy")):
        pytest.skip("no network policy here")
    labels.append({"app.kubernetes.io/name": "sparky-run"})
    for policy in policies:
        named: list[dict[str, Any]] = [policy["spec"]["podSelector"]]
        for rule in policy["spec"].get("ingress", []) + policy["spec"].get("egress", []):
            named += [
                peer["podSelector"]
                for peer in rule.get("from", []) + rule.get("to", [])
                if peer.keys() == {"podSelector"}
            ]
        for selector in named:
            wanted = selector.get("matchLabels", {})
            assert any(matches(wanted, have) for have in labels), f"{policy['metadata']['name']}: {wanted}"


@pytest.mark.parametrize("overlay", ["k3d", "dgx"])
def test_overlays_name_the_image_as_the_base_does(overlay: str) -> None:
    """kustomize takes a replacement from the folder of its kustomization only, so each has a copy."""
    wanted = (K8S / "components/run-image/replacement.yaml").read_text()
    assert (K8S / "overlays" / overlay / "run-image.yaml").read_text() == wanted


def names(folder: str, kind: str) -> set[str]:
    return {item["metadata"]["name"] for item in objects(folder, kind)}


def instance_file(folder: str) -> str:
    (found,) = [item for item in objects(folder, "ConfigMap") if "dagster.yaml" in item["data"]]
    return str(found["data"]["dagster.yaml"])


def test_every_folder_is_checked() -> None:
    assert {"k8s", "k8s/base"} <= set(kustomizations())
    assert K8S.is_dir()
