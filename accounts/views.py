"""The pages of accounts: signing in, up and out, the forgotten password, the account itself."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms as django_forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST
from rest_framework.exceptions import Throttled

from accounts import forms, registration, verification
from accounts.account_page import account_page
from accounts.credentials import change_email, change_password
from accounts.registration import Taken
from accounts.signing_in import WrongCredentials, prove_password, sign_in, sign_up
from accounts.tokens import issue_token, revoke_token
from accounts.viewer import signed_in
from gallery_site.client_address import client_network
from gallery_site.throttle import throttle
from images import preference_changes

RESETS_PER_EMAIL = "5/h"
RESETS_PER_ADDRESS = "20/h"
MAILS_PER_ACCOUNT = "5/h"


# --- In, up and out -------------------------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters("password")
def login(request: HttpRequest) -> HttpResponse:
    form = forms.LoginForm(request.POST or None)
    wait: int | None = None
    if form.is_valid():
        try:
            given = form.cleaned_data
            sign_in(request, identifier=given["username"], password=given["password"])
            return redirect(_next(request))
        except WrongCredentials:
            form.add_error(None, "The name or the password is wrong.")
        except Throttled as throttled:
            wait = _tell(form, throttled)
    return _entrance(request, "accounts/login.html", form, wait)


@never_cache
@sensitive_post_parameters("password")
def register(request: HttpRequest) -> HttpResponse:
    if not registration.is_open():
        return render(request, "accounts/closed.html", registration.first_steps(), status=403)
    form = forms.RegisterForm(request.POST or None)
    wait: int | None = None
    if form.is_valid():
        try:
            sign_up(request, **form.cleaned_data)
            messages.success(request, "Welcome. A mail is on its way to confirm your email.")
            return redirect(_next(request))
        except Taken as taken:
            form.add_error(taken.field, str(taken))
        except Throttled as throttled:
            wait = _tell(form, throttled)
    return _entrance(request, "accounts/register.html", form, wait)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    end_session(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@require_GET
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of the verification mail leads; whoever holds it has read the mail."""
    try:
        verification.verify(token)
    except verification.BadLink:
        return render(request, "accounts/verified.html", {"verified": False}, status=400)
    return render(request, "accounts/verified.html", {"verified": True})


# --- The forgotten password -----------------------------------------------------------------------------------------


class PasswordReset(auth_views.PasswordResetView):
    """Asks for the email, and says the same whether or not there is an account."""

    template_name = "accounts/password_reset.html"
    email_template_name = "accounts/mail/password_reset.txt"
    subject_template_name = "accounts/mail/password_reset_subject.txt"
    success_url = reverse_lazy("password-reset-done")

    @property
    def extra_email_context(self) -> dict[str, str]:  # type: ignore[override]  # read at each mail, not at import
        return {"site_url": settings.SITE_URL}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            throttle(self.request, "password reset by address", RESETS_PER_ADDRESS, client_network(self.request))
            throttle(self.request, "password reset", RESETS_PER_EMAIL, form.cleaned_data["email"].casefold())
        except Throttled as throttled:
            wait = _tell(form, throttled)
            return _answer(self.request, self.template_name, {"form": form}, wait)
        return super().form_valid(form)


password_reset = never_cache(PasswordReset.as_view())
password_reset_done = auth_views.PasswordResetDoneView.as_view(template_name="accounts/password_reset_done.html")
password_reset_confirm = auth_views.PasswordResetConfirmView.as_view(
    template_name="accounts/password_reset_confirm.html",
    form_class=forms.ResetForm,
    success_url=reverse_lazy("password-reset-complete"),
)
password_reset_complete = auth_views.PasswordResetCompleteView.as_view(
    template_name="accounts/password_reset_complete.html"
)


# --- The account ----------------------------------------------------------------------------------------------------


@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Shows all of it; a POST changes the preferences."""
    if request.method != "POST":
        return account_page(request)
    form = forms.PreferencesForm(request.POST)
    if not form.is_valid():
        return account_page(request, preferences_form=form)
    preference_changes.choose(signed_in(request), form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("account")


@require_POST
@never_cache
@login_required
@sensitive_post_parameters("current_password")
def email_change(request: HttpRequest) -> HttpResponse:
    form = forms.EmailForm(request.POST)
    wait: int | None = None
    if form.is_valid() and not (wait := _refused(request, form)) and form.is_valid():
        try:
            change_email(user=signed_in(request), email=form.cleaned_data["email"])
            messages.success(request, "Your email was changed. A mail is on its way to confirm it.")
            return redirect("account")
        except Taken as taken:
            form.add_error(taken.field, str(taken))
    return account_page(request, wait, email_form=form)


@require_POST
@never_cache
@login_required
@sensitive_post_parameters("current_password", "new_password")
def password_change(request: HttpRequest) -> HttpResponse:
    form = forms.PasswordForm(request.POST, user=signed_in(request))
    wait: int | None = None
    if form.is_valid() and not (wait := _refused(request, form)) and form.is_valid():
        change_password(user=signed_in(request), password=form.cleaned_data["new_password"])
        update_session_auth_hash(request, signed_in(request))
        messages.success(request, "Your password was changed; other sessions and all tokens have ended.")
        return redirect("account")
    return account_page(request, wait, password_form=form)


@require_POST
@login_required
def verification_again(request: HttpRequest) -> HttpResponse:
    try:
        throttle(request, "verification mail", MAILS_PER_ACCOUNT, str(signed_in(request).uid))
    except Throttled as throttled:
        messages.error(request, _wait_text(throttled))
        return account_page(request, _seconds(throttled))
    if not signed_in(request).is_verified:
        verification.send_verification(signed_in(request))
        messages.success(request, "A mail is on its way to confirm your email.")
    return redirect("account")


@require_POST
@never_cache
@login_required
def token_create(request: HttpRequest) -> HttpResponse:
    form = forms.TokenForm(request.POST)
    if not form.is_valid():
        return account_page(request, token_form=form)
    _, secret = issue_token(user=signed_in(request), **form.cleaned_data)
    return account_page(request, new_token=secret)


@require_POST
@login_required
def token_revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    if not revoke_token(user=signed_in(request), token_id=token_id):
        raise Http404
    messages.success(request, "The token is revoked.")
    return redirect("account")


# --- What they have in common ---------------------------------------------------------------------------------------


def _refused(request: HttpRequest, form: django_forms.Form) -> int | None:
    """Ask for the present password: what is wrong with it is told on the form. Seconds to wait, if it is too often."""
    try:
        prove_password(request, signed_in(request), form.cleaned_data["current_password"])
    except WrongCredentials:
        form.add_error("current_password", "This is not your password.")
    except Throttled as throttled:
        return _tell(form, throttled)
    return None


def _tell(form: django_forms.Form, throttled: Throttled) -> int | None:
    form.add_error(None, _wait_text(throttled))
    return _seconds(throttled)


def _seconds(throttled: Throttled) -> int:
    return throttled.wait  # type: ignore[attr-defined]  # its stub has forgotten it


def _wait_text(throttled: Throttled) -> str:
    return f"Too many attempts. Try again in {_seconds(throttled)} seconds."


def _entrance(request: HttpRequest, template: str, form: django_forms.Form, wait: int | None) -> HttpResponse:
    """A page to come in by: says so when nobody has an account yet, and hands on where one was going."""
    goal = request.POST.get("next", request.GET.get("next", ""))
    context = {
        "form": form,
        "next": goal,
        "elsewhere": f"?{urlencode({'next': goal})}" if goal else "",
        **registration.first_steps(),
    }
    return _answer(request, template, context, wait)


def _answer(request: HttpRequest, template: str, context: dict[str, Any], wait: int | None) -> HttpResponse:
    if not wait:
        return render(request, template, context)
    response = render(request, template, context, status=429)
    response["Retry-After"] = str(wait)
    return response


def _next(request: HttpRequest) -> str:
    """Where one was going, if that is on this site."""
    goal = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(goal, {request.get_host()}, require_https=request.is_secure())
    return goal if safe else resolve_url(settings.LOGIN_REDIRECT_URL)
