"""People in the admin site, for administrators only."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.for_administrators import ForAdministrators
from accounts.models import User
from accounts.services import people


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
        "story",
        "what_they_did",
    ]
    fieldsets = [
        (None, {"fields": ["full_name", "username", "email", "bio", "public_page", "story", "what_they_did"]}),
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

    @admin.display(description=_("What they learned"))
    def story(self, person):
        url = reverse("person_story", args=[person.username])
        return format_html('<a href="{}">{}</a>', url, gettext("Their courses, progress and time"))

    @admin.display(description=_("What they did"))
    def what_they_did(self, person):
        url = f"{reverse('admin:accounts_auditlog_changelist')}?person={person.username}"
        return format_html('<a href="{}">{}</a>', url, gettext("Their rows in the audit log"))
