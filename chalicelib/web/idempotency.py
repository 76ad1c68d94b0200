"""The Idempotency-Key of a request, for the calls that know it again by what they wrote."""

from chalicelib.errors import BadParameter, Problem
from chalicelib.web.call import Call

LONGEST = 255


def idempotency_key(call: Call) -> str | None:
    """The key with the API key whose own it is; None where there is none. Raises BadParameter."""
    key = call.header("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST or not key.isprintable():
        raise BadParameter([Problem("Idempotency-Key", f"must be a text of 1 to {LONGEST} characters")])
    return f"{call.by.key.digest} {key}"
