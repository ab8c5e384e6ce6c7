"""Addresses of accounts."""

from allauth.account.views import logout, password_reset_done, password_reset_from_key_done
from django.urls import include, path, re_path

from accounts.views import entrance, passwords, profile, sessions

# allauth's own addresses and names. Those above its include are answered by its views as the house needs them:
# counted, and with 422 for a form that isn't right.
urlpatterns = [
    path("accounts/login/", entrance.SignInView.as_view(), name="account_login"),
    path("accounts/signup/", entrance.SignUpView.as_view(), name="account_signup"),
    path("accounts/logout/", logout, name="account_logout"),
    path("accounts/email/", entrance.EmailView.as_view(), name="account_email"),
    path("accounts/reauthenticate/", entrance.ReauthenticateView.as_view(), name="account_reauthenticate"),
    path("accounts/password/change/", passwords.ChangePasswordView.as_view(), name="account_change_password"),
    path("accounts/password/set/", passwords.SetPasswordView.as_view(), name="account_set_password"),
    path("accounts/password/reset/", passwords.ResetPasswordView.as_view(), name="account_reset_password"),
    path("accounts/password/reset/done/", password_reset_done, name="account_reset_password_done"),
    path(
        "accounts/password/reset/key/done/", password_reset_from_key_done, name="account_reset_password_from_key_done"
    ),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        passwords.ResetPasswordFromKeyView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("accounts/sessions/<int:pk>/end/", sessions.end_session, name="end_session"),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("profile/", profile.edit_profile, name="profile"),
]
