"""What the person decides about a request: whether it is answered, in which zone and language, from where it came."""

from collections.abc import Callable

from django.contrib.auth import get_user, logout
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from accounts.authentication import looking_at
from accounts.origin import acting_from, origin_of

Answer = Callable[[HttpRequest], HttpResponse]

# These answer without a database, also to a browser that sends its session along.
WITHOUT_A_PERSON = ("/faces/", "/healthz", "/readyz", "/static/")


class KnowThePerson(AuthenticationMiddleware):
    """Django's own, for sessions that come with their person: one query fewer for every page."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _person_of(request))


def _person_of(request: HttpRequest) -> object:
    with looking_at(request.session):
        return get_user(request)


def refuse_blocked_people(get_response: Answer) -> Answer:
    """End the session of a blocked person at their next request, and say why."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(WITHOUT_A_PERSON):
            return get_response(request)
        user = request.user
        if user.is_authenticated and user.is_blocked:
            reason = user.blocked_reason
            logout(request)
            return render(request, "account/blocked.html", {"reason": reason}, status=403)
        return get_response(request)

    return middleware


def use_the_persons_time_zone(get_response: Answer) -> Answer:
    """Show times in the person's zone and words in their language, where they chose one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(WITHOUT_A_PERSON):
            return get_response(request)
        user = request.user
        if user.is_authenticated and user.language and user.language != translation.get_language():
            translation.activate(user.language)
        if not user.is_authenticated or not user.time_zone:
            return get_response(request)
        with timezone.override(user.zone):
            return get_response(request)

    return middleware


def remember_origin_for_audit(get_response: Answer) -> Answer:
    """Let services note the address and browser of an act without handing the request down."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with acting_from(origin_of(request)):
            return get_response(request)

    return middleware
