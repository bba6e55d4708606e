"""Web, beat and the default worker never load the libraries of the gpu worker."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("cv2", "av", "torch", "mediapipe", "onnxruntime")
PROCESSES = {
    "web": "import cgm_portal.wsgi; from django.urls import get_resolver; get_resolver().url_patterns",
    "default worker and beat": (
        "import django; django.setup(); from cgm_portal.celery import app; app.loader.import_default_modules()"
    ),
}


@pytest.mark.parametrize("name", PROCESSES)
def test_light_processes_load_no_vision_library(name):
    script = f"{PROCESSES[name]}; import sys; print([m for m in {HEAVY!r} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)

    assert done.stdout.strip().splitlines()[-1] == "[]"
