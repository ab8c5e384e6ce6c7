"""Who reads which comment: a table by hand, and every combination against a rule written a second time."""

from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Role, User
from courses.models import Course, Enrollment, Status
from discussions.models import Comment, UserBlock
from discussions.models.prepared_comments import read_places, read_thread, read_threads
from tests.factories import AdminFactory, CourseFactory, EnrollmentFactory, InstructorFactory, UserFactory, lesson_ids

pytestmark = pytest.mark.django_db

# r: reads the words; p: sees that something stood there, for something stands below it; -: there is nothing for them.
TABLE = """
                              asker other author colleague chief stranger left barred
public                          r     r      r       -       r      -      -     -
in_lesson                       r     r      r       -       r      -      -     -
private                         r     -      r       -       r      -      -     -
private_reply_of_staff          r     -      r       -       r      -      -     -
private_in_lesson               r     -      r       -       r      -      -     -
hidden                          -     r      r       -       r      -      -     -
hidden_with_reply               p     r      r       -       r      -      -     -
reply_to_hidden                 r     r      r       -       r      -      -     -
deleted                         -     -      -       -       -      -      -     -
deleted_with_reply              p     p      p       -       p      -      -     -
reply_to_deleted                r     r      r       -       r      -      -     -
deleted_with_deleted_reply      -     -      -       -       -      -      -     -
deleted_reply_to_deleted        -     -      -       -       -      -      -     -
deleted_with_hidden_reply       -     p      p       -       p      -      -     -
hidden_reply_to_deleted         -     r      r       -       r      -      -     -
private_hidden                  r     -      r       -       r      -      -     -
private_deleted_with_reply      p     -      p       -       p      -      -     -
private_reply_to_deleted        r     -      r       -       r      -      -     -
of_a_person_who_is_gone         r     r      r       -       r      -      -     -
private_of_a_person_gone        -     -      r       -       r      -      -     -
in_draft                        -     -      r       -       r      -      -     -
private_in_draft                -     -      r       -       r      -      -     -
"""


def say(author, course, *, hidden=False, deleted=False, **fields):
    words = {"content": "", "content_html": "", "deleted_at": Now()} if deleted else {"content": "Words."}
    hidden = {"hidden_at": Now(), "hidden_reason": "Rude."} if hidden else {}
    return Comment.objects.create(user=author, course=course, **words, **hidden, **fields)


@pytest.fixture
def people(course, author, admin, stranger):
    """The asker has blocked the other one, which says nothing about who reads what."""
    people = {"author": author, "chief": admin, "stranger": stranger, "colleague": InstructorFactory()}
    for name in ("asker", "other", "left", "barred"):
        people[name] = EnrollmentFactory(course=course, user=UserFactory(username=name)).user
    Enrollment.objects.filter(user=people["left"]).update(status=Status.CANCELLED, cancelled_at=Now())
    User.objects.filter(pk=people["barred"].pk).update(is_blocked=True, blocked_at=Now())
    UserBlock.objects.create(user=people["asker"], blocked_user=people["other"])
    return {name: User.objects.get(pk=person.pk) for name, person in people.items()}


@pytest.fixture
def said(course, author, people):
    asker, other, gone = people["asker"], people["other"], UserFactory()
    draft = CourseFactory(instructor=author, is_published=False)
    for person in (asker, other):
        Enrollment.objects.create(user=person, course=draft)
    lesson = {"lesson_id": lesson_ids(course)[0]}
    said = {"public": say(other, course), "in_lesson": say(other, course, **lesson)}
    said["private"] = say(asker, course, is_private=True)
    said["private_reply_of_staff"] = say(author, course, parent=said["private"])
    said["private_in_lesson"] = say(asker, course, is_private=True, **lesson)
    said["hidden"] = say(other, course, hidden=True)
    said["hidden_with_reply"] = say(other, course, hidden=True)
    said["reply_to_hidden"] = say(asker, course, parent=said["hidden_with_reply"])
    said["deleted"] = say(asker, course, deleted=True)
    said["deleted_with_reply"] = say(asker, course, deleted=True)
    said["reply_to_deleted"] = say(other, course, parent=said["deleted_with_reply"])
    said["deleted_with_deleted_reply"] = say(asker, course, deleted=True)
    said["deleted_reply_to_deleted"] = say(other, course, parent=said["deleted_with_deleted_reply"], deleted=True)
    said["deleted_with_hidden_reply"] = say(asker, course, deleted=True)
    said["hidden_reply_to_deleted"] = say(other, course, parent=said["deleted_with_hidden_reply"], hidden=True)
    said["private_hidden"] = say(asker, course, is_private=True, hidden=True)
    said["private_deleted_with_reply"] = say(asker, course, is_private=True, deleted=True)
    said["private_reply_to_deleted"] = say(author, course, parent=said["private_deleted_with_reply"])
    said["of_a_person_who_is_gone"] = say(gone, course)
    said["private_of_a_person_gone"] = say(gone, course, is_private=True)
    said["in_draft"] = say(author, draft)
    said["private_in_draft"] = say(asker, draft, is_private=True)
    gone.delete()
    return said


def table():
    names, *rows = [line.split() for line in TABLE.strip().split("\n")]
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def test_everybody_reads_what_the_table_says(people, said):
    found = {name: {} for name in said}
    for who, person in people.items():
        reads = set(Comment.objects.visible_to(person).values_list("pk", flat=True))
        places = dict(Comment.objects.standing_for(person).values_list("pk", "is_legible"))
        assert reads == {pk for pk, is_legible in places.items() if is_legible}
        for name, comment in said.items():
            found[name][who] = "r" if comment.pk in reads else "p" if comment.pk in places else "-"
    assert found == table()


@pytest.mark.parametrize("is_private", [False, True])
def test_the_pages_that_are_put_into_sql_once_show_the_same(people, said, course, is_private):
    people = {name: person for name, person in people.items() if name != "barred"} | {"instructor": people["other"]}
    people["instructor"].role = Role.INSTRUCTOR
    asks = {"lesson_id": "", "is_private": is_private, "after": None, "count": 50}
    for person in people.values():
        places = Comment.objects.standing_for(person).filter(course=course, is_private=is_private)
        expected = set(places.values_list("pk", "is_legible"))
        roots = [row for order in ("newest", "best") for row in read_threads(person, course, order=order, **asks)]
        below = [row for root in roots for row in read_thread(person, root.pk, None, 50)]
        first = read_places(person, [pk for root in roots for pk in root.first_replies])
        assert {(row.pk, row.is_legible) for row in roots + below} == expected
        assert {(row.pk, row.is_legible) for row in roots + first} == expected


def test_those_who_read_a_comment_are_found_in_one_query(people, said, django_assert_num_queries):
    for name, marks in table().items():
        with django_assert_num_queries(1):
            readers = Comment.objects.readers_among(said[name], [person.pk for person in people.values()])
        assert readers == {people[who].pk for who, mark in marks.items() if mark == "r"}, name


def test_only_those_who_were_asked_about_are_found(people, said):
    readers = Comment.objects.readers_among(said["public"], [people["other"].pk, people["stranger"].pk, 0])
    assert readers == {people["other"].pk}


def test_who_is_not_signed_in_reads_nothing(said):
    assert not Comment.objects.visible_to(AnonymousUser()).exists()
    assert not Comment.objects.standing_for(AnonymousUser()).exists()


def test_who_became_staff_of_nothing_reads_nothing_more(people, said):
    """An instructor who learns in another's course is a learner there."""
    other = people["other"]
    before = set(Comment.objects.visible_to(other).values_list("pk", flat=True))
    other.role = Role.INSTRUCTOR
    assert set(Comment.objects.visible_to(other).values_list("pk", flat=True)) == before


def test_a_course_that_becomes_a_draft_is_closed_for_its_learners(people, said, course):
    Course.objects.filter(pk=course.pk).update(is_published=False)
    assert not Comment.objects.standing_for(people["asker"]).exists()
    assert Comment.objects.readers_among(said["public"], [each.pk for each in people.values()]) == {
        people["author"].pk,
        people["chief"].pk,
    }


def may_read(person, comment, *, teaches, status):
    """The rule once more, as PRODUCT says it: in words, not in SQL."""
    if not person.is_active or person.is_blocked or comment.deleted_at:
        return False
    if person.role == Role.ADMIN:
        return True
    is_staff_here = teaches and person.role == Role.INSTRUCTOR
    takes_it = comment.course.is_published and status in ("active", "completed")
    if not (is_staff_here or takes_it):
        return False
    if comment.is_private and comment.asker_id != person.pk and not is_staff_here:
        return False
    return not comment.hidden_at or comment.user_id == person.pk or is_staff_here


def everybody(courses):
    """Every role, whether they may sign in or not, with every enrollment, as pairs of the person and its status."""
    people, enrollments = [], []
    for role, state, status in product(Role, ("", "blocked", "gone"), ("", "active", "completed", "cancelled")):
        blocked = {"is_blocked": True, "blocked_at": timezone.now()} if state == "blocked" else {}
        name = f"{role}_{state}_{status}"
        person = User(username=name, email=f"{name}@example.org", role=role, is_active=state != "gone", **blocked)
        times = {"completed": "completed_at", "cancelled": "cancelled_at"}
        times = {times[status]: timezone.now()} if status in times else {}
        enrollments += [Enrollment(user=person, course=each, status=status, **times) for each in courses if status]
        people.append((person, status))
    User.objects.bulk_create([person for person, _ in people])
    Enrollment.objects.bulk_create(enrollments)
    return people


@pytest.mark.parametrize("teaching", [None, "instructor__", "instructor__active"])
def test_no_combination_of_person_and_comment_is_read_otherwise_than_the_rule_says(author, teaching):
    """36 kinds of people, a draft and a published course, and 48 comments in them."""
    courses = [CourseFactory(instructor=author, is_published=is_published) for is_published in (True, False)]
    people = everybody(courses)
    instructor = next((person for person, _ in people if person.username == teaching), author)
    Course.objects.update(instructor=instructor)
    other, comments = AdminFactory(), []
    for course, is_private, hidden, deleted in product(courses, (False, True), (False, True), (False, True)):
        marks = {"hidden": hidden, "deleted": deleted}
        first = say(people[1][0], course, is_private=is_private, **marks)
        comments += [first, say(other, course, parent=first, **marks), say(other, course, is_private=is_private)]
    comments = Comment.objects.select_related("course").in_bulk([each.pk for each in comments]).values()
    expected = {
        (person.pk, each.pk)
        for (person, status), each in product(people, comments)
        if may_read(person, each, teaches=person.pk == instructor.pk, status=status)
    }
    assert {(person.pk, pk) for person, _ in people for pk in visible(person)} == expected
    assert {(pk, each.pk) for each in comments for pk in readers(each, people)} == expected


def visible(person):
    return Comment.objects.visible_to(person).values_list("pk", flat=True)


def readers(comment, people):
    return Comment.objects.readers_among(comment, [person.pk for person, _ in people])
