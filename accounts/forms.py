"""What people type about themselves."""

from functools import cache
from unicodedata import category
from zoneinfo import ZoneInfo, available_timezones

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditAction, User
from accounts.pictures import square_picture
from accounts.services import people

# They turn round what stands after them, on the page of whoever shows the name.
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Addresses the site needs for itself, or that would pass for somebody with authority.
RESERVED_USERNAMES = {"admin", "administrator", "learnflow", "moderator", "root", "staff", "support", "system", "www"}


def new_password_field(label) -> forms.CharField:
    """A field for choosing a password: shows how strong it is where scripts run (static/js/password.js)."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=500,
        help_text=_("At least 8 characters. A few unrelated words make a good one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-lf-password": "", "minlength": 8}),
    )


def current_password_field(label) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def email_field(label) -> forms.EmailField:
    return forms.EmailField(label=label, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


def free_username(username: str, *, besides: int | None = None) -> str:
    """The username, when it may be used and nobody else has it; raises ValidationError otherwise."""
    if username.lower() in RESERVED_USERNAMES:
        raise ValidationError(gettext("This username is reserved."), code="reserved")
    if User.objects.filter(username=username).exclude(pk=besides).exists():
        raise ValidationError(gettext("This username is already taken."), code="taken")
    return username


def plain_name(name: str) -> str:
    """A name that is one line of text and no web address; raises ValidationError otherwise.

    It stands in e-mails to addresses that nobody has confirmed yet: it must not become somebody else's message.
    """
    if any(category(each) in {"Cc", "Zl", "Zp"} or each in TURNING for each in name) or "://" in name:
        raise ValidationError(gettext("Write a name, without web addresses and line breaks."), code="no_name")
    return name


class NamesForm(forms.BaseForm):
    """The two names, wherever they are typed."""

    def clean_first_name(self):
        return plain_name(self.cleaned_data["first_name"])

    def clean_last_name(self):
        return plain_name(self.cleaned_data["last_name"])


def say_what_is_taken(form: forms.BaseForm, error: IntegrityError) -> None:
    """Turn a lost race for an address or a username into the sentence its form would have shown."""
    if "one_person_per_email_address" in str(error) or "unique_primary_email" in str(error):
        form.add_error("email", gettext("This e-mail address is already in use."))
    elif "one_person_per_username" in str(error):
        form.add_error("username", gettext("This username is already taken."))
    else:
        raise error


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"] = email_field(_("E-mail address"))
        self.fields["password"] = current_password_field(_("Password"))
        self.fields["remember"].label = _("Remember me on this device")
        self.order_fields(["login", "password", "remember"])


class SignupForm(NamesForm, allauth_forms.SignupForm):
    """Four facts and a password. There is no field for a role, so nothing posted can give one."""

    field_order = ["first_name", "last_name", "username", "email", "password1"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name", "username"):
            column = User._meta.get_field(name)
            self.fields[name] = column.formfield(required=True, validators=column.validators)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        self.fields["username"].help_text = _("3 to 30 letters, digits or underscores. Others see it.")
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none", "minlength": 3}
        self.fields["email"] = email_field(_("E-mail address"))
        self.fields["password1"] = new_password_field(_("Password"))
        self.order_fields(self.field_order)

    def clean_username(self):
        return free_username(self.cleaned_data["username"])

    def clean_email(self):
        email = self.cleaned_data["email"]
        if User.objects.filter(email=email).exists():
            raise ValidationError(gettext("This e-mail address is already in use."), code="taken")
        return email

    def clean(self):
        cleaned = forms.Form.clean(self) or self.cleaned_data
        check_new_password(self, "password1", User(**{name: cleaned.get(name, "") for name in self.field_order[:4]}))
        return cleaned

    def try_save(self, request):
        """The new person and no answer; or no person, and the form says what somebody else has just taken."""
        names = {name: self.cleaned_data[name] for name in self.field_order[:4]}
        try:
            return people.sign_up(password=self.cleaned_data["password1"], **names), None
        except IntegrityError as error:
            say_what_is_taken(self, error)
            return None, None


def check_new_password(form: forms.Form, field: str, person: User) -> None:
    """Add to the field what Django's validators say against the password of this person."""
    password = form.cleaned_data.get(field)
    if password:
        try:
            password_validation.validate_password(password, person)
        except ValidationError as error:
            form.add_error(field, error)


class ChangePasswordForm(forms.Form):
    oldpassword = current_password_field(_("Current password"))
    password1 = new_password_field(_("New password"))

    def __init__(self, user, *args, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_oldpassword(self):
        password = self.cleaned_data["oldpassword"]
        if not self.user.check_password(password):
            raise ValidationError(gettext("This is not your current password."), code="wrong")
        return password

    def clean(self):
        check_new_password(self, "password1", self.user)
        return self.cleaned_data

    def save(self):
        people.set_password(
            person=self.user, password=self.cleaned_data["password1"], action=AuditAction.PASSWORD_CHANGE
        )


class SetPasswordForm(forms.Form):
    """For somebody who signs in without a password so far."""

    action = AuditAction.PASSWORD_CHANGE
    password1 = new_password_field(_("New password"))

    def __init__(self, user, *args, temp_key=None, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean(self):
        check_new_password(self, "password1", self.user)
        return self.cleaned_data

    def save(self):
        people.set_password(person=self.user, password=self.cleaned_data["password1"], action=self.action)


class ResetPasswordKeyForm(SetPasswordForm):
    action = AuditAction.PASSWORD_RESET


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    email = email_field(_("E-mail address"))

    def clean_email(self):
        email = self.cleaned_data["email"]
        self.users = list(User.objects.filter(email=email, is_active=True))
        return email


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    password = current_password_field(_("Password"))


class AddEmailForm(allauth_forms.AddEmailForm):
    email = email_field(_("New e-mail address"))


class PictureInput(forms.ClearableFileInput):
    """The choice of a file and a box to remove the picture; the picture itself is shown beside it."""

    template_name = "accounts/_picture_input.html"


@cache
def time_zone_choices() -> list[tuple[str, str]]:
    """Every zone that names a place, and UTC; the old abbreviations stay out."""
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
    return [(zone, zone.replace("_", " ")) for zone in ["UTC", *places]]


class ProfileForm(NamesForm, forms.ModelForm):
    class Meta:
        model = User
        fields = [
            "first_name",
            "last_name",
            "username",
            "bio",
            "avatar",
            "avatar_url",
            "github_username",
            "time_zone",
            "language",
            "leaderboard_visible",
        ]
        widgets = {"bio": forms.Textarea(attrs={"rows": 6}), "avatar": PictureInput}
        help_texts = {
            "bio": _("A few sentences for your public page, at most 2,000 characters."),
            "avatar": _("JPEG, PNG, WebP or GIF, at most 2 MB. It is cut to a square."),
            "avatar_url": _("Shown when you upload none. Must begin with https://"),
            "leaderboard_visible": _("Leaderboards list you by your name. Otherwise only you see your place."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        site_zone = _("The site's zone (%(zone)s)") % {"zone": settings.TIME_ZONE}
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=[("", site_zone), *time_zone_choices()], required=False
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), choices=[("", _("As my browser asks")), *settings.LANGUAGES], required=False
        )
        for name in ("first_name", "last_name"):
            self.fields[name].required = True
        self.fields["avatar"].widget.attrs["accept"] = "image/jpeg,image/png,image/webp,image/gif"

    def clean_username(self):
        username = self.cleaned_data["username"]
        return username if "username" not in self.changed_data else free_username(username, besides=self.instance.pk)

    def clean_time_zone(self):
        zone = self.cleaned_data["time_zone"]
        return zone and ZoneInfo(zone).key

    def clean_avatar(self):
        upload = self.cleaned_data["avatar"]
        return square_picture(upload) if "avatar" in self.changed_data and upload else upload

    def save(self):
        """Write what the form has and nothing else of the row: a block written meanwhile must stay.

        Raises IntegrityError when the username has just been taken. The replaced picture is deleted after the commit.
        """
        before = User.objects.only("avatar").get(pk=self.instance.pk).avatar
        with transaction.atomic():
            self.instance.save(update_fields=[*self._meta.fields, "updated_at"])
            if before and before.name != self.instance.avatar.name:
                transaction.on_commit(lambda: before.storage.delete(before.name))
        return self.instance
