"""Django's settings, made from the deployment's; starts nothing."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from perenne.platform.settings import read_deployment

DEPLOYMENT = read_deployment()
PACKAGE = Path(__file__).resolve().parents[1]

PERENNE_MODE = DEPLOYMENT.mode
PERENNE_HOME = DEPLOYMENT.home
PERENNE_BASE_URL = DEPLOYMENT.base_url
PERENNE_SMTP_URL = DEPLOYMENT.smtp_url
PERENNE_STRIPE_ACCOUNT = DEPLOYMENT.stripe

SECRET_KEY = DEPLOYMENT.secret_key
DEBUG = False
ALLOWED_HOSTS = list(DEPLOYMENT.hosts)

INSTALLED_APPS = [
    "perenne.platform",
    "perenne.catalog",
    "perenne.accounts",
    "perenne.partners",
    "perenne.subscriptions",
    "perenne.seats",
    "perenne.billing",
    "perenne.renewals",
    "perenne.notices",
    "perenne.quotes",
    "perenne.feeds",
    "perenne.support",
    "perenne.daily",
    "perenne.importing",
    "perenne.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "perenne.web.middleware.MomentMiddleware",
    "perenne.web.middleware.MemberMiddleware",
]

ROOT_URLCONF = "perenne.web.urls"
WSGI_APPLICATION = "perenne.web.wsgi.application"
AUTH_USER_MODEL = "accounts.User"

# Signing in is django-allauth's, with our pages, words and mails (web/signing_in).
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "perenne.web.signing_in.passwords.NotTheAddressValidator"},
]
PASSWORD_RESET_TIMEOUT = 3 * 3600
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "perenne.web.signing_in.adapter.SignInAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation has proved the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # our forms do the same work for them
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "sign-in"
_forms = "perenne.web.signing_in.forms"
ACCOUNT_FORMS = {
    "login": f"{_forms}.SignInForm",
    "request_login_code": f"{_forms}.CodeRequestForm",
    "confirm_login_code": f"{_forms}.CodeForm",
    "reset_password": f"{_forms}.ResetForm",
    "reset_password_from_key": f"{_forms}.NewPasswordForm",
    "change_password": f"{_forms}.ChangePasswordForm",
    "set_password": f"{_forms}.SetPasswordForm",
}
MFA_FORMS = {
    "authenticate": f"{_forms}.SecondStepForm",
    "activate_totp": f"{_forms}.ActivateAppForm",
    "add_webauthn": f"{_forms}.AddPasskeyForm",
    "edit_webauthn": f"{_forms}.RenamePasskeyForm",
}
CSRF_FAILURE_VIEW = "perenne.web.public.stale_form"
MFA_ADAPTER = "perenne.web.signing_in.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Who types slowly sends the code of the thirty seconds before (RFC 6238, 5.2); each works once.
MFA_TOTP_TOLERANCE = 1
# Browsers give passkeys to plain HTTP only on localhost, which is where a demo runs.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEPLOYMENT.is_demo
ALLAUTH_TRUSTED_PROXY_COUNT = DEPLOYMENT.trusted_proxies

# Counts of attempts must hold for every process, so they lie in the database.
CACHES = {"default": {"BACKEND": "perenne.platform.cache.PostgresCache"}}

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "perenne.web.context.page",
            ],
        },
    },
]

_database = DEPLOYMENT.database
# A page would rather say that the database is away than let people wait for it.
_POOL = {"min_size": 1, "max_size": 8, "timeout": 5}
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "perenne.platform.postgresql",
        "NAME": _database.name,
        "USER": _database.user,
        "PASSWORD": _database.password,
        "HOST": _database.host,
        "PORT": _database.port,
        # A pooled connection may have died with its server; pages must not find out.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_database.options,
            **({"pool": _POOL} if DEPLOYMENT.pools else {}),
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]

STATIC_URL = "/static/"
# The bundle is served where it was built: nothing is collected.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Plain HTTP is for the demo on this machine only.
_is_live = not DEPLOYMENT.is_demo
SESSION_COOKIE_NAME = "__Host-session" if _is_live else "perenne_session"
SESSION_COOKIE_SECURE = _is_live
SESSION_COOKIE_AGE = 7 * 24 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if _is_live else "perenne_csrf"
CSRF_COOKIE_SECURE = _is_live
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_NAME = "__Host-language" if _is_live else "django_language"
LANGUAGE_COOKIE_SECURE = _is_live
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
PERENNE_DEVICE_COOKIE = "__Host-device" if _is_live else "perenne_device"
SECURE_HSTS_SECONDS = 31_536_000 if _is_live else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_live
SECURE_SSL_REDIRECT = _is_live
# Only a proxy that the operator counted may say that the visitor came by HTTPS.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if DEPLOYMENT.trusted_proxies else None
)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Its tries to reach a database that is starting again are no news; what they stop is.
        "psycopg.pool": {"level": "ERROR"},
        # If the root is lowered, these write whole requests and answers, with tokens.
        **{name: {"level": "WARNING"} for name in ("stripe", "httpx", "httpcore")},
        "perenne.security": {"level": "INFO"},
    },
}
