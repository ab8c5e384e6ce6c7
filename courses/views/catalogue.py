"""The catalogue and the search: one page, one fragment for typing."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from courses.forms.catalogue import CatalogueForm
from courses.models import Category, Course

COUNTED = 1_000
INSTANT = 6
CATEGORIES_KEPT_SECONDS = 60
_categories: tuple[float, list[tuple[str, str]]] = (0.0, [])


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """All published courses, filtered, sorted and paged by the address."""
    form = CatalogueForm(request.GET, categories=_category_choices())
    is_valid = form.is_valid()
    courses = Course.objects.published().with_progress_of(request.user)
    page = form.page_of(courses)
    context = {
        "form": form,
        "courses": page.courses,
        "count_label": _count_label(form.filtered(Course.objects.published()).counted_up_to(COUNTED + 1)),
        "chips": form.chips(),
        "next_url": form.url_after(page.next_after) if page.next_after else None,
        "first_url": form.url_after(None) if form.cleaned_data.get("after") else None,
    }
    template = "courses/_results.html" if request.htmx and not request.htmx.boosted else "courses/catalogue.html"
    return render(request, template, context, status=200 if is_valid else 422)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """A few courses while one types; without script the catalogue."""
    form = CatalogueForm(request.GET, categories=_category_choices())
    form.is_valid()
    if not request.htmx:
        return redirect(form.url_after(None))
    query = form.cleaned_data.get("q", "")
    found = Course.objects.published().best_matches(query, of=50)[:INSTANT].cards() if query else []
    return render(request, "courses/_instant.html", {"courses": found, "query": query, "all_url": form.url_after(None)})


def _count_label(count: int) -> str:
    if count > COUNTED:
        return gettext("1,000+ courses")
    return ngettext("%(count)d course", "%(count)d courses", count) % {"count": count}


def _category_choices() -> list[tuple[str, str]]:
    """Categories for the filter, asked for once a minute by each process."""
    global _categories
    until, choices = _categories
    if time.monotonic() > until:
        choices = list(Category.objects.order_by("name").values_list("slug", "name"))
        _categories = (time.monotonic() + CATEGORIES_KEPT_SECONDS, choices)
    return choices
