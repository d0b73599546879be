"""Credits, revenue and matching for any amounts: parts sum to the whole, nothing exceeds it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules.bank_matching import (
    BankMoney,
    Match,
    MatchedBy,
    NoMatch,
    Payable,
    match_money,
    payer_key,
    spread_money,
)
from perenne.rules.calendar import Period, is_last_of_month
from perenne.rules.credit_notes import NOTHING, LineSums, credited_amount, credited_seats
from perenne.rules.filling import fill
from perenne.rules.receivables import InvoiceSums, suspends_from
from perenne.rules.revenue import earned_through, reversed_parts, to_release
from perenne.rules.trace import recompute
from perenne.rules.transfers import references_in

STEPS = st.sampled_from([1, 10, 100])
STARTS_ON = date(2026, 12, 10)


@st.composite
def lines(draw):
    """A sold line in whole steps, and its step."""
    step = draw(STEPS)
    net = draw(st.integers(0, 10**7))
    tax = draw(st.integers(0, net // 4))
    partner = draw(st.integers(0, net))
    return (
        LineSums(net_minor=net * step, tax_minor=tax * step, partner_minor=partner * step),
        step,
    )


def added(one, other):
    return LineSums(
        net_minor=one.net_minor + other.net_minor,
        tax_minor=one.tax_minor + other.tax_minor,
        partner_minor=one.partner_minor + other.partner_minor,
    )


def stays_within(credited, sold, step):
    for name in ("net_minor", "tax_minor", "partner_minor"):
        part, whole = getattr(credited, name), getattr(sold, name)
        assert 0 <= part <= whole
        assert part % step == 0


def is_told(credit):
    """The sums, which the steps give again."""
    assert recompute(credit.trace) == credit.sums.net_minor
    assert recompute(credit.tax_trace) == credit.sums.tax_minor
    return credit.sums


@given(line=lines(), seats=st.integers(1, 50), data=st.data())
def test_seats_that_come_back_in_any_parts_credit_exactly_what_was_sold(line, seats, data):
    sold, step = line
    credited, back = NOTHING, 0
    while back < seats:
        back += data.draw(st.integers(1, seats - back))
        credit = credited_seats(sold, credited, seats_sold=seats, seats_back=back, step_minor=step)
        credited = added(credited, is_told(credit))
        stays_within(credited, sold, step)

    assert credited == sold


@given(line=lines(), data=st.data())
def test_amounts_of_any_size_credit_exactly_what_was_sold(line, data):
    sold, step = line
    credited = NOTHING
    while credited.net_minor < sold.net_minor:
        left = (sold - credited).net_minor // step
        amount = data.draw(st.integers(max(1, left // 5), left)) * step
        credit = credited_amount(sold, credited, net_minor=amount, step_minor=step)
        credited = added(credited, is_told(credit))
        stays_within(credited, sold, step)

    assert credited == sold or not sold.net_minor


@pytest.mark.parametrize("seats_back", [0, 4, -1])
def test_seats_that_were_not_sold_do_not_come_back(seats_back):
    sold = LineSums(net_minor=3, tax_minor=0)

    with pytest.raises(ValueError, match="cannot come back"):
        credited_seats(sold, NOTHING, seats_sold=3, seats_back=seats_back, step_minor=1)


@pytest.mark.parametrize("amount", [0, -1, 4])
def test_an_amount_that_is_not_left_is_not_credited(amount):
    sold = LineSums(net_minor=3, tax_minor=0)

    with pytest.raises(ValueError, match="cannot be credited"):
        credited_amount(sold, NOTHING, net_minor=amount, step_minor=1)


@given(
    total=st.integers(0, 10**9),
    step=STEPS,
    length=st.integers(1, 1100),
    cuts=st.lists(st.integers(0, 1200), max_size=12),
)
def test_releases_at_any_days_sum_to_the_whole_and_never_go_back(total, step, length, cuts):
    total -= total % step
    covers = Period(STARTS_ON, STARTS_ON + timedelta(length))
    released = 0
    for cut in [*cuts, length]:
        through = STARTS_ON + timedelta(cut - 1)
        part = to_release(total, released, covers, through=through, step_minor=step)
        assert 0 <= part <= total - released
        assert part % step == 0
        released += part

    assert released == total


@given(
    total=st.integers(0, 10**9), length=st.integers(1, 1100), day=st.integers(-5, 1200), step=STEPS
)
def test_another_day_never_earns_less(total, length, day, step):
    covers = Period(STARTS_ON, STARTS_ON + timedelta(length))
    today = STARTS_ON + timedelta(day)

    def earned(through):
        return earned_through(total - total % step, covers, through=through, step_minor=step)

    assert 0 <= earned(today) <= earned(today + timedelta(1)) <= total


@given(credited=st.integers(0, 10**9), unreleased=st.integers(0, 10**9))
def test_a_credit_is_taken_from_what_is_not_earned_first(credited, unreleased):
    deferred, revenue = reversed_parts(credited, unreleased_minor=unreleased)

    assert deferred + revenue == credited
    assert revenue == 0 or deferred == unreleased


@given(amount=st.integers(0, 10**9), limits=st.lists(st.integers(0, 10**6), max_size=9))
def test_an_amount_fills_the_first_before_the_next(amount, limits):
    parts = fill(amount, limits)

    assert sum(parts) == min(amount, sum(limits))
    unfilled = [
        n for n, (part, limit) in enumerate(zip(parts, limits, strict=True)) if part < limit
    ]
    assert all(part == 0 for part in parts[unfilled[0] + 1 :]) if unfilled else True


@pytest.mark.parametrize(("amount", "limits"), [(-1, [1]), (1, [-1])])
def test_nothing_negative_is_given_out(amount, limits):
    with pytest.raises(ValueError, match="may be negative"):
        fill(amount, limits)


def a_payable(name, *, open_minor=42000, company="Atelier Nord", currency="USD", number=1):
    return Payable(
        id=f"{name}#{number}",
        is_transfer=name.startswith("PT"),
        name=name,
        currency=currency,
        open_minor=open_minor,
        due_on=date(2027, 1, number),
        holder=company,
        payers=frozenset({payer_key(company)}),
    )


def money(amount=42000, *, text="", payer="", currency="USD"):
    return BankMoney(amount_minor=amount, currency=currency, payer=payer, text=text)


def test_a_number_of_two_sellers_is_told_apart_by_the_sender_then_by_the_amount():
    one = a_payable("R-000001", company="Atelier Nord")
    other = a_payable("R-000001", company="Bauhaus", open_minor=6000, number=2)
    both = [one, other]

    by_sender = match_money(money(5, text="R-1", payer="bauhaus"), both)
    by_amount = match_money(money(42000, text="R-1", payer="somebody"), both)

    assert by_sender == Match((other,), MatchedBy.NUMBER)
    assert by_amount == Match((one,), MatchedBy.NUMBER)
    assert match_money(money(5, text="R-1"), both) is NoMatch.AMBIGUOUS


def test_money_in_another_currency_is_not_for_it():
    found = match_money(money(text="R-000001", currency="EUR"), [a_payable("R-000001")])

    assert found is NoMatch.NOTHING_NAMED


@given(
    amount=st.integers(1, 10**6),
    opens=st.lists(st.integers(1, 10**5), min_size=1, max_size=6),
    transfers=st.lists(st.booleans(), min_size=6, max_size=6),
    credit=st.integers(0, 10**5),
)
def test_spread_money_sums_to_what_came_and_pays_changes_whole(amount, opens, transfers, credit):
    payables = [
        a_payable(f"{'PT' if transfers[n] else 'R-'}{n:06d}", open_minor=one, number=n + 1)
        for n, one in enumerate(opens)
    ]

    spread = spread_money(amount, payables, credit={"Atelier Nord": credit})

    assert sum(part for _, part in spread.parts) + spread.surplus_minor == amount
    missing = sum(one.open_minor - part for one, part in spread.parts if one.is_transfer)
    assert missing <= credit
    assert all(part <= one.open_minor for one, part in spread.parts)


def test_references_are_found_in_any_writing():
    assert references_in("ref: pt-ab12 cd34 / PTZZ99YY88") == ("PTAB12CD34", "PTZZ99YY88")
    assert references_in("PTAB12CD3") == ()


def test_more_that_settled_than_was_asked_is_negative():
    assert InvoiceSums(gross_minor=10, paid_minor=12).open_minor == -2


def test_the_days_of_grace_are_overdue_days():
    assert suspends_from(date(2027, 1, 9), grace_days=0) == date(2027, 1, 10)


@pytest.mark.parametrize(
    ("day", "is_last"),
    [(date(2027, 2, 28), True), (date(2028, 2, 28), False), (date(2026, 12, 31), True)],
)
def test_the_last_day_of_a_month(day, is_last):
    assert is_last_of_month(day) is is_last
