"""Business tax ids: which of a book's are valid. The others are kept, listed, and give nothing."""

from collections.abc import Iterator
from importlib import import_module

from django.db import connection

from perenne.platform.bulk import copy_rows, make_staging
from perenne.rules.tax import EUROPEAN_UNION

# The module of python-stdnum that knows a country's business tax id.
_MODULES = {"TW": "stdnum.tw.ubn", "JP": "stdnum.jp.cn", "CA": "stdnum.ca.bn"}


def has_tax_id_check(country: str) -> bool:
    """Whether the check of a country's business tax ids is known."""
    return country in EUROPEAN_UNION or country in _MODULES


def is_valid_tax_id(tax_id: str, country: str) -> bool:
    """Whether the id passes its country's check; an unknown country's never does."""
    if country in EUROPEAN_UNION:
        vat = import_module("stdnum.eu.vat")
        prefix = "EL" if country == "GR" else country
        return tax_id.upper().startswith(prefix) and bool(vat.is_valid(tax_id))
    module = _MODULES.get(country)
    return module is not None and bool(import_module(module).is_valid(tax_id))


def stage_verified() -> None:
    """Stage the lines of companies whose tax id is valid."""
    make_staging("verified_tax_ids", "line int")
    for lines in _valid_lines():
        copy_rows("verified_tax_ids", ("line",), [(line,) for line in lines])


def _valid_lines() -> Iterator[list[int]]:
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "select line, tax_id, country from staged_companies "
                "where tax_id <> '' and line > %s order by line limit 5000",
                [after],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        yield [line for line, tax_id, country in rows if is_valid_tax_id(tax_id, country)]
        after = rows[-1][0]
