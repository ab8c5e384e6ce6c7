"""Django's sessions in the database, read by a prepared query: every request of a signed-in person begins with it."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now

from accounts.models import User
from learnflow.prepared import Prepared

STANDING = Prepared(
    lambda key: Session.objects.only("session_data").filter(session_key=key, expire_date__gt=Now()),
    "?",
)
# The list of somebody's sessions leads from the key to the person: both come in one statement.
LISTED = Prepared(
    lambda key: (
        UserSession.objects.filter(session_key=key, user__is_active=True)
        .select_related("user")
        .defer("session_key", "created_at", "ip", "last_seen_at", "user_agent", "data", "user__search")
        .annotate(
            session_data=Subquery(
                Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=Now()).values(
                    "session_data"
                )
            )
        )
    ),
    "?",
)


class SessionStore(db.SessionStore):
    """`person` is who is listed with this session, once it is loaded. Whether they are signed in, the session says."""

    person: User | None = None

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no key any more, when it has expired or never was."""
        listed = LISTED.first(self.session_key)
        if listed and listed.session_data:
            self.person = listed.user
            return self.decode(listed.session_data)
        found = STANDING.first(self.session_key)
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found.session_data)
