"""What Stripe's dashboard, its clock and its customers would do, under `/_local`."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from inspect import signature
from typing import Any

from infra.local.stripe import actors, disputes
from infra.local.stripe.errors import Refusal, invalid
from infra.local.stripe.state import Object, State, shown
from infra.local.turner import Stuck, Turner

FURTHEST = 3 * 366 * 86_400
"""Seconds that the clock may move at once: everything between is played."""
ENDS = ("cancel", "unpaid", "past_due", "pause")
FAULTS: dict[str, type] = {
    **{"drop": int, "duplicate": int, "reorder": bool, "delay": int, "down": bool},
    **{"fail_api": int, "lock_timeout": int, "limit_per_second": int},
}


class Controls:
    def __init__(self, state: State, turner: Turner) -> None:
        self._state = state
        self._turner = turner
        self._routes: dict[tuple[str, str], Callable[..., Object]] = {
            ("GET", r"/_local/clock"): self._clock,
            ("POST", r"/_local/clock"): self._move_clock,
            ("POST", r"/_local/settle"): self._settle,
            ("POST", r"/_local/settings"): self._settings,
            ("POST", r"/_local/webhooks"): self._faults,
            ("GET", r"/_local/requests"): self._requests,
            ("GET", r"/_local/problems"): self._problems,
            ("POST", r"/_local/checkout/(\w+)"): self._acting(actors.check_out),
            ("POST", r"/_local/customers/(\w+)/card"): self._acting(actors.set_card),
            ("DELETE", r"/_local/customers/(\w+)/card"): self._acting(actors.remove_cards),
            ("POST", r"/_local/customers/(\w+)/address"): self._acting(actors.set_address),
            ("POST", r"/_local/invoices/(\w+)"): self._acting(actors.finish_invoice),
            ("POST", r"/_local/charges/(\w+)/dispute"): self._acting(disputes.dispute),
        }

    def answer(self, method: str, path: str, body: str) -> tuple[int, Any]:
        try:
            return 200, self._dispatch(method, path, body)
        except Refusal as refusal:
            if refusal.fields.get("code") == "not_built":
                self._state.problem("not_built", f"{method} {path}: {refusal}")
            return refusal.status, refusal.body()
        except Stuck as stuck:
            return 500, {"error": {"type": "stuck", "message": str(stuck)}}

    def _dispatch(self, method: str, path: str, body: str) -> Object:
        for (verb, pattern), handler in self._routes.items():
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                return _called(handler, *found.groups(), **_fields(body))
        raise invalid(f"Unrecognized request URL ({method}: {path}).", status=404)

    def _clock(self) -> Object:
        now = self._turner.clock.now()
        return {"now": now, "at": f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"}

    def _move_clock(self, to: str | None = None, by: int | None = None) -> Object:
        now = self._turner.clock.now()
        if (to is None) == (by is None):
            raise invalid("Say either `to` (an instant, 2026-01-31T00:00:00Z) or `by` (seconds).")
        instant = _instant(to) if to is not None else now + _whole(by, "by")
        if instant < now:
            raise invalid("The clock only goes forward.", param="to" if by is None else "by")
        if instant > now + FURTHEST:
            raise invalid("The clock goes at most three years at once.", param="to" if by is None else "by")
        self._turner.move_to(instant)
        return self._clock()

    def _settle(self) -> Object:
        self._turner.settle()
        return self._clock()

    def _settings(self, **settings: Any) -> Object:
        current = self._state.settings
        for name, value in settings.items():
            if name == "dispute_cancels" and isinstance(value, bool):
                current.dispute_cancels = value
            elif name == "dunning_end" and value in ENDS:
                current.dunning_end = value
            elif name == "dunning_days" and isinstance(value, list):
                current.dunning_days = tuple(_whole(each, name) for each in value)
            else:
                known = f"dunning_end ({', '.join(ENDS)}), dunning_days (a list), dispute_cancels (true or false)"
                raise invalid(f"Unknown setting or value: {name}. There are {known}.", param=name)
        return asdict(current)

    def _faults(self, **faults: Any) -> Object:
        for name, value in faults.items():
            if type(value) is not FAULTS.get(name) or value < 0:
                known = ", ".join(f"{each} ({kind.__name__})" for each, kind in FAULTS.items())
                raise invalid(f"Unknown fault or value: {name}. There are {known}.", param=name)
        with self._state.lock:
            for name, value in faults.items():
                setattr(self._state.faults, name, value)
        return {name: getattr(self._state.faults, name) for name in FAULTS}

    def _requests(self) -> Object:
        return {"data": list(self._state.requests)}

    def _problems(self) -> Object:
        return {"data": list(self._state.problems)}

    def _acting(self, act: Callable[..., Object]) -> Callable[..., Object]:
        def acted(object_id: str, **fields: Any) -> Object:
            with self._state.lock:
                return shown(_called(act, self._state, object_id, **fields))

        return acted


def _called(handler: Callable[..., Object], *things: Any, **fields: Any) -> Object:
    """Call it with these fields; raises Refusal for one that it does not know or misses."""
    try:
        signature(handler).bind(*things, **fields)
    except TypeError as error:
        raise invalid(f"Unknown or missing field: {error}") from error
    return handler(*things, **fields)


def _fields(body: str) -> dict[str, Any]:
    try:
        fields = json.loads(body) if body.strip() else {}
    except ValueError as error:
        raise invalid(f"Not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise invalid("The body must be a JSON object.")
    return fields


def _whole(value: Any, name: str) -> int:
    if type(value) is not int or value < 0:
        raise invalid(f"{name} must be a whole number, not below zero.", param=name)
    return value


def _instant(text: str) -> int:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"Not an ISO 8601 instant: {text}", param="to") from error
    if instant.tzinfo is None:
        raise invalid("The instant must say its zone, as in 2026-01-31T00:00:00Z.", param="to")
    return int(instant.timestamp())
