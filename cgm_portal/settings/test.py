"""The suite: real PostgreSQL and Valkey, short leases, cheap password hashing, no manifest of static files."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "test-only")
if "CGM_LOCAL_DIR" not in os.environ:
    os.environ["CGM_LOCAL_DIR"] = tempfile.mkdtemp(prefix="cgm-test-")

from .base import *  # noqa: F403

MEDIA_ROOT = Path(os.environ["CGM_LOCAL_DIR"]) / "media"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_USE_FINDERS = True
