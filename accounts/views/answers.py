"""What the forms of accounts answer besides pages: 422 for what isn't right, 429 for too many tries."""

from math import ceil
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from accounts.hashers import TooManyPasswordsAtOnce
from accounts.rate_limits import TooManyTries


def too_many_requests(request: HttpRequest, retry_after: int) -> HttpResponse:
    """The page that asks for patience, with the seconds in Retry-After."""
    minutes = ceil(retry_after / 60)
    if retry_after <= 60:
        wait = ngettext("%(n)d second", "%(n)d seconds", retry_after) % {"n": retry_after}
    else:
        wait = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    context = {"retry_after": retry_after, "wait": wait}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(retry_after)
    return response


class CarefulForm:
    """Before one of allauth's form views: its form comes back with 422, and tries beyond a limit with 429."""

    def count(self, request: HttpRequest) -> None:
        """Count this POST; raises TooManyTries when it is one too many."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.count(request)
            return super().post(request, *args, **kwargs)
        except (TooManyTries, TooManyPasswordsAtOnce) as error:
            return too_many_requests(request, error.retry_after)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)
