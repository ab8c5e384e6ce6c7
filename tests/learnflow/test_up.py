"""`manage.py up`, really run in a folder of its own: what dies comes back, and what is stopped is whole."""

import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

from learnflow.embedded.mongodb import MongoDB
from learnflow.embedded.place import Place
from learnflow.embedded.postgresql import PostgreSQL
from learnflow.embedded.processes import free_port, is_alive
from tests.learnflow.commands import run, start

PATIENCE_SECONDS = 90  # a guard against waiting for ever, not an expectation


class Site:
    """A running `up` and what belongs to it."""

    def __init__(self, var_dir, port):
        self.var_dir = var_dir
        self.port = port
        self.output = var_dir.parent / "output"
        self.supervisor = None

    def start(self):
        with self.output.open("a") as output:
            self.supervisor = start("up", "--no-demo", var_dir=self.var_dir, output=output, PORT=str(self.port))
        already = self.said().count("LearnFlow is ready at")
        wait_for(lambda: self.said().count("LearnFlow is ready at") > already)

    def stop(self, number):
        self.supervisor.send_signal(number)
        return self.supervisor.wait(PATIENCE_SECONDS)

    def said(self):
        return self.output.read_text()

    def child(self, words):
        """The process that `up` has started with these words."""
        children = Path(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children").read_text().split()
        return next((int(pid) for pid in children if words in Path(f"/proc/{pid}/cmdline").read_text()), None)

    def store(self, kind):
        return kind(Place(self.var_dir), durable=True).pid()

    def answers(self, path="/healthz"):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site") / "var", free_port())
    try:
        site.start()
        yield site
    finally:
        site.stop(signal.SIGTERM)


def test_it_says_where_it_is_when_it_answers(site):
    assert f"LearnFlow is ready at http://127.0.0.1:{site.port}" in site.said()
    wait_for(lambda: site.answers("/"))


@pytest.mark.parametrize("part", ["gunicorn", "procrastinate"])
def test_a_killed_process_is_started_again(site, part):
    before = site.child(part)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: site.child(part) not in (None, before))
    wait_for(site.answers)


@pytest.mark.parametrize("kind", [PostgreSQL, MongoDB])
def test_a_killed_store_is_started_again(site, kind):
    before = site.store(kind)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: site.store(kind) not in (None, before))
    wait_for(lambda: site.answers("/readyz") and site.answers("/courses/"))


def test_the_web_server_knows_no_owners_password(site):
    variables = Path(f"/proc/{site.child('gunicorn')}/environ").read_text()
    assert "DATABASE_URL=" in variables
    assert "OWNER_URL=" not in variables


def test_the_application_may_not_even_make_a_temporary_table(site):
    server = PostgreSQL(Place(site.var_dir), durable=True)
    with psycopg.connect(server.url("learnflow_app")) as connection:
        assert connection.execute("SELECT count(*) FROM courses").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TEMPORARY TABLE other ()")


def test_a_second_one_is_told_that_the_port_is_in_use(site):
    status, said = run("up", var_dir=site.var_dir, PORT=str(site.port))
    assert status == 1
    assert said.startswith(f"Port {site.port} on 127.0.0.1 is in use; ")
    assert said.count("\n") == 1
    assert site.answers()


def test_commands_run_beside_it(site):
    stores = site.store(PostgreSQL), site.store(MongoDB)
    status, said = run("migrate", "--check", var_dir=site.var_dir)
    assert (status, said) == (0, "")
    assert (site.store(PostgreSQL), site.store(MongoDB)) == stores


def test_after_a_kill_the_next_one_recovers_and_stops_cleanly(site):
    parts = site.child("gunicorn"), site.child("procrastinate")
    site.stop(signal.SIGKILL)
    wait_for(lambda: not any(map(is_alive, parts)))
    site.start()
    wait_for(lambda: site.answers("/courses/"))
    parts = site.child("gunicorn"), site.child("procrastinate"), site.store(PostgreSQL), site.store(MongoDB)
    assert site.stop(signal.SIGINT) == 0
    assert not any(map(is_alive, parts))
    assert "database system is shut down" in (site.var_dir / "log/postgresql.log").read_text().splitlines()[-1]
