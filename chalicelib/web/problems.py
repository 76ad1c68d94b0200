"""Errors as HTTP tells them: one status for each class of error, one form for all (RFC 9457).

Nothing else in the service knows a status. The detail of an error that is not the caller's is never told.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from chalicelib import errors, people_errors, request_errors
from chalicelib.errors import BillingError, Problem

STATUS: Mapping[type[BillingError], int] = {
    errors.NotFound: 404,
    errors.Refused: 409,
    errors.HoldExpired: 410,
    errors.Invalid: 422,
    errors.BadJson: 400,
    errors.TooLarge: 413,
    errors.WrongContentType: 415,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.Busy: 429,
    people_errors.TooManyTries: 429,
    people_errors.InvitationExpired: 410,
    request_errors.TooManyRequests: 429,
    errors.TryAgain: 503,
    errors.StripeRefused: 502,
    errors.StripeGone: 409,
    errors.BadSignature: 400,
}

# What to do, where it is said in HTTP's words; errors.py says the others.
HINT: Mapping[type[BillingError], str] = {
    errors.UnknownAccount: "Check the account's id and the key's reach; PUT /v1/accounts/{account} creates an account.",
    errors.UnknownPlan: "GET /v1/plans lists the plans.",
    errors.UnknownMeter: "GET /v1/plans lists the meters.",
    errors.UnknownFeature: "GET /v1/plans lists the features of every plan.",
    errors.UnknownPack: "GET /v1/plans lists the packs.",
    people_errors.UnknownKey: "GET /v1/keys lists the keys in your reach.",
    errors.NotForSale: "Choose a plan and interval that GET /v1/plans shows a price for.",
    errors.GaugeNotConsumable: "A gauge is set, not used up: send its `value` to POST /v1/usage.",
    errors.WrongContentType: "Send Content-Type: application/json.",
    errors.Unauthorized: "Send an API key that is in force: Authorization: Bearer <key>.",
    errors.TryAgain: "Send the same request again after the time in Retry-After.",
}

# What is answered before or beside any action: by this edge, by Chalice, or by API Gateway itself.
EDGE: Mapping[str, tuple[int, str, str]] = {
    "unknown_path": (404, "There is nothing at this path.", "Check the method and the path."),
    "method_not_allowed": (405, "This path does not take this method.", "Use a method that Allow names."),
    "bad_request": (400, "The request is malformed.", "Check the request's form."),
    "forbidden": (403, "The request is not let through.", "Check the request's address and key."),
    "too_large": (413, "The body is larger than 10 MB.", "Send less at once."),
    "too_many_requests": (429, "Too many requests.", "Wait a moment and send the same request again."),
    "internal": (500, "Something broke on our side.", "Send the same request again; if it stays, name the Request-Id."),
    "unavailable": (503, "The service did not answer.", "Send the same request again."),
}


def status_of(error: BillingError) -> int | None:
    """The status of this error, that of its nearest class; None if it is ours and not the caller's."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)


def document(error: BillingError, status: int) -> dict[str, Any]:
    """The answer's body."""
    found = error.problems if isinstance(error, errors.Invalid) else ()
    hint = next((HINT[kind] for kind in type(error).__mro__ if kind in HINT), error.hint)
    return _form(error.code, status, _detail(error), hint) | _listed(found)


def _detail(error: BillingError) -> str:
    # An account that is not there and one that may not be seen are told word for word alike.
    if isinstance(error, errors.UnknownAccount):
        return "There is no such account."
    if isinstance(error, errors.StripeGone):
        return "Stripe does not have what this needs any more."
    # Stripe's own words may hold what is not for this caller.
    return "Stripe refused the call." if isinstance(error, errors.StripeRefused) else error.detail


def edge_document(code: str) -> dict[str, Any]:
    """The body for what no action decided."""
    status, detail, hint = EDGE[code]
    return _form(code, status, detail, hint)


def codes() -> dict[str, int]:
    """Every code that an answer can carry, with its status."""
    told = {code: status for code, (status, _, _) in EDGE.items()}
    for kind, status in STATUS.items():
        told |= {errors.code_of(each): STATUS.get(each, status) for each in _raised(kind)}
    return dict(sorted(told.items()))


def _raised(kind: type[BillingError]) -> Iterator[type[BillingError]]:
    """The classes below `kind`, itself where nothing is below it or it says enough by itself."""
    below = kind.__subclasses__()
    if not below or kind is errors.Invalid:
        yield kind
    for each in below:
        yield from _raised(each)


def _form(code: str, status: int, detail: str, hint: str) -> dict[str, Any]:
    title = code.replace("_", " ").capitalize()
    return {
        "type": f"/errors/{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail or HTTPStatus(status).phrase,
        "hint": hint,
    }


def _listed(found: tuple[Problem, ...]) -> dict[str, Any]:
    return {"errors": [{"field": each.field, "problem": each.problem} for each in found]} if found else {}
