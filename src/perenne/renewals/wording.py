"""The words of refusals and next steps: the same on pages, in API, mails and on the shell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from perenne.platform.display import date_text, money_text
from perenne.platform.words import access_text, term_text
from perenne.rules import refusals as why
from perenne.rules.refusals import Refusal
from perenne.rules.remedies import Fixer, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a subscription's reader calls things: language, names and currency."""

    locale: str
    product: str
    partner: str
    contact: str
    region: str
    currency: str
    method: str = ""

    def day(self, day: date | None) -> str:
        """A day with its weekday; empty if there is none."""
        return "" if day is None else date_text(day, locale=self.locale, weekday=True)

    def pick(self, en: str, zh: str) -> str:
        """The text in the reader's language."""
        return zh if self.locale.startswith("zh") else en


def reason_text(refusal: Refusal, naming: Naming) -> str:  # noqa: PLR0911 - one family each
    """Say why, in one sentence with its facts.

    Source: docs/reference/reason-codes.md.
    """
    if isinstance(refusal, why.RenewalRefusal):
        return _renewal_text(refusal, naming)
    if isinstance(refusal, why.LifeRefusal):
        return _life_text(refusal, naming)
    if isinstance(refusal, why.RouteRefusal):
        return _route_text(refusal, naming)
    if isinstance(refusal, why.OfferRefusal):
        return _offer_text(refusal, naming)
    if isinstance(refusal, why.PaymentRefusal):
        return _payment_text(refusal, naming)
    if isinstance(refusal, why.AlignRefusal):
        return _align_text(refusal, naming)
    return _move_text(refusal, naming)


def _renewal_text(refusal: why.RenewalRefusal, naming: Naming) -> str:
    pick = naming.pick
    day = naming.day
    match refusal:
        case why.WindowNotOpen(opens_on=opens_on):
            on = day(opens_on)
            return pick(f"Renewal opens on {on}.", f"續約將於 {on} 開放。")
        case why.WindowClosed(last_day=last_day):
            on = day(last_day)
            return pick(f"Renewal was possible until {on}.", f"可續約期間已於 {on} 結束。")
        case why.AlreadyDone(renews_on=renews_on):
            on = day(renews_on)
            return pick(f"It is already renewed until {on}.", f"已續約至 {on}。")
        case why.PlanConflicted(why=code):
            because = conflict_text(code, naming)
            return pick(
                f"The renewal plan is no longer possible: {because}",
                f"續約計畫已無法執行：{because}",
            )
        case why.HeldByQuote(quote=quote, until=until):
            on = day(until)
            return pick(
                f"Quote {quote} holds this renewal until {on}.",
                f"報價單 {quote} 保留此續約至 {on}。",
            )
        case why.ChangePending(on=on_day):
            on = day(on_day)
            return pick(f"A change is scheduled for {on}.", f"已排定於 {on} 變更。")
        case _ as unknown:
            assert_never(unknown)


def _life_text(refusal: why.LifeRefusal, naming: Naming) -> str:
    pick = naming.pick
    day = naming.day
    match refusal:
        case why.InProgress():
            return pick("A payment for it is being confirmed.", "付款正在確認中。")
        case why.Expired(last_day=last_day):
            on = day(last_day)
            return pick(
                f"It expired after {on} and cannot be reactivated.",
                f"已到期，可使用至 {on}，無法重新啟用。",
            )
        case why.Suspended(since=since, unpaid_invoice=None):
            on = day(since)
            return pick(f"It is suspended since {on}.", f"已自 {on} 停用。")
        case why.Suspended(since=since, unpaid_invoice=number):
            on = day(since)
            return pick(
                f"It is suspended since {on}: invoice {number} is not paid.",
                f"已自 {on} 停用：帳單 {number} 尚未付款。",
            )
        case why.PastDue(renews_on=renews_on):
            on = day(renews_on)
            return pick(f"Its renewal of {on} is not complete yet.", f"{on} 的續約尚未完成。")
        case _ as unknown:
            assert_never(unknown)


def _route_text(refusal: why.RouteRefusal, naming: Naming) -> str:
    pick = naming.pick
    match refusal:
        case why.ManagedByPartner():
            return pick(
                f"{naming.partner} changes this subscription for you.",
                f"此訂閱由合作夥伴「{naming.partner}」為您辦理變更。",
            )
        case why.ManagedBySales():
            return pick(
                f"{naming.contact or 'Our sales team'} changes this subscription with you.",
                f"此訂閱由本公司業務{naming.contact}與您辦理變更。",
            )
        case why.RoleMissing(held_by=held_by):
            who = pick(", ".join(held_by), "、".join(held_by))
            return pick(
                f"This needs a contract manager of your company{f': {who}' if who else ''}.",
                f"需由貴公司的合約管理員辦理{f'（{who}）' if who else ''}。",
            )
        case why.ApprovalRequired(approver=approver, limit_minor=limit_minor):
            limit = money_text(limit_minor, naming.currency, locale=naming.locale)
            return pick(
                f"What costs more than {limit} needs the approval of {approver}.",
                f"金額超過 {limit} 須經 {approver} 核准。",
            )
        case _ as unknown:
            assert_never(unknown)


def _offer_text(  # noqa: C901, PLR0911 - one case a reason
    refusal: why.OfferRefusal, naming: Naming
) -> str:
    pick = naming.pick
    day = naming.day
    match refusal:
        case why.RegionNotEnabled():
            return pick(
                f"This is not offered on line in {naming.region} yet.",
                f"{naming.region}尚未提供此線上功能。",
            )
        case why.OfferNotSelfService():
            return pick(
                f"{naming.product} cannot be changed on line.",
                f"「{naming.product}」無法自行線上變更。",
            )
        case why.OfferRetired(retired_on=retired_on, successor=successor):
            return _retired(retired_on, successor, naming)
        case why.SingleTerm(months=months):
            term = term_text(months, locale=naming.locale)
            return pick(f"It is sold for {term} only.", f"僅提供 {term}的期限。")
        case why.PriceMissing():
            return pick(
                f"There is no price for it in {naming.region}.",
                f"{naming.region}尚無此項目的價格。",
            )
        case why.AutoRenewalOff():
            return pick("This needs automatic renewal to be on.", "需先開啟自動續約。")
        case why.SeatsMinimum(seats_min=least):
            return pick(f"At least {least} seat has to stay.", f"至少須保留 {least} 套。")
        case why.SeatsMaximum(seats_max=most):
            return pick(f"At most {most:,} seats are possible.", f"最多 {most:,} 套。")
        case why.ReturnWindowClosed(last_day=last_day):
            if last_day is None:
                return pick("Nothing was bought that could be returned.", "沒有可退訂的購買紀錄。")
            on = day(last_day)
            return pick(f"Returns were possible until {on}.", f"退訂期限已於 {on} 截止。")
        case why.BoughtSince(subscription=code):
            return pick(
                f"It was aligned together with {code}, for which something was bought since: "
                "return that first.",
                f"它與 {code} 一起調整了付款日期，而 {code} 之後另有購買：請先退訂該項購買。",
            )
        case _ as unknown:
            assert_never(unknown)


def _payment_text(refusal: why.PaymentRefusal, naming: Naming) -> str:
    pick = naming.pick
    day = naming.day
    match refusal:
        case why.MethodMissing():
            return pick("There is no payment method for it yet.", "尚未設定付款方式。")
        case why.MethodUnsupported():
            return pick("A bank transfer cannot be charged at once.", "銀行轉帳無法立即扣款。")
        case why.MethodExpires(last4=last4, needed_on=needed_on):
            on = day(needed_on)
            return pick(
                f"The card •{last4} expires before {on}.", f"卡片 •{last4} 將於 {on} 續約前失效。"
            )
        case why.InvoiceOverdue(number=number):
            return pick(f"Invoice {number} is overdue.", f"帳單 {number} 逾期未付。")
        case _ as unknown:
            assert_never(unknown)


def _align_text(refusal: why.AlignRefusal, naming: Naming) -> str:
    pick = naming.pick
    day = naming.day
    match refusal:
        case why.TermDiffers(months=months, others_months=others):
            one = term_text(months, locale=naming.locale)
            other = term_text(others, locale=naming.locale)
            return pick(
                f"The terms differ in length: {one} and {other}.",
                f"期限長度不同（{one}／{other}）。",
            )
        case why.PaymentDiffers():
            return pick("They are paid by different payment methods.", "付款方式不同。")
        case why.TermNotBegun(begins_on=begins_on):
            on = day(begins_on)
            return pick(
                f"A term of another length begins on {on}; then it can be aligned.",
                f"不同長度的期限將於 {on} 開始，屆時即可調整付款日期。",
            )
        case why.DatesEqual(renews_on=renews_on):
            on = day(renews_on)
            return pick(f"They already renew on the same day, {on}.", f"續約日期已相同（{on}）。")
        case why.OnlyOne():
            return pick(
                "There is no second subscription to align it with.",
                "沒有其他可一併調整的訂閱。",
            )
        case why.AlignNotSelfService():
            return pick(
                "Dates of what was not bought on line cannot be aligned on line.",
                "非線上購買的訂閱無法自行線上調整付款日期。",
            )
        case _ as unknown:
            assert_never(unknown)


def _move_text(  # noqa: C901, PLR0911 - one case a reason
    refusal: why.MoveRefusal, naming: Naming
) -> str:
    pick = naming.pick
    day = naming.day
    match refusal:
        case why.CampaignNotOpen(opens_on=opens_on):
            on = day(opens_on)
            return pick(f"The offer opens on {on}.", f"優惠將於 {on} 開始。")
        case why.CampaignEnded(last_day=last_day):
            on = day(last_day)
            return pick(f"The offer is for renewals until {on}.", f"優惠適用於 {on} 以前的續約。")
        case why.CampaignUsed():
            return pick("These seats have already used the offer.", "這些套數已使用過此優惠。")
        case why.CampaignNotForThese(access=access):
            way = access_text(access, locale=naming.locale)
            return pick(f"There is no such offer for {way} seats.", f"此優惠不適用於{way}。")
        case why.NoCollection():
            return pick(
                f"No collection contains {naming.product}.",
                f"沒有包含「{naming.product}」的軟體集。",
            )
        case why.BelowThreshold(at_least=at_least, have=have):
            return pick(
                f"This needs {at_least} or more; you have {have}.",
                f"需 {at_least} 套以上（目前 {have}）。",
            )
        case why.IncompleteCover(eligible=eligible, chosen=chosen):
            return pick(
                f"All {eligible} seats have to be covered; {chosen} are.",
                f"須涵蓋全部 {eligible} 套（目前 {chosen}）。",
            )
        case why.ConsumerPlan():
            return pick("This is for companies only.", "僅提供企業客戶。")
        case _ as unknown:
            assert_never(unknown)


def _retired(retired_on: date | None, successor: str, naming: Naming) -> str:
    on = naming.day(retired_on)
    follows = access_text(successor, locale=naming.locale) if successor else ""
    en = f"This way of use is not sold any more{f' since {on}' if on else ''}"
    zh = f"此使用方式已{f'於 {on} ' if on else ''}停售"
    if not follows:
        return naming.pick(f"{en}.", f"{zh}。")
    return naming.pick(f"{en}; {follows} follows it.", f"{zh}，後續為{follows}。")


def conflict_text(code: str, naming: Naming) -> str:
    """Why a plan on file cannot be executed; the codes are those of the plan's problems."""
    texts = {
        "offer.retired": ("this way of use is no longer sold.", "此使用方式已停售。"),
        "price.missing": (
            "the planned offer has no price in your region.",
            "您的區域沒有該項目的價格。",
        ),
        "seats.minimum": ("no seat would be left.", "將沒有任何套數。"),
    }
    return naming.pick(*texts.get(code, (code, code)))


_STEPS: Mapping[Step, tuple[str, str]] = {
    Step.RENEW: ("Renew now", "立即續約"),
    Step.BUY_AGAIN: ("Buy again", "重新購買"),
    Step.TURN_ON_AUTOMATIC: ("Turn on automatic renewal and continue", "開啟自動續約並繼續"),
    Step.TURN_OFF_AUTOMATIC: ("Do not renew", "不續約"),
    Step.CHANGE_TERM: ("Change the term", "變更期限"),
    Step.UNIFY_METHOD: ("Use one payment method for both", "改用同一付款方式"),
    Step.ADD_METHOD: ("Add a payment method", "新增付款方式"),
    Step.UPDATE_METHOD: ("Update the payment method", "更新付款方式"),
    Step.EDIT_PLAN: ("Edit the renewal plan", "編輯續約計畫"),
    Step.TAKE_BACK: ("Take the change back", "取消已排定的變更"),
    Step.ADJUST_SEATS: ("Choose another number", "調整套數"),
    Step.SWITCH: ("Look at collections", "查看軟體集"),
    Step.TRADE_IN: ("Look at the trade-in offer", "查看舊換新優惠"),
    Step.VIEW_QUOTE: ("Look at the quote", "檢視報價單"),
    Step.REQUEST_QUOTE: ("Ask for a quote", "要求報價"),
    Step.VIEW_RECEIPT: ("See the orders", "檢視訂單"),
    Step.PAY_INVOICE: ("Pay the invoice", "支付帳單"),
    Step.VIEW_CALENDAR: ("See the calendar", "檢視月曆"),
    Step.VIEW_SUBSCRIPTIONS: ("See all subscriptions and reasons", "檢視所有訂閱與原因"),
    Step.VIEW_PLANS: ("See the business plan", "查看商業版授權方案"),
    Step.COVER_ALL: ("Cover all seats", "涵蓋全部套數"),
    Step.SEND_FOR_APPROVAL: ("Send for approval", "送交核准"),
    Step.ASK_ROLE_HOLDERS: ("Ask your contract manager", "聯絡貴公司的合約管理員"),
    Step.REMIND_ME: (
        "The contract manager is reminded by e-mail",
        "屆時會以電子郵件提醒合約管理員",
    ),
    Step.LOOK_AGAIN: (
        "Look again in some minutes; you cannot pay twice",
        "請稍後再查看；不會重複扣款",
    ),
    Step.ASK_CONTACT: ("Ask {who} for help", "請{who}協助"),
}
# A step without words fails here, at import, and not under a customer's hand.
assert _STEPS.keys() == set(Step)


def step_text(step: Step, naming: Naming) -> str:
    """What to do next, as a link or an instruction."""
    who = naming.partner or naming.contact
    if step is Step.ASK_CONTACT and not who:
        return naming.pick("Ask us for help", "與我們聯絡")
    return naming.pick(*_STEPS[step]).format(who=who)


def fixer_text(fixer: Fixer, naming: Naming) -> str:
    """Whose move it is."""
    match fixer:
        case Fixer.YOU:
            return naming.pick("You can fix this", "您可自行處理")
        case Fixer.ADMIN:
            return naming.pick("Someone at your company can fix this", "貴公司的同事可處理")
        case Fixer.PARTNER:
            return naming.pick("Your partner can fix this", "您的合作夥伴可處理")
        case Fixer.VENDOR:
            return naming.pick("We can fix this", "本公司可處理")
        case Fixer.NOBODY:
            return naming.pick("Nothing needs fixing", "無須處理")
        case _ as unknown:
            assert_never(unknown)
