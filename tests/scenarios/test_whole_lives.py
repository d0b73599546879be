"""Whole lives of subscriptions: what is called available succeeds, and what is refused does not."""

import os
from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from perenne.platform.clock import turn_demo_clock
from perenne.platform.models import JournalEntry
from perenne.renewals.changes.queries import ChangeState
from perenne.renewals.verdicts import verdicts
from perenne.rules.lifecycle import Stage
from perenne.subscriptions.models import Subscription, Term
from tests.support.builders import a_card, a_company, a_subscription, contract_manager_of
from tests.support.changing import change, outlook_of, refusals, reloaded
from tests.support.laws import broken_laws
from tests.support.life import Life, Stretch, months_after

BIRTH = date(2026, 1, 1)
ONE_DAY = timedelta(1)
# More days than these take too long; a monthly term and a renewal window are shorter.
NEAR = timedelta(100)
SUCCEEDED = {ChangeState.DONE, ChangeState.PLANNED}
ACTS = (
    *("renew", "auto_renew", "change_term", "add_seats", "reduce_seats", "payment_method"),
    *("buy_again", "renewal day", "renewal day", "other day"),
)
SEATS = st.integers(1, 3)


class Lives(RuleBasedStateMachine):
    """A subscription and its model, through whatever its customer and the calendar do."""

    new_world_on = None

    @initialize(
        age_days=st.integers(0, 700),
        left_days=st.sampled_from([1, 2, 30, 90, 91]),
        seats=SEATS,
        money=st.sampled_from(["none by itself", "card", "card by itself"]),
    )
    def begin(self, age_days, left_days, seats, money):
        automatic, has_method = "by itself" in money, "card" in money
        self.world = type(self).new_world_on(BIRTH + timedelta(age_days))
        renews_on = self.world.today + timedelta(left_days)
        company = a_company()
        self.card = a_card(company, valid_through="2060-12")
        self.manager = contract_manager_of(company)
        self.subscription = a_subscription(
            renews_on=renews_on,
            company=company,
            seats=seats,
            renews_automatically=automatic,
            pays_with=self.card if has_method else None,
        )
        starts_on = months_after(renews_on, -12, anchor=renews_on.day)
        self.life = Life(
            terms=[Stretch(starts_on, renews_on, 12, seats)],
            anchor=renews_on.day,
            automatic=automatic,
            next_months=12,
            has_method=has_method,
            today=self.world.today,
        )
        self.world.run_today()

    def tries(self, action, **choices):
        """Whether it succeeded; refused, it has said why and changed nothing."""
        facts = JournalEntry.objects.count()
        if self.life.may()[action]:
            done = change(self.world, action, self.subscription, **choices)
            assert done.state in SUCCEEDED
            return True
        assert refusals(self.world, action, self.subscription, **choices)
        assert JournalEntry.objects.count() == facts
        return False

    # One rule, so that every life mixes everything: of several, Hypothesis leaves some out.
    @rule(act=st.sampled_from(ACTS), months=st.sampled_from([1, 12]), seats=SEATS, days=st.data())
    def live(self, act, months, seats, days):
        if act == "buy_again" and self.life.ended_on is not None:
            self.buy_again(months, seats)
        elif act == "renewal day" and self.life.last.renews_on - self.life.today < NEAR:
            self.let_it_be(max(self.life.last.renews_on, self.world.today + ONE_DAY))
        elif act in {"buy_again", "renewal day", "other day"}:
            near = [day for day in self.life.notable_days() if day - self.life.today < NEAR]
            self.let_it_be(days.draw(st.sampled_from(near or [self.world.today + ONE_DAY])))
        else:
            self.ask_for(act, months, min(seats, self.life.last.seats))

    def ask_for(self, act, months, seats):
        choices, comes_of_it = {
            "renew": ({}, self.life.renew),
            "auto_renew": ({"on": not self.life.automatic}, self.life.turn_automatic_renewal),
            "change_term": ({"months": months}, lambda: self.life.change_term(months)),
            "add_seats": ({"seats": seats}, lambda: self.life.add_seats(seats)),
            "reduce_seats": ({"seats": seats}, lambda: self.life.reduce_seats(seats)),
            "payment_method": ({"method": self.card.pk}, self.life.pay_by_card),
        }[act]
        if self.tries(act, **choices):
            comes_of_it()

    def buy_again(self, months, seats):
        chosen = {"months": months, "seats": seats, "automatic": seats > 1}
        assert self.tries("buy_again", method=self.card.pk, **chosen)
        self.subscription = Subscription.objects.get(successor_of=self.subscription)
        today = self.world.today
        ends_on = months_after(today, months, anchor=today.day)
        self.life = Life(
            terms=[Stretch(today, ends_on, months, seats)],
            anchor=today.day,
            automatic=seats > 1,
            next_months=months,
            has_method=True,
            today=today,
        )

    def let_it_be(self, day):
        self.world.today = day
        turn_demo_clock(day)
        self.world.run_today()
        self.life.pass_to(day)

    @invariant()
    def verdicts_are_as_counted_by_hand(self):
        found = verdicts([self.subscription.pk], member=self.manager, now=self.world.now)
        said = {action.value: one.allowed for action, one in found[self.subscription.pk].items()}
        expected = self.life.may()
        assert {action: said[action] for action in expected} == expected

    @invariant()
    def it_stands_as_counted_by_hand(self):
        seen = outlook_of(self.world, self.subscription)
        assert (seen.stage is Stage.EXPIRED) == (self.life.ended_on is not None)
        assert reloaded(self.subscription).ended_on == self.life.ended_on
        assert seen.seats_owned == self.life.seats_today
        terms = Term.objects.filter(subscription=self.subscription).order_by("starts_on")
        sold = terms.values_list("starts_on", "renews_on", "offer__months")
        assert list(sold) == [(one.starts_on, one.renews_on, one.months) for one in self.life.terms]

    def teardown(self):
        """Terms without gaps, the seat-day law and every other law of the book."""
        if not hasattr(self, "world"):
            return
        for one in Subscription.objects.all():
            terms = list(Term.objects.filter(subscription=one).order_by("starts_on"))
            assert [term.renews_on for term in terms[:-1]] == [term.starts_on for term in terms[1:]]
        assert broken_laws() == []


def test_what_is_called_available_succeeds_and_nothing_else(new_world_on):
    """PERENNE_LIVES=500 lives so many, and other ones each time."""
    lives = int(os.environ.get("PERENNE_LIVES", "0"))
    machine = type("Lives", (Lives,), {"new_world_on": staticmethod(new_world_on)})

    run_state_machine_as_test(
        machine,
        _min_steps=20,
        settings=settings(
            max_examples=lives or 9,
            derandomize=not lives,
            stateful_step_count=20,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
