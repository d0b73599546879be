"""The words of renewal mails, written by hand in each language; the keys are the same in all."""

from perenne.rules.plans import PlanProblem

ENGLISH = {
    "joint": " ",
    "comma": ", ",
    "we": "our renewals desk",
    "days.one": "{n} day",
    "days.many": "{n} days",
    "seats.one": "{n} seat",
    "seats.many": "{n} seats",
    "months.one": "{n} month",
    "months.many": "{n} months",
    "years.one": "{n} year",
    "years.many": "{n} years",
    "auto.card": "It renews by itself on {renews_on}: {amount} is charged to {method}. "
    "You need to do nothing; to change or stop it, go to your account by {last_day}.",
    "auto.direct_debit": "It renews by itself on {renews_on}: {amount} is collected by {method}. "
    "You need to do nothing; to change or stop it, go to your account by {last_day}.",
    "auto.invoice": "It renews by itself on {renews_on}: you get an invoice for {amount}, due in "
    "30 days. To change or stop it, go to your account by {last_day}.",
    "fails.manual": "Automatic renewal is on, but it cannot be paid: {why}. Change the payment "
    "method, or renew by hand, by {last_day}.",
    "fails.partner": "Automatic renewal is on, but it cannot be paid: {why}. Change the payment "
    "method, or ask {who}, by {last_day}.",
    "fails.sales": "Automatic renewal is on, but it cannot be paid: {why}. Change the payment "
    "method, or ask {who}, by {last_day}.",
    "manual": "Automatic renewal is off. To keep it, renew by {last_day}.",
    "partner": "{who} renews it with you: ask them by {last_day}.",
    "sales": "{who} renews it with you: ask by {last_day}.",
    "otherwise.ends": "If it is not renewed by then, it stops at 00:00 on {renews_on} and can only "
    "be bought again.",
    "otherwise.stops": "If it is not renewed by then, it stops at 00:00 on {renews_on}. It can be "
    "renewed through {renews}; after that it can only be bought again.",
    "otherwise.lasts": "If it is not renewed by then, it works on through {works}, and can only be "
    "bought again after that.",
    "otherwise.works_on": "If it is not renewed by then, it works on through {works} and can be "
    "renewed through {renews}; after that it can only be bought again.",
    "blocked.offer.retired": "Multi-user access is no longer sold, so it cannot be renewed as it "
    "is. It works through {last_day}. {who} can tell you how to go on with named users.",
    "blocked.price.missing": "What is planned for the next term has no price in your region, so "
    "it cannot be renewed as planned. It works through {last_day}. Change the plan in your "
    "account, or ask {who}.",
    "blocked.seats.minimum": "No seat is planned for the next term, so it ends after {last_day}. "
    "To keep it, change the number of seats in your account by then.",
    "blocked.other": "What is planned for the next term cannot be carried out, so it is not "
    "renewed. It works through {last_day}. Change the plan in your account, or ask {who}.",
    "held": "Quote {number} is open and holds this renewal through {day}: accept or decline it. "
    "Until then nothing renews by itself.",
    "changes": "As planned, the next term changes: {what}.",
    "instead": "{new} instead of {old}",
    "label.price": "Price at renewal",
    "label.list_price": "Our list price at renewal (your partner tells you yours)",
    "price": "{gross} for {term}, {tax}",
    "tax.included": "{amount} tax ({rate} %) included",
    "tax.none": "no tax added",
    "tax.reverse_charge": "without tax: reverse charge, you account for the tax",
    "calculated": "{seats} × {unit} = {net}",
    "calculated.taxed": "{seats} × {unit} = {net}; + {tax} tax = {gross}",
    "lapse": "Bought again after it has ended: {new} before tax, {more} % above the renewal price "
    "of {renewal}. Renewing is {less} % below that new price.",
    "method.none": "no payment method",
    "method.card": "card •{last4}",
    "method.direct_debit": "direct debit",
    "method.invoice": "by invoice",
    "method.bank_transfer": "bank transfer",
    "why.none": "no payment method is on file",
    "why.card": "card •{last4} is only valid through {month}",
    "why.bank_transfer": "a bank transfer cannot be collected by itself",
    "note.held": "held by quote {number}",
    "note.by": "renew by {last_day}",
    "note.offer.retired": "multi-user access is no longer sold",
    "note.price.missing": "no price in your region",
    "note.seats.minimum": "no seat is planned",
    "note.other": "the plan cannot be carried out",
    "contact.partner": "Your partner: {reach}",
    "contact.sales": "Your sales contact: {reach}",
    "contact.specialist": "Questions: {reach}",
    "heading.fails": "Payment will fail",
    "heading.blocked": "Cannot be renewed as planned",
    "heading.manual": "To be renewed by you",
    "heading.partner": "Renewed through your partner",
    "heading.sales": "Renewed through our sales team",
    "heading.auto": "Renews by itself",
    "section.fails": "Automatic renewal is on, but these cannot be paid. Change the payment "
    "method before the day named.",
    "section.blocked": "These end on the day named unless you change the plan. Ask us what you "
    "can do instead.",
    "section.manual": "Automatic renewal is off. Renew each of these before the day named.",
    "section.partner": "Ask the partner named in good time. Prices are our list prices.",
    "section.sales": "Ask the person named in good time.",
    "section.auto": "You need to do nothing. To change or stop one, go to your account before the "
    "day named.",
    "subject.opens": "You can now renew {product} ({seats})",
    "subject.days": "{days} left: {product} expires {date}",
    "subject.auto": "{product} renews automatically on {date}",
    "subject.several.auto": "{count} subscriptions renew automatically, the first on {date}",
    "subject.several.act": "{count} subscriptions to renew, the first on {date}",
    "subject.several.mixed": "{count} subscriptions come up for renewal, {needing} for you to act "
    "on; the first on {date}",
    "subject.unmanaged": "{company} has no contract manager",
}

CHINESE = {
    "joint": "",
    "comma": "、",
    "we": "續約專員",
    "days.one": "{n} 天",
    "days.many": "{n} 天",
    "seats.one": "{n} 套",
    "seats.many": "{n} 套",
    "months.one": "{n} 個月",
    "months.many": "{n} 個月",
    "years.one": "{n} 年",
    "years.many": "{n} 年",
    "auto.card": "將於 {renews_on}自動續約，由{method}扣款 {amount}。"
    "您無須處理；如要變更或取消，請於 {last_day}以前至您的帳戶辦理。",
    "auto.direct_debit": "將於 {renews_on}自動續約，以{method}收取 {amount}。"
    "您無須處理；如要變更或取消，請於 {last_day}以前至您的帳戶辦理。",
    "auto.invoice": "將於 {renews_on}自動續約，並寄上 {amount} 的帳單，30 天內付款。"
    "如要變更或取消，請於 {last_day}以前至您的帳戶辦理。",
    "fails.manual": "已開啟自動續約，但屆時無法付款：{why}。"
    "請於 {last_day}以前更新付款方式，或手動續約。",
    "fails.partner": "已開啟自動續約，但屆時無法付款：{why}。"
    "請於 {last_day}以前更新付款方式，或洽詢{who}。",
    "fails.sales": "已開啟自動續約，但屆時無法付款：{why}。"
    "請於 {last_day}以前更新付款方式，或洽詢{who}。",
    "manual": "自動續約未開啟。如要繼續使用，請於 {last_day}以前續約。",
    "partner": "由合作夥伴「{who}」為您辦理續約，請於 {last_day}以前與其聯絡。",
    "sales": "由 {who} 為您辦理續約，請於 {last_day}以前聯絡。",
    "otherwise.ends": "若屆時未續約，將於 {renews_on}00:00 停止使用，之後只能重新購買。",
    "otherwise.stops": "若屆時未續約，將於 {renews_on}00:00 停止使用；"
    "{renews}以前仍可續約，之後只能重新購買。",
    "otherwise.lasts": "若屆時未續約，可繼續使用至 {works}，之後只能重新購買。",
    "otherwise.works_on": "若屆時未續約，可繼續使用至 {works}，並可於 {renews}以前續約，"
    "之後只能重新購買。",
    "blocked.offer.retired": "多人共用授權已停售，無法照原方式續約，可使用至 {last_day}。"
    "如要改為指名使用者，請洽詢{who}。",
    "blocked.price.missing": "下一期預定的內容在您的地區沒有價格，無法照計畫續約，"
    "可使用至 {last_day}。請至您的帳戶變更計畫，或洽詢{who}。",
    "blocked.seats.minimum": "下一期預定的套數為零，因此將於 {last_day}後結束。"
    "如要繼續使用，請在此之前至您的帳戶變更套數。",
    "blocked.other": "下一期的計畫無法執行，因此不會續約，可使用至 {last_day}。"
    "請至您的帳戶變更計畫，或洽詢{who}。",
    "held": "報價單 {number} 待您回覆，並保留此續約至 {day}：請接受或婉拒，在此之前不會自動續約。",
    "changes": "依您的計畫，下一期將變更為：{what}。",
    "instead": "{new}（目前 {old}）",
    "label.price": "續約價",
    "label.list_price": "續約定價（實際價格請洽合作夥伴）",
    "price": "{gross}（{term}，{tax}）",
    "tax.included": "含稅 {amount}，稅率 {rate}%",
    "tax.none": "無須加稅",
    "tax.reverse_charge": "未稅，由您自行申報稅額",
    "calculated": "{seats} × {unit} ＝ {net}",
    "calculated.taxed": "{seats} × {unit} ＝ {net}；＋稅 {tax} ＝ {gross}",
    "lapse": "到期後重新購買：未稅 {new}，比續約價 {renewal} 高 {more}%；"
    "續約則比此新購價低 {less}%。",
    "method.none": "（未設定付款方式）",
    "method.card": "信用卡 •{last4} ",
    "method.direct_debit": "銀行自動扣款",
    "method.invoice": "帳單",
    "method.bank_transfer": "銀行轉帳",
    "why.none": "尚未設定付款方式",
    "why.card": "信用卡 •{last4} 僅有效至 {month}",
    "why.bank_transfer": "銀行轉帳無法自動扣款",
    "note.held": "由報價單 {number} 保留",
    "note.by": "{last_day}以前續約",
    "note.offer.retired": "多人共用授權已停售",
    "note.price.missing": "您的地區沒有價格",
    "note.seats.minimum": "預定套數為零",
    "note.other": "計畫無法執行",
    "contact.partner": "您的合作夥伴：{reach}",
    "contact.sales": "您的業務窗口：{reach}",
    "contact.specialist": "如有疑問，請洽：{reach}",
    "heading.fails": "屆時無法付款",
    "heading.blocked": "無法照計畫續約",
    "heading.manual": "請您續約",
    "heading.partner": "由合作夥伴續約",
    "heading.sales": "由業務窗口續約",
    "heading.auto": "自動續約",
    "section.fails": "已開啟自動續約，但無法付款。請在所列日期前更新付款方式。",
    "section.blocked": "若不變更計畫，將於所列日期結束。請與我們洽詢可行的方式。",
    "section.manual": "自動續約未開啟。請在所列日期前逐項續約。",
    "section.partner": "請及早與所列的合作夥伴聯絡。價格為定價。",
    "section.sales": "請及早與所列的窗口聯絡。",
    "section.auto": "您無須處理；如要變更或取消，請在所列日期前至您的帳戶辦理。",
    "subject.opens": "{product}（{seats}）現在可以續約",
    "subject.days": "剩 {days}：{product} 將於 {date} 到期",
    "subject.auto": "{product} 將於 {date} 自動續約",
    "subject.several.auto": "{count} 項訂閱將自動續約，最早為 {date}",
    "subject.several.act": "{count} 項訂閱待續約，最早為 {date}",
    "subject.several.mixed": "{count} 項訂閱即將續約，其中 {needing} 項需要您處理，最早為 {date}",
    "subject.unmanaged": "{company} 沒有合約管理員",
}

WORDS: dict[str, dict[str, str]] = {"en": ENGLISH, "zh-Hant": CHINESE}

# What has no words in a language fails here, at import, and not in the night of a run.
assert ENGLISH.keys() == CHINESE.keys()
assert all(f"blocked.{problem.value}" in ENGLISH for problem in PlanProblem)
