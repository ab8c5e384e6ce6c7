"""Rows and their rules, one file a noun."""

from courses.models.card import Card
from courses.models.category import Category
from courses.models.course import Course
from courses.models.enrollment import Enrollment, LessonProgress, Status
from courses.models.level import Level
from courses.models.outline import CourseLesson, Section
from courses.models.pending_deletion import PendingDeletion
from courses.models.store_epoch import StoreEpoch

__all__ = [
    "Card",
    "Category",
    "Course",
    "CourseLesson",
    "Enrollment",
    "LessonProgress",
    "Level",
    "PendingDeletion",
    "Section",
    "Status",
    "StoreEpoch",
]
