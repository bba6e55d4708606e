"""Microsoft's inference server on 127.0.0.1 alone; every other argument is its own (`--port`, `--entry_script`, ...).

    .local/inference-server/bin/python deploy/azureml/serve_locally.py --entry_script ml_models/score.py --port 5001

The command `azmlinfsrv` binds all interfaces and has no argument for another address: its gunicorn gets one by a
constant, which is set here before it is read.
"""

from __future__ import annotations

from azureml_inference_server_http import amlserver

if __name__ == "__main__":
    amlserver.DEFAULT_HOST = "127.0.0.1"
    amlserver.run()
