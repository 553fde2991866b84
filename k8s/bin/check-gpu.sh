#!/usr/bin/env bash
# Does the node offer a GPU, does Ollama see it, and how much of the model is on it?
set -euo pipefail
in_sparky=(kubectl --namespace=sparky)
offered=$(kubectl get nodes --output=jsonpath='{range .items[*]}{.metadata.name}{" "}{.status.allocatable.nvidia\.com/gpu}{"\n"}{end}')
echo "$offered"
grep -qE ' [1-9]' <<<"$offered" || {
    echo "no node offers nvidia.com/gpu: kubectl --namespace=sparky-gpu logs daemonset/nvidia-device-plugin" >&2
    exit 1
}
# A GPU that shares the memory of the CPU (DGX Spark) answers [N/A] for its memory: then the machine's own counts.
seen=$("${in_sparky[@]}" exec deployment/ollama -- nvidia-smi --query-gpu=name,memory.used,memory.total --format=csv,noheader)
echo "$seen"
if grep -q 'N/A' <<<"$seen"; then
    # shellcheck disable=SC2016 # $1 is awk's
    "${in_sparky[@]}" exec deployment/ollama -- awk \
        '/^MemTotal|^MemAvailable/ {printf "%s %.0f GiB, shared by CPU and GPU\n", $1, $2 / 1048576}' /proc/meminfo
fi
model=$("${in_sparky[@]}" get configmap sparky-env --output=jsonpath='{.data.SPARKY_LANGUAGE_MODEL__MODEL}')
"${in_sparky[@]}" exec deployment/ollama -- ollama run "$model" "Say ok." >/dev/null
loaded=$("${in_sparky[@]}" exec deployment/ollama -- ollama ps)
echo "$loaded"
grep -q '100% GPU' <<<"$loaded" || {
    echo "$model: not wholly on the GPU; take a smaller one, or fewer parallel calls" >&2
    exit 1
}
