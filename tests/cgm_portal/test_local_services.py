"""What the embedded servers promise: private, durable, and able to start whatever a crash left behind."""

import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from cgm_portal import local_postgres
from cgm_portal.local_postgres import PostgresServer, prepare_postgres
from cgm_portal.local_services import LOOPBACK, LocalServer, ServiceError, prepare_valkey, usable_port
from tests.servers import BASE_DIR, RunningServer, reachable_folder

Start = Callable[[LocalServer], RunningServer]
is_root = os.geteuid() == 0
root_only = pytest.mark.skipif(not is_root, reason="only root has several users to choose from")


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[RunningServer] = []

    def start_server(server: LocalServer) -> RunningServer:
        running.append(RunningServer(server))
        running[-1].start()
        return running[-1]

    yield start_server
    for server in running:
        server.terminate()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose name is as awkward as a home folder's may be."""
    with reachable_folder("J. O'Neill clinic") as folder:
        yield folder


def make_postgres(folder: Path, *, durable: bool = False, port: int | None = None) -> PostgresServer:
    return prepare_postgres(folder=folder / "postgres", log=folder / "postgres.log", durable=durable, port=port)


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[RunningServer, RunningServer]]:
    """A running PostgreSQL and Valkey for tests that change nothing in how they run."""
    with reachable_folder("pair") as folder:
        servers = (make_postgres(folder), prepare_valkey(folder=folder / "valkey", log=folder / "valkey.log"))
        postgres, valkey = (RunningServer(server) for server in servers)
        postgres.start(), valkey.start()
        yield postgres, valkey
        valkey.terminate(), postgres.terminate()


def execute(server: PostgresServer, statement: str) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute(statement)


def fetch(server: PostgresServer, query: str) -> object:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def test_both_listen_on_loopback_alone(pair):
    for running in pair:
        listening = [c for c in psutil.Process(running.pid).net_connections("all") if c.status == psutil.CONN_LISTEN]
        assert {connection.laddr.ip for connection in listening} == {LOOPBACK}


def test_no_password_no_data(pair):
    postgres, valkey = (running.server for running in pair)

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url.replace(postgres.password, "guess"))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(valkey.url.replace(valkey.password, "guess")).ping()


def test_no_password_is_readable_by_others_or_seen_among_processes(pair):
    for running in pair:
        password_file = running.spec.cwd / "password"
        assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
        assert running.server.password not in " ".join(psutil.Process(running.pid).cmdline())
        assert running.server.password not in running.log_text()


def test_a_violated_row_does_not_reach_the_log(pair):
    running, _ = pair
    execute(running.server, "CREATE TABLE child (name text PRIMARY KEY)")
    execute(running.server, "INSERT INTO child VALUES ('Amina')")

    with pytest.raises(psycopg.errors.UniqueViolation):
        execute(running.server, "INSERT INTO child VALUES ('Amina')")

    assert "duplicate key" in running.log_text()
    assert "Amina" not in running.log_text()


def test_letters_of_any_script_compare_the_same_on_every_machine(pair):
    postgres = pair[0].server

    assert fetch(postgres, "SELECT upper('é') || lower('Ж') || ('É' ILIKE 'é')::text") == "Éжtrue"


def test_a_taken_port_is_left_to_its_owner(pair):
    port = pair[1].server.port

    assert usable_port(port) != port


def test_postgres_keeps_what_was_committed_through_kill_9(folder, start):
    postgres = make_postgres(folder, durable=True)
    running = start(postgres)
    execute(postgres, "CREATE TABLE kept (id int)")

    running.kill_and_restart()

    assert fetch(postgres, "SELECT count(*) FROM kept") == 0


def test_the_next_start_finds_the_data_the_password_and_the_port_again(folder, start):
    first = make_postgres(folder)
    running = start(first)
    execute(first, "CREATE TABLE kept (id int)")
    running.terminate()

    second = make_postgres(folder, port=first.port)
    start(second)

    assert second.url == first.url
    assert fetch(second, "SELECT count(*) FROM kept") == 0


def test_a_pid_file_that_names_a_living_stranger_does_not_matter(folder, start):
    first = make_postgres(folder)
    running = start(first)
    pid_file = first.folder / "data" / "postmaster.pid"
    torn = pid_file.read_text().replace(str(running.pid), str(os.getpid()), 1)
    running.kill()
    pid_file.write_text(torn)

    start(make_postgres(folder))


@pytest.mark.parametrize("content", ["", "not a number\n"])
def test_a_torn_pid_file_does_not_matter(folder, start, content):
    pid_file = make_postgres(folder).folder / "data" / "postmaster.pid"
    pid_file.write_text(content)

    start(make_postgres(folder))


def test_a_server_that_outlived_its_supervisor_is_stopped_before_a_new_one_starts(folder, start):
    older = start(make_postgres(folder))

    newer = start(make_postgres(folder))

    assert not older.is_running()
    assert newer.is_running()


def test_an_interrupted_first_start_is_made_good(folder, start):
    postgres = make_postgres(folder)
    (postgres.folder / "complete").unlink()
    (postgres.folder / "data" / "PG_VERSION").unlink()

    start(make_postgres(folder))


def test_a_cluster_of_another_postgresql_is_refused_with_advice(folder):
    postgres = make_postgres(folder)
    (postgres.folder / "data" / "PG_VERSION").write_text("17\n")

    with pytest.raises(ServiceError, match="was made by PostgreSQL 17, this is 18"):
        make_postgres(folder)


def test_the_data_of_another_user_is_refused_with_advice(folder, monkeypatch):
    make_postgres(folder)
    monkeypatch.setattr(local_postgres.os, "geteuid", lambda: 54321)

    with pytest.raises(ServiceError, match="run as that user, or remove"):
        make_postgres(folder)


def test_two_instances_stand_side_by_side(folder, start):
    one, two = make_postgres(folder / "one"), make_postgres(folder / "two")
    start(one), start(two)

    execute(one, "CREATE TABLE only_in_one (id int)")

    assert fetch(two, "SELECT to_regclass('only_in_one')") is None


def test_valkey_keeps_its_queue_through_kill_9_unless_its_disk_is_lost(folder, start):
    valkey = prepare_valkey(folder=folder / "valkey", log=folder / "valkey.log")
    running = start(valkey)
    with redis.Redis.from_url(valkey.url) as client:
        client.rpush("queue", "task")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}

        running.kill_and_restart()
        assert client.llen("queue") == 1

        running.restart_empty()
        assert client.llen("queue") == 0


@root_only
def test_as_root_postgres_runs_as_somebody_else(folder, start):
    postgres = start(make_postgres(folder))

    assert psutil.Process(postgres.pid).username() == "nobody"


@root_only
@pytest.mark.parametrize("way", [1, 2], ids=["user namespace", "dac_override"])
def test_as_root_postgres_runs_below_a_home_that_nobody_else_enters(folder, start, monkeypatch, way):
    folder.chmod(0o700)
    candidates = local_postgres._run_as_candidates(0, is_new=True)
    monkeypatch.setattr(local_postgres, "_run_as_candidates", lambda *_, **__: [candidates[0], candidates[way]])
    try:
        postgres = make_postgres(folder)
    except ServiceError as error:
        pytest.skip(f"this kernel does not allow it: {error}")

    running = start(postgres)

    assert postgres.run_as == candidates[way]
    running.kill_and_restart()
    monkeypatch.undo()
    again = make_postgres(folder)  # stops the one that runs, finds its owner by the files
    assert again.run_as == candidates[way]


@root_only
def test_an_ordinary_user_runs_both(folder):
    nobody = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups")
    packages = Path(psycopg.__file__).parent.parent
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{BASE_DIR}:{packages}"}

    def can_run(python: str) -> bool:
        probe = (*nobody, python, "-Bc", "import psycopg, redis, pytest, cgm_portal.env")
        return subprocess.run(probe, env=env, cwd="/", capture_output=True, check=False).returncode == 0

    python = next(filter(can_run, (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}")), None)
    if python is None:
        pytest.skip("nobody cannot run this Python in this clone")
    home = folder
    os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
    program = (
        "import os; from pathlib import Path; from tests.servers import TestServers\n"
        "servers = TestServers(); servers.start(); print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])\n"
        "pids = servers.postgres.pid, servers.valkey.pid; servers.stop(); print('stopped', *pids)"
    )
    command = (*nobody, python, "-Bc", program)

    done = subprocess.run(
        command, env={**env, "TMPDIR": str(home)}, cwd="/", capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "stopped" in done.stdout
    assert not [pid for pid in done.stdout.split("stopped")[1].split() if psutil.pid_exists(int(pid))]
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_servers_end_with_a_program_that_is_killed(folder, number):
    program = (
        "import signal; from tests.servers import TestServers; servers = TestServers(); servers.start()\n"
        "print(servers.postgres.pid, servers.valkey.pid, flush=True); signal.pause()"
    )
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    with subprocess.Popen(
        (sys.executable, "-c", program), cwd=BASE_DIR, env={**env, "TMPDIR": str(folder)}, stdout=subprocess.PIPE
    ) as popen:
        assert popen.stdout is not None
        servers = [psutil.Process(int(pid)) for pid in popen.stdout.readline().split()]
        popen.send_signal(number)

    gone, alive = psutil.wait_procs(servers, timeout=60)
    assert len(gone) == 2
    assert not alive
