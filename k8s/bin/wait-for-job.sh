#!/usr/bin/env bash
# wait-for-job.sh NAME SECONDS: wait until a Job is complete; exit code 1 as soon as it failed, or when the time is over.
# `kubectl wait --for=condition=complete` alone goes on waiting for a Job that has failed.
set -euo pipefail
name=$1 seconds=$2
conditions='{range .status.conditions[?(@.status=="True")]}{.type}{"\n"}{end}'
deadline=$((SECONDS + seconds))
while :; do
    ended=$(kubectl --namespace=sparky get job "$name" --output=jsonpath="$conditions" || true)
    if grep -qx Complete <<<"$ended"; then exit 0; fi
    if grep -qx Failed <<<"$ended"; then
        echo "the Job $name failed; its pods say:" >&2
        break
    fi
    if [ "$SECONDS" -ge "$deadline" ]; then
        echo "the Job $name is not complete after $seconds s; its pods say:" >&2
        break
    fi
    sleep "${PAUSE:-2}"
done
kubectl --namespace=sparky logs "job/$name" --all-containers --tail=50 >&2 || true
kubectl --namespace=sparky get events --field-selector="involvedObject.name=$name" --output=custom-columns=WHY:.reason,WHAT:.message --no-headers >&2 || true
exit 1
