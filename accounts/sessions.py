"""Keeps the list of where people are signed in, at a cost that doesn't grow with how often they signed in.

Takes the place of allauth's own receivers, which at every sign-in load each earlier session of the person in turn.
"""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set, user_logged_in
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User

MOST = 30


@receiver(user_logged_in)
def list_session(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Add this session to the person's list; beyond the limit the oldest end."""
    UserSession.objects.create_from_request(request)
    for session in UserSession.objects.filter(user=user).order_by("-pk")[MOST:]:
        session.end()


@receiver([password_changed, password_set])
def end_other_sessions(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Their hash is of the old password, so they are dead; this also clears them away."""
    for session in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
        session.end()
    UserSession.objects.create_from_request(request)


@receiver(password_reset)
def end_all_sessions(sender: object, user: User, **kwargs: Any) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


@receiver(user_logged_out)
def unlist_session(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    UserSession.objects.filter(session_key=request.session.session_key).delete()
