"""A release that renames a field of lessons and changes a table comes into a living site, beside the one before.

What happens here happens in every deploy without a pause: documents change while old code goes on writing them. Every
save that was acknowledged stands in the end, word by word, at the version it was acknowledged at.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pymongo
import pytest
from django.conf import settings

from tests import stores
from tests.faults.renaming import KILLED_AT, make_dropping_release, make_renaming_release
from tests.faults.renaming.people import Author, Journal, Learner, at_work
from tests.sites import running_site, running_worker
from tests.stores import ROOT

EVOLVING = ("lessons", "lesson_revisions")
IN_THE_SECOND_BATCH = "700"
LAST_WALK_SECONDS = 90  # the worker begins at once, else within a minute


@dataclass
class Rollout:
    """Stores of their own, and the folders of the code that meets them."""

    variables: dict[str, str]
    files: Path
    documents: Any
    known: dict[str, Any]

    def run(self, code: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess:
        """Run a module of this release."""
        surroundings = os.environ | self.variables | {"DJANGO_SETTINGS_MODULE": "learnflow.settings"} | more
        surroundings["VAR_DIR"] = str(self.files / "var")
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(command, cwd=code, env=surroundings, capture_output=True, text=True, timeout=120)

    def migrate(self, code: Path, **more: str) -> subprocess.CompletedProcess:
        return self.run(code, "django", "migrate", **more)

    def files_of(self, name: str) -> Path:
        folder = self.files / name
        folder.mkdir()
        return folder

    def count(self, shape: int) -> int:
        """How many documents stand in this shape; those that don't say so have the first."""
        shapes = [shape, None] if shape == 1 else [shape]
        return sum(self.documents[name].count_documents({"schema_version": {"$in": shapes}}) for name in EVOLVING)

    def invalid(self) -> int:
        """How many documents MongoDB's validators of this moment refuse."""
        collections = [self.documents[name] for name in EVOLVING]
        return sum(each.count_documents({"$nor": [each.options()["validator"]]}) for each in collections)

    def shapes(self) -> set[int]:
        return {shape for name in EVOLVING for shape in self.documents[name].distinct("schema_version")}

    def states(self) -> list[Any]:
        return [list(self.documents[name].find().sort("_id")) for name in EVOLVING]

    def migrations(self) -> set[str]:
        recorded = self.ask("SELECT name FROM django_migrations WHERE app = 'courses'")
        return {name.split("_", 1)[1] for name in recorded}

    def columns(self) -> set[str]:
        return self.ask("SELECT column_name FROM information_schema.columns WHERE table_name = 'sections'")

    def ask(self, query: LiteralString) -> set[str]:
        with psycopg.connect(self.variables["DATABASE_URL"]) as connection:
            return {value for (value,) in connection.execute(query)}


@pytest.fixture
def rollout(tmp_path):
    name = f"{settings.SESSION}_rollout"
    variables = stores.begin(name)
    stores.create_tables(name)
    stores.create_document_database(name)
    try:
        with pymongo.MongoClient(variables["MONGO_OWNER_URL"]) as client:
            begun = Rollout(variables, tmp_path, client.get_default_database(), {})
            filled = begun.run(ROOT, "tests.faults.renaming.world")
            assert filled.returncode == 0, filled.stderr
            begun.known |= json.loads(filled.stdout)
            yield begun
    finally:
        stores.drop(name)


def let_the_worker_walk(rollout, code):
    with running_worker(rollout.variables, rollout.files_of("worker"), code=code):
        deadline = time.monotonic() + LAST_WALK_SECONDS
        while rollout.count(1):
            assert time.monotonic() < deadline, f"{rollout.count(1)} documents have their first shape"
            time.sleep(0.1)


def check_readings(rollout, code, journal):
    """The newest code reads at every version what was acknowledged there, before and after it walked once more."""
    read = rollout.run(code, "tests.faults.renaming.readings")
    assert read.returncode == 0, read.stderr
    readings = json.loads(read.stdout)
    wrong = {}
    for (lesson_id, version), (title, minutes) in journal.saved.items():
        versions = readings.get(lesson_id, [])
        found = versions[version - 1] if version <= len(versions) else None
        if found != [title, minutes, title]:
            wrong[lesson_id, version] = (title, found)
    assert not wrong
    unacknowledged = sum(len(versions) for versions in readings.values()) - len(journal.saved)
    assert unacknowledged == len(rollout.known["lessons"]), "each of the first lessons had one version before"


def test_a_field_is_renamed_while_old_code_goes_on_writing(rollout, tmp_path):
    renaming, dropping = tmp_path / "renaming", tmp_path / "dropping"
    make_renaming_release(renaming)
    make_dropping_release(dropping, renaming)
    journal = Journal()

    def people(address, *names):
        kinds = {"author": Author, "learner": Learner}
        return [kinds[name.split("-")[0]](name, address, rollout.known, journal) for name in names]

    old_people = ("author-old", "learner-old")
    new_people = ("author-new", "learner-new")
    with ExitStack() as new_site:
        with running_site(rollout.variables, rollout.files_of("old")) as old, at_work(*people(old, *old_people)):
            journal.wait_for(*old_people, acts=3)
            everything = rollout.count(1)

            killed = rollout.migrate(renaming, **{KILLED_AT: IN_THE_SECOND_BATCH})
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            assert 0 < rollout.count(2) < everything and "minutes" not in rollout.migrations()
            journal.wait_for(*old_people, acts=3)

            migrated = rollout.migrate(renaming)
            assert migrated.returncode == 0, migrated.stderr
            assert "minutes" in rollout.migrations() and rollout.count(2) >= everything - 10
            assert rollout.invalid() == 0

            new = new_site.enter_context(running_site(rollout.variables, rollout.files_of("new"), code=renaming))
            new_site.enter_context(at_work(*people(new, *new_people)))
            journal.wait_for(*old_people, *new_people, acts=6)

        assert rollout.count(1), "what old code wrote after the walk"
        let_the_worker_walk(rollout, renaming)
        assert rollout.invalid() == 0

        migrated = rollout.migrate(dropping)
        assert migrated.returncode == 0, migrated.stderr
        journal.wait_for(*new_people, acts=3)

    assert not journal.wrong
    check_readings(rollout, dropping, journal)
    assert rollout.invalid() == 0 and rollout.shapes() == {3}
    assert {"minutes", "minutes_only"} <= rollout.migrations() and {"summary", "outlook"} <= rollout.columns()
    before = rollout.states()
    again = rollout.migrate(dropping)
    assert "No migrations to apply" in again.stdout and rollout.states() == before
