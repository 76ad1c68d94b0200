"""What a route may refuse: its own errors, and those that follow from what it declares of its caller and request."""

from collections.abc import Iterator, Mapping

from chalicelib import errors, request_errors
from chalicelib.errors import BillingError, code_of
from chalicelib.request_errors import IdempotencyKeyReused
from chalicelib.web.arguments import UNKNOWN
from chalicelib.web.auth import PUBLIC
from chalicelib.web.problems import codes
from chalicelib.web.routes import Route

GATEWAY = ("bad_request", "forbidden", "internal", "too_large", "too_many_requests", "unavailable")
"""What API Gateway, or whatever breaks, may answer in the place of any route."""


def refused(route: Route) -> Mapping[int, list[str]]:
    """The codes of its errors by status."""
    status = codes()
    told = {*GATEWAY, *(code_of(kind) for kind in (*route.refuses, *_implied(route)))}
    by_status: dict[int, list[str]] = {}
    for code in sorted(told, key=lambda code: (status[code], code)):
        by_status.setdefault(status[code], []).append(code)
    return by_status


def _implied(route: Route) -> Iterator[type[BillingError]]:
    yield errors.BadParameter
    if route.access.scopes != PUBLIC:
        yield from _of_caller(route)
    yield from (unknown for name, unknown in UNKNOWN.items() if f"{{{name}}}" in route.path)
    if route.wants.json_body is not None:
        yield from (errors.BadJson, errors.Invalid, errors.TooLarge, errors.WrongContentType)


def _of_caller(route: Route) -> Iterator[type[BillingError]]:
    yield from (errors.Unauthorized, errors.Forbidden, request_errors.TooManyRequests)
    yield from (errors.Throttled, errors.Unavailable)
    if route.method != "GET":
        yield errors.Conflict
    if route.is_once:
        yield from (request_errors.InProgress, IdempotencyKeyReused)
    if route.method != "GET" and "{account}" in route.path and not route.erased:
        yield request_errors.Erased
