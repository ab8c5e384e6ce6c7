"""What lesson pages say while they are used; asked by the page, so it answers without one."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from accounts.rate_limits import TooManyTries
from accounts.views.answers import too_many_requests
from learnflow.errors import RETRY_AFTER_SECONDS
from learnflow.mongo import ContentUnavailable
from telemetry.forms.beats import BeatsForm
from telemetry.services.beats import NotCounted, record_beats


@require_POST
@login_required
def beats(request: HttpRequest) -> HttpResponse:
    """Count how long lessons were used: the ids of what is counted. Any answer below 429 is the last word on all."""
    form = BeatsForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain")
    try:
        counted = record_beats(learner=request.user, beats=form.cleaned_data["beats"])
    except NotCounted as error:
        raise Http404 from error
    except TooManyTries as error:
        return too_many_requests(request, error.retry_after)
    except ContentUnavailable:
        return HttpResponse(status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    return JsonResponse({"counted": counted})
