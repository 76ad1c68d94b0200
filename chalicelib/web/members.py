"""Members, as the product makes them known: the people of an account, each in a seat."""

from typing import Any

from msgspec import Struct

from chalicelib.actions import members
from chalicelib.domain.accounts import Member
from chalicelib.errors import Standing
from chalicelib.people_errors import LastOwner, SeatsFull, SeatsOver, TooManyOwners, UnknownRole
from chalicelib.web import pages
from chalicelib.web.auth import ANYBODY, BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import NO_CONTENT
from chalicelib.web.field_types import Email, Id, Name
from chalicelib.web.pages import PageQuery
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import people as shapes

routes = Routes(__name__)

LIST = "members"


class MemberBody(Struct, frozen=True, forbid_unknown_fields=True):
    email: Email
    name: Name
    role: Id


@routes.on("GET", "/v1/accounts/{account}/members", scopes={"read"}, person=ANYBODY, answers=shapes.Members)
def get(call: Call, account: str, query: PageQuery) -> Answer:
    """Active members by id."""
    after = pages.place_of(call, LIST, account, query.cursor)
    found, on = members.read_members(call.deps, account, after, query.limit)
    cursor = pages.cursor_of(call, LIST, account, on)
    return Answer({"data": [shown(each) for each in found], "next_cursor": cursor})


def told(_: Call, __: Any, *, member: str, body: MemberBody, **___: Any) -> Any:
    """What the request says: nothing of it is kept."""
    return shown(Member(member, body.email, body.name, body.role))


@routes.on(
    "PUT",
    "/v1/accounts/{account}/members/{member}",
    scopes={"billing"},
    person=BILLING,
    afresh=told,
    answers={200: shapes.Member, 201: shapes.Member},
    refuses=(LastOwner, TooManyOwners, SeatsFull, SeatsOver, Standing, UnknownRole),
)
def put(call: Call, account: str, member: str, body: MemberBody) -> Answer:
    """Makes the member (201) or changes him (200)."""
    wanted = Member(member, body.email, body.name, body.role)
    is_new = members.put_member(call.deps, account, wanted, call.asker)
    return Answer(shown(wanted), 201 if is_new else 200, kept={})


@routes.on(
    "DELETE",
    "/v1/accounts/{account}/members/{member}",
    scopes={"billing"},
    person=ANYBODY,
    answers=NO_CONTENT,
    refuses=(LastOwner,),
)
def remove(call: Call, account: str, member: str) -> Answer:
    """Frees the seat; without the permission a member removes himself only."""
    members.remove_member(call.deps, account, member, call.asker)
    return Answer("", 204)


def shown(value: Member) -> dict[str, str]:
    return {"id": value.id, "email": value.email, "name": value.name, "role": value.role}
