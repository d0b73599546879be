"""Renewal days, days to align to, windows, returns, and days in a time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from perenne.rules.actions import Action
from perenne.rules.align_targets import days_kept, earliest_plus_term
from perenne.rules.calendar import Period, following_period, month_later
from perenne.rules.eligibility.verdicts import verdict_on
from perenne.rules.local_days import begins_at, local_days_between
from perenne.rules.refusals import WindowNotOpen
from perenne.rules.returns import last_day_to_return, seats_returnable
from tests.rules.policies import PLAIN
from tests.rules.standings import a_standing
from tests.rules.vectors.amounts import day
from tests.rules.vectors.running import adapts

ADOBE = "Adobe VIP Marketplace"
TERM_MONTHS = {"month": 1, "quarter": 3, "year": 12}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@adapts(ADOBE, "renewal.early_date", "renewal.late_date")
def renewed_year(given):
    """The day on which it is renewed moves nothing: the next year follows the old one."""
    anniversary = day(given["anniversary"])
    year = Period(month_later(anniversary, -12, anchor=anniversary.day), anniversary)
    following = following_period(year, months=12, anchor=anniversary.day)
    return {
        "new_anniversary": following.renews_on.isoformat(),
        "renewal_date": following.starts_on.isoformat(),
    }


@adapts(ADOBE, "return.remaining_quantity")
def quantity_left(given):
    """A return of more than is left is refused, and leaves everything as it was."""
    outputs, returned = {}, []
    for ordinal, seats in zip(ORDINALS, given["returns"], strict=False):
        left = seats_returnable(given["ordered"], returned)
        if seats <= left:
            returned.append(seats)
        outputs[f"after_{ordinal}"] = seats_returnable(given["ordered"], returned)
    return outputs


@adapts(ADOBE, "switch.quantity")
def quantity_switched(given):
    left = seats_returnable(given["source_qty"], [given["switched"]])
    return {"source_left": left, "target": given["switched"]}


@adapts("Autodesk", "window.renewal")
def renewal_window(given):
    """The verdict on the day before says when the window opens."""
    renews_on = day(given["expiry"])
    standing = a_standing(term=Period(month_later(renews_on, -12, anchor=renews_on.day), renews_on))
    verdict = verdict_on(Action.RENEW, standing, policy=PLAIN, as_of=standing.term.starts_on)
    (refusal,) = (one for one in verdict.refusals if isinstance(one, WindowNotOpen))
    return {"opens": refusal.opens_on.isoformat()}


@adapts("Microsoft new commerce (NCE)", "window.cancel_7_days")
def cancellation_window(given):
    bought_at = datetime.fromisoformat(given["purchased_at"]).astimezone(UTC)
    last_day = last_day_to_return(
        ordered_on=bought_at.date(), starts_on=bought_at.date(), window_days=given["window_days"]
    )
    return {"until": utc_text(datetime.combine(last_day, bought_at.timetz()))}


def utc_text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def term_months(text):
    """1 year, 3 years, 6 months."""
    number, unit = text.split()
    return int(number) * TERM_MONTHS[unit.rstrip("s")]


@adapts("JetBrains", "coterm.align_to_earliest_plus_term")
def common_end(given):
    ends = {name: day(text) for name, text in given["valid_until"].items()}
    end = earliest_plus_term(list(ends.values()), months=term_months(given["term"]))
    days = {f"{name}_days": max(0, (end - own).days) for name, own in ends.items()}
    return {"common_end": end.isoformat(), **days}


@adapts("Samsung Knox", "coterm.seat_days_preserved")
def seat_days(given):
    seats, after = given["seats"], given["seats_after"]
    return {"days_each": days_kept(days_left=given["days_left"], seats=seats, seats_after=after)}


@adapts("Flexprice", "timezone.local_day_count")
def local_days(given):
    start, end = (
        datetime.fromisoformat(given[name]).replace(tzinfo=UTC) for name in ("start_utc", "end_utc")
    )
    return {"days": local_days_between(start, end, ZoneInfo(given["timezone"]))}


@adapts("Lago", "timezone.local_boundaries")
def local_midnight(given):
    local = day(given["local_day"])
    return {"utc": utc_text(begins_at(local, ZoneInfo(given["timezone"])))}
