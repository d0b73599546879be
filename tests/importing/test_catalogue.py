"""A catalogue is published once; prices of all regions are exact; mistakes are all named."""

from datetime import UTC, date, datetime

import pytest

from perenne.catalog.models import Price, PriceList
from perenne.catalog.queries import current_catalogue, offer_key, seller_details
from perenne.importing.catalogue import import_catalogue
from perenne.importing.errors import ImportRefusedError
from perenne.rules.calculation import Base, Denominator
from perenne.rules.trace import recompute
from tests.support.paths import DEMO_CATALOGUE

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)

# region, offer, first day of the term, new, renewal in minor units
GOLDEN = [
    ("US", "LT/named_user/12", date(2026, 12, 1), 46700, 42000),
    ("US", "LT/named_user/36", date(2026, 12, 1), 131000, 117900),
    ("US", "LT/named_user/1", date(2026, 12, 1), 6000, 6000),
    ("US", "DRAFT/named_user/12", date(2026, 12, 1), 186500, 167850),
    ("US", "LT/named_user/12", date(2027, 3, 31), 46700, 42000),
    ("US", "LT/named_user/12", date(2027, 4, 1), 49035, 44100),
    ("US", "LT/named_user/36", date(2027, 4, 1), 137550, 123795),
    ("TW", "LT/named_user/12", date(2027, 4, 1), 1471100, 1323000),
    ("TW", "LT/named_user/36", date(2026, 12, 1), 4126500, 3713900),
    ("EU", "LT/named_user/12", date(2026, 12, 1), 44365, 39900),
    ("JP", "LT/named_user/12", date(2026, 12, 1), 70050, 63000),
    ("KW", "LT/named_user/12", date(2026, 12, 1), 143370, 128940),
]


@pytest.fixture
def published(db):
    return import_catalogue(DEMO_CATALOGUE, now=NOW)


def spoiled(tmp_path, old, new):
    text = DEMO_CATALOGUE.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path = tmp_path / "catalogue.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(("region", "offer", "first_day", "new", "renewal"), GOLDEN)
def test_what_does_it_cost(published, region, offer, first_day, new, renewal):
    unit = current_catalogue().unit_price(region, offer_key(offer), first_day)

    assert (unit.new_minor, unit.renewal_minor) == (new, renewal)
    assert (recompute(unit.new_trace), recompute(unit.renewal_trace)) == (new, renewal)


def test_the_same_catalogue_twice_changes_nothing(published):
    before = PriceList.objects.count(), Price.objects.count()

    assert import_catalogue(DEMO_CATALOGUE, now=NOW).published == ()

    assert (PriceList.objects.count(), Price.objects.count()) == before


def test_japan_has_stages_and_the_others_have_none(published):
    catalogue = current_catalogue()
    day = date(2026, 12, 1)

    stages = catalogue.policy_for("JP", "online", 12, day).stages
    assert [(stage.stage, stage.days.of(12), stage.days.of(1)) for stage in stages] == [
        ("grace", 15, 15),
        ("suspended", 30, 15),
    ]
    assert catalogue.policy_for("TW", "partner", 12, day).stages == ()


def test_names_and_actions_may_change(published, tmp_path):
    path = spoiled(tmp_path, "en: Draft LT,", "en: Draft Light,")

    assert import_catalogue(path, now=NOW).published == ("product LT",)


def test_what_documents_print_of_a_seller_is_optional_and_may_change(published, tmp_path):
    details = seller_details("EU")
    assert details.name == "Fjord Software Ltd."
    assert details.address == ("12 Harbour Row", "Dublin D02 XK00", "Ireland")
    assert (details.tax_id, details.email) == ("IE9000000C", "billing@fjord-eu.example")
    assert details.bank[1] == "IBAN IE00 FJRD 0000 0012 3456 78"

    bare = [
        line
        for line in DEMO_CATALOGUE.read_text(encoding="utf-8").splitlines()
        if not line.strip().startswith("seller_")
    ]
    path = tmp_path / "catalogue.yaml"
    path.write_text("\n".join(bare), encoding="utf-8")

    assert "region EU" in import_catalogue(path, now=NOW).published
    details = seller_details("EU")
    assert (details.address, details.tax_id, details.email, details.bank) == ((), "", "", ())


MISTAKES = [
    ('"60.00"', "60.00", "is read as a binary number and would lose cents; quote it"),
    ('"60.00"', '"60.005"', "has more than 2 decimals"),
    ('"60.00"', '"６0.00"', "is not an amount like 467.00"),
    ('"60.00"', '"-60.00"', "is not an amount like 467.00"),
    ("currency: TWD", "currency: TWX", "is not a currency of ISO 4217"),
    ("countries: [TW]", "countries: [QX]", "is not a country of ISO 3166"),
    ("Asia/Taipei", "Asia/Taipeh", "is not a time zone like Asia/Taipei"),
    ("retired_on: 2023-02-07", "retired_on: 2023-02-29", "is not a day in the calendar"),
    ("offer: [LT, named_user, 1]", "offer: [XT, named_user, 1]", "is no product and way of use"),
    ("offer: [LT, named_user, 1]", "offer: [LT, named_user, 12]", "is priced twice in this list"),
    ("contains: [MODEL,", "contains: [NOPE,", "is not another product"),
    ("region: US, factor", "region: XX, factor", "has no list in force on that day"),
    ("renewal_window_opens_days: 90", "renewal_window_opens: 90", "is not a setting of a policy"),
    ("extends: default", "extends: nothing", "is not a policy of this file"),
    ('default: "9/10"', 'default: "9/0"', "cannot be read"),
    ("actions_enabled: [renew]", "actions_enabled: [renewal]", "is not an action"),
    ('rate: "0.05"', 'rate: "5"', "is not a rate from 0 to 1"),
    ("last_day: 2024-02-07", "last_day: 2019-02-07", "lies before opens_on"),
    ("kind: plan,", "kind: plans,", "input should be 'product', 'collection' or 'plan'"),
    ("vendor: {", "vendor: { slogan: x,", "is not known here"),
    ("code: LT, ", "code: LT, code: LT, ", "stands twice"),
    (
        "calculation: exact_fraction",
        "calculation: by_the_day",
        "policies.default.calculation: “by_the_day” is no calculation policy; use exact_fraction",
    ),
    (
        "calculation: exact_fraction",
        "calculation: { base: daily_rate }",
        "policies.default.calculation: is written out here; define it under `calculations`",
    ),
    (
        "policies:",
        "calculations: { exact_fraction: { base: exact_fraction } }\npolicies:",
        "calculations.exact_fraction: “exact_fraction” is the name of a preset",
    ),
    (
        "policies:",
        "calculations: { own: { base: exact_fraction, rounding: up } }\npolicies:",
        "calculations.own.rounding: “up” is none of half_up, half_even, truncate",
    ),
    ("seller_tax_id: IE9000000C", "seller_tax_id: IE9000000D", "does not pass the check of IE"),
    ('seller_tax_id: "90000001"', 'seller_tax_id: "90000002"', "does not pass the check of TW"),
    ("seller_email: billing@fjord.example", "seller_email: billing", "is not an e-mail address"),
    ('["12 Harbour Row"', '["12 \\u202eHarbour Row"', "turn the reading direction"),
    ('["12 Harbour Row"', "[12", "input should be a valid string"),
    ('["12 Harbour Row"', '["1", "2", "3", "4", "5"', "at most 6 items"),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_a_mistake_is_named_with_its_line(db, tmp_path, old, new, said):
    path = spoiled(tmp_path, old, new)

    with pytest.raises(ImportRefusedError) as refused:
        import_catalogue(path, now=NOW)

    assert said in str(refused.value)
    assert all(problem.line >= 1 for problem in refused.value.problems)
    assert PriceList.objects.count() == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('new: "467.00"', 'new: "468.00"', "is published with another price"),
        ("payment_grace_days: 7", "payment_grace_days: 8", "is published with other settings"),
        ("Asia/Taipei", "Asia/Tokyo", "cannot be changed"),
    ],
)
def test_what_is_published_is_followed_by_a_version_never_edited(
    published, tmp_path, old, new, said
):
    with pytest.raises(ImportRefusedError, match=said):
        import_catalogue(spoiled(tmp_path, old, new), now=NOW)


def with_own_calculation(tmp_path, definition):
    path = spoiled(tmp_path, "calculation: exact_fraction", "calculation: by_the_day")
    text = path.read_text(encoding="utf-8")
    calculations = f"calculations: {{ by_the_day: {definition} }}\npolicies:"
    path.write_text(text.replace("policies:", calculations, 1), encoding="utf-8")
    return path


def test_a_policy_may_name_a_calculation_of_the_file(db, tmp_path):
    path = with_own_calculation(
        tmp_path, "{ base: daily_rate, denominator: 365, places: 4, version: 3 }"
    )

    import_catalogue(path, now=NOW)
    assert import_catalogue(path, now=NOW).published == ()

    for region in ("US", "JP"):  # Japan's policy extends the default one
        calculation = current_catalogue().policy_for(region, "online", 12, NOW.date()).calculation
        assert (calculation.name, calculation.version) == ("by_the_day", 3)
        assert (calculation.base, calculation.places) == (Base.DAILY_RATE, 4)
        assert calculation.denominator is Denominator.YEAR_365


def test_another_definition_needs_a_later_policy(db, tmp_path):
    import_catalogue(with_own_calculation(tmp_path, "{ base: exact_fraction }"), now=NOW)

    changed = with_own_calculation(tmp_path, "{ base: exact_fraction, rounding: truncate }")
    with pytest.raises(ImportRefusedError, match="is published with other settings"):
        import_catalogue(changed, now=NOW)


def test_a_mistake_in_a_definition_is_told_once_where_it_stands(db, tmp_path):
    path = with_own_calculation(tmp_path, "{ base: daily_rate }")

    with pytest.raises(ImportRefusedError) as refused:
        import_catalogue(path, now=NOW)

    ((problem,), lines) = refused.value.problems, path.read_text(encoding="utf-8").splitlines()
    assert problem.column == "calculations.by_the_day.places"
    assert problem.reason == "is missing; say to how many decimals a daily rate is rounded"
    assert lines[problem.line - 1].startswith("calculations:")
