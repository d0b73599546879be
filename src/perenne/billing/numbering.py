"""Numbers of invoices and credit notes: one after the other, without gaps, for each seller."""

from django.db import connection

INVOICES = "R"
CREDIT_NOTES = "C"


def take_numbers(seller: str, series: str, how_many: int) -> int:
    """Take consecutive numbers; return the first. Given back if the caller rolls back.

    The counter is locked until the transaction ends: take them in the order of the sellers'
    names, so that two sets never deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into billing_invoiceseries as s (seller, series, last_number) "
            "values (%s, %s, %s) on conflict (seller, series) "
            "do update set last_number = s.last_number + excluded.last_number "
            "returning last_number",
            [seller, series, how_many],
        )
        last: int = cursor.fetchone()[0]
    return last - how_many + 1


def number_text(series: str, number: int) -> str:
    """A number as it is printed and as payers write it: ``R-000012``."""
    return f"{series}-{number:06d}"


def number_sql(alias: str) -> str:
    """The same in SQL, of a table with the columns ``series`` and ``number``."""
    digits = f"{alias}.number::text"
    return f"{alias}.series || '-' || lpad({digits}, greatest(6, length({digits})), '0')"
