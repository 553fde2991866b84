"""How much memory the pod of a run asks for, where it is more than the launcher's usual (k8s/fragments/instance.yaml).

Runs on one machine ignore these tags. docs/deployment.md tells what was measured.
"""

import json
from collections.abc import Mapping

K8S_CONFIG_TAG = "dagster-k8s/config"


def build_memory_tag(request: str, limit: str) -> Mapping[str, str]:
    """The tag by which a run's Job gets this much, as Kubernetes writes it: `1Gi`."""
    resources = {"requests": {"cpu": "250m", "memory": request}, "limits": {"memory": limit}}
    return {K8S_CONFIG_TAG: json.dumps({"container_config": {"resources": resources}}, sort_keys=True)}


DAY_RANGE_TAGS = build_memory_tag("1Gi", "4Gi")
"""Up to 31 days in one pass: their events are held at once."""


LONG_PERIOD_TAGS = build_memory_tag("768Mi", "3Gi")
"""A week or month, with the evidence that a model is asked about."""
