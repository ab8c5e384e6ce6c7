"""What forms answer: 422 when something isn't right, 429 when it is too often; what was typed stays."""

from math import ceil
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from accounts.models import User
from accounts.rate_limits import Limit, TooManyTries, count_try


def has_room(form: BaseForm, limit: Limit, person: User) -> bool:
    """Count one act of this person; False when it is one too many, which the form then says."""
    try:
        count_try(limit, str(person.pk))
    except TooManyTries as error:
        minutes = ceil(error.retry_after / 60)
        sentence = ngettext(
            "That was very often in a short time. Nothing is lost: send it again in %(n)d minute.",
            "That was very often in a short time. Nothing is lost: send it again in %(n)d minutes.",
            minutes,
        )
        form.add_error(None, sentence % {"n": minutes})
        form.retry_after = error.retry_after
        return False
    return True


def refuse(form: BaseForm) -> HttpResponse:
    """422 for a form that is only buttons and places in a list: they send what they may, so somebody made this up."""
    return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")


def render_form(request: HttpRequest, template: str, context: dict[str, Any], *, form: BaseForm) -> HttpResponse:
    """The page of a form: 200 when it wasn't sent yet, 422 or 429 when it comes back."""
    retry_after = getattr(form, "retry_after", 0)
    status = 429 if retry_after else 422 if form.is_bound else 200
    response = render(request, template, {"form": form, **context}, status=status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response
