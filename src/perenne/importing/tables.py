"""The files of a book: their columns, and where their rows go before they are judged together."""

from collections.abc import Mapping
from dataclasses import dataclass

from perenne.accounts.models import ROLES, STAFF_ROLES
from perenne.importing import values
from perenne.importing.values import Reader, optional, required


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file: its columns with their readers, and the types of its staging table."""

    name: str
    columns: Mapping[str, Reader]
    types: Mapping[str, str]
    is_required: bool = True

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    @property
    def staging(self) -> str:
        """The temporary table."""
        return f"staged_{self.name}"


def _table(
    name: str, /, *, is_required: bool = True, **columns: Reader | tuple[Reader, str]
) -> Table:
    readers = {key: one[0] if isinstance(one, tuple) else one for key, one in columns.items()}
    types = {key: one[1] if isinstance(one, tuple) else "text" for key, one in columns.items()}
    return Table(name, readers, types, is_required)


CODE = required(values.code)
MAYBE_CODE = optional(values.code)
TEXT = required(values.text)

TABLES = (
    _table(
        "staff",
        is_required=False,
        person=CODE,
        name=TEXT,
        email=required(values.email),
        phone=values.text,
        role=required(values.one_of(*STAFF_ROLES)),
        region=MAYBE_CODE,
    ),
    _table(
        "partners",
        is_required=False,
        partner=CODE,
        name=TEXT,
        region=CODE,
        city=values.text,
        contact_name=values.text,
        email=required(values.email),
        phone=values.text,
    ),
    _table(
        "companies",
        company=CODE,
        name=TEXT,
        region=CODE,
        country=required(values.code),
        locale=CODE,
        tax_id=values.text,
        kind=required(values.one_of("business", "consumer")),
    ),
    _table(
        "people",
        person=CODE,
        company=CODE,
        name=TEXT,
        email=required(values.email),
        role=required(values.one_of(*ROLES)),
        locale=CODE,
    ),
    _table(
        "payment_methods",
        payment_method=CODE,
        company=CODE,
        kind=required(values.one_of("card", "direct_debit", "invoice", "bank_transfer")),
        last4=optional(values.last4),
        valid_through=optional(values.last_valid_month),
    ),
    _table(
        "contracts",
        contract=CODE,
        company=CODE,
        channel=required(values.one_of("online", "sales", "partner")),
        partner=MAYBE_CODE,
        sales_person=MAYBE_CODE,
        partner_model=optional(values.one_of("agency", "resale")),
    ),
    _table(
        "subscriptions",
        subscription=CODE,
        contract=CODE,
        product=CODE,
        access=required(values.one_of("named_user", "multi_user")),
        term_months=(required(values.months), "int"),
        seats=(required(values.seats), "int"),
        starts_on=(required(values.day), "date"),
        renews_on=(required(values.day), "date"),
        anchor_day=(required(values.anchor_day), "int"),
        renews_automatically=(required(values.yes_no), "boolean"),
        payment_method=MAYBE_CODE,
        next_term_months=(optional(values.months), "int"),
        next_seats=(optional(values.seats), "int"),
        renewable_online=(optional(values.yes_no), "boolean"),
    ),
    _table("assignments", is_required=False, subscription=CODE, person=CODE),
)
