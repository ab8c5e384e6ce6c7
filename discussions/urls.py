"""Addresses of conversation: discussions, messages, the showcase, notifications."""

from django.urls import path, register_converter

from discussions.views import moderation


class HideKindConverter:
    """What staff may hide, as the code calls it, with hyphens."""

    regex = "comment|post|post-comment"

    def to_python(self, value: str) -> str:
        return value.replace("-", "_")

    def to_url(self, value: str) -> str:
        return value.replace("_", "-")


class ReportKindConverter(HideKindConverter):
    """What anybody may report."""

    regex = "comment|post|post-comment|message|person"


register_converter(HideKindConverter, "hide_kind")
register_converter(ReportKindConverter, "report_kind")

urlpatterns = [
    path("report/<report_kind:target>/<int:target_id>/", moderation.report, name="report"),
    path("hide/<hide_kind:target>/<int:target_id>/", moderation.hide, name="hide"),
    path("unhide/<hide_kind:target>/<int:target_id>/", moderation.unhide, name="unhide"),
]
