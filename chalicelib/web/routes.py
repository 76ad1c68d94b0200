"""Routes: a view is declared with what it asks of its caller, and is given what its signature names.

A parameter `body` or `query` is a msgspec Struct, read and checked before the view runs (`body: bytes` is the raw
body); every other parameter is an id from the path. Views return an Answer or raise: an error's form is not theirs.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any

from chalice.app import Blueprint, Chalice, Request, Response
from msgspec.json import encode

from chalicelib.deps import Deps
from chalicelib.errors import BillingError
from chalicelib.web.answers import Facts, answered, in_one_form
from chalicelib.web.arguments import KIB, Wants, arguments, path_ids, query_of
from chalicelib.web.auth import ANYBODY, PUBLIC, Access, Person, admit, authenticate, check_alive, identify
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import Answers, Says, by_status
from chalicelib.web.headers import check_given_once, check_one_key
from chalicelib.web.idempotency import Work, once
from chalicelib.web.known_keys import KnownKeys
from chalicelib.web.logs import digest
from chalicelib.web.metered import metered
from chalicelib.web.rate_limits import RateLimits

View = Callable[..., Answer]
Afresh = Callable[..., Any]
"""The body of an answer given again: called with the call, what was kept of the body, and the view's arguments by name.
"""


def as_kept(call: Call, kept: Any, **_: Any) -> Any:  # noqa: ARG001 - an Afresh
    return kept


@dataclass(frozen=True)
class Route:
    """One way in: its view, what it asks of the caller, and what it wants of the request.

    `carries_id`: its requests are known again by ids of their own, so an Idempotency-Key says nothing here. `erased`:
    it changes nothing that an erased account may not have changed. `answers` is what it says by status, `refuses` the
    errors of its own: those that follow from all else that is declared are left out.
    """

    method: str
    path: str
    view: View
    access: Access
    wants: Wants
    afresh: Afresh
    carries_id: bool
    erased: bool
    answers: Mapping[int, Says]
    refuses: Sequence[type[BillingError]]

    @property
    def is_once(self) -> bool:
        """Whether an Idempotency-Key counts."""
        return self.method != "GET" and not self.carries_id and self.access.scopes != PUBLIC


class Routes(Blueprint):
    """The routes of one subject; `mount` gives them what they work with."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.provide: Callable[[], Deps]
        self.known: KnownKeys
        self.limits: RateLimits
        self.declared: list[Route] = []
        self.mounted: Sequence[Routes] = ()

    def on(  # noqa: PLR0913 - all that can be declared of a route, by name
        self,
        method: str,
        path: str,
        *,
        scopes: Set[str],
        person: Person | None = None,
        most_bytes: int = 64 * KIB,
        afresh: Afresh = as_kept,
        carries_id: bool = False,
        erased: bool = False,
        answers: Answers | None = None,
        refuses: Sequence[type[BillingError]] = (),
    ) -> Callable[[View], View]:
        """Declares the view that answers this method and path; who asks by key must say whom it may act for."""
        if (person is None) != (scopes == PUBLIC):
            raise ValueError(f"{method} {path} must declare a person, and only where it asks for a key")

        def declare(view: View) -> View:
            parameters = inspect.signature(view).parameters
            wants = Wants({name: each.annotation for name, each in parameters.items()}, most_bytes)
            route = Route(
                method, path, view, Access(scopes, person or ANYBODY), wants, afresh, carries_id, erased,
                by_status(answers), refuses,
            )  # fmt: skip
            self.declared.append(route)

            @wraps(view)
            def chalice_view(**path_parameters: str) -> Response:
                return self._answer(route, self.current_request, path_parameters)

            # No content types: whether a body is JSON is asked after who sends it, and only where a body is read.
            self.route(path, methods=[method], content_types=[])(chalice_view)
            return view

        return declare

    def _answer(self, route: Route, request: Request, path: Mapping[str, str]) -> Response:
        facts: Facts = {}
        return answered(lambda: self._ask(route, request, path, facts), facts)

    def _ask(self, route: Route, request: Request, path: Mapping[str, str], facts: Facts) -> Answer:
        deps = self.provide()
        with metered(deps, facts):
            return self._asked(deps, route, request, path, facts)

    def _asked(self, deps: Deps, route: Route, request: Request, path: Mapping[str, str], facts: Facts) -> Answer:
        now = deps.clock.now()
        if route.access.scopes == PUBLIC:
            return route.view(Call(deps, request, now, None), **arguments(route.wants, request, path_ids(path)))
        check_one_key(request)
        key = authenticate(deps, self.known, request.headers, now)
        facts["key"] = key.prefix
        self.limits.count(key.id, now, deps.settings.rate_limit)
        check_given_once(request)
        caller = identify(key, request.headers, route.access)
        if caller.acting:
            facts["member"] = digest(caller.acting, deps.settings.key_pepper)
        ids = path_ids(path)
        account = ids.get("account")
        if account:
            # Until the view has found it, it is any text that somebody sent.
            facts["account"] = digest(account, deps.settings.key_pepper)
            caller = admit(deps, caller, account, route.access)
            if route.is_once and not route.erased and check_alive(deps, account):
                facts.update(_named(account))
        call, given = Call(deps, request, now, caller), arguments(route.wants, request, ids)
        answer = once(call, _work(route, call, ids, given)) if route.is_once else route.view(call, **given)
        if account:
            facts.update(_named(account))
        return answer


def _named(account: str) -> Facts:
    """An account that is there; one that may be an address keeps its digest, which is the same in every process."""
    return {} if "@" in account else {"account": account}


def _work(route: Route, call: Call, ids: Mapping[str, str], given: Mapping[str, Any]) -> Work:
    """What is asked for, so that the same is known again however its path and its body were written."""
    sent = sha256(encode(given.get("body"), order="sorted")).hexdigest()
    says = (route.method, route.path, sorted(ids.items()), sorted(query_of(call.request).items()), sent)
    return Work(
        says,
        view=lambda call: route.view(call, **given),
        again=lambda call, kept: route.afresh(call, kept, **given),
    )


def mount(app: Chalice, provide: Callable[[], Deps], *subjects: Routes) -> None:
    """Puts the routes into the app; `provide` is asked at each request, never before."""
    known, limits = KnownKeys(), RateLimits()
    for routes in subjects:
        routes.provide, routes.known, routes.limits, routes.mounted = provide, known, limits, subjects
        app.register_blueprint(routes)
    app.register_middleware(in_one_form, "http")
