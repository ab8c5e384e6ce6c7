"""Who is enrolled where, for admins. Progress is the learner's: nothing of it is edited here."""

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.admin import ForAdministrators
from courses.admin.pages import READ_AND_WRITE, sent, show
from courses.forms.enroll import EnrollForm
from courses.models import Enrollment
from courses.services.enrollment import EnrollmentClosed, enroll


@admin.register(Enrollment)
class EnrollmentAdmin(ForAdministrators):
    list_display = ["user", "course", "status", "percent", "enrolled_at", "last_activity"]
    list_display_links = None
    list_filter = ["status"]
    list_select_related = ["user", "course"]
    search_fields = ["user__email__istartswith", "user__username__istartswith", "course__title"]
    search_help_text = gettext_lazy("The beginning of an e-mail address or username, or words of a course's title")
    ordering = ["-id"]
    sortable_by: list[str] = []

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("", guard(self.changelist_view), name="courses_enrollment_changelist"),
            path("add/", guard(add), name="courses_enrollment_add"),
        ]

    @admin.display(description=gettext_lazy("progress"))
    def percent(self, enrollment: Enrollment) -> str:
        return f"{enrollment.percent} %"

    has_add_permission = ForAdministrators.has_module_permission


@require_http_methods(READ_AND_WRITE)
def add(request: HttpRequest) -> HttpResponse:
    """Enroll a person in a course, whatever it costs."""
    if not request.user.is_admin:
        raise Http404
    form = EnrollForm(*sent(request), initial={"course": request.GET.get("course")})
    if request.method == "POST" and form.is_valid():
        learner, course = form.learner, form.cleaned_data["course"]
        try:
            is_new = enroll(learner=learner, course=course, actor=request.user)
        except EnrollmentClosed:
            form.add_error("course", _("This course can't be joined."))
        else:
            sentence = _("%(name)s is enrolled.") if is_new else _("%(name)s was enrolled already.")
            messages.success(request, sentence % {"name": learner.full_name})
            return redirect("admin:courses_enrollment_changelist")
    context = {"title": _("Enroll a person"), "form": form}
    return show(request, "enrollment/add", context, status=422 if form.is_bound else 200)
