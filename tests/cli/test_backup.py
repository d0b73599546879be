"""Backing up, proving the backup, and restoring it without charging anybody twice."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from perenne.billing.gateways.sandbox import SandboxGateway
from tests.support.paths import DEMO_CATALOGUE

if TYPE_CHECKING:
    from tests.cli.conftest import Installation

# One subscription that is renewed by card on 5 December 2026.
BOOK = {
    "staff": "person,name,email,phone,role,region\n",
    "partners": "partner,name,region,city,contact_name,email,phone\n",
    "companies": (
        "company,name,region,country,locale,tax_id,kind\nC1,Atelier,TW,TW,zh-Hant,,business\n"
    ),
    "people": (
        "person,company,name,email,role,locale\n"
        "P1,C1,Ana,ana@c1.example,contract_manager,en\n"
        "P2,C1,Bo,bo@c1.example,primary_admin,en\n"
    ),
    "payment_methods": (
        "payment_method,company,kind,last4,valid_through\nM1,C1,card,4242,2035-12\n"
    ),
    "contracts": "contract,company,channel,partner,sales_person,partner_model\nK1,C1,online,,,\n",
    "subscriptions": (
        "subscription,contract,product,access,term_months,seats,starts_on,renews_on,anchor_day,"
        "renews_automatically,payment_method,next_term_months,next_seats,renewable_online\n"
        "S1,K1,LT,named_user,12,2,2025-12-05,2026-12-05,5,yes,M1,,,\n"
    ),
    "assignments": "subscription,person\nS1,P1\n",
}


@pytest.fixture
def with_book(installation: Installation) -> Installation:
    """A vendor on 4 December."""
    book = installation.path / "book"
    book.mkdir()
    for name, text in BOOK.items():
        (book / f"{name}.csv").write_text(text, encoding="utf-8")
    does(installation, "import", "catalogue", str(DEMO_CATALOGUE))
    does(installation, "import", "book", str(book), "--as-of", "2026-12-03")
    does(installation, "advance", "--to", "2026-12-04")
    return installation


def does(installation: Installation, *arguments: str) -> str:
    code, said = installation.run(*arguments)
    assert code == 0, said
    return said


def refuses(installation: Installation, *arguments: str) -> str:
    code, said = installation.run(*arguments)
    assert code == 1, said
    return said


def lose_the_database(installation: Installation) -> None:
    cluster = installation.home.cluster
    assert cluster is not None
    with installation.home.locked():
        installation.home.stop_all()
    shutil.rmtree(cluster.cluster)


def charges(installation: Installation) -> list[tuple[str, int]]:
    """Outcome and what was given back, in the gateway's own book."""
    gateway = SandboxGateway(installation.path)
    try:
        found = gateway.charges_after("", limit=100).charges
    finally:
        gateway.close()
    return [(str(one.result.outcome), one.refunded_minor) for one in found]


def test_a_restored_database_charges_nobody_before_it_knows_what_was_paid(
    with_book: Installation,
):
    backup = str(with_book.path / "nightly.backup")
    does(with_book, "backup", backup)
    does(with_book, "advance", "--to", "2026-12-05")
    lose_the_database(with_book)

    assert "reconcile-restored before anything else" in does(with_book, "restore", backup)

    with with_book.home.in_use():
        assert "run perenne reconcile-restored first" in refuses(with_book, "worker")
    said = refuses(with_book, "reconcile-restored")
    assert "1 charges compared, 0 sales settled, 0 refunds settled, 1 unknown here" in said
    assert "unknown here: ch_" in said
    assert "run perenne reconcile-restored first" in refuses(with_book, "advance", "--days", "1")

    said = does(with_book, "reconcile-restored", "--refund-strays")
    assert "0 unknown here" in said
    does(with_book, "advance", "--to", "2026-12-05")
    assert "0 violations" in does(with_book, "check")
    with with_book.home.in_use():
        first, second = charges(with_book)
    assert first[0] == second[0] == "succeeded"
    assert first[1] > 0
    assert second[1] == 0


def test_a_backup_is_proved_by_restoring_it_elsewhere(with_book: Installation):
    backup = with_book.path / "nightly.backup"
    said = does(with_book, "backup", str(backup))
    assert f"{backup}: {backup.stat().st_size} bytes" in said
    assert "invariants checked, 0 broken" in does(with_book, "verify-backup", str(backup))

    torn = with_book.path / "torn.backup"
    torn.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    refuses(with_book, "verify-backup", str(torn))
    assert "holds" in refuses(with_book, "restore", str(backup))
    assert "is not a file" in refuses(with_book, "verify-backup", str(with_book.path / "none"))
    assert not list(with_book.path.glob("*.part"))


def test_a_backup_that_cannot_be_written_leaves_nothing(installation: Installation):
    nowhere = installation.path / "missing" / "nightly.backup"

    refuses(installation, "backup", str(nowhere))

    assert not nowhere.parent.exists()
