"""What was reported, for those who look after it."""

from discussions.admin.report import ReportAdmin

__all__ = ["ReportAdmin"]
