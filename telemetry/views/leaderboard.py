"""Who is how far in a course: of all time, and this week."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.views.course import may_edit
from telemetry.forms.leaderboard import LeaderboardForm, address_of
from telemetry.models.leaderboard import Board, Place, find_leaderboard
from telemetry.models.standing import week_of
from telemetry.views.leaderboard_lines import lines_of

PAGE, ABOVE_ME = 20, 9


@require_safe
@login_required
def leaderboard(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is furthest in the least time, and where I am among them."""
    course = find_leaderboard(request.user, slug)
    is_staff = course is not None and may_edit(request, course)
    if course is None or not (is_staff or course.is_leaderboard_public):
        raise Http404
    if not (is_staff or course.is_learner):
        messages.info(request, _("Enroll to see the leaderboard."))
        return redirect(course.url)
    form = LeaderboardForm(request.GET)
    status = 200 if form.is_valid() else 422
    board = Board(course.pk, course.outline_version, week_of(timezone.now()) if form.asks_for_week else None)
    here = f"{course.url}leaderboard/"
    context = {
        "course": course,
        "is_private": not course.is_leaderboard_public,
        "is_week": form.asks_for_week,
        "here": here,
        "learn_url": f"{course.url}learn/" if course.is_learner else "",
        **_places(request, board, form, here),
    }
    return render(request, "telemetry/leaderboard.html", context, status=status)


def _places(request: HttpRequest, board: Board, form: LeaderboardForm, here: str) -> dict[str, Any]:
    """The lines of this page, my own, and where other pages begin."""
    after, above = form.asked_after, 0
    if form.asks_around:
        rows, mine = board.read_around(viewer=request.user, before=ABOVE_ME, most=PAGE - ABOVE_ME + 1)
        above = sum(mine is not None and _is_above(row, mine) for row in rows)
        most = PAGE - ABOVE_ME + above
    else:
        rows, mine = board.read_page(viewer=request.user, after=after, most=PAGE + 1)
        most = PAGE
    is_top = above < ABOVE_ME if form.asks_around else after is None
    lines, my_line = lines_of(board, rows[:most], mine, request.user, is_top=is_top)
    asked = {"week": 1} if board.week else {}
    last = rows[most - 1] if len(rows) > most else None
    return {
        "lines": lines,
        "my_line": my_line,
        "is_mine_here": my_line in lines,
        "around_url": f"?{urlencode({**asked, 'around': 1})}#me" if my_line and my_line.rank else "",
        "next_url": f"?{urlencode({**asked, 'after': address_of(_place(last))})}" if last else "",
        "first_url": "" if is_top else f"{here}?{urlencode(asked)}".rstrip("?"),
    }


def _place(row: Any) -> Place:
    return Place(row.points, row.seconds, row.place)


def _is_above(row: Any, mine: Any) -> bool:
    return (-row.points, row.seconds, row.place) < (-mine.points, mine.seconds, mine.place)
