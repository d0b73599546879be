"""Who may give, take and hand over the roles of a company, and if not, every reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

CONTRACT_MANAGER = "contract_manager"
PRIMARY_ADMIN = "primary_admin"
# The others are given and taken by administrators; this one only moves by consent.
GIVEN_BY_ADMINISTRATORS = (
    "payer",
    "approver",
    "primary_admin",
    "secondary_admin",
    "viewer",
    "named_user",
)
ADMINISTRATORS = frozenset({"primary_admin", "secondary_admin"})


@dataclass(frozen=True, slots=True)
class LastPrimaryAdmin:
    """Nobody else administers the company."""

    code: ClassVar[str] = "role.last_primary_admin"


@dataclass(frozen=True, slots=True)
class LastContractManager:
    """Nobody else decides about the company's contracts."""

    code: ClassVar[str] = "role.last_contract_manager"


@dataclass(frozen=True, slots=True)
class OnlyHandedOver:
    """The contract manager's role is neither given nor taken: it is handed over by consent."""

    code: ClassVar[str] = "role.only_handed_over"


@dataclass(frozen=True, slots=True)
class OwnRoles:
    """Nobody gives a role to themselves."""

    code: ClassVar[str] = "role.own"


@dataclass(frozen=True, slots=True)
class NotHere:
    """The person is not active at the company."""

    code: ClassVar[str] = "person.not_here"


@dataclass(frozen=True, slots=True)
class AlreadyManages:
    """The person is contract manager already."""

    code: ClassVar[str] = "handover.already_manages"


@dataclass(frozen=True, slots=True)
class ManagerRemains:
    """There is a contract manager, so administrators cannot name another."""

    code: ClassVar[str] = "handover.manager_remains"


@dataclass(frozen=True, slots=True)
class HandoverOpen:
    """Another hand-over of the role waits for its answer."""

    code: ClassVar[str] = "handover.open"


@dataclass(frozen=True, slots=True)
class HandoverClosed:
    """It was answered, withdrawn, or its time is over."""

    code: ClassVar[str] = "handover.closed"


@dataclass(frozen=True, slots=True)
class SecondPersonNeeded:
    """The one who proposed it cannot confirm it too."""

    code: ClassVar[str] = "handover.second_person"


RoleRefusal: TypeAlias = (
    LastPrimaryAdmin
    | LastContractManager
    | OnlyHandedOver
    | OwnRoles
    | NotHere
    | AlreadyManages
    | ManagerRemains
    | HandoverOpen
    | HandoverClosed
    | SecondPersonNeeded
)


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """The active people of a company by the role they hold; ids throughout."""

    people: frozenset[str]
    holders: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def who(self, role: str) -> frozenset[str]:
        """Who holds the role."""
        return self.holders.get(role, frozenset())

    def after(self, person: str, role: str, *, is_held: bool) -> "RoleFacts":
        """The facts once the person holds the role, or no longer does."""
        who = self.who(role) | {person} if is_held else self.who(role) - {person}
        return RoleFacts(self.people, {**self.holders, role: who})


@dataclass(frozen=True, slots=True)
class Handover:
    """A proposal to hand the contract manager's role over.

    ``giver`` is None where two administrators name a contract manager because none is left.
    """

    giver: str | None
    taker: str
    proposer: str
    is_open: bool


def grant_refusals(facts: RoleFacts, *, person: str, role: str, by: str) -> tuple[RoleRefusal, ...]:
    """Why ``by``, an administrator, cannot give the role to the person; empty if they can.

    Source: docs/explanation/roles.md, «Giving and taking roles».
    """
    refusals: list[RoleRefusal] = []
    if role == CONTRACT_MANAGER:
        refusals.append(OnlyHandedOver())
    if person not in facts.people:
        refusals.append(NotHere())
    if person == by:
        refusals.append(OwnRoles())
    return tuple(refusals)


def revoke_refusals(facts: RoleFacts, *, person: str, role: str) -> tuple[RoleRefusal, ...]:
    """Why the role cannot be taken from the person; empty if it can, even from oneself.

    Source: docs/explanation/roles.md, «Giving and taking roles».
    """
    if role == CONTRACT_MANAGER:
        return (OnlyHandedOver(),)
    if role == PRIMARY_ADMIN and facts.who(role) == {person}:
        return (LastPrimaryAdmin(),)
    return ()


def leave_refusals(
    facts: RoleFacts, *, person: str, has_left: bool = False
) -> tuple[RoleRefusal, ...]:
    """Why the person cannot be deactivated; empty if they can.

    The last contract manager hands over first. Who ``has_left`` the company can do so no more and
    must not keep the access: two administrators then name the next one.

    Source: docs/explanation/roles.md, «Leaving».
    """
    refusals: list[RoleRefusal] = []
    if person not in facts.people:
        refusals.append(NotHere())
    if facts.who(PRIMARY_ADMIN) == {person}:
        refusals.append(LastPrimaryAdmin())
    if facts.who(CONTRACT_MANAGER) == {person} and not has_left:
        refusals.append(LastContractManager())
    return tuple(refusals)


def proposal_refusals(
    facts: RoleFacts, proposal: Handover, *, another_is_open: bool
) -> tuple[RoleRefusal, ...]:
    """Why the hand-over cannot be proposed; empty if it can.

    Source: docs/explanation/roles.md, «Handing over».
    """
    refusals: list[RoleRefusal] = []
    if proposal.giver is None and facts.who(CONTRACT_MANAGER):
        refusals.append(ManagerRemains())
    if proposal.taker not in facts.people:
        refusals.append(NotHere())
    if proposal.taker in facts.who(CONTRACT_MANAGER):
        refusals.append(AlreadyManages())
    if another_is_open:
        refusals.append(HandoverOpen())
    return tuple(refusals)


def acceptance_refusals(
    facts: RoleFacts, proposal: Handover, *, by: str
) -> tuple[RoleRefusal, ...]:
    """Why ``by`` cannot make the hand-over happen now; empty if they can.

    The taker consents to what a contract manager hands over; a second administrator confirms whom
    the first one names.

    Source: docs/explanation/roles.md, «Handing over».
    """
    refusals: list[RoleRefusal] = []
    if not proposal.is_open:
        refusals.append(HandoverClosed())
    if by == proposal.proposer or by not in _answerers(facts, proposal):
        refusals.append(SecondPersonNeeded())
    if proposal.taker not in facts.people:
        refusals.append(NotHere())
    if proposal.giver is None and facts.who(CONTRACT_MANAGER):
        refusals.append(ManagerRemains())
    if proposal.giver is not None and proposal.giver not in facts.who(CONTRACT_MANAGER):
        refusals.append(HandoverClosed())
    return tuple(dict.fromkeys(refusals))


def _answerers(facts: RoleFacts, proposal: Handover) -> frozenset[str]:
    return facts.who(PRIMARY_ADMIN) if proposal.giver is None else frozenset({proposal.taker})
