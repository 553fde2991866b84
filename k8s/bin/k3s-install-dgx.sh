#!/usr/bin/env bash
# k3s-install-dgx.sh USER@HOST: k3s by k3sup, and cert-manager. The machine needs NVIDIA's driver and container toolkit
# (a DGX has both); k3s finds the toolkit's runtime by itself. Writes ./kubeconfig-dgx.
set -euo pipefail
host=${1:?usage: just k3s-install-dgx USER@HOST}
k3s=v1.35.5+k3s1
cert_manager=v1.20.3
command -v k3sup >/dev/null || { echo "k3sup is not installed: https://github.com/alexellis/k3sup" >&2; exit 1; }
ssh "$host" 'nvidia-smi --list-gpus && command -v nvidia-container-runtime' || {
    echo "$host: no NVIDIA driver or container toolkit; install both, then try again" >&2
    exit 1
}
k3sup install --host "${host#*@}" --user "${host%@*}" --k3s-version "$k3s" --context sparky-dgx \
    --local-path kubeconfig-dgx --k3s-extra-args '--secrets-encryption --write-kubeconfig-mode=0600'
export KUBECONFIG=$PWD/kubeconfig-dgx
kubectl wait --for=condition=ready node --all --timeout=5m
kubectl apply --filename "https://github.com/cert-manager/cert-manager/releases/download/$cert_manager/cert-manager.yaml"
kubectl --namespace=cert-manager wait --for=condition=available deployment --all --timeout=5m
echo "export KUBECONFIG=$KUBECONFIG"
