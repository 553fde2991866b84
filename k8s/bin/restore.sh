#!/usr/bin/env bash
# restore.sh OVERLAY [NAME]: bring back a backup (none: the newest). Stops what writes, restores in a pod, and starts
# what ran before, whatever came of it: a restore that fails leaves files and history as they were.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=${2:-} # the overlay is not needed any more; it stays an argument, so that the runbooks of old backups work
in_sparky=(kubectl --namespace=sparky)
stopped=(daemon code-server webserver reader)
if "${in_sparky[@]}" get deployment s3 >/dev/null 2>&1; then stopped+=(s3); fi # it would go on serving the old files
declare -A replicas
for deployment in "${stopped[@]}"; do
    replicas[$deployment]=$("${in_sparky[@]}" get deployment "$deployment" --output=jsonpath='{.spec.replicas}')
    case ${replicas[$deployment]} in "" | 0) replicas[$deployment]=1 ;; esac # an earlier restore was cut short
done
start_again() {
    code=$?
    trap - EXIT
    for deployment in "${stopped[@]}"; do
        "${in_sparky[@]}" scale "deployment/$deployment" --replicas="${replicas[$deployment]}" || code=1
    done
    [ "$code" -eq 0 ] || echo "the restore did not succeed; everything was started again as it was: see above" >&2
    exit "$code"
}
trap start_again EXIT
trap 'exit 130' INT TERM HUP
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
k8s/bin/wait-for-job.sh restore 7200 # the Job's own limit
"${in_sparky[@]}" logs job/restore
