#!/usr/bin/env bash
# restore.sh [NAME]: bring back a backup of compose (none: the newest). Stops what writes, restores in a container, and
# starts what ran before, whatever came of it: a restore that fails leaves files and history as they were.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
writers=(daemon code-server webserver reader backup)
mapfile -t running < <(docker compose ps --services --status running)
start_again() {
    code=$?
    trap - EXIT
    if [ "${#running[@]}" -gt 0 ]; then docker compose up --detach --wait --no-build "${running[@]}" || code=1; fi
    [ "$code" -eq 0 ] || echo "the restore did not succeed; everything was started again as it was: see above" >&2
    exit "$code"
}
trap start_again EXIT
trap 'exit 130' INT TERM HUP
docker compose stop "${writers[@]}"
docker compose up --detach --wait postgres
# --no-deps: the backup waits for the code server, which must not write meanwhile.
# shellcheck disable=SC2016 # the variables are the container's
docker compose run --rm --no-deps --env "NAME=$name" backup sh -ec \
    'exec sh /scripts/restore.sh "/var/tmp/${NAME:-$(ls -1 /var/tmp | grep Z$ | tail -n 1)}" /var/lib/sparky'
