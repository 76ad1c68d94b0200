"""API keys."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from chalicelib.web.shapes.common import At, NextCursor, OnDay


class Key(Struct):
    """Without an account it is for the whole deployment; `last_used` is the day."""

    id: str
    prefix: str
    name: str
    scopes: list[Literal["usage", "read", "billing", "admin"]]
    account: str | None
    requires_member: bool
    created_at: At
    expires_at: At | None
    last_used: OnDay | None


class NewKey(Key):
    """`key` is shown once."""

    key: str | UnsetType = UNSET


class Keys(Struct):
    data: list[Key]
    next_cursor: NextCursor
