"""Who asks for a change; and of an account's people, whether he may at that moment.

The edge has asked that before; it is asked again inside the write, since a member may be removed while acting.
"""

from dataclasses import dataclass

from chalicelib.deps import Deps
from chalicelib.domain.erasable import acting
from chalicelib.domain.members import is_owner
from chalicelib.domain.roles import BUILT_IN, gives_billing
from chalicelib.errors import Forbidden, UnknownAccount


@dataclass(frozen=True)
class Asker:
    """How the journal names who asks, and the operation's id if the same may come again."""

    actor: str
    operation: str | None = None

    @property
    def acting(self) -> str | None:
        """The id of the member the key acts for."""
        return acting(self.actor)


def operation_of(deps: Deps, asker: Asker) -> str:
    """The operation's id, a new one where the same never comes again."""
    return asker.operation or deps.token()


def may_bill(deps: Deps, account: str, role: str) -> bool:
    """Whether the role permits what concerns money and people; only a custom one is read for it."""
    custom = None if role in BUILT_IN else deps.store.people.role(account, role)
    return gives_billing(role, custom, deps.catalogue.permissions)


OWNERS_OWN = "Only owners make, change or remove owners."


def check_asker(deps: Deps, account: str, asker: Asker, *, owners: bool = False, refused: str = OWNERS_OWN) -> None:
    """Raises UnknownAccount for a member who is gone, Forbidden for one who may not.

    `owners`: only an owner may, and whoever else may change the account is `refused` in these words.
    """
    if asker.acting is None:
        return
    member = deps.store.people.member(account, asker.acting)
    if member is None:
        raise UnknownAccount
    if not may_bill(deps, account, member.role):
        raise Forbidden("The member may not change who is in this account.")
    if owners and not is_owner(member):
        raise Forbidden(refused)
