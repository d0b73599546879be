"""The mail to contract managers whom somebody of their company asks for help."""

from perenne.catalog.queries import current_catalogue
from perenne.notices.outbox import Letter
from perenne.notices.recipients import Recipient
from perenne.platform.display import date_text
from perenne.platform.words import language_of
from perenne.renewals.queries import Outlook
from perenne.support.letter_words import Quote, Row, letter_of, page_url
from perenne.support.models import ColleagueRequest
from perenne.support.words import say


def colleague_letter(request: ColleagueRequest, outlook: Outlook, *, to: Recipient) -> Letter:
    """Who asks for which action of which subscription, in the language of who is told."""
    locale = language_of(to.locale)
    asker, vendor = request.asked_by, current_catalogue().vendor_name
    facts = {
        "asker": asker.name,
        "mail": asker.email,
        "action": say(f"action.{request.action}", locale),
        "product": outlook.product_names.get(locale, outlook.offer.product),
        "company": outlook.company_name,
    }
    text = say("colleague.text", locale, **facts)
    if not to.manages:
        text += say("between", locale) + say("colleague.stand_in", locale)
    return letter_of(
        "colleague",
        company=request.company_id,
        to=to,
        thread=request.pk,
        subject=say("colleague.subject", locale, **facts),
        context={
            "headline": say("colleague.headline", locale, **facts),
            "text": text,
            "quote": Quote(say("wrote", locale, by=asker.name), request.message),
            "rows": _rows(request, outlook, facts, locale),
            "link": page_url(f"subscriptions/{request.subscription_id}"),
            "action": say("colleague.action", locale),
            "why": say("colleague.why", locale, company=outlook.company_name, vendor=vendor),
        },
    )


def _rows(
    request: ColleagueRequest, outlook: Outlook, facts: dict[str, str], locale: str
) -> list[Row]:
    seats = "seats.one" if outlook.seats_owned == 1 else "seats.many"
    subscription = say(
        "subscription",
        locale,
        product=facts["product"],
        seats=say(seats, locale, n=str(outlook.seats_owned)),
        contract=outlook.contract_code,
        code=outlook.code,
    )
    ends = "ended" if outlook.ended_on is not None else "renews_on"
    values = {
        "wanted": facts["action"],
        "subscription": subscription,
        ends: date_text(outlook.renews_on, locale=locale, weekday=True),
        "asker": request.asked_by.name,
        "mail": request.asked_by.email,
    }
    return [Row(say(f"label.{name}", locale), value) for name, value in values.items()]
