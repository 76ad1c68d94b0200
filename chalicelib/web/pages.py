"""Cursors: where a list goes on. A cursor is opaque, and good for the list and the account that it was made for."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac

from msgspec import Struct

from chalicelib.errors import BadParameter, Problem
from chalicelib.web.call import Call
from chalicelib.web.field_types import Cursor, Limit

_SEAL = 12


class PageQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a list, and from where on."""

    limit: Limit = 25
    cursor: Cursor | None = None


def place_of(call: Call, of: str, account: str, cursor: str | None) -> str | None:
    """The place that a request's cursor names, None for the beginning; raises BadParameter."""
    return None if cursor is None else opened(call.deps.settings.key_pepper, of, account, cursor)


def cursor_of(call: Call, of: str, account: str, place: str | None) -> str | None:
    """The cursor that is answered for where the list goes on, None at its end."""
    return None if place is None else sealed(call.deps.settings.key_pepper, of, account, place)


def sealed(pepper: str, of: str, account: str, place: str) -> str:
    """The cursor for a place in the list `of` this account."""
    return urlsafe_b64encode(_seal(pepper, of, account, place) + place.encode()).decode().rstrip("=")


def opened(pepper: str, of: str, account: str, cursor: str) -> str:
    """The place that the cursor names; raises BadParameter if it was not made here for this list and account."""
    try:
        whole = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = whole[_SEAL:].decode()
    except ValueError:
        whole, place = b"", ""
    if not compare_digest(whole[:_SEAL], _seal(pepper, of, account, place)):
        raise BadParameter([Problem("cursor", "is not a cursor of this list; take next_cursor as it was given")])
    return place


def _seal(pepper: str, of: str, account: str, place: str) -> bytes:
    return hmac(pepper.encode(), "\0".join(("cursor", of, account, place)).encode(), sha256).digest()[:_SEAL]
