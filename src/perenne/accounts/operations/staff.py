"""List members of the vendor's staff."""

from datetime import datetime

from perenne.accounts.models import StaffMember
from perenne.platform import journal
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic


def add_staff(*, email: str, name: str, role: str, actor: str, now: datetime) -> StaffMember:
    """List somebody with one role; they sign in once they are invited."""
    with atomic("staff"):
        identity = new_id("stf")
        staff = StaffMember.objects.create(
            id=identity, code=identity, name=name, email=email, role=role
        )
        fact = Fact(
            kind="staff.added",
            subject=staff.pk,
            company="",
            region="",
            business_day=now.date(),
            actor=actor,
            facts={"role": role},
        )
        journal.record_all([fact], at=now)
    return staff
