"""What people say of themselves: their name, and the language in which they are written to."""

from datetime import datetime

from perenne.accounts.memberships import kind_of, membership
from perenne.accounts.models import User
from perenne.accounts.operations.users import user_fact
from perenne.platform import journal
from perenne.platform.writing import atomic


def change_profile(key: str, user: User, *, name: str, locale: str, now: datetime) -> bool:
    """Write name and language of one membership; whether anything changed.

    The caller has checked that the membership is the user's.
    """
    with atomic("profile"):
        one, kind = membership(key), kind_of(key)
        assert one is not None
        assert kind is not None
        before = {"name": one.member.name, "locale": one.member.locale}
        after = {"name": name, "locale": one.member.locale if one.member.is_staff else locale}
        if before == after:
            return False
        kind.rename(one.member.id, name=name, locale=locale)
        changed = sorted(field for field in after if before[field] != after[field])
        fact = user_fact(
            user, one, kind="profile.changed", now=now, subject=one.member.id, changed=changed
        )
        journal.record_all([fact], at=now)
    return True
