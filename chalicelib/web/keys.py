"""API keys: made, listed, rotated, revoked. A key is shown in the answer that makes it, and never again."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.actions.make_key import make_key
from chalicelib.actions.read_keys import read_key, read_keys
from chalicelib.actions.revoke_key import revoke_key
from chalicelib.actions.rotate_key import rotate_key
from chalicelib.domain.key_changes import Held
from chalicelib.domain.keys import ApiKey
from chalicelib.errors import UnknownAccount
from chalicelib.people_errors import KeyEnded, TooManyKeys
from chalicelib.request_errors import Erased
from chalicelib.web import pages
from chalicelib.web.auth import NOBODY
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import NO_CONTENT
from chalicelib.web.field_types import Id, Name, Time
from chalicelib.web.pages import PageQuery
from chalicelib.web.render import time
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import keys as shapes
from chalicelib.web.times import instant, shown_day

routes = Routes(__name__)

LIST = "keys"
WEEK = 7 * 86_400

Scopes = Annotated[
    list[Literal["usage", "read", "billing", "admin"]],
    Meta(
        min_length=1,
        max_length=4,
        description="a list that names each scope once",
        extra_json_schema={"uniqueItems": True},
        extra={"holds": lambda scopes: len(set(scopes)) == len(scopes)},
    ),
]


class KeyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Without `account` the key is for the whole deployment."""

    name: Name
    scopes: Scopes
    account: Id | None = None
    requires_member: bool = False
    expires_at: Time | None = None


class RotateBody(Struct, frozen=True, forbid_unknown_fields=True):
    overlap_seconds: Annotated[int, Meta(ge=0, le=WEEK)]


def _again(call: Call, kept: Any, **_: Any) -> dict[str, Any]:
    return _key(read_key(call.deps, kept["id"]))


@routes.on(
    "POST",
    "/v1/keys",
    scopes={"admin"},
    person=NOBODY,
    afresh=_again,
    answers={201: shapes.NewKey},
    refuses=(Erased, KeyEnded, TooManyKeys, UnknownAccount),
)
def make(call: Call, body: KeyBody) -> Answer:
    """A new key, of at most the reach of the one that asks."""
    ends = instant(body.expires_at) if body.expires_at else None
    wanted = ApiKey("", body.name, "", frozenset(body.scopes), body.account, body.requires_member, ends)
    secret, key = make_key(call.deps, call.by.key, wanted, call.asker)
    # The same again ends the secret that it made before.
    routes.known.forget(key.id)
    return _once(secret, Held(key), 201)


@routes.on("GET", "/v1/keys", scopes={"admin"}, person=NOBODY, answers=shapes.Keys)
def listed(call: Call, query: PageQuery) -> Answer:
    """The keys in reach that were not revoked, newest first."""
    reach = call.by.key.account or ""
    after = pages.place_of(call, LIST, reach, query.cursor)
    found, on = read_keys(call.deps, call.by.key, after, query.limit)
    cursor = pages.cursor_of(call, LIST, reach, on)
    return Answer({"data": [_key(each) for each in found], "next_cursor": cursor})


@routes.on(
    "POST",
    "/v1/keys/{key}/rotate",
    scopes={"admin"},
    person=NOBODY,
    afresh=_again,
    answers=shapes.NewKey,
    refuses=(Erased, KeyEnded),
)
def rotate(call: Call, key: str, body: RotateBody) -> Answer:
    """Another secret for the same key; the one before works until the overlap ends, those before it no longer."""
    secret, held = rotate_key(call.deps, call.by.key, key, body.overlap_seconds, call.asker)
    routes.known.forget(key)
    return _once(secret, held, 200)


@routes.on("DELETE", "/v1/keys/{key}", scopes={"admin"}, person=NOBODY, answers=NO_CONTENT, refuses=(Erased,))
def revoke(call: Call, key: str) -> Answer:
    """Ends the key, in this process at once, in others within a minute."""
    revoke_key(call.deps, call.by.key, key, call.asker)
    routes.known.forget(key)
    return Answer("", 204)


def _once(secret: str, held: Held, status: int) -> Answer:
    return Answer({**_key(held), "key": secret}, status, kept={"id": held.newest.id})


def _key(held: Held) -> dict[str, Any]:
    key = held.newest
    return {
        "id": key.id,
        "prefix": key.prefix,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "account": key.account,
        "requires_member": key.requires_member,
        "created_at": time(key.created),
        "expires_at": time(key.expires_at),
        "last_used": None if held.used is None else shown_day(held.used),
    }
