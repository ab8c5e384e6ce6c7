"""The way out of an e-mail, without signing in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from discussions.services import notification_settings
from discussions.unsubscribe_tokens import read_token


# The POST comes from mail programs (RFC 8058), which have neither a page of ours nor a cookie. What takes the place of
# the form's token is the signed one in the address: only the e-mails to this person carry it, and all that it does is
# to end them.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then end the e-mails that the token is for: only by a POST, for programs look at every link of an e-mail."""
    subscription = read_token(token)
    if subscription is None:
        raise Http404
    person = get_object_or_404(User, pk=subscription.user_id)
    if request.method == "POST":
        notification_settings.unsubscribe(person=person, kinds=subscription.kinds)
    context = {
        "kinds": [kind.label for kind in subscription.kinds],
        "token": token,
        "is_done": request.method == "POST",
    }
    return render(request, "discussions/unsubscribe.html", context)
