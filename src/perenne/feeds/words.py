"""The words of calendar events; the keys are the same in each language."""

ENGLISH = {
    "name": "Renewals of {vendor}",
    "renews.title": "{product} ({seats}) renews automatically",
    "renews.note": "{company}, contract {contract}, {code}. It renews by itself at the start of "
    "this day.",
    "due.title": "{product} ({seats}): the term has ended",
    "due.note": "{company}, contract {contract}, {code}. First day that is not covered unless it "
    "was renewed.",
    "decide.title": "Last day to renew {product} ({seats})",
    "decide.note": "{company}, contract {contract}, {code}. It does not renew by itself.",
    "card.title": "Replace the card •{last4} for {product}",
    "card.note": "{company}, contract {contract}, {code}. The card is no longer valid on the "
    "renewal day in 14 days.",
    "quote.title": "Quote {number}: last day to accept",
    "quote.note": "Its prices hold through this day.",
}

CHINESE = {
    "name": "{vendor} 續約",
    "renews.title": "{product}（{seats} 套）自動續約",
    "renews.note": "{company}，合約 {contract}，{code}。當日開始時自動續約。",
    "due.title": "{product}（{seats} 套）期限已結束",
    "due.note": "{company}，合約 {contract}，{code}。若未續約，自當日起無法使用或進入後續階段。",
    "decide.title": "{product}（{seats} 套）續約最後一日",
    "decide.note": "{company}，合約 {contract}，{code}。此訂閱不會自動續約。",
    "card.title": "請更換用於{product}的信用卡 •{last4}",
    "card.note": "{company}，合約 {contract}，{code}。14 天後的續約日此卡已失效。",
    "quote.title": "報價單 {number}：接受的最後一日",
    "quote.note": "價格保留至當日。",
}

WORDS = {"en": ENGLISH, "zh-Hant": CHINESE}


def say(key: str, locale: str, **facts: str) -> str:
    """Words in a language, with facts put in."""
    return WORDS[locale][key].format(**facts)
