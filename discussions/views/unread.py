"""What is unread of whoever asks, counted once for a request; and what they have read by looking at it."""

from collections.abc import Iterable

from django.http import HttpRequest

from discussions.models.unread import MOST, Unread, unread_of
from discussions.services.notifications import read_about


def unread_for(request: HttpRequest) -> Unread:
    """The counts of the top bar; nothing for visitors."""
    if not request.user.is_authenticated:
        return Unread()
    if not hasattr(request, "unread"):
        request.unread = unread_of(request.user)
    return request.unread


def saw(request: HttpRequest, *, comments: Iterable[int] = (), post: int | None = None) -> None:
    """This person looks at these things: what they were told of them is read."""
    unread = unread_for(request)
    if unread.notifications:
        seen = read_about(reader=request.user, comments=comments, post=post)
        if unread.notifications < MOST:  # beyond, nobody has counted
            request.unread = unread._replace(notifications=max(0, unread.notifications - seen))
