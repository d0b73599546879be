"""The mails about quotes: to the company, to who made one, and to who was asked to approve it."""

from datetime import date

from perenne.accounts.models import StaffMember
from perenne.accounts.queries import Member
from perenne.catalog.models import Vendor
from perenne.notices.outbox import Letter
from perenne.notices.recipients import Recipient, recipients_of
from perenne.partners.models import Partner
from perenne.quotes.letter_words import Said, Sayer, amount_text
from perenne.quotes.models import QuoteAnswer, QuoteOption, QuoteVersion
from perenne.quotes.queries import VersionView, version_view
from perenne.quotes.sealing import link_token


def sent_letters(version: QuoteVersion) -> list[Letter]:
    """To the company's contract managers, and to everybody else who was named."""
    view = version_view(version)
    letters = [
        Sayer(view, to).letter(
            "sent", path=_page(view), why="manager", said=_message(view, to.locale)
        )
        for to in _managers(view)
    ]
    return letters + _to_recipients(view)


def _to_recipients(view: VersionView) -> list[Letter]:
    letters = []
    for one in view.recipients:
        to = _as_recipient(one.recipient.pk, view)
        letters.append(
            Sayer(view, to).letter(
                "approve" if one.recipient.kind == "approver" else "sent",
                path=f"/q/{link_token(one.recipient.pk)}/",
                why="recipient",
                said=_message(view, to.locale),
            )
        )
    return letters


def accepted_letters(version: QuoteVersion, option: QuoteOption, *, by: Member) -> list[Letter]:
    """To the company and to who made it: what was accepted, by whom, for how much."""
    view = version_view(version)
    chosen = view.option(option.letter)
    assert chosen is not None, "it was accepted"
    return [
        said.letter(
            "accepted",
            path=_page(view),
            why=why,
            by=by.name,
            option=option.letter,
            amount=amount_text(chosen, said.locale),
        )
        for said, why in _both_sides(view)
    ]


def declined_letters(version: QuoteVersion, *, by: Member) -> list[Letter]:
    """To who made it, with the reason; nobody of the company but those who decided it is told."""
    view = version_view(version)
    return [
        Sayer(view, to).letter(
            "declined",
            path=_page(view),
            why="seller",
            said=_wrote(Sayer(view, to), by.name, version.reason),
            by=by.name,
        )
        for to in _sellers(view)
    ]


def withdrawn_letters(version: QuoteVersion, *, by: Member) -> list[Letter]:
    """To everybody who had got it."""
    view = version_view(version)
    told = [(to, "manager") for to in _managers(view)]
    told += [(_as_recipient(one.recipient.pk, view), "recipient") for one in view.recipients]
    return [
        said.letter(
            "withdrawn",
            path=_page(view) if why == "manager" else f"/q/{link_token(said.to.id)}/",
            why=why,
            said=_wrote(said, by.name, version.reason),
            by=by.name,
        )
        for said, why in ((Sayer(view, to), why) for to, why in told)
    ]


def expiring_letters(version: QuoteVersion, *, day: date) -> list[Letter]:
    """To the company and to who made it: so many days are left."""
    view = version_view(version)
    left = (version.valid_through - day).days
    return [
        said.letter(
            "expiring",
            path=_page(view),
            why=why,
            left=said.say("left.one" if left == 1 else "left.many", n=left),
        )
        for said, why in _both_sides(view)
    ]


def expired_letters(version: QuoteVersion) -> list[Letter]:
    """To the company and to who made it: it is over, and what happens now."""
    view = version_view(version)
    return [said.letter("expired", path=_page(view), why=why) for said, why in _both_sides(view)]


def reopened_letters(version: QuoteVersion) -> list[Letter]:
    """To the company: the payment failed, it can be accepted again."""
    view = version_view(version)
    return [
        Sayer(view, to).letter("reopened", path=_page(view), why="manager")
        for to in _managers(view)
    ]


def answered_letters(version: QuoteVersion, answer: QuoteAnswer) -> list[Letter]:
    """To the company's contract managers: what somebody answered to whom it was sent."""
    view = version_view(version)
    who = answer.recipient.name
    return [
        said.letter(
            "answered",
            path=_page(view),
            why="manager",
            said=_wrote(said, who, answer.note),
            who=who,
            decision=said.say(f"decision.{answer.decision}"),
        )
        for said in (Sayer(view, to) for to in _managers(view))
    ]


def _both_sides(view: VersionView) -> list[tuple[Sayer, str]]:
    told = [(to, "manager") for to in _managers(view)]
    told += [(to, "seller") for to in _sellers(view)]
    return [(Sayer(view, to), why) for to, why in told]


def _managers(view: VersionView) -> list[Recipient]:
    company = view.stored.quote.company_id
    return recipients_of([company]).get(company, [])


def _sellers(view: VersionView) -> list[Recipient]:
    """The partner or member of staff who made it; nobody for a company's own."""
    quote = view.stored.quote
    if quote.partner_id is not None:
        partner = Partner.objects.get(pk=quote.partner_id)
        name = partner.contact_name or partner.name
        # A partner has no language on record; the quote's is the one that was chosen.
        return [Recipient(partner.pk, name, partner.email, view.stored.language)]
    if quote.staff_id is not None:
        staff = StaffMember.objects.get(pk=quote.staff_id)
        locale = Vendor.objects.values_list("locale", flat=True).get()
        return [Recipient(staff.pk, staff.name, staff.email, locale)]
    return []


def _as_recipient(identity: str, view: VersionView) -> Recipient:
    one = next(one.recipient for one in view.recipients if one.recipient.pk == identity)
    return Recipient(one.pk, one.name, one.email, one.language)


def _message(view: VersionView, locale: str) -> Said:
    to = Recipient("", "", "", locale)
    return Said(Sayer(view, to).say("message"), view.stored.message)


def _wrote(said: Sayer, by: str, text: str) -> Said:
    return Said(said.say("wrote", by=by), text)


def _page(view: VersionView) -> str:
    return f"/quotes/{view.number}/"
