#!/bin/sh
# restore.sh FROM HOME: bring back one backup folder. Nothing of Sparky may run meanwhile (`just restore` sees to that).
# What is in the home now is moved beside it, not deleted; the history in the database is replaced.
set -eu
from=$1 home=$2
(cd "$from" && sha256sum --check --quiet SHA256SUMS)
aside="$home/.before-$(date -u +%Y%m%dT%H%M%SZ)"
mkdir -p "$aside"
find "$home" -mindepth 1 -maxdepth 1 ! -name '.before-*' ! -name lost+found -exec mv {} "$aside/" \;
tar --extract --gzip --file="$from/home.tar.gz" --directory="$home" --no-same-owner
pg_restore --clean --if-exists --no-owner --single-transaction --dbname="$PGDATABASE" "$from/history.dump"
echo "restored $from; what was there before is in $aside"
