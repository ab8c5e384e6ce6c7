"""The audit log as administrators read it, newest first, and as a file for spreadsheets."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.admin.audit_log_form import AuditLogForm
from accounts.admin.for_administrators import ForAdministrators
from accounts.audit_words import Entry, entries_of
from accounts.models import AuditAction, AuditLog
from accounts.services import audit
from learnflow.spreadsheets import csv_response

PAGE, BATCH = 50, 1_000


@admin.register(AuditLog)
class AuditLogAdmin(ForAdministrators):
    """The list is our own: pages go on by key, however many rows there are, and nothing counts them."""

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("", guard(self._for_administrators(audit_log)), name="accounts_auditlog_changelist"),
            path("audit-log.csv", guard(self._for_administrators(audit_log_csv)), name="accounts_auditlog_csv"),
        ]

    def _for_administrators(self, view: Any) -> Any:
        def inner(request: HttpRequest) -> HttpResponse:
            if not self.has_view_permission(request):
                raise AuditLog.DoesNotExist
            return view(request)

        return inner


@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """A page of the rows asked for."""
    form = _form(request)
    rows = form.page(PAGE + 1, after=form.cleaned_data["after"]) if form.is_valid() else []
    context = {
        "title": _("Audit log"),
        "form": form,
        "entries": entries_of(rows[:PAGE]),
        "is_filtered": bool(form.asked),
        "query": form.query,
        "next_after": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "is_later_page": form.is_valid() and form.cleaned_data["after"],
    }
    status = 200 if form.is_valid() else 422
    context = {**admin.site.each_context(request), **context}
    return render(request, "admin/accounts/audit_log.html", context, status=status)


@require_safe
def audit_log_csv(request: HttpRequest) -> HttpResponse:
    """All pages of the same rows. The row that this leaves in the log isn't among them."""
    form = _form(request)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")
    first = form.page(BATCH, after=None)
    audit.record(
        actor=request.user,
        action=AuditAction.DATA_EXPORTED,
        resource=("audit_log", "rows"),
        details={"filter": form.asked_plainly},
    )
    return csv_response("audit-log", _head(), _lines(form, first, translation.get_language()))


def _form(request: HttpRequest) -> AuditLogForm:
    return AuditLogForm(request.GET, kinds=AuditLog.objects.kinds())


def _head() -> list[str]:
    return [_("When"), _("Who"), _("What they did"), _("To what"), _("Details"), _("Address"), _("Browser")]


def _lines(form: AuditLogForm, rows: list[AuditLog], language: str | None) -> Iterator[list[Any]]:
    """Batch by batch, each in the language of whoever asked: nobody knows it any more while the file goes out."""
    while rows:
        with translation.override(language):
            lines = [_line(entry) for entry in entries_of(rows)]
        yield from lines
        rows = form.page(BATCH, after=rows[-1].pk) if len(rows) == BATCH else []


def _line(entry: Entry) -> list[Any]:
    when = timezone.localtime(entry.created_at)
    return [when, entry.who, entry.action, entry.thing, "; ".join(entry.details), entry.address, entry.browser]
