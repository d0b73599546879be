"""Policies for tests: the demo's, with a setting of the test's own."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db import transaction

from perenne.catalog.models import PolicyVersion
from perenne.platform import journal
from perenne.platform.journal import Fact


@transaction.atomic
def with_setting(name: str, value: object) -> None:
    """Publish a version of the default policy in which one setting differs."""
    base = PolicyVersion.objects.get(code="default")
    PolicyVersion.objects.create(
        code="default",
        valid_from=date(2020, 1, 2),
        extends=base.extends,
        applies_to=base.applies_to,
        settings=base.settings | {name: value},
    )
    # The catalogue is read again when something is published.
    journal.record_all(
        [
            Fact(
                kind="catalogue.published",
                subject="policy default",
                company="",
                region="",
                business_day=date(2020, 1, 2),
                actor="test",
                facts={"published": 1},
            )
        ],
        at=datetime(2020, 1, 2, tzinfo=UTC),
    )
