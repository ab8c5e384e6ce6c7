"""Databases that begin as copies of the one of `make bench`, and processes that are at home in one of them."""

import hashlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pymongo
from psycopg import sql

STAMP = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
OWNER, APPLICATION = "MONGO_OWNER_URL", "MONGO_URL"
ROLES = {APPLICATION: ["readWrite"], OWNER: ["readWrite", "dbAdmin"]}
WITHOUT_HASTE: dict[str, Any] = {"serverSelectionTimeoutMS": 5_000}

Fill = Callable[[psycopg.Connection[Any]], str]  # says what it did


def copied(folder: Path, name: str, *, made_by: str, fill: Fill, version: str = "") -> dict[str, str]:
    """What leads to the database of this name; made and filled unless it is there, by the same module and version."""
    stamp = hashlib.sha256(Path(made_by).read_bytes() + version.encode()).hexdigest()
    with superuser(folder, "postgres") as admin:
        row = admin.execute(STAMP, [name]).fetchone()
        if row is None or row[0] != stamp:
            began = time.monotonic()
            _copy(admin, name)
            with superuser(folder, name) as filling:
                said = fill(filling)
                filling.execute("VACUUM ANALYZE")
            admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(stamp)))
            print(f"{name}: {said}; in {time.monotonic() - began:.0f} s.", flush=True)
    return _urls("DATABASE", name)


@contextmanager
def copy_for_a_while(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The same without anything in it, and an empty database in MongoDB beside it; both go at the end."""
    with superuser(folder, "postgres") as admin, _root(folder) as root:
        _copy(admin, name)
        _drop_documents(root, name)
        urls = _urls("DATABASE", name) | _urls("MONGO", name)
        for variable, roles in ROLES.items():
            user = urlsplit(os.environ[variable])
            root[name].command("createUser", user.username, pwd=user.password, roles=roles)
        try:
            yield urls
        finally:
            _run(admin, "DROP DATABASE {} WITH (FORCE)", name)
            _drop_documents(root, name)


def process(urls: Mapping[str, str]) -> ProcessPoolExecutor:
    """A process of the site with these stores; the rest of its surroundings it inherits."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=settle, initargs=[dict(urls)])


def settle(urls: dict[str, str]) -> None:
    """Make this process one of the site with these stores."""
    os.environ.update(urls)
    import django

    django.setup()


def superuser(folder: Path, database: str) -> psycopg.Connection[Any]:
    url = urlsplit(os.environ["DATABASE_URL"])
    return psycopg.connect(
        host=url.hostname,
        port=url.port,
        user="postgres",
        password=_secrets(folder)["superuser"],
        dbname=database,
        autocommit=True,
    )


def _root(folder: Path) -> pymongo.MongoClient[dict[str, Any]]:
    url = urlsplit(os.environ[APPLICATION])
    password = _secrets(folder)["mongo_root"]
    return pymongo.MongoClient(
        url.hostname, url.port, username="root", password=password, directConnection=True, **WITHOUT_HASTE
    )


def _secrets(folder: Path) -> dict[str, str]:
    from learnflow.embedded import Embedded

    return Embedded(folder / "stores").place.secrets()


def _urls(kind: str, name: str) -> dict[str, str]:
    found = {variable: urlsplit(os.environ[variable]) for variable in (f"{kind}_URL", f"{kind}_OWNER_URL")}
    return {variable: urlunsplit(url._replace(path=f"/{name}")) for variable, url in found.items()}


def _copy(admin: psycopg.Connection[Any], name: str) -> None:
    _leave_the_template()
    _run(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    template = urlsplit(os.environ["DATABASE_URL"]).path.strip("/")
    _run(admin, "CREATE DATABASE {} TEMPLATE {} OWNER learnflow_owner", name, template)


def _leave_the_template() -> None:
    """PostgreSQL copies no database in which somebody is."""
    from django.db import connection

    connection.close()
    connection.close_pool()


def _drop_documents(root: pymongo.MongoClient[dict[str, Any]], name: str) -> None:
    root[name].command("dropAllUsersFromDatabase")
    root.drop_database(name)


def _run(admin: psycopg.Connection[Any], statement: str, *names: str) -> None:
    admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
