"""Addresses of courses, lessons and the acts below them."""

from django.urls import path, register_converter

from courses.views.catalogue import catalogue, search
from courses.views.course import course, course_progress, learn
from courses.views.enrollment import enroll, reset_progress, unenroll
from courses.views.lesson import complete, lesson, position, reopen
from courses.views.my_learning import my_learning


class LessonIdConverter:
    """24 hex digits. Anything else isn't an address: `ObjectId` would also take 12 bytes for an id."""

    regex = "[0-9a-f]{24}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(LessonIdConverter, "lesson_id")

urlpatterns = [
    path("search/", search, name="search"),
    path("my-learning/", my_learning, name="my_learning"),
    path("courses/", catalogue, name="catalogue"),
    path("courses/<slug:slug>/", course, name="course"),
    path("courses/<slug:slug>/enroll/", enroll, name="enroll"),
    path("courses/<slug:slug>/unenroll/", unenroll, name="unenroll"),
    path("courses/<slug:slug>/learn/", learn, name="learn"),
    path("courses/<slug:slug>/progress/", course_progress, name="course_progress"),
    path("courses/<slug:slug>/progress/reset/", reset_progress, name="reset_progress"),
    path("courses/<slug:slug>/lessons/<lesson_id:lesson_id>/", lesson, name="lesson"),
    path("courses/<slug:slug>/lessons/<lesson_id:lesson_id>/complete/", complete, name="complete"),
    path("courses/<slug:slug>/lessons/<lesson_id:lesson_id>/reopen/", reopen, name="reopen"),
    path("courses/<slug:slug>/lessons/<lesson_id:lesson_id>/position/", position, name="position"),
]
