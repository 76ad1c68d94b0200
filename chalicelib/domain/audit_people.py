"""The self-audit of people: the members who are there, held against their number and against the account's owners."""

from collections.abc import Iterator, Sequence

from chalicelib.domain.accounts import Member, State
from chalicelib.domain.findings import OWNERS_DIFFER, SEATS_DIFFER, Finding
from chalicelib.domain.members import is_owner

MOST = 1_000
"""Members that one audit reads; of an account with more of them none is read."""


def of_people(state: State, owners: Sequence[str], members: Sequence[Member] | None) -> Iterator[Finding]:
    """What differs; while an account is erased its people go one by one."""
    if members is None or state.erased is not None:
        return
    if len(members) != state.seats_active:
        yield Finding(SEATS_DIFFER, f"{len(members)} members are there, STATE says {state.seats_active}")
    found = {each.id for each in members if is_owner(each)}
    if found != set(owners):
        missing, more = len(set(owners) - found), len(found - set(owners))
        yield Finding(OWNERS_DIFFER, f"{missing} owners of the account hold no such role, {more} others do")
