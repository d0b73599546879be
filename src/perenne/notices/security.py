"""Letters about who may do what and who signed in: they cannot be turned off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from perenne.accounts.links import INVITATION, SECRET
from perenne.accounts.memberships import membership, memberships_of
from perenne.accounts.models import Company, Invitation, Person, RoleHandover, User
from perenne.catalog.queries import regions
from perenne.notices.outbox import Letter
from perenne.notices.plain import PlainMail, render_plain
from perenne.notices.recipients import Recipient
from perenne.notices.security_words import WORDS
from perenne.notices.told_facts import ToldFact
from perenne.platform.display import moment_text
from perenne.platform.words import language_of

_UTC = ZoneInfo("UTC")
PEOPLE, HANDOVER = "/people/", "/contract-manager/"


@dataclass(frozen=True, slots=True)
class _Said:
    """What a letter says to whoever gets it; ``words`` are values that differ by language."""

    key: str
    path: str
    values: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    labels: Sequence[tuple[str, str]] = ()
    seal: str = ""


def _letter(fact: ToldFact, said: _Said, to: Recipient) -> Letter:
    words = WORDS[language_of(to.locale)]
    values = {**said.values, **{name: words[key] for name, key in said.words.items()}}
    facts = [(f"fact.{label}", values[value]) for label, value in said.labels]
    when = moment_text(fact.happened_at, _zone(fact), locale=language_of(to.locale))
    mail = PlainMail(said.key, said.path, values, [*facts, ("fact.when", when)])
    return Letter(
        kind=f"security.{said.key}",
        company=fact.company or None,
        to=to,
        mail=render_plain(mail, words=WORDS, name=to.name, locale=to.locale),
        fact=fact.id,
        seal=said.seal,
    )


def _zone(fact: ToldFact) -> ZoneInfo:
    region = regions().get(fact.region)
    return _UTC if region is None else region.zone


def _people(people: Sequence[str]) -> list[Recipient]:
    found = Person.objects.filter(pk__in=people).order_by("id")
    return [Recipient(one.pk, one.name, one.email, one.locale) for one in found]


def _holders(company: str, *roles: str) -> list[str]:
    found = Person.objects.filter(
        company_id=company, deactivated_at=None, roles__role__in=roles
    ).distinct()
    return list(found.values_list("pk", flat=True))


def _user_of(fact: ToldFact) -> list[Recipient]:
    """The user whom a fact is about, by the name under which they act first."""
    user = User.objects.get(pk=fact.subject)
    own = memberships_of(user.pk)
    if not own:
        return [Recipient(user.pk, user.email, user.email, "en")]
    first = own[0].member
    return [Recipient(user.pk, first.name, user.email, first.locale)]


def _name(actor: str) -> tuple[dict[str, str], dict[str, str]]:
    """The name of who did it, as a value or as words."""
    one = membership(actor)
    if one is None or one.member.is_staff:
        return {}, {"by": "somebody"}
    return {"by": one.member.name}, {}


def _invited(fact: ToldFact) -> list[Letter]:
    invitation = Invitation.objects.get(pk=fact.facts["invitation"])
    one = membership(invitation.member)
    if one is None or invitation.revoked_at or invitation.accepted_at:
        return []
    by, words = _name(fact.actor)
    locale = language_of(one.member.locale)
    said = _Said(
        "invitation",
        f"/invitation/{SECRET}/",
        {
            "organisation": one.organisation,
            "until": moment_text(invitation.expires_at, _zone(fact), locale=locale),
            **({"inviter": by["by"]} if by else {}),
        },
        {"inviter": words["by"]} if words else {},
        labels=(("until", "until"),),
        seal=f"{INVITATION}:{invitation.pk}",
    )
    to = Recipient(one.member.id, one.member.name, invitation.email, one.member.locale)
    return [_letter(fact, said, to)]


def _role_changed(fact: ToldFact) -> list[Letter]:
    person = Person.objects.get(pk=fact.subject)
    by, words = _name(fact.actor)
    said = _Said(
        fact.kind,
        PEOPLE,
        {"person": person.name, "company": _company(fact), **by},
        {"role": f"role.{fact.facts['role']}", **words},
        labels=(("company", "company"), ("person", "person"), ("role", "role"), ("by", "by")),
    )
    told = {person.pk, *_holders(fact.company, "primary_admin", "contract_manager")}
    return [_letter(fact, said, to) for to in _people(sorted(told))]


def _left(fact: ToldFact) -> list[Letter]:
    person = Person.objects.get(pk=fact.subject)
    by, words = _name(fact.actor)
    said = _Said(
        "left",
        PEOPLE,
        {"person": person.name, "company": _company(fact), **by},
        words,
        labels=(("company", "company"), ("person", "person"), ("by", "by")),
    )
    told = {person.pk, *_holders(fact.company, "primary_admin", "contract_manager")}
    return [_letter(fact, said, to) for to in _people(sorted(told))]


def _company(fact: ToldFact) -> str:
    return Company.objects.get(pk=fact.company).name


def _handover(fact: ToldFact) -> tuple[RoleHandover, dict[str, str]]:
    found = RoleHandover.objects.select_related("giver", "taker", "proposer", "company").get(
        pk=fact.facts["handover"]
    )
    return found, {
        "company": found.company.name,
        "giver": found.giver.name if found.giver else "",
        "taker": found.taker.name,
        "proposer": found.proposer.name,
    }


def _proposed(fact: ToldFact) -> list[Letter]:
    found, values = _handover(fact)
    if found.outcome:
        return []
    admins = set(_holders(fact.company, "primary_admin")) - {found.proposer_id}
    answer = f"{HANDOVER}{found.pk}/"
    if found.giver_id is None:
        said = _Said("naming.asked", answer, values, labels=(("company", "company"),))
        return [_letter(fact, said, to) for to in _people(sorted(admins))]
    asked = _Said("handover.asked", answer, values, labels=(("company", "company"),))
    told = _Said("handover.told", HANDOVER, values, labels=(("company", "company"),))
    return [
        *(_letter(fact, asked, to) for to in _people([found.taker_id])),
        *(_letter(fact, told, to) for to in _people(sorted(admins - {found.taker_id}))),
    ]


def _closed(key: str) -> Callable[[ToldFact], list[Letter]]:
    def write(fact: ToldFact) -> list[Letter]:
        found, values = _handover(fact)
        said = _Said(key, HANDOVER, values, labels=(("company", "company"),))
        told = {found.taker_id, found.proposer_id}
        if key == "handed_over":
            told |= set(_holders(fact.company, "primary_admin"))
        return [_letter(fact, said, to) for to in _people(sorted(told))]

    return write


def _signed_in(fact: ToldFact) -> list[Letter]:
    said = _Said(
        "signed_in",
        "/profile/sessions/",
        {"browser": fact.facts["browser"]},
        labels=(("browser", "browser"),),
    )
    return [_letter(fact, said, to) for to in _user_of(fact)]


def _password(fact: ToldFact) -> list[Letter]:
    said = _Said("password", "/sign-in/reset/")
    return [_letter(fact, said, to) for to in _user_of(fact)]


def _second_factor(fact: ToldFact) -> list[Letter]:
    what = f"what.{fact.facts['what']}"
    said = _Said(
        "second_factor",
        "/profile/second-step/",
        words={"what": what if what in WORDS["en"] else "what.other"},
    )
    return [_letter(fact, said, to) for to in _user_of(fact)]


def _calendar_feed(fact: ToldFact) -> list[Letter]:
    """To whoever made the address; who reads their mail may know of it too."""
    one = membership(str(fact.facts["member"]))
    if one is None or not one.is_active:
        return []
    to = Recipient(one.member.id, one.member.name, one.email, one.member.locale)
    return [_letter(fact, _Said("calendar", "/calendar/"), to)]


WRITERS: Mapping[str, Callable[[ToldFact], list[Letter]]] = {
    "person.invited": _invited,
    "role.granted": _role_changed,
    "role.revoked": _role_changed,
    "person.deactivated": _left,
    "handover.proposed": _proposed,
    "role.handed_over": _closed("handed_over"),
    "handover.declined": _closed("handover.declined"),
    "user.signed_in": _signed_in,
    "password.changed": _password,
    "second_factor.changed": _second_factor,
    "calendar_feed.made": _calendar_feed,
}
