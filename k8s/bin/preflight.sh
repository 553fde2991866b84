#!/usr/bin/env bash
# preflight.sh OVERLAY: say in one sentence each what would keep an overlay from starting; exit code 1 when something
# would. Nothing is changed.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 -c 'import yaml' 2>/dev/null || {
    echo "python3 here has no PyYAML: run this by uv, as \`just deploy-production\` does" >&2
    exit 1
}
python3 -m tools.preflight "$1"
