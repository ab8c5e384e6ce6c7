"""What took long is logged and kept: who asked, how long it took, its shape, and never a value."""

import importlib
import logging
import os
import sys
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from procrastinate import testing
from procrastinate.contrib.django import app
from psycopg import sql
from pymongo.errors import PyMongoError

from learnflow import mongo, slow_commands
from learnflow.mongo.watching import Watcher
from learnflow.slow_commands import asking
from learnflow.slow_commands.recording import MOST_WAITING, Recorder
from learnflow.slow_commands.shapes import LONGEST, shape_of_document, shape_of_sql
from telemetry.models import SlowCommand, slow_command
from tests.factories import CommentFactory
from tests.races import at_once

SECRET = "hunter2"


@pytest.fixture
def watched(transactional_db, settings, monkeypatch, caplog):
    """Everything is slow, and this thread's commands are watched."""
    settings.SLOW_QUERY_MS = 0.001
    monkeypatch.setattr(slow_commands, "recorder", Recorder(pause=0, writes_soon=True))
    with (
        mongo.connect(settings.MONGO_URL) as client,
        monkeypatch.context() as door,
        asking.asked_by(None),
        caplog.at_level(logging.WARNING, logger="learnflow.slow_commands"),
    ):
        door.setattr(mongo, "_client", client)
        slow_commands.watch(connection)
        yield settings
        connection.execute_wrappers.remove(slow_commands.time_sql)
        until_written()


def until_written():
    while writing := slow_commands.recorder.writing:
        writing.join(10)


def forget():
    until_written()
    with asking.asked_by(asking.NOBODY):
        SlowCommand.objects.all().delete()


def noted(**those):
    """What was written down."""
    until_written()
    return list(SlowCommand.objects.filter(**those).order_by("first_at"))


def ask(statement, values=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


# --- What is noted --------------------------------------------------------------------------------


def test_a_slow_statement_is_logged_in_one_line_and_kept(watched, caplog):
    watched.SLOW_QUERY_MS = 20
    with asking.asked_by("catalogue"):
        ask("SELECT pg_sleep(0.03),\n  %s", [SECRET])
    [line] = [each.getMessage() for each in caplog.records if "pg_sleep" in each.getMessage()]
    assert line.startswith("PostgreSQL took ") and line.endswith(" ms for catalogue: SELECT pg_sleep(?), ?")
    [kept] = noted(asked_by="catalogue")
    assert (kept.store, kept.shape, kept.times) == ("postgresql", "SELECT pg_sleep(?), ?", 1)
    assert 30 <= kept.total_ms == kept.longest_ms < 30_000


def test_what_is_fast_is_not_noted(watched, caplog):
    watched.SLOW_QUERY_MS = 60_000
    ask("SELECT 1")
    mongo.ping()
    assert not caplog.records and slow_commands.recorder.writing is None


def test_slow_commands_of_one_shape_are_summed_up(watched):
    for milliseconds in (30, 50):
        slow_commands.note("mongodb", milliseconds / 1000, lambda: "find lessons")
        until_written()
    [kept] = noted(shape="find lessons")
    assert (kept.times, kept.total_ms, kept.longest_ms) == (2, 80, 50) and kept.first_at < kept.last_at


def test_a_slow_command_of_mongodb_is_kept(watched):
    watched.SLOW_QUERY_MS = 5
    with asking.asked_by("lesson"):
        numbers = {"$range": [0, 100_000]}
        summed = {"$reduce": {"input": numbers, "initialValue": 0, "in": {"$add": ["$$value", "$$this"]}}}
        list(mongo.database().aggregate([{"$documents": [{"a": 1}]}, {"$project": {"all": summed}}]))
    [kept] = noted(asked_by="lesson")
    assert kept.store == "mongodb" and kept.longest_ms >= 5
    assert kept.shape.startswith("aggregate {pipeline: [{$documents: [{a: ?}]}, {$project: {all: {$reduce: ")


def test_a_commit_that_waits_is_noted(watched):
    with asking.asked_by("complete"), transaction.atomic():
        ask("SELECT 1")
    assert [each.shape for each in noted(asked_by="complete")] == ["SELECT ?", "COMMIT"]


def test_statements_for_many_rows_and_server_side_cursors_are_noted(watched):
    with asking.asked_by("import"):
        with connection.cursor() as cursor:
            cursor.executemany("SELECT %s::int", [[1], [2]])
        list(SlowCommand.objects.iterator())
    shapes = [each.shape for each in noted(asked_by="import")]
    assert shapes[0] == "SELECT ?::int" and shapes[1].startswith("SELECT slow_commands.id, ")


def test_with_0_nothing_is_timed(settings, db):
    settings.SLOW_QUERY_MS = 0
    slow_commands.watch(connection)
    assert slow_commands.time_sql not in connection.execute_wrappers
    assert not slow_commands.is_slow(1_000)
    with mongo.connect(settings.MONGO_URL) as client:
        assert not any(isinstance(each, Watcher) for each in client.options.event_listeners)


def test_a_connection_that_comes_back_from_the_pool_is_watched_once(watched):
    connection.close()
    ask("SELECT 1")
    assert connection.execute_wrappers.count(slow_commands.time_sql) == 1


def test_others_who_watch_for_a_moment_are_not_in_the_way(watched):
    def passing(execute, *arguments):
        return execute(*arguments)

    connection.execute_wrappers.remove(slow_commands.time_sql)
    connection.close()
    with connection.execute_wrapper(passing):
        ask("SELECT 1")
    assert connection.execute_wrappers == [slow_commands.time_sql]


# --- No values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("SELECT %s::text", [SECRET]),
        (f"SELECT '{SECRET}'", None),
        (f"SELECT '{SECRET}'::int", None),  # what PostgreSQL says of it quotes it
        ("SELECT %s::text::int", [SECRET]),
        (f"SELECT e'\\'{SECRET}', U&'{SECRET}', $x${SECRET}$x$ -- {SECRET}", None),
        (f"/* {SECRET} */ SELECT 1", None),
        (b"SELECT '" + SECRET.encode() + b"'", None),
        (sql.SQL("SELECT {}").format(sql.Literal(SECRET)), None),
        (f"SELECT '{SECRET}", None),
        (f'SELECT 1 AS "{SECRET} in a name that somebody chose"', None),
    ],
)
def test_no_value_of_a_statement_is_noted(watched, caplog, statement, values):
    with asking.asked_by("sign_in"):
        try:
            ask(statement, values)
        except DatabaseError:
            pass
    assert noted(asked_by="sign_in")
    assert_unknown(caplog)


@pytest.mark.parametrize(
    "command",
    [
        {"find": "lessons", "filter": {"title": SECRET, "content": {SECRET: 1}}},
        {"insert": "anything", "documents": [{SECRET: SECRET}]},
        {"insert": "lessons", "documents": [{"title": SECRET}]},  # refused, with the document in what is said of it
        {"update": "lessons", "updates": [{"q": {"title": SECRET}, "u": {"$set": {"a": {SECRET: SECRET}}}}]},
        {"update": "anything", "updates": [{"q": {}, "u": {SECRET: SECRET}, "upsert": True}]},
        {"aggregate": "lessons", "pipeline": [{"$match": {"title": {"$in": [SECRET]}}}], "cursor": {}},
        {"aggregate": "lessons", "pipeline": [{"$set": {"a": {"$literal": {SECRET: 1}}}}], "cursor": {}},
        {"find": "lessons", "filter": {"$where": f"'{SECRET}'"}},
        {"find": "lessons", "filter": {f"lessons.{SECRET}": 1}, "comment": SECRET},
        {SECRET: 1},
    ],
)
def test_no_value_of_a_document_is_noted(watched, caplog, command):
    with asking.asked_by("sign_in"):
        try:
            mongo.database().command(command)
        except PyMongoError:
            pass
    assert noted(asked_by="sign_in", store="mongodb")
    assert_unknown(caplog)


def assert_unknown(caplog):
    assert "sign_in" in caplog.text and SECRET not in caplog.text
    assert not SlowCommand.objects.filter(shape__contains=SECRET).exists()


@pytest.mark.parametrize(
    ("statement", "shape"),
    [
        ('SELECT "users"."id" FROM "users" WHERE "id" IN (%s, %s,  %s) LIMIT 21',
         "SELECT users.id FROM users WHERE id IN (?, …) LIMIT ?"),
        ("INSERT INTO a (b, c) VALUES (%s, %s), (%s, %s)", "INSERT INTO a (b, c) VALUES (?, …), …"),
        ("SELECT 1.5e3, 0xff, .5, $1, date'2020-01-01', %(x)s", "SELECT ?, ?, ?, ?, date?, ?"),
        ('SAVEPOINT "s140012345_x12"', "SAVEPOINT s?_x12"),
        ("SELECT a->>'b' -- why\n  FROM telemetry_2026_11", "SELECT a->>? FROM telemetry_2026_11"),
        ("SELECT 'it''s', 'one' 'two'", "SELECT ?, ? ?"),
    ],
)  # fmt: skip
def test_a_statement_is_described_without_its_values(statement, shape):
    assert shape_of_sql(statement) == shape


@pytest.mark.parametrize(
    ("command", "shape"),
    [
        ({"find": "progress", "filter": {"user_id": 5, "a": {"$gt": 1}}, "projection": {"b": 1}, "lsid": 1, "$db": "x"},
         "find progress {filter: {user_id: ?, a: {$gt: ?}}, projection: {b: ?}}"),
        ({"findAndModify": "progress", "query": {"_id": 1}, "update": {"$set": {"positions.65f0aa11": 3}}},
         "findAndModify progress {query: {_id: ?}, update: {$set: {positions.*: ?}}}"),
        ({"aggregate": "a", "pipeline": [{"$match": {"x": {"$in": [1, 2]}}}, {"$group": {"_id": "$y"}}], "cursor": {}},
         "aggregate a {pipeline: [{$match: {x: {$in: [?]}}}, {$group: {_id: ?}}]}"),
        ({"getMore": 123, "collection": "progress", "batchSize": 5}, "getMore progress {batchSize: ?}"),
        ({"update": "a", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}] * 9},
         "update a {updates: [{q: {_id: ?}, u: {$inc: {n: ?}}}]}"),
        ({"ping": 1}, "ping"),
    ],
)  # fmt: skip
def test_a_document_is_described_without_its_values(command, shape):
    assert shape_of_document(command) == shape


def test_what_is_long_is_cut():
    columns = ", ".join(f"column_{'a' * number}" for number in range(500))
    assert len(shape_of_sql(f"SELECT {columns}")) == LONGEST
    assert shape_of_sql("SELECT 1" + ", 'x'" * 10_000).endswith("…")
    deep = {"a": 1}
    for _ in range(100):
        deep = {"$and": [deep]}
    assert len(shape_of_document({"find": "a", "filter": deep})) < 200
    wide = {"find": "a", "filter": {"$or": [{f"field_{'a' * (number % 30)}": 1} for number in range(5_000)]}}
    assert len(shape_of_document(wide)) <= LONGEST


# --- Who asked ------------------------------------------------------------------------------------


def test_a_page_is_named_by_its_url_also_for_what_is_asked_before_the_view_is_known(watched, as_learner, course):
    forget()
    as_learner.get(course.get_absolute_url())
    assert {each.asked_by for each in noted(shape__contains="FROM django_session")} == {"course"}
    assert {each.asked_by for each in noted(shape__contains="FROM courses")} == {"course"}


def test_what_is_asked_while_the_answer_streams_is_asked_by_its_view(watched, as_author, course):
    CommentFactory(course=course)
    forget()
    response = as_author.get(reverse("discussion_csv", args=[course.slug]))
    assert not noted(shape__contains="FROM comments")
    assert b"".join(response.streaming_content)
    assert {each.asked_by for each in noted(shape__contains="FROM comments")} == {"discussion_csv"}


def test_an_address_that_leads_nowhere_is_no_view(watched, as_learner):
    forget()
    as_learner.get("/nowhere/")
    assert {each.asked_by for each in noted(shape__contains="FROM django_session")} == {asking.NO_VIEW}


def test_each_of_two_pages_at_once_is_named(watched, sign_in, learner, author, course):
    pages = {"catalogue": sign_in(learner), "my_learning": sign_in(author)}
    forget()
    visits = [lambda name=name, browser=browser: browser.get(reverse(name)) for name, browser in pages.items()]
    answers = at_once(visits)
    assert [each.status_code for each in answers] == [200, 200]
    asked = {name: {each.shape for each in noted(asked_by=name, store="postgresql")} for name in pages}
    assert any("FROM categories" in shape for shape in asked["catalogue"])
    assert any("FROM enrollments" in shape for shape in asked["my_learning"])
    assert not any("FROM categories" in shape for shape in asked["my_learning"])


def test_a_job_is_named(watched):
    with app.replace_connector(testing.InMemoryConnector()) as jobs:

        @jobs.task(name="telemetry.tasks.sleep", pass_context=False)
        def sleep():
            slow_commands.watch(connection)
            ask("SELECT pg_sleep(0.001)")

        sleep.defer()
        jobs.run_worker(wait=False, listen_notify=False, install_signal_handlers=False)
        del jobs.tasks["telemetry.tasks.sleep"]
    assert [each.asked_by for each in noted(shape="SELECT pg_sleep(?)")] == ["telemetry.tasks.sleep"]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["manage.py", "check_stores", "--json"], "manage.py check_stores"),
        (["/srv/lib/django/__main__.py", "migrate"], "manage.py migrate"),
        (["manage.py", f"--{SECRET}"], "manage.py"),
        (["/srv/bin/gunicorn", "learnflow.wsgi:application"], "gunicorn"),
        (["/srv/learnflow/bench/__main__.py"], "bench"),
        ([], "python"),
    ],
)
def test_a_command_is_named(monkeypatch, arguments, name):
    monkeypatch.setattr(sys, "argv", arguments)
    with asking.asked_by(None):
        assert asking.asker() == name


def test_a_thread_of_nobodys_request_is_named_by_itself(watched):
    thread = threading.Thread(target=mongo.ping, name="mongodb-breaker")
    thread.start()
    thread.join()
    assert noted(shape="ping")[0].asked_by.endswith(", thread mongodb-breaker")


# --- Nobody waits for it --------------------------------------------------------------------------


def test_writing_it_down_is_not_noted(watched):
    ask("SELECT 1")
    assert noted(shape="SELECT ?") and not noted(shape__contains="slow_commands AS known")


def test_a_broken_transaction_is_no_obstacle(watched):
    with asking.asked_by("enroll"), pytest.raises(DatabaseError), transaction.atomic():
        ask("SELECT 1/0")
    assert [each.shape for each in noted(asked_by="enroll")] == ["SELECT ?/?"]


def test_what_cannot_be_described_is_answered_all_the_same(watched, caplog):
    class Strange(sql.SQL):
        def as_string(self, context=None):
            raise ValueError(SECRET)

        as_bytes = sql.SQL.as_bytes

    with connection.cursor() as cursor:
        cursor.execute(Strange("SELECT 7"))
        assert cursor.fetchone() == (7,)
    assert "couldn't be noted: ValueError" in caplog.text and SECRET not in caplog.text


def test_what_postgresql_does_not_take_waits(transactional_db, caplog):
    recorder = Recorder()
    recorder.add("mongodb", "lesson", "x" * 5_000, 600)
    with caplog.at_level(logging.WARNING, logger="learnflow.slow_commands"):
        assert not recorder.write_down() and "couldn't be written down" in caplog.text
    assert len(recorder.waiting) == 1


def test_what_waits_is_bounded():
    recorder = Recorder()
    for number in range(MOST_WAITING + 50):
        recorder.add("mongodb", "lesson", f"find {number}", 600)
        recorder.add("mongodb", "lesson", "find 0", 600)
    assert len(recorder.waiting) == MOST_WAITING
    assert recorder.waiting["mongodb", "lesson", "find 0"].times == MOST_WAITING + 51


def test_many_processes_write_the_same_at_once(transactional_db):
    recorders = [Recorder() for _ in range(4)]
    for recorder in recorders:
        for number in range(20):
            recorder.add("mongodb", "lesson", f"find {number}", 600)
    assert at_once([recorder.write_down for recorder in recorders]) == [True] * 4
    assert {each.times for each in SlowCommand.objects.all()} == {4}


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_process_forked_meanwhile_writes_for_itself(db):
    recorder = Recorder(pause=3600, writes_soon=True)
    recorder.add("mongodb", "lesson", "find", 600)
    child = os.fork()
    if child == 0:
        recorder.add("mongodb", "lesson", "find", 600)
        os._exit(0 if recorder.writing.is_alive() else 1)
    assert os.waitpid(child, 0)[1] == 0


# --- How long it is kept --------------------------------------------------------------------------


def row(number, **fields):
    values = {"store": "mongodb", "asked_by": "lesson", "shape": str(number), "shape_hash": str(number)}
    return SlowCommand(**values | fields)


def test_what_has_not_been_slow_for_30_days_goes(db):
    now = timezone.now()
    SlowCommand.objects.bulk_create(row(days, last_at=now - timedelta(days=days, hours=-1)) for days in (1, 30, 31))
    assert SlowCommand.objects.prune() == 1
    assert sorted(SlowCommand.objects.values_list("shape", flat=True)) == ["1", "30"]


def test_only_the_latest_are_kept(db, monkeypatch):
    monkeypatch.setattr(slow_command, "MOST_KEPT", 2)
    now = timezone.now()
    SlowCommand.objects.bulk_create(row(n, last_at=now - timedelta(seconds=n)) for n in range(5))
    assert SlowCommand.objects.prune() == 3
    assert sorted(SlowCommand.objects.values_list("shape", flat=True)) == ["0", "1"]


def test_who_waited_longest_comes_first(db):
    SlowCommand.objects.bulk_create(
        [
            row(1, times=1, total_ms=900, longest_ms=900),
            row(2, times=3, total_ms=3_000, longest_ms=1_200),
            row(3, asked_by="course", times=2, total_ms=3_500, longest_ms=2_000),
        ]
    )
    assert [each.shape for each in SlowCommand.objects.slowest()] == ["3", "2", "1"]
    assert list(SlowCommand.objects.by_asker()) == [
        {"asked_by": "lesson", "slow": 4, "waited_ms": 3_900, "worst_ms": 1_200},
        {"asked_by": "course", "slow": 2, "waited_ms": 3_500, "worst_ms": 2_000},
    ]


def test_a_command_writes_down_at_its_end_what_it_was_slow_with(transactional_db):
    """While it works, no thread of its own connects: restoring keeps everybody out."""
    recorder = Recorder()
    recorder.add("postgresql", "manage.py restore", "SELECT ?", 600)
    assert recorder.writing is None and not SlowCommand.objects.exists()
    assert recorder.write_down() and SlowCommand.objects.get().asked_by == "manage.py restore"


def test_the_web_server_writes_soon():
    importlib.import_module("learnflow.wsgi")
    assert slow_commands.recorder.writes_soon
