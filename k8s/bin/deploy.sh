#!/usr/bin/env bash
# deploy.sh OVERLAY: apply an overlay and wait until it is ready. What would keep it from starting is said before anything
# is applied. Finished Jobs go first, since a Job cannot be changed; what reads settings only at its start is started
# again, one pod after the other.
set -euo pipefail
cd "$(dirname "$0")/../.."
overlay=k8s/overlays/$1
k8s/bin/preflight.sh "$1"
k8s/bin/secrets.sh
kubectl --namespace=sparky delete job migrate pull-model --ignore-not-found
kubectl apply --kustomize "$overlay"
k8s/bin/narrow-api.sh
k8s/bin/wait-for-job.sh migrate 600
kubectl --namespace=sparky rollout restart deployment/code-server deployment/reader
for deployment in code-server daemon webserver reader; do
    kubectl --namespace=sparky rollout status --timeout=10m "deployment/$deployment"
done
