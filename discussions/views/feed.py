"""The showcase: posts of those I follow, of everybody, of one person; each list is paged by key."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from discussions.forms.lists import PageForm
from discussions.forms.post import FindForm
from discussions.models import Post
from discussions.models.people import suggest_people
from discussions.models.post_row import PostRow
from discussions.models.prepared_posts import FEED_PAGE, PAGE, feed_of, newest_posts
from discussions.views.post_cards import person_card, post_cards

SUGGESTED = 8
FOUND = 200  # of what a search finds, the newest


@require_safe
@login_required
def feed(request: HttpRequest) -> HttpResponse:
    """What those whom I follow have made; who follows nobody sees whom they could follow."""
    form = PageForm(request.GET)
    is_valid = form.is_valid()
    rows = feed_of(request.user, before=form.asked_after)
    is_empty = not rows and not form.asked_after
    suggested = suggest_people(viewer=request.user, limit=SUGGESTED) if is_empty else []
    context = {
        "tab": "feed",
        "posts": post_cards(rows[:FEED_PAGE], request.user),
        "suggested": [person_card(row, request.user) for row in suggested],
        **_pager("/feed/", rows, FEED_PAGE, form),
    }
    return render(request, "discussions/feed.html", context, status=200 if is_valid else 422)


@require_safe
@login_required
def posts(request: HttpRequest) -> HttpResponse:
    """Everybody's posts, the newest first; with words, those in whose caption or description they stand."""
    form = FindForm(request.GET, label=_("Search captions and descriptions"))
    is_valid = form.is_valid()
    words = form.asked_words
    if words:
        found = Post.objects.visible_to(request.user).matching(words, of=FOUND).before(form.asked_after)
        rows = found.for_viewer(request.user)[: PAGE + 1].rows()
    else:
        rows = newest_posts(request.user, before=form.asked_after)
    context = {
        "tab": "posts",
        "form": form,
        "words": words,
        "posts": post_cards(rows[:PAGE], request.user),
        **_pager("/posts/", rows, PAGE, form),
    }
    return render(request, "discussions/posts.html", context, status=200 if is_valid else 422)


@require_safe
def person_posts(request: HttpRequest, username: str) -> HttpResponse:
    """All that one person has shown."""
    person = get_object_or_404(User.objects.filter(is_active=True), username=username)
    form = PageForm(request.GET)
    is_valid = form.is_valid()
    theirs = Post.objects.visible_to(request.user).filter(user=person).newest_first()
    rows = theirs.before(form.asked_after).for_viewer(request.user)[: PAGE + 1].rows()
    context = {
        "person": person,
        "posts": post_cards(rows[:PAGE], request.user),
        **_pager(f"{person.url}posts/", rows, PAGE, form),
    }
    return render(request, "discussions/person_posts.html", context, status=200 if is_valid else 422)


def _pager(url: str, rows: list[PostRow], page: int, form: PageForm) -> dict[str, Any]:
    """Where the list goes on, and where it begins."""
    words = form.cleaned_data.get("q")
    asked = {"q": words} if words else {}
    first = f"{url}?{urlencode(asked)}" if asked else url
    following = f"{url}?{urlencode({**asked, 'after': rows[page - 1].pk})}" if len(rows) > page else ""
    return {
        "next_url": following,
        "next_label": _("Older posts"),
        "first_url": first if form.asked_after else "",
        "first_label": _("Back to the newest"),
    }
