#!/bin/sh
# restore.sh FROM HOME: bring back one backup folder. Nothing of Sparky may run meanwhile (`just restore` sees to that).
# What is in the home (and in the folder BUCKET) now is moved beside it, not deleted; the history in the database is
# replaced in one transaction. When a step fails, the files are put back as they were.
set -eu
from=$1 home=$2
(cd "$from" && sha256sum --check --quiet SHA256SUMS)
if [ -e "$from/bucket.tar.gz" ] && [ -z "${BUCKET:-}" ]; then
    echo "$from holds a bucket, and there is none here: take the component s3, or copy bucket.tar.gz yourself" >&2
    exit 1
fi
now=$(date -u +%Y%m%dT%H%M%SZ)
emptying='' emptied=''

# The content of a folder, but for what restoring makes there itself. With `+` find fails where mv fails.
move_content() {
    find "$1" -mindepth 1 -maxdepth 1 ! -name '.before-*' ! -name '.restore-*' ! -name lost+found \
        -exec mv --target-directory="$2" -- {} +
}

# The root of a volume often belongs to somebody else (local-path of k3s: root, 0777), and tar sets mode and time of
# every folder that it extracts, also of `.`. So it extracts into a folder of our own, whose content then moves up.
replace() {
    rm -rf "$2"/.restore-*
    mkdir -p "$2/.restore-$now/new" "$2/.before-$now"
    tar --extract --gzip --file="$from/$1.tar.gz" --directory="$2/.restore-$now/new" --no-same-owner
    emptying="$emptying $2"
    move_content "$2" "$2/.before-$now"
    emptied="$emptied $2 "
    move_content "$2/.restore-$now/new" "$2"
}

finish() {
    code=$?
    trap - EXIT
    set +e
    if [ "$code" -ne 0 ]; then
        for folder in $emptying; do
            mkdir -p "$folder/.restore-$now/failed"
            case "$emptied" in *" $folder "*) move_content "$folder" "$folder/.restore-$now/failed" ;; esac
            move_content "$folder/.before-$now" "$folder"
        done
        rmdir "$home/.before-$now" ${BUCKET:+"$BUCKET/.before-$now"} 2>/dev/null
        echo "nothing was restored from $from: files and history are as they were" >&2
    fi
    rm -rf "$home/.restore-$now" ${BUCKET:+"$BUCKET/.restore-$now"}
    exit "$code"
}
trap finish EXIT
trap 'exit 143' TERM INT HUP

replace home "$home"
if [ -e "$from/bucket.tar.gz" ]; then replace bucket "$BUCKET"; fi
pg_restore --clean --if-exists --no-owner --single-transaction --dbname="$PGDATABASE" "$from/history.dump"
echo "restored $from; what was there before is in $home/.before-$now"
