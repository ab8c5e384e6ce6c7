"""The stores that tests run on: embedded servers of their own, and in them databases of their own for each session.

The servers live in `var/test` and stop with the last session. What migrations make is kept as a template, keyed by
everything that could change it, so a session begins with a copy that takes a tenth of a second.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pymongo
from psycopg import sql

from learnflow import embedded

ROOT = Path(__file__).resolve().parent.parent
PLACE = Path(os.environ.get("TEST_VAR_DIR") or ROOT / "var" / "test")
WHAT_MAKES_THE_TABLES = (
    "accounts/migrations/*.py",
    "accounts/models/*.py",
    "courses/migrations/*.py",
    "courses/models/*.py",
    "discussions/migrations/*.py",
    "discussions/models/*.py",
    "telemetry/events.py",
    "telemetry/migrations/*.py",
    "telemetry/models/*.py",
    "learnflow/migrations/*.py",
    "learnflow/database_roles.py",
    "learnflow/management/commands/migrate.py",
    "learnflow/settings.py",
    "requirements.txt",
)
MONGO_USERS = {
    "learnflow_app": ["readWrite"],
    "learnflow_owner": ["readWrite", "dbAdmin", {"role": "clusterMonitor", "db": "admin"}],
}


def begin(session: str) -> dict[str, str]:
    """Start or find the servers; the variables that lead to this session's databases in them."""
    found = embedded.environment(PLACE, durable=False)
    return found | {
        name: _with_path(found[name], session)
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "MONGO_URL", "MONGO_OWNER_URL")
    }


def create_tables(session: str) -> None:
    """Make this session's database in PostgreSQL; what killed sessions left behind goes."""
    with _one_at_a_time(), _postgresql() as admin:
        _drop_left_behind(admin)
        template = f"template_{digest(*WHAT_MAKES_THE_TABLES)}"
        if not _exists(admin, template):
            _drop_templates(admin)
            _make_template(admin, template)
        _run(admin, "CREATE DATABASE {} TEMPLATE {} OWNER learnflow_owner", session, template)


def create_document_database(session: str) -> None:
    """Make the users of this session's database, which comes to be with its first collection."""
    with _mongodb() as root:
        password = {name: urlsplit(os.environ[url]).password for name, url in _mongo_urls().items()}
        for name, roles in MONGO_USERS.items():
            root[session].command("createUser", name, pwd=password[name], roles=roles)


def drop(session: str) -> None:
    with _postgresql() as admin:
        _run(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", session)
    with _mongodb() as root:
        root[session].command("dropAllUsersFromDatabase")
        root.drop_database(session)


def digest(*patterns: str) -> str:
    """A short name for the contents of all files of the repository that match."""
    found = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def _make_template(admin: psycopg.Connection, name: str) -> None:
    """Migrate an empty database the way an operator does, and give it its name when all went well."""
    making = f"making_{os.getpid()}"
    _run(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", making)
    _run(admin, "CREATE DATABASE {} OWNER learnflow_owner", making)
    urls = {name: _with_path(os.environ[name], making) for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    documents = {name: _with_path(os.environ[name], "learnflow") for name in ("MONGO_URL", "MONGO_OWNER_URL")}
    surroundings = os.environ | urls | documents | {"DJANGO_SETTINGS_MODULE": "learnflow.settings"}
    migrate = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=surroundings, check=True)
    _run(admin, "ALTER DATABASE {} RENAME TO {}", making, name)


def _drop_left_behind(admin: psycopg.Connection) -> None:
    for name in _databases(admin, "test_"):
        if not Path(f"/proc/{name.split('_')[1]}").exists():
            drop(name)


def _drop_templates(admin: psycopg.Connection) -> None:
    for name in (*_databases(admin, "template_"), *_databases(admin, "making_")):
        _run(admin, "DROP DATABASE {} WITH (FORCE)", name)


def _databases(admin: psycopg.Connection, prefix: str) -> list[str]:
    found = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
    return [name for (name,) in found]


def _exists(admin: psycopg.Connection, name: str) -> bool:
    return name in _databases(admin, name)


def _run(admin: psycopg.Connection, statement: str, *names: str) -> None:
    admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _secrets() -> dict[str, str]:
    return embedded.Embedded(PLACE).place.secrets()


def _postgresql() -> psycopg.Connection:
    server = urlsplit(os.environ["DATABASE_URL"])
    return psycopg.connect(
        host=server.hostname,
        port=server.port,
        user="postgres",
        password=_secrets()["superuser"],
        dbname="postgres",
        autocommit=True,
    )


def _mongodb() -> pymongo.MongoClient:
    server = urlsplit(os.environ["MONGO_URL"])
    return pymongo.MongoClient(
        server.hostname, server.port, username="root", password=_secrets()["mongo_root"], directConnection=True
    )


def _mongo_urls() -> dict[str, str]:
    return {"learnflow_app": "MONGO_URL", "learnflow_owner": "MONGO_OWNER_URL"}


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Sessions may run side by side; making the template, they wait for each other."""
    with (PLACE / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
