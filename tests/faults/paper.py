"""Files that workers take in: a book of customers in another region, and new prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.paths import DEMO_CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

COMPANIES = 3
PEOPLE = 2
_NEW_PRICES = """
  - { region: JP, valid_from: 2039-01-01, derived_from: { region: US, factor: "160" } }
"""


def book_in(home: Path) -> Path:
    """Where the book lies."""
    return home / "paper" / "book"


def catalogue_in(home: Path) -> Path:
    """Where the catalogue lies."""
    return home / "paper" / "catalogue.yaml"


def write_paper(home: Path) -> None:
    """Write the files; three companies with a subscription each, none of which is due."""
    book = book_in(home)
    book.mkdir(parents=True)
    numbers = range(1, COMPANIES + 1)
    tables = {
        "staff": ("person,name,email,phone,role,region", ()),
        "partners": ("partner,name,region,city,contact_name,email,phone", ()),
        "companies": (
            "company,name,region,country,locale,tax_id,kind",
            (f"F{n},Atelier {n},JP,JP,en,,business" for n in numbers),
        ),
        "people": (
            "person,company,name,email,role,locale",
            (
                f"F{n}{role[0]},F{n},Ana {n},{role}{n}@f.example,{role},en"
                for n in numbers
                for role in ("contract_manager", "primary_admin")
            ),
        ),
        "payment_methods": (
            "payment_method,company,kind,last4,valid_through",
            (f"FM{n},F{n},card,4242,2035-12" for n in numbers),
        ),
        "contracts": (
            "contract,company,channel,partner,sales_person,partner_model",
            (f"FK{n},F{n},online,,," for n in numbers),
        ),
        "subscriptions": (
            "subscription,contract,product,access,term_months,seats,starts_on,renews_on,"
            "anchor_day,renews_automatically,payment_method,next_term_months,next_seats,"
            "renewable_online",
            (
                f"FS{n},FK{n},LT,named_user,36,2,2026-06-15,2029-06-15,15,yes,FM{n},,,"
                for n in numbers
            ),
        ),
        "assignments": ("subscription,person", (f"FS{n},F{n}c" for n in numbers)),
    }
    for name, (header, rows) in tables.items():
        (book / f"{name}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    catalogue = DEMO_CATALOGUE.read_text(encoding="utf-8")
    before, campaigns, after = catalogue.partition("\ncampaigns:")
    catalogue_in(home).write_text(before + _NEW_PRICES + campaigns + after, encoding="utf-8")
