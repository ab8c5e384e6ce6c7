"""The project itself: commands, pages that stitch the apps, the doors to the stores."""

from django.apps import AppConfig


class LearnFlowConfig(AppConfig):
    name = "learnflow"
    verbose_name = "LearnFlow"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from learnflow.conversation_counts import comments_by_day
        from learnflow.errors import be_patient_again
        from telemetry.conversation import count_comments_by

        connection_created.connect(be_patient_again)
        count_comments_by(comments_by_day)
