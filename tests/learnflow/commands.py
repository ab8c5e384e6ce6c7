"""Running manage.py the way a person at a terminal does, on stores of its own."""

import os
import subprocess
import sys

from django.conf import settings

CHOSEN_BY_TESTS = ("DATABASE_URL", "DATABASE_OWNER_URL", "MONGO_URL", "MONGO_OWNER_URL", "SECRET_KEY", "SITE_URL")


def surroundings(var_dir, **variables):
    """The environment of a person who has set nothing but these."""
    kept = {name: value for name, value in os.environ.items() if name not in CHOSEN_BY_TESTS}
    return kept | {"VAR_DIR": str(var_dir), "DJANGO_SETTINGS_MODULE": "learnflow.settings"} | variables


def start(*arguments, var_dir, output=subprocess.PIPE, **variables):
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=surroundings(var_dir, **variables),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(*arguments, var_dir, **variables):
    """Its exit status and what it said."""
    with start(*arguments, var_dir=var_dir, **variables) as process:
        said, _ = process.communicate(timeout=60)
    return process.returncode, said
