"""Between a restore and its comparison with the payments nothing is bought, and nobody is lost."""

import re
from datetime import date

import pytest

from perenne.accounts.models import Person
from perenne.billing.models import PaymentAttempt
from perenne.platform import restore_gate
from tests.support.builders import a_card, a_company, a_subscription


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "this system was restored from a backup"),
        ("zh-hant", "本系統剛從備份還原"),
    ],
)
def test_may_i_renew_while_a_restore_is_being_compared(world, as_member, language, said):
    company = a_company()
    card = a_card(company)
    subscription = a_subscription(renews_on=date(2026, 12, 31), company=company, pays_with=card)
    manager = Person.objects.get(company=company, roles__role="contract_manager")
    client = as_member("person", manager.pk, language=language)
    choices = {"months": 12, "seats": 1, "method": card.pk}
    shown = client.post(f"/subscriptions/{subscription.pk}/renew/", choices, follow=True)
    path = shown.redirect_chain[-1][0]
    what = re.search(r'name="shown" value="([0-9a-f]{64})"', shown.content.decode())[1]

    restore_gate.shut()
    refused = client.post(f"{path}commit/", {"shown": what}, follow=True)
    assert (refused.status_code, said in refused.content.decode()) == (200, True)
    assert not PaymentAttempt.objects.exists()

    restore_gate.open_again()
    client.post(f"{path}commit/", {"shown": what}, follow=True)
    assert [one.state for one in PaymentAttempt.objects.all()] == ["succeeded"]
