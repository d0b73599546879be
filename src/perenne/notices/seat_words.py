"""The words of mails about people without a seat; the keys are the same in each language."""

ENGLISH = {
    "greeting": "Dear {name},",
    "colon": ": ",
    "people.one": "1 person",
    "people.many": "{count} people",
    "more": "{names} and {count} more",
    "listed": ", ",
    "fact.product": "Product",
    "fact.people": "People",
    "fact.owned": "Seats",
    "short.subject": "{people} without a seat of {product}",
    "short.headline": "{people} without a seat of {product}",
    "short.body": "Every seat is in use, so they wait. A seat that becomes free goes to whoever "
    "waits first; you need to do nothing for it.\nIf it must be sooner, take a seat back from "
    "somebody, or have your contract manager add seats.",
    "short.action": "Look at seat assignments",
    "short.why": "You get this mail because you are a primary administrator of {company}.",
    "released.subject": "{people} without a seat of {product}",
    "released.headline": "{people} lost a seat of {product}",
    "released.body": "{company} has fewer seats than before, as was planned. Those who were chosen "
    "lost theirs; where nobody decided, those who used it least.\nYou can give them another seat, "
    "or have your contract manager add seats.",
    "released.action": "Look at seat assignments",
    "released.why": "You get this mail because you are a primary administrator of {company}.",
}
TRADITIONAL_CHINESE = {
    "greeting": "{name}，您好：",
    "colon": "：",
    "people.one": "1 位使用者",
    "people.many": "{count} 位使用者",
    "more": "{names}等，另有 {count} 位",
    "listed": "、",
    "fact.product": "產品",
    "fact.people": "人員",
    "fact.owned": "套數",
    "short.subject": "{people}未取得「{product}」授權",
    "short.headline": "{people}正在候補「{product}」",
    "short.body": "所有套數均已指派，因此列入候補。有套數空出時，依先後順序自動遞補，您無須處理。\n"
    "如需儘快使用，請取消他人的指派，或請合約管理員加入套數。",
    "short.action": "查看套數指派",
    "short.why": "您是 {company} 的主要管理員，因此收到此信。",
    "released.subject": "{people}未取得「{product}」授權",
    "released.headline": "{people}已失去「{product}」的指派",
    "released.body": "{company} 的套數已依計畫減少。經選定的人員已失去指派；未經選定的部分，"
    "由使用最少者先取消。\n您可以另行指派套數，或請合約管理員加入套數。",
    "released.action": "查看套數指派",
    "released.why": "您是 {company} 的主要管理員，因此收到此信。",
}
WORDS = {"en": ENGLISH, "zh-Hant": TRADITIONAL_CHINESE}
