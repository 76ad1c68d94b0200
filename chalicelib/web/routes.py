"""Routes: a view is declared with what it asks of its caller, and is given what its signature names.

A parameter `body` or `query` is a msgspec Struct, read and checked before the view runs (`body: bytes` is the raw
body); every other parameter is an id from the path. Views return an Answer or raise: an error's form is not theirs.
"""

import inspect
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import wraps

from chalice.app import Blueprint, Chalice, Request, Response

from chalicelib.deps import Deps
from chalicelib.web.answers import Facts, answered, in_one_form
from chalicelib.web.arguments import KIB, Wants, arguments, path_ids
from chalicelib.web.auth import PUBLIC, Access, KnownKeys, admit, identify
from chalicelib.web.call import Answer, Call
from chalicelib.web.logs import digest

View = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """One way in: its view, what it asks of the caller, and what it wants of the request."""

    method: str
    path: str
    view: View
    access: Access
    wants: Wants


class Routes(Blueprint):
    """The routes of one subject; `mount` gives them what they work with."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.provide: Callable[[], Deps]
        self.known: KnownKeys

    def on(
        self, method: str, path: str, *, scopes: Set[str], billing: bool = False, most_bytes: int = 64 * KIB
    ) -> Callable[[View], View]:
        """Declares the view that answers this method and path."""

        def declare(view: View) -> View:
            parameters = inspect.signature(view).parameters
            wants = Wants({name: each.annotation for name, each in parameters.items()}, most_bytes)
            route = Route(method, path, view, Access(scopes, billing), wants)

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
        now = deps.clock.now()
        if route.access.scopes == PUBLIC:
            return route.view(Call(deps, request, now, None), **arguments(route.wants, request, path_ids(path)))
        caller = identify(deps, self.known, request.headers, route.access, now)
        facts["key"] = caller.key.prefix
        ids = path_ids(path)
        account = ids.get("account")
        if account:
            # Until the view has found it, it is any text that somebody sent.
            facts["account"] = digest(account)
            caller = admit(deps, caller, account, route.access)
        answer = route.view(Call(deps, request, now, caller), **arguments(route.wants, request, ids))
        if account:
            facts["account"] = account
        return answer


def mount(app: Chalice, provide: Callable[[], Deps], *subjects: Routes) -> None:
    """Puts the routes into the app; `provide` is asked at each request, never before."""
    known = KnownKeys()
    for routes in subjects:
        routes.provide, routes.known = provide, known
        app.register_blueprint(routes)
    app.register_middleware(in_one_form, "http")
