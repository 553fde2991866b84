#!/bin/sh
# backup.sh TO HOME [KEEP]: one folder TO/<time> with the history (pg_dump), the home and, where BUCKET names its folder,
# the bucket that holds the store (tar); the last KEEP (14) stay. The database is named by PGHOST, PGUSER, PGPASSWORD,
# PGDATABASE. The folder appears whole or not at all: the history is dumped in one snapshot, files of the store are
# replaced whole, and what changes while tar reads is read next time.
set -eu
umask 077 # the salt and titles of private repositories are in it
to=$1 home=$2 keep=${3:-14}
name=$(date -u +%Y%m%dT%H%M%SZ)
work="$to/.$name.part"
rm -rf "$to"/.*.part
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT

archive() {
    code=0
    tar --create --gzip --file="$work/$1.tar.gz" --directory="$2" \
        --exclude=./mirrors --exclude='./.before-*' --exclude='./.restore-*' --exclude=./lost+found \
        --exclude='.*.tmp' --exclude='*.lock' --exclude='.*sgwtmp*' . || code=$?
    [ "$code" -le 1 ] # 1: a file changed while it was read
}

pg_dump --format=custom --file="$work/history.dump"
# Mirrors of git are cloned again when needed, what a restore moved aside is no part of today, a lock of a run is
# void by then, lost+found is the file system's own, and .sgwtmp is what the S3 gateway has not received whole.
archive home "$home"
if [ -n "${BUCKET:-}" ]; then archive bucket "$BUCKET"; fi
(cd "$work" && sha256sum -- *.dump *.tar.gz >SHA256SUMS)
mv "$work" "$to/$name"
# Older ones go only after a new one stands.
cd "$to"
find . -maxdepth 1 -type d -name "2*Z" | sort -r | tail -n +"$((keep + 1))" | while read -r old; do rm -rf "$old"; done
echo "$to/$name"
