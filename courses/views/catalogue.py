"""The catalogue and the search: one page, one fragment for typing."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from courses.forms.catalogue import CatalogueForm, Page
from courses.models import Category, Course

COUNTED = 1_000
INSTANT = 6
KEPT_SECONDS = 60
Answer = TypeVar("Answer")


class Kept(Generic[Answer]):
    """An answer of the database that may be a minute old; each process asks on its own."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self.ask = ask
        self.forget()

    def get(self) -> Answer:
        until, answer = self.kept
        if answer is None or time.monotonic() > until:
            answer = self.ask()
            self.kept = (time.monotonic() + KEPT_SECONDS, answer)
        return answer

    def forget(self) -> None:
        self.kept: tuple[float, Answer | None] = (0.0, None)


CATEGORIES = Kept(lambda: list(Category.objects.order_by("name").values_list("slug", "name")))
TOTAL = Kept(lambda: Course.objects.published().counted_up_to(COUNTED + 1))


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """All published courses, filtered, sorted and paged by the address."""
    form = CatalogueForm(request.GET, categories=CATEGORIES.get())
    is_valid = form.is_valid()
    page = form.page_for(request.user)
    context = {
        "form": form,
        "courses": page.courses,
        "count_label": _count_label(_count(form, page)),
        "chips": form.chips(),
        "next_url": form.url_after(page.next_after) if page.next_after else None,
        "first_url": form.url_after(None) if form.cleaned_data.get("after") else None,
    }
    template = "courses/_results.html" if request.htmx and not request.htmx.boosted else "courses/catalogue.html"
    return render(request, template, context, status=200 if is_valid else 422)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """A few courses while one types; without script the catalogue."""
    form = CatalogueForm(request.GET, categories=CATEGORIES.get())
    form.is_valid()
    if not request.htmx:
        return redirect(form.url_after(None))
    query = form.cleaned_data.get("q", "")
    found = Course.objects.published().best_matches(query, of=50)[:INSTANT].cards() if query else []
    return render(request, "courses/_instant.html", {"courses": found, "query": query, "all_url": form.url_after(None)})


def _count(form: CatalogueForm, page: Page) -> int:
    """How many match; of all there are, as many as there were within the last minute."""
    if page.next_after is None and not form.cleaned_data.get("after"):
        return len(page.courses)
    if form.asks_nothing:
        return max(TOTAL.get(), len(page.courses) + 1)
    return form.filtered(Course.objects.published()).counted_up_to(COUNTED + 1)


def _count_label(count: int) -> str:
    if count > COUNTED:
        return gettext("1,000+ courses")
    return ngettext("%(count)d course", "%(count)d courses", count) % {"count": count}
