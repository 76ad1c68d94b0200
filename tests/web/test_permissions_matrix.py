"""Who may ask: every route, for every person, of every account, by every key. What is right is said here once more.

Each request also says something that no route knows, so whoever is let in learns just that, and nothing happens.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from chalicelib.domain.keys import SCOPES
from chalicelib.web.auth import PUBLIC
from chalicelib.web.routes import Route
from tests.web.contract import routes
from tests.web.driver import ACCOUNT, Driver
from tests.web.teams import a_team, quick

OPEN_TO_ALL = {
    ("GET", "/health"),
    ("GET", "/v1/plans"),
    ("GET", "/openapi.json"),
    ("POST", "/stripe/webhook"),  # by Stripe's signature
}
IDS = {
    "purchase": "p1",
    "invoice": "in_1",
    "hold": "h1",
    "member": "eve",
    "invitation": "i1",
    "role": "r1",
    "key": "k1",
}
OWN, OTHER, UNKNOWN = "own", "other", "nobodys"
LET_IN = 422

PEOPLE: dict[str, tuple[str | None, bool]] = {
    "": (None, True),
    "ada": (OWN, True),
    "biller": (OWN, True),
    "plain": (OWN, False),
    "auditor": (OWN, True),
    "reviewer": (OWN, False),
    "eve": (OTHER, True),
    "unborn": (None, False),
}
"""Who is acting, the account that he is a member of, and whether he may see to its billing."""
ROLES = {"biller": "billing", "plain": "member", "auditor": "auditor", "reviewer": "reviewer"}


@dataclass(frozen=True)
class Ask:
    """One request: a route, asked for somebody, of an account, by a key with one scope or none."""

    route: Route
    person: str
    account: str
    scope: str | None
    is_bound: bool

    @property
    def inside(self) -> bool:
        """Whether it is about one account."""
        return "{account}" in self.route.path


def scopes_of(method: str, path: str) -> set[str]:
    """The scopes of which a key needs one."""
    last = path.removeprefix("/v1/accounts/{account}")
    if last == "/check":
        return {"usage", "read"}
    if last == "/audit-log":
        return {"read", "admin"}
    if last in ("/v1/usage", "/consume", "/usage/corrections") or last.startswith("/holds"):
        return {"usage"}
    administered = ("/v1/keys", "/credits/adjustments", "/audit", "/export", "/erase")
    if (method, last) == ("PUT", "") or last.startswith(administered) or last.endswith("/refund"):
        return {"admin"}
    return {"read"} if method == "GET" else {"billing"}


def takes_no_person(path: str) -> bool:
    return path.startswith("/v1/keys") or path.endswith("/credits/adjustments")


def is_for_every_member(method: str, path: str) -> bool:
    """Bars, checks, members, notices, leaving, and use; a correction gives credits back."""
    last = path.removeprefix("/v1/accounts/{account}")
    if last == "/usage/corrections":
        return False
    seen = method == "GET" and last in ("/usage", "/usage/days", "/check", "/members", "/notices")
    return seen or (method, last) == ("DELETE", "/members/{member}") or scopes_of(method, path) == {"usage"}


def right(ask: Ask) -> int:
    """The status that is right; 422 for who is let in."""
    method, path = ask.route.method, ask.route.path
    if ask.scope not in scopes_of(method, path):
        return 403
    if ask.person and takes_no_person(path):
        return 403
    if not ask.inside:
        return LET_IN
    home, may_bill = PEOPLE[ask.person]
    if (ask.is_bound and ask.account != OWN) or (ask.person and home != ask.account):
        return 404
    return LET_IN if may_bill or is_for_every_member(method, path) else 403


def asks(route: Route) -> Iterator[Ask]:
    accounts = (OWN, OTHER, UNKNOWN) if "{account}" in route.path else ("",)
    yield from (Ask(route, *each) for each in product(PEOPLE, accounts, (*sorted(SCOPES), None), (False, True)))


KEYED = [each for each in routes() if each.access.scopes != PUBLIC]


class Gates:
    """The service with all these people and keys."""

    def __init__(self, web: Driver) -> None:
        self.web = web
        team = a_team(web, OWN, 10)
        eve = ACCOUNT | {"owner": {"id": "eve", "email": "eve@example.com", "name": "Eve"}}
        assert web.ask("PUT", f"/v1/accounts/{OTHER}", eve).status == 201
        for role, permissions in (("auditor", ["billing"]), ("reviewer", [])):
            assert web.ask("PUT", f"{team}/roles/{role}", {"permissions": permissions}).status == 201
        for member, role in ROLES.items():
            body = {"email": f"{member}@example.com", "name": member, "role": role}
            assert web.ask("PUT", f"{team}/members/{member}", body).status == 201
        self.keys = {
            (scope, bound): web.a_key(scopes=frozenset([scope] if scope else []), account=OWN if bound else None)
            for scope, bound in product((*SCOPES, None), (False, True))
        }

    def answer(self, ask: Ask) -> tuple[int, str]:
        """The status, and all that is said of it."""
        target = ask.route.path.format(account=ask.account, **IDS) + "?nonsense=1"
        acting = {"Acting-Member": ask.person} if ask.person else {}
        reply = self.web.ask(ask.route.method, target, key=self.keys[ask.scope, ask.is_bound], **acting)
        assert reply.status != LET_IN or reply.fields == ["nonsense"], reply.text
        return reply.status, reply.text


@pytest.fixture(scope="module")
def gates() -> Iterator[Gates]:
    with quick() as web:
        yield Gates(web)


@pytest.mark.parametrize("route", KEYED, ids=[f"{each.method} {each.path}" for each in KEYED])
def test_exactly_the_right_ones_are_let_in(gates: Gates, route: Route, record_property: Callable[..., None]) -> None:
    answers = [(ask, *gates.answer(ask)) for ask in asks(route)]

    assert [(ask, status) for ask, status, _ in answers if status != right(ask)] == []
    # What may not be seen and what is not there are told alike, to the letter.
    assert len({text for _, status, text in answers if status == 404}) <= 1
    record_property("permissions", len(answers))


def test_nothing_but_these_is_open_to_all() -> None:
    assert {(each.method, each.path) for each in routes() if each.access.scopes == PUBLIC} == OPEN_TO_ALL
    assert all(each.access.scopes <= SCOPES for each in routes())
