"""Members, invitations, roles."""

from msgspec import UNSET, Struct, UnsetType

from chalicelib.web.shapes.common import At, NextCursor


class Member(Struct):
    """Somebody who holds a seat."""

    id: str
    email: str
    name: str
    role: str


class Accepted(Struct):
    """Who has accepted; told again of a member who is gone, the address is not known any more."""

    id: str
    email: str | None
    name: str
    role: str


class Members(Struct):
    data: list[Member]
    next_cursor: NextCursor


class Invitation(Struct):
    id: str
    email: str
    role: str
    expires_at: At


class NewInvitation(Invitation):
    """`token` is shown once."""

    token: str | UnsetType = UNSET


class Invitations(Struct):
    data: list[Invitation]
    next_cursor: NextCursor


class Role(Struct):
    id: str
    permissions: list[str]
    built_in: bool


class Roles(Struct):
    data: list[Role]
    next_cursor: NextCursor
