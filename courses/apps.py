"""What is taught, who is enrolled, and how far they are."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        from accounts.audit_words import name_things_by
        from courses.audit_names import course_names, lesson_names

        name_things_by("course", course_names)
        name_things_by("lesson", lesson_names)
