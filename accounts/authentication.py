"""How a person is found by what they type, and by their session."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts.models import User
from learnflow.prepared import Prepared

ACTIVE = Prepared(lambda user_id: User.objects.filter(pk=user_id, is_active=True), -1)
_looked_at: ContextVar[SessionBase | None] = ContextVar("_looked_at", default=None)


@contextmanager
def looking_at(session: SessionBase) -> Iterator[None]:
    """Within, whoever a session is of is taken from it, where it was loaded with its person a moment ago."""
    token = _looked_at.set(session)
    try:
        yield
    finally:
        _looked_at.reset(token)


class EmailBackend(AuthenticationBackend):
    """Sign-in by e-mail address: one look-up on the unique index, then the password, then whether they may come in.

    An unknown address costs one hash, too, so that the time doesn't tell it from a wrong password.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        email = credentials.get("email") or credentials.get("username") or ""
        return self._check_password(User.objects.filter(email=email).first(), credentials["password"])

    def user_can_authenticate(self, user: User) -> bool:
        return user.can_sign_in

    def get_user(self, user_id: int) -> User | None:
        """The person of a session. A blocked one, too: the middleware ends their session and says why."""
        person = getattr(_looked_at.get(), "person", None)
        return person if person and person.pk == user_id else ACTIVE.first(user_id)
