"""Two accept, and two quote, at once: first the race without the lock, then exactly one of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction

from perenne.billing.models import Order
from perenne.platform.bulk import select
from perenne.quotes.errors import QuoteRefusedError
from perenne.quotes.models import Hold, QuoteVersion
from perenne.quotes.operations.ending import decline_quote
from perenne.quotes.operations.sending import send_quote
from perenne.renewals.errors import ChangeError
from perenne.renewals.models import Change
from perenne.rules.quotes import AnotherOpen, StepImpossible
from tests.support.builders import (
    a_card,
    a_company,
    a_person,
    a_subscription,
    contract_manager_of,
    member_of,
)
from tests.support.money import books_are_sound
from tests.support.quoting import accepted, drafted, quoted, version_of

TODAY = date(2026, 12, 10)
THREADS = 8


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


@pytest.fixture
def subscription(world):
    company = a_company()
    return a_subscription(
        renews_on=date(2026, 12, 20),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )


def at_once(*works):
    """What each of them answered: a value, or the error."""

    def guarded(work):
        try:
            return work()
        except (IntegrityError, QuoteRefusedError, ChangeError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(guarded, works))


def test_without_the_lock_both_find_the_quote_open(world, subscription):
    """Read the state, wait until all have read, and write: as one does who forgot the lock."""
    number = quoted(world, subscription)
    everybody_has_read = Barrier(THREADS)

    def forgetful():
        with transaction.atomic():
            state = QuoteVersion.objects.get(quote__number=number).state
            everybody_has_read.wait(timeout=60)
            return state == "open"

    assert at_once(*[forgetful] * THREADS) == [True] * THREADS


def test_eight_accept_the_same_option_and_it_is_bought_once(world, subscription):
    number = quoted(world, subscription)
    ana = contract_manager_of(subscription.company)

    answers = at_once(*[lambda: accepted(world, number, by=ana)] * THREADS)

    assert len(set(answers)) == 1
    assert Change.objects.filter(committed_at__isnull=False).count() == 1
    assert Order.objects.count() == 1
    assert books_are_sound()


def test_two_accept_different_options_and_one_is_refused(world, subscription):
    number = quoted(world, subscription)
    ana = contract_manager_of(subscription.company)
    payer = member_of(a_person(subscription.company, name="Pa Yer", role="payer"))

    answers = at_once(
        lambda: accepted(world, number, "A", by=ana),
        lambda: accepted(world, number, "B", by=payer),
    )

    errors = [one for one in answers if isinstance(one, QuoteRefusedError)]
    assert len(errors) == 1
    assert isinstance(errors[0].refusals[0], StepImpossible)
    assert Order.objects.count() == 1


def test_accepting_and_declining_at_once_leaves_one_of_both(world, subscription):
    number = quoted(world, subscription)
    ana = contract_manager_of(subscription.company)

    answers = at_once(
        lambda: accepted(world, number, by=ana),
        lambda: decline_quote(number, "", member=ana, now=world.now),
    )

    assert sum(isinstance(one, QuoteRefusedError) for one in answers) == 1
    assert Order.objects.count() == (version_of(number).state == "accepted")


def test_without_the_index_two_quotes_hold_one_renewal(world, subscription):
    numbers = [drafted(world, subscription) for _ in range(2)]
    versions = [version_of(number) for number in numbers]

    def hold(version):
        Hold.objects.create(
            version=version,
            quote="Q",
            company=subscription.company,
            subscription=subscription,
            renews_on=subscription.renews_on,
            last_day=version.valid_through,
        )

    hold(versions[0])
    with pytest.raises(IntegrityError):
        hold(versions[1])
    with connection.cursor() as cursor:
        cursor.execute("drop index one_quote_holds_a_renewal")
    hold(versions[1])
    assert select("select count(*) as n from quotes_hold")[0]["n"] == 2


def test_two_quotes_sent_at_once_and_one_holds_the_renewal(world, subscription):
    ana = contract_manager_of(subscription.company)
    numbers = [drafted(world, subscription) for _ in range(2)]

    answers = at_once(
        *[lambda number=number: send_quote(number, member=ana, now=world.now) for number in numbers]
    )

    errors = [one for one in answers if isinstance(one, QuoteRefusedError)]
    assert len(errors) == 1
    assert isinstance(errors[0].refusals[0], AnotherOpen)
    assert Hold.objects.count() == 1
