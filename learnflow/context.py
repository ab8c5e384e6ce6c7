"""What every template may know."""

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from discussions.models.unread import Unread
from discussions.views.unread import unread_for


def site(request: HttpRequest) -> dict[str, object]:
    return {"site_name": settings.SITE_NAME, "unread": SimpleLazyObject(lambda: _unread(request))}


def _unread(request: HttpRequest) -> Unread:
    """The counts in the top bar, asked for when it is drawn. When nobody can answer, the page comes without them."""
    try:
        return unread_for(request)
    except Error:
        return Unread()
