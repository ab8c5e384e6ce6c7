"""Changing, setting and resetting the password."""

from allauth.account import views as allauth_views
from django.http import HttpRequest, HttpResponse

from accounts.forms import ChangePasswordForm, ResetPasswordForm, ResetPasswordKeyForm, SetPasswordForm
from accounts.rate_limits import (
    PASSWORD_PER_PERSON,
    RESET_PER_ACCOUNT,
    RESET_PER_ADDRESS,
    count_try,
    current_address,
)
from accounts.views.answers import CarefulForm


class ChangePasswordView(CarefulForm, allauth_views.PasswordChangeView):
    form_class = ChangePasswordForm

    def count(self, request: HttpRequest) -> None:
        count_try(PASSWORD_PER_PERSON, str(request.user.pk))


class SetPasswordView(CarefulForm, allauth_views.PasswordSetView):
    form_class = SetPasswordForm


class ResetPasswordView(CarefulForm, allauth_views.PasswordResetView):
    """Send a link. Known and unknown addresses get the same answer, and each gets an e-mail."""

    form_class = ResetPasswordForm

    def count(self, request: HttpRequest) -> None:
        count_try(RESET_PER_ADDRESS, current_address())

    def form_valid(self, form: ResetPasswordForm) -> HttpResponse:
        count_try(RESET_PER_ACCOUNT, form.cleaned_data["email"])
        return super().form_valid(form)


class ResetPasswordFromKeyView(CarefulForm, allauth_views.PasswordResetFromKeyView):
    form_class = ResetPasswordKeyForm

    def count(self, request: HttpRequest) -> None:
        count_try(RESET_PER_ADDRESS, current_address())
