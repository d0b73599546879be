"""The sandbox's pages in English and Traditional Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perenne.billing.gateways.sandbox_server.scripts import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perenne.billing.gateways.sandbox_server.scripts import Script

_EN: Mapping[str, str] = {
    "lang": "en",
    "between": ": ",
    "title": "Payment method (sandbox)",
    "sandbox": "This is the sandbox: no card number is asked for, and no money moves.",
    "kind": "Kind",
    "card": "Card",
    "direct_debit": "Direct debit",
    "last4": "Last digits: what will happen",
    "valid_through": "Valid through (month)",
    "save": "Save",
    "cancel": "Cancel",
    "back": "Go back",
    "setup.completed": "The payment method has been saved.",
    "setup.cancelled": "No payment method has been saved.",
    "setup.missing": "There is no such page, or it is over.",
    "authenticate": "Confirm the payment (sandbox)",
    "confirm": "Confirm",
    "refuse": "Refuse",
    "charge.pending": "A payment of {amount} waits for your confirmation.",
    "charge.succeeded": "The payment has been confirmed. You can close this page.",
    "charge.declined": "The payment has been refused. You can close this page.",
    "refused": "That cannot be done: {problem}",
    "outcome.succeeded": "succeeds",
    "outcome.declined": "declined",
    "outcome.pending": "pending",
}
_ZH: Mapping[str, str] = {
    "lang": "zh-Hant",
    "between": "：",
    "title": "付款方式（測試環境）",
    "sandbox": "這是測試環境：不會要求您輸入卡號，也不會實際扣款。",
    "kind": "種類",
    "card": "信用卡",
    "direct_debit": "銀行自動扣款",
    "last4": "末四碼：將發生的情況",
    "valid_through": "有效期限（月份）",
    "save": "儲存",
    "cancel": "取消",
    "back": "返回",
    "setup.completed": "付款方式已儲存。",
    "setup.cancelled": "未儲存任何付款方式。",
    "setup.missing": "找不到這個頁面，或頁面已失效。",
    "authenticate": "確認付款（測試環境）",
    "confirm": "確認",
    "refuse": "拒絕",
    "charge.pending": "有一筆 {amount} 的付款正等待您確認。",
    "charge.succeeded": "付款已確認，您可以關閉此頁。",
    "charge.declined": "付款已遭拒絕，您可以關閉此頁。",
    "refused": "無法完成：{problem}",
    "outcome.succeeded": "成功",
    "outcome.declined": "遭拒絕",
    "outcome.pending": "處理中",
}


def words_in(locale: str) -> Mapping[str, str]:
    """The words of a page; those of ``zh-Hant`` for all Chinese, English for everybody else."""
    return _ZH if locale.lower().startswith("zh") else _EN


def behaviours_in(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every script with its digits and what it does, in the order of the reference page."""
    return [(last4, _behaviour(last4, script, words)) for last4, script in SCRIPTS.items()]


def _behaviour(last4: str, script: Script, words: Mapping[str, str]) -> str:
    # Kinds and faults are codes that the reference page explains; they stay as they are.
    codes = [code.value for code in (script.decline, script.bounces, script.fault) if code]
    return words["between"].join([last4, words[f"outcome.{script.outcome}"], *codes])
