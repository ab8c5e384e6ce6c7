"""The list of courses; their pages are in the modules beside this one."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.admin.urls import authoring_urls
from courses.models import Course


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    """Instructors see their own courses here, admins all."""

    list_display_links = ["title"]
    search_fields = ["title", "slug"]
    list_select_related = ["category", "instructor"]
    list_per_page = 50
    ordering = ["-updated_at", "-id"]
    show_full_result_count = False
    actions = None

    def get_urls(self) -> list[URLPattern]:
        changelist = path("", self.admin_site.admin_view(self.changelist_view), name="courses_course_changelist")
        return [changelist, *authoring_urls(self.admin_site)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        long_texts = ("search", "description", "description_html", "objectives")
        return Course.objects.editable_by(request.user).defer(*long_texts)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        who = ["instructor"] if request.user.is_admin else []
        return ["title", "state", *who, "category", "enrolled", "duration", "updated_at"]

    def get_list_filter(self, request: HttpRequest) -> list[object]:
        who = [("instructor", admin.RelatedOnlyFieldListFilter)] if request.user.is_admin else []
        return ["is_published", "level", ("category", admin.RelatedOnlyFieldListFilter), *who]

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
