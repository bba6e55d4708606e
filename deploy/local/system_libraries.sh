#!/bin/sh
# Sees to libEGL.so.1 and libGLESv2.so.2, which MediaPipe loads. Without them the portal starts and scans end with a
# clear message, so nothing here fails.
set -eu
cd "$(dirname "$0")/../.."
[ "$(uname -s)" = Linux ] || exit 0

loads() {
    .venv/bin/python -c 'import ctypes; [ctypes.CDLL(name) for name in ("libEGL.so.1", "libGLESv2.so.2")]' 2>/dev/null
}

unpack_without_root() { # the vendor-neutral halves are enough: nothing is drawn
    mkdir -p .local/lib/debs
    root=$PWD/.local/lib
    if ! (cd .local/lib/debs && apt-get download libegl1 libgles2 libglvnd0); then
        # No package lists on this machine: fetch our own.
        mkdir -p "$root/apt/lists/partial" "$root/apt/cache/archives/partial"
        set -- -o "Dir::State::Lists=$root/apt/lists" -o "Dir::Cache=$root/apt/cache"
        apt-get "$@" update && (cd .local/lib/debs && apt-get "$@" download libegl1 libgles2 libglvnd0) || return 1
    fi
    for package in .local/lib/debs/*.deb; do
        dpkg -x "$package" .local/lib || return 1
    done
    rm -rf .local/lib/debs .local/lib/apt
    found=$(find .local/lib -name libEGL.so.1 | head -n 1)
    dirname "$found" >.local/lib/path
}

loads && exit 0
if command -v apt-get >/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends libegl1 libgles2 || true
    else
        echo "Unpacking libegl1 and libgles2 into .local/lib ..."
        unpack_without_root >/dev/null 2>&1 || rm -rf .local/lib
        . deploy/local/env.sh
    fi
fi
loads || echo "setup: scans need libEGL.so.1 and libGLESv2.so.2: ask for \`apt-get install libegl1 libgles2\`." >&2
