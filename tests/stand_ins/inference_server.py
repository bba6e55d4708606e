"""Microsoft's inference server with our `ml_models/score.py`, as a managed online endpoint runs it, on loopback.

It lives in an environment of its own, which `deploy/local/inference_server.sh` makes (`make setup-dev`).
"""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from cgm_portal.env import BASE_DIR
from cgm_portal.local_services import LOOPBACK, server_env, usable_port
from cgm_portal.processes import ProcessSpec

PYTHON = BASE_DIR / ".local/inference-server/bin/python"
LAUNCHER = BASE_DIR / "deploy/azureml/serve_locally.py"
ENTRY_SCRIPT = BASE_DIR / "ml_models/score.py"


@dataclass(frozen=True)
class InferenceServer:
    """One server with the models below `models`; without a key, as behind the endpoint's own gate."""

    models: Path
    log: Path
    port: int = field(default_factory=lambda: usable_port(None))

    @property
    def url(self) -> str:
        """Where rows are posted to: what AZURE_ML_ENDPOINT_URL holds."""
        return f"http://{LOOPBACK}:{self.port}/score"

    def spec(self) -> ProcessSpec:
        """Describe the server process."""
        arguments = ("--entry_script", str(ENTRY_SCRIPT), "--model_dir", str(self.models), "--port", str(self.port))
        return ProcessSpec(
            name="inference server",
            argv=(str(PYTHON), str(LAUNCHER), *arguments),
            env=server_env() | {"AML_APP_ROOT": str(BASE_DIR), "OMP_NUM_THREADS": "1"},
            cwd=BASE_DIR,
            log=self.log,
        )

    def is_ready(self) -> bool:
        """Say whether the health probe answers: the model is loaded by then."""
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.port}/", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
