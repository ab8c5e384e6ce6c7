"""The app, and allauth's list of sessions with receivers of our own."""

from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")
    default = True

    def ready(self):
        from accounts import audit_trail  # noqa: F401 (connects itself)


class SessionsConfig(UserSessionsConfig):
    """allauth's list of sessions, kept by receivers of our own."""

    def ready(self):
        from accounts import sessions  # noqa: F401 (connects itself)
