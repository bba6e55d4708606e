#!/bin/sh
# Unpacks Debian packages into .local/lib for a user who may not install them; deploy/local/env.sh finds their libraries.
# usage: deploy/local/unpack.sh PACKAGE ...
set -eu
cd "$(dirname "$0")/../.."
{ command -v apt-get && command -v dpkg; } >/dev/null || exit 1
root=$PWD/.local/lib
debs=$root/debs
rm -rf "$debs"
mkdir -p "$debs"
if ! (cd "$debs" && apt-get download "$@"); then
    # No package lists on this machine: fetch our own.
    mkdir -p "$root/apt/lists/partial" "$root/apt/cache/archives/partial"
    state="-o Dir::State::Lists=../apt/lists -o Dir::Cache=../apt/cache"
    # shellcheck disable=SC2086  # options without spaces of their own
    (cd "$debs" && apt-get $state update && apt-get $state download "$@")
fi
for package in "$debs"/*.deb; do
    dpkg -x "$package" "$root"
done
rm -rf "$debs" "$root/apt"
find .local/lib -name '*.so.*' -exec dirname {} \; | sort -u >.local/lib/paths
