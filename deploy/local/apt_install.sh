#!/bin/sh
# Installs Debian packages as root, quietly; apt speaks only when it fails.
# usage: deploy/local/apt_install.sh PACKAGE ...
set -eu
{ [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || exit 1
echo "Installing $* ..." >&2
said=$(mktemp)
trap 'rm -f "$said"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >"$said" 2>&1; then
    tail -n 5 "$said" >&2
    exit 1
fi
