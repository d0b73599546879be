"""`perenne check`: asks every law of the book whether it holds."""

import json

import click

from perenne.cli.home import needs_home
from perenne.daily.invariants import ALL, breaches
from perenne.platform.invariants import Breach


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs_home
def check_command(as_json: bool) -> None:
    """Check the invariants of the whole book; exit code 1 if one does not hold."""
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
    if as_json:
        by_code = {breach.invariant.code: breach.count for breach in found}
        click.echo(
            json.dumps({"invariants": len(ALL), "violations": violations, "by_code": by_code})
        )
    else:
        click.echo(f"{len(ALL)} invariants checked, {violations} violations")
    if violations:
        raise SystemExit(1)
