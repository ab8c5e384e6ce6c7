"""What I am told of, and how."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from discussions.forms.lists import PageForm
from discussions.forms.notification import NotificationSettingsForm
from discussions.models import Notification
from discussions.notification_text import NotificationText, url_of
from discussions.services.notification_settings import choose_deliveries, deliveries_of
from discussions.services.notifications import read

PAGE = 30


@require_safe
@login_required
def notifications(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first."""
    form = PageForm(request.GET)
    is_valid = form.is_valid()
    after = form.asked_after
    rows = list(Notification.objects.of(request.user).for_page().after(after)[: PAGE + 1])
    context = {
        "rows": [NotificationText.of(each) for each in rows[:PAGE]],
        "next_url": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else None,
        "is_first": after is None,
    }
    return render(request, "discussions/notifications.html", context, status=200 if is_valid else 422)


@require_POST
@login_required
def open_notification(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark one as read, and go where it leads."""
    mine = Notification.objects.of(request.user).for_page()
    notification = get_object_or_404(mine, pk=notification_id)
    read(reader=request.user, notification_id=notification.pk)
    return redirect(url_of(notification))


@require_POST
@login_required
def read_notifications(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    read(reader=request.user)
    return redirect("notifications")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notification_settings(request: HttpRequest) -> HttpResponse:
    """How I want to be told of what."""
    sent = request.POST if request.method == "POST" else None
    form = NotificationSettingsForm(sent, initial=None if sent else deliveries_of(request.user))
    if form.is_bound and form.is_valid():
        choose_deliveries(person=request.user, deliveries=form.cleaned_data)
        messages.success(request, _("Your choices are saved."))
        return redirect("notification_settings")
    return render(
        request, "discussions/notification_settings.html", {"form": form}, status=422 if form.is_bound else 200
    )
