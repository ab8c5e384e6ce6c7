"""The embedded stores, really started. pytest's folders are closed to others (0700), as a checkout below /root is."""

import errno
import os
import platform
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pymongo
import pytest
from django.conf import settings
from pymongo.errors import OperationFailure

from learnflow.embedded import Embedded, StoresUnavailable
from learnflow.embedded.mongodb import MongoDB
from learnflow.embedded.place import Place
from learnflow.embedded.postgresql import PostgreSQL
from learnflow.embedded.processes import Runner, is_alive
from tests import documents


@pytest.fixture(autouse=True)
def _a_fresh_start():
    """Overrides the usual one: what is written here isn't in the session's stores, and needn't be removed there."""
    before = documents.commands.has_written
    yield
    documents.commands.has_written = before


@pytest.fixture(scope="module")
def var_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("closed", numbered=False) / "var"


@pytest.fixture(scope="module")
def variables(var_dir):
    """What leads to stores that stay while this module's tests run, set up as for development."""
    stores = Embedded(var_dir)
    yield stores.start()
    stores.release()


@pytest.fixture
def own_dir(tmp_path):
    """Where one test may break things; what it leaves running is killed."""
    yield tmp_path / "var"
    for pid in pids(tmp_path / "var"):
        if pid:
            os.kill(pid, signal.SIGKILL)


def pids(var_dir):
    place = Place(var_dir)
    return [server(place, durable=True).pid() for server in (PostgreSQL, MongoDB)]


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    while is_alive(pid):
        time.sleep(0.01)


def _bind(server):
    """Take the port, as soon as the last thread of the server that had it is gone."""
    for attempt in range(100):
        try:
            return server.server_bind()
        except OSError:
            if attempt == 99:
                raise
            time.sleep(0.05)


@contextmanager
def stranger_at(port):
    """Some other program's server, which hangs up on everybody."""
    with socketserver.TCPServer(
        ("127.0.0.1", port), socketserver.BaseRequestHandler, bind_and_activate=False
    ) as server:
        server.allow_reuse_address = True
        _bind(server)
        server.server_activate()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def write_everywhere(variables, number):
    with psycopg.connect(variables["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])
    with pymongo.MongoClient(variables["MONGO_URL"]) as client:
        client.learnflow.kept.insert_one({"number": number})


def read_everywhere(variables):
    with psycopg.connect(variables["DATABASE_OWNER_URL"]) as connection:
        rows = [number for (number,) in connection.execute("SELECT number FROM kept ORDER BY number")]
    with pymongo.MongoClient(variables["MONGO_URL"]) as client:
        documents = [document["number"] for document in client.learnflow.kept.find().sort("number")]
    return rows, documents


# Set up


def test_the_application_may_not_change_tables(variables):
    with psycopg.connect(variables["DATABASE_URL"]) as connection:
        assert connection.execute(
            "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (
            "learnflow_app",
            False,
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE forbidden ()")


def test_the_owner_of_the_tables_is_no_superuser(variables):
    with psycopg.connect(variables["DATABASE_OWNER_URL"]) as connection:
        (is_super,) = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = 'learnflow_owner'").fetchone()
        connection.execute("CREATE TABLE allowed ()")
        connection.rollback()
    assert not is_super


def test_the_application_may_not_change_collections(variables):
    with pymongo.MongoClient(variables["MONGO_URL"]) as client:
        client.learnflow.shape.insert_one({})
        with pytest.raises(OperationFailure, match="not authorized"):
            client.learnflow.command("collMod", "shape", validationLevel="off")
    with pymongo.MongoClient(variables["MONGO_OWNER_URL"]) as client:
        client.learnflow.command("collMod", "shape", validationLevel="off")


def test_application_that_is_kept_out_is_no_reason_to_start_again(variables, var_dir):
    with psycopg.connect(variables["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("REVOKE CONNECT ON DATABASE learnflow FROM PUBLIC")
        try:
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(variables["DATABASE_URL"])
            assert all(server.answers() for server in Embedded(var_dir).servers)
        finally:
            owner.execute("GRANT CONNECT ON DATABASE learnflow TO PUBLIC")


def test_nobody_enters_without_a_password(variables):
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(variables["DATABASE_URL"], password="guessed")
    address = variables["MONGO_URL"].rpartition("@")[2]
    with pymongo.MongoClient(f"mongodb://{address}") as client, pytest.raises(OperationFailure):
        client.learnflow.kept.find_one()


def test_what_is_acknowledged_is_on_disk(variables):
    with psycopg.connect(variables["DATABASE_URL"]) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)
    client = pymongo.MongoClient(variables["MONGO_URL"])
    with client, client.start_session() as session, session.start_transaction():  # only a replica set has them
        client.learnflow.kept.insert_one({}, session=session)
        assert client.learnflow.kept.write_concern.document == {"w": "majority"}
        session.abort_transaction()


def test_secrets_are_for_their_owner_alone(variables, var_dir):
    assert (var_dir / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_folders_on_the_way_keep_their_permissions(variables, var_dir):
    assert [folder.stat().st_mode & 0o777 for folder in (var_dir.parent, var_dir.parent.parent)] == [0o700, 0o700]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has somebody else run the servers")
def test_the_servers_do_not_run_as_root(variables, var_dir):
    assert all(Path(f"/proc/{pid}").stat().st_uid != 0 for pid in pids(var_dir))


def test_a_program_in_a_closed_folder_runs_and_finds_its_neighbours(tmp_path):
    """As initdb finds postgres: by access(2), which judges by other rules than opening a file does."""
    tmp_path.chmod(0o700)
    program, neighbour = tmp_path / "program", tmp_path / "neighbour"
    shutil.copy("/bin/sh", program)
    shutil.copy("/bin/true", neighbour)
    ask = "import os, sys; print(os.access(sys.argv[1], os.X_OK))"
    command = [str(program), "-c", '"$0" -c "$1" "$2"', sys.executable, ask, str(neighbour)]
    assert Runner().run(command, reach=[program, Path(sys.executable)]).stdout == "True\n"


# Sharing and stopping


def test_the_last_to_leave_stops_the_stores(own_dir):
    first, second = (Embedded(own_dir, durable=False) for _ in range(2))
    assert first.start() == second.start()
    running = pids(own_dir)
    first.release()
    assert pids(own_dir) == running
    second.release()
    assert pids(own_dir) == [None, None]
    assert "database system is shut down" in (own_dir / "log/postgresql.log").read_text()


def test_stores_of_a_killed_process_are_used_by_the_next(own_dir):
    program = (
        "import os, sys; from learnflow import embedded; embedded.environment(sys.argv[1], durable=False); "
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(own_dir)], cwd=settings.BASE_DIR)
    orphans = pids(own_dir)
    assert None not in orphans
    stores = Embedded(own_dir, durable=False)
    stores.start()
    assert pids(own_dir) == orphans
    stores.release()
    assert pids(own_dir) == [None, None]


# Recovering


def test_killed_stores_come_back_with_everything_acknowledged(own_dir):
    stores = Embedded(own_dir)
    write_everywhere(stores.start(), 1)
    for pid in pids(own_dir):
        kill(pid)
    assert not stores.are_running()
    variables = stores.start()
    write_everywhere(variables, 2)
    assert read_everywhere(variables) == ([1, 2], [1, 2])
    stores.release()


def test_a_port_taken_meanwhile_is_replaced(own_dir):
    stores = Embedded(own_dir, durable=False)
    before = stores.start()
    write_everywhere(before, 1)
    stores.release()
    ports = [Place(own_dir).port(name) for name in ("postgresql", "mongodb")]
    with stranger_at(ports[0]), stranger_at(ports[1]):
        after = stores.start()
    assert not set(ports) & {Place(own_dir).port(name) for name in ("postgresql", "mongodb")}
    assert read_everywhere(after) == ([1], [1])
    stores.release()


def test_a_hanging_server_and_a_stale_process_id_are_no_obstacle(own_dir):
    stores = Embedded(own_dir, durable=False)
    stores.start()
    postgresql, mongodb = pids(own_dir)
    kill(postgresql)
    pid_file = own_dir / "postgresql/data/postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(postgresql), str(os.getpid()), 1))
    os.kill(mongodb, signal.SIGSTOP)
    variables = stores.start()
    write_everywhere(variables, 1)
    assert read_everywhere(variables) == ([1], [1])
    assert not is_alive(mongodb)
    stores.release()


# One sentence


def test_without_its_secrets_the_data_is_not_touched(own_dir):
    (own_dir / "postgresql/data").mkdir(parents=True)
    with pytest.raises(StoresUnavailable, match=r"secrets\.json is missing"):
        Embedded(own_dir).start()
    assert not (own_dir / "secrets.json").exists()


def test_a_full_disk_is_said_before_anything_starts(own_dir, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 5_000_000, 5_000_000))
    with pytest.raises(StoresUnavailable, match=r"too full: .* 5 MB are free"):
        Embedded(own_dir).start()
    assert pids(own_dir) == [None, None]


def test_a_disk_that_fills_up_is_said(own_dir):
    with pytest.raises(StoresUnavailable, match="is full"), Place(own_dir).problems_as_a_sentence():
        raise OSError(errno.ENOSPC, "No space left on device")


def test_another_machine_is_told_what_to_set(own_dir, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(StoresUnavailable, match="set DATABASE_URL and MONGO_URL"):
        Embedded(own_dir).start()


def test_a_file_in_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoresUnavailable, match="can't be used"):
        Embedded(tmp_path / "file")


def test_a_server_that_cannot_start_names_its_log(own_dir):
    stores = Embedded(own_dir, durable=False, servers=(PostgreSQL,))
    stores.start()
    stores.release()
    (own_dir / "postgresql/data/postgresql.conf").write_text("nonsense = yes\n")
    with pytest.raises(StoresUnavailable, match=r"doesn't start: .*log/postgresql\.log"):
        Embedded(own_dir, durable=False, servers=(PostgreSQL,)).start()
