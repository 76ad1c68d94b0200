"""When a schedule's phases begin and end.

They follow each other without a gap, from the start of the current one. A duration counts on the billing cycle: a
month from 28 February is 31 March where the cycle is anchored on a 31st.
"""

from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.parameters import missing
from infra.local.stripe.periods import is_boundary, period_after
from infra.local.stripe.state import Object, Params, State

# Far enough for every plan, near enough to be reckoned period by period.
FARTHEST = 10 * 366 * 86_400
MAX_INTERVALS = 120


def place(state: State, subscription: Object, current: Object, phases: list[Object], given: list[Params]) -> None:
    """Set `start_date` and `end_date` of the phases from what the parameters say of each."""
    _check_first(current, given[0])
    start, at, before = current["start_date"], subscription["billing_cycle_anchor"], None
    for index, (phase, asked) in enumerate(zip(phases, given, strict=True)):
        path, prices = f"phases[{index}]", _prices(state, phase)
        _check_start(asked, start, path)
        phase["start_date"] = start
        at = at if before is None else anchor(at, before, prices, phase)
        phase["end_date"] = start = _end(asked, start, at, path)
        _check_end(state, phase, path)
        before = prices


def check_boundaries(state: State, subscription: Object, phases: list[Object], end_behavior: str) -> None:
    """Refuse what would have to be prorated: a phase, or the subscription, that ends inside a billing period."""
    at, before = subscription["billing_cycle_anchor"], _prices(state, phases[0])
    for phase in phases if end_behavior == "cancel" else phases[:-1]:
        prices = _prices(state, phase)
        at, before = at if phase is phases[0] else anchor(at, before, prices, phase), prices
        if not all(_is_boundary(at, phase["end_date"], price) for price in prices):
            raise not_built("a phase that ends inside a billing period, which would have to be prorated")


def anchor(old: int, before: list[Object], prices: list[Object], phase: Object) -> int:
    """The anchor in a new phase: the old one, or the phase's start where that is asked for or the interval changes."""
    is_moved = phase["billing_cycle_anchor"] == "phase_start" or _intervals(before) != _intervals(prices)
    return phase["start_date"] if is_moved else old


def _check_first(current: Object, asked: Params) -> None:
    if "start_date" not in asked:
        raise invalid(
            "The subscription schedule update is missing at least one phase with a `start_date` to anchor end dates "
            "to.",
            param="phases",
        )
    if asked["start_date"] != current["start_date"]:
        raise invalid("You can not modify the start date of the current phase.", param="phases[0][start_date]")


def _check_start(asked: Params, start: int, path: str) -> None:
    if asked.get("start_date", start) != start:
        raise invalid(
            "The start date of a phase must be the end date of the phase before.", param=f"{path}[start_date]"
        )


def _end(asked: Params, start: int, at: int, path: str) -> int:
    if "end_date" in asked and "duration" in asked:
        raise invalid("You may only specify one of these parameters: duration, end_date.", param=path)
    if asked.get("end_date") == "now":
        raise not_built("ending a phase now")
    if "end_date" in asked:
        return asked["end_date"]
    if "duration" not in asked:
        # A schedule always shows an end, so a phase without one is refused rather than taken as endless.
        raise missing(f"{path}[end_date]")
    count = asked["duration"].get("interval_count", 1)
    if count > MAX_INTERVALS:
        raise invalid(f"A phase can have up to {MAX_INTERVALS} intervals.", param=f"{path}[duration][interval_count]")
    for _ in range(count):
        start = period_after(at, start, asked["duration"]["interval"])
    return start


def _check_end(state: State, phase: Object, path: str) -> None:
    if phase["end_date"] <= max(phase["start_date"], state.now()):
        raise invalid("The end date of a phase must be after its start, and not past.", param=f"{path}[end_date]")
    if phase["end_date"] > state.now() + FARTHEST:
        raise invalid("The end date of a phase must be within ten years.", param=f"{path}[end_date]")


def _is_boundary(at: int, instant: int, price: Object) -> bool:
    return is_boundary(at, instant, price["recurring"]["interval"], price["recurring"]["interval_count"])


def _prices(state: State, phase: Object) -> list[Object]:
    return [state.get("price", item["price"]) for item in phase["items"]]


def _intervals(prices: list[Object]) -> set[tuple[str, int]]:
    return {(price["recurring"]["interval"], price["recurring"]["interval_count"]) for price in prices}
