"""Roles: the built-in ones, and those that an account makes for itself."""

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta, Struct

from chalicelib.actions import roles
from chalicelib.domain.roles import BUILT_IN, permitted
from chalicelib.errors import Invalid, Problem
from chalicelib.people_errors import BuiltInRole, RoleInUse, TooManyRoles
from chalicelib.web import pages
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import NO_CONTENT
from chalicelib.web.field_types import Id
from chalicelib.web.pages import PageQuery
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import people as shapes

routes = Routes(__name__)

LIST = "roles"


class RoleBody(Struct, frozen=True, forbid_unknown_fields=True):
    permissions: Annotated[list[Id], Meta(max_length=100)]


@routes.on("GET", "/v1/accounts/{account}/roles", scopes={"read"}, person=BILLING, answers=shapes.Roles)
def get(call: Call, account: str, query: PageQuery) -> Answer:
    """Those built in first, then the account's own by id."""
    after = pages.place_of(call, LIST, account, query.cursor)
    every = call.deps.catalogue.permissions
    built_in = [_shown(role, permitted(role, None, every), built_in=True) for role in BUILT_IN]
    custom = [_shown(role.id, role.permissions) for role in roles.read_roles(call.deps, account)]
    left = [each for each in built_in + custom if after is None or _order(each["id"]) > _order(after)]
    on = left[query.limit - 1]["id"] if len(left) > query.limit else None
    return Answer({"data": left[: query.limit], "next_cursor": pages.cursor_of(call, LIST, account, on)})


def _order(role: str) -> tuple[int, str]:
    return (BUILT_IN.index(role), "") if role in BUILT_IN else (len(BUILT_IN), role)


def told(_: Call, __: Any, *, role: str, body: RoleBody, **___: Any) -> Any:
    """What the request says: a role's id may name somebody, so nothing of it is kept."""
    return _shown(role, body.permissions)


@routes.on(
    "PUT",
    "/v1/accounts/{account}/roles/{role}",
    scopes={"billing"},
    person=BILLING,
    afresh=told,
    answers={200: shapes.Role, 201: shapes.Role},
    refuses=(BuiltInRole, TooManyRoles),
)
def put(call: Call, account: str, role: str, body: RoleBody) -> Answer:
    """Makes a custom role (201) or changes it (200), for all who hold it at once."""
    permissions = _permissions(body, call.deps.catalogue.permissions)
    is_new = roles.put_role(call.deps, account, role, permissions, call.asker)
    return Answer(_shown(role, permissions), 201 if is_new else 200, kept={})


@routes.on(
    "DELETE",
    "/v1/accounts/{account}/roles/{role}",
    scopes={"billing"},
    person=BILLING,
    answers=NO_CONTENT,
    refuses=(BuiltInRole, RoleInUse),
)
def drop(call: Call, account: str, role: str) -> Answer:
    """There is no such custom role any more."""
    roles.drop_role(call.deps, account, role, call.asker)
    return Answer("", 204)


def _permissions(body: RoleBody, known: tuple[str, ...]) -> tuple[str, ...]:
    """In the catalogue's order; raises Invalid for one that is not known, or comes twice."""
    problems: list[Problem] = []
    for number, each in enumerate(body.permissions):
        if each not in known:
            problems.append(Problem(f"permissions[{number}]", f"must be one of {', '.join(known)}"))
        elif each in body.permissions[:number]:
            problems.append(Problem(f"permissions[{number}]", "is there already"))
    if problems:
        raise Invalid(problems)
    return tuple(each for each in known if each in body.permissions)


def _shown(role: str, permissions: Iterable[str], *, built_in: bool = False) -> dict[str, Any]:
    return {"id": role, "permissions": sorted(permissions), "built_in": built_in}
