#!/usr/bin/env bash
# Make the Secrets that the manifests name, with random values, where they are missing. None that is there is changed.
set -euo pipefail
kubectl create namespace sparky --dry-run=client --output=yaml | kubectl apply --filename=-

random() { head -c 32 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' | head -c 32; }

# missing NAME KEY=VALUE…: values go through a file descriptor, so that no process list shows them.
missing() {
    local name=$1
    shift
    if kubectl --namespace=sparky get secret "$name" >/dev/null 2>&1; then
        echo "$name: is there"
        return
    fi
    printf '%s\n' "$@" | kubectl --namespace=sparky create secret generic "$name" --from-env-file=/dev/stdin
}

missing sparky-postgres "password=$(random)"
missing sparky-grafana "admin-password=$(random)"
values=("SPARKY_READER__TOKEN=$(random)" "SPARKY_PEOPLE__SALT=$(random)")
values+=("AWS_ACCESS_KEY_ID=sparky" "AWS_SECRET_ACCESS_KEY=$(random)")
if [ -n "${GITHUB_TOKEN:-}" ]; then values+=("GITHUB_TOKEN=$GITHUB_TOKEN"); fi
missing sparky-secrets "${values[@]}"
