"""What a renewal mail says of each subscription, in the words of its language."""

from dataclasses import dataclass
from fractions import Fraction

from perenne.platform.display import date_text, money_text, zone_text
from perenne.renewals.queries import Outlook
from perenne.rules.plans import PlanProblem
from perenne.rules.routes import Route


@dataclass(frozen=True, slots=True)
class Told:
    """One subscription in a mail, in words; empty texts are left out."""

    product: str
    seats: int
    contract: str
    code: str
    days: int
    renews_on: str
    expires_after: str
    zone: str
    what_happens: str
    price: str
    calculated: str
    lapse: str
    contact: str
    link: str
    is_automatic: bool


def told(outlook: Outlook, *, days: int, locale: str, base_url: str) -> Told:
    """Put one subscription into words for a reminder ``days`` before it renews."""
    words = _WORDS[locale]
    return Told(
        product=outlook.product_names.get(locale, outlook.offer.product),
        seats=outlook.seats_owned,
        contract=outlook.contract_code,
        code=outlook.code,
        days=days,
        renews_on=date_text(outlook.renews_on, locale=locale, weekday=True),
        expires_after=date_text(outlook.term.last_day, locale=locale, weekday=True),
        zone=zone_text(outlook.zone, locale=locale),
        what_happens=_what_happens(outlook, locale),
        price=_price(outlook, locale),
        calculated=_calculated(outlook, locale),
        lapse=_lapse(outlook, locale),
        contact=_contact(outlook, words),
        link=f"{base_url}/subscriptions/{outlook.subscription_id}/",
        is_automatic=outlook.route is Route.AUTO and outlook.plan.problem is None,
    )


def _what_happens(outlook: Outlook, locale: str) -> str:
    words = _WORDS[locale]
    last_day = date_text(outlook.term.last_day, locale=locale, weekday=True)
    renews_on = date_text(outlook.renews_on, locale=locale, weekday=True)
    if outlook.plan.problem is not None:
        return words[f"problem.{outlook.plan.problem.value}"].format(last_day=last_day)
    amount = _gross(outlook, locale)
    match outlook.route:
        case Route.AUTO:
            paid = words["on_account" if _is_on_account(outlook) else "charged"]
            return paid.format(renews_on=renews_on, amount=amount, method=_method(outlook, words))
        case Route.PARTNER:
            return words["partner"].format(partner=_name_of_contact(outlook), last_day=last_day)
        case Route.SALES:
            return words["sales"].format(name=_name_of_contact(outlook), last_day=last_day)
        case Route.MANUAL:
            if outlook.renews_automatically:
                return words["will_fail"].format(
                    renews_on=renews_on, method=_method(outlook, words)
                )
            return words["manual"].format(last_day=last_day, renews_on=renews_on)


def _is_on_account(outlook: Outlook) -> bool:
    return outlook.method is not None and outlook.method.kind == "invoice"


def _name_of_contact(outlook: Outlook) -> str:
    contact = outlook.contact
    return "" if contact is None else contact.organisation or contact.name


def _gross(outlook: Outlook, locale: str) -> str:
    renewal = outlook.renewal
    if renewal is None:
        return ""
    return money_text(renewal.gross_minor, outlook.currency.code, locale=locale)


def _price(outlook: Outlook, locale: str) -> str:
    renewal = outlook.renewal
    if renewal is None or outlook.plan.problem is not None:
        return ""
    words = _WORDS[locale]
    tax = "price_with_tax" if renewal.tax.tax_minor else "price_without_tax"
    return words[tax].format(
        net=money_text(renewal.line.net_minor, outlook.currency.code, locale=locale),
        tax=money_text(renewal.tax.tax_minor, outlook.currency.code, locale=locale),
        gross=_gross(outlook, locale),
        term=_term(renewal_months=outlook.plan.offer.months, words=words),
    )


def _term(*, renewal_months: int, words: dict[str, str]) -> str:
    if renewal_months % 12:
        return words["months"].format(n=renewal_months)
    return words["years" if renewal_months > 12 else "year"].format(n=renewal_months // 12)  # noqa: PLR2004


def _calculated(outlook: Outlook, locale: str) -> str:
    renewal = outlook.renewal
    if renewal is None or outlook.plan.problem is not None:
        return ""
    code = outlook.currency.code
    return (
        f"{renewal.line.seats} × {money_text(renewal.line.unit_minor, code, locale=locale)}"
        f" = {money_text(renewal.line.net_minor, code, locale=locale)}"
    )


def _lapse(outlook: Outlook, locale: str) -> str:
    """The two prices with the base of the percentage named; nothing where they are equal."""
    renewal, new = outlook.renewal, outlook.new
    if renewal is None or new is None or outlook.plan.problem is not None:
        return ""
    if new.line.net_minor <= renewal.line.net_minor:
        return ""
    saving = Fraction(new.line.net_minor - renewal.line.net_minor, new.line.net_minor)
    per_mille = (saving * 1000 + Fraction(1, 2)).__floor__()
    return _WORDS[locale]["lapse"].format(
        new=money_text(new.line.net_minor, outlook.currency.code, locale=locale),
        percent=f"{per_mille // 10}.{per_mille % 10}",
    )


def _method(outlook: Outlook, words: dict[str, str]) -> str:
    method = outlook.method
    if method is None:
        return words["method.none"]
    return words[f"method.{method.kind}"].format(
        last4=method.last4, valid_through=method.valid_through
    )


def _contact(outlook: Outlook, words: dict[str, str]) -> str:
    contact = outlook.contact
    if contact is None:
        return ""
    name = f"{contact.organisation}, {contact.name}" if contact.organisation else contact.name
    reach = " · ".join(one for one in (contact.email, contact.phone) if one)
    return words[f"contact.{contact.kind}"].format(name=name, reach=reach)


_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "charged": "It renews by itself on {renews_on}: we charge {amount} to {method}.",
        "on_account": "It renews by itself on {renews_on}: you get an invoice for {amount}, "
        "due in 30 days.",
        "will_fail": "Automatic renewal is on, but on {renews_on} it cannot be paid: {method}. "
        "Change the payment method, or renew by hand.",
        "manual": "Automatic renewal is off. Renew by hand until {last_day}; without renewal it "
        "stops at the start of {renews_on} and cannot be reactivated.",
        "partner": "{partner} renews it for you. Ask them before {last_day}.",
        "sales": "{name} renews it with you. Ask before {last_day}.",
        "problem.offer.retired": "This way of using the product is no longer sold, so it cannot "
        "be renewed. It works through {last_day}; ask us about named users instead.",
        "problem.price.missing": "The planned renewal has no price in your region, so it cannot "
        "be executed. Ask us before {last_day}.",
        "problem.seats.minimum": "The planned renewal has no seat left. Edit the plan, or let it "
        "end on {last_day}.",
        "price_with_tax": "{net} + {tax} tax = {gross} for {term}",
        "price_without_tax": "{net} for {term}, no tax",
        "lapse": "Bought new after it lapsed: {new} before tax. Renewing is {percent} % below "
        "that new price.",
        "year": "1 year",
        "years": "{n} years",
        "months": "{n} month(s)",
        "method.none": "there is no payment method",
        "method.card": "card •{last4} (valid through {valid_through})",
        "method.direct_debit": "direct debit",
        "method.invoice": "invoice",
        "method.bank_transfer": "a bank transfer cannot be charged",
        "contact.partner": "Your partner: {name} · {reach}",
        "contact.sales": "Your sales contact: {name} · {reach}",
        "contact.specialist": "Renewals: {name} · {reach}",
    },
    "zh-Hant": {
        "charged": "將於 {renews_on} 自動續約，由{method}扣款 {amount}。",
        "on_account": "將於 {renews_on} 自動續約，並寄送 {amount} 的帳單，30 天內付款。",
        "will_fail": "自動續約已開啟，但 {renews_on} 無法付款：{method}。"
        "請更新付款方式，或手動續約。",
        "manual": "自動續約未開啟。請於 {last_day} 前手動續約；"
        "若未續約，{renews_on} 起停用，且無法重新啟用。",
        "partner": "由合作夥伴 {partner} 為您續約，請於 {last_day} 前與其聯絡。",
        "sales": "由 {name} 與您辦理續約，請於 {last_day} 前聯絡。",
        "problem.offer.retired": "此使用方式已停售，無法續約。您可使用至 {last_day}，"
        "請與我們洽詢改用指名使用者。",
        "problem.price.missing": "預定的續約在您的地區沒有價格，無法執行。"
        "請於 {last_day} 前與我們聯絡。",
        "problem.seats.minimum": "預定的續約沒有任何套數。"
        "請修改續約計畫，或使用至 {last_day} 為止。",
        "price_with_tax": "{net}＋稅 {tax}＝{gross}（{term}）",
        "price_without_tax": "{net}（{term}，免稅）",
        "lapse": "若逾期後重新購買：未稅 {new}。續約比此新購價低 {percent}%。",
        "year": "1 年",
        "years": "{n} 年",
        "months": "{n} 個月",
        "method.none": "尚未設定付款方式",
        "method.card": "信用卡 •{last4}（有效至 {valid_through}）",
        "method.direct_debit": "直接扣款",
        "method.invoice": "帳單",
        "method.bank_transfer": "銀行轉帳無法自動扣款",
        "contact.partner": "您的合作夥伴：{name} · {reach}",
        "contact.sales": "您的業務窗口：{name} · {reach}",
        "contact.specialist": "續約專員：{name} · {reach}",
    },
}
# Every problem of a plan has words in every language; a new one fails here at import.
assert all(
    f"problem.{problem.value}" in words for problem in PlanProblem for words in _WORDS.values()
)
