"""Running manage.py the way a person at a terminal does, on stores of its own."""

import os
import subprocess
import sys

from django.conf import settings

UNSET = ("DATABASE_URL", "DATABASE_OWNER_URL", "MONGO_URL", "MONGO_OWNER_URL", "SECRET_KEY", "CACHE_URL")


def surroundings(var_dir, **variables):
    """The environment of a person who has set nothing but these. Empty is unset, and keeps out what .env may say."""
    port = variables.get("PORT", "8000")
    chosen = {
        "DJANGO_SETTINGS_MODULE": "learnflow.settings",
        "EMAIL_URL": "dummymail://",
        "HOST": "127.0.0.1",
        "MEDIA_ROOT": f"{var_dir}/media",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "VAR_DIR": str(var_dir),
    }
    return os.environ | dict.fromkeys(UNSET, "") | chosen | variables


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
        said, _ = process.communicate(timeout=120)
    return process.returncode, said
