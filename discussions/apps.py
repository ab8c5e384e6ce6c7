"""What people say to each other: threads, votes, messages, the showcase, notifications."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DiscussionsConfig(AppConfig):
    name = "discussions"
    verbose_name = _("Conversation")

    def ready(self) -> None:
        from courses.announcements import lesson_opened
        from discussions.services.announcements import announce

        lesson_opened.connect(announce, dispatch_uid="tell the learners")
