"""The project itself: commands, pages that stitch the apps, the doors to the stores."""

from django.apps import AppConfig


class LearnFlowConfig(AppConfig):
    name = "learnflow"
    verbose_name = "LearnFlow"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from learnflow import slow_commands
        from learnflow.conversation_counts import comments_by_day
        from learnflow.errors import be_patient_again
        from learnflow.postgresql import WatchfulConnection
        from telemetry.conversation import count_comments_by

        connection_created.connect(be_patient_again)
        connection_created.connect(slow_commands.watch)
        WatchfulConnection.committed = staticmethod(slow_commands.time_commit)
        count_comments_by(comments_by_day)
