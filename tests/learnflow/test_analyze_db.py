"""`manage.py analyze_db`: what an operator reads of both stores, and what a program does."""

import json
from datetime import UTC, datetime
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError, connection

from learnflow import analysis, mongo
from learnflow.analysis.postgresql import Table
from telemetry.models import SlowCommand
from tests.learnflow import commands

pytestmark = pytest.mark.django_db(transaction=True)

COULD_NOT_LOOK = 2


def said(*arguments):
    out = StringIO()
    call_command("analyze_db", *arguments, stdout=out)
    return out.getvalue()


def document(*arguments):
    return json.loads(said("--json", "--from-rows=0", *arguments))


def could_not_look(*arguments):
    with pytest.raises(CommandError) as end:
        said(*arguments)
    assert end.value.returncode == COULD_NOT_LOOK
    return str(end.value)


@pytest.fixture
def owner(django_db_setup):
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        yield owner


@pytest.fixture
def a_table(owner):
    """A table of an operator's own, whose key has no index."""
    owner.execute("CREATE TABLE letters (id int PRIMARY KEY, user_id bigint REFERENCES users, words text)")
    owner.execute("GRANT SELECT ON letters TO learnflow_app")
    yield owner
    owner.execute("DROP TABLE letters")


def slow(**fields):
    values = {"store": "postgresql", "asked_by": "course", "shape": "SELECT ?", "shape_hash": fields.get("shape", "")}
    SlowCommand.objects.create(**values | fields)


def test_an_operator_reads_what_is_large_and_what_was_slow(course):
    slow(times=3, total_ms=4_200, longest_ms=1_900, last_at=datetime(2026, 11, 20, 15, 25, tzinfo=UTC))
    slow(store="mongodb", asked_by="manage.py rollup", shape="find progress", times=1, total_ms=700, longest_ms=700)
    lines = said("--most=5").splitlines()
    assert lines[0].startswith("PostgreSQL 18") and " tables" in lines[0]
    assert " ".join(lines[2].split()) == "table size of it indexes rows dead rows last vacuumed last analyzed"
    assert any(line.startswith("  … and ") for line in lines)
    assert any(line.startswith("MongoDB 6") for line in lines)
    assert any(line.split()[:1] == ["lessons.lessons_of_a_course"] for line in lines)
    assert "  course                        3       4.2 s    1.9 s" in lines
    assert "  4.2 s in 3 times, 1.9 s the longest, last on 2026-11-20 15:25: postgresql for course" in lines
    assert "    SELECT ?" in lines and "    find progress" in lines


def test_nothing_slow_is_told_in_a_sentence(course):
    assert said().splitlines()[-1] == "No command was slow within the last 30 days (SLOW_QUERY_MS says what is)."


def test_a_program_reads_everything(course):
    slow(times=3, total_ms=4_200, longest_ms=1_900)
    found = document()
    tables = {each["name"]: each for each in found["postgresql"]["tables"]}
    assert tables["users"]["size"] >= tables["users"]["indexes_size"] > 0
    assert tables["telemetry"]["partitions"] and not any(name.startswith("telemetry_2") for name in tables)
    collections = {each["name"]: each for each in found["mongodb"]["collections"]}
    assert collections["lessons"]["documents"] == 3 and collections["lessons"]["on_disk"] > 0
    assert found["mongodb"]["missing"] == [] and found["mongodb"]["uses_known"] is True
    assert found["slowest"][0]["total_ms"] == 4_200
    assert found["askers"] == [{"asked_by": "course", "slow": 3, "waited_ms": 4_200, "worst_ms": 1_900}]


def test_it_asks_for_estimates_only(course, django_assert_max_num_queries):
    with django_assert_max_num_queries(7) as queries:
        said()
    assert not any("count(*) FROM" in each["sql"] for each in queries)


# --- PostgreSQL -----------------------------------------------------------------------------------


def test_a_foreign_key_without_an_index_is_named(a_table):
    keys = document()["postgresql"]["keys_without_index"]
    assert {"table": "letters", "columns": ["user_id"], "leads_to": "users"} in keys
    assert "\n  letters (user_id), to users\n" in said("--from-rows=0")
    assert "letters (user_id)" not in said()  # it is small


@pytest.mark.parametrize("index", ["(user_id, id)", "(user_id) WHERE user_id IS NOT NULL"])
def test_an_index_that_begins_with_the_key_serves_it(a_table, index):
    a_table.execute(f"CREATE INDEX letters_by_user ON letters {index}")
    assert not any(each["table"] == "letters" for each in document()["postgresql"]["keys_without_index"])


@pytest.mark.parametrize("index", ["(words, user_id)", "(user_id) WHERE id > 7"])
def test_an_index_for_something_else_does_not(a_table, index):
    a_table.execute(f"CREATE INDEX letters_by_user ON letters {index}")
    assert any(each["table"] == "letters" for each in document()["postgresql"]["keys_without_index"])


def test_an_index_that_nothing_used_is_named_unless_it_keeps_a_rule(a_table):
    a_table.execute("CREATE INDEX letters_by_words ON letters (words)")
    unused = {each["name"]: each for each in document()["postgresql"]["unused"]}
    assert unused["letters_by_words"]["table"] == "letters" and unused["letters_by_words"]["size"] > 0
    assert "letters_pkey" not in unused
    assert "\n  letters_by_words on letters, 8.2 kB\n" in said("--from-rows=0")
    assert "letters_by_words" not in said()  # it is small


def test_an_index_of_a_partitioned_table_is_one(course):
    names = [each["name"] for each in document()["postgresql"]["unused"]]
    assert len(names) == len(set(names)) and not any("_2026_" in name or "_of_other_months" in name for name in names)


def test_an_index_that_was_never_finished_is_named(a_table):
    a_table.execute("INSERT INTO letters (id, words) VALUES (1, 'a'), (2, 'a')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        a_table.execute("CREATE UNIQUE INDEX CONCURRENTLY letters_once ON letters (words)")
    assert document()["postgresql"]["invalid"] == ["letters_once on letters"]


@pytest.mark.parametrize(
    ("scans", "scanned", "found", "is_suspect"),
    [(100, 900_000, 5_000, True), (100, 900_000, 2_000_000, False), (5, 50_000, 0, False), (100, 9_000, 0, False)],
)
def test_a_table_read_from_end_to_end_again_and_again_lacks_an_index(scans, scanned, found, is_suspect):
    table = Table("letters", 0, 1, 1, 10_000, 0, None, None, scans, scanned, found)
    assert table.is_mostly_scanned is is_suspect


def test_dead_rows_and_the_last_cleaning_are_shown(a_table):
    a_table.execute("INSERT INTO letters (id) SELECT generate_series(1, 50)")
    a_table.execute("ANALYZE letters")
    letters = next(each for each in document()["postgresql"]["tables"] if each["name"] == "letters")
    assert letters["rows"] == 50 and letters["vacuumed_at"] is None and letters["analyzed_at"]


# --- MongoDB --------------------------------------------------------------------------------------


def test_uses_of_indexes_are_counted(course):
    before = uses_of("lessons_of_a_course")
    list(mongo.database().lessons.find({"course_id": course.pk}).hint("lessons_of_a_course"))
    assert uses_of("lessons_of_a_course") == before + 1
    unused = document()["mongodb"]["unused"]
    assert "lessons.lessons_of_a_course" not in unused
    assert not any("_id_" in each or each.startswith("progress.one_progress") for each in unused)


def uses_of(index):
    lessons = next(each for each in document()["mongodb"]["collections"] if each["name"] == "lessons")
    return next(each["uses"] for each in lessons["indexes"] if each["name"] == index)


def test_with_the_rights_of_the_application_uses_are_unknown_and_all_else_is_said(course, monkeypatch):
    with monkeypatch.context() as address:
        address.setattr(settings, "MONGO_OWNER_URL", settings.MONGO_URL)
        found = document()["mongodb"]
        assert "give it to the user in MONGO_OWNER_URL." in said()
    assert found["uses_known"] is False and len(found["collections"]) >= 5


def test_what_is_declared_and_not_there_is_named(course):
    with mongo.connect(settings.MONGO_OWNER_URL) as client:
        database = client.get_default_database()
        database.lessons.drop_index("lessons_of_a_course")
        try:
            assert document()["mongodb"]["missing"] == ["lessons.lessons_of_a_course"]
            assert "\n  lessons.lessons_of_a_course\n" in said()
        finally:
            analysis.content.set_up()
    assert document()["mongodb"]["missing"] == []


# --- When it can't look ---------------------------------------------------------------------------


def test_without_mongodb_postgresql_is_told_of_all_the_same(course, monkeypatch):
    out = StringIO()
    with monkeypatch.context() as address, pytest.raises(CommandError, match=r"^MongoDB doesn't answer") as end:
        address.setattr(settings, "MONGO_OWNER_URL", "mongodb://127.0.0.1:9/learnflow")
        address.setattr(settings, "MONGO_SELECTION_TIMEOUT_MS", 200)
        call_command("analyze_db", "--json", stdout=out)
    assert end.value.returncode == COULD_NOT_LOOK
    assert json.loads(out.getvalue())["mongodb"] is None and json.loads(out.getvalue())["postgresql"]["tables"]


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (OperationalError("gone"), "PostgreSQL doesn't answer."),
        (
            ProgrammingError("no table"),
            "PostgreSQL hasn't the tables of this version; `manage.py migrate` makes them.",
        ),
    ],
)
def test_a_postgresql_that_cannot_be_asked_is_told_in_a_sentence(failure, sentence):
    def fail(*arguments):
        raise failure

    with connection.execute_wrapper(fail):
        assert could_not_look() == sentence


def test_what_a_command_was_slow_with_is_kept_when_it_ends(course, tmp_path):
    """As a process of its own, with the rights of the application."""
    there = {"DATABASE_URL": settings.DATABASE_OWNER_URL, "MONGO_URL": settings.MONGO_URL, "SECRET_KEY": "x" * 50}
    status, text = commands.run("analyze_db", "--json", var_dir=tmp_path, SLOW_QUERY_MS="1", **there)
    assert status == 0 and json.loads(text)["mongodb"]["uses_known"] is False
    assert set(SlowCommand.objects.values_list("asked_by", flat=True)) == {"manage.py analyze_db"}
