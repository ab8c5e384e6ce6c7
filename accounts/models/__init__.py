from accounts.models.audit import AuditAction, AuditLog, AuditOrigin
from accounts.models.rate_limit import RateLimit
from accounts.models.user import Role, User

__all__ = ["AuditAction", "AuditLog", "AuditOrigin", "RateLimit", "Role", "User"]
