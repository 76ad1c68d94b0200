"""One API request, from key to answer, in the order in which Stripe decides.

Key, route, parameters, idempotency key, faults, execution under the lock, expansion.
"""

import base64
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from infra.local.stripe import parameters, sdk
from infra.local.stripe.errors import Refusal, failed, invalid, locked, not_built, rate_limited, unauthorized
from infra.local.stripe.expansion import expanded
from infra.local.stripe.faults import LOCKS, UNTOUCHED, Fault, next_fault
from infra.local.stripe.forms import decode
from infra.local.stripe.idempotency import Keys
from infra.local.stripe.rates import Rates
from infra.local.stripe.routes import ROUTES
from infra.local.stripe.routing import Route, unbuilt
from infra.local.stripe.state import API_VERSION, Object, State


@dataclass
class Request:
    method: str
    path: str
    encoded: str
    headers: dict[str, str]
    id: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """The idempotency key, which counts on POST alone."""
        return self.headers.get("idempotency-key") if self.method == "POST" else None


@dataclass
class Reply:
    status: int
    body: Object
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


class Api:
    def __init__(self, state: State, service_key: str, operator_key: str) -> None:
        self.state = state
        self._service_key = service_key
        self._operator_key = operator_key
        self._keys = Keys()
        self._rates = Rates()
        self._numbers = itertools.count(1)

    def answer(self, request: Request) -> Reply:
        # Not from the seeded ids: those would need the lock, and a request is answered 409 without waiting for it.
        request.id = f"req_{next(self._numbers):014d}"
        try:
            reply = self._answer(request)
        except Refusal as refusal:
            reply = self._refused(request, refusal)
        reply.headers.setdefault("Request-Id", request.id)
        reply.headers["Stripe-Version"] = API_VERSION
        if request.key:
            reply.headers["Idempotency-Key"] = request.key
        self._note(request, reply)
        return reply

    def _answer(self, request: Request) -> Reply:
        is_service = self._authenticated(request) == self._service_key
        if is_service and self._rates.exceeded(self.state.now(), self.state.faults.limit_per_second):
            raise rate_limited()
        request.params = decode(request.encoded)
        self._check_version(request)
        route, operation, ids = _route(request)
        params = self._checked(request, operation)
        if missing := unbuilt(route, params):
            raise not_built(f"{request.method} {operation.template} with {', '.join(missing)}")
        return self._once(request, lambda: self._run(request, route, params, ids), is_service)

    def _checked(self, request: Request, operation: sdk.Operation) -> Object:
        try:
            return parameters.check(operation.params(), request.params)
        except Refusal as refusal:
            self.state.problem("parameter", f"{request.method} {request.path}: {refusal}")
            raise

    def _once(self, request: Request, run: Any, is_service: bool) -> Reply:
        if request.key:
            asked = (request.method, request.path, request.encoded)
            kept = self._keys.begin(request.key, asked, self.state.now(), request.id)
            if kept:
                headers = {"Idempotent-Replayed": "true", "Original-Request": kept.request_id}
                return Reply(kept.status, kept.body, headers)
        fault = next_fault(self.state, request.method) if is_service else Fault.NONE
        status = 0
        try:
            reply = self._faulty(request, run, fault)
            status = 0 if fault in UNTOUCHED else reply.status
        finally:
            if request.key:
                self._keys.finish(request.key, status, reply.body if status else None)
        return reply

    def _faulty(self, request: Request, run: Any, fault: Fault) -> Reply:
        if fault in LOCKS:
            return self._refused(request, locked(should_retry=fault is Fault.LOCKED_FOR_A_MOMENT))
        if fault in (Fault.BEFORE, Fault.KEPT_UNDONE):
            return self._refused(request, failed())
        reply = self._executed(request, run)
        if fault is Fault.KEPT_DONE:
            return self._refused(request, failed())
        reply.lost = fault is Fault.LOST
        return reply

    def _executed(self, request: Request, run: Any) -> Reply:
        try:
            return Reply(200, run())
        except Refusal as refusal:
            return self._refused(request, refusal)

    def _run(self, request: Request, route: Route, params: Object, ids: list[str]) -> Object:
        with self.state.lock:
            self.state.request = {"id": request.id, "idempotency_key": request.key}
            try:
                paths = params.pop("expand", [])
                return json.loads(json.dumps(expanded(self.state, route.handler(self.state, params, *ids), paths)))
            finally:
                self.state.request = None

    def _authenticated(self, request: Request) -> str:
        key = _bearer(request.headers.get("authorization", ""))
        if not key:
            raise unauthorized("You did not provide an API key.")
        if key not in (self._service_key, self._operator_key):
            raise unauthorized(f"Invalid API Key provided: {key[:8]}{'*' * 8}")
        return key

    def _check_version(self, request: Request) -> None:
        version = request.headers.get("stripe-version", API_VERSION)
        if version != API_VERSION:
            self.state.problem("api_version", f"{request.method} {request.path} came with Stripe-Version {version}")

    def _refused(self, request: Request, refusal: Refusal) -> Reply:
        if refusal.fields.get("code") == "not_built":
            self.state.problem("not_built", f"{request.method} {request.path}: {refusal}")
        body = refusal.body()
        body["error"]["request_log_url"] = f"{self.state.url}/_local/requests"
        return Reply(refusal.status, body, dict(refusal.headers))

    def _note(self, request: Request, reply: Reply) -> None:
        self.state.requests.append(
            {
                "method": request.method,
                "path": request.path,
                "parameters": request.params,
                "idempotency_key": request.key,
                "status": reply.status,
                "at": self.state.now(),
            }
        )


def _route(request: Request) -> tuple[Route, sdk.Operation, list[str]]:
    if request.path.startswith("/v2/"):
        raise not_built(f"{request.method} {request.path}")
    matched = sdk.match(request.method, request.path)
    if matched is None:
        raise invalid(
            f"Unrecognized request URL ({request.method}: {request.path}). If you are trying to list objects, remove "
            "the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) "
            "identifier in your code.",
            status=404,
        )
    operation, ids = matched
    route = ROUTES.get(f"{request.method} {sdk.blanked(operation.template)}")
    if route is None:
        raise not_built(f"{request.method} {operation.template}")
    return route, operation, ids


def _bearer(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    try:
        return base64.b64decode(value).decode().partition(":")[0] if scheme.lower() == "basic" else ""
    except ValueError:
        return ""
