"""Rows on which one worker at a time works, by the database's own clock and sessions."""

from datetime import timedelta

from django.db import models
from django.db.models import Func, Value

# How long a worker may be silent before another takes its rows over.
LEASE = timedelta(minutes=2)


class Leased(models.Model):
    """Who works on the row until when.

    A worker whose lease was taken over carries an old number, and what it writes late is refused.
    """

    lease_no = models.PositiveIntegerField(db_default=1)
    lease_pid = models.IntegerField(db_default=Func(function="pg_backend_pid"))
    lease_until = models.DateTimeField(
        db_default=Func(function="clock_timestamp") + Value(LEASE, models.DurationField())
    )
    # When the gateway was asked (an attempt: first; a refund: last), by the database's clock; None
    # before. It forgets keys by their age.
    sent_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
