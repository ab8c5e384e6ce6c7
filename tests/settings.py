"""The settings of the tests: those of production, on stores of their own, and without what only costs time."""

import os
import tempfile
import time
from pathlib import Path

from tests import stores

SESSION = f"test_{os.getpid()}_{int(time.time())}"
VAR_DIR = Path(tempfile.mkdtemp(prefix="learnflow-test-"))
# Whatever .env and the shell say: a test must never meet the data of a real site.
for name in ("ALLOWED_HOSTS", "CACHE_URL", "MEDIA_ROOT", "SITE_NAME", "TIME_ZONE", "TRUSTED_PROXY_COUNT"):
    os.environ.pop(name, None)
os.environ |= {
    **stores.begin(SESSION),
    "DEBUG": "false",
    "EMAIL_URL": "memorymail://",
    "LANGUAGE_CODE": "en",
    "LOG_LEVEL": "ERROR",
    "SITE_URL": "http://testserver",
    "SLOW_QUERY_MS": "0",  # on a busy machine anything may be
    "VAR_DIR": str(VAR_DIR),
}

from learnflow.settings import *  # noqa: E402, F403
from learnflow.settings import DATABASES, LOGGING, STATIC_ROOT, STORAGES  # noqa: E402

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# bcrypt takes a quarter of a second a password; that it is used is itself tested.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "accounts.hashers.ConsiderateBCryptSHA256PasswordHasher",
]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Every test client loads the middleware anew; this keeps WhiteNoise from reading all files each time.
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# More threads at once than a web process has must not give up on a busy machine.
DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 30
# Thousands of refused requests would each leave a line.
LOGGING["loggers"] |= {"django.request": {"level": "ERROR"}, "django.security": {"level": "ERROR"}}
