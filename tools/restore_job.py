"""Turn the backup's Job (JSON on standard input) into one that restores: `k8s/bin/restore.sh`.

It is the same pod with the other script, a writable home, and the name of a backup (none: the newest).
"""

import json
import sys
from typing import Any

COMMAND = (
    'folder=/backup/${NAME:-$(ls -1 /backup | grep Z$ | tail -n 1)}; exec sh /scripts/restore.sh "$folder" "$HOME"'
)
HOME = "/var/lib/sparky"


def restoring(job: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the Job that restores backup `name`."""
    # A restore that fails puts everything back, and would fail again for the same reason.
    job["spec"]["backoffLimit"] = 0
    (container,) = job["spec"]["template"]["spec"]["containers"]
    container["env"] += [{"name": "NAME", "value": name}, {"name": "HOME", "value": HOME}]
    container["command"] = ["sh", "-ec", COMMAND]
    for mount in container["volumeMounts"]:
        mount.pop("readOnly", None)
    return job


if __name__ == "__main__":
    json.dump(restoring(json.load(sys.stdin), *sys.argv[1:]), sys.stdout)
