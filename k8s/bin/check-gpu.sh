#!/usr/bin/env bash
# Does the node offer a GPU, does Ollama see it, and how much of the model lies on it?
set -euo pipefail
offered=$(kubectl get nodes --output=jsonpath='{range .items[*]}{.metadata.name}{" "}{.status.allocatable.nvidia\.com/gpu}{"\n"}{end}')
echo "$offered"
grep -qE ' [1-9]' <<<"$offered" || {
    echo "no node offers nvidia.com/gpu: kubectl --namespace=sparky-gpu logs daemonset/nvidia-device-plugin" >&2
    exit 1
}
kubectl --namespace=sparky exec deployment/ollama -- nvidia-smi --query-gpu=name,memory.used,memory.total --format=csv
model=$(kubectl --namespace=sparky get configmap sparky-env --output=jsonpath='{.data.SPARKY_LANGUAGE_MODEL__MODEL}')
kubectl --namespace=sparky exec deployment/ollama -- ollama run "$model" "Say ok." >/dev/null
loaded=$(kubectl --namespace=sparky exec deployment/ollama -- ollama ps)
echo "$loaded"
grep -q '100% GPU' <<<"$loaded" || {
    echo "$model: not wholly on the GPU; take a smaller one, or fewer parallel calls" >&2
    exit 1
}
