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
    "perenne.support",
    "perenne.daily",
    "perenne.importing",
    "perenne.web",
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
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "perenne.web.middleware.MomentMiddleware",
    "perenne.web.middleware.MemberMiddleware",
]

ROOT_URLCONF = "perenne.web.urls"
WSGI_APPLICATION = "perenne.web.wsgi.application"
AUTH_USER_MODEL = "accounts.User"

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
CSRF_COOKIE_NAME = "__Host-csrf" if _is_live else "perenne_csrf"
CSRF_COOKIE_SECURE = _is_live
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if _is_live else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_live
SECURE_SSL_REDIRECT = _is_live
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
    },
}
