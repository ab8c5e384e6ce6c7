"""Notes in the audit log what allauth and Django do on their own: signing in and out, and confirming an address."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils.crypto import salted_hmac

from accounts.models import AuditAction, User
from accounts.services.audit import record


@receiver(user_logged_in)
def note_sign_in(sender: object, user: User, **kwargs: Any) -> None:
    record(actor=user, action=AuditAction.SIGN_IN, resource=user)


@receiver(user_logged_out)
def note_sign_out(sender: object, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record(actor=user, action=AuditAction.SIGN_OUT, resource=user)


@receiver(user_login_failed)
def note_failed_sign_in(sender: object, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Nobody acted, so far as is known. An unknown address leaves a keyed hash: alike tries can be seen as alike."""
    email = str(credentials.get("email") or credentials.get("username") or "")
    person = User.objects.filter(email=email).only("pk").first()
    resource = person or ("address", salted_hmac("accounts.audit_trail", email.lower()).hexdigest()[:16])
    record(actor=None, action=AuditAction.SIGN_IN_FAILED, resource=resource)


@receiver(email_confirmed)
def note_confirmed_address(sender: object, email_address: EmailAddress, **kwargs: Any) -> None:
    record(actor=email_address.user, action=AuditAction.EMAIL_CONFIRMED, resource=email_address.user)
