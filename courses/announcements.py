"""What courses let others know. Who listens is none of their business: conversation, which tells the learners."""

from django.dispatch import Signal

# A published course has a lesson that learners didn't have before. Sent within the transaction that opens it, as
# `lesson_opened.send(Course, course_id=…, lesson_id=…)`; what a receiver raises undoes the opening.
lesson_opened = Signal()
