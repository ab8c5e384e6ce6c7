"""One command for the whole site."""

import errno
import hashlib
import http.client
import os
import socket
import sys
import time
from importlib.metadata import distributions
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from courses.models import Course
from learnflow.backup.target import BROKE_OFF, unfinished_restore
from learnflow.database_roles import connected_as_owner, lacks_rights
from learnflow.management.commands import load_demo
from learnflow.supervision import Child, Supervisor

READY_SECONDS = 60
PORT_PATIENCE_SECONDS = 4
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Command(BaseCommand):
    help = (
        "Runs the whole site: brings both stores up to date, loads the demo courses into an empty one, and runs the "
        "web server and the worker until Ctrl-C. What dies is started again. HOST and PORT say where it listens. Exits "
        "with 0 when told to stop, with 1 and one sentence when it can't start."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--no-demo", action="store_true", help="Don't load the demo courses and accounts.")

    def handle(self, *args, no_demo, **options):
        self._check_port()
        self._migrate()
        if not no_demo:
            self._load_demo()
        self._collect_static()
        connection.close_pool()
        os.chdir(settings.BASE_DIR)
        supervisor = Supervisor(self._say)
        supervisor.listen()
        try:
            supervisor.start(Child("web server", [sys.executable, "-m", "gunicorn", "learnflow.wsgi:application"]))
            if supervisor.wait_until(_answers, READY_SECONDS):
                supervisor.start(Child("worker", [sys.executable, "manage.py", "procrastinate", "worker"]))
                self._greet()
                supervisor.run()
            elif not supervisor.stopping.is_set():
                self._refuse(f"The web server didn't answer at {_address()} within {READY_SECONDS} seconds.")
        finally:
            self._say("Stopping.")
            supervisor.stop()

    def _say(self, sentence):
        self.stdout.write(sentence)
        self.stdout.flush()

    def _refuse(self, sentence):
        self.stderr.write(sentence)
        sys.exit(1)

    def _check_port(self):
        """Wait a moment for the port: the web server of a killed `up` may be finishing its last requests."""
        deadline = time.monotonic() + PORT_PATIENCE_SECONDS
        while (problem := _port_problem()) is not None:
            if time.monotonic() > deadline:
                self._refuse(problem)
            time.sleep(0.2)

    def _migrate(self):
        with connected_as_owner():
            if backup := unfinished_restore():
                self._refuse(BROKE_OFF.format(backup=backup))
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()) or lacks_rights(connection):
            self._say("Bringing the databases up to date.")
            call_command("migrate", verbosity=0)

    def _load_demo(self):
        """Load the demo into a site without courses, and once more where loading it was interrupted."""
        unfinished = settings.VAR_DIR / "demo.unfinished"
        if Course.objects.exists() and not unfinished.exists():
            return
        if settings.HOST not in load_demo.LOOPBACK and not os.environ.get("DEMO_PASSWORD"):
            self._say(
                "The demo isn't loaded: its accounts have a well-known password, and HOST lets others reach this "
                "server; set DEMO_PASSWORD, or say --no-demo."
            )
            return
        self._say("Loading the demo courses.")
        unfinished.touch()
        try:
            call_command("load_demo", verbosity=0)
        except CommandError as problem:
            self._say(f"The demo isn't complete: {problem}")
        else:
            unfinished.unlink()

    def _collect_static(self):
        stamp, digest = settings.VAR_DIR / "static.digest", _digest_of_static_sources()
        if (settings.STATIC_ROOT / "staticfiles.json").exists() and stamp.exists() and stamp.read_text() == digest:
            return
        self._say("Collecting the static files.")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest)

    def _greet(self):
        self._say(f"\nLearnFlow is ready at {_address()}")
        password = os.environ.get("DEMO_PASSWORD") or load_demo.PASSWORD
        accounts = User.objects.filter(email__in=[person["email"] for person in load_demo.PEOPLE]).order_by("pk")
        still_known = [account.email for account in accounts if account.check_password(password)]
        connection.close_pool()
        if still_known:
            self._say(f"Sign in as {', '.join(still_known)}; the password is {password}")
        self._say("Ctrl-C stops it.\n")


def _address():
    host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
    return f"http://{host}:{settings.PORT}"


def _family():
    return socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET


def _port_problem():
    """Why nobody could listen there now, in one sentence; None when somebody could."""
    with socket.socket(_family()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                return (
                    f"Port {settings.PORT} on {settings.HOST} is in use; stop what listens there, or choose another "
                    f"port: make run PORT={settings.PORT + 1}"
                )
            return f"The web server can't listen on {settings.HOST}, port {settings.PORT}: {problem.strerror}."
    return None


def _answers():
    """Whether the web server answers, asked the way a browser does."""
    host = EVERYWHERE.get(settings.HOST, settings.HOST)
    connection = http.client.HTTPConnection(host, settings.PORT, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _digest_of_static_sources():
    """Changes with every file of ours, and with every installed package, whose files we don't look at one by one."""
    digest = hashlib.sha256()
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            state = path.stat()
            digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    for name in sorted(f"{package.name} {package.version}" for package in distributions()):
        digest.update(name.encode())
    return digest.hexdigest()
