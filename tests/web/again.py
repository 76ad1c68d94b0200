"""The very app over our model of the tables, in processes that die: what is asked again under one Idempotency-Key.

A world that can be put back to a moment serves every route, and every change before which a process can die.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from app import app
from chalicelib import wiring
from chalicelib.deps import Deps
from tests.actions.changing import subscriber, wishing
from tests.actions.life import bought
from tests.actions.mortal import Fate, Moments, moments, mortal, told
from tests.actions.world import Instead
from tests.web.driver import ACCOUNT, URLS, Driver, Reply

OUR_NAMES = ("@", "Acme", "Ada", "Bob", "bob", "auditor", "sorry", "not needed")
"""What is nobody's business but the account's: the ids of members and of its own roles may name somebody, too."""


@dataclass(frozen=True)
class Case:
    """A mutating route as it is rightly asked, after the account was brought to where that means something.

    `answers` is its status, `other` the body of another request, None where its body says nothing, and `secret` the
    field that is shown once.
    """

    method: str
    path: str
    body: Any
    other: Any
    before: str = "free"
    answers: int = 200
    secret: str | None = None

    @property
    def route(self) -> tuple[str, str]:
        return self.method, self.path


class Lives(Driver):
    """A product's backend in a world that can be put back."""

    def __init__(self, kept: Moments) -> None:
        self.moments, self._app = kept, app
        self.world, self.deps = kept.world, kept.world.deps
        self.key, self.other_key = self.a_key(), self.a_key()
        self.ids: dict[str, str] = {}
        self._first = kept.kept()
        self._begun: dict[str, tuple[bytes, dict[str, str]]] = {}

    def begin(self, before: str) -> None:
        """The world at this moment."""
        if before not in self._begun:
            self.moments.back_to(self._first)
            self.living()
            self.ids = dict(BEFORE[before](self) or {})
            told(self.world)
            self._begun[before] = self.moments.kept(), self.ids
        moment, self.ids = self._begun[before]
        self.moments.back_to(moment)
        self.deps.stripe._portal._configuration = None  # type: ignore[attr-defined] Stripe has it no more
        self.living()

    def living(self, deps: Deps | None = None) -> None:
        """The process that answers from now on."""
        self.deps = deps or self.world.deps
        wiring._built[:] = [self.deps]  # the app finds what it works with where wiring has it

    def dying_at(self, at: int, befalls: Callable[..., Any]) -> Fate:
        """From now on the process meets this at its n-th change, claims and all."""
        fate = Fate(self.world, at, befalls)
        deps = mortal(self.world.deps, fate)
        stripe: Any = deps.stripe
        stripe._portal = copy(stripe._portal)
        stripe._portal._calls = stripe._calls
        store: Any = deps.store
        written = {
            "claims": Instead(store.claims, {"write": fate.over(store.claims.write, "store")}),
            "keys": Instead(store.keys, {"write": fate.over(store.keys.write, "store")}),
            "open_account": fate.over(store.open_account, "store"),
        }
        self.living(replace(deps, store=Instead(store, written)))  # type: ignore[arg-type]
        return fate

    def send(self, case: Case, body: Any = None, text: str = "k1", key: str = "") -> Reply:
        target = case.path.format(account="acme", **{"member": "bob", "role": "auditor"} | self.ids)
        body = case.body if body is None else body
        if isinstance(body, dict) and "token" in body:
            body = {**body, "token": self.ids["token"]}
        return self.ask(case.method, target, body, key=key, Idempotency_Key=text)

    def made(self, method: str, path: str, body: Any) -> Any:
        """What is answered inside the account, or beside the accounts."""
        reply = self.ask(method, f"/v1/{path}" if path == "keys" else f"/v1/accounts/acme{path}", body)
        assert reply.status in (200, 201), reply.text
        return reply.json

    def later(self, seconds: int) -> None:
        self.world.clock.move_to(self.world.clock.now() + seconds)

    def effects(self) -> Any:
        """What there is of each kind, ours and Stripe's, and what the history and the notices say."""
        told(self.world)
        rows = [each for each in self.items("core") if not each.get("revoked", {}).get("BOOL")]
        kinds = Counter(re.split("[#_]", each["sk"]["S"])[0] for each in rows)
        del kinds["E"]  # how many entries it takes is nobody's business
        made = self.world.emulator.state._objects  # type: ignore[attr-defined] every kind, the ones of no endpoint too
        stripes = {kind: len(each) for kind, each in made.items() if kind != "event" and each}
        entries = self.world.deps.store.entries("acme", before=None, limit=100)
        lines = Counter((line.kind, line.credits) for entry in entries for line in entry.lines)
        notices = Counter(each.kind for entry in entries for each in entry.notices)
        return kinds, stripes, lines, notices

    def items(self, table: str) -> list[dict[str, Any]]:
        return list(self.moments._engine.stores[table].items.values())  # type: ignore[attr-defined] its tables

    def claims(self) -> list[str]:
        """What is stored of idempotency keys."""
        return [json.dumps(each) for each in self.items("ephemeral") if each["pk"]["S"].startswith("I#")]


Ids = dict[str, str] | None
"""What was made on the way, by the name that a path has for it."""
BOB = {"email": "bob@example.com", "name": "Bob", "role": "member"}
ACCEPTED = {"member": "bob", "name": "Bob", "token": ""}


def nothing(_: Lives) -> Ids:
    return None


def free(web: Lives) -> Ids:
    web.made("PUT", "", ACCOUNT)


def paying(web: Lives) -> Ids:
    """Team by the month, three seats."""
    subscriber(web.world)


def stepping_down(web: Lives) -> Ids:
    paying(web)
    assert wishing(web.world, "personal").outcome == "scheduled"


def cancelling(web: Lives) -> Ids:
    paying(web)
    web.made("POST", "/subscription/cancel", {})


def paid_pack(web: Lives) -> Ids:
    free(web)
    return {"purchase": bought(web.world).id}


def joined(web: Lives) -> Ids:
    paying(web)
    web.made("PUT", "/members/bob", BOB)


def invited(web: Lives) -> Ids:
    with_role(web)
    made = web.made("POST", "/invitations", {"email": "bob@example.com", "role": "auditor"})
    return {"invitation": made["id"], "token": made["token"]}


def with_role(web: Lives) -> Ids:
    paying(web)
    web.made("PUT", "/roles/auditor", {"permissions": ["billing"]})


def with_key(web: Lives) -> Ids:
    free(web)
    return {"key": web.made("POST", "keys", {"name": "Ada's key", "scopes": ["read"]})["id"]}


BEFORE: dict[str, Callable[[Lives], Ids]] = {
    "nothing": nothing,
    "free": free,
    "paying": paying,
    "stepping down": stepping_down,
    "cancelling": cancelling,
    "paid pack": paid_pack,
    "joined": joined,
    "invited": invited,
    "with role": with_role,
    "with key": with_key,
}

A = "/v1/accounts/{account}"
CASES = [
    Case("PUT", A, ACCOUNT, ACCOUNT | {"name": "Acme & Co"}, "nothing", 201),
    Case("PUT", A, ACCOUNT | {"name": "Acme & Co"}, ACCOUNT),
    Case("POST", f"{A}/subscription", {"plan": "team", **URLS}, {"plan": "business", **URLS}),
    Case("POST", f"{A}/subscription", {"seats": 5}, {"seats": 6}, "paying"),
    Case("POST", f"{A}/subscription", {"plan": "personal"}, {"plan": "business"}, "paying"),
    Case("POST", f"{A}/subscription/preview", {"seats": 5}, {"seats": 6}, "paying"),
    Case("DELETE", f"{A}/subscription/scheduled_change", None, None, "stepping down", 204),
    Case("POST", f"{A}/subscription/cancel", {"comment": "Ada left"}, {}, "paying"),
    Case("POST", f"{A}/subscription/resume", {}, None, "cancelling"),
    Case("POST", f"{A}/portal", {"return_url": URLS["success_url"]}, {"return_url": URLS["cancel_url"]}),
    Case("POST", f"{A}/credits/purchases", {"pack": "starter", **URLS}, {"pack": "pro", **URLS}),
    Case("POST", f"{A}/credits/purchases/{{purchase}}/refund", {"reason": "not needed"}, {"reason": "x"}, "paid pack"),
    Case(
        "PUT",
        f"{A}/credits/recharge",
        {"enabled": True, "threshold": 10, "pack": "starter"},
        {"enabled": False, "threshold": 10, "pack": "starter"},
    ),
    Case("POST", f"{A}/credits/adjustments", {"credits": 5, "reason": "sorry, Ada"}, {"credits": 5, "reason": "x"}),
    Case("POST", f"{A}/audit", {}, None),
    Case("POST", f"{A}/erase", {"confirm": "Acme"}, {"confirm": "Acme "}),
    Case("PUT", f"{A}/members/{{member}}", BOB, BOB | {"name": "Rob"}, "paying", 201),
    Case("DELETE", f"{A}/members/{{member}}", None, None, "joined", 204),
    Case(
        "POST",
        f"{A}/invitations",
        {"email": "bob@example.com", "role": "auditor"},
        {"email": "bob@example.com", "role": "billing"},
        "with role",
        201,
        "token",
    ),
    Case("DELETE", f"{A}/invitations/{{invitation}}", None, None, "invited", 204),
    Case("POST", f"{A}/invitations/{{invitation}}/accept", ACCEPTED, ACCEPTED | {"name": "Rob"}, "invited"),
    Case("PUT", f"{A}/roles/{{role}}", {"permissions": ["billing"]}, {"permissions": []}, "paying", 201),
    Case("DELETE", f"{A}/roles/{{role}}", None, None, "with role", 204),
    Case(
        "POST",
        "/v1/keys",
        {"name": "Ada's key", "scopes": ["read"]},
        {"name": "Ada's key", "scopes": ["usage"]},
        answers=201,
        secret="key",
    ),
    Case("POST", "/v1/keys/{key}/rotate", {"overlap_seconds": 60}, {"overlap_seconds": 0}, "with key", secret="key"),
    Case("DELETE", "/v1/keys/{key}", None, None, "with key", 204),
]


def without(text: str, secret: str | None) -> Any:
    """An answer as it is given again."""
    whole = json.loads(text) if text else {}
    return {name: each for name, each in whole.items() if name != secret}


SECRET = 40


def alike(text: str) -> Any:
    """An answer without its ids, instants and amounts, which come by chance or by the clock."""
    return _alike(json.loads(text)) if text else text


def _alike(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _alike(each) for name, each in value.items() if name != "prefix"}
    if isinstance(value, list):
        return [_alike(each) for each in value]
    # A secret may happen to have letters only, but no word is as long.
    told = isinstance(value, str) and value.replace("_", "").isalpha() and len(value) < SECRET
    return value if told or value is None or isinstance(value, bool) else type(value).__name__


@contextmanager
def lives() -> Iterator[Lives]:
    built = list(wiring._built)
    with moments() as kept:
        try:
            yield Lives(kept)
        finally:
            wiring._built[:] = built
