"""Keeps the list of where people are signed in, at a cost that doesn't grow with how often they signed in.

Takes the place of allauth's own receivers, which at every sign-in load each earlier session of the person in turn.
"""

from allauth.account.signals import password_changed, password_reset, password_set, user_logged_in
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

MOST = 30


@receiver(user_logged_in)
def list_session(sender, request, user, **kwargs):
    """Add this session to the person's list; beyond the limit the oldest end."""
    UserSession.objects.create_from_request(request)
    for session in UserSession.objects.filter(user=user).order_by("-pk")[MOST:]:
        session.end()


@receiver([password_changed, password_set])
def end_other_sessions(sender, request, user, **kwargs):
    """Their hash is of the old password, so they are dead; this also clears them away."""
    for session in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
        session.end()
    UserSession.objects.create_from_request(request)


@receiver(password_reset)
def end_all_sessions(sender, user, **kwargs):
    for session in UserSession.objects.filter(user=user):
        session.end()


@receiver(user_logged_out)
def unlist_session(sender, request, **kwargs):
    UserSession.objects.filter(session_key=request.session.session_key).delete()
