"""People: finding them, following them, who follows whom."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.rate_limits import TooManyTries, count_try
from accounts.views.answers import too_many_requests
from discussions.forms.buttons import WishForm
from discussions.forms.lists import PageForm
from discussions.forms.post import FindForm
from discussions.limits import FOLLOWS
from discussions.models.people import find_people, followed_by, followers_of, with_standing
from discussions.models.post_row import PersonRow
from discussions.services import following as service
from discussions.services.following import MOST_FOLLOWED, TooManyFollowed
from discussions.services.refusals import NotAllowed
from discussions.views.answers import refuse
from discussions.views.post_cards import follow_of, person_card

FOUND = 30
PAGE = 50


@require_safe
@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Search people by their names."""
    form = FindForm(request.GET, label=_("Search people by name"))
    is_valid = form.is_valid()
    words = form.asked_words
    rows = find_people(words, viewer=request.user, limit=FOUND + 1) if words else []
    context = {
        "tab": "people",
        "form": form,
        "words": words,
        "people": [person_card(row, request.user) for row in rows[:FOUND]],
        "has_more": len(rows) > FOUND,
    }
    return render(request, "discussions/people.html", context, status=200 if is_valid else 422)


@require_POST
@login_required
def follow(request: HttpRequest, username: str) -> HttpResponse:
    """Follow somebody, or no longer."""
    person = get_object_or_404(User.objects.filter(is_active=True), username=username)
    form = WishForm(request.POST)
    if not form.is_valid():
        return refuse(form)
    act = service.follow if form.cleaned_data["on"] else service.unfollow
    problem = ""
    try:
        count_try(FOLLOWS, str(request.user.pk))
        act(follower=request.user, followed=person)
    except TooManyTries as error:
        return too_many_requests(request, error.retry_after)
    except NotAllowed as error:
        raise Http404 from error
    except TooManyFollowed:
        problem = _("You follow %(n)s people, the most there can be. Unfollow somebody first.")
        problem %= {"n": f"{MOST_FOLLOWED:,}"}
    return _answer(request, person, form, problem)


def _answer(request: HttpRequest, person: User, form: WishForm, problem: str) -> HttpResponse:
    if not request.htmx:
        if problem:
            messages.error(request, problem)
        return redirect(form.cleaned_data["next"] or person.url)
    button = follow_of(with_standing(User.objects.filter(pk=person.pk), request.user).get(), request.user)
    shown = {} if form.cleaned_data["counts"] else {"followers_label": "", "followed_label": ""}
    context = {"follow": button._replace(problem=problem, **shown)}
    return render(request, "discussions/_follow.html", context, status=422 if problem else 200)


@require_safe
@login_required
def followers(request: HttpRequest, username: str) -> HttpResponse:
    """Who follows somebody."""
    return _list(request, username, followers_of, tab="followers")


@require_safe
@login_required
def following(request: HttpRequest, username: str) -> HttpResponse:
    """Whom somebody follows."""
    return _list(request, username, followed_by, tab="following")


def _list(request: HttpRequest, username: str, find: Callable[..., list[PersonRow]], *, tab: str) -> HttpResponse:
    person = get_object_or_404(User.objects.filter(is_active=True), username=username)
    form = PageForm(request.GET)
    is_valid = form.is_valid()
    rows = find(person, viewer=request.user, after=form.asked_after, limit=PAGE + 1)
    url = f"{person.url}{tab}/"
    context = {
        "tab": tab,
        "person": person,
        "people": [person_card(row, request.user) for row in rows[:PAGE]],
        "next_url": f"{url}?after={rows[PAGE - 1].place}" if len(rows) > PAGE else "",
        "next_label": _("More people"),
        "first_url": url if form.asked_after else "",
        "first_label": _("Back to the first"),
    }
    return render(request, "discussions/follows.html", context, status=200 if is_valid else 422)
