"""The web process starts light: what it imports until it answers, telemetry and every page's module included."""

from __future__ import annotations

import subprocess
import sys

from cgm_portal.env import BASE_DIR

# Libraries of the gpu worker, of the machine that provisions, and of training.
HEAVY = ("torch", "mediapipe", "cv2", "av", "onnxruntime", "azure.ai.ml", "mlflow", "matplotlib", "pandas", "scipy")
START = f"""
import runpy, sys, types
import cgm_portal.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
began = runpy.run_path({str(BASE_DIR / "deploy" / "gunicorn.conf.py")!r}).get("post_worker_init")
if began:
    began(types.SimpleNamespace())
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_the_web_process_imports_no_heavy_library():
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=BASE_DIR, capture_output=True, text=True, timeout=120, check=True
    )

    assert done.stdout.strip().splitlines()[-1] == "[]"
