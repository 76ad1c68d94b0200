"""Stripe's lists: newest first, cut by `limit` and an object's id as cursor."""

from collections.abc import Sequence
from typing import Any

from infra.local.stripe.errors import invalid
from infra.local.stripe.state import Object, Params, shown

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
COMPARISONS = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def page(oldest_first: Sequence[Object], params: Params, url: str) -> Object:
    """The page that the parameters ask for, of objects given oldest first."""
    return in_order(list(reversed(oldest_first)), params, url)


def in_order(found: list[Object], params: Params, url: str) -> Object:
    limit = _limit(params)
    if "starting_after" in params:
        rest = found[_position(found, params, "starting_after") + 1 :]
        return whole(rest[:limit], url, len(rest) > limit)
    if "ending_before" in params:
        rest = found[: _position(found, params, "ending_before")]
        return whole(rest[-limit:], url, len(rest) > limit)
    return whole(found[:limit], url, len(found) > limit)


def whole(data: list[Object], url: str, has_more: bool = False) -> Object:
    return {"object": "list", "data": [shown(each) for each in data], "has_more": has_more, "url": url}


def within(value: Any, bounds: Any) -> bool:
    """Whether a time lies in a filter such as `created={"gte": 1}` or is the very one that is given."""
    if bounds is None:
        return True
    if isinstance(bounds, int):
        return value == bounds
    return value is not None and all(COMPARISONS[name](value, bound) for name, bound in bounds.items())


def matching(found: Sequence[Object], params: Params, *names: str) -> list[Object]:
    """Those whose fields equal what the parameters of these names ask for."""
    return [each for each in found if all(each.get(name) == params[name] for name in names if name in params)]


def _limit(params: Params) -> int:
    limit = params.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid(
            f"This value must be {'greater than or equal to 1' if limit < 1 else 'less than or equal to 100'}",
            "parameter_invalid_integer",
            "limit",
        )
    return limit


def _position(found: list[Object], params: Params, name: str) -> int:
    for position, each in enumerate(found):
        if each["id"] == params[name]:
            return position
    raise invalid(f"No such object: '{params[name]}'", "resource_missing", name)
