"""Signing up, passwords, roles and blocks: each with its audit row."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AuditAction, Role, User
from accounts.services.audit import record


class NotAllowed(Exception):
    """The actor may not do this to this person; the message says why, for showing."""


def sign_up(*, email: str, username: str, password: str, first_name: str = "", last_name: str = "") -> User:
    """Add a learner with a yet unconfirmed address; whatever else was posted plays no part.

    Raises IntegrityError when the address or the username has just been taken by somebody else.
    """
    # Outside the transaction, so that no connection is held while bcrypt runs.
    hashed = make_password(password)
    with transaction.atomic():
        person = User(
            email=User.objects.normalize_email(email),
            username=username,
            first_name=first_name,
            last_name=last_name,
            password=hashed,
        )
        person.save(force_insert=True)
        EmailAddress.objects.create(user=person, email=person.email.lower(), primary=True)
        record(actor=person, action=AuditAction.SIGN_UP, resource=person)
    return person


def set_password(*, person: User, password: str, action: AuditAction) -> None:
    """Change the password, which ends every session but one that is told the new hash."""
    hashed = make_password(password)
    with transaction.atomic():
        person.password = hashed
        # Only this column: a block or a new role written meanwhile must not be undone.
        person.save(update_fields=["password", "updated_at"])
        record(actor=person, action=action, resource=person)


def set_role(*, actor: User | None, person: User, role: str) -> None:
    """Give a person another role; without an actor it is the operator at the console.

    Raises NotAllowed when the actor is no administrator, changes their own role, or takes the last administrator away.
    """
    if role not in Role.values:
        raise ValueError(f"There is no role {role!r}.")
    with transaction.atomic():
        _hold(actor, person, _("Nobody changes their own role: ask another administrator."))
        old = person.role
        if old == role:
            return
        _keep_an_admin(person)
        _change(person, role=role)
        record(actor=actor, action=AuditAction.ROLE_CHANGE, resource=person, details={"old": old, "new": role})


def block(*, actor: User | None, person: User, reason: str) -> None:
    """Keep a person out: their sessions end at the next request, and they are told the reason.

    Raises NotAllowed when the actor is no administrator, blocks themselves, or blocks the last administrator.
    """
    reason = reason.strip()
    with transaction.atomic():
        _hold(actor, person, _("Nobody blocks themselves."))
        if person.is_blocked:
            return
        _keep_an_admin(person)
        _change(person, is_blocked=True, blocked_at=timezone.now(), blocked_reason=reason)
        record(actor=actor, action=AuditAction.BLOCK, resource=person, details={"new": {"reason": reason}})


def unblock(*, actor: User | None, person: User) -> None:
    """Let a blocked person in again. Raises NotAllowed when the actor is no administrator."""
    with transaction.atomic():
        _hold(actor, person, _("Nobody unblocks themselves."))
        if not person.is_blocked:
            return
        reason = person.blocked_reason
        _change(person, is_blocked=False, blocked_at=None, blocked_reason="")
        record(actor=actor, action=AuditAction.UNBLOCK, resource=person, details={"old": {"reason": reason}})


def _hold(actor: User | None, person: User, on_oneself: str) -> None:
    """Lock the person and every administrator, always in one order; then see who the actor is by now.

    Two administrators who remove each other at the same instant thus come one after the other.
    """
    rows = User.objects.filter(Q(pk=person.pk) | Q(role=Role.ADMIN)).order_by("pk").select_for_update(no_key=True)
    held = {row.pk: row for row in rows}
    person.refresh_from_db()
    if actor is None:
        return
    if actor.pk not in held or not held[actor.pk].is_admin:
        raise NotAllowed(_("Only administrators may do this."))
    if actor.pk == person.pk:
        raise NotAllowed(on_oneself)


def _keep_an_admin(person: User) -> None:
    if person.is_admin and not User.objects.admins().exclude(pk=person.pk).exists():
        raise NotAllowed(_("This is the last administrator: appoint another one first."))


def _change(person: User, **values: Any) -> None:
    for name, value in values.items():
        setattr(person, name, value)
    person.save(update_fields=[*values, "updated_at"])
