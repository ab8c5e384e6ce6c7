"""Conversations of two: the list of mine, one of them, what is new in it, and hearing no more of it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, retarget

from accounts.models import User
from accounts.services.one_time_keys import KeyOfAnotherRequest
from discussions.forms.buttons import SwitchForm
from discussions.forms.message import HistoryForm, InboxForm, MessageForm, NewsForm, address_of
from discussions.limits import MESSAGES
from discussions.models.correspondence import Correspondence, Refusal, correspondence_with
from discussions.models.inbox import (
    MESSAGES_SEARCHED,
    Place,
    conversations_of,
    conversations_with,
    messages_with,
    people_blocked_by,
)
from discussions.services import messages as service
from discussions.services.messages import PAGE, MayNotWrite, read_news, read_page, send
from discussions.views.answers import has_room, refuse, render_form
from discussions.views.message_cards import address_with, found_letter_of, letter_of, lines_of, news_of

CONVERSATIONS = 30


@require_safe
@login_required
def messages(request: HttpRequest) -> HttpResponse:
    """My conversations, the newest first, or what is found in them."""
    form = InboxForm(request.GET)
    is_valid = form.is_valid()
    words = form.asked_words
    found = _found(request.user, words) if words else _inbox(request.user, form.asked_after)
    context = {"form": form, "words": words, **found}
    return render(request, "discussions/messages.html", context, status=200 if is_valid else 422)


def _inbox(viewer: User, after: Place | None) -> dict[str, Any]:
    rows = conversations_of(viewer, most=CONVERSATIONS + 1, after=after)
    shown = rows[:CONVERSATIONS]
    next_after = ""
    if len(rows) > CONVERSATIONS:
        next_after = address_of(Place(shown[-1].last_at, shown[-1].conversation_id))
    return {
        "letters": [letter_of(row) for row in shown],
        "next_after": next_after,
        "is_first_page": after is None,
        "blocked": people_blocked_by(viewer) if after is None else [],
    }


def _found(viewer: User, words: str) -> dict[str, Any]:
    return {
        "letters": [letter_of(row) for row in conversations_with(viewer, words)],
        "found": [found_letter_of(row, words) for row in messages_with(viewer, words)],
        "searched": MESSAGES_SEARCHED,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def conversation(request: HttpRequest, username: str) -> HttpResponse:
    """What two people wrote to each other, and the form for more; what is shown is read."""
    correspondence = _find(request, username)
    if request.method == "POST":
        return _send(request, correspondence)
    return _show(request, correspondence, MessageForm())


@require_safe
@login_required
def new_messages(request: HttpRequest, username: str) -> HttpResponse:
    """What came after the last message of a page, for the page to add: 204 when nothing did."""
    form = NewsForm(request.GET)
    correspondence = _find(request, username, with_refusal=False)
    if not form.is_valid():
        return refuse(form)
    after = form.asked_after
    if correspondence.last_message_id <= after and not correspondence.unread:
        return HttpResponse(status=204)
    rows = read_news(reader=request.user, conversation_id=correspondence.conversation_id, after=after)
    lines = news_of(rows, request.user, after=after)
    if not lines:
        return HttpResponse(status=204)
    return render(request, "discussions/_lines.html", {"lines": lines, "other": correspondence.person})


@require_POST
@login_required
def mute(request: HttpRequest, username: str) -> HttpResponse:
    """Hear no more of a conversation, or hear of it again."""
    correspondence = _find(request, username, with_refusal=False)
    if correspondence.conversation_id is None:
        raise Http404
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return refuse(form)
    act = service.mute if form.cleaned_data["on"] else service.unmute
    act(person=request.user, other=correspondence.person)
    return redirect(address_with(correspondence.person))


def _find(request: HttpRequest, username: str, *, with_refusal: bool = True) -> Correspondence:
    """What I have with this person; 404 when that is nothing and I may not begin."""
    found = correspondence_with(username, viewer=request.user, with_refusal=with_refusal)
    if found is None or not found.exists:
        raise Http404
    return found


def _send(request: HttpRequest, correspondence: Correspondence) -> HttpResponse:
    form = MessageForm(request.POST)
    if form.is_valid() and has_room(form, MESSAGES, request.user):
        try:
            send(sender=request.user, receiver=correspondence.person, **form.cleaned_data)
        except KeyOfAnotherRequest:
            form.take_another_key()
        except MayNotWrite as refused:
            form.add_error(None, _sentence(refused.refusal, correspondence.person))
        else:
            return _sent(request, correspondence)
    if not request.htmx:
        return _show(request, correspondence, form)
    context = {"other": correspondence.person, "here": address_with(correspondence.person), "is_live": True}
    response = render_form(request, "discussions/_write.html", context, form=form)
    return reswap(retarget(response, "#write"), "outerHTML")


def _sent(request: HttpRequest, correspondence: Correspondence) -> HttpResponse:
    """For htmx what the page doesn't show yet, one's own message as the last of it, and a fresh key."""
    news = NewsForm(request.POST)
    if not request.htmx or not news.is_valid():
        return redirect(address_with(correspondence.person))
    found = _find(request, correspondence.person.username, with_refusal=False)
    rows = read_news(reader=request.user, conversation_id=found.conversation_id, after=news.asked_after)
    lines = news_of(rows, request.user, after=news.asked_after)
    context = {"lines": lines, "other": correspondence.person, "fresh": MessageForm()}
    return render(request, "discussions/_lines.html", context)


def _show(request: HttpRequest, correspondence: Correspondence, form: MessageForm) -> HttpResponse:
    asked = HistoryForm(request.GET)
    is_valid = asked.is_valid()
    other, before = correspondence.person, asked.asked_before
    rows = read_page(
        reader=request.user,
        conversation_id=correspondence.conversation_id,
        before=before,
        marking=request.method == "GET",
    )
    shown = rows[-PAGE:]
    here = address_with(other)
    context = {
        "other": other,
        "here": here,
        "lines": lines_of(shown, request.user),
        "earlier_url": f"{here}?before={shown[0].pk}" if len(rows) > PAGE else "",
        "is_live": before is None,
        "is_muted": correspondence.is_muted,
        "exists": correspondence.conversation_id is not None,
        "is_blocked_by_me": correspondence.refusal == Refusal.BLOCKED,
        "refusal": _sentence(correspondence.refusal, other) if correspondence.refusal else "",
    }
    response = render_form(request, "discussions/conversation.html", context, form=form)
    if not is_valid:
        response.status_code = 422
    return response


def _sentence(refusal: Refusal, person: User) -> str:
    return refusal.label % {"name": person.full_name}
