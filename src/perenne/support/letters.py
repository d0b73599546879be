"""The mails about contact requests: to who asked, and to who answers."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from perenne.accounts.models import StaffMember
from perenne.catalog.models import Vendor
from perenne.catalog.queries import current_catalogue
from perenne.notices.outbox import Letter
from perenne.notices.recipients import Recipient
from perenne.rules.owners import OwnerKind, OwnerReason
from perenne.support.letter_words import Addressee, Quote, Sayer
from perenne.support.queries import RequestView


def receipt_letter(view: RequestView, message: str) -> Letter:
    """To who asked: who answers by when, with a copy of what was asked."""
    said = Sayer(view, _asker(view), vendor=current_catalogue().vendor_name)
    return said.to_asker(
        "receipt",
        said.say("receipt.text"),
        quote=Quote(said.say("quote.asked"), message),
        why=said.say("receipt.why", readers=said.readers),
    )


def assigned_letter(view: RequestView, message: str, reasons: Sequence[OwnerReason]) -> Letter:
    """To who answers: what is asked, everything that is known of it, and why it is theirs."""
    said = Sayer(view, _owner(view), vendor=current_catalogue().vendor_name)
    why = said.say("joint").join(said.say(f"why.{reason}") for reason in reasons)
    return said.to_owner(
        "assigned",
        said.say("assigned.text", why=why),
        quote=Quote(said.say("quote.asked"), message),
    )


def handed_letter(view: RequestView, note: str, *, author: str) -> Letter:
    """To who answers from now on: who handed it over, and with which word."""
    said = Sayer(view, _owner(view), vendor=current_catalogue().vendor_name)
    return said.to_owner(
        "assigned",
        said.say("handed.text", by=author),
        quote=Quote(said.say("quote.note"), note),
    )


def replied_letter(view: RequestView, text: str, *, author: str) -> Letter:
    """To who answers: the company that asked wrote again."""
    said = Sayer(view, _owner(view), vendor=current_catalogue().vendor_name)
    return said.to_owner(
        "replied",
        said.say("replied.text"),
        quote=Quote(said.say("wrote", by=author), text),
    )


def withdrawn_letter(view: RequestView, *, author: str) -> Letter:
    """To who would have answered: nobody waits any more."""
    said = Sayer(view, _owner(view), vendor=current_catalogue().vendor_name)
    return said.to_owner("withdrawn", said.say("withdrawn.text", by=author))


def reminding_letter(view: RequestView) -> Letter:
    """To who promised: little time is left."""
    said = Sayer(view, _owner(view), vendor=current_catalogue().vendor_name)
    return said.to_owner("reminding", said.say("reminding.text"))


def overdue_letters(view: RequestView, desk: Addressee | None) -> list[Letter]:
    """To who promised, and to the desk if that is somebody else: the promise is broken."""
    vendor = current_catalogue().vendor_name
    owner = Sayer(view, _owner(view), vendor=vendor)
    letters = [owner.to_owner("overdue", owner.say("overdue.text"))]
    if desk is not None and desk.recipient.id != view.owner.id:
        said = Sayer(view, desk, vendor=vendor)
        letters.append(said.to_owner("overdue", said.say("overdue.desk")))
    return letters


def answered_letter(view: RequestView, text: str, *, author: str) -> Letter:
    """To who asked: the answer."""
    said = Sayer(view, _asker(view), vendor=current_catalogue().vendor_name)
    return said.to_asker(
        "answered",
        said.say("answered.text"),
        quote=Quote(said.say("wrote", by=author), text),
    )


def closed_letter(view: RequestView, text: str, *, author: str) -> Letter:
    """To who asked: how it ended."""
    said = Sayer(view, _asker(view), vendor=current_catalogue().vendor_name)
    return said.to_asker(
        "closed",
        said.say("closed.text"),
        quote=Quote(said.say("wrote", by=author), text),
    )


def reopened_letter(view: RequestView) -> Letter:
    """To who asked: it is taken up again, with a new promise."""
    said = Sayer(view, _asker(view), vendor=current_catalogue().vendor_name)
    return said.to_asker("reopened", said.say("receipt.text"))


def addressee_of_staff(staff_id: str) -> Addressee:
    """A member of staff, in the vendor's language."""
    staff = StaffMember.objects.select_related("region").get(pk=staff_id)
    zone = None if staff.region is None else ZoneInfo(staff.region.time_zone)
    locale = Vendor.objects.values_list("locale", flat=True).get()
    return Addressee(Recipient(staff.pk, staff.name, staff.email, locale), zone)


def _asker(view: RequestView) -> Addressee:
    to = Recipient(view.asker_id, view.asker_name, view.asker_email, view.language)
    return Addressee(to, view.zone)


def _owner(view: RequestView) -> Addressee:
    if view.owner.kind is not OwnerKind.PARTNER:
        return addressee_of_staff(view.owner.id)
    # A partner has no language on record; who asks has told in which to be answered.
    to = Recipient(view.owner.id, view.owner.name, view.owner.email, view.language)
    return Addressee(to, view.owner.zone)
