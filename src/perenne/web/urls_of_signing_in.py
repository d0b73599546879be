"""Addresses of signing in and of the own profile; the library's views under addresses of ours.

Its names stay, because it finds its own pages by them. Those that are left out, such as signing up
alone, do not exist.
"""

from allauth.account import views as account
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from allauth.usersessions import views as sessions
from django.urls import path, re_path
from django.views.decorators.http import require_POST

from perenne.web.confirmation import ConfirmationView
from perenne.web.signing_in import choosing, entering, joining, profile

urlpatterns = [
    path("sign-in/", entering.SignInView.as_view(), name="sign-in"),
    path("sign-out/", entering.sign_out, name="sign-out"),
    path("sign-in/e-mail/", account.login, name="account_login"),
    path("sign-in/code/", account.request_login_code, name="account_request_login_code"),
    path("sign-in/code/confirm/", account.confirm_login_code, name="account_confirm_login_code"),
    path("sign-in/second-step/", second_step.authenticate, name="mfa_authenticate"),
    path("sign-in/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/inactive/", account.account_inactive, name="account_inactive"),
    path("sign-in/reset/", account.password_reset, name="account_reset_password"),
    path("sign-in/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "sign-in/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^sign-in/reset/(?P<uidb36>usr_[0-9a-z]+)-(?P<key>[^/]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("invitation/<str:secret>/", joining.InvitationView.as_view(), name="invitation"),
    path("acting/", choosing.MembershipsView.as_view(), name="memberships"),
    path("confirm/", ConfirmationView.as_view(), name="confirm"),
    path("profile/", profile.ProfileView.as_view(), name="profile"),
    path("profile/password/", account.password_change, name="account_change_password"),
    path("profile/password/first/", account.password_set, name="account_set_password"),
    path("profile/sessions/", sessions.list_usersessions, name="usersessions_list"),
    path("profile/sessions/<int:number>/", require_POST(profile.end_session), name="session-end"),
    path("profile/second-step/", second_step.index, name="mfa_index"),
    path("profile/second-step/app/", app.activate_totp, name="mfa_activate_totp"),
    path("profile/second-step/app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        "profile/second-step/recovery-codes/",
        recovery_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "profile/second-step/recovery-codes/new/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "profile/second-step/recovery-codes/download/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("profile/second-step/passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("profile/second-step/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path(
        "profile/second-step/passkeys/<int:pk>/",
        passkeys.edit_webauthn,
        name="mfa_edit_webauthn",
    ),
    path(
        "profile/second-step/passkeys/<int:pk>/remove/",
        passkeys.remove_webauthn,
        name="mfa_remove_webauthn",
    ),
]
