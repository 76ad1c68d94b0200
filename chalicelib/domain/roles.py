"""Roles: what a member may do beyond being there. Three are built in; an account makes others of the catalogue's list.

An id says which: no custom role is named like a built-in one, in whatever case.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

OWNER, BILLING, MEMBER = "owner", "billing", "member"
BUILT_IN = (OWNER, BILLING, MEMBER)
MAY_BILL = "billing"
"""The permission to see and change what concerns money and people; every catalogue has it."""
MOST = 100
"""Custom roles that an account may have."""


@dataclass(frozen=True)
class Role:
    """A custom role; `members` is how many hold it."""

    id: str
    permissions: tuple[str, ...]
    members: int = 0


def is_built_in(role: str) -> bool:
    """Whether the name is taken.

    >>> is_built_in("Owner"), is_built_in("owners")
    (True, False)
    """
    return role.lower() in BUILT_IN


def permitted(role: str, custom: Role | None, every: Sequence[str]) -> Set[str]:
    """What whoever holds the role may do; `custom` is what is stored of it, `every` the catalogue's permissions."""
    if role in BUILT_IN:
        return frozenset(every if role != MEMBER else ())
    return frozenset(custom.permissions if custom else ()) & frozenset(every)


def gives_billing(role: str, custom: Role | None, every: Sequence[str]) -> bool:
    """Whether whoever holds the role may see and change what concerns money and people; arguments as of `permitted`."""
    return MAY_BILL in permitted(role, custom, every)
