"""What the house decides in allauth's flows."""

import logging
from smtplib import SMTPException
from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.origin import client_address
from accounts.rate_limits import (
    PASSWORD_PER_PERSON,
    SIGN_IN_PER_ACCOUNT,
    SIGN_IN_PER_ADDRESS,
    count_try,
    current_address,
    take_try_back,
)

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Where allauth asks the house: who may come in, what is counted, what is sent and where people land."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "email_taken": _("This e-mail address is already in use."),
        "username_taken": _("This username is already taken."),
        "duplicate_email": _("This is your address already."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("The password is wrong."),
    }

    def is_ajax(self, request: HttpRequest) -> bool:
        """Never: the pages answer with HTML only, so allauth's second, JSON face stays shut."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `next` stays on this site. The hosts that answer health checks (localhost) aren't the site."""
        site = urlsplit(settings.SITE_URL)
        return url_has_allowed_host_and_scheme(url, {site.netloc}, require_https=site.scheme == "https")

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "0.0.0.0"

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Look whether the password is right, counting the try first and taking it back when it is."""
        email = credentials.get("email", "")
        count_try(SIGN_IN_PER_ADDRESS, current_address())
        count_try(SIGN_IN_PER_ACCOUNT, email)
        is_guess = False
        try:
            person = super().authenticate(request, **credentials)
            is_guess = person is None
            return person
        finally:
            # The right password is no guess, and neither is one that nobody had the time to look at.
            if not is_guess:
                take_try_back(SIGN_IN_PER_ADDRESS, current_address())
                take_try_back(SIGN_IN_PER_ACCOUNT, email)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether the password is right; guessing is limited here, too."""
        count_try(PASSWORD_PER_PERSON, str(user.pk))
        return user.check_password(password)

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Tell a blocked person why they stay out. Only the right password leads here."""
        if user.is_blocked:
            request.session.flush()
            return render(request, "account/blocked.html", {"reason": user.blocked_reason}, status=403)
        return super().pre_login(request, user, **kwargs)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm the address, unless somebody else signed up with it after this person asked for it."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except IntegrityError:
            messages.error(request, gettext("Somebody else uses this e-mail address by now."))
            return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return self._absolute(path.replace("UID-KEY", key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return self._absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def _absolute(self, path: str) -> str:
        # Not from the Host header: a link in an e-mail must lead here whatever the request claimed.
        return urljoin(settings.SITE_URL, path)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one e-mail. When the mail server doesn't take it the page says so, the same for every address."""
        message = self.render_mail(
            template_prefix,
            email,
            {**context, "email": email, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL},
        )
        if not connection.in_atomic_block:
            connection.close()  # a slow mail server must not keep a connection from the pages
        try:
            message.send()
        except (SMTPException, OSError):
            logger.exception("An e-mail could not be sent")
            messages.error(
                allauth_context.request, gettext("The e-mail could not be sent just now. Please try again later.")
            )

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")
