"""The preflight reports each problem that would keep an overlay from starting, one sentence each."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.k8s.rendered import objects
from tools.preflight import (
    GPU_RESOURCE,
    ClusterFacts,
    PreflightFinding,
    find_problems,
    is_local_image,
    list_containers,
    parse_architectures,
    parse_quantity,
)

DGX = "k8s/overlays/dgx"
LOCAL_PATH = {
    "metadata": {"name": "local-path", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
}
SECRETS = frozenset({"sparky-oauth2", "sparky-alerts"})


def make_node(
    cpu: str = "20",
    architecture: str = "arm64",
    gpus: str = "1",
    images: tuple[str, ...] = (),
    memory: str = "128Gi",
) -> Any:
    return {
        "metadata": {"name": "dgx"},
        "status": {
            "allocatable": {"cpu": cpu, "memory": memory, GPU_RESOURCE: gpus},
            "nodeInfo": {"architecture": architecture},
            "images": [{"names": list(images)}],
        },
    }


def make_cluster(**changes: Any) -> ClusterFacts:
    """Return a DGX on which everything is installed."""
    facts: dict[str, Any] = {
        "nodes": (make_node(),),
        "secrets": SECRETS,
        "storage_classes": (LOCAL_PATH,),
        "resource_groups": frozenset({"cert-manager.io", "traefik.io"}),
        "runtime_classes": frozenset({"nvidia"}),
    }
    return ClusterFacts(**{**facts, **changes})


def make_manifests() -> list[dict[str, Any]]:
    """Return the overlay with real names instead of examples."""
    text = {"registry.example": "ghcr.io/acme", "your-organisation": "acme", "sparky.example": "news.acme.org"}
    return [_replace(item, text) for item in objects(DGX)]


def _replace(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replace(content, names) for key, content in value.items()}
    if isinstance(value, list):
        return [_replace(content, names) for content in value]
    if isinstance(value, str):
        for example, name in names.items():
            value = value.replace(example, name)
    return value


def architectures(manifests: list[dict[str, Any]], *names: str) -> dict[str, frozenset[str] | None]:
    images = {container["image"] for _, container in list_containers(manifests)}
    return {image: frozenset(names or ("amd64", "arm64")) for image in images if not is_local_image(image)}


def problems(cluster: ClusterFacts, **changes: Any) -> list[PreflightFinding]:
    manifests = make_manifests()
    return find_problems(manifests, cluster, changes.get("images", architectures(manifests)))


def test_complete_overlay_has_no_finding() -> None:
    assert problems(make_cluster()) == []


def test_shipped_overlay_names_each_example() -> None:
    sentences = [finding.sentence for finding in find_problems(objects(DGX), make_cluster(), {}) if finding.is_blocking]
    for example in ("registry.example", "your-organisation", "sparky.example"):
        assert any(sentence.startswith(f"{example} is an example") for sentence in sentences)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"secrets": frozenset()}, "the Secret sparky-oauth2 is missing"),
        ({"storage_classes": ({"metadata": {"name": "nfs"}},)}, "no storage class local-path; it has nfs"),
        ({"storage_classes": ()}, "no default storage class"),
        ({"resource_groups": frozenset()}, "does not know cert-manager.io: install cert-manager"),
        ({"runtime_classes": frozenset()}, "no RuntimeClass nvidia"),
        ({"nodes": (make_node(cpu="1"),)}, "the nodes offer 1 CPUs; "),
        ({"nodes": (make_node(memory="1Gi"),)}, "the nodes offer 1 GiB of memory; "),
    ],
)
def test_missing_object_is_named_and_blocks(change: dict[str, Any], sentence: str) -> None:
    found = problems(make_cluster(**change))
    assert any(sentence in finding.sentence and finding.is_blocking for finding in found), found


def test_image_of_another_architecture_or_none_is_named() -> None:
    manifests = make_manifests()
    (wrong, *_) = problems(make_cluster(), images=architectures(manifests, "amd64"))
    assert "is built for amd64; the nodes are arm64" in wrong.sentence
    missing: dict[str, frozenset[str] | None] = dict.fromkeys(architectures(manifests))
    assert "cannot be read from its registry" in problems(make_cluster(), images=missing)[0].sentence


def test_gpu_offered_by_the_device_plugin_of_the_overlay_does_not_block() -> None:
    (finding,) = problems(make_cluster(nodes=(make_node(gpus="0"),)))
    assert not finding.is_blocking
    assert "the nodes offer 0" in finding.sentence


@pytest.mark.parametrize("name", ["docker.io/library/sparky:0-local", "sparky:0-local"])
def test_local_image_is_looked_for_on_the_nodes(name: str) -> None:
    manifests = objects("k8s/overlays/k3d")
    node = make_node(images=(name,))
    facts = make_cluster(nodes=(node,), storage_classes=(LOCAL_PATH,))
    assert find_problems(manifests, facts, architectures(manifests)) == []
    bare = copy.deepcopy(node)
    bare["status"]["images"] = []
    (finding,) = find_problems(
        manifests, make_cluster(nodes=(bare,), storage_classes=(LOCAL_PATH,)), architectures(manifests)
    )
    assert "no node lists it yet" in finding.sentence


@pytest.mark.parametrize(("text", "number"), [("250m", 0.25), ("2", 2), ("1Gi", 1 << 30), ("512Mi", 1 << 29), (3, 3)])
def test_quantities_are_parsed_as_kubernetes_does(text: str, number: float) -> None:
    assert parse_quantity(text) == number


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["manifests", "platform", "architecture", "Descriptor"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_registry_answer_gives_names_of_architectures(document: Any) -> None:
    assert all(isinstance(name, str) for name in parse_architectures(document))


def test_index_and_single_image_name_their_architectures() -> None:
    index = {"manifests": [{"platform": {"architecture": "amd64"}}, {"platform": {"architecture": "unknown"}}]}
    assert parse_architectures(index) == {"amd64"}
    assert parse_architectures({"Descriptor": {"platform": {"architecture": "arm64"}}}) == {"arm64"}
    assert parse_architectures({"architecture": "arm64", "config": {}}) == {"arm64"}
