"""My profile."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms import ProfileForm, say_what_is_taken
from accounts.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_profile(request: HttpRequest) -> HttpResponse:
    """What others see of me, and how I like to see the site."""
    # A row of its own: what is typed must not show in the top bar before it is saved.
    person = User.objects.get(pk=request.user.pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ProfileForm(*sent, instance=person)
    if request.method == "POST" and form.is_valid():
        try:
            form.save()
        except IntegrityError as error:
            say_what_is_taken(form, error)
        else:
            messages.success(request, _("Your profile is saved."))
            return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.is_bound else 200)
