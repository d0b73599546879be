"""Small books to import, one mistake at a time."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from perenne.importing.book import import_book
from tests.support.builders import the_demo_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
AS_OF = date(2026, 12, 1)

BOOK = {
    "staff": """person,name,email,phone,role,region
rep1,Kate Moore,rep1@fjord.example,+47 5550 205,sales,US
""",
    "partners": """partner,name,region,city,contact_name,email,phone
P1,Nordlicht IT,EU,Berlin,Søren Ødegård,renewals@p1.example,+49 2 5550 106
""",
    "companies": """company,name,region,country,locale,tax_id,kind
C1,Atelier Nord,EU,DE,en,DE136695976,business
C2,和泰工程,TW,TW,zh-Hant,10458575,business
""",
    "people": """person,company,name,email,role,locale
U1,C1,Ana Diaz,ana@c1.example,contract_manager,en
U2,C1,Bo Chen,bo@c1.example,primary_admin,en
U3,C2,陳怡君,chen@c2.example,contract_manager,zh-Hant
U4,C2,林志明,lin@c2.example,primary_admin,zh-Hant
""",
    "payment_methods": """payment_method,company,kind,last4,valid_through
M1,C1,card,4242,2027-05
M2,C2,invoice,,
""",
    "contracts": """contract,company,channel,partner,sales_person,partner_model
K1,C1,online,,,
K2,C2,sales,,rep1@fjord.example,
K3,C1,partner,P1,,resale
""",
    "subscriptions": (
        "subscription,contract,product,access,term_months,seats,starts_on,renews_on,anchor_day,"
        "renews_automatically,payment_method,next_term_months,next_seats,renewable_online\n"
        "S1,K1,LT,named_user,12,2,2026-03-31,2027-03-31,31,yes,M1,36,2,\n"
        "S2,K2,DRAFT,named_user,36,5,2024-02-29,2027-02-28,29,no,M2,36,3,yes\n"
        "S3,K3,LT,named_user,1,1,2026-11-15,2026-12-15,15,no,,,,no\n"
    ),
    "assignments": """subscription,person
S1,U1
S1,U2
""",
}


class Book:
    """A book in a directory, of which a test may spoil cells."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name, content in BOOK.items():
            self.write(name, content)

    def write(self, name: str, content: str, encoding: str = "utf-8") -> None:
        (self.directory / f"{name}.csv").write_bytes(content.encode(encoding))

    def put(self, name: str, line: int, /, **cells: str) -> None:
        """Replace cells of one line; the header is line 1."""
        path = self.directory / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        rows[line - 2] |= cells
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def load(self, **given: object):
        return import_book(self.directory, now=NOW, **({"as_of": AS_OF} | given))


@pytest.fixture
def book(db: None, tmp_path: Path) -> Book:
    the_demo_catalogue()
    return Book(tmp_path)


@pytest.fixture
def rows_written() -> Callable[[], int]:
    from perenne.accounts.models import Company, Person
    from perenne.daily.models import FinishedDay
    from perenne.subscriptions.models import Contract, Subscription, Term

    kinds = (Company, Person, Contract, Subscription, Term, FinishedDay)
    return lambda: sum(kind.objects.count() for kind in kinds)
