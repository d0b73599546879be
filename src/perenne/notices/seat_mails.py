"""Letters to administrators about people without a seat: who waits for one, and who lost theirs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from perenne.accounts.models import Company, Person
from perenne.catalog.queries import current_catalogue
from perenne.notices.outbox import Letter
from perenne.notices.plain import PlainMail, render_plain
from perenne.notices.recipients import Recipient
from perenne.notices.seat_words import WORDS
from perenne.notices.told_facts import ToldFact
from perenne.platform.bulk import select
from perenne.platform.words import language_of
from perenne.seats.models import WaitingPerson

_NAMED_MAX = 10


@dataclass(frozen=True, slots=True)
class _Said:
    """Who is without a seat of which product; ``owned`` seats are left, if that is known."""

    key: str
    people: Sequence[str]
    product: str
    owned: str = ""


def _short(fact: ToldFact) -> list[Letter]:
    """Those who began to wait then, and still do: who waited before was told of before."""
    waiting = WaitingPerson.objects.filter(
        company=fact.company,
        product=fact.facts["product"],
        person__in=fact.facts["people"],
        since=fact.happened_at,
        ended_at=None,
    ).order_by("pk")
    names = list(waiting.values_list("person__name", flat=True))
    return _letters(fact, _Said("short", names, fact.facts["product"]))


_PRODUCT = """
select o.product_id as product from subscriptions_term t join catalog_offer o on o.id = t.offer_id
where t.subscription_id = %s and t.reversed_by is null and t.starts_on <= %s
order by t.starts_on desc limit 1
"""


def _released(fact: ToldFact) -> list[Letter]:
    known = dict(Person.objects.filter(pk__in=fact.facts["people"]).values_list("pk", "name"))
    names = [known[one] for one in fact.facts["people"] if one in known]
    sold = select(_PRODUCT, [fact.subject, fact.business_day])
    product = sold[0]["product"] if sold else ""
    return _letters(fact, _Said("released", names, product, str(fact.facts["owned"])))


def _letters(fact: ToldFact, said: _Said) -> list[Letter]:
    if not said.people:
        return []
    company = Company.objects.get(pk=fact.company)
    admins = Person.objects.filter(
        company=company, deactivated_at=None, roles__role="primary_admin"
    ).order_by("id")
    return [
        _letter(fact, said, company, Recipient(one.pk, one.name, one.email, one.locale))
        for one in admins
        # Who did it has seen it.
        if fact.actor != f"person:{one.pk}"
    ]


def _letter(fact: ToldFact, said: _Said, company: Company, to: Recipient) -> Letter:
    locale = language_of(to.locale)
    words = WORDS[locale]
    count = len(said.people)
    values = {
        "company": company.name,
        "people": words["people.one" if count == 1 else "people.many"].format(count=count),
        "product": current_catalogue()
        .product_names.get(said.product, {})
        .get(locale, said.product),
    }
    facts = [("fact.product", values["product"]), ("fact.people", _named(said.people, words))]
    if said.owned:
        facts.append(("fact.owned", said.owned))
    return Letter(
        kind=f"seats.{said.key}",
        company=company.pk,
        to=to,
        mail=render_plain(
            PlainMail(said.key, "/seats/", values, facts),
            words=WORDS,
            name=to.name,
            locale=to.locale,
        ),
        fact=fact.id,
    )


def _named(people: Sequence[str], words: Mapping[str, str]) -> str:
    names = words["listed"].join(people[:_NAMED_MAX])
    more = len(people) - _NAMED_MAX
    return words["more"].format(names=names, count=more) if more > 0 else names


WRITERS: Mapping[str, Callable[[ToldFact], list[Letter]]] = {
    "seats.short": _short,
    "seats.released": _released,
}
