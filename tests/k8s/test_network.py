"""Each flow that the manifests need is let through, and what nobody needs is not: the matrix of NetworkPolicies."""

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
    # who, whom, port
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
    ("code-server", 443), ("code-server", 587),  # alerts are sent by sensors, which it runs
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
def test_whoever_has_to_be_asked_can_be(folder: str, who: str, whom: str, port: int) -> None:
    assert may_speak(folder, pod(folder, who), pod(folder, whom), port)


@pytest.mark.parametrize(("folder", "who", "whom", "port"), OF_OVERLAYS)
def test_what_one_overlay_adds_can_be_asked_there(folder: str, who: str, whom: str, port: int) -> None:
    assert may_speak(folder, pod(folder, who), pod(folder, whom), port)


@pytest.mark.parametrize(("who", "port"), OUTSIDE)
@overlays
def test_the_outside_is_reached_by_those_who_need_it(folder: str, who: str, port: int) -> None:
    assert may_speak(folder, pod(folder, who), GITHUB, port)


@pytest.mark.parametrize("who", ["run", "code-server", "alertmanager", "ollama"])
def test_the_outside_is_not_the_network_of_the_house(who: str) -> None:
    """A hostile address in a settings file must not reach a router's pages, or the keys of a cloud's machine."""
    assert not may_speak(K3D, pod(K3D, who), PRIVATE, 443)
    assert not may_speak(K3D, pod(K3D, who), METADATA, 443)
    assert not may_speak(K3D, pod(K3D, who), GITHUB, 80)


@pytest.mark.parametrize("who", ["run", "daemon", "reader", "backup", "ollama", "prometheus", "alertmanager"])
@pytest.mark.parametrize("protocol", ["UDP", "TCP"])
def test_everybody_may_ask_for_names(who: str, protocol: str) -> None:
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
def test_names_are_answered_by_dns_that_listens_elsewhere(server: Peer, port: int, protocol: str) -> None:
    assert may_speak(K3D, pod(K3D, "run"), server, port, protocol)


@pytest.mark.parametrize("port", [53, 8053])
def test_pods_that_are_no_dns_are_asked_for_no_names(port: int) -> None:
    stranger = Peer("kube-system", (("app", "other"),), port_names=(("dns", 8053),))
    assert not may_speak(K3D, pod(K3D, "run"), stranger, port, "UDP")


@pytest.mark.parametrize(("who", "whom", "port"), NOBODY_NEEDS)
@pytest.mark.parametrize("folder", [K3D, DGX])
def test_what_nobody_needs_is_shut(folder: str, who: str, whom: str, port: int) -> None:
    assert not may_speak(folder, pod(folder, who), pod(folder, whom), port)


@pytest.mark.parametrize("who", WITHOUT_INTERNET)
@overlays
def test_whoever_has_no_business_outside_stays_inside(folder: str, who: str) -> None:
    assert not may_speak(folder, pod(folder, who), GITHUB, 443)


def test_browsers_reach_the_pages_by_traefik_and_the_interface_behind_its_login() -> None:
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


def test_with_the_operator_its_prometheus_reaches_the_reader() -> None:
    (policy,) = objects("k8s/monitoring/operator", "NetworkPolicy")
    allowed = policy["spec"]["ingress"][0]
    assert allowed["ports"] == [{"port": 8000}]
    assert allowed["from"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}


def test_the_ports_of_alerting_are_those_that_are_open() -> None:
    """A mail server on port 25 would be asked in vain."""
    config = yaml.safe_load((K8S / "monitoring/config/alertmanager.yml").read_text())
    port = int(config["global"]["smtp_smarthost"].rpartition(":")[2])
    assert may_speak(DGX, pod(DGX, "alertmanager"), GITHUB, port)
