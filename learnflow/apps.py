"""The project itself: commands, pages that stitch the apps, the doors to the stores."""

from django.apps import AppConfig


class LearnFlowConfig(AppConfig):
    name = "learnflow"
    verbose_name = "LearnFlow"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from learnflow.errors import be_patient_again

        connection_created.connect(be_patient_again)
