"""Conventions of counting days and periods."""

from datetime import timedelta
from fractions import Fraction
from itertools import count

from perenne.rules.calendar import Period, month_later
from perenne.rules.periods import Alignment, boundary_after, period_count, thirty_day_count
from tests.rules.vectors.amounts import after, amount_of_days, day, to_places
from tests.rules.vectors.running import Series, adapts

ORACLE = "Oracle Subscription Management"
INTERVAL_MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
INTERVAL_DAYS = {"day": 1, "week": 7}


def boundary(anchor, interval, periods):
    """The first day of the k-th period, from the anchor alone."""
    if interval in INTERVAL_DAYS:
        return anchor + timedelta(INTERVAL_DAYS[interval] * periods)
    return boundary_after(anchor, INTERVAL_MONTHS[interval] * periods, alignment=Alignment.START)


@adapts("Stripe Billing", "period.month_end_anchor")
def anchored_dates(given):
    anchor, interval = day(given["anchor"]), given["interval"]
    return {"dates": Series(lambda: (boundary(anchor, interval, k).isoformat() for k in count(1)))}


@adapts("Lago", "period.month_end_anchor", "period.leap_day_anchor")
def anchored_periods(given):
    anchor, interval = day(given["anchor"]), given["interval"]

    def period(k):
        last_day = boundary(anchor, interval, k + 1) - timedelta(1)
        return [boundary(anchor, interval, k).isoformat(), last_day.isoformat()]

    outputs = {"periods": Series(lambda: map(period, count()))}
    # What is asked about is the period of a day: that of the end, if it was ended.
    asked = given.get("terminated") or given.get("on") or given.get("billed_on")
    if asked is not None:
        k = 0
        while boundary(anchor, interval, k + 1) <= day(asked):
            k += 1
        outputs["start"], outputs["end"] = period(k)
    return outputs


@adapts("Kill Bill", "day_count.fixed_28", "day_count.fixed_30")
def months_of_fixed_days(given):
    """In another month the first one has its fixed days, and the last one those that passed."""
    fixed = given.get("fixed_days", 30)
    start = day(given.get("last_bill_date") or given["start"])
    end = day(given.get("end") or given["next_bill_date"])
    is_same_month = (start.year, start.month) == (end.year, end.month)
    days = end.day - start.day if is_same_month else fixed - start.day + end.day
    outputs = {"days": days, "fraction": to_places(Fraction(days, fixed), 9)}
    if "price" in given:
        outputs["amount"] = amount_of_days(given["price"], days, fixed)
    return outputs


@adapts("Kill Bill", "day_count.trailing_actual")
def trailing_actual_days(given):
    last, end, following = (
        day(given[name]) for name in ("last_bill_date", "end", "next_bill_date")
    )
    return {"fraction": to_places(Fraction((end - last).days, (following - last).days), 9)}


@adapts("Zuora", "day_count.three_conventions")
def day_counts(given):
    first, last = day(given["from_"]), day(given["to_inclusive"])
    month = Period(month_later(first, 0, anchor=1), month_later(first, 1, anchor=1))
    days = (last - first).days + 1
    return {
        "actual": f"{days}/{month.length_days}",
        "assume_30": f"{days}/30",
        "strict_30_360": f"{thirty_day_count(first, last, anchor=31) + 1}/30",
    }


def months_in(covers):
    return period_count(covers, months_each=1, alignment=Alignment.START)


def covered(given):
    return Period(day(given["start"]), after(given["end"]))


@adapts(ORACLE, "period.count_actual", "period.count_service_start")
def months_from_the_start_of_service(given):
    counted = months_in(covered(given))
    periods = to_places(counted.whole + Fraction(counted.stub_days, counted.stub_of_days), 3)
    return {"periods": periods, "recomputed": periods}


@adapts(ORACLE, "period.count_fixed_30")
def months_of_thirty_days(given):
    counted = months_in(covered(given))
    return {"periods": to_places(counted.whole + Fraction(counted.stub_days, 30), 3)}


@adapts(ORACLE, "period.count_calendar_start")
def calendar_months(given):
    """The part of each month that is covered; parts are rounded one by one."""
    covers = covered(given)
    parts, first = [], month_later(covers.starts_on, 0, anchor=1)
    while first < covers.renews_on:
        following = month_later(first, 1, anchor=1)
        days = (min(following, covers.renews_on) - max(first, covers.starts_on)).days
        parts.append(Fraction(days, (following - first).days))
        first = following
    return {
        "periods": sum(to_places(part, 3) for part in parts),
        "exact_rounded": to_places(sum(parts), 3),
    }
