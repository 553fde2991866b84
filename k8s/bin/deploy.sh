#!/usr/bin/env bash
# deploy.sh OVERLAY: apply an overlay and wait until it stands. Finished Jobs go first, since a Job cannot be changed;
# what reads settings only at its start is started anew, one pod after the other.
set -euo pipefail
cd "$(dirname "$0")/../.."
overlay=k8s/overlays/$1
"$(dirname "$0")/secrets.sh"
kubectl --namespace=sparky delete job migrate pull-model --ignore-not-found
kubectl apply --kustomize "$overlay"
kubectl --namespace=sparky wait --for=condition=complete --timeout=10m job/migrate
kubectl --namespace=sparky rollout restart deployment/code-server deployment/reader
for deployment in code-server daemon webserver reader; do
    kubectl --namespace=sparky rollout status --timeout=10m "deployment/$deployment"
done
