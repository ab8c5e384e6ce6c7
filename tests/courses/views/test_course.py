"""The page of a course: what its one button says to whom, and why the progress is what it is."""

import pytest
from django.urls import reverse

from courses.models import Enrollment, Status
from courses.services.enrollment import enroll, unenroll
from courses.services.lessons import add_lesson
from courses.services.progress import complete_lesson
from tests.factories import CourseFactory, lesson_ids, text_body

pytestmark = pytest.mark.django_db(transaction=True)


def button(client, course):
    return client.get(course.url).context["action"]


def complete(learner, course, count):
    for lesson_id in lesson_ids(course)[:count]:
        complete_lesson(learner=learner, course=course, lesson_id=lesson_id)


def test_visitor_is_asked_to_sign_in_and_comes_back(visitor, course):
    assert button(visitor, course)["url"] == f"/accounts/login/?next={course.url}"


def test_stranger_enrolls_with_one_click(as_stranger, stranger, course):
    act = button(as_stranger, course)
    assert (act["label"], act["method"]) == ("Enroll for free", "post")
    assert as_stranger.post(act["url"]).url == course.url
    assert Enrollment.objects.get(user=stranger).status == Status.ACTIVE


@pytest.mark.parametrize(
    ("done", "says"), [(0, "Start learning"), (1, "Continue at lesson 2"), (3, "Review the course")]
)
def test_the_button_says_what_happens_next(as_learner, learner, course, done, says):
    complete(learner, course, done)
    assert button(as_learner, course)["label"] == says


def test_a_paid_course_says_what_it_costs_and_enrolls_nobody(as_stranger, author):
    paid = CourseFactory(instructor=author, price="49.00", lessons=1)
    page = as_stranger.get(paid.url)
    assert page.context["action"] is None and "This course costs €49.00" in page.content.decode()
    assert "isn&#x27;t free" in as_stranger.post(f"{paid.url}enroll/", follow=True).content.decode()
    assert not Enrollment.objects.exists()


def test_a_draft_exists_for_nobody_but_its_author_and_admins(visitor, as_stranger, as_author, as_admin, author):
    draft = CourseFactory(instructor=author, is_published=False, lessons=1)
    answers = [client.get(draft.url).status_code for client in (visitor, as_stranger, as_author, as_admin)]
    assert answers == [404, 404, 200, 200]


def test_the_author_is_led_to_the_figures_and_the_editor(as_author, course):
    links = [link["url"] for link in as_author.get(course.url).context["staff_links"]]
    editor = [reverse(f"admin:{name}", args=[course.pk]) for name in ("courses_course_change", "course_outline")]
    assert links == [f"{course.url}analytics/", *editor]


def test_learning_opens_the_first_lesson_that_is_missing(as_learner, learner, course):
    complete(learner, course, 1)
    assert as_learner.get(f"{course.url}learn/").url == f"{course.url}lessons/{lesson_ids(course)[1]}/"


def test_who_is_not_enrolled_learns_on_the_course_page(as_stranger, course):
    assert as_stranger.get(f"{course.url}learn/").url == course.url


def test_why_names_what_is_done_and_what_is_missing(as_learner, learner, course):
    complete(learner, course, 2)
    context = as_learner.get(f"{course.url}progress/").context
    assert [entry["title"] for entry in context["done"]] == ["Lesson 1", "Lesson 2"]
    assert [entry["title"] for entry in context["missing"]] == ["Lesson 3"] and context["percent"] == 66


def test_why_counts_lessons_that_came_after_one_finished(as_learner, learner, course):
    complete(learner, course, 3)
    add_lesson(actor=course.instructor, course=course, body=text_body(title="Lesson 4"))
    context = as_learner.get(f"{course.url}progress/").context
    assert (context["percent"], context["new_since_completion"]) == (75, 1)


def test_a_stranger_has_no_progress_to_explain(as_stranger, course):
    assert as_stranger.get(f"{course.url}progress/").status_code == 404


def test_leaving_asks_first_and_keeps_the_progress(as_learner, learner, course):
    complete(learner, course, 1)
    assert "Your progress" in as_learner.get(f"{course.url}unenroll/").content.decode()
    assert as_learner.post(f"{course.url}unenroll/").url == "/my-learning/"
    enrollment = Enrollment.objects.get(user=learner)
    assert (enrollment.status, enrollment.percent) == (Status.CANCELLED, 33)


def test_beginning_anew_asks_twice(as_learner, learner, course):
    complete(learner, course, 1)
    assert as_learner.post(f"{course.url}progress/reset/").status_code == 422
    assert Enrollment.objects.get(user=learner).percent == 33
    as_learner.post(f"{course.url}progress/reset/", {"sure": "on"})
    assert Enrollment.objects.get(user=learner).percent == 0


@pytest.mark.parametrize("act", ["enroll/", "lessons/{lesson}/complete/", "lessons/{lesson}/reopen/"])
def test_looking_at_an_act_does_nothing(as_learner, course, act):
    assert as_learner.get(course.url + act.format(lesson=lesson_ids(course)[0])).status_code == 405


def test_addresses_that_are_joined_are_those_that_lead_there(as_learner, course):
    """Lists join addresses, which is far cheaper than asking for each; they must stay what `urls.py` says."""
    lesson = as_learner.get(course.url).context["action"]["url"]
    context = as_learner.get(lesson).context
    slug, lesson_id = course.slug, lesson_ids(course)[0]
    card = as_learner.get("/courses/").context["courses"][0]
    assert {course.url, card.url} == {reverse("course", args=[slug])}
    assert card.face_url == reverse("face", args=[course.category.slug, slug])
    assert lesson == reverse("lesson", args=[slug, lesson_id])
    assert [context[f"{act}_url"] for act in ("complete", "reopen", "position")] == [
        reverse(act, args=[slug, lesson_id]) for act in ("complete", "reopen", "position")
    ]


def test_my_learning_lists_by_state(as_learner, learner, course):
    done, left = CourseFactory(title="Done", lessons=1), CourseFactory(title="Left", lessons=1)
    for each in (done, left):
        enroll(learner=learner, course=each)
    complete(learner, done, 1)
    unenroll(learner=learner, course=left)
    for status, title in (("active", course.title), ("completed", "Done"), ("cancelled", "Left")):
        page = as_learner.get("/my-learning/", {"status": status})
        assert [row["course"].title for row in page.context["rows"]] == [title]
    assert page.context["counts"] == {"active": 1, "completed": 1, "cancelled": 1}


def test_the_dashboard_continues_where_one_was(as_learner, learner, course):
    last = lesson_ids(course)[2]
    as_learner.get(f"{course.url}lessons/{last}/")
    card = as_learner.get("/dashboard/").context["continue_card"]
    assert (card["lesson_title"], card["url"]) == ("Lesson 3", f"{course.url}lessons/{last}/")
    complete_lesson(learner=learner, course=course, lesson_id=last)
    assert as_learner.get("/dashboard/").context["continue_card"]["lesson_title"] == "Lesson 1"
