"""`perenne why`: the verdict of an action, with every reason and what to do."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from perenne.accounts.models import Person
from perenne.accounts.queries import Member, person_member
from perenne.cli.days import DAY
from perenne.cli.home import needs_home
from perenne.platform.clock import clock, moment_of
from perenne.platform.errors import PerenneError
from perenne.renewals.naming import naming_of
from perenne.renewals.queries import Outlook, outlooks
from perenne.renewals.verdicts import verdicts
from perenne.renewals.wording import fixer_text, reason_text, step_text
from perenne.rules.actions import Action
from perenne.rules.verdict import State, Verdict
from perenne.subscriptions.models import Subscription

EXIT_NOT_ELIGIBLE = 4


class UnknownSubscriptionError(PerenneError):
    """Nothing has this code or id."""

    code = "subscription.unknown"


@click.command("why")
@click.argument("subscription")
@click.argument("action", type=click.Choice([action.value for action in Action]))
@click.option("--on", type=DAY, help="Ask as of another day, YYYY-MM-DD.")
@click.option("--lang", type=click.Choice(["en", "zh-Hant"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs_home
def why_command(
    subscription: str, action: str, on: datetime | None, lang: str, as_json: bool
) -> None:
    """Say whether a contract manager may do ACTION with SUBSCRIPTION, and if not, why.

    Exits with 4 if it is not possible.
    """
    found = _found(subscription)
    now = clock().now() if on is None else moment_of(on.date())
    wanted = Action(action)
    verdict = verdicts([found.pk], member=_manager(found), now=now)[found.pk][wanted]
    outlook = outlooks([found.pk], now=now)[0]
    if as_json:
        click.echo(json.dumps(_as_json(found, wanted, verdict, outlook, lang), default=str))
    else:
        for line in _lines(found, wanted, verdict, outlook, lang):
            click.echo(line)
    if not verdict.allowed:
        raise SystemExit(EXIT_NOT_ELIGIBLE)


def _found(name: str) -> Subscription:
    found = Subscription.objects.filter(code=name).first()
    found = found or Subscription.objects.filter(pk=name).first()
    if found is None:
        raise UnknownSubscriptionError(f"{name} is not the code or id of a subscription")
    return found


def _manager(subscription: Subscription) -> Member:
    """The company's contract manager, or somebody who would be one."""
    manager = Person.objects.filter(
        company_id=subscription.company_id, roles__role="contract_manager"
    ).first()
    if manager is not None:
        return person_member(manager)
    return Member("", "", "en", subscription.company_id, frozenset({"contract_manager"}))


def _lines(
    found: Subscription, action: Action, verdict: Verdict, outlook: Outlook, lang: str
) -> list[str]:
    naming = naming_of(outlook, lang)
    lines = [f"{found.code} {action.value}: {verdict.state.value}"]
    if verdict.state is State.AVAILABLE_FROM:
        lines[0] += f" {verdict.available_from}"
    for refusal, remedy in verdict.shown:
        lines.append(f"  {refusal.code}: {reason_text(refusal, naming)}")
        steps = "; ".join(step_text(step, naming) for step in remedy.steps)
        lines.append(f"    {fixer_text(remedy.fixer, naming)}: {steps}")
    return lines


def _as_json(
    found: Subscription, action: Action, verdict: Verdict, outlook: Outlook, lang: str
) -> dict[str, Any]:
    naming = naming_of(outlook, lang)
    opens_on: date | None = verdict.available_from
    return {
        "subscription": found.code,
        "action": action.value,
        "state": verdict.state.value,
        "from": None if opens_on is None else opens_on.isoformat(),
        "reasons": [
            {
                "code": refusal.code,
                "facts": asdict(refusal),
                "text": reason_text(refusal, naming),
                "fixer": remedy.fixer.value,
                "next_steps": [step.value for step in remedy.steps],
            }
            for refusal, remedy in verdict.shown
        ],
    }
