"""Web servers as `manage.py up` runs them: gunicorn with the settings in gunicorn.conf.py."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.stores import ROOT
from learnflow.embedded.processes import free_port, is_listening
from learnflow.supervision import OWNERS_VARIABLES

READY_SECONDS = 60
STOP_SECONDS = 20


@dataclass(frozen=True)
class WebServer:
    port: int
    pid: int


@contextmanager
def web_server(application: str, **variables: str) -> Iterator[WebServer]:
    """Two processes of four threads that answer on a free port of 127.0.0.1, stopped at the end."""
    port = free_port()
    own = {"HOST": "127.0.0.1", "PORT": str(port), "WEB_WORKERS": "2", "WEB_THREADS": "4"}
    surroundings = {name: value for name, value in os.environ.items() if name not in OWNERS_VARIABLES}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", application], cwd=ROOT, env=surroundings | own | variables
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not is_listening(port):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"The web server for {application} doesn't start.")
            time.sleep(0.1)
        yield WebServer(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
