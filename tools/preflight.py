"""Say what would keep an overlay from starting, before anything is applied: `k8s/bin/preflight.sh OVERLAY`.

The rendered manifests are compared with what the cluster has: placeholders, kinds, Secrets, storage classes, images and
their architecture, GPUs, and room for one run. Each finding is one sentence.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

KubernetesObject = dict[str, Any]

PLACEHOLDERS = ("registry.example", "your-organisation", "sparky.example")
MADE_BY_SECRETS_SCRIPT = frozenset({"sparky-postgres", "sparky-grafana", "sparky-secrets"})
"""k8s/bin/secrets.sh creates them after the preflight."""
MADE_BY_CERTIFICATES = frozenset({"sparky-ca", "sparky-tls"})
"""cert-manager creates them."""
RUN_CPU_REQUEST, RUN_MEMORY_REQUEST = 0.2, 512 * 1024**2
"""What a run's pod asks for in `k8s/base/config/dagster.yaml`: CPUs, and bytes."""
GPU_RESOURCE = "nvidia.com/gpu"
BUILT_IN_GROUPS = frozenset({"", "apps", "batch", "policy"})
"""API groups that every cluster has; those that end in `.k8s.io` too."""
DEFAULT_CLASS_ANNOTATION = "storageclass.kubernetes.io/is-default-class"
COMMAND_TIMEOUT_SECONDS = 60
BYTE_SUFFIXES = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}


@dataclass(frozen=True)
class PreflightFinding:
    """One sentence about the cluster. `is_blocking`: applying the overlay would leave something that never starts."""

    sentence: str
    is_blocking: bool = True


@dataclass(frozen=True)
class ClusterFacts:
    """Lists of objects from `kubectl get`."""

    nodes: Sequence[KubernetesObject] = ()
    pods: Sequence[KubernetesObject] = ()
    secrets: frozenset[str] = frozenset()
    storage_classes: Sequence[KubernetesObject] = ()
    resource_groups: frozenset[str] = frozenset()
    """Groups of the API, for example `cert-manager.io`."""
    runtime_classes: frozenset[str] = frozenset()

    @property
    def architectures(self) -> frozenset[str]:
        """Architectures of the nodes: `amd64`, `arm64`."""
        return frozenset(node["status"]["nodeInfo"]["architecture"] for node in self.nodes)


def find_problems(
    objects: Sequence[KubernetesObject],
    cluster: ClusterFacts,
    image_architectures: Mapping[str, frozenset[str] | None],
) -> list[PreflightFinding]:
    """Return what would keep the objects from starting on the cluster.

    Args:
        objects: the rendered manifests.
        cluster: what the cluster has.
        image_architectures: for each image that was looked up, its architectures; None if its registry has no such
            image. An image that could not be looked up is absent.
    """
    return [
        *find_placeholders(objects),
        *find_missing_kinds(objects, cluster),
        *find_missing_secrets(objects, cluster),
        *find_missing_storage(objects, cluster),
        *find_image_problems(objects, cluster, image_architectures),
        *find_gpu_problems(objects, cluster),
        *find_room_problems(objects, cluster),
    ]


def find_placeholders(objects: Sequence[KubernetesObject]) -> Iterator[PreflightFinding]:
    """Return names of examples in the manifests, each with an object that holds it."""
    for placeholder in PLACEHOLDERS:
        holders = [_name_object(item) for item in objects if placeholder in json.dumps(item)]
        if holders:
            yield PreflightFinding(
                f"{placeholder} is an example, in {', '.join(holders[:3])}: put your own name there."
            )


def find_missing_kinds(objects: Sequence[KubernetesObject], cluster: ClusterFacts) -> Iterator[PreflightFinding]:
    """Return custom resources whose definitions the cluster lacks."""
    groups = {item["apiVersion"].rpartition("/")[0] for item in objects}
    for group in sorted(groups - BUILT_IN_GROUPS - cluster.resource_groups):
        if not group.endswith(".k8s.io"):
            advice = "install cert-manager (just k3s-install-dgx does)" if group == "cert-manager.io" else "install it"
            yield PreflightFinding(f"the cluster does not know {group}: {advice}.")


def find_missing_secrets(objects: Sequence[KubernetesObject], cluster: ClusterFacts) -> Iterator[PreflightFinding]:
    """Return missing Secrets that a pod would wait for."""
    own = {item["metadata"]["name"] for item in objects if item["kind"] == "Secret"}
    given = cluster.secrets | own | MADE_BY_SECRETS_SCRIPT | MADE_BY_CERTIFICATES
    for name, owner in sorted(_list_secret_references(objects)):
        if name not in given:
            yield PreflightFinding(f"the Secret {name} is missing, and {owner} needs it: see k8s/secrets/README.md.")


def find_missing_storage(objects: Sequence[KubernetesObject], cluster: ClusterFacts) -> Iterator[PreflightFinding]:
    """Return missing storage classes of volumes, or a missing default class."""
    names = {item["metadata"]["name"] for item in cluster.storage_classes}
    has_default = any(
        item["metadata"].get("annotations", {}).get(DEFAULT_CLASS_ANNOTATION) == "true"
        for item in cluster.storage_classes
    )
    wanted = {claim["spec"].get("storageClassName", "") for claim in _list_claims(objects)}
    for name in sorted(wanted):
        if not name and not has_default:
            yield PreflightFinding("the cluster has no default storage class: its volumes would stay Pending.")
        elif name and name not in names:
            listed = ", ".join(sorted(names)) or "none"
            yield PreflightFinding(f"the cluster has no storage class {name}; it has {listed}.")


def find_image_problems(
    objects: Sequence[KubernetesObject],
    cluster: ClusterFacts,
    image_architectures: Mapping[str, frozenset[str] | None],
) -> Iterator[PreflightFinding]:
    """Return images that no registry has, images for other machines, and images that only a node could have."""
    on_nodes = {
        _normalize_image(name)
        for node in cluster.nodes
        for image in node["status"].get("images", [])
        for name in image.get("names") or []
    }
    for image in sorted({container["image"] for _, container in list_containers(objects)}):
        if _normalize_image(image) in on_nodes:
            continue
        if is_local_image(image):
            # A kubelet lists its 50 largest images, some seconds after they came: not sure enough to stop for.
            yield PreflightFinding(
                f"the image {image} names no registry, and no node lists it yet: import it there "
                "(docs/deployment.md, One image), or name your registry in the overlay.",
                is_blocking=False,
            )
        elif image not in image_architectures:
            yield PreflightFinding(f"the image {image} was not looked up: no registry client here.", is_blocking=False)
        else:
            yield from _compare_architectures(image, image_architectures[image], cluster.architectures)


def find_gpu_problems(objects: Sequence[KubernetesObject], cluster: ClusterFacts) -> Iterator[PreflightFinding]:
    """Return GPUs that are requested and not offered, and missing runtime classes."""
    classes = {item["metadata"]["name"] for item in objects if item["kind"] == "RuntimeClass"}
    needed = {
        template["spec"]["runtimeClassName"]
        for _, template in list_pod_templates(objects)
        if "runtimeClassName" in template["spec"]
    }
    for name in sorted(needed - classes - cluster.runtime_classes):
        yield PreflightFinding(
            f"the cluster has no RuntimeClass {name}: install NVIDIA's container toolkit before k3s starts, or apply "
            "k8s/components/nvidia/runtime-class.yaml."
        )
    wanted = sum(
        int(container.get("resources", {}).get("requests", {}).get(GPU_RESOURCE, 0))
        for _, container in list_containers(objects)
    )
    offered = sum(int(node["status"]["allocatable"].get(GPU_RESOURCE, 0)) for node in cluster.nodes)
    if wanted > offered:
        has_plugin = any(item["kind"] == "DaemonSet" and "device-plugin" in _name_object(item) for item in objects)
        yield PreflightFinding(
            f"{wanted} {GPU_RESOURCE} are needed and the nodes offer {offered}"
            + (
                "; the device plugin of this overlay should offer it: see just check-gpu afterwards."
                if has_plugin
                else "."
            ),
            is_blocking=not has_plugin,
        )


def find_room_problems(objects: Sequence[KubernetesObject], cluster: ClusterFacts) -> Iterator[PreflightFinding]:
    """Return whether CPU and memory for one run remain beside all pods of the overlay."""
    if not cluster.nodes:
        return
    others = [pod for pod in cluster.pods if pod["metadata"]["namespace"] != "sparky" and not _has_ended(pod)]
    templates = [(count, template) for count, template in list_pod_templates(objects) if count]
    for resource, for_a_run, unit, name in (
        ("cpu", RUN_CPU_REQUEST, 1, "CPUs"),
        ("memory", RUN_MEMORY_REQUEST, 1024**3, "GiB of memory"),
    ):
        taken = sum(_sum_requests(pod["spec"], resource) for pod in others)
        asked = sum(_sum_requests(template["spec"], resource) * count for count, template in templates)
        offered = sum(parse_quantity(node["status"]["allocatable"][resource]) for node in cluster.nodes)
        if taken + asked + for_a_run > offered:
            yield PreflightFinding(
                f"the nodes offer {offered / unit:.3g} {name}; other pods ask for {taken / unit:.3g}, Sparky for "
                f"{asked / unit:.3g} and a run for {for_a_run / unit:.3g}: runs would stay Pending. Lower the requests "
                "in the overlay, or add a node."
            )


def parse_quantity(text: str | float) -> float:
    """Return a quantity of Kubernetes as a number: CPUs, or bytes. `250m` is 0.25, `2Gi` is 2147483648.

    Raises:
        ValueError: it is no quantity.
    """
    value = str(text)
    if value.endswith("m"):
        return float(value[:-1]) / 1000
    for suffix, factor in BYTE_SUFFIXES.items():
        if value.endswith(suffix):
            return float(value[: -len(suffix)]) * factor
    return float(value)


def list_pod_templates(objects: Sequence[KubernetesObject]) -> Iterator[tuple[int, KubernetesObject]]:
    """Yield the pod templates with how many of their pods run at rest: 0 for Jobs, which end."""
    for item in objects:
        spec = item.get("spec") or {}
        if item["kind"] == "CronJob":
            yield 0, spec["jobTemplate"]["spec"]["template"]
        elif "template" in spec and "containers" in spec["template"].get("spec", {}):
            yield 0 if item["kind"] == "Job" else spec.get("replicas", 1), spec["template"]


def list_containers(objects: Sequence[KubernetesObject]) -> Iterator[tuple[int, KubernetesObject]]:
    """Yield each container with how many of its pods run at rest."""
    for count, template in list_pod_templates(objects):
        for container in (*template["spec"].get("initContainers", ()), *template["spec"]["containers"]):
            yield count, container


def is_local_image(image: str) -> bool:
    """Return whether an image of Sparky names no registry, so that a node must have it already."""
    return image.startswith(("sparky:", "localhost/"))


def _compare_architectures(
    image: str, offered: frozenset[str] | None, wanted: frozenset[str]
) -> Iterator[PreflightFinding]:
    if offered is None:
        yield PreflightFinding(f"the image {image} cannot be read from its registry: push it, or log in there.")
    elif missing := wanted - offered:
        listed = ", ".join(sorted(offered)) or "nothing"
        yield PreflightFinding(f"the image {image} is built for {listed}; the nodes are {', '.join(sorted(missing))}.")


def _normalize_image(image: str) -> str:
    """The full name, as containerd lists it: `sparky:1` is `docker.io/library/sparky:1`."""
    host, slash, _ = image.partition("/")
    if not slash:
        return f"docker.io/library/{image}"
    return image if "." in host or ":" in host or host == "localhost" else f"docker.io/{image}"


def _list_secret_references(objects: Sequence[KubernetesObject]) -> set[tuple[str, str]]:
    references = set()
    for item in objects:
        for _, template in list_pod_templates([item]):
            for name in _find_required_secrets(template["spec"]):
                references.add((name, _name_object(item)))
    return references


def _find_required_secrets(spec: KubernetesObject) -> Iterator[str]:
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        for variable in container.get("env", ()):
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference and not reference.get("optional"):
                yield reference["name"]
        for source in container.get("envFrom", ()):
            reference = source.get("secretRef")
            if reference and not reference.get("optional"):
                yield reference["name"]
    for volume in spec.get("volumes", ()):
        secret = volume.get("secret")
        if secret and not secret.get("optional"):
            yield secret["secretName"]


def _list_claims(objects: Sequence[KubernetesObject]) -> Iterator[KubernetesObject]:
    for item in objects:
        if item["kind"] == "PersistentVolumeClaim":
            yield item
        yield from (item.get("spec") or {}).get("volumeClaimTemplates", ())


def _sum_requests(spec: KubernetesObject, resource: str) -> float:
    return sum(
        parse_quantity(container.get("resources", {}).get("requests", {}).get(resource, 0))
        for container in spec["containers"]
    )


def _has_ended(pod: KubernetesObject) -> bool:
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def _name_object(item: KubernetesObject) -> str:
    return f"{item['kind']}/{item['metadata']['name']}"


class ClusterUnreachableError(Exception):
    """kubectl gives no answer."""


def read_cluster() -> ClusterFacts:
    """Ask kubectl for what the preflight compares.

    Raises:
        ClusterUnreachableError: with kubectl's own last line.
    """
    groups = _run_kubectl("api-resources", "--no-headers", "--output=name").splitlines()
    return ClusterFacts(
        nodes=_list_items("nodes"),
        pods=_list_items("pods", "--all-namespaces"),
        secrets=frozenset(item["metadata"]["name"] for item in _list_items("secrets", "--namespace=sparky")),
        storage_classes=_list_items("storageclasses"),
        resource_groups=frozenset(line.partition(".")[2] for line in groups),
        runtime_classes=frozenset(item["metadata"]["name"] for item in _list_items("runtimeclasses")),
    )


def _list_items(*arguments: str) -> list[KubernetesObject]:
    return list(json.loads(_run_kubectl("get", *arguments, "--output=json"))["items"])


def _run_kubectl(*arguments: str) -> str:
    command = ["kubectl", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=COMMAND_TIMEOUT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ClusterUnreachableError(f"kubectl {arguments[0]}: {error}") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no answer"]
        raise ClusterUnreachableError(f"kubectl {' '.join(arguments[:2])}: {lines[-1]}")
    return done.stdout


def look_up_images(images: Sequence[str]) -> dict[str, frozenset[str] | None]:
    """Ask the registries by skopeo or docker, whichever is there; return nothing where neither is."""
    if shutil.which("skopeo"):
        return {image: _look_up_by_skopeo(image) for image in images}
    if shutil.which("docker"):
        return {image: _look_up_by_docker(image) for image in images}
    return {}


def parse_architectures(document: Any) -> frozenset[str]:
    """Return the architectures that a registry's answer names.

    An index lists `manifests`, docker's verbose answer is a `Descriptor` or a list of them, and the configuration of a
    single image has its `architecture`. Anything else gives an empty set.
    """
    if isinstance(document, list):
        return frozenset().union(*map(parse_architectures, document))
    if not isinstance(document, dict):
        return frozenset()
    if "manifests" in document:
        return parse_architectures(document["manifests"])
    inner = document.get("Descriptor", document.get("platform"))
    if inner is not None:
        return parse_architectures(inner)
    architecture = document.get("architecture")
    return frozenset({architecture}) - {"unknown"} if isinstance(architecture, str) else frozenset()


def _look_up_by_skopeo(image: str) -> frozenset[str] | None:
    index = _read_json(["skopeo", "inspect", "--raw", f"docker://{image}"])
    if index is None:
        return None
    return parse_architectures(index) or parse_architectures(
        _read_json(["skopeo", "inspect", "--config", f"docker://{image}"])
    )


def _look_up_by_docker(image: str) -> frozenset[str] | None:
    answer = _read_json(["docker", "manifest", "inspect", "--verbose", image])
    return None if answer is None else parse_architectures(answer)


def _read_json(command: Sequence[str]) -> Any:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=COMMAND_TIMEOUT_SECONDS)
        return json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def main() -> int:
    """Check the overlay of the first argument; return 1 when something blocks."""
    folder = f"k8s/overlays/{sys.argv[1]}"
    try:
        objects = [item for item in yaml.safe_load_all(_run_kubectl("kustomize", folder)) if item]
        cluster = read_cluster()
    except ClusterUnreachableError as error:
        print(f"WRONG {error}", file=sys.stderr)
        return 1
    images = sorted({container["image"] for _, container in list_containers(objects)})
    architectures = look_up_images([image for image in images if not is_local_image(image)])
    problems = find_problems(objects, cluster, architectures)
    for problem in problems:
        print(f"{'WRONG' if problem.is_blocking else 'note '} {problem.sentence}", file=sys.stderr)
    if any(problem.is_blocking for problem in problems):
        print("nothing was applied", file=sys.stderr)
        return 1
    nodes = f"{len(cluster.nodes)} nodes ({', '.join(sorted(cluster.architectures))})"
    print(f"ok    {folder}: {len(objects)} objects on {nodes}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
