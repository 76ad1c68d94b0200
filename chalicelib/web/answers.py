"""The form of every answer, whoever decided it: an action, this front or Chalice; and one log line for each request.

Of a request no body, no query and no header is logged; of an error of our own its class and place, for its message
may hold what was sent.
"""

import json
import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any

from chalice.app import Request, Response

from chalicelib.errors import BillingError, Misconfigured, TryAgain, Unauthorized
from chalicelib.web.call import Answer
from chalicelib.web.logs import traced
from chalicelib.web.problems import EDGE, document, edge_document, status_of

log = logging.getLogger(__name__)

Facts = dict[str, str | float]
"""What a request's log line tells beside the request: key prefix, account, member, code, units of the database."""
USUAL = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
PROBLEM = {"Content-Type": "application/problem+json"}


class Answered(Response):
    """Chalice's response with the facts for the log."""

    def __init__(self, answer: Answer, facts: Facts) -> None:
        is_text = isinstance(answer.body, str)
        body = answer.body if is_text else json.dumps(answer.body, separators=(",", ":"), allow_nan=False)
        super().__init__(body=body, headers={**USUAL, **answer.headers}, status_code=answer.status)
        self.facts = facts


def answered(ask: Callable[[], Answer], facts: Facts) -> Answered:
    """What asking leads to, an error in its own form."""
    try:
        answer = ask()
    except BillingError as error:
        answer = _told(error, facts)
    except Exception as error:  # noqa: BLE001 - the edge: whatever broke, the caller gets an answer and the log a line
        answer = _ours(error)
    return Answered(answer, facts)


def _told(error: BillingError, facts: Facts) -> Answer:
    status = status_of(error)
    if status is None:
        return _ours(error)
    facts["code"] = error.code
    headers = dict(PROBLEM)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="billing"'
    if isinstance(error, TryAgain):
        headers["Retry-After"] = str(error.after)
    return Answer(document(error, status), status, headers)


def _ours(error: Exception) -> Answer:
    said = list(error.problems) if isinstance(error, Misconfigured) else []
    log.error("request.broke", extra=traced(error) | {"problems": said})
    return _edge("internal")


def _edge(code: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(edge_document(code), EDGE[code][0], PROBLEM | (headers or {}))


def in_one_form(request: Request, get_response: Callable[[Any], Response]) -> Response:
    """Chalice's middleware: its own answers put into our form, the request's id on every answer, and the log line."""
    began = perf_counter()
    response = get_response(request)
    if not isinstance(response, Answered):
        response = Answered(_chalice_said(response), {})
    request_id = request.context.get("requestId", "")
    response.headers["Request-Id"] = request_id
    told = {
        "request_id": request_id,
        "method": request.method,
        "route": request.path,
        "status": response.status_code,
        "milliseconds": round((perf_counter() - began) * 1000),
    }
    log.info("request", extra=told | response.facts)
    return response


def _chalice_said(response: Response) -> Answer:
    allowed = response.headers.get("Allow")
    if response.status_code == 405:
        return _edge("method_not_allowed", {"Allow": str(allowed)}) if allowed else _edge("unknown_path")
    return _edge("internal")
