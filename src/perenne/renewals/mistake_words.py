"""The words of mistakes in a wish: what is wrong and what to choose, the same on every surface."""

from typing import assert_never

from perenne.platform.display import date_text
from perenne.renewals import mistakes as wrong
from perenne.renewals.mistakes import Mistake


def mistake_text(mistake: Mistake, *, locale: str) -> str:
    """Say what is wrong, in one sentence with its facts and what to do instead."""
    english, chinese = _both(mistake)
    return chinese if locale.startswith("zh") else english


def _both(mistake: Mistake) -> tuple[str, str]:
    match mistake:
        case wrong.NotReadable() | wrong.NotKnown() | wrong.NotADay() | wrong.NamedTwice():
            return _unclear(mistake)
        case (
            wrong.OneAtATime()
            | wrong.SeveralCompanies()
            | wrong.SeveralCurrencies()
            | wrong.SeveralDays()
            | wrong.SeveralMethods()
            | wrong.NotEnoughToAlign()
        ):
            return _of_several(mistake)
        case wrong.NotChargeable() | wrong.CardNotValid():
            return _of_payment(mistake)
        case (
            wrong.NoTermSold()
            | wrong.AllCovered()
            | wrong.NoPlanSold()
            | wrong.ModeNotOffered()
            | wrong.DayNotPossible()
        ):
            return _of_offers(mistake)
        case _:
            return _of_seats(mistake)


def _unclear(
    mistake: wrong.NotReadable | wrong.NotKnown | wrong.NotADay | wrong.NamedTwice,
) -> tuple[str, str]:
    match mistake:
        case wrong.NotReadable(problem=problem):
            return (f"This cannot be read: {problem}.", f"無法讀取此內容：{problem}。")
        case wrong.NotKnown(value=value):
            return (
                f"There is no “{value}” here: choose one from the list.",
                f"找不到「{value}」，請從清單中選擇。",
            )
        case wrong.NotADay(value=value):
            return (
                f"“{value}” is not a day: write it as year-month-day.",
                f"「{value}」不是日期，請依「年-月-日」填寫。",
            )
        case wrong.NamedTwice():
            return (
                "A subscription is chosen twice: choose each once.",
                "同一訂閱重複選取，每項請只選一次。",
            )
        case never:
            assert_never(never)


def _of_several(
    mistake: wrong.OneAtATime
    | wrong.SeveralCompanies
    | wrong.SeveralCurrencies
    | wrong.SeveralDays
    | wrong.SeveralMethods
    | wrong.NotEnoughToAlign,
) -> tuple[str, str]:
    match mistake:
        case wrong.OneAtATime():
            return (
                "This is done one subscription at a time: choose one.",
                "此變更一次只能處理一項訂閱，請只選一項。",
            )
        case wrong.SeveralCompanies():
            return (
                "The subscriptions belong to different companies: choose those of one.",
                "這些訂閱屬於不同公司，請選擇同一公司的訂閱。",
            )
        case wrong.SeveralCurrencies():
            return (
                "The subscriptions are sold in different currencies: choose those of one.",
                "這些訂閱以不同幣別銷售，請選擇同一幣別的訂閱。",
            )
        case wrong.SeveralDays():
            return (
                "The subscriptions renew on different days: align their dates first.",
                "這些訂閱的續約日不同，請先調整為同一天。",
            )
        case wrong.SeveralMethods():
            return (
                "The subscriptions are paid in different ways: choose one method for all.",
                "這些訂閱的付款方式不同，請為全部訂閱選擇同一種付款方式。",
            )
        case wrong.NotEnoughToAlign():
            return (
                "Choose at least two subscriptions, or one and a day.",
                "請至少選擇兩項訂閱，或選擇一項訂閱與一個日期。",
            )
        case never:
            assert_never(never)


def _of_payment(mistake: wrong.NotChargeable | wrong.CardNotValid) -> tuple[str, str]:
    match mistake:
        case wrong.NotChargeable():
            return (
                "It cannot be charged at once: choose a card, direct debit or payment by invoice.",
                "此付款方式無法立即收款，請選擇信用卡、自動轉帳或依發票付款。",
            )
        case wrong.CardNotValid():
            return (
                "This card is no longer valid: choose another method.",
                "此卡片已過有效期限，請選擇其他付款方式。",
            )
        case never:
            assert_never(never)


def _of_offers(
    mistake: wrong.NoTermSold
    | wrong.AllCovered
    | wrong.NoPlanSold
    | wrong.ModeNotOffered
    | wrong.DayNotPossible,
) -> tuple[str, str]:
    match mistake:
        case wrong.NoTermSold():
            return (
                "It is not sold for that length: choose another term.",
                "此產品不提供該期限，請選擇其他期限。",
            )
        case wrong.AllCovered():
            return (
                "The business plan covers every seat already: nothing has to be bought.",
                "商業版授權方案已涵蓋所有套數，無需再購買。",
            )
        case wrong.NoPlanSold():
            return (
                "No business plan is sold in your region: ask us for help.",
                "您所在的地區未提供商業版授權方案，請與我們聯絡。",
            )
        case wrong.ModeNotOffered(mode=mode, offered=offered):
            return (
                f"“{mode}” is not offered here: choose from {', '.join(offered)}.",
                f"此處不提供「{mode}」，請選擇：{'、'.join(offered)}。",
            )
        case wrong.DayNotPossible(day=day, first=first, last=last):
            en = [date_text(one, locale="en") for one in (day, first, last)]
            zh = [date_text(one, locale="zh-Hant") for one in (day, first, last)]
            return (
                f"{en[0]} is not possible: choose a day from {en[1]} to {en[2]}.",
                f"無法選擇 {zh[0]}，請選擇 {zh[1]} 至 {zh[2]} 之間的日期。",
            )
        case never:
            assert_never(never)


def _of_seats(
    mistake: wrong.MoreThanBought
    | wrong.WholeOnly
    | wrong.FewerThanLargest
    | wrong.NotDivisible
    | wrong.MoreThanOwned,
) -> tuple[str, str]:
    match mistake:
        case wrong.MoreThanBought(wanted=wanted, left=left):
            return (
                f"{wanted} is more than what was bought last: return {left} at most.",
                f"{wanted} 超過最近一次購買的套數，最多可退 {left} 套。",
            )
        case wrong.WholeOnly(left=left):
            return (
                f"Aligned dates come back for all {left} seats: leave the number empty.",
                f"調整後的日期須連同全部 {left} 套一併退回，請將套數留空。",
            )
        case wrong.FewerThanLargest(wanted=wanted, largest=largest):
            return (
                f"{wanted} is less than the largest subscription has: choose {largest} or more.",
                f"{wanted} 少於套數最多的訂閱，請選擇 {largest} 套以上。",
            )
        case wrong.NotDivisible(seats=seats, at_a_time=group):
            return (
                f"{seats} seats cannot be traded in {group} at a time: change their number first.",
                f"{seats} 套無法以每 {group} 套為單位舊換新，請先調整套數。",
            )
        case wrong.MoreThanOwned(wanted=wanted, owned=owned):
            return (
                f"{wanted} is more than the {owned} that are owned: choose {owned} or fewer.",
                f"{wanted} 超過目前擁有的 {owned} 套，請選擇 {owned} 套以下。",
            )
        case never:
            assert_never(never)
