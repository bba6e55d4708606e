"""Linters and policy checkers find nothing in what deploys the portal, and would find it: each is shown a bad copy.

The quick ones run always. checkov takes a minute to install and to run: CGM_TEST_CHECKERS=yes; the pipeline runs all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cgm_portal.env import BASE_DIR

DEPLOY = BASE_DIR / "deploy"
# checker: a file, what stands there, and the mistake that takes its place
PLANTED = {
    "Dockerfile (hadolint)": ("Dockerfile", "--no-install-recommends ca-certificates", "ca-certificates"),
    "scripts (shellcheck)": ("release/smoke.sh", '"$1" --wait', "$1 --wait"),
    "compose file (schema)": ("compose.yaml", "restart: unless-stopped", "restarts: unless-stopped"),
    "pipeline (schema)": ("azure-pipelines.yml", "PublishTestResults@2", "PublishTestResult@2"),
}
PLANTED_POLICIES = {
    "a container as root": ("Dockerfile", "USER 10001:10001", "USER root"),
    "a key in a file": ("compose.yaml", "restart: unless-stopped", "x-key: AKIA" + "IOSFODNN7EXAMPLQ"),
    "old TLS": ("arm/modules/storage_account.json", '"TLS1_2"', '"TLS1_0"'),
}


def run_checkers(which: str, folder: Path = DEPLOY) -> subprocess.CompletedProcess[str]:
    command = [str(DEPLOY / "local" / "checkers.sh"), which, str(folder)]
    return subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture
def plant(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of copies of `deploy/` with a mistake in one file."""

    def make(name: str, right: str, wrong: str) -> Path:
        folder = tmp_path / "deploy"
        if not folder.exists():
            shutil.copytree(DEPLOY, folder)
        text = (folder / name).read_text()
        assert right in text
        (folder / name).write_text(text.replace(right, wrong))
        return folder

    return make


@pytest.mark.slow
def test_linters_and_schemas_find_nothing():
    done = run_checkers("quick")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok      ") == len(PLANTED)


@pytest.mark.slow
def test_each_linter_and_schema_finds_its_planted_mistake_and_no_other(plant):
    for right in PLANTED.values():
        folder = plant(*right)

    done = run_checkers("quick", folder)

    assert done.returncode == 1
    failed = {line.removeprefix("FAILED  ") for line in done.stdout.splitlines() if line.startswith("FAILED")}
    assert failed == set(PLANTED)


policies = pytest.mark.skipif(os.environ.get("CGM_TEST_CHECKERS") != "yes", reason="minutes: CGM_TEST_CHECKERS=yes")


@policies
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_policies_find_nothing():
    done = run_checkers("all")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok      policies (checkov)" in done.stdout


@policies
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("mistake", PLANTED_POLICIES.values(), ids=PLANTED_POLICIES)
def test_policies_find_a_planted_mistake(plant, mistake):
    done = run_checkers("all", plant(*mistake))

    assert done.returncode == 1
    assert "FAILED  policies (checkov)" in done.stdout


def test_every_waiver_in_a_file_is_listed_with_its_reason():
    listed = (DEPLOY / "checkers" / "waivers.md").read_text()
    texts = {
        path: path.read_text() for path in DEPLOY.rglob("*") if path.is_file() and path.suffix not in {".md", ".pyc"}
    }

    used = {
        word.strip(':",=')
        for text in texts.values()
        for line in text.splitlines()
        if any(sign in line for sign in ("ignore=", "checkov:skip", '"CKV_', '["CKV_', "shellcheck disable"))
        for word in line.replace("=", " ").replace('"', " ").split()
        if word.strip(':",=').startswith(("CKV_", "DL3", "SC"))
    }

    numbers = {word.rpartition("_")[2] for word in used if word.startswith("CKV_AZURE")}
    assert numbers
    missing = {n for n in numbers if n not in listed} | {w for w in used if "AZURE" not in w and w not in listed}
    assert not missing - {"SC2086"}
