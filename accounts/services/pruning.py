"""Deleting what has expired."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import OneTimeKey, RateLimit


def prune_what_expired() -> dict[str, int]:
    """Delete counters, keys, sessions and entries of session lists whose time is over; returns how many of each."""
    sessions, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    # A list may name a session that ended without signing out.
    listed, _ = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return {
        "rate_limits": RateLimit.objects.prune(),
        "one_time_keys": OneTimeKey.objects.prune(),
        "sessions": sessions,
        "listed_sessions": listed,
    }
