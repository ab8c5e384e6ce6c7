"""Coming in: signing in and up, the e-mail address, the password once more."""

from allauth.account import views as allauth_views
from django.http import HttpRequest, HttpResponse

from accounts.forms import AddEmailForm, LoginForm, ReauthenticateForm, SignupForm
from accounts.models import User
from accounts.rate_limits import CONFIRM_PER_ACCOUNT, SIGN_UP_PER_ADDRESS, count_try, current_address
from accounts.views.answers import CarefulForm


class SignInView(CarefulForm, allauth_views.LoginView):
    """Sign in. The adapter counts the tries, for they are counted per account, too."""

    form_class = LoginForm


class SignUpView(CarefulForm, allauth_views.SignupView):
    form_class = SignupForm

    def get_form_class(self) -> type[SignupForm]:
        return self.form_class

    def count(self, request: HttpRequest) -> None:
        count_try(SIGN_UP_PER_ADDRESS, current_address())

    def form_valid(self, form: SignupForm) -> HttpResponse:
        """Let the new person in; or show what somebody else took between the check and the writing."""
        person, _ = form.try_save(self.request)
        if person is None:
            return self.form_invalid(form)
        return self.let_in(person)

    def let_in(self, person: User) -> HttpResponse:
        return allauth_views.flows.signup.complete_signup(
            self.request, user=person, redirect_url=self.get_success_url()
        )


class EmailView(CarefulForm, allauth_views.EmailView):
    """My address: change it, confirm it, have the link sent again."""

    form_class = AddEmailForm

    def count(self, request: HttpRequest) -> None:
        count_try(CONFIRM_PER_ACCOUNT, str(request.user.pk))


class ReauthenticateView(CarefulForm, allauth_views.ReauthenticateView):
    """Ask for the password again before an act that could lock the person out."""

    form_class = ReauthenticateForm
