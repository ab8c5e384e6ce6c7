import pytest

from accounts.models import AuditAction, AuditLog, Role, User
from accounts.services.audit import record
from tests.factories import UserFactory

PEOPLE, LOG = "/admin/accounts/user/", "/admin/accounts/auditlog/"


def test_admin_finds_people(as_admin, stranger, learner):
    page = as_admin.get(PEOPLE, {"q": "stranger"}).text
    assert stranger.email in page and learner.email not in page
    assert stranger.email in as_admin.get(PEOPLE, {"q": "STRANGER@example.org"}).text
    assert stranger.email in as_admin.get(PEOPLE, {"role__exact": "learner"}).text


def test_admin_changes_a_role(as_admin, admin, stranger):
    response = as_admin.post(f"{PEOPLE}{stranger.pk}/change/", {"role": "instructor"})
    assert response.status_code == 302
    assert User.objects.get(pk=stranger.pk).role == Role.INSTRUCTOR
    assert AuditLog.objects.filter(user_id=admin.pk, action=AuditAction.ROLE_CHANGE).count() == 1


def test_admin_blocks_with_a_reason_and_unblocks(as_admin, stranger):
    url = f"{PEOPLE}{stranger.pk}/change/"
    assert "Say why" in as_admin.post(url, {"role": "learner", "blocked": "on"}).text
    as_admin.post(url, {"role": "learner", "blocked": "on", "reason": "Rude."})
    stranger.refresh_from_db()
    assert stranger.is_blocked and stranger.blocked_reason == "Rude."
    as_admin.post(url, {"role": "learner"})
    stranger.refresh_from_db()
    assert not stranger.is_blocked
    assert set(AuditLog.objects.values_list("action", flat=True)) >= {"block", "unblock"}


def test_admin_does_not_change_themselves(as_admin, admin):
    assert "ask another administrator" in as_admin.post(f"{PEOPLE}{admin.pk}/change/", {"role": "learner"}).text
    assert User.objects.get(pk=admin.pk).role == Role.ADMIN


def test_nothing_else_of_a_person_can_be_changed(as_admin, stranger):
    typed = {"role": "learner", "email": "other@example.org", "password": "x", "username": "other"}
    as_admin.post(f"{PEOPLE}{stranger.pk}/change/", typed)
    after = User.objects.get(pk=stranger.pk)
    assert (after.email, after.username, after.password) == (stranger.email, stranger.username, stranger.password)
    page = as_admin.get(f"{PEOPLE}{stranger.pk}/change/").text
    assert stranger.password not in page


@pytest.mark.parametrize("url", [PEOPLE, LOG])
def test_instructors_and_learners_see_neither(url, sign_in, author, stranger, visitor):
    assert sign_in(author).get(url).status_code in (403, 404)
    assert sign_in(stranger).get(url).status_code in (403, 404)
    assert visitor.get(url).status_code == 302


def test_people_are_neither_added_nor_deleted_here(as_admin, stranger):
    assert as_admin.get(f"{PEOPLE}add/").status_code in (403, 404)
    assert as_admin.post(f"{PEOPLE}{stranger.pk}/delete/", {"post": "yes"}).status_code in (403, 404)


def test_twice_the_rows_cost_no_query_more(as_admin, django_assert_max_num_queries):
    for number in range(20):
        record(actor=UserFactory(), action=AuditAction.ENROLLED, resource=("course", number))
    with django_assert_max_num_queries(8):
        as_admin.get(LOG)
    with django_assert_max_num_queries(8):
        as_admin.get(PEOPLE)
