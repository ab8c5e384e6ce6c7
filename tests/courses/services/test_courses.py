import pytest

from accounts.models import AuditAction, AuditLog
from courses.content import lessons, progress
from courses.models import Course, PendingDeletion
from courses.services.courses import CourseHasLearners, delete_course, save_course
from courses.services.deletions import work_off_deletions
from courses.services.enrollment import enroll, unenroll
from courses.services.outline import add_section, reuse_lesson
from courses.services.publishing import unpublish
from tests.factories import CategoryFactory, CourseFactory, InstructorFactory, UserFactory, lesson_ids
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_description_is_rendered_and_summed_up_when_saved(author):
    course = CourseFactory(instructor=author, description="How to make **cloth**.\n\n<script>alert(1)</script>")
    assert "<strong>cloth</strong>" in course.description_html and "<script" not in course.description_html
    assert course.summary.startswith("How to make cloth.")


def test_a_change_says_what_was_before(author, course):
    course.title = "Weaving for all"
    save_course(actor=author, course=course)
    details = AuditLog.objects.filter(action=AuditAction.COURSE_CHANGED).latest("id").details
    assert (details["old"]["title"], details["new"]["title"]) == ("Weaving for everyone", "Weaving for all")


def test_making_a_leaderboard_private_is_in_the_audit_log(author, course):
    course.is_leaderboard_public = False
    save_course(actor=author, course=course)
    details = AuditLog.objects.filter(action=AuditAction.COURSE_CHANGED).latest("id").details
    assert details == {"old": {"is_leaderboard_public": True}, "new": {"is_leaderboard_public": False}}


def test_a_change_of_the_description_says_what_was_before_and_of_nothing_else(author, course):
    was, course.description = course.description, "How to make **lace**."
    save_course(actor=author, course=course)
    details = AuditLog.objects.filter(action=AuditAction.COURSE_CHANGED).latest("id").details
    assert details == {"old": {"description": was}, "new": {"description": "How to make **lace**."}}


def test_saving_a_course_takes_back_nothing_that_happened_since_it_was_read(author, course):
    read = Course.objects.get(pk=course.pk)
    enroll(learner=UserFactory(), course=course)
    add_section(actor=author, course=course, title="Looms")
    unpublish(actor=author, course=course)
    read.title = "Lace"
    save_course(actor=author, course=read)
    now = Course.objects.get(pk=course.pk)
    assert (now.title, now.enrollment_count, now.is_published) == ("Lace", 1, False)
    assert now.outline_version > read.outline_version


def test_saving_a_course_as_it_is_is_no_change(author, course):
    save_course(actor=author, course=course)
    assert not AuditLog.objects.filter(action=AuditAction.COURSE_CHANGED, resource_id=str(course.pk)).exists()


def test_a_deleted_course_is_off_the_home_page_at_once(client, author, course):
    assert course.title in client.get("/").content.decode()
    delete_course(actor=author, course=course)
    assert course.title not in client.get("/").content.decode()


def test_a_course_nobody_joined_is_deleted_with_its_documents(author, course):
    placed = lesson_ids(course)
    delete_course(actor=author, course=course)
    assert not Course.objects.filter(slug="weaving").exists()
    assert work_off_deletions() == PendingDeletion.objects.count() + 2
    assert lessons.get_outline(placed) == {}


def test_a_lesson_that_another_course_has_survives_the_deletion(author, course):
    other = CourseFactory(instructor=author, lessons=1)
    shared = lesson_ids(course)[0]
    reuse_lesson(actor=author, course=other, section=other.sections.get(), lesson_id=shared)
    delete_course(actor=author, course=course)
    work_off_deletions()
    assert shared in lessons.get_outline([shared])


def test_a_course_that_anybody_ever_joined_is_not_deleted(author, learner, course):
    unenroll(learner=learner, course=course)
    with pytest.raises(CourseHasLearners):
        delete_course(actor=author, course=course)
    assert Course.objects.filter(slug="weaving").exists()


def test_deleting_against_enrolling_ends_in_one_or_the_other(author, course):
    person = UserFactory()
    deleted, enrolled = at_once(
        [lambda: delete_course(actor=author, course=course), lambda: enroll(learner=person, course=course)]
    )
    if Course.objects.filter(slug="weaving").exists():
        assert isinstance(deleted, CourseHasLearners) and enrolled is True
    else:
        assert deleted is None and enrolled is False
        assert progress.get_progress(user_id=person.pk, course_id=course.pk) is None


def search(words):
    from courses.models.search import course_query

    return set(Course.objects.filter(search=course_query(words)).values_list("slug", flat=True))


@pytest.mark.parametrize("words", ["weaving", "everyone", "cloth", "Textiles", "ada", "Weav", "weaver cloth"])
def test_a_course_is_found_by_title_description_category_and_instructor(author, words):
    CourseFactory(instructor=InstructorFactory(first_name="Bo"), slug="other", title="Baking", description="Bread.")
    category = CategoryFactory(name="Textiles")
    CourseFactory(instructor=author, title="Weaving for everyone", slug="weaving", category=category)
    assert search(words) == {"weaving"}


def test_a_course_is_found_by_the_new_names_of_category_and_instructor(author, course):
    course.category.name = "Handicraft"
    course.category.save()
    author.last_name = "Spinner"
    author.save()
    assert search("handicraft spinner") == {"weaving"}


def test_counters_follow_their_rows(course):
    people = UserFactory.create_batch(3)
    for person in people:
        enroll(learner=person, course=course)
    unenroll(learner=people[0], course=course)
    people[1].delete()
    assert Course.objects.get(pk=course.pk).enrollment_count == 1
