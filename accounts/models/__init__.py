from accounts.models.audit import AuditAction, AuditLog, AuditOrigin
from accounts.models.follow import Follow
from accounts.models.one_time_key import OneTimeKey
from accounts.models.rate_limit import RateLimit
from accounts.models.user import Role, User

__all__ = ["AuditAction", "AuditLog", "AuditOrigin", "Follow", "OneTimeKey", "RateLimit", "Role", "User"]
