# shellcheck shell=sh
# Sourced by the Makefile in the clone's folder: libraries that `make setup` unpacked for a user without root.
if [ -f .local/lib/path ]; then
    LD_LIBRARY_PATH="$PWD/$(cat .local/lib/path)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    export LD_LIBRARY_PATH
fi
