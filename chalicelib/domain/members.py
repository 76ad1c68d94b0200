"""Members who come, change and go: what that does to the owners of an account."""

from chalicelib.domain.accounts import Member
from chalicelib.domain.roles import OWNER

MOST_OWNERS = 20


def is_owner(member: Member | None) -> bool:
    return member is not None and member.role == OWNER


def touches_owners(before: Member | None, after: Member | None) -> bool:
    """Whether an owner comes, goes or changes."""
    return is_owner(before) or is_owner(after)


def owners_after(owners: tuple[str, ...], member: str, after: Member | None) -> tuple[str, ...]:
    """The owners once this member is as given, or gone."""
    others = tuple(each for each in owners if each != member)
    return (*others, member) if is_owner(after) else others
