"""People and the audit log in the admin site, for administrators only."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditLog, User
from accounts.services import people
from accounts.templatetags.browsers import browser_name


class CappedPaginator(Paginator):
    """Counts no further than anybody pages."""

    most = 10_000

    @cached_property
    def count(self):
        return self.object_list.order_by()[: self.most].count()


class ForAdministrators(admin.ModelAdmin):
    """Seen by administrators; rows come from and go to elsewhere."""

    paginator = CappedPaginator
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False
    actions = None

    def has_module_permission(self, request):
        return request.user.is_authenticated and request.user.is_admin

    def has_view_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_change_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class PersonForm(forms.ModelForm):
    """What an administrator decides about a person; the rest is the person's own."""

    actor: User
    blocked = forms.BooleanField(label=_("Blocked"), required=False, help_text=_("Ends all sessions at once."))
    reason = forms.CharField(
        label=_("Reason for the block"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The person reads it when they try to come in."),
    )

    class Meta:
        model = User
        fields = ["role"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.was = {"role": self.instance.role, "blocked": self.instance.is_blocked}
        self.initial |= {"blocked": self.instance.is_blocked, "reason": self.instance.blocked_reason}

    def clean(self):
        cleaned = super().clean()
        if self.actor.pk == self.instance.pk and any(cleaned.get(name) != self.was[name] for name in self.was):
            raise forms.ValidationError(gettext("Nobody changes or blocks themselves: ask another administrator."))
        if cleaned.get("blocked") and not cleaned.get("reason", "").strip():
            self.add_error("reason", gettext("Say why: the person is told."))
        return cleaned


@admin.register(User)
class PersonAdmin(ForAdministrators):
    form = PersonForm
    list_display = ["full_name", "username", "email", "role", "state", "created_at"]
    list_display_links = ["full_name", "username"]
    list_filter = ["role", "is_blocked", "is_active"]
    search_fields = ["username"]
    search_help_text = _("Username, name or e-mail address")
    ordering = ["-pk"]
    readonly_fields = [
        "full_name",
        "username",
        "email",
        "bio",
        "created_at",
        "last_login",
        "blocked_at",
        "public_page",
        "what_they_did",
    ]
    fieldsets = [
        (None, {"fields": ["full_name", "username", "email", "bio", "public_page", "what_they_did"]}),
        (_("Rights"), {"fields": ["role", "blocked", "reason"]}),
        (_("Times"), {"fields": ["created_at", "last_login", "blocked_at"]}),
    ]

    def has_change_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def get_search_results(self, request, queryset, search_term):
        term = search_term.strip()
        if not term:
            return queryset, False
        found = User.objects.matching(term).values("pk")
        return queryset.filter(Q(pk__in=found) | Q(email=term) | Q(username=term)), False

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)  # a class of its own for each request
        form.actor = request.user
        return form

    def save_model(self, request, obj, form, change):
        """Through the services, which check once more, and leave the audit rows."""
        wanted = form.cleaned_data
        try:
            if wanted["role"] != form.was["role"]:
                people.set_role(actor=request.user, person=obj, role=wanted["role"])
            if wanted["blocked"] and not form.was["blocked"]:
                people.block(actor=request.user, person=obj, reason=wanted["reason"])
            elif form.was["blocked"] and not wanted["blocked"]:
                people.unblock(actor=request.user, person=obj)
        except people.NotAllowed as error:
            raise PermissionDenied(str(error)) from error

    @admin.display(description=_("Name"))
    def full_name(self, person):
        return person.full_name

    @admin.display(description=_("State"))
    def state(self, person):
        if person.is_blocked:
            return _("Blocked")
        return _("Active") if person.is_active else _("Closed")

    @admin.display(description=_("Public page"))
    def public_page(self, person):
        return format_html('<a href="{0}">{0}</a>', person.url)

    @admin.display(description=_("What they did"))
    def what_they_did(self, person):
        url = f"{reverse('admin:accounts_auditlog_changelist')}?user_id={person.pk}"
        return format_html('<a href="{}">{}</a>', url, gettext("Their rows in the audit log"))


@admin.register(AuditLog)
class AuditLogAdmin(ForAdministrators):
    list_display = ["created_at", "person", "action", "resource", "details", "address", "browser"]
    list_display_links = None
    list_filter = ["action", "created_at"]
    search_fields = ["resource_id"]
    search_help_text = _("A username, or the id of what it was done to")
    list_select_related = ["origin"]
    ordering = ["-id"]

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "user_id" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request):
        username = User.objects.filter(pk=OuterRef("user_id")).values("username")
        return super().get_queryset(request).annotate(username=Subquery(username[:1]))

    def get_search_results(self, request, queryset, search_term):
        term = search_term.strip()
        if not term:
            return queryset, False
        person = User.objects.filter(username=term).values_list("pk", flat=True).first()
        return queryset.filter(Q(user_id=person) if person else Q(resource_id=term)), False

    @admin.display(description=_("Person"), ordering="user_id")
    def person(self, entry):
        return entry.username or entry.user_id

    @admin.display(description=_("What"))
    def resource(self, entry):
        return f"{entry.resource_type} {entry.resource_id}"

    @admin.display(description=_("Address"))
    def address(self, entry):
        return entry.origin.ip_address if hasattr(entry, "origin") else None

    @admin.display(description=_("Browser"))
    def browser(self, entry):
        if not hasattr(entry, "origin"):
            return None
        agent = entry.origin.user_agent
        return format_html('<span title="{}">{}</span>', agent, browser_name(agent))
