"""Accounts: created and updated by the product's backend, and shown whole on the overview."""

from typing import Any

from msgspec import Struct

from chalicelib.actions.put_account import put_account
from chalicelib.actions.read_account import overview
from chalicelib.domain.accounts import Member
from chalicelib.errors import OwnerChange
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.field_types import Email, Id, Name
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import accounts as shapes

routes = Routes(__name__)


class OwnerBody(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    email: Email
    name: Name


class AccountBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`owner` may be left out of an update."""

    name: Name
    email: Email
    owner: OwnerBody | None = None


def account_now(call: Call, _: Any, *, account: str, **__: Any) -> Any:
    """The account as it is now: names and addresses are kept at one place only."""
    return call.shown(overview(call.deps, account))


@routes.on(
    "PUT",
    "/v1/accounts/{account}",
    scopes={"admin"},
    person=BILLING,
    afresh=account_now,
    answers={200: shapes.Account, 201: shapes.Account},
    refuses=(OwnerChange,),
)
def put(call: Call, account: str, body: AccountBody) -> Answer:
    """Creates the account (201) or updates it (200)."""
    owner = Member(body.owner.id, body.owner.email, body.owner.name, "owner") if body.owner else None
    shown, created = put_account(call.deps, account, body.name, body.email, owner, call.asker)
    return Answer(call.shown(shown), 201 if created else 200, kept={})


@routes.on("GET", "/v1/accounts/{account}", scopes={"read"}, person=BILLING, answers=shapes.Account)
def get(call: Call, account: str) -> Answer:
    """The overview."""
    return Answer(call.shown(overview(call.deps, account)))
