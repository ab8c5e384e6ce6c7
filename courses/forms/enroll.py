"""Whom an admin enrolls, and where."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models import Course


class EnrollForm(forms.Form):
    """A person by e-mail address, and any published course, paid ones too."""

    email = forms.EmailField(label=_("E-mail address of the person"), max_length=254)
    course = forms.ModelChoiceField(label=_("Course"), queryset=Course.objects.none())

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        published = Course.objects.published().only("title").order_by("title")
        self.fields["course"].queryset = published  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        """The address; the person it belongs to is kept as `learner`."""
        self.learner = User.objects.filter(email=self.cleaned_data["email"], is_active=True).first()
        if self.learner is None:
            raise forms.ValidationError(_("Nobody has signed up with this address."))
        return self.cleaned_data["email"]
