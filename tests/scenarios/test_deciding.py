"""Who decides about a change, whatever it was that showed it to them."""

from datetime import date

import pytest

from perenne.billing.models import Order
from perenne.renewals.changes.committing import commit_change
from perenne.renewals.changes.queries import changes_visible_to
from perenne.renewals.changes.undoing import undo_change
from perenne.renewals.errors import ChangeRefusedError
from perenne.rules.refusals import RoleMissing
from tests.support.builders import (
    a_card,
    a_company,
    a_person,
    a_subscription,
    an_assignment,
    contract_manager_of,
    member_of,
)
from tests.support.changing import change, previewed

TODAY = date(2026, 12, 1)


def everybody_else(company):
    """One of each other role of the company, and the contract manager of another company."""
    roles = ("payer", "approver", "primary_admin", "secondary_admin", "viewer", "named_user")
    people = [member_of(a_person(company, name=f"A {role}", role=role)) for role in roles]
    return [*people, contract_manager_of(a_company())]


def test_nobody_else_commits_what_was_shown_to_the_contract_manager(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31), company=company, pays_with=a_card(company)
    )
    shown = previewed(world, "renew", subscription)

    for member in everybody_else(company):
        with pytest.raises(ChangeRefusedError) as refused:
            commit_change(shown.change, shown.preview.hash, member=member, now=world.now)
        verdict = refused.value.verdicts[subscription.pk]
        assert verdict.refusals == (RoleMissing("contract_manager"),)
    assert Order.objects.count() == 0


def test_nobody_else_takes_a_planned_change_back(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31), company=company, seats=3, pays_with=a_card(company)
    )
    planned = change(world, "reduce_seats", subscription, seats=2)

    for member in everybody_else(company):
        with pytest.raises(ChangeRefusedError):
            undo_change(planned.id, member=member, now=world.now)


def test_a_change_is_seen_by_those_who_see_everything_that_it_changes(world_on):
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    mine, other = (
        a_subscription(renews_on=date(2026, 12, 31), company=company, pays_with=card)
        for _ in range(2)
    )
    user = a_person(company, name="Uma", role="named_user")
    an_assignment(mine, user, assigned_on=TODAY)
    alone = previewed(world, "renew", mine)
    both = previewed(world, "renew", mine, other)

    seen = {
        name: set(changes_visible_to(member).values_list("pk", flat=True))
        for name, member in (
            ("manager", contract_manager_of(company)),
            ("user", member_of(user)),
            ("stranger", contract_manager_of(a_company())),
        )
    }
    assert seen == {
        "manager": {alone.change, both.change},
        "user": {alone.change},
        "stranger": set(),
    }
