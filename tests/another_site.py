"""Another site beside that of the tests: stores and files of its own, which may be emptied, replaced and broken."""

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pymongo
from django.db import connection, connections
from django.test import override_settings
from psycopg import sql

from courses import content
from courses.views import catalogue
from courses.views.outline import forget_outlines
from learnflow import mongo
from telemetry import events
from tests import stores

_numbers = itertools.count(1)


class AnotherSite:
    """Two databases and a folder. Within `entered`, this process works with them instead of the session's."""

    def __init__(self, files: Path) -> None:
        self.name = f"test_{os.getpid()}_{int(time.time())}_{next(_numbers)}"
        self.media = files / "media"
        self.variables = stores.begin(self.name) | {"MEDIA_ROOT": str(self.media)}

    def make(self) -> None:
        """Make both databases, with empty tables and without documents."""
        stores.create_tables(self.name)
        stores.create_document_database(self.name)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Work with these stores and files within, in all threads."""
        names = ("DATABASE_OWNER_URL", "MONGO_URL", "MONGO_OWNER_URL", "MEDIA_ROOT")
        parameters, client = connections.settings["default"], mongo._client
        before = parameters["NAME"]
        with override_settings(**{name: self.variables[name] for name in names}):
            _leave(self.name)
            try:
                yield
            finally:
                mongo.client().close()
                _leave(before)
                mongo._client = client

    def documents(self) -> dict[str, list[dict[str, Any]]]:
        """Every document of every collection."""
        with self.mongodb() as db:
            return {name: list(db[name].find().sort("_id")) for name in sorted(db.list_collection_names())}

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table."""
        with self.postgresql() as owner:
            return {
                table: [row for (row,) in owner.execute(sql.SQL(ROWS).format(sql.Identifier(table)))]
                for (table,) in owner.execute(TABLES).fetchall()
            }

    def empty(self) -> None:
        """Take away everything but what migrations made."""
        names = sql.SQL(", ").join(sql.Identifier(table) for table in self.rows() if table not in MADE_BY_MIGRATIONS)
        with self.postgresql() as owner, self.mongodb() as db:
            owner.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
            for name in db.list_collection_names():
                db[name].delete_many({})

    @contextmanager
    def mongodb(self) -> Iterator[Any]:
        with pymongo.MongoClient(self.variables["MONGO_OWNER_URL"], tz_aware=True) as client:
            yield client.get_default_database()

    @contextmanager
    def postgresql(self) -> Iterator["psycopg.Connection[Any]"]:
        with psycopg.connect(self.variables["DATABASE_OWNER_URL"], autocommit=True) as owner:
            yield owner


MADE_BY_MIGRATIONS = {"auth_permission", "django_content_type", "django_migrations", "rollups", "store_epoch"}
TABLES = """
SELECT relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
"""
ROWS = "SELECT to_jsonb(t) FROM {} AS t ORDER BY t"


def _leave(name: str) -> None:
    """Forget everything of the stores so far; what is asked next goes to the database `name`."""
    connection.close()
    connection.close_pool()
    connections.settings["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name
    mongo._client = None
    mongo.breaker.reset()
    forget_outlines()
    catalogue.CATEGORIES.forget()
    catalogue.TOTAL.forget()


@contextmanager
def another_site(files: Path) -> Iterator[AnotherSite]:
    """A site with empty stores, gone afterwards."""
    files.mkdir(exist_ok=True)
    site = AnotherSite(files)
    site.make()
    try:
        with site.entered():
            content.set_up()
            events.set_up()
        yield site
    finally:
        stores.drop(site.name)
