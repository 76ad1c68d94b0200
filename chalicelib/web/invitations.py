"""Invitations: made and withdrawn by who may, accepted by whoever was given the token."""

from typing import Any

from msgspec import Struct

from chalicelib.actions import invite as invitations
from chalicelib.actions.accept_invitation import Acceptance, accept_invitation, accepted_before
from chalicelib.domain.invitations import Invitation
from chalicelib.errors import Standing
from chalicelib.people_errors import (
    AlreadyMember,
    InvitationExpired,
    InvitationUsed,
    NotInPlan,
    SeatsFull,
    SeatsOver,
    TooManyInvitations,
    TooManyOwners,
    TooManyTries,
    UnknownInvitation,
    UnknownRole,
)
from chalicelib.web import members, pages
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import NO_CONTENT
from chalicelib.web.field_types import Email, Id, Name, Token
from chalicelib.web.pages import PageQuery
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import people as shapes
from chalicelib.web.times import shown

routes = Routes(__name__)

LIST = "invitations"


class InvitationBody(Struct, frozen=True, forbid_unknown_fields=True):
    email: Email
    role: Id


class AcceptBody(Struct, frozen=True, forbid_unknown_fields=True):
    member: Id
    token: Token
    name: Name | None = None


def without_token(_: Call, kept: Any, *, body: InvitationBody, **__: Any) -> Any:
    """Address and role, whose id may name somebody, as the request says them; the token was shown once."""
    return kept | {"email": body.email, "role": body.role}


@routes.on(
    "POST",
    "/v1/accounts/{account}/invitations",
    scopes={"billing"},
    person=BILLING,
    afresh=without_token,
    answers={201: shapes.NewInvitation},
    refuses=(InvitationUsed, NotInPlan, SeatsOver, Standing, TooManyInvitations, UnknownInvitation, UnknownRole),
)
def invite(call: Call, account: str, body: InvitationBody) -> Answer:
    """Invites an address; the token is in this answer only."""
    made, token = invitations.invite(call.deps, account, body.email, body.role, call.asker)
    shown = _shown(made)
    kept = {"id": shown["id"], "expires_at": shown["expires_at"]}
    return Answer(shown | {"token": token}, 201, kept=kept)


@routes.on("GET", "/v1/accounts/{account}/invitations", scopes={"read"}, person=BILLING, answers=shapes.Invitations)
def get(call: Call, account: str, query: PageQuery) -> Answer:
    """Those that are open, the first to expire first."""
    after = pages.place_of(call, LIST, account, query.cursor)
    found, on = invitations.read_invitations(call.deps, account, after, query.limit)
    cursor = pages.cursor_of(call, LIST, account, on)
    return Answer({"data": [_shown(each) for each in found], "next_cursor": cursor})


@routes.on(
    "DELETE", "/v1/accounts/{account}/invitations/{invitation}", scopes={"billing"}, person=BILLING, answers=NO_CONTENT
)
def withdraw(call: Call, account: str, invitation: str) -> Answer:
    """Nobody can accept it any more."""
    invitations.withdraw(call.deps, account, invitation, call.asker)
    return Answer("", 204)


def again(call: Call, _: Any, *, account: str, invitation: str, body: AcceptBody) -> Any:
    """Nothing of it is kept: the request and the invitation say it again."""
    member = accepted_before(call.deps, account, _asked(invitation, body))
    return members.shown(member) | {"email": member.email or None}


@routes.on(
    "POST",
    "/v1/accounts/{account}/invitations/{invitation}/accept",
    scopes={"billing"},
    person=BILLING,
    afresh=again,
    answers=shapes.Accepted,
    refuses=(
        AlreadyMember,
        InvitationExpired,
        InvitationUsed,
        TooManyTries,
        TooManyOwners,
        SeatsFull,
        SeatsOver,
        Standing,
        UnknownRole,
    ),
)
def accept(call: Call, account: str, invitation: str, body: AcceptBody) -> Answer:
    """Makes a member of whoever was given the token, who cannot act yet: ask by a key that needs no member."""
    member = accept_invitation(call.deps, account, _asked(invitation, body), call.asker)
    return Answer(members.shown(member), kept={})


def _asked(invitation: str, body: AcceptBody) -> Acceptance:
    return Acceptance(invitation, body.member, body.token, body.name)


def _shown(value: Invitation) -> dict[str, Any]:
    return {"id": value.id, "email": value.email, "role": value.role, "expires_at": shown(value.expires_at)}
