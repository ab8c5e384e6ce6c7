import json
from io import StringIO
from threading import Barrier, Thread

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import AuditAction, AuditLog, AuditOrigin
from accounts.origin import Origin, acting_from
from accounts.services.audit import record, record_each, verify_chain
from tests.factories import UserFactory


@pytest.fixture
def three_rows(stranger):
    for action in (AuditAction.SIGN_IN, AuditAction.ENROLLED, AuditAction.SIGN_OUT):
        record(actor=stranger, action=action, resource=("course", 7), details={"old": None, "new": {"at": 1}})
    return list(AuditLog.objects.filter(user_id=stranger.pk).order_by("id"))


def test_a_row_says_who_did_what_to_what(stranger):
    with acting_from(Origin("203.0.113.9", "Firefox")):
        record(actor=stranger, action=AuditAction.BLOCK, resource=stranger, details={"old": False, "new": True})
    row = AuditLog.objects.get()
    assert (row.user_id, row.action, row.resource_type) == (stranger.pk, "block", "user")
    assert (row.resource_id, row.details) == (str(stranger.pk), {"old": False, "new": True})
    assert (row.origin.ip_address, row.origin.user_agent) == ("203.0.113.9", "Firefox")


def test_a_command_leaves_no_origin(db):
    record(actor=None, action=AuditAction.IMPORT_DONE, resource=("course", "weaving"))
    assert AuditLog.objects.get().user_id is None and not AuditOrigin.objects.exists()


def test_a_row_is_one_statement(stranger, django_assert_num_queries):
    with django_assert_num_queries(1), acting_from(Origin("203.0.113.9", "Firefox")):
        record(actor=stranger, action=AuditAction.SIGN_IN, resource=stranger)


def test_rows_of_one_chain_hang_together(three_rows):
    assert three_rows[0].previous_hash == ""
    assert [row.previous_hash for row in three_rows[1:]] == [row.hash for row in three_rows[:2]]
    assert verify_chain() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_logs SET action = 'enrolled'",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs CASCADE",
        "INSERT INTO audit_logs (action, resource_type, resource_id, hash) VALUES ('a', 'b', 'c', 'forged')",
        "INSERT INTO audit_logs (action, resource_type, resource_id, previous_hash) VALUES ('a', 'b', 'c', '')",
        "INSERT INTO audit_logs (id, action, resource_type, resource_id) VALUES (1, 'a', 'b', 'c')",
        "INSERT INTO audit_logs (action, resource_type, resource_id, created_at) VALUES ('a', 'b', 'c', now())",
        "ALTER TABLE audit_logs DISABLE TRIGGER ALL",
        "DROP TABLE audit_logs CASCADE",
    ],
)
def test_the_applications_role_can_only_append(three_rows, statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.fixture
def owner():
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as connected:
        yield connected


def committed_rows(count=4):
    person = UserFactory()
    for number in range(count):
        record(actor=person, action=AuditAction.LESSON_COMPLETED, resource=("lesson", number), details={"new": number})
    return list(AuditLog.objects.filter(user_id=person.pk).order_by("id"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["UPDATE audit_logs SET details = '{}'", "DELETE FROM audit_logs"])
def test_the_owner_is_refused_by_the_trigger(owner, statement):
    committed_rows()
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner.execute(statement)


def change_a_detail(owner, row):
    owner.execute("UPDATE audit_logs SET details = %s WHERE id = %s", [json.dumps({"new": 99}), row.pk])


def give_it_to_somebody_else(owner, row):
    owner.execute("UPDATE audit_logs SET user_id = user_id + 64 WHERE id = %s", [row.pk])


def change_it_and_mend_its_hash(owner, row):
    owner.execute("UPDATE audit_logs SET action = 'sign_in' WHERE id = %s", [row.pk])
    owner.execute("UPDATE audit_logs SET hash = audit_log_hash(audit_logs) WHERE id = %s", [row.pk])


def delete_it(owner, row):
    owner.execute("DELETE FROM audit_origins WHERE audit_log = %s", [row.pk])
    owner.execute("DELETE FROM audit_logs WHERE id = %s", [row.pk])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("tamper", "found_at"),
    [(change_a_detail, 1), (give_it_to_somebody_else, 1), (change_it_and_mend_its_hash, 2), (delete_it, 2)],
)
def test_tampering_with_the_triggers_disabled_is_found(owner, tamper, found_at):
    rows = committed_rows()
    committed_rows()
    assert verify_chain() == []
    owner.execute("ALTER TABLE audit_logs DISABLE TRIGGER USER")
    try:
        tamper(owner, rows[1])
    finally:
        owner.execute("ALTER TABLE audit_logs ENABLE TRIGGER USER")
    (broken,) = verify_chain()
    assert broken.audit_log_id == rows[found_at].pk and broken.chain == rows[0].user_id % 64
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit_log", stdout=StringIO())
    assert ended.value.code == 1


@pytest.mark.django_db
def test_the_command_says_that_the_log_is_whole():
    said = StringIO()
    record(actor=UserFactory(), action=AuditAction.ENROLLED, resource=("course", 1))
    call_command("verify_audit_log", stdout=said)
    assert "The audit log is whole: 1 rows in 64 chains." in said.getvalue()


@pytest.mark.django_db
def test_many_things_of_one_act_are_one_statement(django_assert_num_queries):
    person = UserFactory()
    with django_assert_num_queries(1):
        record_each(actor=person, action=AuditAction.COURSE_COMPLETED, kind="enrollment", identifiers=[3, 4, 5])
    rows = AuditLog.objects.filter(user_id=person.pk)
    assert sorted(rows.values_list("resource_type", "resource_id")) == [("enrollment", each) for each in "345"]
    assert verify_chain() == []


@pytest.mark.django_db(transaction=True)
def test_rows_written_at_once_by_one_person_make_one_chain():
    person, start = UserFactory(), Barrier(6)

    def write():
        start.wait()
        for number in range(10):
            record(actor=person, action=AuditAction.LESSON_COMPLETED, resource=("lesson", number))
        connection.close()

    threads = [Thread(target=write) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert AuditLog.objects.filter(user_id=person.pk).count() == 60 and verify_chain() == []


@pytest.mark.django_db(transaction=True)
def test_people_of_different_chains_dont_wait_for_each_other():
    one, other = UserFactory(), UserFactory()
    assert one.pk % 64 != other.pk % 64
    done = []

    def write():
        record(actor=other, action=AuditAction.ENROLLED, resource=("course", 1))
        done.append(True)
        connection.close()

    with transaction.atomic():
        record(actor=one, action=AuditAction.ENROLLED, resource=("course", 1))
        thread = Thread(target=write)
        thread.start()
        thread.join(timeout=3)
        assert done
