"""What a renewal mail says, by route and language."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from tests.support.outlooks import (
    CARD,
    DESK,
    GRACEFUL,
    PARTNER,
    SALES,
    TWD,
    an_outlook,
    priced,
)

from perenne.notices.rendering import Reader, render_reminder, render_unmanaged
from perenne.notices.words import CHINESE, ENGLISH
from perenne.renewals.queries import MethodView
from perenne.rules.plans import PlanProblem
from perenne.rules.prices import OfferKey
from perenne.rules.routes import Route

MANUAL = an_outlook()
PLAN = MANUAL.plan
AUTO = an_outlook(route=Route.AUTO, renews_automatically=True)
IN_TAIWAN = {
    "region": "TW",
    "zone": ZoneInfo("Asia/Taipei"),
    "currency": TWD,
    "renewal": priced(unit_minor=1260000, rate="1/20", step=100),
    "new": priced(unit_minor=1400000, rate="1/20", step=100),
    "company_name": "和泰工程顧問股份有限公司",
}


def render(*outlooks, locale="en", days=30, name="Ana Diaz", manages=True):
    reader = Reader(name, locale, manages)
    pairs = [(outlook, days) for outlook in outlooks]
    return render_reminder(pairs, reader=reader, vendor="Fjord Software")


def html_text(mail):
    """What a reader of the HTML part sees, in one line."""
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", mail.html, flags=re.DOTALL)
    return " ".join(
        re.sub(r"<[^>]+>", " ", body.replace("<bdi>", "").replace("</bdi>", "")).split()
    )


ROUTES = [
    pytest.param(
        AUTO,
        "Draft LT renews automatically on Mon 1 Mar 2027",
        "It renews by itself on Mon 1 Mar 2027: US$1,260.00 is charged to card •4242. You need to "
        "do nothing; to change or stop it, go to your account by Sun 28 Feb 2027.",
        id="automatic by card",
    ),
    pytest.param(
        replace(AUTO, method=MethodView("invoice", "", "", valid_on_renewal=True)),
        "Draft LT renews automatically on Mon 1 Mar 2027",
        "It renews by itself on Mon 1 Mar 2027: you get an invoice for US$1,260.00, due in 30 "
        "days. To change or stop it, go to your account by Sun 28 Feb 2027.",
        id="automatic on account",
    ),
    pytest.param(
        replace(AUTO, method=MethodView("direct_debit", "", "", valid_on_renewal=True)),
        "Draft LT renews automatically on Mon 1 Mar 2027",
        "US$1,260.00 is collected by direct debit.",
        id="automatic by direct debit",
    ),
    pytest.param(
        an_outlook(
            renews_automatically=True,
            method=MethodView("card", "4242", "2027-02", valid_on_renewal=False),
        ),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "Automatic renewal is on, but it cannot be paid: card •4242 is only valid through Feb "
        "2027. Change the payment method, or renew by hand, by Sun 28 Feb 2027. If it is not "
        "renewed by then, it works on through Sun 7 Mar 2027, and can only be bought again after "
        "that.",
        id="automatic, but the card ends before",
    ),
    pytest.param(
        an_outlook(renews_automatically=True, method=None, route=Route.PARTNER, contact=PARTNER),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "it cannot be paid: no payment method is on file. Change the payment method, or ask "
        "Nordlicht IT, by Sun 28 Feb 2027.",
        id="automatic through a partner without a method",
    ),
    pytest.param(
        an_outlook(
            renews_automatically=True,
            method=MethodView("bank_transfer", "", "", valid_on_renewal=False),
        ),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "it cannot be paid: a bank transfer cannot be collected by itself.",
        id="automatic by bank transfer",
    ),
    pytest.param(
        MANUAL,
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "Automatic renewal is off. To keep it, renew by Sun 28 Feb 2027. If it is not renewed by "
        "then, it stops at 00:00 on Mon 1 Mar 2027 and can only be bought again.",
        id="by hand",
    ),
    pytest.param(
        an_outlook(policy=GRACEFUL),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "If it is not renewed by then, it works on through Mon 15 Mar 2027 and can be renewed "
        "through Wed 14 Apr 2027; after that it can only be bought again.",
        id="by hand, with stages after the end",
    ),
    pytest.param(
        an_outlook(policy=replace(GRACEFUL, stages=GRACEFUL.stages[1:])),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "it stops at 00:00 on Mon 1 Mar 2027. It can be renewed through Tue 30 Mar 2027; after",
        id="by hand, suspended at once",
    ),
    pytest.param(
        an_outlook(route=Route.PARTNER, contact=PARTNER),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "Nordlicht IT renews it with you: ask them by Sun 28 Feb 2027.",
        id="through a partner",
    ),
    pytest.param(
        an_outlook(route=Route.SALES, contact=SALES),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "Kate Moore renews it with you: ask by Sun 28 Feb 2027.",
        id="through sales",
    ),
    pytest.param(
        an_outlook(route=Route.SALES, contact=None),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "our renewals desk renews it with you: ask by Sun 28 Feb 2027.",
        id="through sales without a name",
    ),
    pytest.param(
        replace(AUTO, plan=replace(PLAN, problem=PlanProblem.OFFER_RETIRED)),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "Multi-user access is no longer sold, so it cannot be renewed as it is. It works through "
        "Sun 28 Feb 2027. Nora Berg can tell you how to go on with named users.",
        id="an offer no longer sold",
    ),
    pytest.param(
        an_outlook(plan=replace(PLAN, problem=PlanProblem.PRICE_MISSING), renewal=None),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "has no price in your region, so it cannot be renewed as planned.",
        id="no price",
    ),
    pytest.param(
        an_outlook(plan=replace(PLAN, seats=0, problem=PlanProblem.SEATS_MINIMUM)),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "No seat is planned for the next term, so it ends after Sun 28 Feb 2027.",
        id="no seat",
    ),
    pytest.param(
        an_outlook(plan=replace(PLAN, conflict="something.new")),
        "30 days left: Draft LT expires Mon 1 Mar 2027",
        "What is planned for the next term cannot be carried out, so it is not renewed.",
        id="a conflict without words of its own",
    ),
]


@pytest.mark.parametrize(("outlook", "subject", "said"), ROUTES)
def test_what_happens_on_the_renewal_day(outlook, subject, said):
    mail = render(outlook)

    assert mail.subject == subject
    assert said in mail.text
    assert said in html_text(mail)


@pytest.mark.parametrize(
    ("given", "subject", "said"),
    [
        (
            {"route": Route.AUTO, "renews_automatically": True},
            "繪圖 LT 將於 2027年3月1日（一） 自動續約",
            (
                "將於 2027年3月1日（一）自動續約，由信用卡 •4242 扣款 NT$39,690。"
                "您無須處理；如要變更或取消，請於 2027年2月28日（日）以前至您的帳戶辦理。"
            ),
        ),
        (
            {},
            "剩 30 天：繪圖 LT 將於 2027年3月1日（一） 到期",
            (
                "自動續約未開啟。如要繼續使用，請於 2027年2月28日（日）以前續約。"
                "若屆時未續約，將於 2027年3月1日（一）00:00 停止使用，之後只能重新購買。"
            ),
        ),
        (
            {
                "renews_automatically": True,
                "method": MethodView("card", "4242", "2027-02", valid_on_renewal=False),
            },
            "剩 30 天：繪圖 LT 將於 2027年3月1日（一） 到期",
            "已開啟自動續約，但屆時無法付款：信用卡 •4242 僅有效至 2027年2月。",
        ),
        (
            {"route": Route.PARTNER, "contact": PARTNER},
            "剩 30 天：繪圖 LT 將於 2027年3月1日（一） 到期",
            "由合作夥伴「Nordlicht IT」為您辦理續約，請於 2027年2月28日（日）以前與其聯絡。",
        ),
        (
            {"plan": replace(PLAN, problem=PlanProblem.OFFER_RETIRED)},
            "剩 30 天：繪圖 LT 將於 2027年3月1日（一） 到期",
            "多人共用授權已停售，無法照原方式續約，可使用至 2027年2月28日（日）。",
        ),
    ],
)
def test_what_happens_in_chinese(given, subject, said):
    mail = render(an_outlook(**IN_TAIWAN | given), locale="zh-Hant", name="黃淑芬")

    assert mail.subject == subject
    assert said in mail.text
    assert said in html_text(mail)
    assert mail.text.startswith("黃淑芬 您好：\n")
    assert 'lang="zh-Hant-TW"' in mail.html


@pytest.mark.parametrize(
    ("outlook", "locale", "subject"),
    [
        (MANUAL, "en", "You can now renew Draft LT (3 seats)"),
        (replace(MANUAL, seats_owned=1), "en", "You can now renew Draft LT (1 seat)"),
        (MANUAL, "zh-Hant", "繪圖 LT（3 套）現在可以續約"),
        (AUTO, "en", "Draft LT renews automatically on Mon 1 Mar 2027"),
        (
            an_outlook(route=Route.PARTNER, contact=PARTNER),
            "en",
            "90 days left: Draft LT expires Mon 1 Mar 2027",
        ),
    ],
)
def test_the_day_the_window_opens_is_told_to_who_can_renew(outlook, locale, subject):
    assert render(outlook, locale=locale, days=90).subject == subject


def test_one_day_is_not_days():
    assert render(MANUAL, days=1).subject == "1 day left: Draft LT expires Mon 1 Mar 2027"


def test_how_was_my_price_calculated():
    mail = render(an_outlook(**IN_TAIWAN, policy=GRACEFUL))

    for said in (
        "Price at renewal: NT$39,690 for 1 year, NT$1,890 tax (5 %) included",
        "How calculated: 3 seats × NT$12,600 = NT$37,800; + NT$1,890 tax = NT$39,690",
        (
            "Bought again after it has ended: NT$42,000 before tax, 11.1 % above the renewal "
            "price of NT$37,800. Renewing is 10.0 % below that new price."
        ),
    ):
        assert said in mail.text


def test_no_comparison_where_new_costs_the_same_or_nothing_needs_deciding():
    same = an_outlook(months=1, new=priced(unit_minor=42000))

    assert "Bought again" not in render(same).text
    assert "Bought again" not in render(AUTO).text


def test_reverse_charge_is_named():
    renewal = priced(unit_minor=42000)
    outlook = replace(
        MANUAL, renewal=replace(renewal, tax=replace(renewal.tax, reverse_charged=True))
    )

    assert (
        "US$1,260.00 for 1 year, without tax: reverse charge, you account for the tax"
        in render(outlook).text
    )


def test_what_the_plan_changes_is_told():
    plan = replace(PLAN, offer=OfferKey("BUILD", "named_user", 36), seats=1)
    names = {"en": "Construction Collection", "zh-Hant": "營建軟體集"}
    outlook = replace(AUTO, plan=plan, planned_product_names=names)

    assert (
        "As planned, the next term changes: Construction Collection, 1 seat instead of 3 seats, "
        "3 years instead of 1 year." in render(outlook).text
    )
    assert (
        "依您的計畫，下一期將變更為：營建軟體集、1 套（目前 3 套）、3 年（目前 1 年）。"
        in render(outlook, locale="zh-Hant").text
    )
    assert "As planned" not in render(AUTO).text


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        (
            PARTNER,
            (
                "Your partner: Nordlicht IT, Søren Ødegård · renewals@nordlicht.example · "
                "+49 2 5550 106"
            ),
        ),
        (SALES, "Your sales contact: Kate Moore · kate@fjord.example · +47 5550 205"),
        (DESK, "Questions: Nora Berg · nora@fjord.example · +47 5550 300"),
    ],
)
def test_whom_can_i_ask(contact, said):
    mail = render(replace(MANUAL, contact=contact))

    assert said in mail.text
    assert said in html_text(mail)


@pytest.mark.parametrize("locale", ["en", "zh-Hant"])
def test_each_mail_carries_contract_date_zone_reference_and_why(locale):
    mail = render(an_outlook(**IN_TAIWAN), locale=locale)
    zone = {"en": "00:00 Taipei time", "zh-Hant": "00:00（台北時間）"}[locale]
    why = {
        "en": "You manage the contracts of 和泰工程顧問股份有限公司, so you get this mail.",
        "zh-Hant": "您是 和泰工程顧問股份有限公司 的合約管理員，因此收到此信",
    }[locale]

    for said in ("110-00007", "S000042", zone, why, "Fjord Software"):
        assert said in mail.text
        assert said in html_text(mail)
    assert "http://127.0.0.1:8000/subscriptions/sub_1/" in mail.text


def test_an_administrator_who_stands_in_is_told_so():
    mail = render(MANUAL, manages=False)

    assert "You are administrator of Atelier Nord and get this mail because nobody" in mail.text
    assert "You manage the contracts" not in mail.text


def test_a_language_we_do_not_write_is_english():
    assert render(MANUAL, locale="fr").locale == "en"


def test_several_subscriptions_come_in_one_table_what_fails_first():
    failing = an_outlook(code="S000001", renews_automatically=True, method=None)
    mail = render(AUTO, failing, MANUAL)

    assert mail.subject == (
        "3 subscriptions come up for renewal, 2 for you to act on; the first on Mon 1 Mar 2027"
    )
    headings = ["Payment will fail (1)", "To be renewed by you (1)", "Renews by itself (1)"]
    for said in (mail.text, html_text(mail)):
        places = [said.index(heading) for heading in headings]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("outlook", "locale", "subject"),
    [
        (AUTO, "en", "2 subscriptions renew automatically, the first on Mon 1 Mar 2027"),
        (MANUAL, "en", "2 subscriptions to renew, the first on Mon 1 Mar 2027"),
        (AUTO, "zh-Hant", "2 項訂閱將自動續約，最早為 2027年3月1日（一）"),
        (MANUAL, "zh-Hant", "2 項訂閱待續約，最早為 2027年3月1日（一）"),
    ],
)
def test_the_subject_of_several_sums_them_up(outlook, locale, subject):
    mail = render(outlook, replace(outlook, code="S000043"), locale=locale)

    assert mail.subject == subject


def test_two_hundred_subscriptions_are_one_readable_mail():
    many = [replace(MANUAL, code=f"S{n:06d}", subscription_id=f"sub_{n:026d}") for n in range(200)]
    mail = render(*many)

    assert all(one.code in mail.text and one.code in mail.html for one in many)
    assert "Together: US$252,000.00" in mail.text
    # Readers cut HTML off above 102 kB, and the last rows and the way out with it.
    assert len(mail.html.encode()) < 102_000
    assert html_text(mail).endswith("and stop once it is renewed.")


def test_no_total_where_a_price_is_missing():
    missing = replace(MANUAL, code="S000043", renewal=None)

    assert "Together" not in render(MANUAL, missing).text


class Shape(HTMLParser):
    """Collects what structure an HTML part has."""

    void = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.sizes: list[int] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in self.void:
            self.open.append(tag)
        if tag == "a":
            self.links.append(given["href"])
        self.sizes += [int(px) for px in re.findall(r"font-size:(\d+)px", given.get("style", ""))]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("locale", ["en", "zh-Hant"])
@pytest.mark.parametrize("outlook", [param.values[0] for param in ROUTES])
def test_html_is_well_formed_readable_and_has_one_primary_link(outlook, locale):
    shape = Shape(render(outlook, locale=locale).html)

    assert shape.open == []
    assert min(shape.sizes) >= 14
    assert shape.links == ["http://127.0.0.1:8000/subscriptions/sub_1/"]


@pytest.mark.parametrize("locale", ["en", "zh-Hant"])
def test_html_says_its_language_and_knows_the_dark(locale):
    html = render(MANUAL, AUTO, locale=locale).html

    assert Shape(html).open == []
    for said in (
        f'lang="{ {"en": "en", "zh-Hant": "zh-Hant-TW"}[locale] }"',
        'role="presentation"',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="supported-color-schemes" content="light dark">',
        "prefers-color-scheme: dark",
    ):
        assert said in html


@pytest.mark.parametrize(
    "name",
    [
        "شركة النور",
        "和泰工程",
        "O'Brien & <b>Sons</b>",
        "{{ 7|add:7 }} {% load x %}",
        "%(x)s {0.__class__}",
    ],
)
def test_names_are_told_as_they_are_and_never_read_as_code(name):
    mail = render(replace(MANUAL, company_name=name), name=name)

    assert mail.text.startswith(f"Dear {name},\n")
    assert "<b>Sons</b>" not in mail.html
    assert Shape(mail.html).open == []


def test_a_specialist_is_told_of_a_company_that_nobody_manages():
    mail = render_unmanaged(
        company="Atelier Nord", name="Nora Berg", vendor="Fjord Software", told_others=True
    )

    assert mail.subject == "Atelier Nord has no contract manager"
    assert "It went to the primary\nadministrator, who cannot renew." in mail.text
    assert Shape(mail.html).open == []


def test_a_mail_about_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        render()


def test_words_have_the_same_places_in_both_languages():
    def places(text):
        return set(re.findall(r"{(\w+)}", text))

    optional = {"last_day", "rate"}
    differing = {key for key in ENGLISH if (places(ENGLISH[key]) ^ places(CHINESE[key])) - optional}
    assert differing == set()


def test_the_same_mail_has_the_same_proof():
    assert render(MANUAL).rendered_hash == render(MANUAL).rendered_hash
    assert render(MANUAL).rendered_hash != render(AUTO).rendered_hash
    assert (
        render(MANUAL).rendered_hash != render(replace(MANUAL, method=CARD, code="X")).rendered_hash
    )
