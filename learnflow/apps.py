"""The project itself: commands, pages that stitch the apps, the doors to the stores."""

from django.apps import AppConfig


class LearnFlowConfig(AppConfig):
    name = "learnflow"
    verbose_name = "LearnFlow"
