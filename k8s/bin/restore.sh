#!/usr/bin/env bash
# restore.sh OVERLAY [NAME]: bring back a backup (none: the newest). Stops what writes, restores in a pod, starts it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
overlay=$1 name=${2:-}
in_sparky=(kubectl --namespace=sparky)
"${in_sparky[@]}" scale deployment/daemon deployment/code-server deployment/webserver deployment/reader --replicas=0
"${in_sparky[@]}" delete job --selector=app.kubernetes.io/component=run_worker --ignore-not-found
"${in_sparky[@]}" delete job restore --ignore-not-found
"${in_sparky[@]}" create job restore --from=cronjob/backup --dry-run=client --output=json |
    python3 tools/restore_job.py "$name" | "${in_sparky[@]}" apply --filename=-
"${in_sparky[@]}" wait --for=condition=complete --timeout=1h job/restore || {
    "${in_sparky[@]}" logs job/restore >&2
    echo "nothing was started again: see above, then try again or run: kubectl apply --kustomize k8s/overlays/$overlay" >&2
    exit 1
}
"${in_sparky[@]}" logs job/restore
kubectl apply --kustomize "k8s/overlays/$overlay"
