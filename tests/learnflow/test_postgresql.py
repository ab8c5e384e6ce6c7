"""Who waits for a page gives up when PostgreSQL doesn't answer at all, and only then."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from psycopg import OperationalError

from learnflow import postgresql
from learnflow.postgresql import KNOCK, WatchfulConnection, _answers_at_the_door
from tests.proxies import door_before


@pytest.fixture(autouse=True)
def _an_impatient_watch(monkeypatch):
    monkeypatch.setattr(WatchfulConnection, "is_watching", True)
    monkeypatch.setattr(WatchfulConnection, "silent_until", 0.0)
    monkeypatch.setattr(postgresql, "QUIET_SECONDS", 0.2)


@pytest.fixture
def way(django_db_setup):
    """(the door before PostgreSQL, a connection through it)."""
    address = settings.DATABASE_OWNER_URL
    with door_before(address) as door, WatchfulConnection.connect(door.url(address), autocommit=True) as connection:
        yield door, connection


def answer_of(connection, statement):
    return connection.execute(statement).fetchone()


def test_a_statement_may_take_its_time(way):
    assert answer_of(way[1], "SELECT 7 FROM pg_sleep(0.7)") == (7,)


def test_silence_ends_the_wait_and_the_connection(way, monkeypatch):
    door, connection = way
    monkeypatch.setattr(postgresql, "DOOR_SECONDS", 0.2)
    door.swallow()
    with pytest.raises(OperationalError, match="doesn't answer"):
        answer_of(connection, "SELECT 1")
    assert connection.closed and postgresql.is_silent()


def test_after_the_first_nobody_waits_long_until_somebody_answers(way, monkeypatch):
    connection = way[1]
    monkeypatch.setattr(WatchfulConnection, "silent_until", time.monotonic() + 60)
    assert answer_of(connection, "SELECT 1") == (1,) and not postgresql.is_silent()


def test_a_command_waits_as_long_as_it_takes(way, monkeypatch):
    door, connection = way
    monkeypatch.setattr(WatchfulConnection, "is_watching", False)
    monkeypatch.setattr(postgresql, "DOOR_SECONDS", 0.05)
    door.slow_down(0.5)
    assert answer_of(connection, "SELECT 1") == (1,)


def test_a_server_behind_a_socket_file_is_asked_there(tmp_path):
    with socket.socket(socket.AF_UNIX) as server, ThreadPoolExecutor(1) as thread:
        server.bind(str(tmp_path / ".s.PGSQL.5432"))
        assert not _answers_at_the_door(str(tmp_path), 5432), "nobody listens yet"
        server.listen()
        answer = thread.submit(_answers_at_the_door, str(tmp_path), 5432)
        guest, _address = server.accept()
        with guest:
            assert guest.recv(8) == KNOCK
            guest.sendall(b"N")
            assert answer.result()
