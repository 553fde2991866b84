#!/usr/bin/env bash
# restore.sh OVERLAY [NAME]: bring back a backup (none: the newest). Stops what writes, restores in a pod, starts it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
overlay=$1 name=${2:-}
in_sparky=(kubectl --namespace=sparky)
stopped=(daemon code-server webserver reader)
if "${in_sparky[@]}" get deployment s3 >/dev/null 2>&1; then stopped+=(s3); fi # it would go on serving the old files
"${in_sparky[@]}" scale "${stopped[@]/#/deployment/}" --replicas=0
"${in_sparky[@]}" delete job --selector=app.kubernetes.io/component=run_worker --ignore-not-found
"${in_sparky[@]}" delete job restore --ignore-not-found
writers="app.kubernetes.io/name in (sparky-run, $(IFS=,; echo "${stopped[*]}"))"
for _ in {1..60}; do # a run has a minute to end by itself
    left=$("${in_sparky[@]}" get pods --selector="$writers" --output=name)
    [ -n "$left" ] || break
    sleep "${PAUSE:-2}"
done
if [ -n "$left" ]; then
    echo "still running after two minutes, so nothing was restored: $left" >&2
    exit 1
fi
"${in_sparky[@]}" create job restore --from=cronjob/backup --dry-run=client --output=json |
    python3 tools/restore_job.py "$name" | "${in_sparky[@]}" apply --filename=-
"${in_sparky[@]}" wait --for=condition=complete --timeout=1h job/restore || {
    "${in_sparky[@]}" logs job/restore >&2
    echo "nothing was started again: see above, then try again or run: kubectl apply --kustomize k8s/overlays/$overlay" >&2
    exit 1
}
"${in_sparky[@]}" logs job/restore
kubectl apply --kustomize "k8s/overlays/$overlay"
