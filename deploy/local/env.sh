# shellcheck shell=sh
# Sourced in the clone's folder: the libraries that deploy/local/unpack.sh put below .local/lib.
if [ -f .local/lib/paths ]; then
    while IFS= read -r folder; do
        LD_LIBRARY_PATH="$PWD/$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    done <.local/lib/paths
    export LD_LIBRARY_PATH
fi
