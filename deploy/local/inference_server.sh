#!/bin/sh
# Makes .local/inference-server, the environment of Microsoft's inference server, which the tests run ml_models/score.py
# under; takes no time when nothing has changed.
#
# The server's pins (OpenTelemetry, pydantic) are older than the portal's, so it needs an environment of its own. numpy,
# safetensors and torch (several GB with CUDA) are the portal's, by links.
set -eu
cd "$(dirname "$0")/../.."
. deploy/local/env.sh
home=.local/inference-server
requirements=deploy/azureml/environments/inference-server.txt
stamp=$home/.installed
wanted=$({ cat $requirements "$0" requirements.txt && .venv/bin/python --version; } | cksum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "Installing Azure Machine Learning's inference server into $home (half a minute the first time) ..."
    rm -rf "$home"
    .venv/bin/python -m venv --without-pip "$home"
    .venv/bin/python -m pip --python "$home/bin/python" install --quiet -r "$requirements" || {
        echo "setup: cannot install $requirements: see above." >&2
        exit 1
    }
    .venv/bin/python deploy/local/share_packages.py "$home" numpy safetensors torch
    echo "$wanted" >"$stamp"
fi
