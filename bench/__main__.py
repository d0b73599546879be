"""`python -m bench [--small] [NAME…]`: print one JSON line for each figure."""

import argparse
import json
from functools import partial

from bench import server

HOME = server.prepare()


def main() -> None:
    """Measure the named figures, or all."""
    import django

    django.setup()
    from bench import reminders, renewals

    figures = {
        "renewals": (renewals.against_copy, {"size": 20_000, "due": 2_000}),
        "orm": (renewals.against_orm, {"size": 20_000, "due": 2_000}),
        "growth": (renewals.in_a_larger_book, {"size": 20_000, "larger": 100_000, "due": 2_000}),
        "workers": (renewals.with_two_workers, {"size": 20_000, "due": 2_000}),
        "memory": (renewals.memory, {"few": 2_000, "many": 20_000}),
        "reminders": (reminders.figures, {"size": 500_000}),
    }
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("--small", action="store_true", help="smaller books, for a first look")
    asked.add_argument("names", nargs="*", metavar="NAME", help=", ".join(figures))
    given = asked.parse_args()
    if unknown := set(given.names) - figures.keys():
        asked.error(f"no figure is named {', '.join(sorted(unknown))}: {', '.join(figures)}")
    with server.running(HOME):
        for name in given.names or figures:
            measure, small = figures[name]
            for figure in partial(measure, **small if given.small else {})():
                print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main()
