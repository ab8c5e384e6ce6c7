"""What pages may ask of the stores, session and person included (DESIGN.md, section 4).

    page                          PostgreSQL  MongoDB
    home (lists cached)                    4        0
    catalogue, search, instant results     5        0
    course                                 8        1
    lesson                                 8        2
    complete a lesson                     12        2
    beats of a lesson                      2        1
    dashboard                              9        2
    my learning                            5        0
    why this percent                       8        1
    discussion of 50 comments              6        0
    a comment with what is below it        6        0
    private questions                      6        0
    messages, a conversation               5        0
    new messages, when there are none      3        0
    feed, posts, one post, people          5        0
    notifications, and how                 5        0
    a person's page                        8        0
    report, hide                           5        0
    leaderboard with my rank               5        0
    a course's analytics                   8        1
    its learners                           6        0
    one learner's story                    8        1
    a report of the administrators         6        1
    one person's whole story               6        1
    the audit log, searched               10        1
    what was reported, one thing of it     6        0

Each is counted with this process's caches empty, and must cost the same with twice the rows. BEGIN and COMMIT aren't
counted.
"""

import json
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Follow, Role
from courses.models import Category, Course, Enrollment
from courses.services.lessons import add_lesson
from courses.views.outline import forget_outlines
from discussions.models import Comment, Notification, Post, UserBlock
from discussions.services.following import follow
from discussions.services.messages import send
from discussions.services.reports import report
from discussions.services.votes import vote
from telemetry.models import TimeSpent
from telemetry.page_views import begin_page_view
from telemetry.services.figures import refresh_course
from telemetry.services.metrics import record_metric, sum_metrics
from telemetry.services.site_days import refresh_site_days
from tests.documents import commands
from tests.factories import (
    CommentFactory,
    CourseFactory,
    EnrollmentFactory,
    PostCommentFactory,
    PostFactory,
    UserFactory,
    lesson_ids,
    text_body,
)
from tests.telemetry.standings import stand
from tests.telemetry.times import rolled_up, spend

pytestmark = pytest.mark.django_db(transaction=True)

READING = {
    "home": ("/", 4, 0),
    "catalogue": ("/courses/", 5, 0),
    "catalogue, filtered": ("/courses/?q=weav&level=beginner&sort=newest&price=free", 5, 0),
    "search": ("/courses/?q=weaving", 5, 0),
    "course": ("/courses/weaving/", 8, 1),
    "lesson": ("/courses/weaving/lessons/{lesson}/", 8, 2),
    "dashboard": ("/dashboard/", 9, 2),
    "my learning": ("/my-learning/", 5, 0),
    "why this percent": ("/courses/weaving/progress/", 8, 1),
}


@contextmanager
def cost():
    """What is asked of PostgreSQL and of MongoDB within, with nothing remembered: two lists."""
    forget_outlines()
    asked = ([], [])
    with commands.counted() as documents, CaptureQueriesContext(connection) as queries:
        yield asked
    asked[0].extend(query["sql"] for query in queries if query["sql"] not in {"BEGIN", "COMMIT"})
    asked[1].extend(documents)


def counts(asked):
    return len(asked[0]), len(asked[1])


def double(course, learner):
    """Twice the lessons, courses, learners and enrollments."""
    for number in range(len(lesson_ids(course))):
        add_lesson(actor=course.instructor, course=course, body=text_body(title=f"Weaving more, {number}"))
    for each in list(Course.objects.exclude(pk=course.pk)):
        EnrollmentFactory(user=learner, course=CourseFactory(instructor=each.instructor, lessons=2))
    EnrollmentFactory(user=UserFactory(), course=course)


@pytest.fixture
def enrolled_elsewhere(learner):
    for _ in range(2):
        EnrollmentFactory(user=learner, course=CourseFactory(lessons=2), done=1)


@pytest.mark.parametrize(("url", "postgresql", "mongodb"), READING.values(), ids=READING)
def test_a_page_keeps_its_budget_with_any_number_of_rows(
    as_learner, learner, course, enrolled_elsewhere, url, postgresql, mongodb
):
    url = url.format(lesson=lesson_ids(course)[1])
    as_learner.get(url)  # fills what is cached for minutes
    with cost() as asked:
        assert as_learner.get(url).status_code == 200
    assert len(asked[0]) <= postgresql, asked[0]
    assert len(asked[1]) <= mongodb, asked[1]
    double(course, learner)
    as_learner.get(url)
    with cost() as twice:
        as_learner.get(url)
    assert counts(twice) == counts(asked), twice


def test_beats_keep_their_budget_with_any_number_of_them(as_learner, learner, course, enrolled_elsewhere):
    begun = begun_long_ago(learner, course, lesson_ids(course)[0])
    with cost() as asked:
        assert as_learner.post("/telemetry/beats/", batch(begun)).status_code == 200
    assert len(asked[0]) <= 2 and len(asked[1]) <= 1, asked
    double(course, learner)
    views = [begun_long_ago(learner, course, each) for each in lesson_ids(course)]
    with cost() as twice:
        assert as_learner.post("/telemetry/beats/", batch(*views * 10)).status_code == 200
    assert counts(twice) == counts(asked), twice


def begun_long_ago(learner, course, lesson_id):
    """The token of a page that has been open for a quarter of an hour."""
    with time_machine.travel(-timedelta(minutes=15)):
        return begin_page_view(person=learner, course_id=course.pk, lesson_id=lesson_id)


def batch(*views):
    """A beat of each of these page views."""
    return {"beats": json.dumps([{"id": str(uuid4()), "view": view, "seconds": 20, "age": 0} for view in views])}


def test_results_while_typing_keep_their_budget(as_learner, course):
    with cost() as asked:
        as_learner.get("/search/?q=weav", headers={"HX-Request": "true"})
    assert len(asked[0]) <= 5 and not asked[1], asked


def test_completing_a_lesson_keeps_its_budget_with_any_number_of_rows(as_learner, learner, course, enrolled_elsewhere):
    lessons = lesson_ids(course)
    with cost() as asked:
        as_learner.post(f"/courses/weaving/lessons/{lessons[0]}/complete/")
    assert len(asked[0]) <= 12, asked[0]
    assert len(asked[1]) <= 2, asked[1]
    double(course, learner)
    with cost() as twice:
        as_learner.post(f"/courses/weaving/lessons/{lessons[1]}/complete/")
    assert counts(twice) == counts(asked), twice


DISCUSSING = {
    "discussion": ("/courses/weaving/discussion/", 6),
    "discussion, best first": ("/courses/weaving/discussion/?order=best", 6),
    "discussion, another page": ("/courses/weaving/discussion/?after=999999999", 6),
    "discussion, searched": ("/courses/weaving/discussion/?q=loom", 6),
    "discussion, private": ("/courses/weaving/discussion/?show=private", 6),
    "discussion of a lesson": ("/courses/weaving/lessons/{lesson}/discussion/", 6),
    "thread": ("/comments/{thread}/", 6),
    "reply": ("/comments/{reply}/", 6),
    "questions": ("/questions/", 6),
}


def discuss(course, learner, author, parent=None):
    """Threads of two with replies and votes, at a lesson and privately; a blocked person; deeper places."""
    for fields in ({}, {"lesson_id": lesson_ids(course)[1]}, {"is_private": True}):
        thread = CommentFactory(course=course, user=learner, **fields)
        reply = CommentFactory(user=author, parent=thread)
        vote(voter=learner, comment_id=reply.pk, value=1)
        CommentFactory(user=learner, parent=reply)
    UserBlock.objects.create(user=learner, blocked_user=UserFactory())
    return CommentFactory(user=author, parent=parent) if parent else reply


@pytest.mark.parametrize(("url", "most"), DISCUSSING.values(), ids=DISCUSSING)
def test_discussions_keep_their_budget_with_any_number_of_rows(as_learner, learner, course, author, url, most):
    reply = discuss(course, learner, author)
    thread = Comment.objects.threads().public().earliest("pk")
    url = url.format(lesson=lesson_ids(course)[1], thread=thread.pk, reply=reply.pk)
    counted = []
    for _ in range(2):
        discuss(course, learner, author, parent=reply)
        with cost() as asked:
            assert as_learner.get(url).status_code == 200
        counted.append(counts(asked))
        assert len(asked[0]) <= most and not asked[1], asked
    assert counted[0] == counted[1]


def test_an_instructors_questions_keep_their_budget(sign_in, learner, course, author):
    client, counted = sign_in(author), []
    for _ in range(2):
        discuss(course, learner, author)
        with cost() as asked:
            assert client.get("/questions/").status_code == 200
        counted.append(counts(asked))
    assert counted[0] == counted[1] and counted[0][0] <= 6, asked


WRITING = {
    "messages": ("/messages/", 5),
    "messages, searched": ("/messages/?q=hello", 5),
    "conversation": ("/messages/author/", 5),
    "conversation, an earlier page": ("/messages/author/?before=999999999", 5),
    "new messages": ("/messages/author/new/?after=0", 4),
    "new messages, none": ("/messages/author/new/?after=999999999", 3),
}


def write_more(learner, author):
    """A conversation more, somebody blocked, and many messages to and from the author."""
    friend = UserFactory()
    follows = [Follow(user=learner, user_followed=friend), Follow(user=friend, user_followed=learner)]
    Follow.objects.bulk_create(follows)
    UserBlock.objects.create(user=learner, blocked_user=UserFactory())
    for sender, receiver in ((author, learner), (learner, author), (friend, learner)):
        for _ in range(3):
            send(sender=sender, receiver=receiver, content="Hello", key=uuid4())


@pytest.mark.parametrize("is_read", [False, True], ids=["unread", "read"])
@pytest.mark.parametrize(("url", "most"), WRITING.values(), ids=WRITING)
def test_messages_keep_their_budget_with_any_number_of_rows(as_learner, learner, author, url, most, is_read):
    counted = []
    for _ in range(2):
        write_more(learner, author)
        if is_read or url.endswith("99"):
            as_learner.get("/messages/author/")
        with cost() as asked:
            assert as_learner.get(url).status_code in (200, 204)
        counted.append(counts(asked))
        assert len(asked[0]) <= most and not asked[1], asked
    assert counted[0] == counted[1]


@pytest.mark.parametrize("url", ["/", "/courses/", "/courses/weaving/"])
def test_a_visitor_costs_no_more_than_a_learner(visitor, as_learner, course, url):
    as_learner.get(url)
    with cost() as learners:
        as_learner.get(url)
    with cost() as visitors:
        visitor.get(url)
    assert len(visitors[0]) <= len(learners[0]) and len(visitors[1]) <= len(learners[1])


def test_a_second_reader_of_an_outline_asks_mongodb_for_nothing(visitor, course):
    visitor.get("/courses/weaving/")
    with commands.counted() as asked:
        visitor.get("/courses/weaving/")
    assert asked == []


@pytest.mark.parametrize("url", ["/faces/textiles/weaving.svg", "/healthz"])
def test_some_addresses_ask_no_store_even_of_those_who_are_signed_in(as_learner, url):
    with cost() as asked:
        assert as_learner.get(url).status_code == 200
    assert asked == ([], [])


def live(person, course, number):
    """Days of learning, measures and unread messages, so many of each."""
    for ago in range(number):
        spend(person, course, lesson_ids(course)[0], began=timezone.now() - timedelta(days=ago, hours=1), seconds=90)
        record_metric(person=person, metric_type=f"kind_{ago}", value=ago)
        send(sender=UserFactory(role=Role.ADMIN), receiver=person, content="Hello", key=uuid4())
    rolled_up()
    sum_metrics()


@pytest.mark.parametrize("role", [Role.LEARNER, Role.INSTRUCTOR, Role.ADMIN])
def test_a_full_dashboard_keeps_its_budget(sign_in, author, course, role):
    assert Category.objects.exists()
    person = UserFactory(role=role)
    mine = CourseFactory(instructor=person, lessons=1) if role != Role.LEARNER else course
    EnrollmentFactory(user=person, course=course)
    EnrollmentFactory(user=person, course=CourseFactory(lessons=1), done=1)
    client = sign_in(person)
    live(person, course, 2)
    with cost() as asked:
        page = client.get("/dashboard/").content.decode()
    assert "Unread messages" in page and "2 days in a row" in page and "Kind 1" in page and mine.title in page
    assert len(asked[0]) <= 9 and len(asked[1]) <= 2, asked
    live(person, course, 4)
    with cost() as twice:
        client.get("/dashboard/")
    assert counts(twice) == counts(asked), twice


SHOWCASE = {
    "feed": ("/feed/", 5),
    "feed, deeper": ("/feed/?after=1000000000", 5),
    "posts": ("/posts/", 5),
    "posts found": ("/posts/?q=scarf", 5),
    "a post": ("/posts/{post}/", 5),
    "people": ("/people/?q=rob", 5),
    "posts of a person": ("/people/author/posts/", 5),
    "followers": ("/people/author/followers/", 5),
    "followed": ("/people/author/following/", 5),
    "a person": ("/people/author/", 8),
}


def show(learner, author):
    """Two people to follow with two posts each, of which one is commented on."""
    for poster in (author, UserFactory()):
        fan = UserFactory()
        follow(follower=learner, followed=poster)
        follow(follower=fan, followed=author)
        follow(follower=author, followed=fan)
        PostFactory(user=poster)
        PostCommentFactory(post=PostFactory(user=poster), user=fan)
    for _ in range(3):
        PostCommentFactory(post=Post.objects.earliest("pk"), user=UserFactory())


@pytest.mark.parametrize(("url", "postgresql"), SHOWCASE.values(), ids=SHOWCASE)
def test_the_showcase_keeps_its_budget_with_any_number_of_rows(as_learner, learner, author, url, postgresql):
    show(learner, author)
    url = url.format(post=Post.objects.earliest("pk").pk)
    as_learner.get(url)
    with cost() as asked:
        assert as_learner.get(url).status_code == 200
    assert len(asked[0]) <= postgresql and not asked[1], asked
    show(learner, author)
    with cost() as twice:
        as_learner.get(url)
    assert counts(twice) == counts(asked), twice


def test_an_empty_feed_keeps_its_budget(as_learner, author):
    PostFactory(user=author)
    with cost() as asked:
        assert as_learner.get("/feed/").status_code == 200
    assert len(asked[0]) <= 5 and not asked[1], asked


@pytest.mark.parametrize("url", ["/notifications/", "/notifications/?after={last}", "/notifications/settings/"])
def test_notifications_keep_their_budget_with_any_number_of_rows(as_learner, learner, author, course, url):
    thread = CommentFactory(user=learner, course=course)

    def happen():
        for _ in range(3):
            CommentFactory(user=author, parent=thread)
            follow(follower=UserFactory(), followed=learner)
            PostCommentFactory(post=PostFactory(user=learner))
            send(sender=author, receiver=learner, content="Hello!", key=uuid4())

    happen()
    url = url.format(last=Notification.objects.filter(user=learner).latest("created_at").pk)
    as_learner.get(url)
    with cost() as asked:
        assert as_learner.get(url).status_code == 200
    assert len(asked[0]) <= 5 and not asked[1], asked
    happen()
    with cost() as twice:
        as_learner.get(url)
    assert counts(twice) == counts(asked), twice


LEADERBOARDS = {
    "leaderboard": "/courses/weaving/leaderboard/",
    "leaderboard, another page": "/courses/weaving/leaderboard/?after=80.00-60-1",
    "leaderboard, around me": "/courses/weaving/leaderboard/?around=1",
    "leaderboard of this week": "/courses/weaving/leaderboard/?week=1",
    "leaderboard of this week, around me": "/courses/weaving/leaderboard/?week=1&around=1",
}


@pytest.mark.parametrize("is_private", [False, True], ids=["public", "private"])
@pytest.mark.parametrize("url", LEADERBOARDS.values(), ids=LEADERBOARDS)
def test_leaderboards_keep_their_budget_with_any_number_of_rows(sign_in, course, url, is_private):
    Course.objects.update(is_leaderboard_public=not is_private)
    client, counted = sign_in(course.instructor), []
    stand(course, 1, 60, week=1, person=course.instructor)
    for number in range(2):
        for percent in range(40, 64):
            stand(course, percent, 60 + number, week=percent)
        with cost() as asked:
            assert client.get(url).status_code == 200
        counted.append(counts(asked))
        assert len(asked[0]) <= 5 and not asked[1], asked
    assert counted[0] == counted[1]


MODERATING = {
    "report": ("/report/comment/{reply}/", 5),
    "hide": ("/hide/comment/{reply}/", 5),
    "what was reported": ("/admin/discussions/report/", 6),
    "what was upheld": ("/admin/discussions/report/?state=upheld", 6),
    "one reported reply": ("/admin/discussions/report/comment/{reply}/", 6),
}


@pytest.mark.parametrize(("url", "most"), MODERATING.values(), ids=MODERATING)
def test_moderation_keeps_its_budget_with_any_number_of_rows(as_admin, course, learner, url, most):
    reply = CommentFactory(user=learner, parent=CommentFactory(course=course))
    url, counted = url.format(reply=reply.pk), []
    for _ in range(2):
        for _ in range(2):
            somebody, remark = UserFactory(role=Role.ADMIN), PostCommentFactory()
            for target in (reply, CommentFactory(user=learner, course=course), remark):
                report(reporter=somebody, target=target, reason="spam", words="")
        with cost() as asked:
            assert as_admin.get(url).status_code == 200
        counted.append(counts(asked))
        assert len(asked[0]) <= most and not asked[1], asked
    assert counted[0] == counted[1]


TEACHING = {
    "analytics": ("/courses/weaving/analytics/", 8, 1),
    "analytics of a year": ("/courses/weaving/analytics/?from=2025-01-01&to=2025-12-31", 8, 1),
    "a table of it": ("/courses/weaving/analytics/lessons.csv", 7, 1),
    "learners": ("/courses/weaving/analytics/learners/", 6, 0),
    "learners, searched": ("/courses/weaving/analytics/learners/?q=robin&status=active&inactive=14", 6, 0),
    "learners, another page": ("/courses/weaving/analytics/learners/?sort=-progress&after={after}&q=robin", 6, 0),
    "a learner's story": ("/courses/weaving/analytics/learners/learner/", 8, 1),
}


@pytest.mark.parametrize(("url", "postgresql", "mongodb"), TEACHING.values(), ids=TEACHING)
def test_analytics_keep_their_budget_with_any_number_of_rows(sign_in, course, learner, url, postgresql, mongodb):
    client, counted = sign_in(course.instructor), []
    url = url.format(after=Enrollment.objects.get(user=learner).pk)
    for _ in range(2):
        double(course, learner)
        day = timezone.localdate() - timedelta(days=len(counted))
        for lesson in lesson_ids(course):
            TimeSpent.objects.create(user=learner, course=course, lesson_id=lesson, day=day, seconds_spent=60, events=2)
        CommentFactory(course=course, user=learner)
        refresh_course(course.pk)
        with cost() as asked:
            b"".join(client.get(url))
        counted.append(counts(asked))
        assert len(asked[0]) <= postgresql and len(asked[1]) <= mongodb, asked
    assert counted[0] == counted[1]


REPORTING = {
    "reports": ("/reports/", 6, 0),
    "enrollments per course": ("/reports/enrollments/?sort=enrolled", 6, 0),
    "progress, which course": ("/reports/progress/", 6, 0),
    "progress of learners": ("/reports/progress/?course=weaving", 6, 0),
    "progress of learners, another page": ("/reports/progress/?course=weaving&after={after}", 6, 0),
    "lessons": ("/reports/lessons/?at_least=1", 6, 1),
    "courses": ("/reports/courses/?days=90", 6, 0),
    "categories": ("/reports/categories/", 6, 0),
    "most active": ("/reports/learners/?from=2025-01-01", 6, 0),
    "day by day": ("/reports/activity/", 6, 0),
    "a file": ("/reports/lessons.csv?at_least=1", 6, 1),
    "somebody's whole story": ("/reports/people/learner/", 6, 1),
    "audit log": ("/admin/accounts/auditlog/", 8, 1),
    "audit log, searched": ("/admin/accounts/auditlog/?q=learner", 10, 1),
}


@pytest.mark.parametrize(("url", "postgresql", "mongodb"), REPORTING.values(), ids=REPORTING)
def test_reports_keep_their_budget_with_any_number_of_rows(as_admin, course, learner, url, postgresql, mongodb):
    counted = []
    url = url.format(after=Enrollment.objects.get(user=learner).pk)
    for _ in range(2):
        double(course, learner)
        EnrollmentFactory(user=learner, course=CourseFactory(lessons=2), done=1)
        lesson = lesson_ids(course)[len(counted)]
        TimeSpent.objects.create(
            user=learner, course=course, lesson_id=lesson, day=timezone.localdate(), seconds_spent=60, events=2
        )
        CommentFactory(course=course, user=learner)
        for each in Course.objects.all():
            refresh_course(each.pk)
        refresh_site_days()
        with cost() as asked:
            b"".join(as_admin.get(url))
        counted.append(counts(asked))
        assert len(asked[0]) <= postgresql and len(asked[1]) <= mongodb, asked
    assert counted[0] == counted[1]
