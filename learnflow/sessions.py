"""Django's sessions in the database, read by a prepared query: every request of a signed-in person begins with it."""

from typing import Any

from django.contrib.sessions.backends import db
from django.db.models.functions import Now

from learnflow.prepared import Prepared

STANDING = Prepared(
    lambda key: (
        SessionStore.get_model_class().objects.only("session_data").filter(session_key=key, expire_date__gt=Now())
    ),
    "?",
)


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no key any more, when it has expired or never was."""
        found = STANDING.first(self.session_key)
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found.session_data)
