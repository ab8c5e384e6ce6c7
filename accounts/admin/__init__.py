"""People and the audit log in the admin site, for administrators only."""

from accounts.admin.audit_log import AuditLogAdmin
from accounts.admin.for_administrators import ForAdministrators
from accounts.admin.people import PersonAdmin

__all__ = ["AuditLogAdmin", "ForAdministrators", "PersonAdmin"]
