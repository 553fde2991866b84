#!/bin/sh
# nightly.sh TO HOME: a backup each night at 03:17 UTC by the script of the cluster; one that fails is tried again after
# an hour. `nightly.sh --check TO` is the health check: the newest backup is younger than 30 hours, or none is due yet.
set -u
if [ "${1:-}" = --check ]; then
    newest=$(find "$2" -maxdepth 1 -type d -name '2*Z' -mmin -1800 | head -n 1)
    [ -n "$newest" ] || [ -n "$(find /tmp/began -mmin -1800 2>/dev/null)" ]
    exit
fi
to=$1 home=$2
trap 'exit 0' TERM INT
touch /tmp/began
while :; do
    now=$(date -u +%s)
    next=$((now / 86400 * 86400 + 3 * 3600 + 17 * 60))
    [ "$next" -gt "$now" ] || next=$((next + 86400))
    sleep "$((next - now))" &
    wait "$!"
    until sh /scripts/backup.sh "$to" "$home"; do
        echo "no backup was made; it is tried again in an hour" >&2
        sleep 3600 &
        wait "$!"
    done
done
