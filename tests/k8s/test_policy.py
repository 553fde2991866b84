"""Rules for every container in k8s/: no root, bounded memory, probes, secrets by reference, pinned images."""

import json
import re

import pytest

from tests.k8s.rendered import containers, kustomizations, objects, pod_templates
from tests.needs import require_package

KUBERNETES = ("1.30", "1.34", "1.35")
FOREIGN = {"Certificate", "Issuer", "ClusterIssuer", "Middleware", "ServiceMonitor", "PrometheusRule", "ExternalSecret"}
"""Kinds whose schemas others publish: cert-manager, Traefik, the Prometheus operator, External Secrets."""
ON_THE_NODE = {"DaemonSet/node-exporter", "DaemonSet/nvidia-device-plugin"}
"""Pods that need access to the node; they have their own namespace, outside the restricted one."""

every_folder = pytest.mark.parametrize("folder", kustomizations())


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_field_is_in_the_kubernetes_schema(version: str) -> None:
    different = {json.dumps(item, sort_keys=True) for folder in kustomizations() for item in objects(folder)}
    for item in map(json.loads, sorted(different)):
        if item["kind"] not in FOREIGN:
            require_package("kubernetes_validate").validate(item, version, strict=True)


@every_folder
def test_no_container_is_root_or_may_become_root(folder: str) -> None:
    for name, container, pod in containers(folder):
        if name.rpartition("/")[0] in ON_THE_NODE:
            continue
        both = {**pod["securityContext"], **container["securityContext"]}
        assert both["runAsNonRoot"] is True, name
        assert both["runAsUser"] > 0, name
        assert both["allowPrivilegeEscalation"] is False, name
        assert both["readOnlyRootFilesystem"] is True, name
        assert both["capabilities"] == {"drop": ["ALL"]}, name
        assert both["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not both.get("privileged"), name


@every_folder
def test_only_measuring_and_driver_pods_access_the_node(folder: str) -> None:
    for name, template in pod_templates(folder):
        spec = template["spec"]
        sees = spec.get("hostNetwork") or spec.get("hostPID") or any("hostPath" in v for v in spec.get("volumes", []))
        assert not sees or name in ON_THE_NODE, name


@every_folder
def test_memory_is_requested_and_limited_and_cpu_has_no_limit(folder: str) -> None:
    """With a limit of CPU a model server starts more threads than it may use, and a code server loads for minutes."""
    for name, container, _ in containers(folder):
        resources = container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys(), name
        assert "memory" in resources["limits"], name
        assert "cpu" not in resources["limits"], name


@every_folder
def test_every_long_running_container_is_probed(folder: str) -> None:
    for item in objects(folder, "Deployment", "StatefulSet", "DaemonSet"):
        for container in item["spec"]["template"]["spec"]["containers"]:
            name = f"{item['metadata']['name']}/{container['name']}"
            assert "livenessProbe" in container, name
            if item["kind"] != "DaemonSet":
                assert "startupProbe" in container, name
            if "ports" in container:  # a Service may send it requests
                assert "readinessProbe" in container, name


@every_folder
def test_nothing_is_mounted_below_a_read_only_mount(folder: str) -> None:
    """The runtime would have to create a folder inside a ConfigMap, and refuses to start the container."""
    for name, container, pod in containers(folder):
        fixed = {volume["name"] for volume in pod.get("volumes", []) if {"configMap", "secret"} & volume.keys()}
        mounts = container.get("volumeMounts", [])
        for outer in mounts:
            if outer["name"] in fixed and "subPath" not in outer:
                below = outer["mountPath"] + "/"
                assert not [one["mountPath"] for one in mounts if one["mountPath"].startswith(below)], name


@every_folder
def test_jobs_have_a_time_limit_and_are_removed(folder: str) -> None:
    jobs = objects(folder, "Job") + [cron["spec"]["jobTemplate"] for cron in objects(folder, "CronJob")]
    for job in jobs:
        assert job["spec"]["activeDeadlineSeconds"] <= 6 * 3600
        assert job["spec"]["ttlSecondsAfterFinished"] <= 86400


@every_folder
def test_images_are_pinned_to_a_version(folder: str) -> None:
    for name, container, _ in containers(folder):
        image = container["image"]
        assert re.search(r":[\w.-]*\d[\w.-]*$|@sha256:[0-9a-f]{64}$", image), f"{name}: {image}"
        assert not image.endswith(":latest"), name


@every_folder
def test_no_secret_has_a_value(folder: str) -> None:
    assert not objects(folder, "Secret")
    for item in objects(folder, "ConfigMap"):
        for key, text in item["data"].items():
            assert not re.search(r"gh[a-z]_\w{20}|github_pat_|hooks\.slack\.com/services/\w", text), key
    for name, container, _ in containers(folder):
        for variable in container.get("env", []):
            secret = re.search(r"PASSWORD|SECRET|TOKEN|_KEY$|SALT|WEBHOOK", variable["name"])
            by_reference = "secretKeyRef" in variable.get("valueFrom", {})
            assert not secret or by_reference or variable["name"].endswith("_FILE"), f"{name}: {variable['name']}"


@every_folder
def test_no_service_adds_a_variable_that_is_no_setting(folder: str) -> None:
    """A Service named sparky-… would give every pod SPARKY_…_SERVICE_HOST: an unknown setting, refused by name."""
    for name, template in pod_templates(folder):
        assert template["spec"]["enableServiceLinks"] is False, name


@every_folder
def test_only_clients_of_kubernetes_have_a_token(folder: str) -> None:
    with_token = {name for name, pod in pod_templates(folder) if pod["spec"].get("automountServiceAccountToken", True)}
    assert with_token <= {"Deployment/daemon", "Deployment/webserver"}


@every_folder
def test_role_has_exactly_the_rights_that_runs_used(folder: str) -> None:
    granted = {
        (resource, verb)
        for role in objects(folder, "Role")
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    jobs = {("jobs", verb) for verb in ("create", "get", "list", "delete")} | {("jobs/status", "get")}
    pods = {("pods", verb) for verb in ("get", "list", "delete")} | {("pods/log", "get"), ("events", "list")}
    assert granted <= jobs | pods
    assert not objects(folder, "ClusterRole", "ClusterRoleBinding")


@every_folder
def test_each_namespace_sets_its_pod_security_level(folder: str) -> None:
    for namespace in objects(folder, "Namespace"):
        level = namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        assert level == ("restricted" if namespace["metadata"]["name"] == "sparky" else "privileged")
