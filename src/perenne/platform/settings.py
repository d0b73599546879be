"""Deployment settings: the environment, read once into one typed value, all mistakes at once."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from platformdirs import user_data_dir

from perenne.platform.embedded.layout import DATABASE, USER, Layout, layout_of
from perenne.platform.errors import PerenneError

DEFAULT_PORT = 8000
_PORTS = range(1, 65_536)
_SCHEMES = ("postgres", "postgresql")
_SECRET_BYTES = 48
# Secret and restricted keys; a publishable one cannot charge.
_STRIPE_KEY = re.compile(r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9_]{8,250}", re.ASCII)
_STRIPE_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,250}", re.ASCII)
_PROXIES_MAX = 9


class SettingsError(PerenneError):
    """The environment cannot be used; ``problems`` has one clear line for each mistake."""

    code = "settings"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Database:
    """Where PostgreSQL is reached; ``embedded`` is None when ``DATABASE_URL`` names a server."""

    name: str
    user: str
    password: str
    host: str
    port: str
    options: dict[str, str]
    embedded: Layout | None


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """What an installation charges with; neither is ever shown."""

    key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the operator decides; vendor policy is data in the catalogue instead."""

    mode: str
    home: Path
    port: int
    base_url: str
    database: Database
    secret_key: str = field(repr=False)
    hosts: tuple[str, ...]
    smtp_url: str
    pools: bool
    stripe: StripeAccount | None
    trusted_proxies: int

    @property
    def is_demo(self) -> bool:
        """Whether the sandbox gateway, the mail sink and a turned clock are used."""
        return self.mode == "demo"


def read_deployment(environment: Mapping[str, str] | None = None) -> Deployment:
    """Read the environment; starts nothing and writes nothing.

    Raises:
        SettingsError: naming every mistake, with its remedy.
    """
    env = os.environ if environment is None else environment
    problems: list[str] = []
    mode = env.get("PERENNE_MODE", "demo")
    if mode not in ("demo", "live"):
        problems.append(f"PERENNE_MODE is {mode!r}: write demo or live")
    home = Path(env.get("PERENNE_HOME") or user_data_dir("perenne")).expanduser().absolute()
    port = _port(env.get("PERENNE_PORT", ""), problems)
    database = _database(env.get("DATABASE_URL", ""), home, problems)
    proxies = _proxies(env.get("PERENNE_TRUSTED_PROXIES", ""), problems)
    secret_key = env.get("PERENNE_SECRET_KEY", "")
    if mode == "live" and not secret_key:
        problems.append("PERENNE_SECRET_KEY is not set: a live installation needs one of its own")
    hosts = tuple(host for host in env.get("PERENNE_HOSTS", "").split(",") if host)
    if mode == "live" and not hosts:
        problems.append("PERENNE_HOSTS is not set: name the hosts of the portal, comma-separated")
    stripe = _stripe(env, mode, problems)
    if problems or database is None:
        raise SettingsError(problems)
    return Deployment(
        mode=mode,
        home=home,
        port=port,
        base_url=env.get("PERENNE_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        database=database,
        secret_key=secret_key or _generated_key(home),
        hosts=hosts or ("127.0.0.1", "localhost", "[::1]"),
        smtp_url=env.get("PERENNE_SMTP_URL", ""),
        pools=env.get("PERENNE_DATABASE_POOL", "yes") != "no",
        stripe=stripe,
        trusted_proxies=proxies,
    )


def _port(text: str, problems: list[str]) -> int:
    if not text:
        return DEFAULT_PORT
    if not (text.isascii() and text.isdigit() and int(text) in _PORTS):
        problems.append(f"PERENNE_PORT is {text!r}: write a number from 1 to 65535")
        return DEFAULT_PORT
    return int(text)


def _proxies(text: str, problems: list[str]) -> int:
    """How many proxies of the operator's own stand before us and say whom they serve."""
    if text and not (text.isascii() and text.isdigit() and int(text) <= _PROXIES_MAX):
        problems.append(
            f"PERENNE_TRUSTED_PROXIES is {text!r}: write how many proxies of yours, 0 to "
            f"{_PROXIES_MAX}, forward visitors to the portal"
        )
        return 0
    return int(text or 0)


def _database(url: str, home: Path, problems: list[str]) -> Database | None:
    if not url:
        layout = layout_of(home)
        return Database(DATABASE, USER, "", str(layout.sockets), "5432", {}, layout)
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    try:
        port = str(parts.port or "")
    except ValueError:
        port = "?"
    if parts.scheme not in _SCHEMES or not name or port == "?":
        problems.append(
            f"DATABASE_URL is {_without_password(url)!r}: "
            "write postgresql://USER:PASSWORD@HOST:PORT/NAME"
        )
        return None
    options = dict(parse_qsl(parts.query))
    return Database(
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=options.pop("host", unquote(parts.hostname or "")),
        port=port,
        options=options,
        embedded=None,
    )


def _stripe(env: Mapping[str, str], mode: str, problems: list[str]) -> StripeAccount | None:
    key = env.get("PERENNE_STRIPE_KEY", "")
    secret = env.get("PERENNE_STRIPE_WEBHOOK_SECRET", "")
    if not key and not secret:
        return None
    # Secrets are never repeated, not even wrong ones.
    if mode == "demo":
        problems.append(
            "PERENNE_STRIPE_KEY or PERENNE_STRIPE_WEBHOOK_SECRET is set, but a demo charges "
            "through the sandbox only: unset both, or set PERENNE_MODE to live"
        )
    if not _STRIPE_KEY.fullmatch(key):
        problems.append(
            "PERENNE_STRIPE_KEY is not a secret key of Stripe: copy the one that begins with sk_ "
            "or rk_ from the dashboard, Developers, API keys"
        )
    if not _STRIPE_WEBHOOK_SECRET.fullmatch(secret):
        problems.append(
            "PERENNE_STRIPE_WEBHOOK_SECRET is not a signing secret of Stripe: copy the one that "
            "begins with whsec_ from the dashboard, Developers, Webhooks"
        )
    return StripeAccount(key, secret)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":…@") if parts.password else url


def _generated_key(home: Path) -> str:
    """The demo's own key, kept in its home; one for this process alone if nothing was kept yet."""
    try:
        return (home / "secret-key").read_text(encoding="ascii")
    except OSError:
        return secrets.token_urlsafe(_SECRET_BYTES)


def keep_generated_key(home: Path) -> None:
    """Keep a key in a home that has none, so that sessions survive a restart."""
    path = home / "secret-key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_SECRET_BYTES))
