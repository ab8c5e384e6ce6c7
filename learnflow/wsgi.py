"""What the web server calls."""

import os

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

from learnflow import slow_commands
from learnflow.bodies import with_whole_bodies
from learnflow.postgresql import WatchfulConnection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "learnflow.settings")
WatchfulConnection.is_watching = True
slow_commands.recorder.writes_soon = True


class Request(WSGIRequest):
    """What arrives is UTF-8, whatever charset it claims.

    Django would decode the address and the form by the claim, be it rot13, in front of every check and every handler
    of errors.
    """

    @property
    def encoding(self) -> str:
        return "utf-8"

    @encoding.setter
    def encoding(self, claimed: str) -> None:
        pass


_django = get_wsgi_application()
_django.request_class = Request
application = with_whole_bodies(_django)
