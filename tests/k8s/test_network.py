"""The matrix of NetworkPolicies: each flow that the manifests need is allowed, and others are not."""

import pytest
import yaml

from tests.k8s.network import Peer, may_speak, pod
from tests.k8s.rendered import K8S, objects

K3D, DGX, VLLM = "k8s/overlays/k3d", "k8s/overlays/dgx", "k8s/overlays/dgx-vllm"
GITHUB = Peer(address="140.82.121.4")
METADATA = Peer(address="169.254.169.254")
PRIVATE = Peer(address="10.1.2.3")
DNS = Peer("kube-system", (("k8s-app", "kube-dns"),))
TRAEFIK = Peer("kube-system", (("app.kubernetes.io/name", "traefik"),))
STRANGER = Peer("default", (("app.kubernetes.io/name", "reader"),))

NEEDED = [
    # source, target, port
    ("daemon", "code-server", 4000), ("daemon", "postgres", 5432),
    ("webserver", "code-server", 4000), ("webserver", "postgres", 5432),
    ("code-server", "postgres", 5432), ("run", "postgres", 5432),
    ("reader", "postgres", 5432), ("migrate", "postgres", 5432), ("backup", "postgres", 5432),
    ("prometheus", "reader", 8000), ("prometheus", "postgres-exporter", 9187), ("prometheus", "alertmanager", 9093),
    ("prometheus", "node-exporter", 9100), ("postgres-exporter", "postgres", 5432), ("grafana", "prometheus", 9090),
]  # fmt: skip
OF_OVERLAYS = [
    (K3D, "run", "ollama", 11434), (DGX, "run", "ollama", 11434), (VLLM, "run", "vllm", 8000),
    (K3D, "code-server", "ollama", 11434), (K3D, "pull-model", "ollama", 11434),
    (K3D, "run", "s3", 7070), (K3D, "code-server", "s3", 7070), (K3D, "reader", "s3", 7070),
    (DGX, "login", "webserver", 3000),
]  # fmt: skip
OUTSIDE = [
    ("run", 443), ("run", 22), ("run", 465), ("run", 587),  # GitHub, git by ssh, mail
    ("code-server", 443), ("code-server", 587),  # sensors send alerts, and the daemon runs them
    ("alertmanager", 443), ("alertmanager", 587), ("alertmanager", 465),  # Slack, mail
    ("daemon", 443), ("daemon", 6443), ("webserver", 443), ("webserver", 6443),  # Kubernetes' API
]  # fmt: skip
NOBODY_NEEDS = [
    ("reader", "ollama", 11434), ("reader", "code-server", 4000), ("reader", "webserver", 3000),
    ("grafana", "postgres", 5432), ("prometheus", "postgres", 5432), ("ollama", "postgres", 5432),
    ("run", "reader", 8000), ("run", "webserver", 3000), ("run", "code-server", 4000), ("run", "prometheus", 9090),
    ("backup", "reader", 8000), ("postgres", "reader", 8000), ("daemon", "ollama", 11434),
]  # fmt: skip
WITHOUT_INTERNET = ("reader", "postgres", "backup", "migrate", "prometheus", "grafana", "postgres-exporter")
overlays = pytest.mark.parametrize("folder", [K3D, DGX, VLLM])


@pytest.mark.parametrize(("who", "whom", "port"), NEEDED)
@overlays
def test_required_flow_is_allowed(folder: str, who: str, whom: str, port: int) -> None:
    assert may_speak(folder, pod(folder, who), pod(folder, whom), port)


@pytest.mark.parametrize(("folder", "who", "whom", "port"), OF_OVERLAYS)
def test_additional_flow_of_an_overlay_is_allowed(folder: str, who: str, whom: str, port: int) -> None:
    assert may_speak(folder, pod(folder, who), pod(folder, whom), port)


@pytest.mark.parametrize(("who", "port"), OUTSIDE)
@overlays
def test_required_outside_address_is_reachable(folder: str, who: str, port: int) -> None:
    assert may_speak(folder, pod(folder, who), GITHUB, port)


@pytest.mark.parametrize("who", ["run", "code-server", "alertmanager", "ollama"])
def test_outside_excludes_private_and_link_local_networks(who: str) -> None:
    """A hostile address in a settings file must not reach a router, or the metadata service of a cloud."""
    assert not may_speak(K3D, pod(K3D, who), PRIVATE, 443)
    assert not may_speak(K3D, pod(K3D, who), METADATA, 443)
    assert not may_speak(K3D, pod(K3D, who), GITHUB, 80)


@pytest.mark.parametrize("who", ["run", "daemon", "reader", "backup", "ollama", "prometheus", "alertmanager"])
@pytest.mark.parametrize("protocol", ["UDP", "TCP"])
def test_every_pod_may_use_dns(who: str, protocol: str) -> None:
    assert may_speak(K3D, pod(K3D, who), DNS, 53, protocol)


@pytest.mark.parametrize(
    ("server", "port"),
    [
        (Peer("openshift-dns", DNS.labels, port_names=(("dns", 5353), ("dns-tcp", 5353))), 5353),
        (Peer("kube-system", DNS.labels, port_names=(("dns", 8053), ("dns-tcp", 8053))), 8053),
        (Peer(address="169.254.20.10"), 53),  # NodeLocal DNSCache
    ],
)
@pytest.mark.parametrize("protocol", ["UDP", "TCP"])
def test_dns_on_other_ports_is_allowed(server: Peer, port: int, protocol: str) -> None:
    assert may_speak(K3D, pod(K3D, "run"), server, port, protocol)


@pytest.mark.parametrize("port", [53, 8053])
def test_dns_port_of_other_pods_is_blocked(port: int) -> None:
    stranger = Peer("kube-system", (("app", "other"),), port_names=(("dns", 8053),))
    assert not may_speak(K3D, pod(K3D, "run"), stranger, port, "UDP")


@pytest.mark.parametrize(("who", "whom", "port"), NOBODY_NEEDS)
@pytest.mark.parametrize("folder", [K3D, DGX])
def test_unneeded_flow_is_blocked(folder: str, who: str, whom: str, port: int) -> None:
    assert not may_speak(folder, pod(folder, who), pod(folder, whom), port)


@pytest.mark.parametrize("who", WITHOUT_INTERNET)
@overlays
def test_pods_without_outside_needs_cannot_leave_the_cluster(folder: str, who: str) -> None:
    assert not may_speak(folder, pod(folder, who), GITHUB, 443)


def test_browser_reaches_reader_by_traefik_and_interface_by_its_login() -> None:
    assert may_speak(K3D, TRAEFIK, pod(K3D, "reader"), 8000)
    assert may_speak(K3D, TRAEFIK, pod(K3D, "webserver"), 3000)
    assert may_speak(DGX, TRAEFIK, pod(DGX, "reader"), 8000)
    assert may_speak(DGX, TRAEFIK, pod(DGX, "login"), 4180)
    assert may_speak(DGX, pod(DGX, "login"), GITHUB, 443)
    assert not may_speak(DGX, TRAEFIK, pod(DGX, "webserver"), 3000), "past the login"


@pytest.mark.parametrize(
    ("whom", "port"), [("reader", 8000), ("webserver", 3000), ("postgres", 5432), ("ollama", 11434)]
)
def test_other_namespaces_reach_nothing(whom: str, port: int) -> None:
    assert not may_speak(DGX, STRANGER, pod(DGX, whom), port)


def test_prometheus_of_the_operator_reaches_the_reader() -> None:
    (policy,) = objects("k8s/monitoring/operator", "NetworkPolicy")
    allowed = policy["spec"]["ingress"][0]
    assert allowed["ports"] == [{"port": 8000}]
    assert allowed["from"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}


def test_ports_of_alerting_are_allowed() -> None:
    """A mail server on port 25 would be unreachable."""
    config = yaml.safe_load((K8S / "monitoring/config/alertmanager.yml").read_text())
    port = int(config["global"]["smtp_smarthost"].rpartition(":")[2])
    assert may_speak(DGX, pod(DGX, "alertmanager"), GITHUB, port)
