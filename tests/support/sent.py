"""What a worker would do now: the jobs that wait, the mails that they write, and their links."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from django.db import connection

from perenne.accounts.links import SECRET, secret_for
from perenne.notices import jobs
from perenne.notices.models import Mail
from perenne.notices.telling import tell_waiting_facts
from perenne.platform.bulk import select
from perenne.platform.clock import clock

if TYPE_CHECKING:
    from collections.abc import Callable

_TASKS: dict[str, Callable[..., None]] = {
    "notices.write_reset_link": jobs.write_reset_link.func,
    "notices.write_sign_in_code": jobs.write_sign_in_code.func,
}


def waiting_jobs() -> list[str]:
    """The names of the jobs that wait, oldest first."""
    return [
        row["task_name"]
        for row in select(
            "select task_name from procrastinate_jobs where status = 'todo' order by id"
        )
    ]


def work() -> None:
    """Do what waits, but hand nothing over to SMTP."""
    rows = select(
        "select id, task_name, args from procrastinate_jobs where status = 'todo' order by id"
    )
    for row in rows:
        with connection.cursor() as cursor:
            cursor.execute(
                "update procrastinate_jobs set status = 'succeeded' where id = %s", [row["id"]]
            )
        if row["task_name"] in _TASKS:
            _TASKS[row["task_name"]](**json.loads(row["args"]))
    tell_waiting_facts(now=clock().now())


def mails_to(address: str) -> list[Mail]:
    """The mails to an address, oldest first, once everything that waits was done."""
    work()
    return list(Mail.objects.filter(to_address__iexact=address).order_by("id"))


def link_in(mail: Mail) -> str:
    """The path of a mail's link as its reader gets it."""
    found = re.search(r"https?://[^/\s]+(/\S*)", mail.text)
    assert found is not None, mail.text
    path = found.group(1)
    return path.replace(SECRET, secret_for(mail.seal)) if mail.seal else path
