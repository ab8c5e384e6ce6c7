from threading import Barrier, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditAction, AuditLog, Role, User
from accounts.services.people import NotAllowed, block, set_role, unblock
from tests.factories import AdminFactory, InstructorFactory, UserFactory


def test_an_admin_changes_a_role_and_it_is_audited(admin, stranger):
    set_role(actor=admin, person=stranger, role=Role.INSTRUCTOR)
    assert User.objects.get(pk=stranger.pk).role == Role.INSTRUCTOR
    row = AuditLog.objects.get(action=AuditAction.ROLE_CHANGE)
    assert (row.user_id, row.resource_id) == (admin.pk, str(stranger.pk))
    assert row.details == {"old": "learner", "new": "instructor"}


@pytest.mark.parametrize("factory", [UserFactory, InstructorFactory])
def test_nobody_else_changes_roles_or_blocks(factory, stranger, db):
    for act in (
        lambda actor: set_role(actor=actor, person=stranger, role=Role.ADMIN),
        lambda actor: block(actor=actor, person=stranger, reason="x"),
        lambda actor: unblock(actor=actor, person=stranger),
    ):
        with pytest.raises(NotAllowed):
            act(factory())
    assert not AuditLog.objects.exists()


def test_nobody_changes_their_own_role_or_blocks_themselves(admin, db):
    AdminFactory()
    with pytest.raises(NotAllowed):
        set_role(actor=admin, person=admin, role=Role.LEARNER)
    with pytest.raises(NotAllowed):
        block(actor=admin, person=admin, reason="x")


def test_a_blocked_admin_has_no_say(admin, stranger):
    other = AdminFactory()
    block(actor=admin, person=other, reason="x")
    with pytest.raises(NotAllowed):
        set_role(actor=other, person=stranger, role=Role.ADMIN)


def test_the_last_admin_stays(admin):
    with pytest.raises(NotAllowed, match="last administrator"):
        set_role(actor=None, person=admin, role=Role.LEARNER)
    with pytest.raises(NotAllowed, match="last administrator"):
        block(actor=None, person=admin, reason="x")


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_at_once_leave_one():
    one, other, start, refused = AdminFactory(), AdminFactory(), Barrier(2), []

    def demote(actor, person):
        start.wait()
        try:
            set_role(actor=actor, person=person, role=Role.LEARNER)
        except NotAllowed:
            refused.append(actor)
        connection.close()

    threads = [Thread(target=demote, args=each) for each in [(one, other), (other, one)]]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(refused) == 1 and User.objects.admins().count() == 1


def test_blocking_twice_is_blocking_once(admin, stranger):
    block(actor=admin, person=stranger, reason="first")
    block(actor=admin, person=stranger, reason="second")
    assert stranger.blocked_reason == "first"
    unblock(actor=admin, person=stranger)
    assert stranger.can_sign_in and stranger.blocked_at is None
    assert AuditLog.objects.filter(action__in=["block", "unblock"]).count() == 2


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("blocked_people_have_a_time_of_blocking", {"is_blocked": True}),
        ("a_role_is_learner_instructor_or_admin", {"role": "king"}),
        ("a_bio_has_at_most_2000_characters", {"bio": "x" * 2001}),
        ("a_username_is_3_to_30_letters_digits_or_underscores", {"username": "no spaces"}),
        ("one_person_per_email_address", {"email": "AUTHOR@example.org"}),
        ("one_person_per_username", {"username": "AUTHOR"}),
    ],
)
def test_the_table_refuses_what_must_not_be(author, stranger, constraint, values):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        User.objects.filter(pk=stranger.pk).update(**values)


def test_people_are_found_whatever_the_case_and_by_an_index(author):
    assert User.objects.get(email="AUTHOR@EXAMPLE.ORG") == User.objects.get(username="AuThOr") == author
    assert User.objects.get_by_natural_key("Author@example.org") == author
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "one_person_per_email_address" in User.objects.filter(email="author@example.org").explain()
        assert "one_person_per_username" in User.objects.filter(username__iexact="AUTHOR").explain()


def test_people_are_found_by_words_of_their_names(author, stranger):
    assert list(User.objects.matching("weaver ada")) == [author]


def test_rights_follow_from_the_role(author, stranger, admin):
    assert (admin.is_staff, author.is_staff, stranger.is_staff) == (True, True, False)
    assert admin.has_perm("accounts.change_user") and admin.has_module_perms("accounts")
    assert author.has_perm("courses.add_course") and not author.has_perm("accounts.change_user")
    assert not stranger.has_perm("courses.add_course") and not stranger.has_module_perms("courses")
    block(actor=admin, person=author, reason="x")
    assert not author.is_staff and not author.has_perm("courses.add_course")


def test_loading_a_person_leaves_the_search_vector_behind(stranger):
    assert "search" in User.objects.get(pk=stranger.pk).get_deferred_fields()


def test_set_role_from_the_console(stranger, capsys):
    call_command("set_role", "STRANGER@example.org", "instructor", "--dry-run")
    assert User.objects.get(pk=stranger.pk).role == Role.LEARNER
    call_command("set_role", "STRANGER@example.org", "instructor")
    assert User.objects.get(pk=stranger.pk).role == Role.INSTRUCTOR
    assert "learner -> instructor" in capsys.readouterr().out


def test_block_user_from_the_console(stranger):
    call_command("block_user", stranger.email, "--reason", "Rude.")
    stranger.refresh_from_db()
    assert stranger.is_blocked and stranger.blocked_reason == "Rude."
    call_command("block_user", stranger.email, "--unblock")
    stranger.refresh_from_db()
    assert not stranger.is_blocked


@pytest.mark.parametrize("command", [["set_role", "nobody@example.org", "admin"], ["block_user", "nobody@example.org"]])
def test_commands_say_when_there_is_no_such_person(db, command):
    with pytest.raises(CommandError, match="Nobody has"):
        call_command(*command)


def test_commands_refuse_to_lose_the_last_admin(admin):
    with pytest.raises(CommandError, match="last administrator"):
        call_command("set_role", admin.email, "learner")
    with pytest.raises(CommandError, match="last administrator"):
        call_command("block_user", admin.email)


def test_a_superuser_is_an_admin(db):
    root = User.objects.create_superuser("root@example.org", "x" * 12, username="root_one")
    assert root.is_admin and root.is_superuser
