"""Formulas of days: counting conventions, boundaries, anniversaries, windows, time zones."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import count, pairwise
from math import ceil
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.rules.references.writing import (
    all_days,
    days_of_calendar,
    half_up,
    months_after,
    number,
    prices,
    refers,
    refers_to,
    two_days,
)

ADOBE = "Adobe VIP Marketplace"
BC = "Business Central Subscription Billing"
ORACLE = "Oracle Subscription Management"
iso_days = days_of_calendar.map(date.isoformat)
zones = st.sampled_from(["UTC", "America/New_York", "Europe/Paris", "Asia/Taipei", "Asia/Tokyo"])
MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
FORMULAS = {"1M": 1, "2M": 2, "3M": 3, "1Q": 3, "1Y": 12}


def day(text):
    return date.fromisoformat(text)


def month_of(one):
    return monthrange(one.year, one.month)[1]


def whole_and_stub(start, until, boundary):
    """Step from boundary to boundary; what is left, of the period in which it lies."""
    for k in count():
        if boundary(k + 1) > until:
            left, of = (until - boundary(k)).days, (boundary(k + 1) - boundary(k)).days
            return k + Fraction(left, of), k, left
    raise AssertionError(start)


@refers_to(
    ADOBE,
    "renewal.early_date",
    "renewal.late_date",
    inputs=two_days("anniversary", "renewed_on", apart=st.integers(-60, 30), others={}),
)
def anniversary(given):
    old = day(given["anniversary"])
    return {
        "new_anniversary": months_after(old, 12).isoformat(),
        "renewal_date": old.isoformat(),
    }


@refers(
    ADOBE,
    "return.remaining_quantity",
    ordered=st.integers(40, 90),
    returns=st.lists(st.integers(1, 30), min_size=2, max_size=2),
)
def remaining(given):
    left, outputs = given["ordered"], {}
    for name, back in zip(("after_first", "after_second"), given["returns"], strict=True):
        left -= back if back <= left else 0
        outputs[name] = left
    return outputs


@refers(ADOBE, "switch.quantity", source_qty=st.integers(50, 99), switched=st.integers(1, 50))
def switched(given):
    return {"source_left": given["source_qty"] - given["switched"], "target": given["switched"]}


@refers("Autodesk", "window.renewal", expiry=iso_days)
def window(given):
    return {"opens": (day(given["expiry"]) - timedelta(90)).isoformat()}


def bc_boundary(start, months, align):
    plain = months_after(start, months)
    distance = month_of(start) - start.day
    if align == "START" or distance > 2:
        return plain
    return date(plain.year, plain.month, month_of(plain) - distance)


def bc_ends(align):
    return st.fixed_dictionaries(
        {"align": st.just(align), "period": st.sampled_from([*FORMULAS]), "start": iso_days}
    )


@refers_to(BC, "period.end_date_align_end", inputs=bc_ends("END"))
@refers_to(BC, "period.end_date_align_start", inputs=bc_ends("START"))
def period_end(given):
    ends = bc_boundary(day(given["start"]), FORMULAS[given["period"]], given["align"])
    return {"period_end": (ends - timedelta(1)).isoformat()}


def bc_prices(align):
    return two_days(
        "start",
        "bill_to",
        apart=st.integers(0, 360),
        others={
            "align": st.just(align),
            "rhythm": st.just("1Y"),
            "base_period": st.sampled_from(["1M", "1Q"]),
            "base_price": prices,
        },
    )


@refers_to(BC, "period.partial_price_align_end", inputs=bc_prices("END"))
@refers_to(BC, "period.partial_price_align_start", inputs=bc_prices("START"))
def partial_price(given):
    start, months = day(given["start"]), FORMULAS[given["base_period"]]
    until = day(given["bill_to"]) + timedelta(1)
    periods, _, _ = whole_and_stub(
        start, until, lambda k: bc_boundary(start, k * months, given["align"])
    )
    return {"unit_price": half_up(number(given["base_price"]) * periods, 3)}


@refers(
    "Flexprice",
    "timezone.local_day_count",
    start_utc=st.datetimes(datetime(2024, 1, 1), datetime(2024, 6, 1)).map(datetime.isoformat),  # noqa: DTZ001 - the zone is the topic
    end_utc=st.datetimes(datetime(2024, 6, 1), datetime(2025, 6, 1)).map(datetime.isoformat),  # noqa: DTZ001
    timezone=zones,
)
def local_days(given):
    start, end = (
        datetime.fromisoformat(given[name])
        .replace(tzinfo=UTC)
        .astimezone(ZoneInfo(given["timezone"]))
        for name in ("start_utc", "end_utc")
    )
    return {"days": end.date().toordinal() - start.date().toordinal()}


@refers("Lago", "timezone.local_boundaries", timezone=zones, local_day=iso_days)
def local_midnight(given):
    local = datetime.fromisoformat(given["local_day"]).replace(tzinfo=ZoneInfo(given["timezone"]))
    return {"utc": (local - local.utcoffset()).strftime("%Y-%m-%dT%H:%M:%SZ")}


@refers(
    "JetBrains",
    "coterm.align_to_earliest_plus_term",
    valid_until=st.dictionaries(
        st.sampled_from(["IDEA", "PyCharm", "WebStorm", "GoLand"]), iso_days, min_size=1
    ),
    term=st.sampled_from(["1 year", "2 years", "6 months", "1 month"]),
)
def common_end(given):
    ends = {name: day(text) for name, text in given["valid_until"].items()}
    length, unit = given["term"].split()
    months = int(length) * (12 if unit.startswith("year") else 1)
    end = months_after(min(ends.values()), months)
    days = {f"{name}_days": max(0, (end - own).days) for name, own in ends.items()}
    return {"common_end": end.isoformat()} | days


def fixed(days, *, with_price=False):
    others = {"fixed_days": st.just(days)} | ({"price": prices} if with_price else {})
    both = two_days("last_bill_date", "end", apart=st.integers(0, 27), others=others)
    leading = two_days("start", "next_bill_date", apart=st.integers(0, 27), others=others)
    return both | leading


@refers_to("Kill Bill", "day_count.fixed_28", inputs=fixed(28))
@refers_to("Kill Bill", "day_count.fixed_30", inputs=fixed(30) | fixed(30, with_price=True))
def fixed_days(given):
    start = day(given.get("last_bill_date", given.get("start")))
    end = day(given.get("end", given.get("next_bill_date")))
    days = end.day - start.day
    if start.month != end.month:
        days += given["fixed_days"]
    share = Fraction(days, given["fixed_days"])
    outputs = {"days": days, "fraction": half_up(share, 9)}
    if "price" in given:
        outputs["amount"] = half_up(number(given["price"]) * share)
    return outputs


@refers_to(
    "Kill Bill",
    "day_count.trailing_actual",
    inputs=days_of_calendar.flatmap(
        lambda last: st.builds(
            lambda used, length: {
                "last_bill_date": last.isoformat(),
                "end": (last + timedelta(used)).isoformat(),
                "next_bill_date": (last + timedelta(length)).isoformat(),
            },
            st.integers(0, 28),
            st.integers(28, 31),
        )
    ),
)
def trailing(given):
    last, end, following = (
        day(given[name]).toordinal() for name in ("last_bill_date", "end", "next_bill_date")
    )
    return {"fraction": half_up(Fraction(end - last, following - last), 9)}


def years_from(first):
    return lambda k: months_after(first, 12 * k)


def lead(start, first_bill):
    return Fraction(
        len(all_days(start, first_bill)),
        len(all_days(months_after(first_bill, -12), first_bill)),
    )


def leading_inputs(start, length, bill_day, after):
    first_bill = start + timedelta(length)
    drawn = {"start": start.isoformat(), "first_bill": first_bill.isoformat()}
    if after is None:
        return drawn | {"bill_day": bill_day}
    return drawn | {"target": (first_bill + timedelta(after)).isoformat()}


@refers_to(
    "Kill Bill",
    "proration.annual_leading",
    inputs=st.builds(
        leading_inputs,
        days_of_calendar,
        st.integers(0, 365),
        st.integers(1, 31),
        st.none() | st.integers(-10, 1500),
    ),
)
def annual_leading(given):
    first_bill = day(given["first_bill"])
    whole = 0
    if "target" in given:
        whole = sum(months_after(first_bill, 12 * k) <= day(given["target"]) for k in range(9))
    return {"cycles": half_up(lead(day(given["start"]), first_bill) + whole, 9)}


@refers_to(
    "Kill Bill",
    "proration.annual_trailing",
    inputs=two_days("start", "end", apart=st.integers(1, 1500), others={}),
)
def annual_trailing(given):
    start = day(given["start"])
    cycles, _, _ = whole_and_stub(start, day(given["end"]), years_from(start))
    return {"cycles": half_up(cycles, 9)}


@refers_to(
    "Kill Bill",
    "proration.annual_double",
    inputs=st.builds(
        lambda start, first, after: {
            "start": start.isoformat(),
            "first_bill": (start + timedelta(first)).isoformat(),
            "end": (start + timedelta(first + after)).isoformat(),
        },
        days_of_calendar,
        st.integers(0, 365),
        st.integers(1, 1200),
    ),
)
def annual_double(given):
    first_bill = day(given["first_bill"])
    cycles, _, _ = whole_and_stub(first_bill, day(given["end"]), years_from(first_bill))
    return {"cycles": half_up(lead(day(given["start"]), first_bill) + cycles, 9)}


def anchored(anchor, interval, k):
    return months_after(anchor, MONTHS[interval] * k)


@refers("Stripe Billing", "period.month_end_anchor", anchor=iso_days, interval=st.just("month"))
def anchored_dates(given):
    anchor = day(given["anchor"])
    return {"dates": [anchored(anchor, "month", k).isoformat() for k in range(1, 15)]}


@refers_to(
    "Lago",
    "period.month_end_anchor",
    "period.leap_day_anchor",
    inputs=st.builds(
        lambda anchor, interval, after, asked: {
            "anchor": anchor.isoformat(),
            "interval": interval,
            asked: (anchor + timedelta(after)).isoformat(),
        },
        days_of_calendar,
        st.sampled_from([*MONTHS]),
        st.integers(0, 1500),
        st.sampled_from(["on", "terminated"]),
    ),
)
def anchored_periods(given):
    anchor, interval = day(given["anchor"]), given["interval"]
    starts = [anchored(anchor, interval, k) for k in range(80)]
    periods = [
        [one.isoformat(), (other - timedelta(1)).isoformat()] for one, other in pairwise(starts)
    ]
    asked = day(given.get("on") or given["terminated"])
    current = max(one for one in starts if one <= asked)
    return {"periods": periods[:7], "start": current.isoformat()}


@refers(
    "Microsoft new commerce (NCE)",
    "window.cancel_7_days",
    purchased_at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - Z is added
        lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    ),
    window_days=st.integers(1, 30),
)
def cancellable(given):
    bought = datetime.strptime(given["purchased_at"], "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - idem
    until = bought + timedelta(hours=24 * given["window_days"])
    return {"until": until.strftime("%Y-%m-%dT%H:%M:%SZ")}


covered = two_days("start", "end", apart=st.integers(0, 700), others={})


def months_covered(given):
    start, until = day(given["start"]), day(given["end"]) + timedelta(1)
    return whole_and_stub(start, until, lambda k: months_after(start, k))


@refers_to(ORACLE, "period.count_actual", "period.count_service_start", inputs=covered)
def actual_months(given):
    return {"periods": half_up(months_covered(given)[0], 3)}


@refers_to(ORACLE, "period.count_fixed_30", inputs=covered)
def fixed_months(given):
    _, whole, left = months_covered(given)
    return {"periods": half_up(whole + Fraction(left, 30), 3)}


@refers_to(ORACLE, "period.count_calendar_start", inputs=covered)
def calendar_months(given):
    parts: dict[tuple[int, int], Fraction] = {}
    for one in all_days(day(given["start"]), day(given["end"]) + timedelta(1)):
        key = (one.year, one.month)
        parts[key] = parts.get(key, Fraction(0)) + Fraction(1, month_of(one))
    return {
        "periods": sum(half_up(part, 3) for part in parts.values()),
        "exact_rounded": half_up(sum(parts.values()), 3),
    }


@refers_to(
    "Salesforce CPQ",
    "proration.month_round_up",
    inputs=two_days("start", "end", apart=st.integers(0, 900), others={}),
)
def started_months(given):
    start = day(given["start"])
    started = [k for k in range(40) if months_after(start, k) <= day(given["end"])]
    return {"months": len(started)}


@refers_to(
    "Salesforce Revenue Cloud",
    "proration.day_of_period_partial",
    inputs=two_days(
        "start",
        "end",
        apart=st.integers(0, 700),
        others={
            "unit": prices,
            "period": st.just("month"),
            "period_start_day": st.integers(1, 28),
            "allow_partial": st.booleans(),
        },
    ),
)
def by_day_of_period(given):
    """Every day is in the period that begins on the last start day before it."""
    first = given["period_start_day"]
    used: dict[date, int] = {}
    for one in all_days(day(given["start"]), day(given["end"]) + timedelta(1)):
        begins = one.replace(day=first)
        begins = begins if begins <= one else months_after(begins, -1)
        used[begins] = used.get(begins, 0) + 1
    parts = [
        Fraction(days, (months_after(begins, 1) - begins).days)
        for begins, days in sorted(used.items())
    ]
    stubs = [part for part in parts if part < 1]
    if not given["allow_partial"]:
        parts, stubs = [Fraction(1)] * len(parts), [Fraction(1)] * len(stubs)
    return {
        "stub": half_up(stubs[0], 6) if stubs else 0,
        "total": half_up(number(given["unit"]) * sum(parts)),
    }


@refers(
    "Samsung Knox",
    "coterm.seat_days_preserved",
    seats=st.integers(1, 90),
    days_left=st.integers(0, 400),
    seats_after=st.integers(1, 90),
)
def seat_days(given):
    return {"days_each": ceil(Fraction(given["days_left"] * given["seats"], given["seats_after"]))}


@refers_to(
    "Stripe Billing",
    "proration.backdate",
    inputs=two_days("backdate", "anchor", apart=st.integers(0, 28), others={}),
)
def backdated(given):
    anchor = day(given["anchor"])
    of = len(all_days(months_after(anchor, -1), anchor))
    return {"fraction": half_up(Fraction(len(all_days(day(given["backdate"]), anchor)), of), 3)}


@refers_to(
    "Zuora",
    "day_count.three_conventions",
    inputs=st.builds(
        lambda one, share: {
            "from_": one.isoformat(),
            "to_inclusive": (one + timedelta(int((month_of(one) - one.day) * share))).isoformat(),
        },
        days_of_calendar,
        st.sampled_from([0, Fraction(1, 2), 1]),
    ),
)
def three_conventions(given):
    first, last = day(given["from_"]), day(given["to_inclusive"])
    days = len(all_days(first, last + timedelta(1)))
    begins, ends = (30 if one.day == month_of(one) else one.day for one in (first, last))
    return {
        "actual": f"{days}/{month_of(first)}",
        "assume_30": f"{days}/30",
        "strict_30_360": f"{ends - begins + 1}/30",
    }
