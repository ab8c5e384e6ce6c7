"""Authoring: whole courses are made here, by their instructors and by admins."""

from courses.admin.category import CategoryAdmin
from courses.admin.course import CourseAdmin
from courses.admin.enrollment import EnrollmentAdmin

__all__ = ["CategoryAdmin", "CourseAdmin", "EnrollmentAdmin"]
