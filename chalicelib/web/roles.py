"""Roles: the built-in ones, and those that an account makes for itself."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from chalicelib.actions import roles
from chalicelib.domain.roles import BUILT_IN, permitted
from chalicelib.errors import Invalid, Problem
from chalicelib.people_errors import BuiltInRole, RoleInUse, TooManyRoles
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import NO_CONTENT
from chalicelib.web.field_types import Id
from chalicelib.web.members import asker
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import people as shapes

routes = Routes(__name__)


class RoleBody(Struct, frozen=True, forbid_unknown_fields=True):
    permissions: list[Id]


@routes.on("GET", "/v1/accounts/{account}/roles", scopes={"read"}, person=BILLING, answers=shapes.Roles)
def get(call: Call, account: str) -> Answer:
    """All of them, those built in first."""
    every = call.deps.catalogue.permissions
    built_in = [_shown(role, permitted(role, None, every), built_in=True) for role in BUILT_IN]
    custom = [_shown(role.id, role.permissions) for role in roles.read_roles(call.deps, account)]
    return Answer({"data": built_in + custom, "next_cursor": None})


@routes.on(
    "PUT",
    "/v1/accounts/{account}/roles/{role}",
    scopes={"billing"},
    person=BILLING,
    answers={200: shapes.Role, 201: shapes.Role},
    refuses=(BuiltInRole, TooManyRoles),
)
def put(call: Call, account: str, role: str, body: RoleBody) -> Answer:
    """Makes a custom role (201) or changes it (200), for all who hold it at once."""
    permissions = _permissions(body, call.deps.catalogue.permissions)
    is_new = roles.put_role(call.deps, account, role, permissions, asker(call))
    return Answer(_shown(role, permissions), 201 if is_new else 200)


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
    roles.drop_role(call.deps, account, role, asker(call))
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
