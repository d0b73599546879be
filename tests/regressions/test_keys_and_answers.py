"""Keys, answers and events: what others' systems charged twice, lost, or refused for ever."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from perenne.billing import leases
from perenne.billing.attempts import Outcome, Try, open_attempts
from perenne.billing.collecting import collect, look_up
from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.protocol import ChargeRequest
from perenne.billing.leases import mark_sent, take_over, take_over_free
from perenne.billing.models import Invoice, Order, PaymentAttempt
from perenne.platform.ids import new_id
from perenne.renewals.changes.queries import ChangeState
from perenne.renewals.errors import ChangeError, ChangeRefusedError
from perenne.renewals.facts import renewal_facts
from perenne.renewals.models import ParkedSubscription, PlanRevision
from perenne.renewals.operations.executing import Occasion, settle_and_execute
from perenne.renewals.operations.reconciling import reconcile, reconcile_keys
from perenne.renewals.pricing import Pricer
from perenne.subscriptions.models import Subscription, Term
from tests.regressions.cases import (
    ONE_DAY,
    TODAY,
    at_once,
    broken,
    charges_of,
    due_by_card,
    due_by_debit,
    sold_once,
)
from tests.support.changing import change


def an_attempt(subscription, world, *, together=""):
    """An attempt of the run that is committed, and held by this session."""
    facts = renewal_facts([subscription.pk])[0]
    sale = Pricer().planned_sale(facts)
    with transaction.atomic():
        wanted = Try(sale, None, facts.plan.method.token)
        return open_attempts([wanted], day=TODAY, actor="run", now=world.now, together=together)[0]


def by_hand(subscription, world):
    return change(world, "renew", subscription).state


def occasion(world, actor="reconciler"):
    return Occasion(world.today, actor, world.now)


def abandoned():
    """As if the sessions of all attempts had ended, and their leases with them."""
    with connection.cursor() as cursor:
        cursor.execute("update billing_paymentattempt set lease_until = now() - interval '1 hour'")


def first_asked(ago):
    with connection.cursor() as cursor:
        cursor.execute("update billing_paymentattempt set sent_at = clock_timestamp() - %s", [ago])


def test_key_regenerated_on_page_load(world_on):
    world = world_on(TODAY)
    subscription = due_by_card(TODAY + 20 * ONE_DAY)

    assert by_hand(subscription, world) is ChangeState.DONE
    with pytest.raises(ChangeRefusedError, match=r"renewal\.already_done"):
        by_hand(subscription, world)

    assert sold_once(subscription)


def test_webhook_and_nightly_run_both_renew(world_on):
    world = world_on(TODAY)
    subscription = due_by_debit()
    world.run_today()
    attempt = PaymentAttempt.objects.get()
    configured_gateway().settle(attempt.charge_id, succeeds=True)
    event = occasion(world, "gateway")

    at_once(
        lambda: reconcile_keys([attempt.idempotency_key], occasion=event),
        lambda: reconcile("US", occasion=occasion(world, "run")),
        lambda: reconcile_keys([attempt.idempotency_key], occasion=event),
    )
    reconcile("US", occasion=occasion(world))

    assert sold_once(subscription)


def test_an_event_that_comes_before_our_own_answer_sells_once(world_on, at_point):
    world = world_on(TODAY)
    subscription = due_by_card()
    key = []

    def event():
        key.append(PaymentAttempt.objects.get().idempotency_key)
        at_once(lambda: reconcile_keys(key, occasion=occasion(world, "gateway")))

    at_point("charge.answered", event)
    world.run_today()

    assert sold_once(subscription)
    assert Order.objects.get().actor == "gateway"


def test_an_event_that_comes_before_the_charge_is_found_declines_nothing(world_on, at_point):
    world = world_on(TODAY)
    subscription = due_by_card()

    def event():
        keys = [PaymentAttempt.objects.get().idempotency_key]
        at_once(lambda: reconcile_keys(keys, occasion=occasion(world, "gateway")))

    at_point("charge.sending", event)
    world.run_today()

    assert PaymentAttempt.objects.get().state != "declined"
    reconcile("US", occasion=occasion(world))
    assert sold_once(subscription)


def test_handler_registered_twice(world_on):
    from procrastinate.contrib.django import app as queue

    from perenne.daily import jobs

    world = world_on(TODAY)
    subscription = due_by_debit()
    world.run_today()
    attempt = PaymentAttempt.objects.get()
    configured_gateway().settle(attempt.charge_id, succeeds=True)

    sold = [
        reconcile_keys([attempt.idempotency_key] * 2, occasion=occasion(world)) for _ in range(2)
    ]

    assert [len(one) for one in sold] == [1, 0]
    assert sold_once(subscription)
    periodic = queue.periodic_registry.periodic_tasks
    assert len(periodic) == len({id_ for _, id_ in periodic}) == 2
    assert jobs.look.name in {task.task.name for task in periodic.values()}


def test_order_unlocked_before_the_response_is_processed(world_on, at_point):
    """While an answer is on its way, nobody else may ask, pay, or take the attempt over."""
    world = world_on(TODAY)
    subscription = due_by_card()
    meanwhile = []

    def others():
        meanwhile.extend(at_once(lambda: take_over_free("US", after="", limit=9, aside=[])))
        with pytest.raises(ChangeRefusedError, match=r"renewal\.in_progress"):
            at_once(lambda: by_hand(subscription, world))

    at_point("charge.answered", others)
    world.run_today()

    assert meanwhile == [[]]
    assert sold_once(subscription)


def test_what_a_former_holder_of_a_lease_writes_late_is_refused(world_on):
    world = world_on(TODAY)
    subscription = due_by_card()
    late = mark_sent([an_attempt(subscription, world)])
    answers = collect(late)
    at_once(lambda: take_over([late[0].key], aside=[]))

    assert settle_and_execute(answers, occasion=occasion(world, "run")) == []

    assert PaymentAttempt.objects.get().state == "sent"
    abandoned()
    reconcile("US", occasion=occasion(world))
    assert sold_once(subscription)


def test_two_engines_own_one_subscription(world_on):
    world = world_on(TODAY)
    subscription = due_by_card()

    def customer():
        try:
            return by_hand(subscription, world)
        except ChangeError as refused:
            return str(refused)

    said, _ = at_once(customer, world.run_today)

    assert said in (ChangeState.DONE, "renewal.in_progress", "renewal.already_done")
    assert sold_once(subscription)


def test_conflict_on_replay_is_not_filed_as_a_dead_job(world_on):
    """An answer that comes again, however often, is already done; it parks and raises nothing."""
    world = world_on(TODAY)
    subscription = due_by_card()
    sent = mark_sent([an_attempt(subscription, world)])
    answers = collect(sent)

    sold = [settle_and_execute(answers, occasion=occasion(world, "run")) for _ in range(3)]

    assert [len(one) for one in sold] == [1, 0, 0]
    assert not ParkedSubscription.objects.exists()
    assert sold_once(subscription)


def test_a_key_is_not_asked_again_once_the_gateway_may_have_forgotten_it(world_on):
    """However often it was asked since: a gateway counts from the first time."""
    world = world_on(TODAY)
    subscription = due_by_card(last4="5005")  # never answers
    world.run_today()
    first_asked(leases.KEY_LIFETIME + timedelta(hours=1))
    abandoned()
    reconcile("US", occasion=occasion(world))

    assert PaymentAttempt.objects.get().state == "declined"
    assert PaymentAttempt.objects.get().decline_kind == "not_collected"
    assert charges_of(subscription) == []


def test_asking_again_does_not_make_a_key_younger(world_on):
    world = world_on(TODAY)
    due_by_card(last4="5005")
    world.run_today()
    first_asked(timedelta(hours=22))
    before = PaymentAttempt.objects.get().sent_at
    abandoned()

    reconcile("US", occasion=occasion(world))

    assert PaymentAttempt.objects.get().sent_at == before
    assert PaymentAttempt.objects.get().state == "unknown"


def test_not_finding_what_was_sent_a_moment_ago_proves_nothing(world_on):
    world = world_on(TODAY)
    due_by_card(last4="5005")
    world.run_today()
    first_asked(leases.KEY_LIFETIME + timedelta(minutes=1))
    abandoned()

    reconcile("US", occasion=occasion(world))

    assert PaymentAttempt.objects.get().state == "unknown"


def test_what_became_pending_without_our_hearing_of_it_is_looked_up(world_on, at_point):
    """Its key would only repeat the first answer for a day: pending."""
    world = world_on(TODAY)
    subscription = due_by_debit()
    at_point("charge.answered", lambda: pytest.fail("the worker is gone"))
    with pytest.raises(pytest.fail.Exception):
        world.run_today()
    first_asked(timedelta(0))
    with connection.cursor() as cursor:
        cursor.execute("update billing_paymentattempt set state = 'unknown'")
    reconcile("US", occasion=occasion(world))
    attempt = PaymentAttempt.objects.get()
    assert (attempt.state, attempt.charge_id != "") == ("unknown", True)
    configured_gateway().settle(attempt.charge_id, succeeds=True)

    reconcile("US", occasion=occasion(world))

    assert sold_once(subscription)


def test_a_charge_that_the_gateway_named_and_lost_waits_for_a_person(world_on):
    world = world_on(TODAY)
    attempt = an_attempt(due_by_debit(), world)

    outcome = look_up([replace_charge(attempt, "ch_gone")], on_their_way=())[0]

    assert (outcome.state, outcome.declined) == ("pending", None)
    assert outcome.problem.startswith("charge.missing")


def replace_charge(attempt, charge_id):
    from msgspec.structs import replace

    return replace(attempt, state="pending", charge_id=charge_id)


def test_an_event_about_a_parked_subscription_waits_for_a_person_too(world_on):
    world = world_on(TODAY)
    due_by_card(last4="5011")  # lies about the amount, and tells the truth when it is looked up
    world.run_today()
    attempt = PaymentAttempt.objects.get()
    assert ParkedSubscription.objects.count() == 1

    assert reconcile_keys([attempt.idempotency_key], occasion=occasion(world)) == []

    assert PaymentAttempt.objects.get().state == "unknown"
    assert broken() == []


def test_a_plan_that_was_changed_while_a_payment_was_pending_stops_nothing(world_on):
    world = world_on(TODAY)
    subscription = due_by_debit()
    world.run_today()
    PlanRevision.objects.create(
        id=new_id("pln"),
        company_id=subscription.company_id,
        subscription=subscription,
        revision=2,
        renews_automatically=False,
        offer_id="LT/named_user/12",
        payment_method=subscription.company.payment_methods.get(),
        decided_on=TODAY,
        actor="person:ana",
    )
    Subscription.objects.filter(pk=subscription.pk).update(plan_revision=2)
    attempt = PaymentAttempt.objects.get()
    configured_gateway().settle(attempt.charge_id, succeeds=True)

    reconcile_keys([attempt.idempotency_key], occasion=occasion(world))

    assert sold_once(subscription)
    latest = PlanRevision.objects.order_by("-revision").first()
    assert (latest.revision, latest.renews_automatically) == (3, False)


def test_one_answer_that_cannot_be_written_does_not_block_the_others(world_on):
    """A poisoned attempt is parked; before, it stopped every later run of its region."""
    world = world_on(TODAY)
    poisoned, *others = [due_by_card() for _ in range(4)]
    attempt = an_attempt(poisoned, world)
    with connection.cursor() as cursor:
        # Somebody's mistake: the term that was frozen is there already.
        cursor.execute("set session_replication_role = replica")
        cursor.execute(
            "insert into subscriptions_term (id, subscription_id, starts_on, renews_on, offer_id, "
            "seats, came_by, order_id) select 'trm_x', subscription_id, %s, %s, offer_id, seats, "
            "'renewal', '' from subscriptions_term where subscription_id = %s",
            [TODAY, TODAY + 365 * ONE_DAY, poisoned.pk],
        )
        cursor.execute("set session_replication_role = origin")

    world.run_today()

    parked = ParkedSubscription.objects.get()
    assert (parked.subscription_id, "unwritten" in parked.reason) == (poisoned.pk, True)
    assert PaymentAttempt.objects.get(pk=attempt.id).state == "unknown"
    assert all(Order.objects.filter(subscription=one).count() == 1 for one in others)


def test_attempts_of_one_charge_are_taken_all_or_none(world_on):
    """A part of them would be another amount under the same key."""
    world = world_on(TODAY)
    first, second = due_by_card(), due_by_card()
    attempts = [an_attempt(one, world, together="chg_1") for one in (first, second)]
    with connection.cursor() as cursor:
        cursor.execute(
            "update billing_paymentattempt set lease_pid = pg_backend_pid(), "
            "lease_until = clock_timestamp() + case when id = %s then interval '1 hour' "
            "else interval '-1 hour' end",
            [attempts[0].id],
        )

    assert at_once(lambda: take_over_free("US", after="", limit=9, aside=[])) == [[]]
    abandoned()
    taken = at_once(lambda: take_over_free("US", after="", limit=9, aside=[]))[0]
    assert {one.attempt.id for one in taken} == {one.id for one in attempts}
    assert mark_sent(attempts) == []


def test_attempts_of_one_charge_are_not_sent_when_one_of_them_is_lost(world_on):
    world = world_on(TODAY)
    attempts = [an_attempt(due_by_card(), world, together="chg_1") for _ in range(2)]
    with connection.cursor() as cursor:
        cursor.execute(
            "update billing_paymentattempt set lease_no = 2 where id = %s", [attempts[0].id]
        )

    assert mark_sent(attempts) == []


def test_the_gateway_sees_a_key_with_one_payload_only(world_on):
    """P4: the sandbox counts keys that were used for two requests."""
    world = world_on(TODAY)
    subscription = due_by_card(last4="5002")
    before = configured_gateway().counts().idempotency_errors
    world.run_today()
    reconcile("US", occasion=occasion(world))
    assert sold_once(subscription)
    assert configured_gateway().counts().idempotency_errors == before

    attempt = PaymentAttempt.objects.get()
    with pytest.raises(Exception, match="idempotency_error"):
        configured_gateway().charge(
            ChargeRequest(
                idempotency_key=attempt.idempotency_key,
                amount_minor=1,
                currency="USD",
                method_token="card:4242:2035-12:X",
                attempt_id="other",
                description="",
                business_day=TODAY,
            )
        )
    assert configured_gateway().counts().idempotency_errors == before + 1


def test_what_is_settled_is_final_whatever_is_said_later(world_on):
    world = world_on(TODAY)
    subscription = due_by_card()
    attempt = mark_sent([an_attempt(subscription, world)])[0]
    settle_and_execute(collect([attempt]), occasion=occasion(world, "run"))

    for state in ("pending", "unknown"):
        assert settle_and_execute([Outcome(attempt, state)], occasion=occasion(world)) == []

    assert PaymentAttempt.objects.get().state == "succeeded"
    assert (Invoice.objects.count(), Term.objects.filter(subscription=subscription).count()) == (
        1,
        2,
    )
