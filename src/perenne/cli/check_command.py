"""`perenne check`: asks every law of the book whether it holds."""

import json

import click

from perenne.cli.home import needs_home
from perenne.daily.invariants import ALL, breaches
from perenne.platform.invariants import Breach
from perenne.renewals.queries import parked_subscriptions


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs_home
def check_command(as_json: bool) -> None:
    """Check the invariants of the whole book; exit code 1 if one does not hold.

    What the run set aside for a person is named too; it breaks no law.
    """
    found: list[Breach] = []
    for invariant, breach in breaches():
        if breach is None:
            continue
        found.append(breach)
        if not as_json:
            click.echo(f"{invariant.code} {invariant.law}: {breach.count} violations")
            for example in breach.examples:
                click.echo(f"    {example}")
    violations = sum(breach.count for breach in found)
    parked = parked_subscriptions()
    if as_json:
        by_code = {breach.invariant.code: breach.count for breach in found}
        click.echo(
            json.dumps(
                {
                    "invariants": len(ALL),
                    "violations": violations,
                    "by_code": by_code,
                    "parked": [one.code for one in parked],
                }
            )
        )
    else:
        for one in parked:
            click.echo(f"set aside on {one.business_day}: {one.code}: {one.reason}")
        click.echo(f"{len(ALL)} invariants checked, {violations} violations")
    if violations:
        raise SystemExit(1)
