"""The admin site: who may enter, and where signing in happens."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import BadRequest, ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

View = Callable[..., HttpResponse]
# What stands in the bar of every page, in order.
AREAS = ["Course", "Category", "Enrollment", "Report", "User", "AuditLog"]
# What people call things whose models are called otherwise: reports are those about the site.
NAMES = {"Report": _("Reported"), "ProcrastinateJob": _("Jobs"), "procrastinate": _("Worker")}


class LearnFlowAdminSite(AdminSite):
    """Instructors and admins work here. A visitor is asked to sign in; for a learner these pages don't exist."""

    site_header = _("Authoring")
    site_title = _("Authoring")
    index_title = _("Authoring")
    enable_nav_sidebar = False

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            try:
                return guarded(request, *args, **kwargs)
            except (PermissionDenied, ObjectDoesNotExist) as error:
                # What one may not see doesn't exist, nor does what somebody deleted a moment ago.
                raise Http404 from error
            except OverflowError as error:
                raise BadRequest("a number that no column holds") from error

        return update_wrapper(inner, guarded)

    def get_urls(self) -> list[Any]:
        """Without the redirect to "view on site", which tells the address of any row, drafts of others included."""
        return [each for each in super().get_urls() if getattr(each, "name", None) != "view_on_site"]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """The frame of every page; `areas` is where this person can go: name, url, whether they are there."""
        context = super().each_context(request)
        models = {model["object_name"]: model for app in context["available_apps"] for model in app["models"]}
        found = [models[name] for name in AREAS if name in models and models[name]["admin_url"]]
        areas = [
            {"name": model["name"], "url": model["admin_url"], "is_here": request.path.startswith(model["admin_url"])}
            for model in found
        ]
        if self.has_permission(request) and request.user.is_admin:
            areas.append({"name": _("Reports"), "url": reverse("reports"), "is_here": False})
        return {**context, "areas": areas}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """What one may open here, by the names that people know."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = NAMES.get(app["app_label"], app["name"])
            for model in app["models"]:
                model["name"] = NAMES.get(model["object_name"], model["name"])
        return apps

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Everything there is, for admins; an instructor has but one place to go."""
        if not request.user.is_admin:
            return redirect("admin:courses_course_changelist")
        return super().index(request, extra_context)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one sign-in page, and it isn't here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        wanted = {"next": request.GET.get("next") or reverse("admin:index")}
        return redirect(f"{reverse('account_login')}?{urlencode(wanted)}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_change_password")


class LearnFlowAdminConfig(AdminConfig):
    default_site = "learnflow.admin.LearnFlowAdminSite"

    def ready(self) -> None:
        """Register what the apps have, but for what is done elsewhere.

        Roles are ours, so Django's groups would only mislead. Addresses and sessions belong to their person, whose
        own pages change them and leave an audit row.
        """
        super().ready()
        from allauth.account.models import EmailAddress
        from allauth.usersessions.models import UserSession
        from django.contrib.admin import site
        from django.contrib.auth.models import Group

        site.unregister([EmailAddress, Group, UserSession])
