"""The suite runs on its own settings, and production refuses to start on guesses."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "cgm_portal.settings.production",
    "DATABASE_URL": "postgresql://user:password@db.example:5432/cgm",
    "REDIS_URL": "redis://broker.example:6379/0",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "ALLOWED_HOSTS": "portal.example",
}


def check_deploy(tmp_path, **changed: str | None) -> subprocess.CompletedProcess[str]:
    named = {name: value for name, value in (PRODUCTION | changed).items() if value is not None}
    env = {"PATH": os.environ["PATH"], "CGM_LOCAL_DIR": str(tmp_path), **named}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_the_suite_runs_on_the_test_settings():
    assert settings.SETTINGS_MODULE == "cgm_portal.settings.test"


def test_production_settings_pass_djangos_deployment_checks(tmp_path):
    done = check_deploy(tmp_path)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"])
def test_production_refuses_to_start_without(tmp_path, name):
    done = check_deploy(tmp_path, **{name: None})

    assert done.returncode != 0
    assert name in done.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY"])
def test_production_does_not_run_on_what_a_demonstration_left(tmp_path, name):
    (tmp_path / "portal.env").write_text(f"{name}={PRODUCTION[name]}\n")

    done = check_deploy(tmp_path, **{name: None})

    assert done.returncode != 0
    assert name in done.stderr


@pytest.mark.parametrize(("name", "value"), [("ALLOWED_HOSTS", "*"), ("SECRET_KEY", "short")])
def test_production_refuses_weak_values(tmp_path, name, value):
    done = check_deploy(tmp_path, **{name: value})

    assert done.returncode != 0
    assert name in done.stderr


def test_without_a_key_local_settings_make_one_that_nobody_knows(tmp_path):
    env = {"PATH": os.environ["PATH"], "CGM_LOCAL_DIR": str(tmp_path)}
    command = [sys.executable, "-c", "from cgm_portal.settings.local import SECRET_KEY; print(SECRET_KEY)"]
    keys = {subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout for _ in range(2)}

    assert len(keys) == 2
