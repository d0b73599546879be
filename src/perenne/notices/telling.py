"""Write the mails of facts that are to be told: each once, in the transaction that unqueues it.

A fact that is recorded with ``tells=True`` waits in ``platform_untoldfact``. ``letters.py`` says
who is told of its kind, and how.
"""

import json
import logging
from datetime import datetime

from django.db import connection, transaction

from perenne.notices.letters import WRITERS
from perenne.notices.outbox import post
from perenne.notices.told_facts import ToldFact
from perenne.platform.bulk import select

BATCH = 100
# A fact that cannot be told is left for a person to look at; the others go on.
TRIES = 5
_log = logging.getLogger("perenne.notices")

_CLAIM = """
select j.id, j.kind, j.subject, j.company, j.region, j.business_day, j.happened_at, j.actor, j.facts
from platform_untoldfact u join platform_journalentry j on j.id = u.fact_id
where u.tries < %s order by u.fact_id limit %s for update of u skip locked
"""


def tell_waiting_facts(*, now: datetime) -> int:
    """Write the mails of every fact that waits, oldest first; return how many mails.

    Any number of calls is fine, also several at once.
    """
    written = 0
    while True:
        with transaction.atomic():
            facts = [
                # A plain cursor of Django leaves JSON as text.
                ToldFact(**row | {"facts": json.loads(row["facts"])})
                for row in select(_CLAIM, [TRIES, BATCH])
            ]
            if not facts:
                return written
            written += sum(_tell(fact, now=now) for fact in facts)


def _tell(fact: ToldFact, *, now: datetime) -> int:
    try:
        with transaction.atomic():
            letters = WRITERS[fact.kind](fact)
            post(letters, day=fact.business_day, now=now)
            _unqueue(fact.id)
    except Exception as error:  # noqa: BLE001 - one fact must not silence the others
        _log.exception("fact %s cannot be told", fact.id)
        with connection.cursor() as cursor:
            cursor.execute(
                "update platform_untoldfact set tries = tries + 1, last_error = %s "
                "where fact_id = %s",
                [repr(error)[:500], fact.id],
            )
        return 0
    return len(letters)


def _unqueue(fact: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from platform_untoldfact where fact_id = %s", [fact])
