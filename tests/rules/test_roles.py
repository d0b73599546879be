"""The worked tables of docs/explanation/roles.md, and what holds for every company."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules.roles import (
    CONTRACT_MANAGER,
    GIVEN_BY_ADMINISTRATORS,
    PRIMARY_ADMIN,
    Handover,
    HandoverOpen,
    RoleFacts,
    acceptance_refusals,
    grant_refusals,
    leave_refusals,
    proposal_refusals,
    revoke_refusals,
)
from tests.rules.tables import table

HERE = frozenset({"Ana", "Bo", "Cy", "Di"})


def names(text):
    return frozenset() if text == "–" else frozenset(text.split(", "))


def company(*, administrators="Bo, Cy", managers="Ana"):
    return RoleFacts(
        people=HERE,
        holders={
            PRIMARY_ADMIN: names(administrators),
            CONTRACT_MANAGER: names(managers),
            "viewer": frozenset({"Di"}),
        },
    )


def codes(refusals):
    return ", ".join(refusal.code for refusal in refusals) or "–"


@pytest.mark.parametrize("row", table("roles", "Giving and taking roles"), ids=str)
def test_giving_and_taking(row):
    facts = company(administrators=row["administrators"])
    if row["change"] == "gives":
        found = grant_refusals(facts, person=row["person"], role=row["role"], by=row["by"])
    else:
        found = revoke_refusals(facts, person=row["person"], role=row["role"])

    assert codes(found) == row["refused because"]


@pytest.mark.parametrize("row", table("roles", "Leaving"), ids=str)
def test_leaving(row):
    facts = company(administrators=row["administrators"], managers=row["managers"])

    found = leave_refusals(facts, person=row["leaves"], has_left=row["has left"] == "yes")

    assert codes(found) == row["refused because"]


@pytest.mark.parametrize("row", table("roles", "Handing over"), ids=str)
def test_handing_over(row):
    facts = company(managers=row["managers"])
    by_manager = row["proposed by"] == "Ana"
    proposal = Handover(
        giver="Ana" if by_manager else None,
        taker=row["taker"],
        proposer=row["proposed by"],
        is_open=True,
    )
    if row["step"] == "proposes":
        found = proposal_refusals(facts, proposal, another_is_open=False)
    else:
        found = acceptance_refusals(facts, proposal, by=row["by"])

    assert codes(found) == row["refused because"]


def test_one_hand_over_is_open_at_a_time():
    proposal = Handover(giver="Ana", taker="Di", proposer="Ana", is_open=True)

    assert proposal_refusals(company(), proposal, another_is_open=True) == (HandoverOpen(),)


def test_an_answered_hand_over_cannot_be_accepted():
    proposal = Handover(giver="Ana", taker="Di", proposer="Ana", is_open=False)

    assert codes(acceptance_refusals(company(), proposal, by="Di")) == "handover.closed"


people = st.sampled_from(sorted(HERE))
roles = st.sampled_from([*GIVEN_BY_ADMINISTRATORS, CONTRACT_MANAGER])
changes = st.lists(st.tuples(people, people, roles, st.booleans()), max_size=30)


@given(changes=changes)
def test_no_row_of_changes_leaves_a_company_without_administrator_or_moves_the_manager(changes):
    facts = company()
    for by, person, role, gives in changes:
        if gives:
            refused = grant_refusals(facts, person=person, role=role, by=by)
        else:
            refused = revoke_refusals(facts, person=person, role=role)
        if not refused:
            facts = facts.after(person, role, is_held=gives)

        assert facts.who(PRIMARY_ADMIN)
        assert facts.who(CONTRACT_MANAGER) == {"Ana"}


@given(by=people, giver=st.none() | people, taker=people, proposer=people, managers=st.sets(people))
def test_nobody_takes_the_role_alone(by, giver, taker, proposer, managers):
    facts = company(managers=", ".join(sorted(managers)) or "–")
    proposal = Handover(giver=giver, taker=taker, proposer=proposer, is_open=True)

    if not acceptance_refusals(facts, proposal, by=by):
        assert by != proposer
        assert (by == taker) if giver else by in facts.who(PRIMARY_ADMIN)
