#!/usr/bin/env bash
# Build the Dockerfile where no image registry is reached: the base is made from Debian's packages and imported under the
# name that the Dockerfile asks for. Needs root, debootstrap and buildah, and a TMPDIR that allows devices and programs.
# Certificates of this machine go into the base.
#
#   tools/image_from_debian.sh [TAG]
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:-sparky:dev}
base=$(sed -n 's/^ARG BASE_IMAGE=//p' Dockerfile)
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs

if ! buildah inspect --type image "docker.io/library/$base" >/dev/null 2>&1; then
    root=$(mktemp -d)
    unset TMPDIR # programs in the chroot would look for it there
    trap 'rm -rf "$root"' EXIT
    debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv,tzdata bookworm "$root"
    cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
    chroot "$root" update-ca-certificates
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$root" /
    buildah commit --quiet "$container" "docker.io/library/$base"
    buildah rm "$container"
fi
buildah bud --network host --format docker --layers=false --tag "$tag" .
unset TMPDIR
buildah images "$tag"
# A kubelet looks for docker.io/library/…, not for buildah's localhost/…, and in containerd's namespace k8s.io.
cat <<EOF
To a node: buildah push "$tag" "docker-archive:sparky.tar:docker.io/library/$tag"
           k3s ctr -n k8s.io images import sparky.tar     (without k3s: ctr -n k8s.io images import sparky.tar)
EOF
