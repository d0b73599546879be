"""Mails that somebody on the sign-in page waits for: a code, and the link to a new password."""

from datetime import datetime

from django.db import transaction

from perenne.accounts.links import RESET, SECRET
from perenne.accounts.memberships import memberships_of
from perenne.accounts.models import User
from perenne.notices.outbox import Letter, post
from perenne.notices.plain import PlainMail, render_plain
from perenne.notices.recipients import Recipient
from perenne.notices.security_words import WORDS


def post_reset_link(user: User, *, now: datetime) -> None:
    """Send the link with which the user sets a new password; it is made when the mail leaves."""
    mail = PlainMail("reset", f"/sign-in/reset/{SECRET}/", {})
    _post(user, mail, seal=f"{RESET}:{user.pk}", now=now)


def post_sign_in_code(user: User, code: str, *, now: datetime) -> None:
    """Send a code, which is good in the browser that asked for it and nowhere else."""
    _post(user, PlainMail("code", "/", {"code": code}), seal="", now=now)


def _post(user: User, mail: PlainMail, *, seal: str, now: datetime) -> None:
    own = memberships_of(user.pk)
    name = own[0].member.name if own else user.email
    locale = own[0].member.locale if own else "en"
    letter = Letter(
        kind=f"sign_in.{mail.key}",
        company=None,
        to=Recipient(user.pk, name, user.email, locale),
        mail=render_plain(mail, words=WORDS, name=name, locale=locale),
        seal=seal,
    )
    with transaction.atomic():
        post([letter], day=now.date(), now=now)
