"""Evaluate the NetworkPolicies of a folder as a network plugin does."""

import ipaddress
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.k8s.rendered import objects, pod_templates, type_object


@dataclass(frozen=True)
class Peer:
    """A pod by namespace and labels, or an outside address."""

    namespace: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    address: str = ""
    port_names: tuple[tuple[str, int], ...] = ()
    """The ports of its containers by name: a policy may name one instead of its number."""


@cache
def pod(folder: str, name: str) -> Peer:
    """Return the pods of a name: of a Deployment and its like, or those that the launcher creates for runs."""
    if name == "run":
        (instance,) = [
            item["data"]["dagster.yaml"]
            for item in objects(folder, "ConfigMap")
            if item["metadata"]["namespace"] == "sparky" and "dagster.yaml" in item["data"]
        ]
        launcher = yaml.safe_load(instance)["run_launcher"]["config"]
        return Peer("sparky", tuple(launcher["run_k8s_config"]["pod_template_spec_metadata"]["labels"].items()))
    namespaces = {
        (item["kind"], item["metadata"]["name"]): item["metadata"]["namespace"]
        for item in objects(folder, "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
    }
    for owner, template in pod_templates(folder):
        kind, _, owned = owner.partition("/")
        if owned == name:
            return Peer(namespaces[kind, name], tuple(template["metadata"]["labels"].items()))
    raise KeyError(f"{folder}: nothing makes pods of the name {name}")


def may_speak(folder: str, source: Peer, target: Peer, port: int, protocol: str = "TCP") -> bool:
    """Return whether the source may send, and the target may receive."""
    policies = objects(folder, "NetworkPolicy")
    leaves = _passes(policies, "Egress", (source, target), (port, protocol))
    return leaves and _passes(policies, "Ingress", (target, source), (port, protocol))


def _passes(policies: list[type_object], way: str, ends: tuple[Peer, Peer], port: tuple[int, str]) -> bool:
    here, there = ends
    if here.address or here.namespace not in {"sparky", "sparky-node"}:
        return True  # outside, or in a namespace without these policies
    ours = [policy for policy in policies if _is_for(policy, here, way)]
    if not ours:
        return True
    rules = [rule for policy in ours for rule in policy["spec"].get(way.lower(), [])]
    side = "to" if way == "Egress" else "from"
    target = there if way == "Egress" else here
    return any(_is_open(rule, port, target) and _is_meant(rule.get(side, []), here, there) for rule in rules)


def _is_for(policy: type_object, here: Peer, way: str) -> bool:
    spec = policy["spec"]
    same = policy["metadata"]["namespace"] == here.namespace
    return same and way in spec["policyTypes"] and _selects(spec["podSelector"], dict(here.labels))


def _is_open(rule: type_object, port: tuple[int, str], target: Peer) -> bool:
    names = dict(target.port_names)
    open_ports = [
        (names.get(entry["port"], entry["port"]), entry.get("protocol", "TCP")) for entry in rule.get("ports", [])
    ]
    return not open_ports or port in open_ports


def _is_meant(peers: list[type_object], here: Peer, there: Peer) -> bool:
    return not peers or any(_is_it(peer, here, there) for peer in peers)


def _is_it(peer: type_object, here: Peer, there: Peer) -> bool:
    if block := peer.get("ipBlock"):
        if not there.address:
            return False
        address = ipaddress.ip_address(there.address)
        inside = [ipaddress.ip_network(one) for one in (block["cidr"], *block.get("except", []))]
        return address in inside[0] and not any(address in one for one in inside[1:])
    if there.address:
        return False
    in_namespace = there.namespace == here.namespace
    if "namespaceSelector" in peer:
        selector = peer["namespaceSelector"]
        in_namespace = _selects(selector, {"kubernetes.io/metadata.name": there.namespace})
    return in_namespace and _selects(peer.get("podSelector", {}), dict(there.labels))


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    listed = selector.get("matchExpressions", [])
    assert all(one["operator"] == "In" for one in listed), "no other operator is read here"
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(one["key"]) in one["values"] for one in listed
    )
