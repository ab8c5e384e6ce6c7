"""Which rows of the audit log somebody asks for."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AuditAction, AuditLog, User
from accounts.models.audit import AuditLogQuerySet

MOST_ID = 2**63 - 1
# A search looks at the rows of so many people, and wants more of the name when there are more.
MOST_PEOPLE = 10
MORE = ("person", "kind", "which", "first", "last")
EARLIEST = date(2000, 1, 1)
ISO = "%Y-%m-%d"


class AuditLogForm(forms.Form):
    """Every field may be empty. What can't be is said at its field, and then nothing is shown."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"type": "search"}),
        help_text=gettext_lazy("A name, username or e-mail address; or the id of a thing"),
    )
    person = forms.CharField(
        label=gettext_lazy("Done by"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Username, e-mail address, or number of an account"),
    )
    action = forms.ChoiceField(
        label=gettext_lazy("What they did"),
        required=False,
        choices=[("", gettext_lazy("Anything")), *sorted(AuditAction.choices, key=lambda choice: choice[1])],
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of thing"), required=False)
    which = forms.CharField(label=gettext_lazy("Its id"), required=False, max_length=100)
    first = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput({"type": "date"}, ISO))
    last = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput({"type": "date"}, ISO))
    after = forms.IntegerField(required=False, min_value=1, max_value=MOST_ID, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, kinds: Sequence[str]) -> None:
        super().__init__(data)
        self.kinds = kinds
        self.people: list[int] = []
        self.fields["kind"].choices = [("", _("Anything")), *((each, each) for each in kinds)]  # type: ignore[attr-defined]

    def clean_q(self) -> str:
        """Words that people are found by are few enough; a number is the id of a thing."""
        words = self.cleaned_data["q"].strip()
        if not words:
            return ""
        exactly = User.objects.filter(Q(username=words) | Q(email=words)).values_list("pk", flat=True)
        if words.isdecimal():
            self.people = list(exactly)
            return words
        # In no order: ordered, PostgreSQL may go through all people for a word that hardly anybody is called.
        named = User.objects.matching(words).values_list("pk", flat=True)[: MOST_PEOPLE + 1]
        self.people = sorted(named.union(exactly))
        if len(self.people) > MOST_PEOPLE:
            raise forms.ValidationError(_("Many people are called that: write more of the name, or a username."))
        return words

    def clean_person(self) -> int | None:
        """The number of this account, also of one that is gone: its rows stay."""
        given = self.cleaned_data["person"].strip().removeprefix("@")
        if not given:
            return None
        person = User.objects.filter(Q(username=given) | Q(email=given)).values_list("pk", flat=True).first()
        if person is None and given.isascii() and given.isdecimal() and int(given) <= MOST_ID:
            return int(given)
        if person is None:
            raise forms.ValidationError(_("Nobody has this username or address."))
        return person

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in ("first", "last"):
            if given.get(name) and not EARLIEST <= given[name] <= date.max - timedelta(days=2):
                self.add_error(name, _("Choose a day from the year 2000 on."))
        if given.get("first") and given.get("last") and given["first"] > given["last"]:
            self.add_error("last", _("Choose a last day that isn't before the first."))
        return given

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """Those that are asked for less often."""
        return [self[name] for name in MORE]

    @property
    def asks_more(self) -> bool:
        return any(self.data.get(name) for name in MORE)

    @property
    def asked(self) -> dict[str, str]:
        """What was typed, as the address says it, but for the page."""
        return {name: str(self.data.get(name)) for name in self.fields if name != "after" and self.data.get(name)}

    @property
    def query(self) -> str:
        return urlencode(self.asked)

    @property
    def asked_plainly(self) -> dict[str, Any]:
        """The same for the log itself, which can't be erased from: a person as their number, words not at all."""
        given = self.cleaned_data
        plain = {name: given[name] for name in ("person", "action", "kind", "which") if given[name]}
        days = {name: given[name].isoformat() for name in ("first", "last") if given[name]}
        return plain | days | ({"searched": True} if given["q"] else {})

    def page(self, size: int, *, after: int | None) -> list[AuditLog]:
        """The newest rows asked for, of those after this one."""
        rows = self._filtered().after(after)
        words = self.cleaned_data["q"]
        return rows.page(size, among=self._matches(words)) if words else rows.page(size)

    def _filtered(self) -> AuditLogQuerySet:
        given, rows = self.cleaned_data, AuditLog.objects.all()
        if given["person"]:
            rows = rows.filter(user_id=given["person"])
        if given["action"]:
            rows = rows.filter(action=given["action"])
        if given["kind"]:
            rows = rows.filter(resource_type=given["kind"])
        if given["which"]:
            kinds = [given["kind"]] if given["kind"] else self.kinds
            rows = rows.filter(resource_type__in=kinds, resource_id=given["which"].strip())
        if given["first"]:
            rows = rows.filter(created_at__gte=_midnight(given["first"]))
        if given["last"]:
            rows = rows.filter(created_at__lt=_midnight(given["last"] + timedelta(days=1)))
        return rows

    def _matches(self, words: str) -> list[Q]:
        """What people of this name did, what was done to them, and what was done to a thing with this id."""
        acted = [Q(user_id=person) for person in self.people]
        suffered = [Q(resource_type="user", resource_id=str(person)) for person in self.people]
        return [*acted, *suffered, *(Q(resource_type=kind, resource_id=words) for kind in self.kinds), Q(pk=-1)]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
