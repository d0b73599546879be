"""Who answers a contact request, by when, how often, and in which state it is then."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.importing.catalogue_form import ACTIONS
from perenne.rules.answering import AnswerPolicy, BusinessHours, answer_by, remind_at
from perenne.rules.asking import (
    TOPIC_OF_ACTION,
    RequestState,
    Step,
    StepImpossible,
    Topic,
    may_ask,
    promises_anew,
    state_after,
)
from perenne.rules.owners import Desk, OwnerFacts, OwnerKind, Seller, owner_for
from perenne.rules.policy import PolicyRecord, answer_policy_for, policy_problems
from tests.rules.policies import DEFAULT, RECORDS, SETTINGS
from tests.rules.tables import table

PAGE = "contact-requests"
ZONES = ("Asia/Taipei", "America/Los_Angeles", "Europe/Berlin", "Pacific/Apia", "UTC")


def moment(text, zone):
    local = datetime.strptime(text.split(maxsplit=1)[1], "%Y-%m-%d %H:%M")  # noqa: DTZ007
    assert f"{local:%a}" == text[:3]
    return local.replace(tzinfo=ZoneInfo(zone))


def days(text):
    return tuple(date.fromisoformat(day) for day in text.split() if day != "–")


@pytest.mark.parametrize("row", table(PAGE, "By when"), ids=str)
def test_by_when_it_is_answered(row):
    promised = answer_by(
        moment(row["asked"], row["zone"]),
        zone=ZoneInfo(row["zone"]),
        hours=BusinessHours(closed_on=days(row["closed on"])),
        business_days=int(row["days"]),
    )

    assert promised == moment(row["answered by"], row["zone"])
    assert promised.tzinfo is UTC


@pytest.mark.parametrize("row", table(PAGE, "By when"), ids=str)
def test_when_the_owner_is_reminded(row):
    reminded = remind_at(
        moment(row["asked"], row["zone"]),
        zone=ZoneInfo(row["zone"]),
        hours=BusinessHours(closed_on=days(row["closed on"])),
        business_days=int(row["days"]),
    )

    assert reminded == moment(row["reminded at"], row["zone"])


def test_seconds_are_rounded_up_so_that_what_is_promised_is_what_is_shown():
    asked = datetime(2026, 12, 1, 6, 0, 1, tzinfo=UTC)

    promised = answer_by(
        asked, zone=ZoneInfo("Asia/Taipei"), hours=BusinessHours(), business_days=1
    )

    assert promised == datetime(2026, 12, 2, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("promise", [answer_by, remind_at])
def test_no_day_is_no_promise(promise):
    with pytest.raises(ValueError, match="business_days must be at least 1, got 0"):
        promise(
            datetime(2026, 12, 1, tzinfo=UTC),
            zone=ZoneInfo("UTC"),
            hours=BusinessHours(),
            business_days=0,
        )


@st.composite
def business_hours(draw):
    opens = draw(st.times(time(4), time(20)).map(lambda at: at.replace(second=0, microsecond=0)))
    closes = draw(st.times(time(20, 1), time(23, 59)).map(lambda at: at.replace(second=0)))
    weekdays = draw(st.sets(st.integers(1, 7), min_size=1))
    closed_on = draw(st.sets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5))
    return BusinessHours(
        opens, closes.replace(microsecond=0), tuple(sorted(weekdays)), tuple(sorted(closed_on))
    )


def minutes_open(begins, ends, *, zone, hours):
    """Business minutes from one moment to another, counted one day after the other."""
    begins, ends = (one.astimezone(zone).replace(tzinfo=None) for one in (begins, ends))
    found, day = timedelta(), begins.date()
    while day <= ends.date():
        if day.isoweekday() in hours.weekdays and day not in hours.closed_on:
            opens = max(begins, datetime.combine(day, hours.opens))
            closes = min(ends, datetime.combine(day, hours.closes))
            found += max(closes - opens, timedelta())
        day += timedelta(1)
    return found


asked_moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)


@given(
    asked=asked_moments,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    hours=business_hours(),
    business_days=st.integers(1, 5),
)
def test_a_promise_is_that_many_days_of_business_hours_away_and_within_them(
    asked, zone, hours, business_days
):
    promised = answer_by(asked, zone=zone, hours=hours, business_days=business_days)

    local = promised.astimezone(zone)
    assert hours.include(local.date())
    assert hours.opens < local.time() <= hours.closes
    assert minutes_open(asked, promised, zone=zone, hours=hours) == hours.length * business_days


@given(
    asked=asked_moments,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    hours=business_hours(),
    business_days=st.integers(1, 5),
)
def test_a_reminder_leaves_a_fifth_of_the_promised_hours(asked, zone, hours, business_days):
    given_hours = {"zone": zone, "hours": hours, "business_days": business_days}
    promised = answer_by(asked, **given_hours)

    left = minutes_open(remind_at(asked, **given_hours), promised, zone=zone, hours=hours)

    assert left * 5 == hours.length * business_days


@given(
    early=asked_moments,
    late=asked_moments,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    hours=business_hours(),
)
def test_who_asks_first_is_promised_no_later(early, late, zone, hours):
    early, late = sorted((early, late))

    def promised(asked):
        return answer_by(asked, zone=zone, hours=hours, business_days=1)

    assert promised(early) <= promised(late)


def seller(text):
    kinds = {"P": "partner", "Q": "partner", "S": "sales"}
    name = text.strip("()")
    may_answer = name == text
    return Seller(kinds[name], name, may_answer) if name in kinds else Seller("online")


def desk(text):
    identity, kind, region, requests = text.split(":")
    return Desk(identity, OwnerKind(kind), region.strip("–"), int(requests))


def listed(text):
    return [part for part in text.split() if part != "–"]


@pytest.mark.parametrize("row", table(PAGE, "Who answers"), ids=str)
def test_who_answers(row):
    owner = owner_for(
        OwnerFacts(
            region=row["region"],
            sellers=[seller(one) for one in listed(row["sellers"])],
            desks=[desk(one) for one in listed(row["desks"])],
            wants_vendor=row["wants vendor"] == "yes",
        )
    )

    assert (owner.id if owner else "–") == row["owner"]
    assert list(owner.reasons if owner else ()) == listed(row["reasons"])


sellers = st.sampled_from(
    [
        Seller("online"),
        Seller("partner", "P"),
        Seller("sales", "S"),
        Seller("partner", "Q", may_answer=False),
        Seller("sales", "T", may_answer=False),
    ]
)
desks = st.builds(
    Desk,
    st.text("abc", min_size=1, max_size=3),
    st.sampled_from([OwnerKind.SPECIALIST, OwnerKind.SUPPORT]),
    st.sampled_from(["", "TW", "EU"]),
    st.integers(0, 3),
)


@given(
    sold=st.lists(sellers, max_size=3),
    desks=st.lists(desks, max_size=4, unique_by=lambda one: one.id),
    wants_vendor=st.booleans(),
)
def test_whoever_asks_gets_an_owner_if_anybody_is_there_and_never_the_unwanted_partner(
    sold, desks, wants_vendor
):
    facts = OwnerFacts(region="TW", sellers=sold, desks=desks, wants_vendor=wants_vendor)
    owner = owner_for(facts)

    assert owner is not None or not desks
    if owner is None:
        return
    assert owner.reasons
    known = {(one.kind, one.id) for one in desks}
    known |= {(one.kind, one.id) for one in sold if one.may_answer}
    assert (owner.kind, owner.id) in known
    assert not (wants_vendor and owner.kind is OwnerKind.PARTNER)
    turned = OwnerFacts(
        region="TW", sellers=sold[::-1], desks=desks[::-1], wants_vendor=wants_vendor
    )
    assert owner_for(turned) == owner


@pytest.mark.parametrize("row", table(PAGE, "How often"), ids=str)
def test_how_often(row):
    refusals = may_ask(
        asked_today=int(row["asked today"]),
        most=int(row["most"]),
        next_day=date(2026, 12, 2),
        has_owner=row["owner"] == "yes",
    )

    assert [one.code for one in refusals] == listed(row["refused"])


def test_the_table_of_steps_is_whole():
    named = [(row["state"], row["step"]) for row in table(PAGE, "The conversation")]

    assert sorted(named) == sorted((state, step) for state in RequestState for step in Step)


@pytest.mark.parametrize("row", table(PAGE, "The conversation"), ids=str)
def test_what_a_step_leads_to(row):
    before, step = RequestState(row["state"]), Step(row["step"])
    after = state_after(before, step)

    if row["after"] == "–":
        assert after == StepImpossible(before, step)
    else:
        assert after == row["after"]
        assert promises_anew(before, after) is (row["new promise"] == "yes")


def test_every_action_that_can_be_refused_has_a_topic():
    assert set(TOPIC_OF_ACTION) == set(ACTIONS)


def test_s33_s37_the_four_kinds_are_assisted_changes():
    assisted = {one for one in Topic if one.is_assisted_change}

    assert {Topic.SEATS, Topic.DATES, Topic.BUSINESS_PLAN, Topic.COLLECTION} <= assisted
    assert not assisted & {Topic.RENEWAL, Topic.QUOTE, Topic.PAYMENT, Topic.OTHER}


def test_a_catalogue_without_a_promise_promises_one_business_day():
    assert answer_policy_for(RECORDS, region="US", on=date(2026, 12, 1)) == AnswerPolicy()


def test_a_region_may_promise_something_else_and_a_channel_may_not():
    hours = {"opens": "10:00", "weekdays": [7, 1], "closed_on": ["2027-01-01"]}
    gulf = PolicyRecord(
        "gulf",
        "default",
        {"region": ["KW"]},
        date(2020, 1, 1),
        {"contact_hours": hours, "contact_answer_days": 2, "contact_requests_a_day": 3},
    )
    partners = PolicyRecord(
        "partners",
        "default",
        {"channel": ["partner"]},
        date(2020, 1, 1),
        {"contact_answer_days": 9},
    )
    records = (DEFAULT, gulf, partners)

    found = answer_policy_for(records, region="KW", on=date(2026, 12, 1))

    assert found.hours == BusinessHours(time(10), time(18), (7, 1), (date(2027, 1, 1),))
    assert (found.business_days, found.requests_a_day, found.messages_a_day) == (2, 3, 50)
    assert answer_policy_for(records, region="US", on=date(2026, 12, 1)).business_days == 1
    with pytest.raises(ValueError, match="no policy applies to region KW"):
        answer_policy_for(records, region="KW", on=date(2019, 12, 31))


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("contact_answer_days", 0, "is below 1"),
        ("contact_answer_days", "one", "has the wrong type"),
        ("contact_requests_a_day", 0, "is below 1"),
        ("contact_messages_a_day", -1, "is below 1"),
        ("contact_hours", {"opens": 540}, 'not written in quotes, like "09:00"'),
        ("contact_hours", {"opens": "25:00"}, "cannot be read"),
        ("contact_hours", {"opens": "19:00"}, "closes before it opens"),
        ("contact_hours", {"weekdays": []}, "has no weekdays"),
        ("contact_hours", {"weekdays": [0]}, "others than 1 (Monday) to 7 (Sunday)"),
        ("contact_hours", {"weekdays": 5}, "cannot be read"),
        ("contact_hours", {"holidays": []}, "has holidays, which is not known here"),
        ("contact_hours", {"closed_on": [date(2027, 1, 1)]}, 'in quotes, like "2027-01-01"'),
        ("contact_hours", {"closed_on": ["2027-02-30"]}, "cannot be read"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused_with_its_reason(setting, value, said):
    record = PolicyRecord("default", "", {}, date(2020, 1, 1), SETTINGS | {setting: value})

    assert [(name, said in reason) for name, reason in policy_problems(record)] == [(setting, True)]


def test_a_sound_promise_is_accepted():
    hours = {"opens": "08:30", "closes": "17:00", "weekdays": [1], "closed_on": ["2027-01-01"]}
    settings = SETTINGS | {"contact_hours": hours, "contact_answer_days": 2}

    assert policy_problems(PolicyRecord("default", "", {}, date(2020, 1, 1), settings)) == []
