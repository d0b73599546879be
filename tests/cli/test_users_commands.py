"""Seats by a list from the command line, on the demo vendor's book."""

import csv
import json
from collections import Counter

import pytest

from tests.support.paths import DEMO, DEMO_CATALOGUE


@pytest.fixture
def vendor(installation):
    """The demo vendor's book; what the commands need stays running."""
    with installation.home.in_use():
        installation.run("import", "catalogue", str(DEMO_CATALOGUE))
        installation.run("import", "book", str(DEMO / "book"))
        yield installation


def rows(name):
    with (DEMO / "book" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def a_company_with_free_seats():
    """One with a single running subscription, of which seats are free; its people, by role."""
    company_of = {one["contract"]: one["company"] for one in rows("contracts")}
    sold = Counter(company_of[one["contract"]] for one in rows("subscriptions"))
    held = Counter(one["subscription"] for one in rows("assignments"))
    people = rows("people")
    for one in rows("subscriptions"):
        company = company_of[one["contract"]]
        ours = [person for person in people if person["company"] == company]
        admins = [person for person in ours if person["role"] == "primary_admin"]
        free = int(one["seats"]) - held[one["subscription"]]
        users = [person for person in ours if person["role"] == "named_user"]
        is_lasting = one["renews_on"] > "2027-06" and one["starts_on"] < "2026-12"
        if sold[company] == 1 and admins and is_lasting and 0 < free < len(users) - 1:
            return admins[0], [p for p in users if p["company"] == company], one["product"], free
    raise AssertionError("the demo has such a company")


def test_a_list_gives_seats_as_far_as_they_go_and_takes_them_back(vendor, tmp_path):
    admin, users, product, free = a_company_with_free_seats()
    held = {one["person"] for one in rows("assignments")}
    new = [one for one in users if one["person"] not in held][: free + 1]
    path = tmp_path / "list.csv"
    written = ["email,product", *(f"{one['email']},{product}" for one in new)]
    path.write_text("\n".join([*written, f"nobody@example.com,{product}"]), encoding="utf-8")
    by = ("--by", admin["person"])

    looked, said = vendor.run("users", "assign", str(path), *by, "--dry-run", "--json")
    states = [json.loads(line)["state"] for line in said.splitlines()]
    assert states == ["given"] * free + ["refused"] * 2
    done, said = vendor.run("users", "assign", str(path), *by, "--json")
    codes = [json.loads(line)["code"] for line in said.splitlines()]
    assert codes == [""] * free + ["seats.none_free", "seats.nobody_here"]
    assert (looked, done) == (8, 8)

    again, said = vendor.run("users", "assign", str(path), *by, "--lang", "zh-Hant")
    assert again == 8
    assert "已可使用" in said
    back, said = vendor.run("users", "unassign", str(path), *by, "--json")
    states = [json.loads(line)["state"] for line in said.splitlines()]
    assert (back, states) == (8, ["taken"] * free + ["has_none", "refused"])
    assert vendor.run("check")[0] == 0


def test_who_is_no_administrator_is_told_who_is_and_a_bad_file_what_is_wrong(vendor, tmp_path):
    manager = next(one for one in rows("people") if one["role"] == "contract_manager")
    path = tmp_path / "list.csv"
    path.write_text("email,product\na@example.com,LT\n", encoding="utf-8")

    refused, said = vendor.run("users", "assign", str(path), "--by", manager["person"])
    assert (refused, "seats.administrators_only: This needs" in said) == (4, True)
    unknown, said = vendor.run("users", "assign", str(path), "--by", "U-none")
    assert (unknown, "U-none is not the code" in said) == (1, True)
    path.write_text("name\n", encoding="utf-8")
    unreadable, said = vendor.run("users", "assign", str(path), "--by", manager["person"])
    assert (unreadable, "The first line must be" in said) == (1, True)
