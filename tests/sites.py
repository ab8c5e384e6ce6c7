"""LearnFlow as it runs in production, on stores of the tests: gunicorn, hashed static files, its own settings."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from learnflow.embedded.processes import free_port
from tests.stores import PLACE, ROOT, digest

READY_SECONDS = 20
STOP_SECONDS = 15
KEPT_SECONDS = 24 * 60 * 60  # collected files of earlier states; another session may still serve them


@contextmanager
def running_site(stores: dict[str, str], files: Path, *, code: Path = ROOT) -> Iterator[str]:
    """The address of a web server on these stores; e-mails and uploads land in folders below `files`.

    `code` is the folder of another release.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    surroundings = site_environment(stores, files, address) | {"HOST": "127.0.0.1", "PORT": str(port)}
    with (files / "web.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "learnflow.wsgi"], cwd=code, env=surroundings, stdout=log, stderr=log
        )
        try:
            _wait_for(f"{address}/healthz", server)
            yield address
        finally:
            stop(server)


@contextmanager
def running_worker(stores: dict[str, str], files: Path, *, code: Path = ROOT) -> Iterator[None]:
    """The worker of such a site."""
    surroundings = site_environment(stores, files, "http://127.0.0.1")
    with (files / "worker.log").open("w") as log:
        command = [sys.executable, "-m", "django", "procrastinate", "worker"]
        worker = subprocess.Popen(command, cwd=code, env=surroundings, stdout=log, stderr=log)
        try:
            yield
        finally:
            stop(worker)


def site_environment(stores: dict[str, str], files: Path, address: str) -> dict[str, str]:
    (files / "mail").mkdir(exist_ok=True)
    return (
        os.environ
        | stores
        | {
            "DJANGO_SETTINGS_MODULE": "learnflow.settings",
            "EMAIL_URL": f"filemail:///{files / 'mail'}",
            "LOG_LEVEL": "WARNING",
            "MEDIA_ROOT": str(files / "media"),
            "PYTHONWARNINGS": "default",
            "SITE_URL": address,
            "VAR_DIR": str(_folder_with_static_files()),
            "WEB_WORKERS": "1",
        }
    )


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _folder_with_static_files() -> Path:
    """A VAR_DIR with the static files collected and compressed, once for each state of them."""
    folder = PLACE / f"static-{digest('static/**/*', 'requirements.txt')}"
    with (PLACE / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for old in PLACE.glob("static-*"):
                if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                    shutil.rmtree(old)
            needed = {"DJANGO_SETTINGS_MODULE": "learnflow.settings", "SECRET_KEY": "static", "VAR_DIR": str(folder)}
            surroundings = os.environ | needed
            collect = [sys.executable, "-m", "django", "collectstatic", "--noinput", "--verbosity=0"]
            subprocess.run(collect, cwd=ROOT, env=surroundings, check=True)
            (folder / "complete").touch()
    return folder


def _wait_for(address: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urlopen(address, timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The web server at {address} doesn't answer.")
