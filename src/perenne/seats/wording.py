"""The words of refusals about seats and of what to do next: the same on every surface."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from perenne.rules import seat_refusals as why
from perenne.rules.seat_refusals import SeatRefusal
from perenne.rules.seat_remedies import SeatStep


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatNaming:
    """What the reader calls people, by their ids, and products, by their codes."""

    locale: str
    people: Mapping[str, str]
    products: Mapping[str, str]

    def pick(self, en: str, zh: str) -> str:
        """The text in the reader's language."""
        return zh if self.locale.startswith("zh") else en

    def person(self, identity: str) -> str:
        """Somebody's name; who is not known here is not named."""
        return self.people.get(identity, self.pick("Somebody", "某位使用者"))

    def product(self, code: str) -> str:
        """A product's name."""
        return self.products.get(code, code)

    def listed(self, names: Iterable[str]) -> str:
        """Names in a row."""
        return self.pick(", ", "、").join(names)


def seat_reason_text(refusal: SeatRefusal, naming: SeatNaming) -> str:
    """Say why, in one sentence with its facts.

    Source: docs/reference/reason-codes.md.
    """
    if isinstance(refusal, why.AssignmentRefusal):
        return naming.pick(*_assignment_texts(refusal, naming))
    if isinstance(refusal, why.GroupRefusal):
        return naming.pick(*_group_texts(refusal, naming))
    return naming.pick(*_reduction_texts(refusal, naming))


def _assignment_texts(refusal: why.AssignmentRefusal, naming: SeatNaming) -> tuple[str, str]:
    match refusal:
        case why.AdministratorsOnly(holders=holders):
            who = naming.listed(holders)
            return (
                f"This needs an administrator of your company{f': {who}' if who else ''}.",
                f"需由貴公司的管理員辦理{f'（{who}）' if who else ''}。",
            )
        case why.NobodyHere(person=person):
            name = naming.person(person)
            return (f"{name} does not work at your company.", f"{name}不是貴公司的人員。")
        case why.NotOwned(product=code):
            product = naming.product(code)
            return (
                f"Your company has no seats of {product}.",
                f"貴公司沒有「{product}」的套數。",
            )
        case why.NoneFree(product=code, missing=missing):
            product = naming.product(code)
            return (
                f"{_seats(missing)} of {product} are missing: all others are in use."
                if missing > 1
                else f"One seat of {product} is missing: all others are in use.",
                f"「{product}」尚缺 {missing} 套：其他套數均已指派。",
            )
        case why.SeatGone():
            return ("The seat was given back already.", "此指派已取消。")
        case why.GrantedByGroups(person=person, product=code, groups=groups):
            name, product, of = naming.person(person), naming.product(code), naming.listed(groups)
            return (
                f"{name} has {product} through a group: {of}.",
                f"{name}透過群組「{of}」使用「{product}」。",
            )
        case _ as unknown:
            assert_never(unknown)


def _group_texts(refusal: why.GroupRefusal, naming: SeatNaming) -> tuple[str, str]:
    match refusal:
        case why.GroupNameTaken(name=taken):
            return (f"There is a group named {taken} already.", f"已有名為「{taken}」的群組。")
        case why.GroupGone():
            return ("This group has ended.", "此群組已結束。")
        case why.GroupIsSynced(name=group):
            return (
                f"Your directory decides about the group {group}.",
                f"群組「{group}」由貴公司的目錄服務管理。",
            )
        case why.GroupTooLarge(product=code, missing=missing):
            product = naming.product(code)
            return (
                f"The group takes nobody without a seat: {_seats(missing)} of {product} missing.",
                f"此群組不接受沒有套數可用的人員：「{product}」尚缺 {missing} 套。",
            )
        case _ as unknown:
            assert_never(unknown)


def _reduction_texts(refusal: why.ReductionRefusal, naming: SeatNaming) -> tuple[str, str]:
    match refusal:
        case why.NothingToDecide():
            return ("Nobody is going to lose a seat on that day.", "當天沒有人會失去指派。")
        case why.TooManyChosen(chosen=chosen, losing=losing):
            return (
                f"You chose {chosen} people, but {losing} lose a seat: the others keep theirs.",
                f"您選了 {chosen} 位，但只有 {losing} 位會失去指派，其餘人員均可保留。",
            )
        case why.HoldsNoSeat(person=person):
            name = naming.person(person)
            return (f"{name} holds no seat of it.", f"{name}並未獲指派此訂閱。")
        case why.DeciderOnly():
            return (
                "This needs a contract manager or an administrator of your company.",
                "需由貴公司的合約管理員或管理員辦理。",
            )
        case _ as unknown:
            assert_never(unknown)


def _seats(number: int) -> str:
    return "1 seat" if number == 1 else f"{number} seats"


_STEPS: Mapping[SeatStep, tuple[str, str]] = {
    SeatStep.ADD_SEATS: ("Add seats", "加入套數"),
    SeatStep.GIVE_SEAT_BACK: ("Take a seat back from somebody", "取消某人的指派"),
    SeatStep.CHOOSE_AGAIN: ("Choose again", "重新選擇"),
    SeatStep.CHANGE_GROUP: ("Change the group", "變更群組"),
    SeatStep.CHANGE_DIRECTORY: ("Change it in your directory", "請於目錄服務中變更"),
    SeatStep.VIEW_SEATS: ("See who has which seat", "查看人員與套數"),
    SeatStep.ASK_ADMINISTRATORS: ("Ask one of them", "請洽上述人員"),
}


def seat_step_text(step: SeatStep, naming: SeatNaming) -> str:
    """What to do next, as a link or an instruction."""
    return naming.pick(*_STEPS[step])
