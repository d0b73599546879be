"""Who can mend a refusal about seats, and what to do next: no reason is a dead end."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from perenne.rules import seat_refusals as why
from perenne.rules.remedies import Fixer
from perenne.rules.seat_refusals import SeatRefusal


class SeatStep(StrEnum):
    """Something to do next; surfaces turn it into a link or an instruction."""

    ADD_SEATS = "add_seats"
    GIVE_SEAT_BACK = "give_seat_back"
    CHOOSE_AGAIN = "choose_again"
    CHANGE_GROUP = "change_group"
    CHANGE_DIRECTORY = "change_directory"
    VIEW_SEATS = "view_seats"
    ASK_ADMINISTRATORS = "ask_administrators"


@dataclass(frozen=True, slots=True)
class SeatRemedy:
    """Whose move it is and the steps that help, best first; never empty."""

    fixer: Fixer
    steps: tuple[SeatStep, ...]


def remedy_of_seats(refusal: SeatRefusal) -> SeatRemedy:  # noqa: C901, PLR0911 - one case a reason
    """Say who can mend it and how.

    Source: docs/explanation/seats.md, «When it is refused».
    """
    match refusal:
        case why.AdministratorsOnly() | why.DeciderOnly():
            return SeatRemedy(Fixer.ADMIN, (SeatStep.ASK_ADMINISTRATORS,))
        case why.NoneFree():
            return SeatRemedy(Fixer.YOU, (SeatStep.GIVE_SEAT_BACK, SeatStep.ADD_SEATS))
        case why.NotOwned():
            return SeatRemedy(Fixer.YOU, (SeatStep.CHOOSE_AGAIN, SeatStep.ADD_SEATS))
        case why.GroupTooLarge():
            return SeatRemedy(Fixer.YOU, (SeatStep.CHANGE_GROUP, SeatStep.ADD_SEATS))
        case why.NobodyHere() | why.GroupNameTaken() | why.TooManyChosen() | why.HoldsNoSeat():
            return SeatRemedy(Fixer.YOU, (SeatStep.CHOOSE_AGAIN,))
        case why.GrantedByGroups() | why.GroupGone():
            return SeatRemedy(Fixer.YOU, (SeatStep.CHANGE_GROUP,))
        case why.GroupIsSynced():
            return SeatRemedy(Fixer.ADMIN, (SeatStep.CHANGE_DIRECTORY,))
        case why.SeatGone() | why.NothingToDecide():
            return SeatRemedy(Fixer.NOBODY, (SeatStep.VIEW_SEATS,))
        case _ as unknown:
            assert_never(unknown)
