"""Stores of the bench's own, filled once: the same data serve every run until what makes them changes."""

import fcntl
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from learnflow import embedded

ROOT = Path(__file__).resolve().parent.parent
WHAT_MAKES_THE_DATA = (
    "bench/checking.py",
    "bench/loading.py",
    "bench/world.py",
    "bench/writing.py",
    "*/migrations/*.py",
    "courses/content/**/*.py",
    "courses/markdown/*.py",
    "discussions/markdown.py",
    "learnflow/database_roles.py",
)
SURROUNDINGS = {
    "DJANGO_SETTINGS_MODULE": "learnflow.settings",
    "ALLOWED_HOSTS": "",
    "CACHE_URL": "",
    "DEBUG": "false",
    "LOG_LEVEL": "ERROR",
    "SITE_URL": "http://127.0.0.1:8000",
    "TRUSTED_PROXY_COUNT": "0",
}


def prepare(folder: Path, say: Callable[[str], None]) -> None:
    """Start the stores in `folder`, put what leads to them into the environment, set Django up, load the data once."""
    folder.mkdir(parents=True, exist_ok=True)
    _keep_others_out(folder)
    stores, stamp, digest = folder / "stores", folder / "stamp", _digest()
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        _remove(stores)
    os.environ.update({**SURROUNDINGS, **embedded.environment(stores), "VAR_DIR": str(stores)})

    import django

    django.setup()
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    if not stamp.exists():
        _fill(say)
        stamp.write_text(digest)


def _fill(say: Callable[[str], None]) -> None:
    from django.core.management import call_command

    from bench.checking import check
    from bench.loading import load
    from bench.world import World

    call_command("migrate", verbosity=0)
    began = time.monotonic()
    load(World())
    say(f"Loaded in {time.monotonic() - began:.0f} s. {check()}")


def _remove(stores: Path) -> None:
    if stores.exists():
        embedded.environment(stores)  # a killed bench may have left its servers running; leaving stops them
        embedded.release()
        shutil.rmtree(stores)


def _digest() -> str:
    found = hashlib.sha256()
    for path in sorted(path for pattern in WHAT_MAKES_THE_DATA for path in ROOT.glob(pattern)):
        found.update(path.read_bytes())
    return found.hexdigest()


def _keep_others_out(folder: Path) -> None:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)  # held until this process ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another bench is running in {folder}.")
