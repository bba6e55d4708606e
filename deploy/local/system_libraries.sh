#!/bin/sh
# Sees to libEGL.so.1 and libGLESv2.so.2, which MediaPipe loads. Without them the portal starts and scans end with a
# clear message, so nothing here fails.
set -eu
cd "$(dirname "$0")/../.."
[ "$(uname -s)" = Linux ] || exit 0

loads() {
    .venv/bin/python -c 'import ctypes; [ctypes.CDLL(name) for name in ("libEGL.so.1", "libGLESv2.so.2")]' 2>/dev/null
}

loads && exit 0
if ! deploy/local/apt_install.sh libegl1 libgles2; then # the vendor-neutral halves are enough: nothing is drawn
    echo "Unpacking libegl1 and libgles2 into .local/lib ..."
    deploy/local/unpack.sh libegl1 libgles2 libglvnd0 >/dev/null 2>&1 || true
    . deploy/local/env.sh
fi
loads || echo "setup: scans need libEGL.so.1 and libGLESv2.so.2: ask for \`apt-get install libegl1 libgles2\`." >&2
