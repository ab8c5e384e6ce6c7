"""The list of courses; their pages are in the modules beside this one."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.admin.urls import authoring_urls
from courses.models import Course
from learnflow.templatetags.ago import ago


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("published", gettext("Published")), ("draft", gettext("Draft"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Course]) -> QuerySet[Course]:
        wanted = self.value()
        return queryset.filter(is_published=wanted == "published") if wanted else queryset


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    """Instructors see their own courses here, admins all."""

    list_display_links = ["title"]
    search_fields = ["title", "slug"]
    list_select_related = ["category", "instructor"]
    list_per_page = 50
    ordering = ["-updated_at", "-id"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    def get_urls(self) -> list[URLPattern]:
        changelist = path("", self.admin_site.admin_view(self.changelist_view), name="courses_course_changelist")
        return [changelist, *authoring_urls(self.admin_site)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = gettext("Courses") if request.user.is_admin else gettext("My courses")
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        long_texts = ("search", "description", "description_html", "objectives")
        return Course.objects.editable_by(request.user).defer(*long_texts)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        who = ["instructor"] if request.user.is_admin else []
        return ["title", "state", *who, "category", "enrolled", "duration", "changed"]

    def get_list_filter(self, request: HttpRequest) -> list[object]:
        who = [("instructor", admin.RelatedOnlyFieldListFilter)] if request.user.is_admin else []
        return [StateFilter, "level", ("category", admin.RelatedOnlyFieldListFilter), *who]

    @admin.display(description=_("state"), ordering="is_published")
    def state(self, course: Course) -> SafeString:
        if course.is_published:
            return format_html('<span class="badge badge-accent">{}</span>', gettext("Published"))
        return format_html('<span class="badge">{}</span>', gettext("Draft"))

    @admin.display(description=_("enrolled"), ordering="enrollment_count")
    def enrolled(self, course: Course) -> int:
        return course.enrollment_count

    @admin.display(description=_("duration"), ordering="duration_minutes", empty_value="–")
    def duration(self, course: Course) -> str | None:
        return course.duration_label or None

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, course: Course) -> SafeString:
        exact = date_format(localtime(course.updated_at), "DATETIME_FORMAT")
        return format_html('<time title="{}">{}</time>', exact, ago(course.updated_at))
