#!/bin/sh
# restore.sh FROM HOME: bring back one backup folder. Nothing of Sparky may run meanwhile (`just restore` sees to that).
# What is in the home (and in the folder BUCKET) now is moved beside it, not deleted; the history in the database is
# replaced.
set -eu
from=$1 home=$2
(cd "$from" && sha256sum --check --quiet SHA256SUMS)
if [ -e "$from/bucket.tar.gz" ] && [ -z "${BUCKET:-}" ]; then
    echo "$from holds a bucket, and there is none here: take the component s3, or copy bucket.tar.gz yourself" >&2
    exit 1
fi
now=$(date -u +%Y%m%dT%H%M%SZ)

replace() {
    mkdir -p "$2/.before-$now"
    find "$2" -mindepth 1 -maxdepth 1 ! -name '.before-*' ! -name lost+found -exec mv {} "$2/.before-$now/" \;
    tar --extract --gzip --file="$from/$1.tar.gz" --directory="$2" --no-same-owner
}

replace home "$home"
if [ -e "$from/bucket.tar.gz" ]; then replace bucket "$BUCKET"; fi
pg_restore --clean --if-exists --no-owner --single-transaction --dbname="$PGDATABASE" "$from/history.dump"
echo "restored $from; what was there before is in $home/.before-$now"
